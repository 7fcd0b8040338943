//! `guard map`: who can change what, from the same walks that the rules judge.

mod actors;
pub mod model;
mod paths;
mod standing;

use std::path::Path as Folder;

use crate::check::analysis::Analysis;
use crate::check::commands::project_around;
use crate::check::map::actors::Actors;
use crate::check::map::model::Map;
use crate::check::run::{CheckError, Request, open};
use crate::io::environment::Environment;

/// The map of the project around a folder.
pub fn map(directory: &Folder, environment: &Environment) -> Result<Map, CheckError> {
    let request = Request { directory, paths: &[], bases: &[], staged: false, environment };
    let tree = open(&request)?;
    if tree.entries().iter().all(|e| !e.is_file()) {
        return Err(CheckError::Empty(directory.display().to_string()));
    }
    let prefix = project_around(directory, &tree);
    let analysis = Analysis::of(&tree, &prefix);
    let name = tree.root().file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let map = of(&analysis, &name);
    // As in a check: the process ends after this.
    std::mem::forget(analysis);
    Ok(map)
}

/// The map of an analysed project.
#[must_use]
pub fn of(analysis: &Analysis, folder: &str) -> Map {
    let actors = Actors::of(analysis);
    let declared = analysis.contract.as_ref().map(|c| c.project.as_str()).unwrap_or_default();
    let project = if declared.is_empty() { folder } else { declared };
    paths::draw(analysis, &actors, project)
}
