//! Packages of Rust: which file a path like `crate::guards::require_ci` leads to, and which file a
//! binary is made of.

use std::collections::BTreeMap;

use crate::reach::resolve::{join, normal};
use crate::reach::sources::Sources;
use crate::words::span::FileId;

#[derive(Debug, Default)]
pub struct Crates {
    packages: Vec<Package>,
}

#[derive(Debug)]
struct Package {
    folder: String,
    /// As paths write it: with underscores.
    name: String,
    written: String,
    lib: String,
    bins: BTreeMap<String, String>,
    /// Names under which dependencies inside of the repository are used, and their folders.
    near: BTreeMap<String, String>,
}

fn path(of: Option<&toml::Value>) -> Option<&str> {
    of?.get("path")?.as_str()
}

impl Crates {
    /// Adds the package that a `Cargo.toml` declares.
    pub fn add(&mut self, folder: &str, text: &str) {
        let Ok(table) = text.parse::<toml::Table>() else { return };
        let Some(name) = table.get("package").and_then(|p| p.get("name")).and_then(|n| n.as_str()) else {
            return;
        };
        let lib = path(table.get("lib")).unwrap_or("src/lib.rs");
        let lib_name = table.get("lib").and_then(|l| l.get("name")).and_then(|n| n.as_str()).unwrap_or(name);
        let mut bins = BTreeMap::new();
        for bin in table.get("bin").and_then(|b| b.as_array()).into_iter().flatten() {
            if let Some(name) = bin.get("name").and_then(|n| n.as_str()) {
                let path = path(Some(bin)).map_or_else(|| format!("src/bin/{name}.rs"), str::to_owned);
                bins.insert(name.to_owned(), join(folder, &path));
            }
        }
        let mut near = BTreeMap::new();
        for (own, dependency) in table.get("dependencies").and_then(|d| d.as_table()).into_iter().flatten() {
            if let Some(place) = path(Some(dependency)).and_then(|p| normal(&join(folder, p))) {
                near.insert(own.replace('-', "_"), place);
            }
        }
        self.packages.push(Package {
            folder: folder.to_owned(),
            name: lib_name.replace('-', "_"),
            written: name.to_owned(),
            lib: join(folder, lib),
            bins,
            near,
        });
    }

    fn package_of(&self, file: &str) -> Option<&Package> {
        self.packages
            .iter()
            .filter(|p| p.folder == "." || file.starts_with(&format!("{}/", p.folder)))
            .max_by_key(|p| if p.folder == "." { 0 } else { p.folder.len() })
    }

    /// The file that a path of modules leads to, and what of the path is left: names inside of it.
    #[must_use]
    pub fn module(&self, sources: &Sources, from: &str, path: &str) -> Option<(FileId, Vec<String>)> {
        let mut parts = path.split("::").map(str::to_owned);
        let first = parts.next()?;
        let mut rest: Vec<String> = parts.collect();
        let package = self.package_of(from);
        let mut at = match first.as_str() {
            "self" => from.to_owned(),
            "super" => parent(sources, from)?,
            // `#[path = "x.rs"]` says which file it is.
            placed if placed.starts_with("file=") => placed.get(5..)?.to_owned(),
            "crate" => self.root(sources, from)?,
            name => {
                let near = package.and_then(|p| p.near.get(name)).map(String::as_str);
                let found = self.packages.iter().find(|p| match near {
                    Some(folder) => p.folder == folder,
                    None => p.name == name,
                })?;
                found.lib.clone()
            }
        };
        while rest.first().is_some_and(|part| part == "super") {
            at = parent(sources, &at)?;
            rest.remove(0);
        }
        while let Some(next) = rest.first() {
            let folder = self.children(&at);
            let tries = [join(&folder, &format!("{next}.rs")), join(&folder, &format!("{next}/mod.rs"))];
            let Some(found) = tries.into_iter().find(|path| sources.find(path).is_some()) else { break };
            at = found;
            rest.remove(0);
        }
        Some((sources.find(&at)?, rest))
    }

    /// The folder in which the modules of a file are.
    fn children(&self, file: &str) -> String {
        let (folder, name) = file.rsplit_once('/').unwrap_or((".", file));
        let own = matches!(name, "mod.rs" | "lib.rs" | "main.rs" | "build.rs")
            || folder.ends_with("src/bin")
            || folder == "src/bin"
            || self.packages.iter().any(|p| p.lib == file || p.bins.values().any(|b| b == file));
        if own { folder.to_owned() } else { join(folder, name.strip_suffix(".rs").unwrap_or(name)) }
    }

    fn root(&self, sources: &Sources, from: &str) -> Option<String> {
        let package = self.package_of(from)?;
        if from.contains("src/bin/") || package.bins.values().any(|b| b == from) || from.ends_with("build.rs")
        {
            return Some(from.to_owned());
        }
        let main = join(&package.folder, "src/main.rs");
        if from == main || sources.find(&package.lib).is_none() {
            return Some(main);
        }
        Some(package.lib.clone())
    }

    /// The source of a binary, for `cargo run` in a folder.
    #[must_use]
    pub fn program(
        &self,
        sources: &Sources,
        package: Option<&str>,
        bin: Option<&str>,
        folder: &str,
    ) -> Option<FileId> {
        let here = |p: &&Package| match package {
            Some(name) => p.written == name,
            None => p.folder == folder || bin.is_some(),
        };
        self.packages.iter().filter(here).find_map(|p| {
            let tries = match bin {
                Some(name) => {
                    let mut tries: Vec<String> = p.bins.get(name).cloned().into_iter().collect();
                    tries.push(join(&p.folder, &format!("src/bin/{name}.rs")));
                    tries.push(join(&p.folder, &format!("src/bin/{name}/main.rs")));
                    tries.push(join(&p.folder, &format!("examples/{name}.rs")));
                    if p.written == name {
                        tries.push(join(&p.folder, "src/main.rs"));
                    }
                    tries
                }
                None => {
                    std::iter::once(join(&p.folder, "src/main.rs")).chain(p.bins.values().cloned()).collect()
                }
            };
            tries.iter().find_map(|path| sources.find(path))
        })
    }
}

/// A program of a package, as cargo calls it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The folder of its package.
    pub folder: String,
    pub example: bool,
    pub name: String,
}

impl Crates {
    /// The program that a file is the source of; none where cargo would make none of it.
    #[must_use]
    pub fn target(&self, file: &str) -> Option<Target> {
        let package = self.package_of(file)?;
        let of =
            |example, name: &str| Target { folder: package.folder.clone(), example, name: name.to_owned() };
        if let Some((name, _)) = package.bins.iter().find(|(_, source)| *source == file) {
            return Some(of(false, name));
        }
        if file == join(&package.folder, "src/main.rs") {
            return Some(of(false, &package.written));
        }
        [("src/bin", false), ("examples", true)].into_iter().find_map(|(folder, example)| {
            let inside = file.strip_prefix(&join(&package.folder, folder))?.strip_prefix('/')?;
            let name = inside.strip_suffix("/main.rs").or_else(|| inside.strip_suffix(".rs"))?;
            (!name.contains('/')).then(|| of(example, name))
        })
    }
}

/// The file of the module around a file's own.
fn parent(sources: &Sources, file: &str) -> Option<String> {
    let (folder, name) = file.rsplit_once('/')?;
    let (above, own) =
        if name == "mod.rs" { folder.rsplit_once('/').unwrap_or((".", folder)) } else { (folder, "") };
    let _ = own;
    let up = above.rsplit_once('/').map_or(".", |(up, _)| up);
    let stem = above.rsplit('/').next().unwrap_or(above);
    [join(above, "lib.rs"), join(above, "main.rs"), join(above, "mod.rs"), join(up, &format!("{stem}.rs"))]
        .into_iter()
        .find(|path| sources.find(path).is_some())
}
