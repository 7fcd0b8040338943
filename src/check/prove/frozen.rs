//! Plants in what is frozen: a contract that permits more, with a new lock and without one, a lock that was
//! changed by hand, quarantined files and migrations that are not as they were.

use crate::check::analysis::{Analysis, CONTRACT};
use crate::check::commands::base_lock;
use crate::check::history::{Bases, EDITED, History, QUARANTINE, UNFROZEN, WEAKENED};
use crate::check::prove::model::{Fate, Planted, Proof, Unproven};
use crate::check::prove::weaker::{self, Weaker};
use crate::contract::{Contract, parse};
use crate::freeze::lock::{LOCK_PATH, next};
use crate::freeze::snapshot::LockFile;
use crate::io::environment::Environment;
use crate::io::tree::Tree;
use crate::lang::Kind;
use crate::words::finding::Finding;
use crate::words::span::{FileId, Lines};

struct Freezer<'a> {
    tree: &'a Tree,
    environment: &'a Environment,
    /// Revisions to compare with what is planted.
    bases: Bases,
    proof: &'a mut Proof,
}

/// Plants in the contract, in the lock and in what the lock pins.
pub(super) fn plant(
    analysis: &mut Analysis,
    tree: &Tree,
    environment: &Environment,
    proof: &mut Proof,
) -> Result<(), String> {
    let now = History::of(analysis, tree, &Bases::of(tree, environment, false, &[])?);
    if let Some(finding) = now.findings(analysis).first() {
        let why = format!("`guard check` fails already at what is frozen ({})", finding.rule);
        proof.left.push(Unproven { script: CONTRACT.to_owned(), why });
        return Ok(());
    }
    let LockFile::Read { bytes, .. } = &now.lock else { return Ok(()) };
    let lock = String::from_utf8_lossy(bytes).into_owned();
    // Whatever is planted, the tree is not as it was committed.
    let changed = tree.with([(format!("{}{LOCK_PATH}", analysis.prefix), lock.clone())]);
    let bases = Bases::of(&changed, environment, false, &[])?;
    let mut freezer = Freezer { tree, environment, bases, proof };
    freezer.contract(analysis, &now);
    freezer.file(analysis, LOCK_PATH, &format!("# planted\n{lock}"), "lock changed by hand", &[UNFROZEN]);
    let sources = analysis.sources();
    let of = |file: Option<&FileId>| file.map(|file| sources.path(*file).to_owned());
    let migration = analysis.scope.migrations.iter().find(|file| sources.file(**file).kind == Kind::Sql);
    let pinned = [
        (of(analysis.scope.quarantined.first()), "change of a quarantined file", QUARANTINE),
        (of(migration), "change of a migration that may be applied", EDITED),
    ];
    for (path, kind, rule) in pinned {
        let Some(path) = path else { continue };
        let held = now.material.as_ref().is_some_and(|material| {
            material.quarantine.contains_key(&path) || material.migrations.contains_key(&path)
        });
        let text =
            tree.read(&format!("{}{path}", analysis.prefix)).ok().and_then(|b| String::from_utf8(b).ok());
        if let (true, Some(text)) = (held, text) {
            freezer.file(analysis, &path, &format!("{text}\n"), kind, &[rule]);
        }
    }
    Ok(())
}

impl Freezer<'_> {
    /// A contract that permits more: frozen again, so that the lock says nothing, and once as it is.
    fn contract(&mut self, analysis: &mut Analysis, now: &History) {
        let (Some(text), Some(contract)) = (analysis.contract_text.clone(), &analysis.contract) else {
            return;
        };
        let sources = analysis.sources();
        let free = |file: &FileId| {
            sources.file(*file).kind.is_walked()
                && !analysis.scope.scripts.contains_key(file)
                && !analysis.scope.retired.contains(file)
                && !analysis.scope.exempt(*file)
        };
        let other = sources.ids().find(free).map(|file| sources.path(file).to_owned());
        let planted = weaker::all(contract, &text, other.as_deref());
        let base = base_lock(&analysis.prefix, self.tree, self.environment);
        let path = format!("{}{CONTRACT}", analysis.prefix);
        let lock_path = format!("{}{LOCK_PATH}", analysis.prefix);
        for (at, plant) in planted.iter().enumerate() {
            let Ok(other) = parse::parse(&plant.text) else {
                self.proof.unfit += 1;
                continue;
            };
            let held = swap(analysis, Some(other), Some(plant.text.clone()));
            let files = [(path.clone(), plant.text.clone())];
            let unfrozen = History::of(analysis, &self.tree.with(files.clone()), &self.bases);
            let lock = unfrozen.material.as_ref().map(|m| next(now.lock.lock(), base.as_ref(), m).render());
            let lock = lock.map(|lock| (lock_path.clone(), lock));
            let tree = self.tree.with(files.into_iter().chain(lock));
            let frozen = History::of(analysis, &tree, &self.bases);
            let said = frozen.findings(analysis);
            let loose = unfrozen.findings(analysis);
            swap(analysis, held.0, held.1);
            // The first contract of a project permits whatever it says.
            let first = frozen.introduction
                || !frozen.comparisons.is_empty()
                    && frozen.comparisons.iter().all(|c| c.verdict.introduction);
            if at == 0 {
                let kind = "contract changed without a new lock";
                self.record(analysis, CONTRACT, (kind, &plant.text, plant.at), &[UNFROZEN, WEAKENED], &loose);
            }
            if first {
                let why =
                    "no earlier revision has a contract with which one that permits more could be compared";
                let script = CONTRACT.to_owned();
                self.proof.left.push(Unproven { script, why: why.to_owned() });
                break;
            }
            let Weaker { kind, text, at } = plant;
            self.record(analysis, CONTRACT, (kind, text, *at), &[WEAKENED], &said);
        }
    }

    fn file(
        &mut self,
        analysis: &Analysis,
        path: &str,
        text: &str,
        kind: &'static str,
        rules: &[&'static str],
    ) {
        let tree = self.tree.with([(format!("{}{path}", analysis.prefix), text.to_owned())]);
        let history = History::of(analysis, &tree, &self.bases);
        let said = history.findings(analysis);
        self.record(analysis, path, (kind, text, 0), rules, &said);
    }

    /// Caught is what is said of the file itself.
    fn record(
        &mut self,
        analysis: &Analysis,
        path: &str,
        (kind, text, at): (&'static str, &str, usize),
        rules: &[&'static str],
        said: &[Finding],
    ) {
        let own = analysis.sources().find(path);
        let line = |offset: u32| Lines::of(text).position(text, offset).0;
        let shown = |finding: &Finding| {
            let file = analysis.sources().files.get(finding.at.file.index());
            let at = file.map_or(CONTRACT, |file| file.path.as_str());
            format!("{at}:{}", line(finding.at.span.start))
        };
        let caught = said.iter().find(|f| rules.contains(&f.rule) && Some(f.at.file) == own);
        let instead = match caught {
            Some(_) => Vec::new(),
            None => said.iter().map(|f| format!("{} at {}", f.rule, shown(f))).collect(),
        };
        self.proof.plants.push(Planted {
            script: path.to_owned(),
            guard: None,
            kind,
            path: path.to_owned(),
            line: line(u32::try_from(at).unwrap_or(0)),
            fate: if caught.is_some() { Fate::Caught } else { Fate::Survived },
            rule: caught.map(|finding| finding.rule),
            at: caught.map(shown),
            instead,
        });
    }
}

/// Puts another contract into the place of one; gives the one that was there.
fn swap(
    analysis: &mut Analysis,
    contract: Option<Contract>,
    text: Option<String>,
) -> (Option<Contract>, Option<String>) {
    (
        std::mem::replace(&mut analysis.contract, contract),
        std::mem::replace(&mut analysis.contract_text, text),
    )
}
