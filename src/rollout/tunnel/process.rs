//! The tunnel's process: the one that guard started, or one that somebody else did.

use crate::config::model::{Tunnel, TunnelKind};
use crate::io::process::{self, Seen};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Process {
    Runs {
        pid: u32,
        /// Milliseconds since 1970.
        started: Option<i64>,
        /// guard did.
        ours: bool,
        command: String,
    },
    /// How it ended, where that is known.
    Gone(Option<String>),
}

impl Process {
    /// A process by its number, as it is now.
    #[must_use]
    pub fn of(pid: u32, ours: bool) -> Self {
        match process::see(pid).filter(|seen| !seen.is_gone()) {
            Some(seen) => Self::seen(&seen, ours),
            None => Self::Gone(None),
        }
    }

    fn seen(seen: &Seen, ours: bool) -> Self {
        Self::Runs {
            pid: seen.pid,
            started: process::started_in_millis(seen),
            ours,
            command: process::command_line(seen.pid),
        }
    }

    #[must_use]
    pub fn runs(&self) -> bool {
        matches!(self, Self::Runs { .. })
    }

    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        match self {
            Self::Runs { pid, .. } => Some(*pid),
            Self::Gone(_) => None,
        }
    }

    #[must_use]
    pub fn started(&self) -> Option<i64> {
        match self {
            Self::Runs { started, .. } => *started,
            Self::Gone(_) => None,
        }
    }

    /// As a sentence.
    #[must_use]
    pub fn told(&self) -> String {
        match self {
            Self::Runs { pid, ours: true, .. } => format!("process {pid} runs, started by guard"),
            Self::Runs { pid, ours: false, .. } => format!("process {pid} runs, started by somebody else"),
            Self::Gone(Some(how)) => format!("the tunnel's process does not run: {how}"),
            Self::Gone(None) => "the tunnel's process does not run".to_owned(),
        }
    }
}

/// A tunnel that somebody else started: by the configured command line, or by the program of its kind with
/// this tunnel's name or configuration.
#[must_use]
pub fn find(tunnel: &Tunnel) -> Process {
    let own = std::process::id();
    let found = process::all().into_iter().filter(|seen| !seen.is_gone() && seen.pid != own).find(|seen| {
        let words = process::words(seen.pid);
        is_it(tunnel, &words)
    });
    found.map_or(Process::Gone(None), |seen| Process::seen(&seen, false))
}

/// What stands in front of a program that is a script.
const INTERPRETERS: [&str; 6] = ["python", "node", "sh", "bash", "ruby", "perl"];

fn is_it(tunnel: &Tunnel, words: &[String]) -> bool {
    if words.is_empty() {
        return false;
    }
    let wanted: Vec<&str> = tunnel.command.iter().map(|word| word.value.as_str()).collect();
    if !wanted.is_empty() && ends_with(words, &wanted) {
        return true;
    }
    let name = tunnel.name.as_ref().map(|at| at.value.as_str());
    let config = tunnel.config.as_ref().map(|at| base(&at.value));
    let interpreted = INTERPRETERS.iter().any(|name| base(&words[0]).starts_with(name));
    let program = words.get(usize::from(interpreted)).map_or("", |word| base(word)).trim_end_matches(".exe");
    let has = |word: &str| words.iter().any(|each| each == word);
    match tunnel.kind.value {
        // The command line says which tunnel it is.
        TunnelKind::Cloudflared if program == "cloudflared" && has("tunnel") => {
            let named = name.is_some_and(has);
            let configured = config.is_some_and(|config| words.iter().any(|word| base(word) == config));
            named || configured || (name.is_none() && config.is_none())
        }
        // Without a command of its own it is known by what it does.
        TunnelKind::Ssh if wanted.is_empty() => {
            matches!(program, "ssh" | "autossh") && words.iter().any(|word| word.starts_with("-R"))
        }
        TunnelKind::Bore if wanted.is_empty() => program == "bore" && has("local"),
        _ => false,
    }
}

/// An interpreter may stand in front, and the program may be written with its path or without.
fn ends_with(words: &[String], wanted: &[&str]) -> bool {
    let Some(start) = words.len().checked_sub(wanted.len()) else { return false };
    // A shell or a launcher that only waits for the tunnel is not the tunnel.
    start <= 1
        && base(&words[start]) == base(wanted[0])
        && words[start + 1..].iter().zip(&wanted[1..]).all(|(word, wanted)| word == wanted)
}

fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tunnel(text: &str) -> Tunnel {
        crate::config::parse(text).unwrap().tunnel.unwrap()
    }

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn a_tunnel_is_known_by_its_command_line() {
        let own = tunnel("[tunnel]\nkind = \"command\"\ncommand = [\"./tunnel.py\", \"--port\", \"80\"]\n");
        assert!(is_it(&own, &words("/usr/bin/python3 ./tunnel.py --port 80")));
        assert!(is_it(&own, &words("./tunnel.py --port 80")));
        assert!(!is_it(&own, &words("./tunnel.py --port 81")));
        assert!(!is_it(&own, &words("sh -c x ./tunnel.py --port 80")));
    }

    #[test]
    fn another_tunnel_of_the_same_program_is_not_ours() {
        let own = tunnel("[tunnel]\nkind = \"cloudflared\"\nname = \"shop\"\nconfig = \"etc/tunnel.yml\"\n");
        assert!(is_it(&own, &words("/usr/bin/cloudflared tunnel run shop")));
        assert!(is_it(&own, &words("cloudflared tunnel --config /srv/shop/etc/tunnel.yml run")));
        assert!(is_it(&own, &words("/usr/bin/python3 /opt/bin/cloudflared tunnel run shop")));
        assert!(!is_it(&own, &words("cloudflared tunnel run blog")));
        assert!(!is_it(&own, &words("vi tunnel shop")));
    }
}
