//! What a surface does to a database.

use serde::{Deserialize, Serialize};

/// The operations of the contract. `select` is never an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    Insert,
    Update,
    Upsert,
    Delete,
    Truncate,
    Drop,
    Create,
    Alter,
    Grant,
    RawSql,
    BulkImport,
}

impl Operation {
    pub const ALL: [Self; 11] = [
        Self::Insert,
        Self::Update,
        Self::Upsert,
        Self::Delete,
        Self::Truncate,
        Self::Drop,
        Self::Create,
        Self::Alter,
        Self::Grant,
        Self::RawSql,
        Self::BulkImport,
    ];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Upsert => "upsert",
            Self::Delete => "delete",
            Self::Truncate => "truncate",
            Self::Drop => "drop",
            Self::Create => "create",
            Self::Alter => "alter",
            Self::Grant => "grant",
            Self::RawSql => "raw-sql",
            Self::BulkImport => "bulk-import",
        }
    }

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|op| op.name() == name)
    }
}

/// Which table an effect changes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// The name as the source says it: a database table, or an ORM model that the schema maps to one.
    Named(String),
    /// The effect is on a table, but which one only the run knows.
    Unknown,
    /// The effect is not on one table (a whole database, a schema, a role).
    None,
}

/// Which columns an effect writes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Columns {
    /// These, as the source names them.
    Listed(Vec<String>),
    /// Some, and the source does not say which (`data: row`, `INSERT INTO t SELECT *`).
    Unknown,
    /// Columns do not matter (delete, drop, truncate, create …).
    All,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Effect {
    pub operation: Operation,
    pub table: Table,
    pub columns: Columns,
}

impl Effect {
    #[must_use]
    pub fn on(operation: Operation, table: Table) -> Self {
        Self { operation, table, columns: Columns::All }
    }

    /// A short name for messages: `update services(name, price)`.
    #[must_use]
    pub fn describe(&self) -> String {
        let mut out = self.operation.name().to_owned();
        match &self.table {
            Table::Named(name) => {
                out.push(' ');
                out.push_str(name);
            }
            Table::Unknown => out.push_str(" a table that only the run knows"),
            Table::None => {}
        }
        if let Columns::Listed(columns) = &self.columns
            && !columns.is_empty()
        {
            out.push('(');
            out.push_str(&columns.join(", "));
            out.push(')');
        }
        out
    }
}

/// What a migration may not do without an allow entry: the operations of `[[migrations.allow]]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Destructive {
    DropDatabase,
    DropSchema,
    DropTable,
    DropColumn,
    DropType,
    Truncate,
    Delete,
    NarrowType,
}

impl Destructive {
    pub const ALL: [Self; 8] = [
        Self::DropDatabase,
        Self::DropSchema,
        Self::DropTable,
        Self::DropColumn,
        Self::DropType,
        Self::Truncate,
        Self::Delete,
        Self::NarrowType,
    ];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::DropDatabase => "drop-database",
            Self::DropSchema => "drop-schema",
            Self::DropTable => "drop-table",
            Self::DropColumn => "drop-column",
            Self::DropType => "drop-type",
            Self::Truncate => "truncate",
            Self::Delete => "delete",
            Self::NarrowType => "narrow-type",
        }
    }

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|op| op.name() == name)
    }
}
