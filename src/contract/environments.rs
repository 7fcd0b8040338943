//! Reads `[environments]` and its policies: which are known, which are protected, and what an
//! environment asks for before anything connects to it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::issue::did_you_mean;
use super::model::{At, Environments, Oidc, Policy, Proof};
use super::reader::{Section, shown};

/// Seconds that a token may be old where the contract does not say.
pub const DEFAULT_MAX_AGE: u64 = 300;

/// CI providers whose issuers are compiled in.
pub const PROVIDERS: [&str; 4] = ["github", "gitlab", "buildkite", "circleci"];

pub(super) const POLICY: [&str; 8] =
    ["database", "mark", "lineage", "hosts", "proof", "keys", "deploy_keys", "oidc"];

/// Keys of `[environments.NAME.oidc]` that are no claims.
const OIDC: [&str; 5] = ["provider", "issuer", "jwks", "ca", "max_age"];

/// Claims that the providers' tokens carry and that a policy may ask for.
pub(super) const CLAIMS: [&str; 53] = [
    // every provider
    "sub",
    "ref",
    "environment",
    "workflow",
    "job_workflow",
    // GitHub
    "repository",
    "repository_id",
    "repository_owner",
    "repository_owner_id",
    "repository_visibility",
    "actor",
    "actor_id",
    "event_name",
    "ref_type",
    "ref_protected",
    "base_ref",
    "head_ref",
    "workflow_ref",
    "job_workflow_ref",
    "runner_environment",
    "enterprise",
    "enterprise_id",
    "environment_node_id",
    // GitLab
    "namespace_id",
    "namespace_path",
    "project_id",
    "project_path",
    "pipeline_source",
    "ci_config_ref_uri",
    "environment_protected",
    "environment_action",
    "deployment_tier",
    "project_visibility",
    "user_id",
    "user_login",
    "runner_id",
    // Buildkite
    "organization_slug",
    "organization_id",
    "pipeline_slug",
    "pipeline_id",
    "build_branch",
    "build_tag",
    "build_source",
    "step_key",
    "cluster_id",
    "cluster_name",
    "queue_id",
    "queue_key",
    // CircleCI
    "oidc.circleci.com/project-id",
    "oidc.circleci.com/context-ids",
    "oidc.circleci.com/vcs-origin",
    "oidc.circleci.com/vcs-ref",
    "oidc.circleci.com/ssh-rerun",
];

pub(super) fn read(top: &Section<'_>) -> Environments {
    let Some(section) = top.section("environments") else { return Environments::default() };
    let known = section.distinct("known").unwrap_or_default();
    for name in &known {
        must_be_name(&section, name);
    }
    let protected_at = section.distinct("protected").unwrap_or_default();
    let names: Vec<&str> = known.iter().map(|name| name.value.as_str()).collect();
    must_be_known(&section, &protected_at, &names);
    let protected = if section.has("protected") {
        protected_at.iter().map(|name| name.value.clone()).collect()
    } else {
        names.iter().filter(|name| **name != "dev").map(|name| (*name).to_owned()).collect()
    };
    let policies = policies(&section, &names);
    Environments { known, protected, protected_at, policies }
}

fn must_be_name(section: &Section<'_>, name: &At<String>) {
    let plain = name.value.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let reserved = ["known", "protected"].contains(&name.value.as_str());
    if !plain || reserved {
        section.issue(
            name.span,
            format!("`{}` cannot be the name of an environment", shown(&name.value)),
            "use letters, digits, `-` and `_`; `known` and `protected` are taken",
        );
    }
}

pub(super) fn must_be_known(section: &Section<'_>, names: &[At<String>], known: &[&str]) {
    for name in names.iter().filter(|name| !known.contains(&name.value.as_str())) {
        section.issue(
            name.span,
            format!("`{}` is no environment that the contract knows", shown(&name.value)),
            if known.is_empty() {
                "list the environments in `[environments] known`".to_owned()
            } else {
                did_you_mean(&name.value, known)
            },
        );
    }
}

fn policies(section: &Section<'_>, known: &[&str]) -> BTreeMap<String, Policy> {
    let keys: Vec<&str> = ["known", "protected"].iter().chain(known).copied().collect();
    let mut policies = BTreeMap::new();
    for key in section.keys() {
        if key.value == "known" || key.value == "protected" {
            continue;
        }
        if !known.contains(&key.value.as_str()) {
            section.unknown(&key, &keys);
        } else if let Some(own) = section.section(&key.value) {
            policies.insert(key.value, policy(&own));
        }
    }
    policies
}

fn policy(section: &Section<'_>) -> Policy {
    section.knows(&POLICY);
    let kinds = [("ci-variable", Proof::CiVariable), ("deploy-key", Proof::DeployKey), ("oidc", Proof::Oidc)];
    let proof = section.choice("proof", &kinds);
    Policy {
        span: section.span,
        database: section.word("database").filter(|name| is_variable(section, name)),
        mark: section.word("mark"),
        lineage: section.word("lineage"),
        hosts: hosts(section),
        proof: proof.as_ref().map(|at| at.value).unwrap_or_default(),
        proof_at: proof.map(|at| at.span),
        keys: public_keys(section, "keys"),
        deploy_keys: public_keys(section, "deploy_keys"),
        oidc: section.section("oidc").map(|own| oidc(&own)),
    }
}

fn is_variable(section: &Section<'_>, name: &At<String>) -> bool {
    let starts = name.value.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let plain = starts && name.value.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !plain {
        // The value may be a URL with a password in it: it is not repeated.
        section.issue(
            name.span,
            "`database` is not the name of a variable",
            "write the name of the variable that holds the URL, never the URL: `database = \"DATABASE_URL\"`",
        );
    }
    plain
}

fn hosts(section: &Section<'_>) -> Vec<At<String>> {
    let hosts = section.one_or_many("hosts").unwrap_or_default();
    for host in &hosts {
        let address = host.value.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
        let plain = host.value.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c));
        if address || !plain {
            section.issue(
                host.span,
                format!("`{}` is no host name", shown(&host.value)),
                "write a name as it stands in the URL, without scheme and port; never an address",
            );
        }
    }
    hosts
}

fn public_keys(section: &Section<'_>, key: &str) -> Vec<At<String>> {
    let keys = section.one_or_many(key).unwrap_or_default();
    for key in keys.iter().filter(|key| !is_public_key(&key.value)) {
        let private = key.value.starts_with("ed25519-private:");
        section.issue(
            key.span,
            if private { "a private key stands in the contract" } else { "this is no public key" },
            if private {
                "take it out, make a new pair, and write the public half: `ed25519:…`"
            } else {
                "write `ed25519:` and the base64 of the 32 bytes"
            },
        );
    }
    keys
}

fn is_public_key(text: &str) -> bool {
    let encoded = text.strip_prefix("ed25519:");
    encoded.and_then(|encoded| STANDARD.decode(encoded).ok()).is_some_and(|bytes| bytes.len() == 32)
}

fn oidc(section: &Section<'_>) -> Oidc {
    let provider = section.word("provider");
    if let Some(provider) = &provider
        && !PROVIDERS.contains(&provider.value.as_str())
    {
        let message = format!("`{}` is no provider that guard knows", shown(&provider.value));
        section.issue(provider.span, message, did_you_mean(&provider.value, &PROVIDERS));
    }
    let issuer = section.word("issuer");
    if let Some(issuer) = &issuer
        && !is_issuer(&issuer.value)
    {
        section.issue(
            issuer.span,
            format!("`{}` cannot be an issuer", shown(&issuer.value)),
            "write an address that starts with `https://`; plain `http://` only for this machine",
        );
    }
    let max_age = section.duration("max_age");
    let (claims, claims_at) = claims(section, provider.is_none() && issuer.is_some());
    Oidc {
        span: section.span,
        provider: provider.map(|at| at.value).unwrap_or_default(),
        issuer: issuer.map(|at| at.value),
        jwks: section.word("jwks"),
        ca: section.word("ca"),
        claims,
        claims_at,
        max_age: max_age.as_ref().map_or(DEFAULT_MAX_AGE, |at| at.value.as_secs().max(1)),
        max_age_at: max_age.map(|at| at.span),
    }
}

type Claims = (BTreeMap<String, Vec<String>>, BTreeMap<String, crate::words::span::Span>);

/// An issuer that guard does not know may put any claim into its tokens.
fn claims(section: &Section<'_>, any: bool) -> Claims {
    let allowed: Vec<&str> = CLAIMS.iter().chain(&OIDC).copied().collect();
    let (mut claims, mut spans) = (BTreeMap::new(), BTreeMap::new());
    for key in section.keys().into_iter().filter(|key| !OIDC.contains(&key.value.as_str())) {
        if !any && !CLAIMS.contains(&key.value.as_str()) {
            section.unknown(&key, &allowed);
            continue;
        }
        let Some(values) = section.one_or_many(&key.value) else { continue };
        if values.is_empty() {
            section.issue(
                section.value_span(&key.value),
                format!("no value of `{}` is accepted", shown(&key.value)),
                "list the values that the token may carry, or remove the claim",
            );
        }
        let mut texts: Vec<String> = values.into_iter().map(|value| value.value).collect();
        texts.sort();
        spans.insert(key.value.clone(), key.span.to(section.value_span(&key.value)));
        claims.insert(key.value, texts);
    }
    (claims, spans)
}

fn is_issuer(text: &str) -> bool {
    let loopback = |rest: &str| {
        let authority = rest.split('/').next().unwrap_or_default();
        let host = match authority.strip_prefix('[') {
            Some(six) => six.split(']').next().unwrap_or_default(),
            None => authority.split(':').next().unwrap_or_default(),
        };
        host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    };
    match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
        (Some(rest), _) => !rest.is_empty() && !rest.contains('@'),
        (_, Some(rest)) => loopback(rest) && !rest.contains('@'),
        _ => false,
    }
}
