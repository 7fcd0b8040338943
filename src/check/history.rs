//! The contract against its lock and against the revisions that it must be compared with.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::analysis::{Analysis, CONTRACT};
use crate::check::{changed, material};
use crate::config;
use crate::contract::canon::canonical;
use crate::contract::glob::Globs;
use crate::contract::order::{self, Change, Direction};
use crate::contract::{Contract, parse};
use crate::freeze::base::{self, Judged};
use crate::freeze::judge::{Approval, GATES, Verdict, Weakening, judge};
use crate::freeze::lock::{LOCK_PATH, Material, Part, differences, file_digest};
use crate::freeze::snapshot::{LockFile, Snapshot, Understood};
use crate::io::clock;
use crate::io::decode;
use crate::io::environment::Environment;
use crate::io::tree::Tree;
use crate::words::finding::Finding;
use crate::words::span::{FileId, Place, Span};

pub const UNFROZEN: &str = "contract/unfrozen";
pub const WEAKENED: &str = "contract/weakened";
pub const NO_BASE: &str = "contract/no-base";
pub const EDITED: &str = "contract/edited-migration";
pub const QUARANTINE: &str = "contract/quarantine-changed";
pub const INVALID: &str = "contract/invalid";

/// Stands for a file that is not in the tree: findings about what is gone need a place, too.
pub const GONE: FileId = FileId(u32::MAX);

/// One comparison with an earlier revision.
pub struct Comparison {
    pub rev: String,
    pub verdict: Verdict,
    pub changes: Vec<Change>,
    /// Text of the base's contract, for showing what was.
    pub before: Option<String>,
    /// What differs in `guard.toml`, and the text of the base's.
    pub gates: Vec<Change>,
    pub gates_before: Option<String>,
    edited: Vec<(String, &'static str)>,
}

pub struct History {
    pub material: Option<Material>,
    pub lock: LockFile,
    pub comparisons: Vec<Comparison>,
    pub missing: Vec<base::NoBase>,
    pub introduction: bool,
}

/// The revisions to compare with, found and listed; none outside of git.
pub struct Bases(Option<(base::Bases, Vec<Tree>)>);

impl Bases {
    /// Asks git, and needs nothing else: it can go on beside the analysis.
    pub fn of(
        tree: &Tree,
        environment: &Environment,
        staged: bool,
        extra: &[String],
    ) -> Result<Self, String> {
        let Some(repository) = tree.repository() else { return Ok(Self(None)) };
        let judged = match tree.changed() {
            _ if staged => Judged::Index,
            Some(changed) => Judged::Compared { changed },
            None => Judged::WorkTree,
        };
        let bases = base::bases(repository, environment, judged, extra).map_err(|e| e.to_string())?;
        let trees: Result<Vec<Tree>, _> =
            bases.found.iter().map(|found| Tree::revision(repository, &found.oid)).collect();
        Ok(Self(Some((bases, trees.map_err(|e| e.to_string())?))))
    }
}

impl History {
    /// Compares with every base.
    pub fn of(analysis: &Analysis, tree: &Tree, bases: &Bases) -> Self {
        let material = material::of(analysis, tree);
        let mut head = Snapshot::read(tree, &analysis.prefix, &understand);
        head.material.clone_from(&material);
        let lock = head.lock.clone();
        let mut history =
            Self { material, lock, comparisons: Vec::new(), missing: Vec::new(), introduction: false };
        let Bases(Some((bases, trees))) = bases else {
            if analysis.contract_file.is_some() {
                history.missing.push(base::outside());
            }
            return history;
        };
        history.introduction = bases.is_introduction();
        history.missing.clone_from(&bases.missing);
        for (found, before) in bases.found.iter().zip(trees) {
            history.comparisons.push(compare(analysis, &head, tree, before, &found.rev));
        }
        history
    }

    /// What the comparisons found, as findings.
    #[must_use]
    pub fn findings(&self, analysis: &Analysis) -> Vec<Finding> {
        let mut out = Vec::new();
        let sources = analysis.sources();
        let top = Place { file: analysis.contract_file.unwrap_or(GONE), span: Span::default() };
        let place = |path: &str| sources.find(path).map_or(top, |file| Place { file, span: Span::default() });
        if analysis.contract_file.is_some() || !self.comparisons.is_empty() {
            for missing in &self.missing {
                out.push(Finding::new(NO_BASE, top, missing.message.clone(), missing.fetch_hint.clone()));
            }
        }
        self.frozen(analysis, top, &place, &mut out);
        let mut edited: BTreeMap<String, &'static str> = BTreeMap::new();
        let mut weaker: BTreeSet<(String, String, Option<Span>, String)> = BTreeSet::new();
        for comparison in &self.comparisons {
            edited.extend(comparison.edited.iter().cloned());
            let Approval::Refused(why) = &comparison.verdict.approval else { continue };
            for weakening in &comparison.verdict.weaker {
                let (changes, before, after) = if weakening.path == GATES {
                    (&comparison.gates, comparison.gates_before.as_deref(), gates_text(analysis))
                } else {
                    (&comparison.changes, comparison.before.as_deref(), analysis.contract_text.as_deref())
                };
                let change = changes.iter().find(|c| c.what == weakening.what);
                let span = change.and_then(|change| {
                    changed::line(before.unwrap_or_default(), after.unwrap_or_default(), change)
                });
                weaker.insert((weakening.path.clone(), weakening.what.clone(), span, why.clone()));
            }
        }
        for (path, what) in edited {
            out.push(Finding::new(
                EDITED,
                place(&path),
                format!(
                    "`{path}` {what}: databases that have it applied will differ from those that get it now"
                ),
                "put it back as it was, and write a new migration",
            ));
        }
        for (path, what, span, why) in weaker {
            let at = match (span, sources.find(&path)) {
                (Some(span), Some(file)) => Place { file, span },
                _ => place(&path),
            };
            out.push(Finding::new(
                WEAKENED,
                at,
                format!(
                    "the contract permits more than before: {what}, and nobody has approved that ({why})"
                ),
                "take it back, or run `guard contract freeze` and have a signer run `guard contract approve`",
            ));
        }
        dedupe(out)
    }

    fn frozen(&self, analysis: &Analysis, top: Place, place: &dyn Fn(&str) -> Place, out: &mut Vec<Finding>) {
        let Some(material) = &self.material else { return };
        match &self.lock {
            LockFile::Absent => out.push(Finding::new(
                UNFROZEN,
                top,
                format!("there is no `{LOCK_PATH}`: nothing pins what the contract and its scripts are"),
                "run `guard contract freeze` and commit the lock",
            )),
            LockFile::Broken(error) => {
                let at = place(LOCK_PATH);
                let text = analysis
                    .sources()
                    .find(LOCK_PATH)
                    .and_then(|id| analysis.sources().file(id).text.clone());
                let start = text.map_or(0, |t| {
                    t.split_inclusive('\n').take((error.line as usize).saturating_sub(1)).map(str::len).sum()
                });
                let at = Place { file: at.file, span: Span::new(start, start) };
                out.push(Finding::new(
                    INVALID,
                    at,
                    format!("the lock cannot be read: {}", error.message),
                    error.hint.clone(),
                ));
            }
            LockFile::Read { lock, bytes } => {
                if !lock.is_written_as(bytes) {
                    out.push(Finding::new(
                        UNFROZEN,
                        place(LOCK_PATH),
                        "the lock is not as `guard contract freeze` writes it: it was changed by hand",
                        "run `guard contract freeze`, look at what it changed, and commit it",
                    ));
                }
                for difference in differences(lock, material) {
                    let rule = match difference.part {
                        Part::Quarantine => QUARANTINE,
                        Part::Migration => EDITED,
                        _ => UNFROZEN,
                    };
                    let at = place(&difference.path);
                    let help = match difference.part {
                        Part::Quarantine => {
                            "put the file back: what is in quarantine stays as it is, or goes"
                        }
                        Part::Migration => "put it back as it was, and write a new migration",
                        _ => "run `guard contract freeze`, look at what it changed, and commit it",
                    };
                    out.push(Finding::new(
                        rule,
                        at,
                        format!("`{}`: {}", difference.path, difference.what),
                        help,
                    ));
                }
            }
        }
    }
}

/// `guard.toml` as it is now.
#[must_use]
pub fn gates_text(analysis: &Analysis) -> Option<&str> {
    let sources = analysis.sources();
    sources.file(sources.find(GATES)?).text.as_deref()
}

/// The lock and the base may tell of the same thing; it is one cause.
fn dedupe(findings: Vec<Finding>) -> Vec<Finding> {
    let mut seen = BTreeSet::new();
    findings
        .into_iter()
        .filter(|f| {
            let whole = matches!(f.rule, EDITED | QUARANTINE);
            // Both begin with the path, which the place does not say of a file that is gone.
            let path = f.message.split('`').nth(1).unwrap_or_default();
            seen.insert((f.rule, f.at, if whole { path.to_owned() } else { f.message.clone() }))
        })
        .collect()
}

pub(crate) fn understand(text: &str) -> Option<Understood> {
    let contract = parse::parse(text).ok()?;
    Some(Understood {
        canonical: canonical(&contract),
        signers: contract.approval.signers.as_ref().map(|s| s.value.clone()),
        presence: contract.approval.presence,
    })
}

struct BothTrees<'a> {
    surfaces: Vec<String>,
    base: Vec<String>,
    head: &'a Analysis,
}

impl order::World for BothTrees<'_> {
    fn surfaces(&self) -> Vec<String> {
        self.surfaces.clone()
    }

    fn base_paths(&self) -> Vec<String> {
        self.base.clone()
    }

    fn head_paths(&self) -> Vec<String> {
        self.head.sources().files.iter().map(|f| f.path.clone()).collect()
    }
}

fn compare(analysis: &Analysis, head: &Snapshot, head_tree: &Tree, before: &Tree, rev: &str) -> Comparison {
    let prefix = &analysis.prefix;
    let read = |path: &str| {
        before
            .contains(&format!("{prefix}{path}"))
            .then(|| before.read(&format!("{prefix}{path}")).ok())
            .flatten()
    };
    let text = read(CONTRACT).and_then(|b| decode::decode(&b).into_text());
    let contract = text.as_deref().and_then(|t| parse::parse(t).ok());
    let base_paths: Vec<String> = before
        .entries()
        .iter()
        .filter_map(|e| e.path.strip_prefix(prefix.as_str()))
        .map(str::to_owned)
        .collect();
    let mut material = Material::default();
    if let Some(contract) = &contract {
        material.contract = canonical(contract);
        material.files = material::named_files(contract, &|path| read(path));
    }
    if let Some(head_contract) = &analysis.contract {
        let quarantine = Globs::of(head_contract.quarantine.iter().map(|q| q.value.as_str()));
        material.quarantine = digests_of(before, prefix, base_paths.iter().filter(|p| quarantine.covers(p)));
    }
    let mut changes = Vec::new();
    if let (Some(old), Some(new)) = (&contract, &analysis.contract) {
        let surfaces = analysis.surfaces_beside(head_tree, old, text.as_deref().unwrap_or_default());
        let world = BothTrees { surfaces, base: base_paths.clone(), head: analysis };
        changes = order::compare(old, new, &world);
    }
    let gates_before = read(GATES).and_then(|b| decode::decode(&b).into_text());
    let mut gates = Vec::new();
    if let Some(old) = gates_before.as_deref().and_then(|text| config::parse(text).ok()) {
        material.gates = config::gates(&old).into_iter().collect();
        gates = analysis.config.as_ref().map_or_else(Vec::new, |new| config::compare_gates(&old, new));
    }
    let permitted: Vec<Weakening> = changes
        .iter()
        .filter(|c| c.direction == Direction::Weaker)
        .map(|c| Weakening { path: CONTRACT.to_owned(), what: c.what.clone() })
        .collect();
    let mut snap = Snapshot::read(before, prefix, &understand);
    snap.material = Some(material);
    let now = clock::now();
    let verdict = judge(Some(&snap), head, &permitted, now);
    let edited = edited(analysis, head_tree, before, contract.as_ref(), &base_paths);
    Comparison { rev: rev.to_owned(), verdict, changes, before: text, gates, gates_before, edited }
}

fn digests_of<'p>(
    tree: &Tree,
    prefix: &str,
    paths: impl Iterator<Item = &'p String>,
) -> BTreeMap<String, String> {
    let paths: Vec<&String> = paths.collect();
    let full: Vec<String> = paths.iter().map(|p| format!("{prefix}{p}")).collect();
    let refs: Vec<&str> = full.iter().map(String::as_str).collect();
    paths
        .into_iter()
        .zip(tree.read_all(&refs))
        .filter_map(|(path, bytes)| Some((path.clone(), file_digest(&bytes.ok()?))))
        .collect()
}

/// Migrations that the base holds and that are not as they were.
fn edited(
    analysis: &Analysis,
    head: &Tree,
    before: &Tree,
    base: Option<&Contract>,
    base_paths: &[String],
) -> Vec<(String, &'static str)> {
    let folder = base
        .and_then(|c| c.migrations.as_ref())
        .or_else(|| analysis.contract.as_ref().and_then(|c| c.migrations.as_ref()));
    let Some(folder) = folder.map(|m| format!("{}/", m.path.trim_end_matches('/'))) else {
        return Vec::new();
    };
    let is_migration = |p: &&String| p.starts_with(&folder) && p.to_ascii_lowercase().ends_with(".sql");
    // Most are as they were, and git says so without anybody reading them.
    let is_other = |path: &&String| {
        let full = format!("{}{path}", analysis.prefix);
        before.entry(&full).zip(head.entry(&full)).is_none_or(|(old, new)| !old.is_same_content(new))
    };
    let asked = base_paths.iter().filter(is_migration).filter(is_other);
    let old = digests_of(before, &analysis.prefix, asked);
    let here: Vec<String> =
        old.keys().filter(|p| head.contains(&format!("{}{p}", analysis.prefix))).cloned().collect();
    let new = digests_of(head, &analysis.prefix, here.iter());
    old.iter()
        .filter_map(|(path, digest)| match new.get(path) {
            None => Some((path.clone(), "was removed, and the base revision holds it")),
            Some(now) if now != digest => Some((path.clone(), "was changed, and the base revision holds it")),
            Some(_) => None,
        })
        .collect()
}
