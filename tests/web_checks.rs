//! External checks and smoke checks against real servers.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop where it stands")]

mod web;

use std::time::{Duration, Instant};

use guard::config::{self, durations::Durations};
use guard::io::environment::Environment;
use guard::rollout::hands::Hands;
use guard::rollout::{external, smoke};
use guard::words::ending::{Code, Ending, Outcome};
use guard::words::rollout::{ProbeResult, Probed};
use guard::words::secret::Redactor;
use web::{Say, Site, closed_port, json, page};

const KEY: &str = "sk-canary-77120";

fn with_hands<T>(work: impl FnOnce(&mut Hands<'_>) -> T) -> T {
    let variables =
        Environment::of([("STRIPE_SECRET_KEY", KEY), ("GIT_COMMIT", "abc123"), ("OPENAI_API_KEY", KEY)]);
    let mut redactor = Redactor::default();
    redactor.know(KEY);
    let mut hands = Hands {
        variables: &variables,
        redactor: &redactor,
        deadline: Instant::now() + Duration::from_secs(30),
        tell: &mut |_, _| {},
    };
    work(&mut hands)
}

fn verify(text: &str) -> Probed {
    let config = config::parse(text).unwrap();
    with_hands(|hands| external::verify(&config.external[0], Duration::from_millis(400), hands))
}

fn stripe(url: &str) -> Probed {
    verify(&format!("[[external]]\nkind = \"stripe\"\nkey_env = \"STRIPE_SECRET_KEY\"\nurl = \"{url}\"\n"))
}

#[test]
fn a_good_key_passes_and_is_sent_as_a_bearer() {
    let site = Site::that(json(200, "{\"object\":\"balance\"}"));
    let probed = stripe(&site.url("/v1/balance"));
    assert_eq!((probed.result, probed.code, probed.reason), (ProbeResult::Pass, None, None));
    assert!(probed.latency_ms.is_some());
    let request = site.requests.lock().unwrap()[0].to_ascii_lowercase();
    assert!(request.contains(&format!("authorization: bearer {KEY}")), "{request}");
}

#[test]
fn what_is_ours_to_mend_fails_at_once() {
    for (status, reason) in [(401, "401"), (403, "403"), (404, "404"), (302, "302")] {
        let site = Site::that(json(status, "{}"));
        let probed = stripe(&site.url("/"));
        assert_eq!((probed.result, probed.reason.as_deref()), (ProbeResult::Fail, Some(reason)));
        assert_eq!(probed.code, Some(Code::ExternalFailed));
        assert_eq!(site.count(), 1, "{status} is not asked twice");
    }
}

#[test]
fn what_says_nothing_of_us_is_inconclusive_after_two_more_tries() {
    for status in [408, 429, 500, 503] {
        let site = Site::that(json(status, "{}"));
        let probed = stripe(&site.url("/"));
        let expected = status.to_string();
        assert_eq!(
            (probed.result, probed.reason.as_deref()),
            (ProbeResult::Inconclusive, Some(expected.as_str()))
        );
        assert_eq!(probed.code, Some(Code::ExternalInconclusive));
        assert_eq!((site.count(), probed.attempts.len(), probed.attempts[0].times), (3, 1, 3));
    }
    for (say, reason) in [(Say::Nothing, "timeout"), (Say::Reset, "reset")] {
        let site = Site::that(say);
        let probed = stripe(&site.url("/"));
        assert_eq!((probed.result, probed.reason.as_deref()), (ProbeResult::Inconclusive, Some(reason)));
        assert_eq!(site.count(), 3);
    }
    let probed = stripe(&format!("http://127.0.0.1:{}/", closed_port()));
    assert_eq!((probed.result, probed.reason.as_deref()), (ProbeResult::Inconclusive, Some("refused")));
}

#[test]
fn one_failure_of_theirs_is_forgiven_when_the_next_try_is_good() {
    let site = Site::by(|_, before| if before == 0 { json(503, "") } else { json(200, "{}") });
    let probed = stripe(&site.url("/"));
    assert_eq!(probed.result, ProbeResult::Pass);
    let reasons: Vec<&str> = probed.attempts.iter().map(|attempt| attempt.reason.as_str()).collect();
    assert_eq!(reasons, ["503", "200"]);
}

#[test]
fn a_name_that_does_not_exist_and_a_bad_certificate_fail() {
    let probed = stripe("https://no-such-host.invalid/");
    // Without any name server nothing could be said.
    let dns = probed.reason.clone().unwrap();
    assert!(dns.starts_with("dns"), "{dns}");
    let expected = if dns.contains("does not exist") { ProbeResult::Fail } else { ProbeResult::Inconclusive };
    assert_eq!(probed.result, expected);
    // Whoever answers TLS with something else has no good certificate.
    let site = Site::that(Say::Bytes(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()));
    let probed = stripe(&format!("https://localhost:{}/", site.port));
    assert_eq!(probed.result, ProbeResult::Fail);
    assert!(probed.reason.unwrap().starts_with("tls: "));
}

#[test]
fn a_wrong_body_fails() {
    let site = Site::that(json(200, "{\"success\":false}"));
    let text = format!(
        "[[external]]\nkind = \"cloudflare\"\nkey_env = \"STRIPE_SECRET_KEY\"\nurl = \"{}\"\n",
        site.url("/")
    );
    let probed = verify(&text);
    assert_eq!(probed.reason.as_deref(), Some("body: success is false, not true"));
    assert_eq!(probed.result, ProbeResult::Fail);
    let site = Site::that(Say::Bytes(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()));
    assert_eq!(stripe(&site.url("/")).result, ProbeResult::Fail);
}

#[test]
fn a_key_that_is_not_there_is_named_and_nobody_is_asked() {
    let site = Site::that(json(200, "{}"));
    let text =
        format!("[[external]]\nkind = \"http\"\nkey_env = \"NO_SUCH_KEY\"\nurl = \"{}\"\n", site.url("/"));
    let probed = verify(&text);
    assert_eq!(probed.reason.as_deref(), Some("no-key: NO_SUCH_KEY is not set"));
    assert_eq!((probed.result, site.count()), (ProbeResult::Fail, 0));
}

#[test]
fn no_key_is_ever_shown() {
    let site = Site::that(json(401, &format!("{{\"error\":\"bad key {KEY}\"}}")));
    let probed = stripe(&site.url("/"));
    let shown = serde_json::to_string(&probed).unwrap();
    assert!(!shown.contains(KEY), "{shown}");
}

fn smoked(text: &str) -> (Vec<Probed>, Ending) {
    let config = config::parse(text).unwrap();
    let checks = with_hands(|hands| {
        let durations = Durations { config: &config, variables: hands.variables, timeout: None };
        smoke::run(&durations, hands).unwrap()
    });
    let ending = smoke::ending(&checks);
    (checks, ending)
}

fn smoke_of(site: &Site, rest: &str) -> Probed {
    let text = format!("[[smoke]]\nname = \"site\"\nurl = \"{}\"\n{rest}", site.url("/"));
    smoked(&text).0.remove(0)
}

#[test]
fn a_page_that_is_as_asked_passes() {
    let site = Site::that(page(200, "<h1>Shop</h1><p>call 502 1033</p><i>abc123</i>"));
    let probed = smoke_of(
        &site,
        "status = 200\ncontains = [\"Shop\", \"${GIT_COMMIT}\"]\nnot_contains = \"sold out\"\nnot_error_page = true\n",
    );
    assert_eq!(probed.result, ProbeResult::Pass, "{probed:?}");
}

/// `{"ready":true}`, packed.
const PACKED: &[u8] = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xab\x56\x2a\x4a\x4d\x4c\xa9\x54\xb2\x2a\x29\x2a\x4d\xad\x05\x00\x23\x05\x2a\x96\x0e\x00\x00\x00";

#[test]
fn an_answer_that_is_packed_in_pieces_marked_or_long_is_read_all_the_same() {
    let head = |more: &str| {
        format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n{more}\r\n")
    };
    let packed =
        [head(&format!("content-encoding: gzip\r\ncontent-length: {}\r\n", PACKED.len())).as_bytes(), PACKED]
            .concat();
    let pieces = head("transfer-encoding: chunked\r\n") + "5\r\n{\"rea\r\n9\r\ndy\":true}\r\n0\r\n\r\n";
    let marked = head("") + "\u{feff}{\"ready\":true}";
    let long = head("") + &format!("{{\"pad\":\"{}\",\"ready\":true}}", "x".repeat(2 << 20));
    for bytes in [packed, pieces.into_bytes(), marked.into_bytes(), long.into_bytes()] {
        let site = Site::that(Say::Bytes(bytes));
        let probed = smoke_of(&site, "json = { ready = true }\n");
        assert_eq!((probed.result, probed.reason), (ProbeResult::Pass, None));
    }
}

#[test]
fn a_page_that_is_not_as_asked_fails_and_says_how() {
    let site = Site::that(page(200, "<h1>Shop</h1> sold out"));
    let reason = |rest: &str| smoke_of(&site, rest).reason.unwrap_or_default();
    assert_eq!(reason("status = 204\n"), "200, not 204");
    assert!(reason("contains = \"Welcome\"\n").starts_with("`Welcome` does not stand there"));
    assert_eq!(reason("not_contains = \"sold out\"\n"), "`sold out` stands there");
    assert_eq!(reason("json = { ready = true }\n"), "the answer is no JSON");
    let site = Site::that(page(200, "<title>502 Bad Gateway</title>"));
    let probed = smoke_of(&site, "not_error_page = true\n");
    assert_eq!(probed.reason.as_deref(), Some("an error page answers: 502 of a proxy"));
    assert_eq!(probed.code, Some(Code::SmokeFailed));
}

#[test]
fn what_must_stay_so_is_watched_for_as_long() {
    let site = Site::that(page(200, "up"));
    let started = Instant::now();
    let probed = smoke_of(&site, "stable = \"1200ms\"\n");
    assert_eq!(probed.result, ProbeResult::Pass);
    assert!(started.elapsed() >= Duration::from_millis(1200));
    assert!(site.count() >= 2);
    let site = Site::by(|_, before| if before == 0 { page(200, "up") } else { page(404, "gone") });
    let probed = smoke_of(&site, "stable = \"20s\"\n");
    assert!(probed.reason.unwrap().starts_with("404, after 1."), "it ends with the first failure");
}

#[test]
fn nothing_configured_is_no_pass() {
    let (_, ending) = smoked("");
    assert_eq!((ending.outcome, ending.code, ending.exit()), (Outcome::Refused, Some(Code::SmokeNone), 1));
}

#[test]
fn a_service_is_asked_on_its_own_port() {
    let site = Site::that(json(200, "{\"ready\":true}"));
    let text = format!(
        "[[service]]\nname = \"api\"\ncommand = [\"x\"]\nport = {}\nhost = \"0.0.0.0\"\n[[smoke]]\nname = \"db\"\nservice = \"api\"\nhttp = \"/health\"\njson = {{ ready = true }}\n",
        site.port
    );
    let (checks, ending) = smoked(&text);
    assert_eq!(ending.exit(), 0, "{checks:?}");
    assert!(site.requests.lock().unwrap()[0].starts_with("GET /health "));
}
