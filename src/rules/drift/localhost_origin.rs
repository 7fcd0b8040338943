//! An origin says `localhost`, and what it means listens on one address family only.

use super::Facts;
use crate::words::finding::{Finding, Step};
use crate::words::span::Place;

pub const ID: &str = "drift/localhost-origin";

#[must_use]
pub fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut known: Vec<(u16, &str, Place)> = Vec::new();
    if let Some((file, deployment)) = facts.deployment {
        for service in &deployment.services {
            if let (Some((port, _)), Some((host, span))) = (&service.port, &service.host) {
                known.push((*port, host, Place { file, span: *span }));
            }
        }
    }
    // The file that says which service listens where decides; the code only where it is silent.
    let said: Vec<u16> = known.iter().map(|(port, _, _)| *port).collect();
    for listening in facts.listening.iter().filter(|l| !said.contains(&l.listener.port)) {
        known.push((listening.listener.port, &listening.listener.host, listening.at));
    }
    let mut out = Vec::new();
    for (file, _, origin) in &facts.origins {
        if !origin.host.eq_ignore_ascii_case("localhost") {
            continue;
        }
        let mut here = known.iter().filter(|(port, _, _)| *port == origin.port).peekable();
        if here.peek().is_none() {
            continue;
        }
        let mut family = None;
        let one_sided = here.all(|(_, host, at)| {
            let found = one_family(host).map(|address| (address, *host, *at));
            family = family.or(found);
            found.is_some()
        });
        let Some((address, host, at)) = family.filter(|_| one_sided) else { continue };
        let finding = Finding::new(
            ID,
            Place { file: *file, span: origin.span },
            format!(
                "this origin says `localhost`, which can lead to either address family, but the service on port {} listens on `{host}` only",
                origin.port
            ),
            format!("write `{address}:{}`, the address on which it listens", origin.port),
        );
        let label = format!("listens on {host}");
        out.push(finding.trace(vec![Step { at, label }]));
    }
    out
}

/// The address to dial, where the host means one family only.
fn one_family(host: &str) -> Option<&'static str> {
    let host = host.trim_matches(['[', ']']);
    if host.starts_with("127.") || host == "0.0.0.0" {
        Some("127.0.0.1")
    } else if host == "::1" {
        Some("[::1]")
    } else {
        None
    }
}
