//! How a job gets its token, for each CI.

use std::time::Duration;

use serde_json::Value;

use super::Asked;
use crate::contract::model::Oidc;
use crate::io::child::Child;
use crate::io::database::url::is_loopback;
use crate::io::http::{self, Request};
use crate::words::ending::{Code, Ending};
use crate::words::secret::Secret;

const GITHUB: &str = "https://token.actions.githubusercontent.com";

/// The issuer: compiled in, or from the contract.
pub(super) fn issuer(oidc: &Oidc) -> Result<String, Ending> {
    if let Some(issuer) = &oidc.issuer {
        return Ok(issuer.clone());
    }
    match oidc.provider.as_str() {
        "github" => Ok(GITHUB.to_owned()),
        "gitlab" => Ok("https://gitlab.com".to_owned()),
        "buildkite" => Ok("https://agent.buildkite.com".to_owned()),
        "circleci" => Err(Ending::refused(
            Code::ProofIssuer,
            "each CircleCI organisation has an issuer of its own, and the contract does not name it",
        )
        .next("write `issuer = \"https://oidc.circleci.com/org/<organisation id>\"`")),
        _ => Err(Ending::refused(Code::ProofIssuer, "the contract names neither a provider nor an issuer")
            .next("write `provider` or `issuer` into the environment's `oidc`")),
    }
}

fn unavailable(why: impl Into<String>, next: &str) -> Ending {
    Ending::refused(Code::ProofUnavailable, format!("the job has no token: {}", why.into())).next(next)
}

/// Asks for a token for that audience.
pub(super) fn token(asked: &Asked<'_>, oidc: &Oidc, issuer: &str, audience: &str) -> Result<Secret, Ending> {
    match oidc.provider.as_str() {
        "github" => github(asked, oidc, issuer, audience),
        "buildkite" => {
            let words = ["oidc", "request-token", "--audience", audience, "--lifetime", "300"];
            said(asked, "buildkite-agent", &words)
        }
        "circleci" => {
            let claims = serde_json::json!({ "aud": audience }).to_string();
            said(asked, "circleci", &["run", "oidc", "get", "--claims", &claims])
        }
        _ => match asked.variables.filled("GUARD_ID_TOKEN") {
            Some(token) => Ok(Secret::new(token.trim())),
            None => Err(unavailable(
                "GUARD_ID_TOKEN is not set",
                &format!("GitLab: `id_tokens: {{ GUARD_ID_TOKEN: {{ aud: \"{audience}\" }} }}`"),
            )),
        },
    }
}

fn github(asked: &Asked<'_>, oidc: &Oidc, issuer: &str, audience: &str) -> Result<Secret, Ending> {
    let hint = "give the job `permissions: id-token: write`; pull requests from forks cannot have it";
    let (Some(place), Some(bearer)) = (
        asked.variables.filled("ACTIONS_ID_TOKEN_REQUEST_URL"),
        asked.variables.filled("ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
    ) else {
        return Err(unavailable("the runner offers none", hint));
    };
    if !is_the_provider_s(place, issuer) {
        return Err(Ending::refused(
            Code::ProofIssuer,
            "the address that tokens would be asked at is not the provider's",
        )
        .next("let the runner set ACTIONS_ID_TOKEN_REQUEST_URL; nothing else may"));
    }
    let joint = if place.contains('?') { '&' } else { '?' };
    let encoded = percent_encoding::utf8_percent_encode(audience, percent_encoding::NON_ALPHANUMERIC);
    let request = Request {
        url: format!("{place}{joint}audience={encoded}"),
        bearer: Some(Secret::new(bearer)),
        authority: oidc.ca.as_ref().map(|path| asked.root.join(&path.value)),
    };
    let told = http::get(&request, asked.variables).map_err(|error| unavailable(error.to_string(), hint))?;
    asked.heard.set(asked.heard.get().max(told.date.unwrap_or_default()));
    let answer: Value =
        serde_json::from_slice(&told.body).map_err(|_| unavailable("the answer cannot be read", hint))?;
    match answer.get("value").and_then(Value::as_str).map(str::trim).filter(|token| !token.is_empty()) {
        Some(token) => Ok(Secret::new(token)),
        None => Err(unavailable("the answer holds none", hint)),
    }
}

/// The bearer token goes to nobody else: GitHub's own hosts, or the host of the contract's issuer.
fn is_the_provider_s(place: &str, issuer: &str) -> bool {
    let (Some((scheme, host, port)), Some(own)) = (http::origin(place), http::origin(issuer)) else {
        return false;
    };
    if issuer == GITHUB {
        return scheme == "https"
            && host.ends_with(".actions.githubusercontent.com")
            && port.is_none_or(|p| p == 443);
    }
    let local = is_loopback(host) && is_loopback(own.1);
    (scheme == "https" && host == own.1) || (scheme == own.0 && local)
}

fn said(asked: &Asked<'_>, program: &str, words: &[&str]) -> Result<Secret, Ending> {
    let hint = "run guard in a job of that CI, with its agent on the PATH";
    let output = Child::new(program, asked.variables.clone())
        .arguments(words)
        .at_most(64 << 10, Duration::from_secs(20))
        .run()
        .map_err(|error| unavailable(error.to_string(), hint))?;
    let token = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if output.succeeded() && !token.is_empty() {
        return Ok(Secret::new(token));
    }
    Err(unavailable(format!("{program} gave none"), hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bearer_goes_to_the_provider_alone() {
        for (place, issuer, goes) in [
            ("https://run.actions.githubusercontent.com/x?api-version=2", GITHUB, true),
            ("http://run.actions.githubusercontent.com/x", GITHUB, false),
            ("https://actions.githubusercontent.com.evil.example/x", GITHUB, false),
            ("https://evil.example/.actions.githubusercontent.com", GITHUB, false),
            ("https://run.actions.githubusercontent.com@evil.example/", GITHUB, false),
            ("http://127.0.0.1:9/token", GITHUB, false),
            ("https://ghes.example/_services/x", "https://ghes.example/_services/token", true),
            ("https://evil.example/", "https://ghes.example/_services/token", false),
            ("http://127.0.0.1:9/token", "http://127.0.0.1:8", true),
            ("http://10.0.0.1:9/token", "http://127.0.0.1:8", false),
        ] {
            assert_eq!(is_the_provider_s(place, issuer), goes, "{place}");
        }
    }
}
