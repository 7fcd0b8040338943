//! What a service is given of guard's own environment, and what must never be shown of it.

use std::collections::BTreeMap;

use crate::config::Config;
use crate::config::model::Service;
use crate::io::database::url::DatabaseUrl;
use crate::io::environment::Environment;
use crate::words::secret::Redactor;

/// What lets a CI runner find and kill what a job leaves behind.
const LEASHES: [&str; 6] = [
    "RUNNER_TRACKING_ID",
    "JENKINS_NODE_COOKIE",
    "JENKINS_SERVER_COOKIE",
    "HUDSON_COOKIE",
    "HUDSON_SERVER_COOKIE",
    "BUILD_ID",
];

/// What speaks for the CI job: no service needs it, and every one could leak it.
const TOKENS: [&str; 20] = [
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_URL",
    "ACTIONS_RUNTIME_TOKEN",
    "ACTIONS_RUNTIME_URL",
    "ACTIONS_CACHE_URL",
    "ACTIONS_RESULTS_URL",
    "GITHUB_TOKEN",
    "GH_TOKEN",
    "CI_JOB_TOKEN",
    "CI_JOB_JWT",
    "CI_JOB_JWT_V1",
    "CI_JOB_JWT_V2",
    "CI_BUILD_TOKEN",
    "CI_DEPLOY_PASSWORD",
    "CI_REGISTRY_PASSWORD",
    "BUILDKITE_AGENT_ACCESS_TOKEN",
    "BUILDKITE_AGENT_JOB_API_TOKEN",
    "CIRCLE_OIDC_TOKEN",
    "CIRCLE_OIDC_TOKEN_V2",
    "SYSTEM_ACCESSTOKEN",
];

/// Parts of names under which secrets travel.
const SECRET: [&str; 11] = [
    "SECRET",
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "TOKEN",
    "KEY",
    "CREDENTIAL",
    "PRIVATE",
    "SALT",
    "DSN",
    "COOKIE",
];

/// Endings of names under which required values travel that may be shown.
const PLAIN: [&str; 14] = [
    "URL", "HOST", "PORT", "ENV", "NAME", "DOMAIN", "ORIGIN", "REGION", "MODE", "LEVEL", "PATH", "DIR",
    "USER", "ID",
];

/// Shorter values stand in too many words.
const LEAST: usize = 6;

/// The address that a service is asked at where it does not say.
pub const HOST: &str = "127.0.0.1";

/// guard's own environment without what is guard's or the CI job's.
#[must_use]
pub fn inherited(variables: &Environment) -> Environment {
    let kept = variables.iter().filter(|(name, _)| {
        let name = name.to_string_lossy();
        !(name.starts_with("GUARD_") || LEASHES.contains(&&*name) || TOKENS.contains(&&*name))
    });
    Environment::of(kept.map(|(name, value)| (name.to_owned(), value.to_owned())))
}

/// Everything that a service is given.
#[must_use]
pub fn of_service(
    variables: &Environment,
    port: Option<u16>,
    host: &str,
    own: &BTreeMap<String, String>,
) -> Environment {
    let mut environment = inherited(variables).with("HOST", host);
    if let Some(port) = port {
        environment = environment.with("PORT", port.to_string());
    }
    for (name, value) in own {
        environment = environment.with(name, value);
    }
    environment
}

/// `[service.env]` as plain pairs.
#[must_use]
pub fn own(service: &Service) -> BTreeMap<String, String> {
    service.env.iter().map(|(name, at)| (name.clone(), at.value.clone())).collect()
}

/// The values that must not be shown.
#[must_use]
pub fn secrets(variables: &Environment, config: &Config) -> Vec<String> {
    let required: Vec<&str> = config.deploy.required_env.iter().map(|at| at.value.as_str()).collect();
    let external = config.external.iter().filter_map(|check| check.key_env.as_ref());
    let recover = config.services.iter().filter_map(|service| service.recover.as_ref()?.auth_env.as_ref());
    let named: Vec<&str> = external.chain(recover).map(|at| at.value.as_str()).collect();
    let mut found = Vec::new();
    for (name, value) in variables.iter() {
        let (Some(name), Some(value)) = (name.to_str(), value.to_str()) else { continue };
        if let Some((_, rest)) = value.split_once("://") {
            let password =
                rest.split(['/', '?', '#']).next().and_then(|authority| authority.rsplit_once('@'));
            let password = password.and_then(|(user, _)| user.split_once(':')).map(|(_, password)| password);
            found.extend(password.filter(|password| password.len() >= 4).map(str::to_owned));
        }
        let upper = name.to_ascii_uppercase();
        let words: Vec<&str> = upper.split('_').collect();
        let is_secret = SECRET.iter().any(|part| words.iter().any(|word| word.contains(part)))
            || named.contains(&name)
            || required.contains(&name) && !words.last().is_some_and(|last| PLAIN.contains(last));
        if is_secret && (value.len() >= LEAST || named.contains(&name)) && !value.contains("://") {
            found.push(value.to_owned());
            // A key of several lines reaches a log line by line.
            found.extend(value.lines().filter(|line| line.len() >= 12 && *line != value).map(str::to_owned));
        }
    }
    found.sort();
    found.dedup();
    found
}

/// The pen for everything that a rollout shows.
#[must_use]
pub fn redactor(variables: &Environment, config: &Config) -> Redactor {
    let mut redactor = Redactor::default();
    for secret in secrets(variables, config) {
        redactor.know(&secret);
    }
    for (_, value) in variables.iter() {
        if let Some(url) = value.to_str().and_then(|text| DatabaseUrl::parse(text).ok()) {
            url.teach(&mut redactor);
        }
    }
    redactor
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_gets_no_leash_no_token_and_its_own_values() {
        let process = Environment::of([
            ("PATH", "/bin"),
            ("RUNNER_TRACKING_ID", "github_1"),
            ("GUARD_DEPLOY_KEY", "x"),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "x"),
            ("PORT", "1"),
            ("STRIPE_SECRET_KEY", "sk_1"),
        ]);
        let own = BTreeMap::from([("MODE".to_owned(), "fast".to_owned())]);
        let given = of_service(&process, Some(3001), HOST, &own);
        let names: Vec<_> = given.iter().map(|(name, _)| name.to_string_lossy().into_owned()).collect();
        assert_eq!(names, ["HOST", "MODE", "PATH", "PORT", "STRIPE_SECRET_KEY"]);
        assert_eq!(given.get("PORT"), Some("3001"));
    }

    #[test]
    fn secrets_are_known_by_name_by_requirement_and_in_urls() {
        let text = "[deploy]\nrequired_env = [\"ADMIN\", \"BASE_URL\", \"APP_NAME\"]\n";
        let config = crate::config::parse(text).unwrap();
        let process = Environment::of([
            ("ADMIN", "canary-admin"),
            ("APP_NAME", "the-shop"),
            ("BASE_URL", "https://shop.example"),
            ("QUEUE_URL", "amqp://u:canary-queue@h/"),
            ("STRIPE_SECRET_KEY", "sk_canary"),
        ]);
        assert_eq!(secrets(&process, &config), ["canary-admin", "canary-queue", "sk_canary"]);
    }
}
