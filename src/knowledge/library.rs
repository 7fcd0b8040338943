//! Finds what a library or a platform does: the files of `rules/knowledge/libraries/` and
//! `rules/knowledge/platform/` as one table.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};

use super::data;
use super::types::{Action, Library, Type};
use super::words;

const FILES: &[(&str, &str)] = &[
    ("libraries/prisma", include_str!("../../rules/knowledge/libraries/prisma.toml")),
    ("libraries/pg", include_str!("../../rules/knowledge/libraries/pg.toml")),
    ("libraries/mysql", include_str!("../../rules/knowledge/libraries/mysql.toml")),
    ("libraries/sqlite", include_str!("../../rules/knowledge/libraries/sqlite.toml")),
    ("libraries/prisma-python", include_str!("../../rules/knowledge/libraries/prisma-python.toml")),
    ("libraries/knex", include_str!("../../rules/knowledge/libraries/knex.toml")),
    ("libraries/drizzle", include_str!("../../rules/knowledge/libraries/drizzle.toml")),
    ("libraries/typeorm", include_str!("../../rules/knowledge/libraries/typeorm.toml")),
    ("libraries/sequelize", include_str!("../../rules/knowledge/libraries/sequelize.toml")),
    ("libraries/other-drivers", include_str!("../../rules/knowledge/libraries/other-drivers.toml")),
    ("libraries/builders", include_str!("../../rules/knowledge/libraries/builders.toml")),
    ("libraries/python-drivers", include_str!("../../rules/knowledge/libraries/python-drivers.toml")),
    ("libraries/sqlalchemy", include_str!("../../rules/knowledge/libraries/sqlalchemy.toml")),
    ("libraries/django", include_str!("../../rules/knowledge/libraries/django.toml")),
    ("libraries/alembic", include_str!("../../rules/knowledge/libraries/alembic.toml")),
    ("libraries/rust-sql", include_str!("../../rules/knowledge/libraries/rust-sql.toml")),
    ("platform/rust", include_str!("../../rules/knowledge/platform/rust.toml")),
    ("platform/node", include_str!("../../rules/knowledge/platform/node.toml")),
    ("platform/powershell", include_str!("../../rules/knowledge/platform/powershell.toml")),
    ("platform/python", include_str!("../../rules/knowledge/platform/python.toml")),
];

/// Everything that is known of libraries.
#[derive(Debug, Default)]
pub struct Libraries {
    api: FxHashMap<String, Action>,
    /// Paths that ended in `.*`, without the ending.
    any: FxHashMap<String, Action>,
    types: FxHashMap<String, Type>,
    names: Variables,
    /// The same for variables of Python, without the language before them.
    python_names: Variables,
    annotations: FxHashMap<String, String>,
    modules: FxHashSet<String>,
    triggers: Vec<String>,
    /// Methods that tell what they do by their names alone.
    methods: FxHashSet<String>,
}

impl Libraries {
    /// What `module.member` or `js:global.member` does. A default import and a required module
    /// are the same to most libraries, so that `pg.default.Pool` is also `pg.Pool`, and `knex`
    /// also `knex.default`.
    #[must_use]
    pub fn api(&self, path: &str) -> Option<&Action> {
        if let Some(action) = self.api.get(path) {
            return Some(action);
        }
        if path.contains(".default") {
            let without = path.replace(".default", "");
            return self.api.get(&without).or_else(|| self.any_of(&without));
        }
        self.any_of(path)
    }

    /// What a method of this name does on whatever it is called on, in `dialect` (`python`).
    #[must_use]
    pub fn api_of_any(&self, dialect: &str, method: &str) -> Option<&Action> {
        // Asked of every call of a method, so that no path is put together for most of them.
        if self.methods.contains(method) { self.api.get(&format!("{dialect}:?.{method}")) } else { None }
    }

    fn any_of(&self, path: &str) -> Option<&Action> {
        let mut start = path;
        loop {
            if let Some(action) = self.any.get(start) {
                return Some(action);
            }
            start = start.rsplit_once('.')?.0;
        }
    }

    #[must_use]
    pub fn ty(&self, name: &str) -> Option<&Type> {
        self.types.get(name)
    }

    /// The type that a variable of this name is taken for, where nothing else is known of it.
    #[must_use]
    pub fn by_variable_name(&self, name: &str) -> Option<&str> {
        self.names.of(name)
    }

    /// The same for a variable of a program in Python.
    #[must_use]
    pub fn by_python_name(&self, name: &str) -> Option<&str> {
        self.python_names.of(name)
    }

    /// The type that an annotation (`PrismaClient`) stands for.
    #[must_use]
    pub fn by_annotation(&self, name: &str) -> Option<&str> {
        self.annotations.get(name).map(String::as_str)
    }

    /// Some library is known under this module name.
    #[must_use]
    pub fn knows_module(&self, module: &str) -> bool {
        self.modules.contains(module)
    }

    /// Every front of a path may be a module's name: the dots do not tell where it ends.
    fn name_modules(&mut self, path: &str) {
        self.modules.extend(path.match_indices('.').map(|(at, _)| path[..at].to_owned()));
    }

    fn add(&mut self, library: Library) {
        for (path, action) in library.api {
            for path in modules(&path) {
                self.name_modules(&path);
                if let Some((_, method)) = path.split_once(":?.") {
                    self.methods.insert(method.to_owned());
                }
                if let Some(start) = path.strip_suffix(".*") {
                    self.any.insert(start.to_owned(), action.clone());
                    continue;
                }
                // Whoever asks for `knex` means `knex.default`, too.
                let short = path.replace(".default", "");
                if short != path && !self.api.contains_key(&short) {
                    self.api.insert(short, action.clone());
                }
                self.api.insert(path, action.clone());
            }
        }
        for (name, mut ty) in library.types {
            let members = std::mem::take(&mut ty.members);
            for (member, action) in members {
                ty.members.extend(member.split('|').map(|member| (member.to_owned(), action.clone())));
            }
            let python = ty.names.iter().filter_map(|variable| variable.strip_prefix("python:"));
            self.python_names.extend(python, &name);
            self.names.extend(ty.names.iter().map(String::as_str), &name);
            self.annotations.extend(ty.annotations.iter().map(|written| (written.clone(), name.clone())));
            self.types.insert(name, ty);
        }
    }
}

/// Types by the names of variables, whatever their case.
#[derive(Debug, Default)]
struct Variables {
    types: FxHashMap<String, String>,
    longest: usize,
}

impl Variables {
    /// This is asked of every name: most are too long, or lower-case already.
    fn of(&self, name: &str) -> Option<&str> {
        if name.len() > self.longest {
            return None;
        }
        let found = if name.bytes().any(|b| b.is_ascii_uppercase()) {
            self.types.get(&name.to_ascii_lowercase())
        } else {
            self.types.get(name)
        };
        found.map(String::as_str)
    }

    fn extend<'a>(&mut self, variables: impl Iterator<Item = &'a str>, ty: &str) {
        for variable in variables {
            self.longest = self.longest.max(variable.len());
            self.types.insert(variable.to_owned(), ty.to_owned());
        }
    }
}

/// `a|b.{c,d}` as the four paths that it stands for. A module's name may hold dots in front of
/// its last slash.
fn modules(path: &str) -> Vec<String> {
    let last = path.rfind('|').map_or(0, |at| at + 1);
    let tail = path.get(last..).unwrap_or("");
    let slash = tail.rfind('/').map_or(0, |at| at + 1);
    // `.prisma/client.PrismaClient`: the first dot behind the last slash ends the module.
    let dot = tail.get(slash..).and_then(|rest| rest.find(['.', '{'])).map_or(tail.len(), |at| slash + at);
    // Python's modules have dots in their names: there the last one in front of the members counts.
    let dot = match tail.find(".{") {
        Some(at) if tail.starts_with("python:") => at,
        None if tail.starts_with("python:") && !tail.contains('{') => {
            tail.strip_suffix(".*").map_or_else(|| tail.rfind('.').unwrap_or(tail.len()), str::len)
        }
        _ => dot,
    };
    let (module, member) = tail.split_at_checked(dot).unwrap_or((tail, ""));
    let members: Vec<String> = match member
        .split_once('{')
        .and_then(|(front, rest)| rest.split_once('}').map(|(inside, back)| (front, inside, back)))
    {
        Some((front, inside, back)) => inside.split(',').map(|name| format!("{front}{name}{back}")).collect(),
        None => vec![member.to_owned()],
    };
    let heads = path.get(..last.saturating_sub(1)).filter(|heads| !heads.is_empty());
    let heads = heads.into_iter().flat_map(|heads| heads.split('|')).chain([module]);
    heads.flat_map(|module| members.iter().map(move |member| format!("{module}{member}"))).collect()
}

/// The one table of libraries and platforms.
#[must_use]
pub fn libraries() -> &'static Libraries {
    static TABLE: LazyLock<Libraries> = LazyLock::new(|| {
        let mut out = Libraries::default();
        let mut triggers: BTreeSet<String> = BTreeSet::new();
        for (_, text) in FILES {
            let library: Library = toml::from_str(text).unwrap_or_default();
            triggers.extend(library.triggers.iter().cloned());
            out.add(library);
        }
        for (_, file) in data::files() {
            triggers.extend(file.triggers.iter().cloned());
        }
        triggers.extend(words::words().triggers.iter().cloned());
        out.triggers = triggers.into_iter().collect();
        out
    });
    &TABLE
}

/// Words of which a file must hold one to matter: of libraries, of tools, of switches. Sorted.
#[must_use]
pub fn triggers() -> &'static [String] {
    &libraries().triggers
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn parsed() -> Vec<(&'static str, Library)> {
        FILES
            .iter()
            .map(|&(name, text)| {
                (name, toml::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}")))
            })
            .collect()
    }

    fn actions(action: &Action) -> Vec<&Action> {
        let mut out = vec![action];
        out.extend(action.also.iter());
        out
    }

    #[test]
    fn every_library_file_parses_and_is_compiled_in() {
        let mut listed: Vec<String> = parsed().iter().map(|(name, _)| (*name).to_owned()).collect();
        listed.sort();
        let mut on_disk = Vec::new();
        for folder in ["libraries", "platform"] {
            let path = format!("{}/rules/knowledge/{folder}", env!("CARGO_MANIFEST_DIR"));
            for entry in std::fs::read_dir(path).unwrap() {
                let stem = entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned();
                on_disk.push(format!("{folder}/{stem}"));
            }
        }
        on_disk.sort();
        assert_eq!(listed, on_disk);
    }

    #[test]
    fn every_type_that_is_given_exists() {
        let table = libraries();
        let mut missing = Vec::new();
        let mut look = |at: &str, action: &Action| {
            for action in actions(action) {
                let called = action
                    .calls
                    .values()
                    .flat_map(|types| types.split(','))
                    .filter(|ty| !ty.is_empty())
                    .map(str::to_owned);
                for name in action.gives.iter().cloned().chain(called) {
                    if name != "self" && table.ty(&name).is_none() {
                        missing.push(format!("{at}: {name}"));
                    }
                }
            }
        };
        for (path, action) in table.api.iter().chain(&table.any).collect::<BTreeMap<_, _>>() {
            look(path, action);
        }
        for (name, ty) in table.types.iter().collect::<BTreeMap<_, _>>() {
            for (member, action) in &ty.members {
                look(&format!("{name}.{member}"), action);
            }
            for action in ty.other.iter().chain(&ty.call) {
                look(name, action);
            }
        }
        assert!(missing.is_empty(), "{missing:#?}");
    }

    #[test]
    fn no_name_or_annotation_stands_for_two_types() {
        let mut seen = BTreeMap::new();
        for (_, library) in parsed() {
            for (name, ty) in &library.types {
                for word in ty.names.iter().chain(&ty.annotations) {
                    let before = seen.insert(word.clone(), name.clone());
                    assert_eq!(before, None, "{word} is {name}, too");
                }
                assert!(ty.names.iter().all(|word| word.to_lowercase() == *word), "{name}");
            }
        }
    }

    #[test]
    fn paths_with_choices_stand_for_each_of_them() {
        assert_eq!(modules("a|@b/c.d.{e,f}"), ["a.d.e", "a.d.f", "@b/c.d.e", "@b/c.d.f"]);
        assert_eq!(modules("js:process.exit"), ["js:process.exit"]);
        assert_eq!(modules("js:{a,b}"), ["js:a", "js:b"]);
    }

    #[test]
    fn default_imports_and_required_modules_are_found_alike() {
        let gives = |path: &str| libraries().api(path).and_then(|action| action.gives.clone());
        for path in ["knex", "knex.default", "knex.knex", "knex.default.knex"] {
            assert_eq!(gives(path).as_deref(), Some("knex.db"), "{path}");
        }
        for path in ["pg.Pool", "pg.default.Pool", "pg.Client"] {
            assert_eq!(gives(path).as_deref(), Some("pg.client"), "{path}");
        }
        assert_eq!(gives("@prisma/client.PrismaClient").as_deref(), Some("prisma.client"));
        assert!(libraries().api("drizzle-orm.eq").is_some());
        assert!(libraries().api("js:setTimeout").is_some());
        assert!(libraries().api("python:os.getenv").is_some_and(|action| action.role.is_some()));
        assert!(libraries().api("express").is_some());
        assert!(libraries().api("js:console.log").is_some());
        assert!(libraries().api("left-pad.default").is_none());
        assert_eq!(libraries().by_variable_name("prisma"), Some("prisma.client"));
        assert!(libraries().knows_module("drizzle-orm"));
        assert!(!libraries().knows_module("drizzle"));
    }

    #[test]
    fn triggers_are_long_enough_to_tell_files_apart() {
        let prose =
            "upgrade the selector pattern of this jpg, brakes and internal pages; a vector of integers";
        for word in triggers() {
            assert!(word.len() >= 3 && !prose.contains(word.as_str()), "{word}");
        }
        assert!(triggers().iter().any(|word| word == "prisma"));
    }

    #[test]
    fn members_with_choices_are_taken_apart() {
        let model = libraries().ty("prisma.model").unwrap();
        assert!(model.members["deleteMany"].operation.is_some());
    }
}
