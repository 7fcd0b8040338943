//! What a statement does to the schema, beside its effect: what the catalog replays.

use super::Found;
use crate::words::span::Span;

/// One thing that happens, in order: an effect, a change of the schema, or both.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Found(Found),
    Change(Change),
}

#[derive(Clone, Debug)]
pub(super) enum Change {
    CreateTable {
        name: String,
        columns: Vec<(String, String)>,
        /// `IF NOT EXISTS`: it may have been there before, with rows.
        maybe: bool,
    },
    /// The finding for the drop was the step before.
    DropTable {
        name: String,
        span: Span,
    },
    RenameTable {
        from: String,
        to: String,
    },
    AddColumn {
        table: String,
        column: String,
        ty: String,
    },
    DropColumn {
        table: String,
        column: String,
    },
    RenameColumn {
        table: String,
        from: String,
        to: String,
    },
    /// The type becomes another; whether it narrows, only the catalog can say.
    SetType {
        table: Option<String>,
        column: String,
        ty: String,
        span: Span,
    },
    CreateEnum {
        name: String,
        values: Vec<String>,
    },
    AddEnumValue {
        name: String,
        value: String,
    },
    RenameType {
        from: String,
        to: String,
    },
    DropType {
        name: String,
    },
    /// `INSERT INTO to (columns) SELECT … FROM from`; `whole` when no row is left out.
    CopyRows {
        to: String,
        columns: Vec<String>,
        from: String,
        whole: bool,
    },
}
