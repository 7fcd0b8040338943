//! `guard prove`: plants every known kind of bypass and of undeclared mutation, and shows that the check
//! catches each at its place. Nothing is written: a plant is another text for one file, in memory.

mod bench;
mod built;
mod checks;
mod frozen;
pub mod model;
mod planting;
pub mod run;
mod scripts;
mod undeclared;
mod weaker;

use std::path::Path;

use crate::check::analysis::Analysis;
use crate::check::commands::project_around;
use crate::check::prove::model::{Proof, Unproven};
use crate::check::prove::scripts::Prover;
use crate::check::run::{CheckError, Request, open};
use crate::io::environment::Environment;
use crate::io::tree::Tree;

/// Plants in the project around a folder; with `started` the scripts are started, too.
pub fn prove(directory: &Path, environment: &Environment, started: bool) -> Result<Proof, CheckError> {
    let request = Request { directory, paths: &[], bases: &[], staged: false, environment };
    let tree = open(&request)?;
    let prefix = project_around(directory, &tree);
    let mut analysis = Analysis::of(&tree, &prefix);
    let proof = of(&mut analysis, &tree, environment, started);
    // As in a check: the process ends after this.
    std::mem::forget(analysis);
    proof
}

fn of(
    analysis: &mut Analysis,
    tree: &Tree,
    environment: &Environment,
    started: bool,
) -> Result<Proof, CheckError> {
    if analysis.contract_file.is_none() {
        let why = "there is no contract/mutation.toml, so that nothing is declared that could be proven; `guard contract init` proposes one";
        return Err(CheckError::Tree(why.to_owned()));
    }
    if analysis.contract.is_none() {
        return Err(CheckError::Tree("the contract cannot be read; `guard check` says why".to_owned()));
    }
    let mut proof = Prover::of(analysis).prove();
    frozen::plant(analysis, tree, environment, &mut proof).map_err(CheckError::Tree)?;
    if proof.plants.is_empty() && proof.unproven.is_empty() {
        let why = "the contract declares no script and names no guard, and nothing else is there to plant in"
            .to_owned();
        proof.unproven.push(Unproven { script: "contract/mutation.toml".to_owned(), why });
    }
    if started {
        proof.runs = Some(run::start_all(analysis, tree, environment)?);
    }
    Ok(proof)
}
