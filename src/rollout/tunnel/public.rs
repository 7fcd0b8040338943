//! The public address: it answers, and it answers with our build.

use std::time::Instant;

use serde_json::Value;

use super::{ASKED, fail, pass};
use crate::config::model::{Tunnel, Verify};
use crate::io::http::ask::{Answer, Question, Trouble};
use crate::rollout::expect;
use crate::rollout::external::spoken;
use crate::rollout::hands::{Hands, millis, stamp};
use crate::rollout::pages::error_page;
use crate::words::ending::Code;
use crate::words::rollout::{Hop, ProbeResult, Probed};

/// Every address once; the attempts are added to the probes.
#[must_use]
pub fn look(
    tunnel: &Tunnel,
    one_family: Option<&str>,
    probes: &mut Vec<Probed>,
    hands: &Hands<'_>,
) -> Vec<Hop> {
    tunnel.verify.iter().map(|verify| one(verify, one_family, probes, hands)).collect()
}

fn one(verify: &Verify, one_family: Option<&str>, probes: &mut Vec<Probed>, hands: &Hands<'_>) -> Hop {
    let filled = |text: &str| expect::filled(text, hands.variables);
    let (url, marker) = match (
        filled(&verify.url.value),
        verify.marker.as_ref().map(|marker| filled(&marker.value)).transpose(),
    ) {
        (Ok(url), Ok(marker)) => (url, marker),
        (Err(name), _) | (_, Err(name)) => {
            return fail(
                "public",
                Code::TunnelConfig,
                format!("`[[tunnel.verify]]` needs the variable {name}, which is not set"),
                format!("set {name}"),
            );
        }
    };
    let (at, started) = (stamp(), Instant::now());
    let answer = hands.ask(&Question::get(&url, hands.within(ASKED)));
    let latency = millis(answer.as_ref().map_or_else(|_| started.elapsed(), |answer| answer.latency));
    let mut hop = judge(verify, &url, marker.as_deref(), &answer);
    hop.reason = hands.redactor.clean(&hop.reason);
    if let (Some(why), Some(Code::TunnelNotRouting)) = (one_family, hop.code) {
        // Many dialers try the other family; this one may not have.
        hop = fail("origin", Code::TunnelOrigin, format!("{}; {why}", hop.reason), why.to_owned());
    }
    let name = format!("tunnel {url}");
    let place = probes.iter().position(|probe| probe.name == name).unwrap_or_else(|| {
        probes.push(Probed::new(name, hop.result));
        probes.len() - 1
    });
    if let Some(probe) = probes.get_mut(place) {
        probe.attempt(at, hop.result, hop.reason.clone(), latency);
        probe.result = hop.result;
        probe.latency_ms = Some(latency);
        probe.code = hop.code;
        probe.reason = Some(hop.reason.clone()).filter(|_| hop.result != ProbeResult::Pass);
        if let Ok(answer) = &answer {
            let start = hands.redactor.clean(&expect::excerpt(&answer.text(), 200));
            probe.snapshot = serde_json::json!({ "status": answer.status, "body": start });
        }
    }
    hop
}

fn judge(verify: &Verify, url: &str, marker: Option<&str>, answer: &Result<Answer, Trouble>) -> Hop {
    let not_routing = |reason: String| {
        let next = "the tunnel is connected and does not lead here: look at its rule for this name, and at the \
                    name's DNS record";
        fail("public", Code::TunnelNotRouting, reason, next.to_owned())
    };
    let not_ours = |reason: String| {
        let next = "something else answers under this name: look at where the name points, and whether what \
                    answers is of this commit";
        fail("public", Code::TunnelNotOurs, reason, next.to_owned())
    };
    let answer = match answer {
        Ok(answer) => answer,
        Err(trouble @ (Trouble::NoResolver | Trouble::Offline(_))) => {
            let mut hop = not_routing(format!("{url} cannot be asked from here: {}", spoken(trouble)));
            hop.result = ProbeResult::Inconclusive;
            hop.next = Some("look at this machine's network and name server".into());
            return hop;
        }
        Err(trouble) => return not_routing(format!("{url} does not answer: {}", spoken(trouble))),
    };
    let (status, text) = (answer.status, answer.text());
    let ours = marker.is_some_and(|marker| text.contains(marker));
    if !ours && let Some(page) = error_page(&text).filter(|_| status >= 400 || marker.is_some()) {
        return not_routing(format!("{url} answers {status} with an error page: {page}"));
    }
    let as_asked = verify.status.as_ref().map_or((200..300).contains(&status), |at| at.value == status);
    if !as_asked {
        let wanted = verify.status.as_ref().map_or_else(String::new, |at| format!(", not {}", at.value));
        let reason = format!("{url} answers {status}{wanted}");
        return if ours || status >= 500 || status == 404 { not_routing(reason) } else { not_ours(reason) };
    }
    match marker {
        Some(_) if !ours => {
            let start = expect::excerpt(&text, 80);
            not_ours(format!(
                "{url} answers {status}, and not with this build: the marker is not there; it begins: {start}"
            ))
        }
        Some(_) => pass("public", &format!("{url} answers {status} with this build"), Value::Null),
        None => pass("public", &format!("{url} answers {status}"), Value::Null),
    }
}
