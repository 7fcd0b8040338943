//! What the lock pins, taken from an analysed project.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::analysis::Analysis;
use crate::config;
use crate::contract::Contract;
use crate::contract::canon::canonical;
use crate::freeze::lock::{Material, ScriptPin, file_digest, sha256_hex};
use crate::io::tree::Tree;
use crate::reach::event::EventKind;
use crate::rules::contract::grants::shown;
use crate::words::effect::Effect;
use crate::words::span::FileId;

/// The material of a project whose contract could be read.
#[must_use]
pub fn of(analysis: &Analysis, tree: &Tree) -> Option<Material> {
    let contract = analysis.contract.as_ref()?;
    let mut material = Material { contract: canonical(contract), ..Material::default() };
    material.files = named_files(contract, &|path| tree.read(&format!("{}{path}", analysis.prefix)).ok());
    for file in analysis.scope.scripts.keys() {
        let path = analysis.sources().path(*file).to_owned();
        material
            .scripts
            .insert(path, ScriptPin { effects: effects(analysis, *file), digest: digest(analysis, *file) });
    }
    material.quarantine = digests(analysis, tree, &analysis.scope.quarantined);
    material.migrations = digests(analysis, tree, &analysis.scope.migrations);
    if let Some(config) = &analysis.config {
        material.gates = config::gates(config).into_iter().collect();
    }
    Some(material)
}

/// Digests of the files that a contract names: signers, issuer keys, CA files.
pub fn named_files(contract: &Contract, read: &dyn Fn(&str) -> Option<Vec<u8>>) -> BTreeMap<String, String> {
    let mut names: BTreeSet<&str> = BTreeSet::new();
    names.extend(contract.approval.signers.as_ref().map(|s| s.value.as_str()));
    for policy in contract.environments.policies.values() {
        if let Some(oidc) = &policy.oidc {
            names.extend(oidc.jwks.iter().chain(&oidc.ca).map(|f| f.value.as_str()));
        }
    }
    names.into_iter().filter_map(|name| Some((name.to_owned(), file_digest(&read(name)?)))).collect()
}

fn digests(analysis: &Analysis, tree: &Tree, files: &BTreeSet<FileId>) -> BTreeMap<String, String> {
    let paths: Vec<String> = files.iter().map(|id| analysis.sources().path(*id).to_owned()).collect();
    let full: Vec<String> = paths.iter().map(|path| format!("{}{path}", analysis.prefix)).collect();
    let refs: Vec<&str> = full.iter().map(String::as_str).collect();
    paths
        .into_iter()
        .zip(tree.read_all(&refs))
        .filter_map(|(path, bytes)| Some((path, file_digest(&bytes.ok()?))))
        .collect()
}

fn effects(analysis: &Analysis, file: FileId) -> Vec<String> {
    let mut out = BTreeSet::new();
    let Some(walk) = analysis.survey.programs.get(&file) else { return Vec::new() };
    for event in walk.events.iter().filter(|e| !e.speculative) {
        if let EventKind::Effect { effects, command, .. } = &event.kind {
            match command {
                Some(words) => {
                    out.insert(format!("command {}", shown(words)));
                }
                None => out.extend(analysis.names.resolve(effects).iter().map(Effect::describe)),
            }
        }
    }
    out.into_iter().collect()
}

/// A digest of the syntax of a script and of everything in the repository that it reaches.
fn digest(analysis: &Analysis, file: FileId) -> String {
    let sources = analysis.sources();
    let mut bytes = Vec::new();
    for id in analysis.survey.touched(file) {
        let source = sources.file(id);
        bytes.extend_from_slice(source.path.as_bytes());
        bytes.push(0);
        match source.shape() {
            [] => bytes.extend_from_slice(
                source.text.as_deref().unwrap_or_default().replace("\r\n", "\n").as_bytes(),
            ),
            shape => bytes.extend_from_slice(shape),
        }
        bytes.push(0);
    }
    sha256_hex(&bytes)
}
