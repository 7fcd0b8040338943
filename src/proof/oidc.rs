//! The CI's own token, verified here: made for this project and environment, by the issuer that the
//! contract names, for the job that it describes, a moment ago, about this commit.

use serde_json::{Map, Value};

use super::{Asked, Proof, commit, jwks, provider, token};
use crate::contract::model::{Oidc, Proof as Wanted};
use crate::words::digest::sha256_hex;
use crate::words::ending::{Code, Ending};

/// Seconds that clocks may differ.
const SKEW: i64 = 30;

/// A token for one environment is useless for every other.
#[must_use]
pub fn audience(project: &str, environment: &str) -> String {
    format!("guard:v1:{project}/{environment}")
}

pub(super) fn prove(asked: &Asked<'_>) -> Result<Proof, Ending> {
    let Some(oidc) = &asked.policy.oidc else {
        return Err(Ending::refused(Code::ProofIssuer, "the contract wants a token and does not say whose")
            .next("add `[environments.ENV.oidc]` to the contract"));
    };
    let issuer = provider::issuer(oidc)?;
    bound(oidc)?;
    let audience = audience(asked.project, asked.environment);
    let text = provider::token(asked, oidc, &issuer, &audience)?;
    let token = token::read(text.expose())?;
    let key = jwks::find(asked, oidc, &issuer, &token.kid)?;
    token.verify(&key)?;
    let claims = &token.claims;
    if text_of(claims, "iss") != Some(issuer.as_str()) {
        return Err(no(Code::ProofIssuer, "another issuer made it"));
    }
    for_us(claims, &audience)?;
    let max_age = i64::try_from(oidc.max_age).unwrap_or(i64::MAX);
    let times = in_time(claims, asked.now, max_age)?;
    // A token that ran out is not made young by setting back this machine's clock.
    if asked.heard.get() > asked.now.saturating_add(2 * SKEW) {
        times.hold_at(asked.heard.get())?;
    }
    policy(claims, oidc)?;
    let named = ["sha", "build_commit"].iter().find_map(|name| text_of(claims, name));
    if named.is_none() && names_commits(oidc) {
        return Err(no(Code::ProofCommit, "it names no commit, and those of this CI do"));
    }
    let commit = commit::check(asked.repository, named)?;
    let spent = match text_of(claims, "jti").filter(|jti| !jti.is_empty()) {
        Some(jti) => sha256_hex(format!("{issuer}\n{jti}").as_bytes()),
        // An issuer that numbers none: the token itself is its number.
        None => sha256_hex(text.expose().trim().as_bytes()),
    };
    let mut shown = told(claims);
    shown.insert("commit".into(), commit.into());
    let mut notices = Vec::new();
    if named.is_none() {
        notices.push("the token names no commit: it is only known that the work tree is unmodified".into());
    }
    Ok(Proof { kind: Wanted::Oidc, claims: shown, token: Some(spent), notices, times: Some(times) })
}

fn no(code: Code, why: impl std::fmt::Display) -> Ending {
    Ending::refused(code, format!("the CI's token is not accepted: {why}")).next(
        "compare the job with `[environments.ENV.oidc]` in the contract; `guard proof --env ENV` shows more",
    )
}

/// Everybody's jobs share these issuers: a policy that names nobody admits the whole world.
fn bound(oidc: &Oidc) -> Result<(), Ending> {
    if oidc.issuer.is_some() {
        return Ok(());
    }
    let one_of: &[&str] = match oidc.provider.as_str() {
        "github" => &["repository_id", "repository_owner_id", "repository", "repository_owner", "sub"],
        "gitlab" => &["project_id", "project_path", "namespace_id", "namespace_path", "sub"],
        "buildkite" => &["organization_slug", "organization_id", "pipeline_id", "sub"],
        _ => return Ok(()),
    };
    if one_of.iter().any(|claim| oidc.claims.contains_key(*claim)) {
        return Ok(());
    }
    Err(Ending::refused(
        Code::ProofClaim,
        format!(
            "the contract does not say whose jobs may prove anything: {} serves everybody",
            oidc.provider
        ),
    )
    .detail("claim", one_of[0])
    .next(format!("name the owner in the contract: `{} = \"…\"`", one_of[0])))
}

/// Whether every token of this CI says which commit its job runs for.
fn names_commits(oidc: &Oidc) -> bool {
    ["github", "gitlab", "buildkite"].contains(&oidc.provider.as_str())
}

fn text_of<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    claims.get(name).and_then(Value::as_str)
}

fn for_us(claims: &Map<String, Value>, audience: &str) -> Result<(), Ending> {
    let one = match claims.get("aud") {
        Some(Value::String(one)) => Some(one.as_str()),
        Some(Value::Array(list)) if list.len() == 1 => list.first().and_then(Value::as_str),
        _ => None,
    };
    if one == Some(audience) {
        return Ok(());
    }
    Err(no(Code::ProofAudience, format!("it was not made for `{audience}` alone"))
        .detail("expected", audience))
}

/// When it was made, and until when it holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    issued: i64,
    expires: i64,
    max_age: i64,
}

impl Times {
    pub(super) fn hold_at(&self, now: i64) -> Result<(), Ending> {
        if now > self.expires.saturating_add(SKEW) {
            return Err(no(Code::ProofExpired, "it is no longer valid"));
        }
        if now.saturating_sub(self.issued) > self.max_age.saturating_add(SKEW) {
            let max_age = self.max_age;
            return Err(no(
                Code::ProofAge,
                format!("it is older than {max_age} s, which the contract allows"),
            ));
        }
        Ok(())
    }
}

fn in_time(claims: &Map<String, Value>, now: i64, max_age: i64) -> Result<Times, Ending> {
    #[allow(clippy::cast_possible_truncation, reason = "a fraction of a second does not matter")]
    let moment = |name: &str| {
        let value = claims.get(name)?;
        value.as_i64().or_else(|| value.as_f64().filter(|it| it.abs() < 1e15).map(|it| it as i64))
    };
    let must = |name: &str| {
        moment(name).ok_or_else(|| no(Code::ProofClaim, format!("it has no `{name}`")).detail("claim", name))
    };
    let (expires, issued) = (must("exp")?, must("iat")?);
    let times = Times { issued, expires, max_age };
    let early = issued > now.saturating_add(SKEW);
    if now <= expires.saturating_add(SKEW)
        && (early || moment("nbf").is_some_and(|from| from > now.saturating_add(SKEW)))
    {
        return Err(no(Code::ProofNotYet, "it is not valid yet; is this machine's clock right?"));
    }
    times.hold_at(now)?;
    Ok(times)
}

fn policy(claims: &Map<String, Value>, oidc: &Oidc) -> Result<(), Ending> {
    for (name, accepted) in &oidc.claims {
        let values = values(claims, name);
        if !values.iter().any(|value| accepted.contains(value)) {
            let found = match values.first() {
                Some(value) => format!("`{name}` is `{}`", shown(value)),
                None => format!("it has no `{name}`"),
            };
            return Err(no(Code::ProofClaim, found)
                .detail("claim", name.as_str())
                .detail("found", values.iter().map(|value| shown(value)).collect::<Vec<_>>())
                .detail("accepted", accepted.clone()));
        }
    }
    // Somebody has a shell on that machine.
    let by_hand = "oidc.circleci.com/ssh-rerun";
    if values(claims, by_hand).iter().any(|value| value == "true") {
        return Err(
            no(Code::ProofClaim, "it is from a job that was run again with SSH").detail("claim", by_hand)
        );
    }
    Ok(())
}

/// What a claim of the policy is compared with.
fn values(claims: &Map<String, Value>, name: &str) -> Vec<String> {
    let path = |claim: &str| text_of(claims, claim).and_then(workflow_path);
    match name {
        "workflow" if claims.contains_key("workflow_ref") => path("workflow_ref").into_iter().collect(),
        "job_workflow" => path("job_workflow_ref").into_iter().collect(),
        // GitLab's `ref` is the bare name of the branch.
        "ref" if claims.contains_key("ref_path") => {
            ["ref", "ref_path"].iter().filter_map(|name| text_of(claims, name)).map(str::to_owned).collect()
        }
        _ => match claims.get(name) {
            Some(Value::Array(list)) => list.iter().filter_map(plain).collect(),
            Some(value) => plain(value).into_iter().collect(),
            None => Vec::new(),
        },
    }
}

/// `owner/repository/PATH@ref`
fn workflow_path(text: &str) -> Option<String> {
    let (place, _) = text.split_once('@')?;
    let mut parts = place.splitn(3, '/');
    let (_, _) = (parts.next()?, parts.next()?);
    parts.next().map(str::to_owned)
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(it) => Some(it.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn shown(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '?' } else { c }).take(120).collect()
}

/// The claims that are worth remembering; never the token.
fn told(claims: &Map<String, Value>) -> Map<String, Value> {
    let short = |value: &Value| plain(value).map(|text| Value::from(shown(&text)));
    claims.iter().take(60).filter_map(|(name, value)| Some((shown(name), short(value)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_set_back_makes_no_token_young() {
        let claims: Map<String, Value> =
            serde_json::from_str(r#"{"iat": 1000, "nbf": 1000, "exp": 1300}"#).unwrap();
        // By this machine's clock it is fresh; by the server's it ran out long ago.
        let times = in_time(&claims, 1010, 300).unwrap();
        assert_eq!(times.hold_at(1320).err().and_then(|it| it.code), None);
        assert_eq!(times.hold_at(5000).err().and_then(|it| it.code), Some(Code::ProofExpired));
        let times = in_time(&claims, 1010, 100).unwrap();
        assert_eq!(times.hold_at(1200).err().and_then(|it| it.code), Some(Code::ProofAge));
    }

    #[test]
    fn a_workflow_is_compared_by_its_path() {
        let path = |text: &str| workflow_path(text);
        assert_eq!(
            path("o/r/.github/workflows/deploy.yml@refs/heads/main").as_deref(),
            Some(".github/workflows/deploy.yml")
        );
        assert_eq!(path("o/r"), None);
        assert_eq!(path("o@x"), None);
    }
}
