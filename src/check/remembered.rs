//! The contract against one that is remembered outside git: the ledger of a database holds what the run
//! before was allowed to do.

use std::path::Path;

use crate::check::analysis::Analysis;
use crate::check::commands::project_around;
use crate::check::history::understand;
use crate::check::material;
use crate::check::run::{Request, open};
use crate::contract::order::{self, Direction};
use crate::contract::parse;
use crate::freeze::judge::{Approval, Weakening, judge};
use crate::freeze::lock::CONTRACT_PATH;
use crate::freeze::snapshot::{ContractFile, LockFile, Snapshot};
use crate::io::clock;
use crate::io::environment::Environment;

/// What a run left in the ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remembered {
    pub contract: String,
    pub lock: String,
    /// Path and text of the signers file.
    pub signers: Option<(String, String)>,
}

/// Every file stood there before: a glob that is as wide as it was covers nothing new.
struct SameTree {
    surfaces: Vec<String>,
    paths: Vec<String>,
}

impl order::World for SameTree {
    fn surfaces(&self) -> Vec<String> {
        self.surfaces.clone()
    }

    fn base_paths(&self) -> Vec<String> {
        self.paths.clone()
    }

    fn head_paths(&self) -> Vec<String> {
        self.paths.clone()
    }
}

/// What is permitted more than then, and by nobody approved; empty where nothing is.
pub fn weaker(
    directory: &Path,
    environment: &Environment,
    remembered: &Remembered,
) -> Result<Vec<String>, String> {
    let request = Request { directory, paths: &[], bases: &[], staged: false, environment };
    let tree = open(&request).map_err(|error| error.to_string())?;
    let prefix = project_around(directory, &tree);
    let analysis = Analysis::of(&tree, &prefix);
    let mut head = Snapshot::read(&tree, &prefix, &understand);
    head.material = material::of(&analysis, &tree);
    let before = understand(&remembered.contract);
    let base = Snapshot {
        contract: match &before {
            Some(before) => ContractFile::Read(before.canonical.clone()),
            None => ContractFile::Broken,
        },
        lock: LockFile::from_file(Some(remembered.lock.clone().into_bytes()).filter(|lock| !lock.is_empty())),
        signers: remembered.signers.clone(),
        presence: before.is_some_and(|before| before.presence),
        ..Snapshot::default()
    };
    let mut permitted = Vec::new();
    if let (Ok(old), Some(new)) = (parse::parse(&remembered.contract), &analysis.contract) {
        let paths = analysis.sources().files.iter().map(|file| file.path.clone()).collect();
        let surfaces = analysis.surfaces_beside(&tree, &old, &remembered.contract);
        let world = SameTree { surfaces, paths };
        permitted = order::compare(&old, new, &world)
            .into_iter()
            .filter(|change| change.direction == Direction::Weaker)
            .map(|change| Weakening { path: CONTRACT_PATH.to_owned(), what: change.what })
            .collect();
    }
    let verdict = judge(Some(&base), &head, &permitted, clock::now());
    Ok(match verdict.approval {
        Approval::Refused(_) => verdict.weaker.into_iter().map(|weaker| weaker.what).collect(),
        Approval::NotNeeded | Approval::Given(_) => Vec::new(),
    })
}
