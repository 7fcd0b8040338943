//! Where another machine gets this very guard: as its builder said, or as cargo wrote down when it was installed.
//! Nothing is guessed: a place that is not known to hold this commit is none.

use std::path::Path;

use crate::io::environment::{Environment, own_program};
use crate::io::git::Repository;

/// What the builder of a release says of it.
const BUILT: (Option<&str>, Option<&str>) = (option_env!("GUARD_REPOSITORY"), option_env!("GUARD_REVISION"));
/// Cargo's record beside the folder of the programs that it installed.
const RECORD: &str = ".crates.toml";
const LARGEST: u64 = 1 << 20;

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Origin {
    url: String,
    revision: String,
}

impl Origin {
    pub(super) fn find(environment: &Environment) -> Option<Self> {
        if let (Some(url), Some(revision)) = BUILT {
            return Self::of(url, revision);
        }
        let program = own_program().ok()?.canonicalize().ok()?;
        let record = program.parent()?.parent()?.join(RECORD);
        if record.metadata().ok()?.len() > LARGEST {
            return None;
        }
        installed(&std::fs::read_to_string(record).ok()?, environment)
    }

    /// Only what every machine can ask for, and what needs no quotes in any shell.
    fn of(url: &str, revision: &str) -> Option<Self> {
        let url = reachable(url)?;
        let plain = |c: char| c.is_ascii_alphanumeric() || "._~/:-".contains(c);
        let is_commit = revision.len() == 40 && revision.chars().all(|c| c.is_ascii_hexdigit());
        (url.chars().all(plain) && is_commit).then(|| Self { url, revision: revision.to_owned() })
    }

    /// The command that installs it.
    pub(super) fn install(&self) -> String {
        format!("cargo install --locked --git {} --rev {} guard", self.url, self.revision)
    }
}

/// `"guard 0.1.0 (git+https://…#commit)" = ["guard"]`, or `path+file:///…` for a clone.
fn installed(record: &str, environment: &Environment) -> Option<Origin> {
    let record: toml::Table = record.parse().ok()?;
    let head = concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"), " (");
    let mut sources =
        record.get("v1")?.as_table()?.keys().filter_map(|id| id.strip_prefix(head)?.strip_suffix(')'));
    let source = sources.next()?;
    if let Some(git) = source.strip_prefix("git+") {
        let (url, revision) = git.split_once('#')?;
        return Origin::of(url.split('?').next()?, revision);
    }
    let folder = source.strip_prefix("path+file://")?;
    let folder = percent_encoding::percent_decode_str(folder).decode_utf8().ok()?;
    let clone = Repository::find(Path::new(&*folder), environment).ok()??;
    let commit = clone.commit("HEAD").ok()??;
    clone.is_pushed(&commit).ok()?.then_some(())?;
    Origin::of(&clone.origin().ok()??, &commit)
}

/// The address without a login, over https. What a folder of this machine holds, no other machine sees.
fn reachable(url: &str) -> Option<String> {
    let (host, path) = if let Some(rest) = url.strip_prefix("https://") {
        rest.split_once('/')?
    } else if let Some(rest) = url.strip_prefix("ssh://git@") {
        rest.split_once('/')?
    } else {
        url.strip_prefix("git@")?.split_once(':')?
    };
    let name = host.split(':').next()?;
    let sound = name.contains('.') && !host.contains('@') && !path.is_empty() && name != "127.0.0.1";
    sound.then(|| format!("https://{}/{path}", if url.starts_with("https://") { host } else { name }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMIT: &str = "0123456789012345678901234567890123456789";

    fn from(source: &str) -> Option<String> {
        let version = env!("CARGO_PKG_VERSION");
        let record = format!(
            "[v1]\n\"ripgrep 13.0.0 (x)\" = [\"rg\"]\n\"guard {version} ({source})\" = [\"guard\"]\n"
        );
        installed(&record, &Environment::default()).map(|origin| origin.install())
    }

    #[test]
    fn what_cargo_fetched_is_fetched_again() {
        for url in [
            "https://example.org/team/guard",
            "ssh://git@example.org/team/guard",
            "git@example.org:team/guard",
        ] {
            let wanted =
                format!("cargo install --locked --git https://example.org/team/guard --rev {COMMIT} guard");
            assert_eq!(from(&format!("git+{url}?branch=main#{COMMIT}")), Some(wanted), "{url}");
        }
    }

    #[test]
    fn a_place_that_no_other_machine_reaches_is_none() {
        for url in [
            "file:///srv/guard",
            "https://user:word@example.org/guard",
            "https://localhost/guard",
            "http://example.org/guard",
            "https://example.org/a;b",
            "https://example.org/",
        ] {
            assert_eq!(from(&format!("git+{url}#{COMMIT}")), None, "{url}");
        }
        assert_eq!(from("git+https://example.org/guard#main"), None, "a branch moves");
        assert_eq!(from("path+file:///nowhere/guard"), None);
        assert_eq!(installed("[v1]\n", &Environment::default()), None);
        assert_eq!(installed("no record", &Environment::default()), None);
    }
}
