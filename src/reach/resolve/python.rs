//! Python's module names: packages, relative names, `src` folders, and where a program looks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::RwLock;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::knowledge;
use crate::lang::Kind;
use crate::reach::resolve::{Target, join, normal, programs};
use crate::reach::sources::Sources;
use crate::words::span::FileId;

/// What module names of this language begin with.
pub const PREFIX: &str = "python:";

/// More places of one package name than this say nothing of which one is meant.
const PLACES: usize = 1;

/// Where packages lie that no program has beside it.
#[derive(Debug, Default)]
pub struct Packages {
    /// The first part of a dotted name to the folders that hold it.
    places: BTreeMap<String, BTreeSet<String>>,
    /// Whatever the first part of a name of the repository can be: its folders, files and links.
    names: FxHashSet<String>,
    /// `NAME = "package.module:function"` of a manifest: where it stands and the module, by the name.
    pub programs: BTreeMap<String, (String, String)>,
    known: RwLock<Known>,
}

/// What was found before. Most folders of a repository look in the same places, for the same few names.
#[derive(Debug, Default)]
struct Known {
    /// By folder.
    roots: FxHashMap<String, usize>,
    /// The places, and what names mean there.
    lists: Vec<(Vec<String>, FxHashMap<String, Target>)>,
}

impl Packages {
    #[must_use]
    pub fn of(sources: &Sources) -> Self {
        let mut out = Self::default();
        out.names.extend(sources.links().map(|path| stem(path).to_owned()));
        for file in &sources.files {
            let manifest = ["pyproject.toml", "setup.cfg", "setup.py"].iter().any(|n| file.path.ends_with(n));
            if let (true, Some(text)) = (manifest, &file.text) {
                for (name, module) in programs::of(&file.path, text) {
                    out.programs.entry(name).or_insert_with(|| (file.path.clone(), module));
                }
            }
            if file.kind != Kind::Python {
                continue;
            }
            let parts: Vec<&str> = file.path.split('/').collect();
            for part in &parts {
                if !out.names.contains(stem(part)) {
                    out.names.insert(stem(part).to_owned());
                }
            }
            for at in 0..parts.len().saturating_sub(1) {
                let parent = if at == 0 { ".".to_owned() } else { parts[..at].join("/") };
                let places = out.places.entry(parts[at].to_owned()).or_default();
                if places.len() < 64 {
                    places.insert(parent);
                }
            }
        }
        out
    }

    /// `name` without the prefix, as `from` writes it.
    #[must_use]
    pub fn module(&self, sources: &Sources, from: &str, name: &str) -> Target {
        let folder = from.rsplit_once('/').map_or(".", |(folder, _)| folder);
        let dots = name.bytes().take_while(|byte| *byte == b'.').count();
        let path = name.get(dots..).unwrap_or_default().replace('.', "/");
        if path.contains("//") || path.len() > 300 {
            return Target::Missing;
        }
        // Most names that are imported are no modules: no file or folder is called so.
        let last = path.rsplit('/').next().unwrap_or_default();
        let no_module = !last.is_empty() && !self.names.contains(last);
        if dots > 0 {
            if no_module {
                return Target::Missing;
            }
            let mut at = folder.to_owned();
            for _ in 1..dots {
                at = up(&at);
            }
            return file(sources, &join(&at, &path)).map_or(Target::Missing, Target::File);
        }
        let first = path.split('/').next().unwrap_or_default();
        if no_module || !self.names.contains(first) {
            return Target::Library(format!("{PREFIX}{name}"));
        }
        let Some(number) = self.roots(sources, folder) else { return Target::Missing };
        let known = |known: &Known| known.lists.get(number)?.1.get(name).cloned();
        if let Some(target) = self.known.read().ok().and_then(|all| known(&all)) {
            return target;
        }
        let roots = self.known.read().ok().and_then(|all| Some(all.lists.get(number)?.0.clone()));
        let target = self.below(sources, &roots.unwrap_or_default(), &path, name);
        if let Some((_, names)) = self.known.write().ok().as_mut().and_then(|all| all.lists.get_mut(number)) {
            names.insert(name.to_owned(), target.clone());
        }
        target
    }

    /// Where a program in a folder looks: the number of a list that is known.
    fn roots(&self, sources: &Sources, folder: &str) -> Option<usize> {
        if let Some(list) = self.known.read().ok()?.roots.get(folder) {
            return Some(*list);
        }
        let mut roots = Vec::new();
        let mut at = Some(folder.to_owned());
        while let Some(root) = at {
            at = (root != ".").then(|| up(&root));
            // Inside a package, its own folder is no place to look.
            if sources.find(&join(&root, "__init__.py")).is_none() {
                roots.push(root);
            }
        }
        let mut known = self.known.write().ok()?;
        let list = known.lists.iter().position(|(list, _)| *list == roots).unwrap_or_else(|| {
            known.lists.push((roots, FxHashMap::default()));
            known.lists.len() - 1
        });
        known.roots.insert(folder.to_owned(), list);
        Some(list)
    }

    fn below(&self, sources: &Sources, roots: &[String], path: &str, name: &str) -> Target {
        let mut held = false;
        for root in roots {
            for place in [root.clone(), join(root, "src"), join(root, "lib")] {
                let wanted = join(&place, path);
                if let Some(found) = file(sources, &wanted) {
                    return Target::File(found);
                }
                held |= self.holds(&place, path);
            }
        }
        let first = path.split('/').next().unwrap_or_default();
        let known = || knowledge::libraries().knows_module(&format!("{PREFIX}{first}"));
        if path.contains('/')
            && !known()
            && let Some(places) = self.places.get(first).filter(|places| !places.is_empty())
        {
            let found: Vec<FileId> =
                places.iter().filter_map(|place| file(sources, &join(place, path))).collect();
            if let ([only], true) = (found.as_slice(), found.len() <= PLACES) {
                return Target::File(*only);
            }
        }
        // A folder without a file of its own gives way to an installed package of its name, as `alembic`
        // does, whose own folder of migrations is called so.
        if held && !known() { Target::Missing } else { Target::Library(format!("{PREFIX}{name}")) }
    }

    /// A folder with modules, but no file of its own.
    fn holds(&self, place: &str, path: &str) -> bool {
        let (parent, last) = path
            .rsplit_once('/')
            .map_or((place.to_owned(), path), |(parent, last)| (join(place, parent), last));
        self.places.get(last).is_some_and(|places| places.contains(&parent))
    }
}

/// The last part of a path, without the end that says that it is Python.
fn stem(path: &str) -> &str {
    let last = path.rsplit('/').next().unwrap_or(path);
    last.strip_suffix(".py").unwrap_or(last)
}

fn up(folder: &str) -> String {
    folder.rsplit_once('/').map_or(".", |(up, _)| up).to_owned()
}

fn file(sources: &Sources, path: &str) -> Option<FileId> {
    let path = normal(path)?;
    let module = if path == "." { None } else { sources.find(&format!("{path}.py")) };
    module.or_else(|| sources.find(&join(&path, "__init__.py")))
}

/// The modules that a text imports, by a look at its lines. A name in a comment or a text only makes
/// one more.
#[must_use]
pub fn imports(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut behind = 0;
    for at in memchr::memmem::find_iter(text.as_bytes(), b"import") {
        if at < behind {
            continue;
        }
        let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
        let end = text[at..].find('\n').map_or(text.len(), |length| at + length);
        behind = end;
        let (line, after) = (text[start..end].trim_start(), &text[end..]);
        if let Some(names) = line.strip_prefix("import ") {
            for name in names.split(',').take(32) {
                out.extend(name.split_whitespace().next().map(str::to_owned));
            }
        } else if let Some((module, names)) =
            line.strip_prefix("from ").and_then(|line| line.split_once(" import "))
        {
            let module = module.trim();
            let names = match names.trim_start().strip_prefix('(') {
                // The names stand on the next lines, up to the bracket.
                Some(first) => {
                    let more = after.split(')').next().unwrap_or_default();
                    let more = if first.contains(')') { "" } else { more };
                    format!("{first} {more}")
                }
                None => names.to_owned(),
            };
            out.push(module.to_owned());
            let dot = if module.ends_with('.') { "" } else { "." };
            for name in names.split([',', '\n', ')']).take(64) {
                if let Some(name) = name.split_whitespace().next()
                    && name != "*"
                {
                    out.push(format!("{module}{dot}{name}"));
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reach::sources::SourceFile;

    fn sources(paths: &[&str]) -> Sources {
        Sources::new(paths.iter().map(|p| SourceFile::new((*p).to_owned(), Kind::Python, None)).collect())
    }

    fn leads(sources: &Sources, from: &str, name: &str) -> String {
        match Packages::of(sources).module(sources, from, name) {
            Target::File(file) => sources.path(file).to_owned(),
            Target::Library(name) => name,
            Target::Missing | Target::Inside(..) => "missing".to_owned(),
        }
    }

    #[test]
    fn a_module_is_found_from_wherever_a_program_looks() {
        let all = sources(&[
            "backend/app/__init__.py",
            "backend/app/db.py",
            "backend/app/logging.py",
            "backend/app/models/__init__.py",
            "manage.py",
            "src/shop/__init__.py",
            "src/shop/cli.py",
            "tools/fix.py",
            "tools/guards.py",
            "alembic/env.py",
        ]);
        assert_eq!(leads(&all, "tools/fix.py", "guards"), "tools/guards.py");
        assert_eq!(leads(&all, "tools/fix.py", "tools.guards"), "tools/guards.py");
        assert_eq!(leads(&all, "tools/fix.py", "shop.cli"), "src/shop/cli.py");
        assert_eq!(leads(&all, "tools/fix.py", "app.db"), "backend/app/db.py");
        assert_eq!(leads(&all, "backend/app/db.py", ".models"), "backend/app/models/__init__.py");
        assert_eq!(leads(&all, "backend/app/models/__init__.py", "..db"), "backend/app/db.py");
        assert_eq!(leads(&all, "backend/app/db.py", "logging"), "python:logging");
        assert_eq!(leads(&all, "tools/fix.py", "tools"), "missing");
        assert_eq!(leads(&all, "tools/fix.py", "psycopg"), "python:psycopg");
        assert_eq!(leads(&all, "alembic/env.py", "alembic.op"), "python:alembic.op");
        assert_eq!(leads(&all, "tools/fix.py", "...x"), "missing");
    }

    #[test]
    fn imports_are_read_from_lines() {
        let text = "import os, app.db as db\nfrom . import models\nfrom x import (\n    a,\n    b as c,\n)\n";
        let found = imports(text);
        for name in ["os", "app.db", ".", ".models", "x", "x.a", "x.b"] {
            assert!(found.iter().any(|f| f == name), "{name} in {found:?}");
        }
    }
}
