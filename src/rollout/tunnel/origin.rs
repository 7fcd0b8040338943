//! The service behind the tunnel: who listens there, and on which family.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use serde_json::json;

use super::{fail, pass};
use crate::config::model::{Tunnel, TunnelKind};
use crate::io::{process, sockets};
use crate::lang::origins::Origin;
use crate::words::ending::Code;
use crate::words::rollout::Hop;
use crate::words::span::Span;

/// A dial within the machine takes no time.
const DIAL: Duration = Duration::from_millis(500);

/// What listens where a tunnel leads.
#[derive(Clone, Debug)]
pub struct Seen {
    host: String,
    port: u16,
    four: bool,
    six: bool,
    /// `ipv4 127.0.0.1, held by 312 (node server.js)`
    listeners: Vec<String>,
}

/// None for a target that is not on this machine.
#[must_use]
pub fn see(target: &Origin) -> Option<Seen> {
    if !is_here(&target.host) || target.port == 0 {
        return None;
    }
    let port = target.port;
    let takes = |address: IpAddr| sockets::takes_calls(SocketAddr::new(address, port), DIAL);
    let listeners = sockets::listeners(&[port])
        .iter()
        .map(|socket| {
            let holder = socket.holders.first().map_or_else(String::new, |pid| {
                let command: String = process::command_line(*pid).chars().take(120).collect();
                format!(", held by {pid} ({command})")
            });
            format!("{} {}{holder}", socket.family(), socket.address)
        })
        .collect();
    Some(Seen {
        host: target.host.clone(),
        port,
        four: takes(four_of(&target.host)),
        six: takes(IpAddr::V6(Ipv6Addr::LOCALHOST)),
        listeners,
    })
}

fn four_of(host: &str) -> IpAddr {
    let named = host.parse::<Ipv4Addr>().ok().filter(|address| !address.is_unspecified());
    IpAddr::V4(named.unwrap_or(Ipv4Addr::LOCALHOST))
}

fn is_here(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback() || address.is_unspecified())
}

impl Seen {
    fn dials(&self) -> (bool, bool) {
        match self.host.trim_matches(['[', ']']).parse::<IpAddr>() {
            Ok(IpAddr::V4(_)) => (true, false),
            Ok(IpAddr::V6(_)) => (false, true),
            Err(_) => (true, true),
        }
    }

    /// Whoever dials as the rule says comes through.
    #[must_use]
    pub fn reachable(&self) -> bool {
        let (four, six) = self.dials();
        (four && self.four) || (six && self.six)
    }

    /// What may go wrong although it works for dialers that try both families.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        let (four, six) = self.dials();
        if !(four && six) || self.four == self.six {
            return None;
        }
        let (there, missing, address) =
            if self.four { ("IPv4", "IPv6", "127.0.0.1") } else { ("IPv6", "IPv4", "[::1]") };
        Some(format!(
            "the rule says {}:{}, and the service listens on {there} alone: a dialer that tries {missing} is \
             refused; write {address}:{} there",
            self.host, self.port, self.port
        ))
    }

    #[must_use]
    pub fn hop(&self) -> Hop {
        let evidence = json!({ "listeners": self.listeners, "ipv4": self.four, "ipv6": self.six });
        let place = format!("{}:{}", self.host, self.port);
        let mut hop = if self.reachable() {
            let family = match (self.four, self.six) {
                (true, true) => "on IPv4 and IPv6",
                (true, false) => "on IPv4",
                _ => "on IPv6",
            };
            pass("origin", &format!("{place} takes calls {family}"), serde_json::Value::Null)
        } else if self.four || self.six {
            let (there, other) = if self.four { ("IPv4", "127.0.0.1") } else { ("IPv6", "[::1]") };
            fail(
                "origin",
                Code::TunnelOrigin,
                format!("the rule leads to {place}, and the service listens on {there} alone"),
                format!("write {other}:{} in the tunnel's rule, or let the service listen there", self.port),
            )
        } else {
            fail(
                "origin",
                Code::TunnelOrigin,
                format!("nothing listens on port {}, neither on IPv4 nor on IPv6", self.port),
                format!("start the service behind {place}: `guard status` shows who listens where"),
            )
        };
        hop.evidence = evidence;
        hop
    }
}

/// Where a tunnel without a configuration leads: `-R 80:host:port`, `bore local port`.
#[must_use]
pub fn of_command(tunnel: &Tunnel) -> Vec<Origin> {
    let words: Vec<&str> = tunnel.command.iter().map(|word| word.value.as_str()).collect();
    let target = |host: &str, port: &str| {
        Some(Origin {
            host: host.to_owned(),
            port: port.parse().ok()?,
            span: Span::default(),
            hostname: None,
            upstream: None,
        })
    };
    let after = |at: usize, option: &str| {
        let word = *words.get(at)?;
        if word == option { words.get(at + 1).copied() } else { word.strip_prefix(option) }
    };
    match tunnel.kind.value {
        TunnelKind::Ssh => (1..words.len())
            .filter_map(|at| {
                let (rest, port) = after(at, "-R")?.rsplit_once(':')?;
                let host = match rest.strip_suffix(']') {
                    Some(inner) => inner.rsplit_once('[')?.1,
                    None => rest.rsplit_once(':')?.1,
                };
                target(host, port)
            })
            .collect(),
        TunnelKind::Bore => {
            let at = words.iter().position(|word| *word == "local");
            let port = at.and_then(|at| words[at + 1..].iter().find(|word| word.parse::<u16>().is_ok()));
            let host = (1..words.len()).find_map(|at| after(at, "--local-host").or_else(|| after(at, "-l")));
            let host = host.map_or("localhost", |host| host.trim_start_matches('='));
            port.and_then(|port| target(host, port)).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leads(text: &str) -> Vec<String> {
        let tunnel = crate::config::parse(text).unwrap().tunnel.unwrap();
        of_command(&tunnel).iter().map(|it| format!("{}:{}", it.host, it.port)).collect()
    }

    #[test]
    fn a_command_says_where_it_leads() {
        let ssh = |option: &str| {
            leads(&format!("[tunnel]\nkind = \"ssh\"\ncommand = [\"ssh\", \"-N\", {option}, \"edge\"]\n"))
        };
        assert_eq!(ssh("\"-R\", \"8080:127.0.0.1:3000\""), ["127.0.0.1:3000"]);
        assert_eq!(ssh("\"-R*:80:localhost:3000\""), ["localhost:3000"]);
        assert_eq!(ssh("\"-R\", \"80:[::1]:3000\""), ["::1:3000"]);
        let bore =
            "[tunnel]\nkind = \"bore\"\ncommand = [\"bore\", \"local\", \"3000\", \"--to\", \"edge\"]\n";
        assert_eq!(leads(bore), ["localhost:3000"]);
    }
}
