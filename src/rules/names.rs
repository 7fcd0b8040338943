//! Tables and columns by the names that the database has, whichever name the source uses.

use std::collections::{BTreeMap, BTreeSet};

use crate::words::effect::{Columns, Effect, Table};

/// One model of an ORM's schema.
#[derive(Clone, Debug, Default)]
pub struct Model {
    pub table: String,
    /// Field to column.
    pub columns: BTreeMap<String, String>,
    /// Relation field to model name.
    pub relations: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Default)]
pub struct Names {
    /// By the model's name in lower case.
    models: BTreeMap<String, Model>,
    /// Tables with their columns that are known from the schema or the migrations.
    pub known: BTreeMap<String, BTreeSet<String>>,
}

impl Names {
    pub fn add(&mut self, name: &str, model: Model) {
        let columns = self.known.entry(fold(&model.table)).or_default();
        columns.extend(model.columns.values().cloned());
        self.models.insert(name.to_ascii_lowercase(), model);
    }

    /// A table that a program calls otherwise, with those of its columns. It tells nothing of what else there is.
    pub fn rename(&mut self, name: &str, model: Model) {
        self.models.entry(name.to_ascii_lowercase()).or_insert(model);
    }

    #[must_use]
    pub fn model(&self, name: &str) -> Option<&Model> {
        self.models.get(&name.to_ascii_lowercase())
    }

    fn model_of_table(&self, table: &str) -> Option<&Model> {
        let wanted = fold(table);
        self.models.values().find(|m| fold(&m.table) == wanted)
    }

    /// The database's name of a table, in lower case and without the default schema.
    #[must_use]
    pub fn table(&self, name: &str) -> String {
        self.model(name).map_or_else(|| fold(name), |model| fold(&model.table))
    }

    #[must_use]
    pub fn column(&self, table: &str, name: &str) -> String {
        let model = self.model(table).or_else(|| self.model_of_table(table));
        let column = model.and_then(|m| m.columns.get(name)).map_or(name, String::as_str);
        column.to_ascii_lowercase()
    }

    /// The effects of one statement with the database's names. A relation that an ORM writes
    /// through (`.author`) is looked up in the model that the statement starts from.
    #[must_use]
    pub fn resolve(&self, effects: &[Effect]) -> Vec<Effect> {
        let mut current: Option<&Model> = None;
        let mut out = Vec::new();
        for effect in effects {
            let mut effect = effect.clone();
            if let Table::Named(name) = &effect.table {
                let model = match name.strip_prefix('.') {
                    Some(relation) => current
                        .and_then(|m| m.relations.get(relation))
                        .or_else(|| self.models.values().find_map(|m| m.relations.get(relation)))
                        .and_then(|name| self.model(name)),
                    None => self.model(name).or_else(|| self.model_of_table(name)),
                };
                if model.is_none() && name.starts_with('.') {
                    // A field that is no relation (JSON with a key `create`): nothing is written.
                    continue;
                }
                if !name.starts_with('.') {
                    current = model;
                }
                let table = model.map_or_else(|| fold(name), |m| fold(&m.table));
                if let (Columns::Listed(columns), Some(model)) = (&effect.columns, model) {
                    let listed = columns
                        .iter()
                        .filter(|c| !model.relations.contains_key(*c))
                        .map(|c| model.columns.get(c).unwrap_or(c).clone())
                        .collect();
                    effect.columns = Columns::Listed(listed);
                }
                effect.table = Table::Named(table);
            }
            if !out.contains(&effect) {
                out.push(effect);
            }
        }
        out
    }
}

fn fold(name: &str) -> String {
    let lower = name.trim_matches(['"', '`', '[', ']']).to_ascii_lowercase();
    for schema in ["public.", "dbo.", "main."] {
        if let Some(rest) = lower.strip_prefix(schema) {
            return rest.to_owned();
        }
    }
    lower
}
