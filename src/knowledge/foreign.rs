//! Finds what a call of Ruby, PHP or Go does: the files of `rules/knowledge/foreign/`.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::words::effect::Operation;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ForeignFile {
    pub language: String,
    /// Names that begin with a capital and are no models.
    pub not: Vec<String>,
    pub call: Vec<ForeignCall>,
    pub sample: Vec<ForeignSample>,
}

/// What calls of these names do, on these receivers. The first that fits counts.
#[expect(clippy::struct_excessive_bools, reason = "each is a key of the data that stands alone")]
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ForeignCall {
    pub methods: Vec<String>,
    /// `<any>`, `<function>` (no receiver), `<value>` (any receiver that is no constant), `<model>` (a
    /// constant that is none of `not`), `<record>` (both), `<new>` (an object is made), `<query>` (a
    /// query builder on a table), `<gorm>`; else a name in the chain. `=X`: X itself.
    pub on: Vec<String>,
    pub effects: Vec<Operation>,
    /// An argument is SQL.
    pub sql: bool,
    /// Only where an argument reads as SQL.
    pub if_sql: bool,
    /// SQL that nobody knows is taken for a question.
    pub reads: bool,
    /// The arguments are a command.
    pub command: bool,
    /// The arguments are words of this tool.
    pub tool: Option<String>,
    /// It gives the text of a file.
    pub file: bool,
    pub serves: bool,
    /// The file holds one of these words.
    pub needs: Vec<String>,
}

/// A program that shows the table right.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ForeignSample {
    pub source: String,
    /// How the message begins; none where it must be silent.
    pub effects: Vec<String>,
}

const FILES: [&str; 3] = [
    include_str!("../../rules/knowledge/foreign/ruby.toml"),
    include_str!("../../rules/knowledge/foreign/php.toml"),
    include_str!("../../rules/knowledge/foreign/go.toml"),
];

#[must_use]
pub fn files() -> &'static [ForeignFile] {
    static PARSED: LazyLock<Vec<ForeignFile>> =
        LazyLock::new(|| FILES.iter().map(|text| toml::from_str(text).unwrap_or_default()).collect());
    &PARSED
}

/// What is known of a language.
#[must_use]
pub fn of(language: &str) -> Option<&'static ForeignFile> {
    files().iter().find(|file| file.language == language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_parses_and_has_samples_of_both_kinds() {
        for text in FILES {
            let file: ForeignFile = toml::from_str(text).unwrap_or_else(|error| panic!("{error}"));
            assert!(file.sample.iter().any(|sample| sample.effects.is_empty()), "{}", file.language);
            assert!(file.sample.iter().any(|sample| !sample.effects.is_empty()), "{}", file.language);
        }
    }
}
