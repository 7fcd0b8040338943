//! From a written path or module name to the file of the repository that it means.

mod programs;
pub mod python;

use std::collections::BTreeMap;
use std::sync::RwLock;

use rustc_hash::FxHashMap;

use crate::reach::sources::Sources;
use crate::words::span::FileId;

/// What a module name leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    File(FileId),
    /// Names inside of a file.
    Inside(FileId, Vec<String>),
    /// A package or a module of the platform: its name without `node:`.
    Library(String),
    /// It should be a file of the repository, but none is there.
    Missing,
}

/// Aliases that the repository's configuration declares.
#[derive(Debug, Default)]
pub struct Resolver {
    /// By the folder of the configuration.
    aliases: FxHashMap<String, Vec<Alias>>,
    /// Workspace package name to its folder and its entry file as written.
    packages: BTreeMap<String, (String, Vec<String>)>,
    /// Built folder to source folder.
    built: Vec<(String, String)>,
    python: python::Packages,
    /// Packages of Rust.
    pub crates: crate::reach::crates::Crates,
    /// What names of packages lead to: whoever asks, it is the same.
    known: RwLock<FxHashMap<String, Target>>,
}

/// What a configuration lets stand for something else: `@/*`.
#[derive(Debug)]
struct Alias {
    /// What stands in front of the star, and behind it where there is one.
    before: String,
    after: Option<String>,
    /// Relative to the root.
    targets: Vec<String>,
}

impl Alias {
    /// What stands for the star in a name that is meant.
    fn rest<'a>(&self, name: &'a str) -> Option<&'a str> {
        let rest = name.strip_prefix(self.before.as_str())?;
        match &self.after {
            Some(after) => rest.strip_suffix(after.as_str()),
            None => rest.is_empty().then_some(rest),
        }
    }
}

const EXTENSIONS: [&str; 10] = ["", ".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".json"];

impl Resolver {
    pub fn alias(&mut self, folder: &str, pattern: &str, targets: Vec<String>) {
        let (before, after) = match pattern.split_once('*') {
            Some((before, after)) => (before, Some(after.to_owned())),
            None => (pattern, None),
        };
        let alias = Alias { before: before.to_owned(), after, targets };
        self.aliases.entry(folder.to_owned()).or_default().push(alias);
    }

    pub fn package(&mut self, name: &str, folder: &str, mains: Vec<String>) {
        self.packages.insert(name.to_owned(), (folder.to_owned(), mains));
    }

    pub fn built(&mut self, built: &str, source: &str) {
        self.built.push((built.trim_end_matches('/').to_owned(), source.trim_end_matches('/').to_owned()));
    }

    pub fn python(&mut self, packages: python::Packages) {
        self.python = packages;
    }

    /// The file of a program that a manifest of Python installs under this name.
    #[must_use]
    pub fn python_program(&self, sources: &Sources, name: &str) -> Option<FileId> {
        let (manifest, module) = self.python.programs.get(name)?;
        match self.python.module(sources, manifest, module) {
            Target::File(file) => Some(file),
            _ => None,
        }
    }

    #[must_use]
    pub fn package_folder(&self, name: &str) -> Option<&str> {
        self.packages.get(name).map(|(folder, _)| folder.as_str())
    }

    /// A module name as an importer writes it.
    #[must_use]
    pub fn module(&self, sources: &Sources, from: &str, name: &str) -> Target {
        if let Some(name) = name.strip_prefix(python::PREFIX) {
            return self.python.module(sources, from, name);
        }
        if let Some(path) = name.strip_prefix("rust:") {
            return match self.crates.module(sources, from, path) {
                Some((file, inside)) => Target::Inside(file, inside),
                None if ["crate", "self", "super"].iter().any(|own| path.starts_with(own)) => Target::Missing,
                None => Target::Library(format!("rust:{}", path.replace("::", "."))),
            };
        }
        let bare = name.split(['?', '#']).next().unwrap_or(name);
        if bare.starts_with("./") || bare.starts_with("../") || bare == "." || bare == ".." {
            let folder = from.rsplit_once('/').map_or(".", |(folder, _)| folder);
            return match self.file(sources, &join(folder, bare)) {
                Some(file) => Target::File(file),
                None => Target::Missing,
            };
        }
        if let Some(path) = bare.strip_prefix("file://").or_else(|| bare.strip_prefix('/').map(|_| bare)) {
            return self.file(sources, path.trim_start_matches('/')).map_or(Target::Missing, Target::File);
        }
        if let Some(file) = self.by_alias(sources, from, bare) {
            return Target::File(file);
        }
        if let Some(known) = self.known.read().ok().and_then(|known| known.get(bare).cloned()) {
            return known;
        }
        let target = self.package_target(sources, bare);
        if let Ok(mut known) = self.known.write() {
            known.insert(bare.to_owned(), target.clone());
        }
        target
    }

    /// The configuration nearest to the importer wins.
    fn by_alias(&self, sources: &Sources, from: &str, name: &str) -> Option<FileId> {
        let mut folder = from;
        while folder != "." {
            folder = folder.rsplit_once('/').map_or(".", |(above, _)| above);
            for alias in self.aliases.get(folder).into_iter().flatten() {
                let Some(rest) = alias.rest(name) else { continue };
                let paths = alias.targets.iter().map(|target| target.replacen('*', rest, 1));
                if let Some(file) = paths.into_iter().find_map(|path| self.file(sources, &path)) {
                    return Some(file);
                }
            }
        }
        None
    }

    fn package_target(&self, sources: &Sources, name: &str) -> Target {
        let (package, rest) = split_package(name);
        let Some((folder, mains)) = self.packages.get(package) else {
            return Target::Library(package_name(name).to_owned());
        };
        let tries: Vec<String> = if rest.is_empty() {
            mains.iter().map(|main| join(folder, main)).chain([folder.clone(), join(folder, "src")]).collect()
        } else {
            vec![join(folder, rest), join(&join(folder, "src"), rest)]
        };
        tries.iter().find_map(|path| self.file(sources, path)).map_or(Target::Missing, Target::File)
    }

    /// A path from the root, with the extensions, index files and built folders tried.
    #[must_use]
    pub fn file(&self, sources: &Sources, path: &str) -> Option<FileId> {
        let path = normal(path)?;
        let direct = Self::with_extensions(sources, &path);
        direct.or_else(|| {
            self.built.iter().find_map(|(built, source)| {
                let rest = path.strip_prefix(built)?.strip_prefix('/')?;
                Self::with_extensions(sources, &join(source, rest))
            })
        })
    }

    fn with_extensions(sources: &Sources, path: &str) -> Option<FileId> {
        let mut tried = String::with_capacity(path.len() + 12);
        let mut find = |stem: &str, middle: &str, extension: &str| {
            tried.clear();
            tried.extend([stem, middle, extension]);
            sources.find(&tried)
        };
        for extension in EXTENSIONS {
            if let Some(file) = find(path, "", extension) {
                return Some(file);
            }
        }
        // `./x.js` is written where the source is `./x.ts`.
        for (written, sourced) in
            [(".js", ".ts"), (".js", ".tsx"), (".jsx", ".tsx"), (".mjs", ".mts"), (".cjs", ".cts")]
        {
            if let Some(stem) = path.strip_suffix(written)
                && let Some(file) = find(stem, "", sourced)
            {
                return Some(file);
            }
        }
        let (folder, middle) = if path == "." { ("", "index") } else { (path, "/index") };
        let index = EXTENSIONS[1..].iter().find_map(|extension| find(folder, middle, extension));
        // A folder that `go run` is told of.
        index.or_else(|| {
            find(if path == "." { "" } else { path }, if path == "." { "" } else { "/" }, "main.go")
        })
    }
}

/// `a/b` and `../c` to `a/c`; None where it leaves the repository.
#[must_use]
pub fn normal(path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            _ => parts.push(part),
        }
    }
    Some(if parts.is_empty() { ".".to_owned() } else { parts.join("/") })
}

#[must_use]
pub fn join(folder: &str, path: &str) -> String {
    if folder == "." || folder.is_empty() { path.to_owned() } else { format!("{folder}/{path}") }
}

fn split_package(name: &str) -> (&str, &str) {
    let slashes = if name.starts_with('@') { 2 } else { 1 };
    match name.match_indices('/').nth(slashes - 1) {
        Some((at, _)) => (&name[..at], &name[at + 1..]),
        None => (name, ""),
    }
}
/// The name of a package or a module of the platform, however a runtime lets it be written: with a scheme,
/// with a version, as the address of a file in it.
fn package_name(written: &str) -> &str {
    let bare = written.strip_prefix("node:").unwrap_or(written);
    let versioned = ["npm:", "jsr:"].iter().find_map(|scheme| bare.strip_prefix(scheme));
    if let Some(name) = versioned {
        let name = name.trim_start_matches('/');
        // A scope has its own `@` in front.
        return match name.get(1..).and_then(|rest| rest.find('@')) {
            Some(at) => name.get(..=at).unwrap_or(name),
            None => name,
        };
    }
    let Some(path) =
        bare.strip_prefix("https://").and_then(|rest| rest.split_once('/')).map(|(_, path)| path)
    else {
        return bare;
    };
    let mut from = 0;
    for segment in path.split('/') {
        if let Some(at) = segment.get(1..).and_then(|rest| rest.find('@')) {
            let end = from + 1 + at;
            // `@scope/name@1.2/mod.ts`
            let start = path.get(..from).and_then(|before| before.rfind('@')).unwrap_or(from);
            return path.get(start..end).unwrap_or(bare);
        }
        from += segment.len() + 1;
    }
    if path.contains(['/', '.']) { bare } else { path }
}
