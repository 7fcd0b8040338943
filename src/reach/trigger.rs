//! The words for which a file is looked at more closely: every byte of the repository is searched once for
//! all of them, so that what names nothing need not be parsed.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use crate::knowledge;
use crate::lang::Kind;

/// Words that tell that a call could be a write through a client made elsewhere.
const METHOD_WORDS: [&str; 47] = [
    "get_or_create",
    "update_or_create",
    "bulk_create",
    "bulk_update",
    ".add(",
    ".commit(",
    "create_all(",
    "drop_all(",
    "deleteMany",
    "updateMany",
    "createMany",
    ".delete(",
    ".update(",
    ".create(",
    ".upsert(",
    ".insert(",
    ".save(",
    ".destroy(",
    ".query(",
    ".execute(",
    ".truncate(",
    ".raw(",
    "executeRaw",
    "queryRaw",
    ".add_all(",
    ".merge(",
    ".acreate(",
    ".aupdate(",
    ".adelete(",
    ".asave(",
    "_raw_delete(",
    "_model(",
    ".delete_by_id(",
    ".delete_instance(",
    ".insert_many(",
    ".insert_one(",
    ".update_one(",
    ".update_many(",
    ".delete_one(",
    ".delete_many(",
    ".executemany(",
    ".del(",
    "insertInto(",
    "updateTable(",
    "deleteFrom(",
    "replaceInto(",
    ".bulkCreate(",
];

/// What a text holds of these words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Touch {
    /// It names a library, a tool or the variable of a database. Nothing behind such a word was searched.
    pub names: bool,
    /// It has a call that could be a write through somebody else's client.
    pub calls: bool,
}

impl Touch {
    #[must_use]
    pub fn any(self) -> bool {
        self.names || self.calls
    }
}

/// What a text of this kind holds.
#[must_use]
pub fn touch(text: &str, kind: Kind) -> Touch {
    /// As they are written, and in any case for languages that know none.
    static SEARCHERS: [OnceLock<Option<AhoCorasick>>; 2] = [OnceLock::new(), OnceLock::new()];
    let folded = matches!(kind, Kind::PowerShell | Kind::Batch);
    let named = knowledge::triggers();
    let Some(words) = SEARCHERS[usize::from(folded)].get_or_init(|| searcher(named, folded)) else {
        // Without a search everything is looked at.
        return Touch { names: true, calls: true };
    };
    let mut calls = false;
    for found in words.find_iter(text) {
        if found.pattern().as_usize() < named.len() {
            return Touch { names: true, calls };
        }
        calls = true;
    }
    Touch { names: false, calls }
}

fn searcher(named: &[String], folded: bool) -> Option<AhoCorasick> {
    let calls = METHOD_WORDS.iter().copied();
    AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::DFA))
        .ascii_case_insensitive(folded)
        .build(named.iter().map(String::as_str).chain(calls))
        .ok()
}
