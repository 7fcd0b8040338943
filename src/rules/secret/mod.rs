//! Rules on the text of every file: nothing that opens production is in the repository.

pub mod database_url;
pub mod default_password;
mod joined;
mod marks;
mod settings;

use self::marks::Marks;
use crate::words::finding::Finding;
use crate::words::span::{FileId, Place, Span};

/// What a scanner found: where, and the sentence to say. Never with the secret in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    pub span: Span,
    pub message: String,
}

/// Both rules on one file. Runs on every text file, so that a file without a trigger costs one
/// search of its bytes.
#[must_use]
pub fn check(file: FileId, path: &str, text: &str) -> Vec<Finding> {
    let marks = Marks::of(text);
    let urls = database_url::scan(path, text, &marks)
        .into_iter()
        .map(|hit| (database_url::ID, database_url::HELP, hit));
    let settings = settings::scan(path, text, &marks).into_iter();
    let passwords = default_password::scan(path, text, &marks).into_iter();
    urls.chain(settings.map(|hit| (database_url::ID, settings::HELP, hit)))
        .chain(passwords.map(|hit| (default_password::ID, default_password::HELP, hit)))
        .map(|(rule, help, hit)| Finding::new(rule, Place { file, span: hit.span }, hit.message, help))
        .collect()
}

/// By its path the file belongs to tests, where made-up passwords are at home.
fn is_test(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or(&lower);
    let folders = [
        "test",
        "tests",
        "__tests__",
        "__mocks__",
        "spec",
        "specs",
        "fixtures",
        "e2e",
        "cypress",
        "testdata",
    ];
    lower.split('/').rev().skip(1).any(|part| folders.contains(&part))
        || [".test.", ".spec.", "_test.", "_spec.", ".cy."].iter().any(|part| name.contains(part))
        || ["cypress.config.", "playwright.config.", "cypress.env."].iter().any(|part| name.starts_with(part))
        || name.starts_with("test_")
        || name == "tests.rs"
}

/// Only marks that stand for something: `xxx`, `****`, `...`.
fn is_blank(text: &str) -> bool {
    let mut chars = text.chars();
    let Some(first) = chars.next() else { return true };
    let same = chars.clone().all(|c| c.eq_ignore_ascii_case(&first));
    same && (matches!(first, 'x' | 'X') && text.len() >= 2 || !first.is_alphanumeric())
}
