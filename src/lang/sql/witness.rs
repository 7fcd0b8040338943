//! The second witness: real grammars, asked where the reader of tokens found nothing.

use sqlparser::ast::Statement;
use sqlparser::dialect::{Dialect, GenericDialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;
use squawk_syntax::{SourceFile, SyntaxKind};

use super::SqlDialect;
use super::statement::span_text;
use super::token::{Token, TokenKind};

/// What a recursive parser may be given.
const MAX_NESTING: usize = 100;
const MAX_TOKENS: usize = 20_000;

fn is_fit(tokens: &[Token<'_>]) -> bool {
    let mut depth = 0_usize;
    let mut deepest = 0;
    for token in tokens {
        match token.kind {
            TokenKind::Open => depth += 1,
            TokenKind::Close => depth = depth.saturating_sub(1),
            // Anything else that a grammar may recurse on.
            _ if token.is_any(&["not", "case", "select"]) || token.is_sign("-") || token.is_sign("[") => {
                deepest += usize::from(tokens.len() > 2000);
            }
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest <= MAX_NESTING && tokens.len() <= MAX_TOKENS
}

/// A grammar sees a write in a statement in which the reader saw none.
pub(super) fn contradicts(tokens: &[Token<'_>]) -> bool {
    let leads = tokens
        .first()
        .is_some_and(|t| t.kind == TokenKind::Open || t.is_any(&["select", "with", "values", "table"]));
    let suspicious =
        tokens.iter().skip(1).any(|t| t.is_any(&["insert", "update", "delete", "merge", "truncate"]));
    if !leads || !suspicious || !is_fit(tokens) {
        return false;
    }
    let parse = SourceFile::parse(&span_text(tokens));
    parse.syntax_node().descendants().any(|node| {
        matches!(
            node.kind(),
            SyntaxKind::INSERT | SyntaxKind::UPDATE | SyntaxKind::DELETE | SyntaxKind::TRUNCATE
        )
    })
}

/// A statement whose first word is not known is a query in one of the dialects.
pub(super) fn is_query(tokens: &[Token<'_>], dialect: Option<SqlDialect>) -> bool {
    if !is_fit(tokens) {
        return false;
    }
    let text = span_text(tokens);
    let dialects: [(Option<SqlDialect>, &dyn Dialect); 4] = [
        (Some(SqlDialect::Postgres), &PostgreSqlDialect {}),
        (Some(SqlDialect::MySql), &MySqlDialect {}),
        (Some(SqlDialect::Sqlite), &SQLiteDialect {}),
        (None, &GenericDialect {}),
    ];
    dialects.iter().filter(|(of, _)| dialect.is_none() || *of == dialect).any(|(_, grammar)| {
        Parser::parse_sql(*grammar, &text).is_ok_and(|list| {
            !list.is_empty()
                && list
                    .iter()
                    .all(|s| matches!(s, Statement::ShowVariable { .. } | Statement::ExplainTable { .. }))
        })
    })
}
