//! Is this really CI? Every way in which a token is not the right one, with keys made here.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod issuer;
mod sandbox;
mod servers;
mod shop;
mod site;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use issuer::{BEARER, Pair, Provider, now};
use serde_json::{Value, json};
use servers::{Database, KINDS};
use shop::{CONTRACT, Shop};

/// A job on GitHub, as its token tells it.
fn claims(provider: &Provider, commit: &str, id: &str) -> Value {
    json!({
        "iss": provider.issuer(), "aud": "guard:v1:shop/prod", "jti": id,
        "iat": now() - 5, "nbf": now() - 5, "exp": now() + 300,
        "sub": "repo:shop/shop:environment:production",
        "repository_id": "123", "repository_owner_id": "456", "environment": "production",
        "ref": "refs/heads/main", "ref_protected": "true", "event_name": "push", "sha": commit,
        "workflow": "Deploy", "workflow_ref": "shop/shop/.github/workflows/deploy.yml@refs/heads/main",
        "run_id": "77",
    })
}

fn policy(issuer: &str, more: &str) -> String {
    CONTRACT.replace(
        "database = \"DATABASE_URL\"\n",
        &format!(
            "database = \"DATABASE_URL\"\nproof = \"oidc\"\n[environments.prod.oidc]\nprovider = \"github\"\n\
             issuer = \"{issuer}\"\nrepository_id = \"123\"\nrepository_owner_id = \"456\"\n\
             environment = \"production\"\nref = [\"refs/heads/main\"]\nref_protected = \"true\"\n\
             event_name = [\"push\", \"workflow_dispatch\"]\nworkflow = \".github/workflows/deploy.yml\"\n{more}\n"
        ),
    )
}

/// A project whose prod wants a token of this provider, whose keys are pinned.
fn project(provider: &Provider, keys: &Value) -> Shop {
    let mut shop = Shop::new();
    shop.sandbox.write("shop/contract/jwks/github.json", keys.to_string());
    shop.contract(&policy(&provider.issuer(), "jwks = \"contract/jwks/github.json\""));
    shop.ci().set("ACTIONS_ID_TOKEN_REQUEST_URL", format!("{}/token?api-version=2", provider.issuer()));
    shop.set("ACTIONS_ID_TOKEN_REQUEST_TOKEN", BEARER);
    shop
}

const PROOF: [&str; 3] = ["proof", "--env", "prod"];

#[test]
fn the_token_of_the_named_job_is_a_proof() {
    for pair in [Pair::new_rsa(), Pair::p256()] {
        let keys = json!({ "keys": [pair.jwk("k1")] });
        let provider = Provider::start(keys.clone());
        let shop = project(&provider, &keys);
        let commit = shop.sandbox.head("shop");
        let token =
            pair.token(&json!({ "alg": pair.algorithm(), "kid": "k1" }), &claims(&provider, &commit, "1"));
        provider.give(token.clone());
        let told = shop.guard(&PROOF).ok();
        assert_eq!(told.json["details"]["claims"]["run_id"], "77");
        assert!(!told.json.to_string().contains(&token) && !told.stderr.contains(&token));
        let asked = provider.asked.lock().unwrap().clone();
        assert!(asked[0].contains("audience=guard%3Av1%3Ashop%2Fprod"), "{asked:?}");
        // Keys that are not pinned come from the issuer itself.
        shop.contract(&policy(&provider.issuer(), ""));
        let commit = shop.sandbox.head("shop");
        provider.give(
            pair.token(&json!({ "alg": pair.algorithm(), "kid": "k1" }), &claims(&provider, &commit, "2")),
        );
        shop.guard(&PROOF).ok();
    }
}

#[test]
fn every_claim_that_is_not_as_it_must_be_has_its_code() {
    let pair = Pair::rsa();
    let keys = json!({ "keys": [pair.jwk("k1")] });
    let provider = Provider::start(keys.clone());
    let shop = project(&provider, &keys);
    let commit = shop.sandbox.head("shop");
    let cases: Vec<(&str, Value, &str)> = vec![
        ("aud", json!("guard:v1:shop/staging"), "proof/audience"),
        ("aud", json!(["guard:v1:shop/prod", "https://else"]), "proof/audience"),
        ("aud", json!(null), "proof/audience"),
        ("iss", json!("https://token.actions.githubusercontent.com"), "proof/issuer"),
        ("iss", json!(null), "proof/issuer"),
        ("repository_id", json!("124"), "proof/claim"),
        ("repository_id", json!(null), "proof/claim"),
        ("repository_owner_id", json!("1"), "proof/claim"),
        ("ref", json!("refs/heads/feature"), "proof/claim"),
        ("ref_protected", json!("false"), "proof/claim"),
        ("event_name", json!("pull_request"), "proof/claim"),
        ("environment", json!("staging"), "proof/claim"),
        ("workflow_ref", json!("shop/shop/.github/workflows/other.yml@refs/heads/main"), "proof/claim"),
        ("workflow_ref", json!("x"), "proof/claim"),
        ("sha", json!("0123456789012345678901234567890123456789"), "proof/commit"),
        ("sha", json!(null), "proof/commit"),
        ("exp", json!(now() - 60), "proof/expired"),
        ("exp", json!(null), "proof/claim"),
        ("iat", json!(null), "proof/claim"),
        ("nbf", json!(now() + 3600), "proof/not-yet"),
        // A clock that was set back sees a token from its future.
        ("iat", json!(now() + 3600), "proof/not-yet"),
        ("iat", json!(now() - 3600), "proof/age"),
    ];
    provider.give(String::new());
    let told = shop.guard(&PROOF).refused("proof/unavailable");
    assert!(!told.json["next"].to_string().contains("ENV"), "{told:?}");
    for (name, value, code) in cases {
        let mut told = claims(&provider, &commit, "1");
        if value.is_null() {
            told.as_object_mut().unwrap().remove(name);
        } else {
            told[name] = value.clone();
        }
        provider.give(pair.token(&json!({ "alg": "RS256", "kid": "k1" }), &told));
        let refused = shop.guard(&PROOF).refused(code);
        if code == "proof/claim" {
            let claim = refused.detail("claim").to_owned();
            assert!(claim == name || (name == "workflow_ref" && claim == "workflow"), "{name}: {claim}");
        }
    }
}

#[test]
fn the_issuer_s_clock_counts_where_this_machine_s_is_behind() {
    let pair = Pair::p256();
    let keys = json!({ "keys": [pair.jwk("k1")] });
    let provider = Provider::start(keys.clone());
    let shop = project(&provider, &keys);
    let told = claims(&provider, &shop.sandbox.head("shop"), "1");
    provider.give(pair.token(&json!({ "alg": "ES256", "kid": "k1" }), &told));
    // Long after everything that this machine could mean.
    "date: Fri, 21 Nov 2199 02:52:59 GMT\r\n".clone_into(&mut provider.date.lock().unwrap());
    shop.guard(&PROOF).refused("proof/expired");
    // A server whose clock is behind says nothing.
    "date: Sun, 06 Nov 1994 08:49:37 GMT\r\n".clone_into(&mut provider.date.lock().unwrap());
    shop.guard(&PROOF).ok();
}

#[test]
fn the_database_s_clock_counts_where_this_machine_s_is_behind() {
    let Some(server) = servers::fresh_mariadb() else { return servers::skip("MariaDB is not installed") };
    let url = |user: &str, name: &str| {
        format!("mysql://{user}:{}@localhost:{}/{name}", servers::PASSWORD, server.port)
    };
    let root = url("guard", "mysql");
    servers::ask(&root, "create database shop");
    servers::ask(&root, &format!("create user plain@'%' identified by '{}'", servers::PASSWORD));
    servers::ask(&root, "grant all on shop.* to plain@'%'");
    let pair = Pair::p256();
    let keys = json!({ "keys": [pair.jwk("k1")] });
    let provider = Provider::start(keys.clone());
    let mut shop = project(&provider, &keys);
    shop.set("DATABASE_URL", url("plain", "shop"));
    let give = |id: &str| {
        let told = claims(&provider, &shop.sandbox.head("shop"), id);
        provider.give(pair.token(&json!({ "alg": "ES256", "kid": "k1" }), &told));
    };
    give("1");
    shop.guard(&["fingerprint", "init", "prod"]).ok();
    give("2");
    shop.guard(&["fingerprint", "verify", "prod"]).ok();
    // For everybody who may not do everything it is tomorrow.
    servers::ask(&root, "set global init_connect = 'set timestamp = unix_timestamp() + 86400'");
    shop.guard(&["fingerprint", "verify", "prod"]).refused("proof/expired");
    shop.guard(&["fingerprint", "reattest", "prod", "--reason", "x"]).refused("proof/expired");
}

#[test]
fn neither_the_header_nor_a_foreign_key_makes_a_token() {
    let pair = Pair::rsa();
    let other = Pair::p256();
    let keys = json!({ "keys": [pair.jwk("k1"), other.jwk("k2")] });
    let provider = Provider::start(keys.clone());
    let shop = project(&provider, &keys);
    let told = claims(&provider, &shop.sandbox.head("shop"), "1");
    let thief = Pair::p256();
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let none = format!("{}.{}.", part(&json!({ "alg": "none", "kid": "k1" })), part(&told));
    // The public key as the secret of a symmetric algorithm.
    let body = format!("{}.{}", part(&json!({ "alg": "HS256", "kid": "k1" })), part(&told));
    let secret =
        ring::hmac::Key::new(ring::hmac::HMAC_SHA256, keys["keys"][0]["n"].as_str().unwrap().as_bytes());
    let symmetric = format!("{body}.{}", URL_SAFE_NO_PAD.encode(ring::hmac::sign(&secret, body.as_bytes())));
    let good = pair.token(&json!({ "alg": "RS256", "kid": "k1" }), &told);
    let mut edited = told.clone();
    edited["ref"] = json!("refs/heads/main2");
    let parts: Vec<&str> = good.split('.').collect();
    for (token, code) in [
        (none, "proof/algorithm"),
        (symmetric, "proof/algorithm"),
        (pair.token(&json!({ "alg": "RS384", "kid": "k1" }), &told), "proof/algorithm"),
        (pair.token(&json!({ "alg": "RS256", "kid": "k2" }), &told), "proof/algorithm"),
        (pair.token(&json!({ "alg": "RS256", "kid": "k1", "crit": ["x"] }), &told), "proof/algorithm"),
        (pair.token(&json!({ "alg": "RS256", "kid": "k9" }), &told), "proof/key"),
        (pair.token(&json!({ "alg": "RS256" }), &told), "proof/key"),
        (thief.token(&json!({ "alg": "ES256", "kid": "k2" }), &told), "proof/signature"),
        (
            thief.token(
                &json!({ "alg": "ES256", "kid": "k9", "jwk": thief.jwk("k9"), "jku": "http://x" }),
                &told,
            ),
            "proof/key",
        ),
        (format!("{}.{}.{}", parts[0], part(&edited), parts[2]), "proof/signature"),
        (format!("{}.{}", parts[0], parts[1]), "proof/signature"),
        ("nonsense".to_owned(), "proof/signature"),
        (String::new(), "proof/unavailable"),
        ("a.b.c".to_owned(), "proof/signature"),
        ("x".repeat(40_000), "proof/signature"),
    ] {
        provider.give(token.clone());
        let refused = shop.guard(&PROOF).refused(code);
        assert!(token.len() < 8 || !refused.json.to_string().contains(&token));
    }
}

#[test]
fn a_job_without_a_token_and_a_request_to_somebody_else_are_refused() {
    let pair = Pair::p256();
    let keys = json!({ "keys": [pair.jwk("k1")] });
    let provider = Provider::start(keys.clone());
    let mut shop = project(&provider, &keys);
    shop.unset("ACTIONS_ID_TOKEN_REQUEST_TOKEN");
    shop.guard(&PROOF).refused("proof/unavailable");
    shop.set("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "wrong");
    shop.guard(&PROOF).refused("proof/unavailable");
    let thief = Provider::start(keys.clone());
    shop.set("ACTIONS_ID_TOKEN_REQUEST_TOKEN", BEARER);
    shop.contract(&policy("https://ghes.example/_services/token", "jwks = \"contract/jwks/github.json\""));
    shop.set("ACTIONS_ID_TOKEN_REQUEST_URL", thief.issuer());
    shop.guard(&PROOF).refused("proof/issuer");
    assert!(thief.asked.lock().unwrap().is_empty(), "the bearer was sent to somebody else");
    shop.unset("CI");
    shop.guard(&PROOF).refused("proof/not-ci");
}

#[test]
fn keys_that_cannot_be_had_are_no_proof() {
    let pair = Pair::p256();
    let keys = json!({ "keys": [pair.jwk("k1")] });
    let provider = Provider::start(json!("no keys"));
    let shop = project(&provider, &keys);
    shop.contract(&policy(&provider.issuer(), ""));
    let token = |id: &str| {
        let told = claims(&provider, &shop.sandbox.head("shop"), id);
        pair.token(&json!({ "alg": "ES256", "kid": "k1" }), &told)
    };
    provider.give(token("1"));
    shop.guard(&PROOF).refused("proof/issuer-unreachable");
    shop.contract(&policy(&provider.issuer(), "jwks = \"contract/jwks/github.json\""));
    shop.sandbox.write("shop/contract/jwks/github.json", "{}");
    shop.commit();
    provider.give(token("2"));
    shop.guard(&PROOF).refused("proof/key");
}

#[test]
fn the_work_tree_is_the_commit_of_the_token_unmodified() {
    let pair = Pair::p256();
    let keys = json!({ "keys": [pair.jwk("k1")] });
    let provider = Provider::start(keys.clone());
    let shop = project(&provider, &keys);
    shop.sandbox.commit("shop", "a.txt", "one");
    let commit = shop.sandbox.head("shop");
    provider.give(pair.token(&json!({ "alg": "ES256", "kid": "k1" }), &claims(&provider, &commit, "1")));
    shop.guard(&PROOF).ok();
    shop.sandbox.write("shop/a.txt", "two");
    shop.guard(&PROOF).refused("proof/commit");
    shop.sandbox.commit("shop", "a.txt", "two");
    shop.guard(&PROOF).refused("proof/commit");
}

#[test]
fn a_token_serves_once() {
    let pair = Pair::p256();
    let keys = json!({ "keys": [pair.jwk("k1")] });
    for kind in KINDS {
        let Some(database) = Database::new(kind) else { continue };
        let provider = Provider::start(keys.clone());
        let mut shop = project(&provider, &keys);
        shop.set("DATABASE_URL", &database.url);
        let commit = shop.sandbox.head("shop");
        let give = |id: &str| {
            let told = claims(&provider, &commit, id);
            provider.give(pair.token(&json!({ "alg": "ES256", "kid": "k1" }), &told));
        };
        give("1");
        shop.guard(&["fingerprint", "init", "prod"]).ok();
        shop.guard(&["fingerprint", "verify", "prod"]).refused("proof/replayed");
        shop.guard(&["fingerprint", "reattest", "prod", "--reason", "x"]).refused("proof/replayed");
        give("2");
        shop.guard(&["fingerprint", "verify", "prod"]).ok();
    }
}

#[test]
fn a_policy_that_names_nobody_admits_nobody() {
    let mut shop = Shop::new();
    shop.policy(
        "prod",
        "proof = \"oidc\"\n[environments.prod.oidc]\nprovider = \"github\"\nref = \"refs/heads/main\"",
    );
    let told = shop.ci().guard(&PROOF).refused("proof/claim");
    assert_eq!(told.detail("claim"), "repository_id");
    shop.policy("prod", "proof = \"oidc\"\n[environments.prod.oidc]\nprovider = \"circleci\"\n\"oidc.circleci.com/project-id\" = \"x\"");
    shop.guard(&PROOF).refused("proof/issuer");
}

#[test]
fn gitlab_s_token_comes_in_a_variable() {
    let pair = Pair::p256();
    let keys = json!({ "keys": [pair.jwk("k1")] });
    let mut shop = Shop::new();
    shop.sandbox.write("shop/contract/jwks/gitlab.json", keys.to_string());
    shop.policy(
        "prod",
        "proof = \"oidc\"\n[environments.prod.oidc]\nprovider = \"gitlab\"\njwks = \"contract/jwks/gitlab.json\"\n\
         project_id = \"9\"\nref = \"refs/heads/main\"\nref_protected = \"true\"",
    );
    shop.ci().guard(&PROOF).refused("proof/unavailable");
    let told = json!({
        "iss": "https://gitlab.com", "aud": "guard:v1:shop/prod", "jti": "1", "iat": now(), "nbf": now(),
        "exp": now() + 3600, "project_id": "9", "ref": "main", "ref_path": "refs/heads/main",
        "ref_protected": "true", "sha": shop.sandbox.head("shop"),
    });
    shop.set("GUARD_ID_TOKEN", pair.token(&json!({ "alg": "ES256", "kid": "k1" }), &told));
    shop.guard(&PROOF).ok();
}

#[test]
fn a_deploy_key_is_a_proof_where_the_contract_names_it() {
    let mut shop = Shop::new();
    let output = shop.run(&["keys", "new"]);
    let private = String::from_utf8(output.stdout).unwrap().trim().to_owned();
    let public = String::from_utf8(output.stderr).unwrap().trim().rsplit(' ').next().unwrap().to_owned();
    shop.policy("prod", &format!("proof = \"deploy-key\"\ndeploy_keys = [\"{public}\"]"));
    shop.guard(&PROOF).refused("proof/not-ci");
    shop.ci().guard(&PROOF).refused("proof/unavailable");
    shop.set("GUARD_DEPLOY_KEY", &private);
    let told = shop.guard(&PROOF).ok();
    assert!(told.stderr.contains("weaker"), "{}", told.stderr);
    // A run says so as well, after everything that it looked at.
    if let Some(database) = Database::new(servers::Kind::Sqlite) {
        let mut shop = Shop::migrating();
        shop.policy("prod", &format!("proof = \"deploy-key\"\ndeploy_keys = [\"{public}\"]"));
        let contract = std::fs::read_to_string(shop.root().join("contract/mutation.toml")).unwrap();
        shop.contract(&format!("{contract}\n[migrations]\npath = \"migrations\"\ntool = \"sqlx\"\n"));
        shop.freeze();
        shop.ci().set("DATABASE_URL", &database.url).set("GUARD_DEPLOY_KEY", &private);
        shop.guard(&["fingerprint", "init", "prod"]).ok();
        let told = shop.guard(&["migrate", "--env", "prod"]).ok();
        assert!(told.stderr.contains("weaker"), "{}", told.stderr);
    }
    shop.set("GUARD_DEPLOY_KEY", "ed25519-private:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    shop.guard(&PROOF).refused("proof/key");
    shop.set("GUARD_DEPLOY_KEY", "nonsense-canary");
    shop.guard(&PROOF).refused("proof/key");
    shop.set("GUARD_DEPLOY_KEY", &private);
    shop.sandbox.write("shop/contract/mutation.toml", "version = 1\n");
    shop.guard(&PROOF).refused("environment/unknown");
}

#[test]
fn the_ci_variable_alone_is_a_proof_where_nothing_more_is_said() {
    let mut shop = Shop::new();
    let told = shop.ci().set("GITHUB_RUN_ID", "5").guard(&PROOF).ok();
    assert_eq!(told.detail("proof"), "ci-variable");
    shop.guard(&["proof", "--env", "nowhere"]).refused("environment/unknown");
}

/// A program that hands out what is in a file, and writes down what it was asked.
fn agent(shop: &mut Shop, name: &str) {
    let script = "#!/bin/sh\necho \"$@\" > \"$HOME/asked\"\ncat \"$HOME/token\"\n";
    shop.sandbox.write(&format!("bin/{name}"), script);
    let file = shop.sandbox.at(&format!("bin/{name}"));
    assert!(std::process::Command::new("chmod").arg("+x").arg(file).status().unwrap().success());
    let path = format!("{}:{}", shop.sandbox.at("bin").display(), std::env::var("PATH").unwrap());
    shop.set("PATH", path);
}

#[test]
fn the_agents_of_buildkite_and_circleci_give_a_token() {
    let pair = Pair::p256();
    let keys = json!({ "keys": [pair.jwk("k1")] });
    let circle = "https://oidc.circleci.com/org/1234";
    for (provider, issuer, program, lines, own) in [
        (
            "buildkite",
            "https://agent.buildkite.com",
            "buildkite-agent",
            "organization_slug = \"shop\"\npipeline_slug = \"deploy\"".to_owned(),
            json!({ "organization_slug": "shop", "pipeline_slug": "deploy", "build_branch": "main" }),
        ),
        (
            "circleci",
            circle,
            "circleci",
            format!("issuer = \"{circle}\"\n\"oidc.circleci.com/project-id\" = \"9\""),
            json!({ "oidc.circleci.com/project-id": "9", "oidc.circleci.com/ssh-rerun": false }),
        ),
    ] {
        let mut shop = Shop::new();
        shop.sandbox.write("shop/contract/jwks/keys.json", keys.to_string());
        shop.policy(
            "prod",
            &format!(
                "proof = \"oidc\"\n[environments.prod.oidc]\nprovider = \"{provider}\"\n\
                 jwks = \"contract/jwks/keys.json\"\n{lines}"
            ),
        );
        shop.ci().guard(&PROOF).refused("proof/unavailable");
        agent(&mut shop, program);
        let mut told = json!({
            "iss": issuer, "aud": "guard:v1:shop/prod", "jti": "1", "iat": now(), "nbf": now(),
            "exp": now() + 300, "build_commit": shop.sandbox.head("shop"),
        });
        for (name, value) in own.as_object().unwrap() {
            told[name] = value.clone();
        }
        let header = json!({ "alg": "ES256", "kid": "k1" });
        shop.sandbox.write("token", pair.token(&header, &told));
        shop.guard(&PROOF).ok();
        let asked = std::fs::read_to_string(shop.sandbox.at("asked")).unwrap();
        assert!(asked.contains("guard:v1:shop/prod"), "{asked}");
        let name = if provider == "buildkite" { "organization_slug" } else { "oidc.circleci.com/project-id" };
        let mut other = told.clone();
        other[name] = json!("somebody-else");
        shop.sandbox.write("token", pair.token(&header, &other));
        assert_eq!(shop.guard(&PROOF).refused("proof/claim").detail("claim"), name);
        if provider == "circleci" {
            // Somebody has a shell in that job.
            let mut other = told.clone();
            other["oidc.circleci.com/ssh-rerun"] = json!(true);
            shop.sandbox.write("token", pair.token(&header, &other));
            shop.guard(&PROOF).refused("proof/claim");
        }
        shop.sandbox.write("token", "");
        shop.guard(&PROOF).refused("proof/unavailable");
    }
}

#[test]
fn a_rollout_spends_one_token_and_hands_it_to_nobody() {
    let Some(mut site) = site::Site::on(servers::Kind::Postgres) else { return };
    let Some(prod) = Database::new(servers::Kind::Postgres) else { return };
    let pair = Pair::p256();
    let keys = json!({ "keys": [pair.jwk("k1")] });
    let provider = Provider::start(keys.clone());
    site.shop.sandbox.write("shop/contract/jwks/github.json", keys.to_string());
    site.shop.contract(&format!(
        "{}\n[migrations]\npath = \"migrations\"\ntool = \"sqlx\"\n",
        policy(&provider.issuer(), "jwks = \"contract/jwks/github.json\"")
    ));
    site.shop.set("DATABASE_URL", &prod.url).ci();
    site.shop.set("ACTIONS_ID_TOKEN_REQUEST_URL", format!("{}/token?api-version=2", provider.issuer()));
    site.shop.set("ACTIONS_ID_TOKEN_REQUEST_TOKEN", BEARER);
    site.backend("--note given.json", site::READY);
    site.shop.migration("1_orders.sql", "create table orders (id int primary key);");
    let commit = site.shop.sandbox.head("shop");
    let give = |id: &str, name: &str, value: &Value| {
        let mut told = claims(&provider, &commit, id);
        told[name] = value.clone();
        let token = pair.token(&json!({ "alg": "ES256", "kid": "k1" }), &told);
        provider.give(token.clone());
        token
    };
    let usual = json!("push");
    give("1", "event_name", &usual);
    site.shop.guard(&["fingerprint", "init", "prod"]).ok();
    // Another job's token starts nothing.
    give("2", "ref", &json!("refs/heads/feature"));
    let refused = site.deploy_to("prod", &[]).ended("refused", "proof/claim");
    assert_eq!((refused.hop(), refused.result["incident"].as_str()), ("proof", None), "{}", refused.told());
    assert_eq!(site.processes(), Vec::<u32>::new());
    let asked_before = provider.asked.lock().unwrap().len();
    let token = give("3", "event_name", &usual);
    let good = site.deploy_to("prod", &[]).ok();
    assert_eq!(good.result["proof"]["kind"], "oidc", "{}", good.told());
    assert_eq!(good.result["proof"]["claims"]["run_id"], "77", "{}", good.told());
    assert_eq!(prod.column("select count(*) from orders"), ["0"]);
    let asked = provider.asked.lock().unwrap()[asked_before..].to_vec();
    assert_eq!(asked.iter().filter(|line| line.contains("/token")).count(), 1, "{asked:?}");
    let given = std::fs::read_to_string(site.root().join("given.json")).unwrap();
    let events: String = good.events.iter().map(ToString::to_string).collect();
    for text in [&given, &events, &good.told(), &site.journal(), &site.log("backend")] {
        assert!(!text.contains(&token) && !text.contains(BEARER), "{text}");
    }
    // It is spent: whoever found it later cannot use it.
    site.deploy_to("prod", &[]).ended("refused", "proof/replayed");
    assert_eq!(site.shop.guard(&["status", "--env", "prod"]).json["services"][0]["state"], "running");
    give("4", "event_name", &usual);
    assert_eq!(site.deploy_to("prod", &[]).ok().result["details"]["changed"], false);
    site.shop.guard(&["stop", "--env", "prod"]).ok();
    assert_eq!(site.processes(), Vec::<u32>::new());
}
