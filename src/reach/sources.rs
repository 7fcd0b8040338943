//! The files of the analysed tree, lowered when something reaches them.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::lang::{self, Input, Kind, Lowered};
use crate::reach::trigger::touch;
use crate::words::entry::Entry;
use crate::words::flow::Unit;
use crate::words::span::{FileId, OffsetMap};

#[derive(Clone, Debug)]
pub struct SourceFile {
    pub path: String,
    pub kind: Kind,
    /// None where it could not be read as text; then `unreadable` says why.
    pub text: Option<Arc<str>>,
    pub unreadable: Option<String>,
    pub executable: bool,
    /// It holds a word that could matter. Of data that is only told when somebody asks.
    pub triggered: bool,
    lowered: OnceLock<Arc<Lowered>>,
    shape: OnceLock<Arc<[u8]>>,
    words: OnceLock<Arc<Words>>,
}

impl SourceFile {
    #[must_use]
    pub fn new(path: String, kind: Kind, text: Option<Arc<str>>) -> Self {
        Self {
            path,
            kind,
            text,
            unreadable: None,
            executable: false,
            triggered: false,
            lowered: OnceLock::new(),
            shape: OnceLock::new(),
            words: OnceLock::new(),
        }
    }

    #[must_use]
    pub fn is_triggered(&self) -> bool {
        self.triggered
            || self.kind == Kind::Config
                && self.text.as_deref().is_some_and(|text| touch(text, self.kind).any())
    }

    #[must_use]
    pub fn lowered(&self) -> &Arc<Lowered> {
        self.lowered.get_or_init(|| {
            let map = OffsetMap::identity();
            let Some(text) = &self.text else { return Arc::new(Lowered::default()) };
            Arc::new(lang::lower(self.kind, Input { path: &self.path, text, map: &map }))
        })
    }

    /// What it says, without comments and formatting; empty where only its text can tell.
    #[must_use]
    pub fn shape(&self) -> &[u8] {
        self.shape.get_or_init(|| {
            let map = OffsetMap::identity();
            let text = self.text.as_deref().unwrap_or_default();
            Arc::from(lang::shape(self.kind, Input { path: &self.path, text, map: &map }))
        })
    }

    fn words(&self) -> &Words {
        self.words.get_or_init(|| Arc::new(Words::of(self.text.as_deref().unwrap_or_default())))
    }

    /// Something of this name may stand in its text; surely not where this says no.
    #[must_use]
    pub fn mentions(&self, name: &str) -> bool {
        if name.bytes().all(is_of_word) {
            return self.words().has(name);
        }
        self.text.as_deref().is_some_and(|text| text.contains(name))
    }

    /// It exports whatever another module does.
    #[must_use]
    pub fn passes_all_on(&self) -> bool {
        self.words().passes_all_on
    }

    /// It was parsed, because it holds a trigger or because something reached it.
    #[must_use]
    pub fn was_lowered(&self) -> bool {
        self.lowered.get().is_some()
    }

    /// Folder of the file, `.` for the root.
    #[must_use]
    pub fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or(".", |(folder, _)| folder)
    }
}

#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// Sorted by path; a [`FileId`] is the index.
    pub files: Vec<SourceFile>,
    by_path: FxHashMap<String, FileId>,
    /// Links, and the path of the repository that each leads to; None where it leads out.
    links: BTreeMap<String, Option<String>>,
    /// First parts of the paths of links: most paths go through none.
    linked: FxHashSet<String>,
}

/// Which words a text holds, read once, so that asking for one name after another costs nothing. A word leaves
/// one bit, so that now and then one seems to be there that is not.
#[derive(Clone, Debug)]
struct Words {
    bits: Vec<u64>,
    /// `export *`
    passes_all_on: bool,
}

/// Bits for each byte of a text: one word in forty or so is then believed to be there for nothing.
const BITS_A_BYTE: usize = 4;

impl Words {
    fn of(text: &str) -> Self {
        let words = (text.len() * BITS_A_BYTE / 64).next_power_of_two();
        let mut out = Self { bits: vec![0; words], passes_all_on: false };
        let mut hash = 0;
        for &byte in text.as_bytes() {
            if is_of_word(byte) {
                hash = hash_with(hash, byte);
            } else if hash != 0 {
                out.set(hash);
                hash = 0;
            }
        }
        out.set(hash);
        let star = |at: usize| text[at + EXPORT.len()..].trim_start().starts_with('*');
        out.passes_all_on = out.has(EXPORT) && memchr::memmem::find_iter(text.as_bytes(), EXPORT).any(star);
        out
    }

    fn place(&self, hash: u64) -> (usize, u64) {
        // The upper bits of a product are those that depend on all of the word.
        let bit = (hash >> 16) as usize & (self.bits.len() * 64 - 1);
        (bit / 64, 1 << (bit % 64))
    }

    fn set(&mut self, hash: u64) {
        let (at, bit) = self.place(hash);
        self.bits[at] |= bit;
    }

    fn has(&self, word: &str) -> bool {
        let (at, bit) = self.place(word.bytes().fold(0, hash_with));
        self.bits[at] & bit != 0
    }
}

const EXPORT: &str = "export";

fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | 0x80..)
}

fn hash_with(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn first_part(path: &str) -> &str {
    path.split('/').next().unwrap_or(path)
}

/// Links that lead to links: more than any repository has.
const LINKS: usize = 8;

impl Sources {
    #[must_use]
    pub fn new(mut files: Vec<SourceFile>) -> Self {
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let by_path = files
            .iter()
            .enumerate()
            .map(|(at, file)| (file.path.clone(), FileId(u32::try_from(at).unwrap_or(u32::MAX))))
            .collect();
        Self { files, by_path, ..Self::default() }
    }

    /// The same, with links to files and folders.
    #[must_use]
    pub fn with_links(files: Vec<SourceFile>, links: BTreeMap<String, Option<String>>) -> Self {
        let linked = links.keys().map(|path| first_part(path).to_owned()).collect();
        Self { links, linked, ..Self::new(files) }
    }

    /// The file at a path. Links are followed; what lies behind one that leads out of the repository
    /// is the link itself, which cannot be read.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<FileId> {
        let Some(mut link) = self.link_on(path) else { return self.by_path.get(path).copied() };
        let mut path = path.to_owned();
        for _ in 0..LINKS {
            let (end, target) = link;
            let Some(target) = target else { return self.by_path.get(path.get(..end)?).copied() };
            let rest = path.get(end..)?;
            path = if target == "." {
                rest.trim_start_matches('/').to_owned()
            } else {
                format!("{target}{rest}")
            };
            match self.link_on(&path) {
                Some(next) => link = next,
                None => return self.by_path.get(&path).copied(),
            }
        }
        None
    }

    /// The first link that a path goes through: where it ends in the path, and where it leads to.
    fn link_on(&self, path: &str) -> Option<(usize, Option<&str>)> {
        if self.linked.is_empty() || !self.linked.contains(first_part(path)) {
            return None;
        }
        let mut ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        ends.find_map(|end| Some((end, self.links.get(path.get(..end)?)?.as_deref())))
    }

    /// Paths of all links.
    pub fn links(&self) -> impl Iterator<Item = &str> {
        self.links.keys().map(String::as_str)
    }

    /// The same file with another text; gives the file that was there.
    pub fn overlay(&mut self, id: FileId, text: &str) -> SourceFile {
        let file = &mut self.files[id.index()];
        let mut other = SourceFile::new(file.path.clone(), file.kind, Some(Arc::from(text)));
        (other.executable, other.triggered) = (file.executable, true);
        std::mem::replace(file, other)
    }

    /// Takes an overlay away again.
    pub fn restore(&mut self, id: FileId, file: SourceFile) {
        self.files[id.index()] = file;
    }

    #[must_use]
    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.index()]
    }

    #[must_use]
    pub fn path(&self, id: FileId) -> &str {
        &self.file(id).path
    }

    pub fn ids(&self) -> impl Iterator<Item = FileId> + use<> {
        (0..self.files.len()).map(|at| FileId(u32::try_from(at).unwrap_or(u32::MAX)))
    }
}

/// A unit, wherever it is kept.
#[derive(Clone, Debug)]
pub enum UnitHandle {
    File(Arc<Lowered>),
    Entry(Arc<Lowered>, usize),
    Step(Arc<Lowered>, usize, usize),
    Snippet(Arc<Unit>),
}

impl UnitHandle {
    #[must_use]
    pub fn unit(&self) -> Option<&Unit> {
        match self {
            Self::File(lowered) => lowered.unit.as_ref(),
            Self::Snippet(unit) => Some(unit),
            _ => self.entry().map(|entry| &entry.unit),
        }
    }

    #[must_use]
    pub fn entry(&self) -> Option<&Entry> {
        match self {
            Self::Entry(lowered, at) => lowered.entries.get(*at),
            Self::Step(lowered, job, step) => {
                lowered.pipeline.as_ref()?.jobs.get(*job)?.steps.get(*step)?.run.as_ref()
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> SourceFile {
        SourceFile::new("a.ts".to_owned(), Kind::JavaScript, Some(Arc::from(text)))
    }

    #[test]
    fn every_word_of_a_text_is_mentioned() {
        let text = "import { db as $database } from './größe'\nexport const x_1 = db['a-b']";
        let file = file(text);
        for word in ["import", "db", "$database", "größe", "export", "x_1", "a", "b", "a-b"] {
            assert!(file.mentions(word), "{word}");
        }
        assert!(!file.mentions("a-c"));
    }

    #[test]
    fn few_words_seem_to_be_there_that_are_not() {
        let lines: Vec<String> = (0..2_000).map(|n| format!("const held{n} = make{n}();")).collect();
        let text = lines.join("\n");
        let file = file(&text);
        let seem = (0..2_000).filter(|n| file.mentions(&format!("other{n}"))).count();
        assert!(seem < 100, "{seem} of 2,000");
    }

    #[test]
    fn a_module_that_passes_all_on_is_seen() {
        for text in ["export * from './a'", "export  *\n as b from './a'", "export*from'./a'"] {
            assert!(file(text).passes_all_on(), "{text}");
        }
        assert!(!file("export { a } from './a' // *").passes_all_on());
        assert!(!file("").passes_all_on());
    }
}
