//! Replays migrations, to know which columns and types a table has when the next one comes.

use std::collections::{BTreeMap, BTreeSet};

use super::change::{Change, Step};
use super::column_type::{Enums, narrows};
use super::statement::Reader;
use super::{Found, SqlDialect};
use crate::words::effect::{Columns, Destructive, Effect, Operation, Table};
use crate::words::span::Span;

/// Tables with their columns, as far as the migrations told.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    /// Name as first written, to column, to type.
    pub tables: BTreeMap<String, BTreeMap<String, String>>,
    /// Folded name to the key in `tables`.
    names: BTreeMap<String, String>,
    enums: Enums,
}

/// What a file says about the tables that it makes, needed before it is replayed.
#[derive(Default)]
struct Plan {
    created: BTreeSet<String>,
    /// Folded old table to (new table, copied columns).
    copies: BTreeMap<String, (String, Vec<String>)>,
    /// Folded (from, to) of every rename.
    renames: BTreeSet<(String, String)>,
}

fn fold(name: &str) -> String {
    name.to_ascii_lowercase()
}

impl Catalog {
    /// Replays a file; returns what it destroys, given what was there before.
    pub fn apply(&mut self, sql: &str, dialect: Option<SqlDialect>) -> Vec<Found> {
        let mut reader = Reader::new(dialect);
        reader.text(sql, &[], 0);
        let mut found = self.follow(reader.steps, dialect);
        found.retain(|found| found.destructive.is_some());
        found
    }

    #[must_use]
    pub fn table(&self, name: &str) -> Option<&BTreeMap<String, String>> {
        self.names.get(&fold(name)).and_then(|key| self.tables.get(key))
    }

    fn table_mut(&mut self, name: &str) -> Option<&mut BTreeMap<String, String>> {
        self.names.get(&fold(name)).and_then(|key| self.tables.get_mut(key))
    }

    fn put(&mut self, name: &str, columns: BTreeMap<String, String>) {
        self.take(name);
        self.names.insert(fold(name), name.to_owned());
        self.tables.insert(name.to_owned(), columns);
    }

    fn take(&mut self, name: &str) -> Option<BTreeMap<String, String>> {
        self.names.remove(&fold(name)).and_then(|key| self.tables.remove(&key))
    }

    /// Goes through the steps of one file; the effects come out with what they destroy settled.
    pub(super) fn follow(&mut self, steps: Vec<Step>, dialect: Option<SqlDialect>) -> Vec<Found> {
        let plan = Plan::of(&steps);
        let mut mine: BTreeSet<String> = BTreeSet::new();
        let mut out: Vec<Found> = Vec::new();
        for step in steps {
            match step {
                Step::Found(found) => out.push(found),
                Step::Change(change) => self.change(change, &plan, &mut mine, &mut out, dialect),
            }
        }
        out
    }

    fn change(
        &mut self,
        change: Change,
        plan: &Plan,
        mine: &mut BTreeSet<String>,
        out: &mut Vec<Found>,
        dialect: Option<SqlDialect>,
    ) {
        match change {
            Change::CreateTable { name, columns, maybe } => {
                let known = self.table(&name).is_some();
                if !maybe && !known {
                    mine.insert(fold(&name));
                }
                if !(maybe && known) {
                    self.put(&name, columns.into_iter().collect());
                }
            }
            Change::DropTable { name, span } => {
                let last =
                    out.iter_mut().rev().find(|found| found.span == span && found.destructive.is_some());
                let made_here = mine.remove(&fold(&name));
                let kept = plan.successor(&name).filter(|_| self.table(&name).is_some());
                if let Some(found) = last.filter(|_| made_here || kept.is_some()) {
                    found.destructive = None;
                }
                if let Some((successor, copied)) = kept.filter(|_| !made_here) {
                    self.compare(&name, successor, copied, span, out, dialect);
                }
                self.take(&name);
            }
            Change::RenameTable { from, to } => {
                if let Some(columns) = self.take(&from) {
                    self.put(&to, columns);
                }
                if mine.remove(&fold(&from)) {
                    mine.insert(fold(&to));
                }
            }
            Change::AddColumn { table, column, ty } => {
                if let Some(columns) = self.table_mut(&table) {
                    columns.insert(column, ty);
                }
            }
            Change::DropColumn { table, column } => {
                if let Some(columns) = self.table_mut(&table) {
                    columns.retain(|name, _| !name.eq_ignore_ascii_case(&column));
                }
            }
            Change::RenameColumn { table, from, to } => {
                if let Some(columns) = self.table_mut(&table)
                    && let Some(key) = columns.keys().find(|name| name.eq_ignore_ascii_case(&from)).cloned()
                    && let Some(ty) = columns.remove(&key)
                {
                    columns.insert(to, ty);
                }
            }
            Change::SetType { table, column, ty, span } => {
                self.set_type(table, column, ty, span, out, dialect);
            }
            Change::CreateEnum { name, values } => {
                self.enums.insert(fold(&name), values);
            }
            Change::AddEnumValue { name, value } => self.enums.entry(fold(&name)).or_default().push(value),
            Change::RenameType { from, to } => self.rename_type(&from, &to),
            Change::DropType { name } => {
                self.enums.remove(&fold(&name));
            }
            Change::CopyRows { .. } => {}
        }
    }

    fn rename_type(&mut self, from: &str, to: &str) {
        if let Some(values) = self.enums.remove(&fold(from)) {
            self.enums.insert(fold(to), values);
        }
        for ty in self.tables.values_mut().flat_map(BTreeMap::values_mut) {
            if ty.eq_ignore_ascii_case(from) {
                to.clone_into(ty);
            }
        }
    }

    fn set_type(
        &mut self,
        table: Option<String>,
        column: String,
        ty: String,
        span: Span,
        out: &mut Vec<Found>,
        dialect: Option<SqlDialect>,
    ) {
        let columns = table.as_deref().and_then(|name| self.table(name));
        let old = columns.and_then(|c| c.iter().find(|(name, _)| name.eq_ignore_ascii_case(&column)));
        let narrower = narrows(old.map(|(_, ty)| ty.as_str()), &ty, &self.enums, dialect);
        let key = old.map_or_else(|| column.clone(), |(name, _)| name.clone());
        if narrower {
            let named = table.clone().map_or(Table::Unknown, Table::Named);
            out.push(narrowed(named, column, span));
        }
        if let Some(columns) = table.and_then(|name| self.table_mut(&name)) {
            columns.insert(key, ty);
        }
    }

    /// A table is dropped after its rows went into another one, which takes its name.
    fn compare(
        &self,
        old: &str,
        new: &str,
        copied: &[String],
        span: Span,
        out: &mut Vec<Found>,
        dialect: Option<SqlDialect>,
    ) {
        let (Some(before), Some(after)) = (self.table(old), self.table(new)) else { return };
        // The new table bears the old one's name in the end; messages speak of that.
        let shown = if fold(old).starts_with(&fold(new)) { new } else { old };
        for (column, ty) in before {
            let same = |name: &str| name.eq_ignore_ascii_case(column);
            match after.iter().find(|(name, _)| same(name)) {
                Some((_, now)) if copied.iter().any(|name| same(name)) => {
                    if narrows(Some(ty), now, &self.enums, dialect) {
                        out.push(narrowed(Table::Named(shown.to_owned()), column.clone(), span));
                    }
                }
                _ => out.push(Found {
                    effect: Effect {
                        operation: Operation::Drop,
                        table: Table::Named(shown.to_owned()),
                        columns: Columns::Listed(vec![column.clone()]),
                    },
                    span,
                    destructive: Some(Destructive::DropColumn),
                }),
            }
        }
    }
}

fn narrowed(table: Table, column: String, span: Span) -> Found {
    Found {
        effect: Effect { operation: Operation::Alter, table, columns: Columns::Listed(vec![column]) },
        span,
        destructive: Some(Destructive::NarrowType),
    }
}

impl Plan {
    fn of(steps: &[Step]) -> Self {
        let mut plan = Self::default();
        for step in steps {
            match step {
                Step::Change(Change::CreateTable { name, maybe: false, .. }) => {
                    plan.created.insert(fold(name));
                }
                Step::Change(Change::CopyRows { to, columns, from, whole: true }) => {
                    plan.copies.insert(fold(from), (to.clone(), columns.clone()));
                }
                Step::Change(Change::RenameTable { from, to }) => {
                    plan.renames.insert((fold(from), fold(to)));
                }
                _ => {}
            }
        }
        plan
    }

    /// The table that takes the place of a dropped one, and the columns whose values it took.
    fn successor(&self, dropped: &str) -> Option<(&str, &[String])> {
        let (to, columns) = self.copies.get(&fold(dropped))?;
        let (old, new) = (fold(dropped), fold(to));
        // Either the new table is renamed to the old name, or the old one was moved out of its way.
        let fits = self.renames.contains(&(new.clone(), old));
        (self.created.contains(&new) && fits).then_some((to.as_str(), columns.as_slice()))
    }
}

#[cfg(test)]
mod tests;
