//! A command line taken apart: which words are options, which are their values, what is left.

use crate::words::text::{Piece, Text};

/// An option as it was written, with its value where it has one.
#[derive(Debug)]
pub(super) struct Opt {
    pub(super) name: String,
    pub(super) word: usize,
    /// The word that holds the value, and the byte at which the value starts in it.
    pub(super) value: Option<(usize, usize)>,
    /// The data knows that this option takes a value; otherwise it is taken for a flag.
    pub(super) declared: bool,
}

#[derive(Debug, Default)]
pub(super) struct Scan {
    pub(super) options: Vec<Opt>,
    pub(super) positionals: Vec<usize>,
    pub(super) separator: Option<usize>,
}

impl Scan {
    pub(super) fn has(&self, name: &str) -> bool {
        self.options.iter().any(|opt| opt.name == name)
    }

    /// The values of any of these options, in the order in which they stand.
    pub(super) fn values<'a>(&'a self, names: &'a [String]) -> impl Iterator<Item = (usize, usize)> + 'a {
        self.options.iter().filter(|opt| names.contains(&opt.name)).filter_map(|opt| opt.value)
    }
}

/// The word at an index, as far as it is known from its start.
pub(super) fn lead(words: &[Text], index: usize) -> &str {
    words.get(index).map_or("", Text::prefix)
}

/// The word at an index, when all of it is known.
pub(super) fn whole(words: &[Text], index: usize) -> Option<&str> {
    words.get(index).and_then(Text::as_known)
}

/// The word is there and nothing of its beginning is known.
pub(super) fn is_hole(words: &[Text], index: usize) -> bool {
    words.get(index).is_some_and(|word| matches!(word.pieces().first(), Some(Piece::Hole { .. })))
}

/// `NAME=value`, the way a shell or `env` reads it.
pub(super) fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty()
            && !name.starts_with(|c: char| c.is_ascii_digit())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

/// The last part of a path, whose folders may be holes: `$BIN/psql` is `psql`.
pub(super) fn basename(word: &Text) -> Option<&str> {
    match word.pieces() {
        [Piece::Known(text)] => Some(text.rsplit(['/', '\\']).next().unwrap_or(text)),
        [.., Piece::Known(last)] => last.rsplit_once('/').map(|(_, name)| name),
        _ => None,
    }
}

/// Takes words apart from `start` on. `values` are the options that take a value (`-p?`: only one
/// in the same word, as mysql's password is written); `limit` stops
/// in front of the positional with that number, where another command begins.
pub(super) fn scan(words: &[Text], start: usize, values: &[String], limit: Option<usize>) -> Scan {
    let mut out = Scan::default();
    // `-tAc` is three options where a tool has no long options with one dash (`-url`).
    let is_long = |name: &&String| !name.starts_with("--") && !name.ends_with('?') && name.len() > 2;
    let bundles = !values.iter().any(|name| is_long(&name));
    let mut at = start;
    while at < words.len() {
        let word = lead(words, at);
        if word == "--" && out.separator.is_none() {
            out.separator = Some(at);
        } else if out.separator.is_none() && word.len() > 1 && word.starts_with('-') {
            at += option(words, at, values, bundles, &mut out.options);
            continue;
        } else {
            if limit.is_some_and(|limit| out.positionals.len() >= limit) {
                out.positionals.push(at);
                break;
            }
            out.positionals.push(at);
        }
        at += 1;
    }
    out
}

/// Reads the option at `at` and says how many words it took.
fn option(words: &[Text], at: usize, values: &[String], bundles: bool, out: &mut Vec<Opt>) -> usize {
    let word = lead(words, at);
    let next = words.get(at + 1).map(|_| (at + 1, 0));
    if let Some((name, _)) = word.split_once('=') {
        let declared = values.iter().any(|known| known == name);
        let value = Some((at, name.len() + 1));
        out.push(Opt { name: name.to_owned(), word: at, value, declared });
        return 1;
    }
    if values.iter().any(|known| known == word) {
        // `-c` followed by a hole inside the same word is `-c"$SQL"`.
        if words.get(at).is_some_and(|word| word.as_known().is_none()) {
            out.push(Opt { name: word.to_owned(), word: at, value: Some((at, word.len())), declared: true });
            return 1;
        }
        out.push(Opt { name: word.to_owned(), word: at, value: next, declared: true });
        return 2;
    }
    if bundles && !word.starts_with("--") && word.len() > 2 {
        for (offset, letter) in word.char_indices().skip(1) {
            let name = format!("-{letter}");
            let after = offset + letter.len_utf8();
            if values.contains(&format!("{name}?")) {
                out.push(Opt { name, word: at, value: Some((at, after)), declared: true });
                return 1;
            }
            if values.contains(&name) {
                let inside = after < word.len() || words.get(at).is_some_and(|w| w.as_known().is_none());
                let value = if inside { Some((at, after)) } else { next };
                out.push(Opt { name, word: at, value, declared: true });
                return if inside { 1 } else { 2 };
            }
            out.push(Opt { name, word: at, value: None, declared: false });
        }
        out.push(Opt { name: word.to_owned(), word: at, value: None, declared: false });
        return 1;
    }
    out.push(Opt { name: word.to_owned(), word: at, value: None, declared: false });
    1
}

/// The word from a byte on, holes and all.
pub(super) fn text_from(words: &[Text], word: usize, offset: usize) -> Text {
    let mut out = Text::default();
    let pieces = words.get(word).map_or(&[][..], Text::pieces);
    for (index, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Known(text) if index == 0 => out.push_known(text.get(offset..).unwrap_or("")),
            Piece::Known(text) => out.push_known(text),
            Piece::Hole { label } => out.push(&Text::hole(label.clone())),
        }
    }
    out
}

pub(super) fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}
