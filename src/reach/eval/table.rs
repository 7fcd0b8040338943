//! Tables and columns that a call of a library names.

use crate::knowledge::types::Action;
use crate::reach::eval::Walker;
use crate::reach::eval::argument::argument;
use crate::reach::value::{Kind, TableDefinition, TableName, Typed, Value};
use crate::words::effect::{Columns, Effect, Operation, Table};
use crate::words::flow::Call;
use std::rc::Rc;

impl Walker<'_> {
    pub(super) fn table_of(
        &mut self,
        action: &Action,
        typed: Option<&Typed>,
        member: &str,
        args: &[Value],
        call: &Call,
    ) -> Option<TableName> {
        let own = || typed.and_then(|t| t.table.clone());
        let Some(from) = &action.table else { return own() };
        if from == "member" {
            return Some(TableName::Known(member.to_owned()));
        }
        if let Some(name) = from.strip_prefix("static:") {
            return Some(TableName::Known(name.to_owned()));
        }
        if from == "unknown" {
            return Some(TableName::Unknown);
        }
        if let Some(at) = from.strip_prefix("model:") {
            return Some(self.model_table(at, args));
        }
        if let Some(value) = argument(args, from) {
            return Some(self.as_table(&value));
        }
        if let Some(name) = call.type_args.first() {
            return Some(TableName::Known(name.clone()));
        }
        own()
    }

    pub(super) fn as_table(&mut self, value: &Value) -> TableName {
        match &value.kind {
            Kind::Table(definition) => TableName::Defined(Rc::clone(definition)),
            Kind::Typed(typed) => typed.table.clone().unwrap_or(TableName::Unknown),
            Kind::Class(class) => self.class_table(class),
            Kind::Object(object) if object.class.is_some() => {
                object.class.as_ref().map_or(TableName::Unknown, |class| self.class_table(class))
            }
            Kind::List(items, _) => items.first().map_or(TableName::Unknown, |item| self.as_table(item)),
            Kind::Object(object) if object.entries.len() == 1 => {
                // knex: `{ alias: "table" }`
                object
                    .entries
                    .values()
                    .next()
                    .and_then(Value::known_text)
                    .map_or(TableName::Unknown, |t| TableName::Known(t.to_owned()))
            }
            Kind::Unknown(label)
                if label.starts_with(|c: char| c.is_ascii_uppercase())
                    && label.chars().all(char::is_alphanumeric) =>
            {
                // An entity or model class that stands in no file that was read.
                TableName::Known(label.to_string())
            }
            _ => value.known_text().map_or(TableName::Unknown, |text| {
                TableName::Known(text.split(" as ").next().unwrap_or(text).trim().to_owned())
            }),
        }
    }

    pub(super) fn columns_of(
        &self,
        action: &Action,
        operation: Operation,
        args: &[Value],
        map: Option<&TableDefinition>,
    ) -> Columns {
        if !matches!(operation, Operation::Insert | Operation::Update | Operation::Upsert) {
            return Columns::All;
        }
        if action.columns.is_empty() {
            return Columns::Unknown;
        }
        let mut names = Vec::new();
        let mut unknown = false;
        let mut found = false;
        for path in &action.columns {
            if path == "self" {
                // What it was made with.
                found = map.is_some();
                names.extend(map.iter().flat_map(|map| map.columns.keys().cloned()));
                continue;
            }
            let Some(value) = argument(args, path) else { continue };
            found = true;
            collect_columns(&value, &mut names, &mut unknown);
        }
        if unknown || !found {
            return Columns::Unknown;
        }
        let mut names: Vec<String> = names
            .into_iter()
            .map(|name| map.and_then(|m| m.columns.get(&name).cloned()).unwrap_or(name))
            .collect();
        names.sort();
        names.dedup();
        Columns::Listed(names)
    }
}

pub(super) fn name_of(table: Option<&TableName>) -> (Table, Option<Rc<TableDefinition>>) {
    match table {
        Some(TableName::Known(name)) => (Table::Named(name.clone()), None),
        Some(TableName::Defined(definition)) => {
            let named = definition.name.clone().map_or(Table::Unknown, Table::Named);
            (named, Some(Rc::clone(definition)))
        }
        Some(TableName::Unknown) | None => (Table::Unknown, None),
    }
}

pub(super) fn collect_columns(value: &Value, names: &mut Vec<String>, unknown: &mut bool) {
    match &value.kind {
        Kind::Object(object) => {
            *unknown |= object.open;
            names.extend(
                object
                    .entries
                    .iter()
                    .filter(|(_, v)| !matches!(v.kind, Kind::Undefined))
                    .map(|(k, _)| k.clone()),
            );
        }
        Kind::List(items, open) => {
            *unknown |= *open && items.is_empty();
            for item in items.iter() {
                collect_columns(item, names, unknown);
            }
        }
        Kind::Text(text) => match text.as_known() {
            Some(name) => names.push(name.to_owned()),
            None => *unknown = true,
        },
        _ => *unknown = true,
    }
}

/// The column that a builder in a table definition names: `integer("monthly_cents")`.
pub(super) fn column_name(field: &str, value: &Value) -> String {
    match &value.kind {
        Kind::Typed(typed) => match &typed.table {
            Some(TableName::Known(name)) => name.clone(),
            _ => field.to_owned(),
        },
        Kind::Object(object) => object
            .entries
            .get("field")
            .or_else(|| object.entries.get("name"))
            .and_then(Value::known_text)
            .unwrap_or(field)
            .to_owned(),
        _ => value.known_text().unwrap_or(field).to_owned(),
    }
}

/// Prisma writes through relations: `data: { author: { create: {…} } }` inserts into another table.
/// The relation's name stands for its model; the schema resolves it later.
pub(super) fn nested_writes(value: &Value, effects: &mut Vec<Effect>, depth: usize) {
    if depth > 8 {
        return;
    }
    match &value.kind {
        Kind::List(items, _) => items.iter().for_each(|item| nested_writes(item, effects, depth + 1)),
        Kind::Object(object) => {
            for (field, inner) in &object.entries {
                let Kind::Object(operations) = &inner.kind else { continue };
                for (name, given) in &operations.entries {
                    let found: &[Operation] = match name.as_str() {
                        "create" | "createMany" => &[Operation::Insert],
                        "connectOrCreate" => &[Operation::Insert],
                        "update" | "updateMany" => &[Operation::Update],
                        "upsert" => &[Operation::Upsert],
                        "delete" | "deleteMany" => &[Operation::Delete],
                        _ => &[],
                    };
                    for operation in found {
                        let mut names = Vec::new();
                        let mut unknown = false;
                        for data in data_of(name, given) {
                            collect_columns(&data, &mut names, &mut unknown);
                            nested_writes(&data, effects, depth + 1);
                        }
                        names.sort();
                        names.dedup();
                        let columns = match operation {
                            Operation::Delete => Columns::All,
                            _ if unknown => Columns::Unknown,
                            _ => Columns::Listed(names),
                        };
                        let effect = Effect {
                            operation: *operation,
                            table: Table::Named(format!(".{field}")),
                            columns,
                        };
                        if !effects.contains(&effect) {
                            effects.push(effect);
                        }
                    }
                }
            }
        }
        _ => {}
    }
}

pub(super) fn data_of(name: &str, given: &Value) -> Vec<Value> {
    let key = |object: &crate::reach::value::Object, key: &str| object.entries.get(key).cloned();
    match &given.kind {
        Kind::List(items, _) => items.iter().flat_map(|item| data_of(name, item)).collect(),
        Kind::Object(object) => match name {
            "createMany" | "updateMany" => key(object, "data").into_iter().collect(),
            "update" => vec![key(object, "data").unwrap_or_else(|| given.clone())],
            "connectOrCreate" => key(object, "create").into_iter().collect(),
            "upsert" => key(object, "create").into_iter().chain(key(object, "update")).collect(),
            "create" => vec![given.clone()],
            _ => Vec::new(),
        },
        _ => vec![given.clone()],
    }
}
