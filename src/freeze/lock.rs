//! `contract/mutation.lock`: what the contract means and what its scripts do, pinned. It is written
//! by `freeze` alone, is meant to be read in a review, and is the same bytes on every machine.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Deserialize;

use crate::io::decode;
pub use crate::words::digest::sha256_hex;

pub const LOCK_PATH: &str = "contract/mutation.lock";
pub const CONTRACT_PATH: &str = "contract/mutation.toml";
pub const APPROVALS: &str = "contract/approvals";

const HEAD: &str = "\
# Written by `guard contract freeze`; a change by hand is found out.
# It pins what contract/mutation.toml allows and what the allowed scripts do.
";

/// Effects of a script, in words, and a digest of everything that makes them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScriptPin {
    pub effects: Vec<String>,
    pub digest: String,
}

/// What a tree holds now; the lock pins it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Material {
    /// The contract in its canonical form.
    pub contract: String,
    /// Signers, issuer keys and CA files that the contract names.
    pub files: BTreeMap<String, String>,
    pub scripts: BTreeMap<String, ScriptPin>,
    pub quarantine: BTreeMap<String, String>,
    pub migrations: BTreeMap<String, String>,
    /// Gates and commands of `guard.toml`.
    pub gates: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    pub serial: u64,
    pub pinned: Material,
}

/// Why a lock cannot be read. Lines and columns count from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct LockError {
    pub line: u32,
    pub column: u32,
    pub message: String,
    pub hint: String,
}

/// What part of the lock a difference concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    Contract,
    File,
    Script,
    Quarantine,
    Migration,
    Gate,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    pub part: Part,
    /// The file to look at.
    pub path: String,
    pub what: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    version: toml::Spanned<i64>,
    serial: toml::Spanned<i64>,
    contract: toml::Spanned<String>,
    meaning: Vec<String>,
    #[serde(default)]
    files: BTreeMap<String, String>,
    #[serde(default)]
    scripts: BTreeMap<String, ScriptPin>,
    #[serde(default)]
    quarantine: BTreeMap<String, String>,
    #[serde(default)]
    migrations: BTreeMap<String, String>,
    #[serde(default)]
    gates: BTreeMap<String, String>,
}

/// The digest of a file that is the same on every machine, whatever line ends it was checked out
/// with.
#[must_use]
pub fn file_digest(bytes: &[u8]) -> String {
    sha256_hex(&decode::normalised(bytes))
}

/// The bytes of a lock file that are digested and signed: as committed, with Unix line ends.
#[must_use]
pub fn signed_bytes(lock_file: &[u8]) -> Vec<u8> {
    decode::normalised(lock_file)
}

/// Where the approval of this lock file belongs.
#[must_use]
pub fn approval_path(lock_file: &[u8]) -> String {
    format!("{APPROVALS}/{}.sig", sha256_hex(&signed_bytes(lock_file)))
}

impl Lock {
    /// Reads a lock file's text.
    pub fn parse(text: &str) -> Result<Self, LockError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
        if let Some(line) = text.lines().position(is_conflict_marker) {
            return Err(LockError {
                line: u32::try_from(line + 1).unwrap_or(u32::MAX),
                column: 1,
                message: "the lock holds the marks of a merge conflict".into(),
                hint: "resolve contract/mutation.toml, then run `guard contract freeze`".into(),
            });
        }
        let at = |offset: usize, message: String| {
            let (line, column) = position(&text, offset);
            let hint = "run `guard contract freeze`; the lock is not written by hand".to_owned();
            LockError { line, column, message, hint }
        };
        let raw: Raw = toml::from_str(&text).map_err(|error| {
            at(
                error.span().map_or(0, |span| span.start),
                error.message().lines().collect::<Vec<_>>().join(" "),
            )
        })?;
        if *raw.version.get_ref() != 1 {
            return Err(at(
                raw.version.span().start,
                format!("version {} of the lock is not known to this guard", raw.version.get_ref()),
            ));
        }
        let serial = u64::try_from(*raw.serial.get_ref())
            .ok()
            .filter(|serial| *serial > 0)
            .ok_or_else(|| at(raw.serial.span().start, "a serial is 1 or more".into()))?;
        let contract = raw.meaning.join("\n");
        if sha256_hex(contract.as_bytes()) != *raw.contract.get_ref() {
            return Err(at(
                raw.contract.span().start,
                "this digest is not that of the meaning below it".into(),
            ));
        }
        let pinned = Material {
            contract,
            files: raw.files,
            scripts: raw.scripts,
            quarantine: raw.quarantine,
            migrations: raw.migrations,
            gates: raw.gates,
        };
        Ok(Self { serial, pinned })
    }

    /// The lock file.
    #[must_use]
    pub fn render(&self) -> String {
        let mut out = String::from(HEAD);
        let pinned = &self.pinned;
        line(&mut out, &format!("version = 1\nserial = {}", self.serial));
        line(&mut out, &format!("contract = {}", quoted(&sha256_hex(pinned.contract.as_bytes()))));
        line(&mut out, "meaning = [");
        for text in pinned.contract.split('\n') {
            line(&mut out, &format!("  {},", quoted(text)));
        }
        line(&mut out, "]");
        table(&mut out, "files", &pinned.files);
        if !pinned.scripts.is_empty() {
            line(&mut out, "\n[scripts]");
            for (path, script) in &pinned.scripts {
                let effects: Vec<String> = script.effects.iter().map(|effect| quoted(effect)).collect();
                line(
                    &mut out,
                    &format!(
                        "{} = {{ effects = [{}], digest = {} }}",
                        quoted(path),
                        effects.join(", "),
                        quoted(&script.digest)
                    ),
                );
            }
        }
        table(&mut out, "quarantine", &pinned.quarantine);
        table(&mut out, "migrations", &pinned.migrations);
        table(&mut out, "gates", &pinned.gates);
        out
    }

    /// These bytes are what `freeze` writes for this lock, and nobody has been at them since.
    #[must_use]
    pub fn is_written_as(&self, lock_file: &[u8]) -> bool {
        signed_bytes(lock_file) == self.render().as_bytes()
    }

    /// The digest of the contract's canonical form.
    #[must_use]
    pub fn contract_digest(&self) -> String {
        sha256_hex(self.pinned.contract.as_bytes())
    }

    /// What the serial counts: the contract and the files that it names.
    #[must_use]
    pub fn same_meaning(&self, other: &Material) -> bool {
        trimmed(&self.pinned.contract) == trimmed(&other.contract) && self.pinned.files == other.files
    }
}

/// The lock that pins `material`. The serial rises above every lock that meant something else, so
/// that a signature over an earlier lock never fits a later one. Gates and quarantined files can
/// weaken, too, so they count here; a script's body or a new migration does not.
#[must_use]
pub fn next(previous: Option<&Lock>, base: Option<&Lock>, material: &Material) -> Lock {
    let mut pinned = material.clone();
    pinned.contract = trimmed(&pinned.contract).to_owned();
    for script in pinned.scripts.values_mut() {
        script.effects.sort();
        script.effects.dedup();
    }
    let unchanged = |lock: &Lock| {
        lock.same_meaning(&pinned)
            && lock.pinned.gates == pinned.gates
            && lock.pinned.quarantine == pinned.quarantine
    };
    let mut serial = 1;
    for lock in previous.into_iter().chain(base) {
        let least = if unchanged(lock) { lock.serial } else { lock.serial.saturating_add(1) };
        serial = serial.max(least);
    }
    Lock { serial, pinned }
}

/// Where the tree is no longer what the lock pins. A new migration file is no difference.
#[must_use]
pub fn differences(lock: &Lock, material: &Material) -> Vec<Difference> {
    let mut found = Vec::new();
    let pinned = &lock.pinned;
    let mut tell = |part, path: &str, what: &str| {
        found.push(Difference { part, path: path.to_owned(), what: what.to_owned() });
    };
    if trimmed(&pinned.contract) != trimmed(&material.contract) {
        tell(Part::Contract, CONTRACT_PATH, "the contract means something else than the lock pins");
    }
    for (path, change) in changes(&pinned.files, &material.files) {
        let what = match change {
            Change::Added => "the contract names this file, and the lock does not pin it",
            Change::Removed => "the lock pins this file, and it is gone",
            Change::Altered => "this file of the contract was changed since the freeze",
        };
        tell(Part::File, path, what);
    }
    for (path, change) in changes(&pinned.scripts, &material.scripts) {
        let effects_differ = match (pinned.scripts.get(path), material.scripts.get(path)) {
            (Some(before), Some(after)) => before.effects != sorted(&after.effects),
            _ => true,
        };
        match change {
            Change::Added => tell(Part::Script, path, "the lock does not pin this script"),
            Change::Removed => tell(Part::Script, path, "the lock pins this script, and it is gone"),
            Change::Altered if effects_differ => {
                tell(
                    Part::Script,
                    path,
                    "this script does something else to the database than the lock pins",
                );
            }
            Change::Altered => {
                if pinned.scripts.get(path).map(|pin| &pin.digest)
                    != material.scripts.get(path).map(|pin| &pin.digest)
                {
                    tell(
                        Part::Script,
                        path,
                        "this script, or a file that it reaches, was changed since the freeze",
                    );
                }
            }
        }
    }
    for (path, change) in changes(&pinned.quarantine, &material.quarantine) {
        let what = match change {
            Change::Added => "this quarantined file is new since the freeze",
            Change::Removed => "the lock pins this quarantined file, and it is gone",
            Change::Altered => "this quarantined file was changed since the freeze",
        };
        tell(Part::Quarantine, path, what);
    }
    for (path, change) in changes(&pinned.migrations, &material.migrations) {
        match change {
            Change::Added => {}
            Change::Removed => tell(Part::Migration, path, "the lock pins this migration, and it is gone"),
            Change::Altered => tell(Part::Migration, path, "this migration was changed since the freeze"),
        }
    }
    for (key, change) in changes(&pinned.gates, &material.gates) {
        let what = match change {
            Change::Added => format!("`{key}` is new since the freeze"),
            Change::Removed => format!("the lock pins `{key}`, and it is gone"),
            Change::Altered => format!("`{key}` was changed since the freeze"),
        };
        tell(Part::Gate, "guard.toml", &what);
    }
    found.sort();
    found
}

/// How an entry of one map stands in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Added,
    Removed,
    Altered,
}

/// The keys whose values differ, sorted.
#[must_use]
pub fn changes<'a, V: PartialEq>(
    before: &'a BTreeMap<String, V>,
    after: &'a BTreeMap<String, V>,
) -> Vec<(&'a str, Change)> {
    let mut found: Vec<(&str, Change)> = Vec::new();
    for (key, value) in before {
        match after.get(key) {
            None => found.push((key, Change::Removed)),
            Some(other) if other != value => found.push((key, Change::Altered)),
            Some(_) => {}
        }
    }
    found.extend(
        after.keys().filter(|key| !before.contains_key(*key)).map(|key| (key.as_str(), Change::Added)),
    );
    found.sort_by_key(|(key, _)| *key);
    found
}

fn sorted(effects: &[String]) -> Vec<String> {
    let mut effects = effects.to_vec();
    effects.sort();
    effects.dedup();
    effects
}

fn trimmed(contract: &str) -> &str {
    contract.trim_end_matches('\n')
}

fn is_conflict_marker(line: &str) -> bool {
    ["<<<<<<< ", "=======", ">>>>>>> ", "||||||| "].iter().any(|mark| line.starts_with(mark))
}

fn position(text: &str, offset: usize) -> (u32, u32) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

fn table(out: &mut String, name: &str, entries: &BTreeMap<String, String>) {
    if entries.is_empty() {
        return;
    }
    line(out, &format!("\n[{name}]"));
    for (key, value) in entries {
        line(out, &format!("{} = {}", quoted(key), quoted(value)));
    }
}

/// A TOML string on one line, in which nothing is invisible.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            letter if letter.is_control() || is_invisible(letter) => {
                let _ = write!(out, "\\u{:04X}", u32::from(letter));
            }
            letter => out.push(letter),
        }
    }
    out.push('"');
    out
}

fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{AD}')
}
