//! How deep a text nests at most, told before anything walks it by recursion.
//!
//! Both the parser and the lowering recurse. The estimate counts brackets, and whatever else can
//! nest without any (`a ? b : c ? …`, `!!!x`, `else if`), and is allowed to be too high. Brackets
//! are counted a second time without believing in quotes, since one in a string must neither hide
//! one outside nor the other way round.
//!
//! An operator directly between two names (`a+b`) is read in a loop, and only the tree behind it
//! grows with each: an image in a string has thousands of them, and needs little room.
//!
//! Who wants to can fool both at once (quotes in regular expressions hide what opens from the one,
//! brackets in strings close it for the other). So the estimate only tells what is surely too
//! deep; the stack follows [`most()`], which nothing can fool, and for a long text [`measured()`].

use std::cell::OnceCell;

/// What even the large stack cannot take for certain.
pub(super) const TOO_DEEP: usize = 12_000;

/// Brackets alone: nobody writes this many by hand.
const TOO_MANY_BRACKETS: usize = 800;

/// So many links of a chain (`a+b+c`) need the room of one level: they are not parsed by recursion,
/// and what walks the tree afterwards needs a small frame for each.
const LINKS_A_LEVEL: usize = 8;

/// How deep a text can be, as far as anybody had to ask.
pub(super) struct Depth<'t> {
    text: &'t str,
    most: Most,
    /// Where the most alone says too little.
    estimate: OnceCell<usize>,
    /// Without JSX, and with it: the two ways to read `<T>` are looked at apart, since what is a cast in one
    /// of them never ends in the other.
    measured: [OnceCell<usize>; 2],
}

impl<'t> Depth<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        Self { text, most: most(text), estimate: OnceCell::new(), measured: Default::default() }
    }

    /// How many levels the text with JSX, or without, has at most; none if they are too many.
    pub(super) fn levels(&self, jsx: bool) -> Option<usize> {
        let Most { levels, brackets } = self.most;
        if levels <= TOO_DEEP && brackets <= TOO_MANY_BRACKETS {
            return Some(levels);
        }
        let estimate = *self.estimate.get_or_init(|| estimate(self.text));
        if estimate > TOO_DEEP {
            return None;
        }
        if levels <= TOO_DEEP {
            return Some(levels);
        }
        let measured = self.measured[usize::from(jsx)]
            .get_or_init(|| measured(self.text, jsx).map_or(usize::MAX, |levels| levels.max(estimate)));
        Some(*measured).filter(|levels| *levels <= TOO_DEEP)
    }
}

/// What a text has that can nest, whatever is a string in it and whatever is not. Counted no further than one
/// more than what is too deep.
struct Most {
    /// No text nests deeper than this: it has no more bytes and words that can.
    levels: usize,
    /// How many of these are brackets that open.
    brackets: usize,
}

fn most(text: &str) -> Most {
    let bytes = text.as_bytes();
    let mut most = Most { levels: 0, brackets: 0 };
    let mut links = 0_usize;
    let mut at = 0_usize;
    while let Some(&byte) = bytes.get(at) {
        match CLASSES[usize::from(byte)] {
            Class::Nothing => at += 1,
            Class::Mark => {
                most.levels += 1;
                at += 1;
            }
            Class::Bracket => {
                most.levels += 1;
                most.brackets += 1;
                at += 1;
            }
            Class::Word => {
                let word = word_at(bytes, at);
                at += word.len();
                if nests(word) || heads(word) {
                    most.levels += 1;
                } else if links_on(bytes, at) {
                    links += 1;
                    at += 1;
                }
            }
        }
        if most.levels > TOO_DEEP {
            break;
        }
    }
    most.levels += links / LINKS_A_LEVEL;
    most
}

/// What a byte can be part of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Nothing,
    Word,
    Bracket,
    /// An operator, or something else that can stand between two levels.
    Mark,
}

const CLASSES: [Class; 256] = {
    let mut classes = [Class::Nothing; 256];
    let mut byte = 0_u8;
    loop {
        classes[byte as usize] = match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'$' | 0x80.. => Class::Word,
            b'(' | b'[' | b'{' => Class::Bracket,
            b'"' | b'\'' | b',' | b';' => Class::Nothing,
            _ if byte.is_ascii_punctuation() => Class::Mark,
            _ => Class::Nothing,
        };
        if byte == u8::MAX {
            break classes;
        }
        byte += 1;
    }
};

/// Behind a name stands an operator, and directly behind that another name.
fn links_on(bytes: &[u8], at: usize) -> bool {
    matches!(bytes.get(at), Some(b'+' | b'-' | b'*' | b'/' | b'%' | b'&' | b'|' | b'^'))
        && bytes.get(at + 1).is_some_and(u8::is_ascii_alphanumeric)
}

fn estimate(text: &str) -> usize {
    scan(text.as_bytes(), true).max(scan(text.as_bytes(), false))
}

struct Level {
    bracket: u8,
    /// Operators and the like since the last separator on this level.
    chain: usize,
    /// Opens the head of `if (…)` and its like, after which a line end separates nothing.
    head: bool,
}

fn scan(bytes: &[u8], quotes: bool) -> usize {
    let mut levels = vec![Level { bracket: 0, chain: 0, head: false }];
    let mut total = 0_usize;
    let mut deepest = 0_usize;
    let mut at = 0_usize;
    // The last thing before here can end a statement.
    let mut ended = true;
    let mut control = false;
    let mut new_line = false;
    let mut semicolon = false;
    // Up to here quotes are not believed.
    let mut doubtful = 0_usize;
    while let Some(&byte) = bytes.get(at) {
        let start = at;
        at += 1;
        if byte == b'\n' {
            new_line = true;
            continue;
        }
        if byte.is_ascii_whitespace() {
            continue;
        }
        if quotes && start >= doubtful {
            if let Some(end) = skipped(bytes, start) {
                if byte != b'/' {
                    if std::mem::take(&mut semicolon) {
                        separate(&mut levels, &mut total);
                    }
                    ended = true;
                }
                at = end;
                continue;
            }
            if matches!(byte, b'"' | b'\'') {
                // It closes nowhere on this line: no further quote of the line is looked after.
                let rest = bytes.get(start..).unwrap_or_default();
                doubtful = start + memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            }
        }
        let word = word_at(bytes, start);
        // `if (a) b; else if (c) d; else …` nests across its semicolons.
        if std::mem::take(&mut semicolon) && word != b"else" {
            separate(&mut levels, &mut total);
        }
        if !word.is_empty() {
            at = start + word.len();
            if new_line && ended && !joins(word) {
                separate(&mut levels, &mut total);
            }
            new_line = false;
            let prefix = nests(word);
            control = heads(word) || (control && word == b"await");
            ended = !prefix && !control;
            if prefix || control {
                total += bump(&mut levels);
            } else if !quotes && links_on(bytes, at) {
                at += 1;
                ended = false;
            }
            deepest = deepest.max(total + levels.len());
            continue;
        }
        new_line = false;
        match byte {
            b'(' | b'[' | b'{' => {
                // A chain of calls nests without its brackets being inside one another.
                total += bump(&mut levels);
                levels.push(Level { bracket: byte, chain: 0, head: control && byte == b'(' });
                ended = true;
                if levels.len() > TOO_MANY_BRACKETS {
                    return TOO_DEEP + 1;
                }
            }
            b')' | b']' | b'}' => {
                let open = match byte {
                    b')' => b'(',
                    b']' => b'[',
                    _ => b'{',
                };
                ended = close(&mut levels, &mut total, open);
            }
            b';' => {
                semicolon = true;
                ended = true;
            }
            b',' => ended = false,
            b'"' | b'\'' => ended = true,
            _ if byte.is_ascii_punctuation() => {
                total += bump(&mut levels);
                ended = byte == b'`';
            }
            _ => ended = true,
        }
        control = false;
        deepest = deepest.max(total + levels.len());
    }
    deepest
}

fn bump(levels: &mut [Level]) -> usize {
    levels.last_mut().map_or(0, |level| {
        level.chain += 1;
        1
    })
}

fn separate(levels: &mut [Level], total: &mut usize) {
    if let Some(level) = levels.last_mut() {
        *total = total.saturating_sub(level.chain);
        level.chain = 0;
    }
}

/// Leaves the levels up to the matching bracket; one without a partner closes nothing. Tells
/// whether a statement can end here.
fn close(levels: &mut Vec<Level>, total: &mut usize, open: u8) -> bool {
    let Some(found) = levels.iter().rposition(|level| level.bracket == open) else {
        return true;
    };
    // A brace is never closed by a parenthesis that stands inside it.
    if open != b'{' && levels.iter().skip(found + 1).any(|level| level.bracket == b'{') {
        return true;
    }
    let head = levels.get(found).is_some_and(|level| level.head);
    for level in levels.drain(found..) {
        *total = total.saturating_sub(level.chain);
    }
    !head
}

/// The end of the comment or string that starts here.
fn skipped(bytes: &[u8], start: usize) -> Option<usize> {
    let rest = bytes.get(start..)?;
    match rest.first()? {
        b'/' if rest.get(1) == Some(&b'/') => Some(start + memchr::memchr(b'\n', rest).unwrap_or(rest.len())),
        b'/' if rest.get(1) == Some(&b'*') => {
            Some(start + memchr::memmem::find(rest, b"*/").map_or(rest.len(), |n| n + 2))
        }
        &quote @ (b'"' | b'\'') => {
            let mut escaped = false;
            for (n, &byte) in rest.iter().enumerate().skip(1) {
                match byte {
                    b'\n' => return None,
                    _ if escaped => escaped = false,
                    b'\\' => escaped = true,
                    _ if byte == quote => return Some(start + n + 1),
                    _ => {}
                }
            }
            None
        }
        _ => None,
    }
}

fn word_at(bytes: &[u8], start: usize) -> &[u8] {
    let rest = bytes.get(start..).unwrap_or_default();
    let is_word = |b: &u8| CLASSES[usize::from(*b)] == Class::Word;
    let end = rest.iter().position(|b| !is_word(b)).unwrap_or(rest.len());
    rest.get(..end).unwrap_or_default()
}

/// Words with a head in parentheses, and something nested behind it.
fn heads(word: &[u8]) -> bool {
    matches!(word, b"if" | b"while" | b"for" | b"with")
}

/// Words after which something is nested.
fn nests(word: &[u8]) -> bool {
    // Most words are longer, or are no keyword by their first letter alone.
    if !(2..=10).contains(&word.len()) || !word.iter().all(u8::is_ascii_lowercase) {
        return false;
    }
    matches!(
        word,
        b"await"
            | b"typeof"
            | b"void"
            | b"delete"
            | b"new"
            | b"yield"
            | b"else"
            | b"do"
            | b"in"
            | b"of"
            | b"instanceof"
            | b"as"
            | b"satisfies"
            | b"keyof"
            | b"readonly"
            | b"unique"
            | b"infer"
            | b"extends"
            | b"is"
            | b"async"
            | b"return"
            | b"throw"
            | b"case"
            | b"export"
            | b"default"
            | b"import"
            | b"try"
            | b"class"
            | b"asserts"
    )
}

/// Words that go on with the statement of the line before.
fn joins(word: &[u8]) -> bool {
    matches!(
        word,
        b"else"
            | b"catch"
            | b"finally"
            | b"in"
            | b"of"
            | b"instanceof"
            | b"as"
            | b"satisfies"
            | b"extends"
            | b"is"
            | b"while"
    )
}

/// How deep the syntax tree of a text is; none where that cannot be told. The grammar keeps its own
/// stack, so that nothing overflows here.
fn measured(text: &str, jsx: bool) -> Option<usize> {
    let grammar =
        if jsx { tree_sitter_typescript::LANGUAGE_TSX } else { tree_sitter_typescript::LANGUAGE_TYPESCRIPT };
    Some(levels(&super::recovery::tree(text, &grammar.into())?, text))
}

/// What the grammar could not place may be nested in any way: each piece of it counts as a level.
fn levels(tree: &tree_sitter::Tree, text: &str) -> usize {
    let mut cursor = tree.walk();
    let (mut depth, mut deepest) = (0_usize, 0_usize);
    let mut lost = vec![0_usize];
    let mut total = 0_usize;
    loop {
        let node = cursor.node();
        let own = if node.is_error() { unplaced(node, text) } else { 0 };
        total += own;
        deepest = deepest.max(depth + total);
        if deepest > TOO_DEEP {
            return deepest;
        }
        if cursor.goto_first_child() {
            depth += 1;
            lost.push(own);
            continue;
        }
        total -= own;
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return deepest;
            }
            depth -= 1;
            total = total.saturating_sub(lost.pop().unwrap_or(0));
        }
    }
}

/// The children of an error, and the bytes of it that belong to none.
fn unplaced(error: tree_sitter::Node<'_>, text: &str) -> usize {
    let mut cursor = error.walk();
    let (mut count, mut behind) = (0_usize, error.start_byte());
    let gap = |from: usize, to: usize| {
        let bytes = text.as_bytes().get(from..to).unwrap_or_default();
        bytes.iter().filter(|byte| !byte.is_ascii_whitespace()).count()
    };
    for child in error.children(&mut cursor) {
        count += 1 + gap(behind, child.start_byte());
        behind = child.end_byte();
    }
    count + gap(behind, error.end_byte())
}
