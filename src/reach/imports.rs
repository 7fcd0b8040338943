//! Who imports whom, read from the text alone: parsing every file that makes a call would cost more
//! than all the rest. A name in a comment only makes one file more a candidate.

use std::collections::BTreeSet;

use rayon::prelude::*;

use crate::lang::Kind;
use crate::reach::resolve::{Resolver, Target, python};
use crate::reach::sources::Sources;
use crate::words::span::FileId;

/// The modules that each file names.
#[derive(Debug)]
pub struct Imports {
    of: Vec<Vec<FileId>>,
    importers: Vec<Vec<FileId>>,
}

impl Imports {
    #[must_use]
    pub fn read(sources: &Sources, resolver: &Resolver) -> Self {
        let files: Vec<FileId> = sources.ids().collect();
        let of: Vec<Vec<FileId>> = files.par_iter().map(|file| named_by(sources, resolver, *file)).collect();
        let mut importers = vec![Vec::new(); files.len()];
        for (file, modules) in files.iter().zip(&of) {
            for module in modules {
                if let Some(list) = importers.get_mut(module.0 as usize) {
                    list.push(*file);
                }
            }
        }
        Self { of, importers }
    }

    /// Every file that another one imports.
    pub fn imported(&self) -> impl Iterator<Item = FileId> + '_ {
        (0_u32..).map(FileId).zip(&self.importers).filter(|(_, by)| !by.is_empty()).map(|(file, _)| file)
    }

    #[must_use]
    pub fn is_imported(&self, file: FileId) -> bool {
        self.importers.get(file.0 as usize).is_some_and(|by| !by.is_empty())
    }

    fn modules(&self, file: FileId) -> &[FileId] {
        self.of.get(file.0 as usize).map_or(&[], Vec::as_slice)
    }

    /// The files themselves, and every file that imports one of them, however far.
    #[must_use]
    pub fn leading_to(&self, files: impl IntoIterator<Item = FileId>) -> BTreeSet<FileId> {
        let mut out: BTreeSet<FileId> = files.into_iter().collect();
        let mut queue: Vec<FileId> = out.iter().copied().collect();
        while let Some(file) = queue.pop() {
            for importer in self.importers.get(file.0 as usize).into_iter().flatten() {
                if out.insert(*importer) {
                    queue.push(*importer);
                }
            }
        }
        out
    }

    /// The files themselves, and every file that one of them imports, however far.
    #[must_use]
    pub fn reached_from(&self, files: impl IntoIterator<Item = FileId>) -> BTreeSet<FileId> {
        let mut out: BTreeSet<FileId> = files.into_iter().collect();
        let mut queue: Vec<FileId> = out.iter().copied().collect();
        while let Some(file) = queue.pop() {
            queue.extend(self.modules(file).iter().filter(|module| out.insert(**module)));
        }
        out
    }

    /// Files with a call that could be a write, that import something which names a library, however far.
    #[must_use]
    pub fn related(&self, named: &BTreeSet<FileId>, calling: &BTreeSet<FileId>) -> BTreeSet<FileId> {
        let leading = self.leading_to(named.iter().copied());
        named.iter().chain(calling.iter().filter(|file| leading.contains(file))).copied().collect()
    }
}

fn named_by(sources: &Sources, resolver: &Resolver, file: FileId) -> Vec<FileId> {
    let source = sources.file(file);
    let Some(text) = &source.text else { return Vec::new() };
    let mut out = Vec::new();
    if source.kind == Kind::Python {
        for name in python::imports(text) {
            let name = format!("{}{name}", python::PREFIX);
            if let Target::File(found) = resolver.module(sources, &source.path, &name) {
                out.push(found);
            }
        }
        return out;
    }
    if source.kind != Kind::JavaScript {
        return out;
    }
    for word in ["from", "require", "import"] {
        for at in memchr::memmem::find_iter(text.as_bytes(), word.as_bytes()) {
            let rest = text[at + word.len()..].trim_start_matches([' ', '(', '\n', '\r', '\t']);
            let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'' | '`')) else { continue };
            let Some((module, _)) = rest[1..].split_once(quote) else { continue };
            if module.len() > 300 || module.contains('\n') {
                continue;
            }
            if let Target::File(file) = resolver.module(sources, &source.path, module) {
                out.push(file);
            }
        }
    }
    out
}
