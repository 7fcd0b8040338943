//! The map in its forms: text, JSON, Mermaid, and one page that needs nothing else.

pub mod html;
pub mod json;
pub mod mermaid;
pub mod text;

use std::collections::{BTreeMap, BTreeSet};

use crate::check::map::model::{Map, Path, Standing};

/// What part of the map is asked for.
#[derive(Clone, Debug, Default)]
pub struct Part {
    pub tables: Vec<String>,
    pub entries: Vec<String>,
    pub unguarded: bool,
}

impl Part {
    fn holds(&self, map: &Map, path: &Path) -> bool {
        if self.unguarded && !path.standing.is_open() {
            return false;
        }
        let entry = path.entry.as_ref().and_then(|id| map.entries.iter().find(|entry| entry.id == *id));
        let named =
            |wanted: &String| entry.is_some_and(|entry| entry.title == *wanted || entry.path == *wanted);
        if !self.entries.is_empty() && !self.entries.iter().any(named) {
            return false;
        }
        self.tables.is_empty() || {
            let effect = map.effects.iter().find(|effect| effect.id == path.effect);
            let writes = effect.map(|effect| effect.writes.as_slice()).unwrap_or_default();
            map.tables
                .iter()
                .filter(|table| writes.iter().any(|write| write.table == table.id))
                .any(|table| self.tables.contains(&table.name))
        }
    }

    /// The first name that no entry point or table of the map has.
    #[must_use]
    pub fn unknown(&self, map: &Map) -> Option<String> {
        let table = |name: &&String| map.tables.iter().any(|table| table.name == **name);
        let entry =
            |name: &&String| map.entries.iter().any(|entry| entry.title == **name || entry.path == **name);
        let tables = self.tables.iter().find(|name| !table(name)).map(|name| format!("table `{name}`"));
        tables.or_else(|| self.entries.iter().find(|n| !entry(n)).map(|n| format!("entry point `{n}`")))
    }

    /// The map with only those ways, and only the nodes that they touch.
    #[must_use]
    pub fn of(&self, mut map: Map) -> Map {
        let paths: Vec<Path> = map.paths.iter().filter(|path| self.holds(&map, path)).cloned().collect();
        if paths.len() == map.paths.len() {
            return map;
        }
        let entries: BTreeSet<&String> = paths.iter().filter_map(|path| path.entry.as_ref()).collect();
        let files: BTreeSet<&String> = paths.iter().flat_map(|path| &path.files).collect();
        let effects: BTreeSet<&String> = paths.iter().map(|path| &path.effect).collect();
        map.entries.retain(|entry| entries.contains(&entry.id));
        map.files.retain(|file| files.contains(&file.id));
        map.effects.retain(|effect| effects.contains(&effect.id));
        let tables: BTreeSet<&String> =
            map.effects.iter().flat_map(|effect| effect.writes.iter().map(|write| &write.table)).collect();
        map.tables.retain(|table| tables.contains(&table.id));
        map.paths = paths;
        map
    }
}

/// Nodes by their names, so that a way can be told in words.
pub(crate) struct Index<'m> {
    pub(crate) files: BTreeMap<&'m str, &'m str>,
    pub(crate) effects: BTreeMap<&'m str, &'m crate::check::map::model::Effect>,
    pub(crate) tables: BTreeMap<&'m str, &'m str>,
}

impl<'m> Index<'m> {
    pub(crate) fn of(map: &'m Map) -> Self {
        Self {
            files: map.files.iter().map(|file| (file.id.as_str(), file.path.as_str())).collect(),
            effects: map.effects.iter().map(|effect| (effect.id.as_str(), effect)).collect(),
            tables: map.tables.iter().map(|table| (table.id.as_str(), table.name.as_str())).collect(),
        }
    }
}

/// How many ways there are of each standing, the worst first.
pub(crate) fn counts(map: &Map) -> Vec<(Standing, usize)> {
    [
        Standing::Unguarded,
        Standing::Partly,
        Standing::Guarded,
        Standing::Open,
        Standing::Application,
        Standing::Uncalled,
    ]
    .into_iter()
    .map(|standing| (standing, map.paths.iter().filter(|path| path.standing == standing).count()))
    .collect()
}

/// `3 entry points`, `1 file`.
pub(crate) fn number(count: usize, one: &str) -> String {
    format!("{count} {one}{}", if count == 1 { "" } else { "s" })
}
