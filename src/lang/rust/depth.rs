//! How deep a text nests at most, told from its tokens before anything walks it by recursion.
//!
//! Parser and lowering recurse. Brackets nest; so do operators, calls in a chain and keywords that
//! start another expression. The lexer does not recurse, and neither does this.

use std::ops::Range;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Above this a text is refused: no person writes it.
pub(super) const TOO_DEEP: usize = 1_500;

/// What the stack must be good for, or where the text is no sequence of tokens.
pub(super) fn estimate(text: &str) -> Result<usize, (Range<usize>, String)> {
    if u32::try_from(text.len()).is_err() {
        return Err((0..0, "too large to be checked".to_owned()));
    }
    let without = text.trim_start_matches('\u{feff}');
    let stream: TokenStream = cut_shebang(without).parse().map_err(|error: proc_macro2::LexError| {
        (within(text, error.span().byte_range()), "syntax error: this is no Rust".to_owned())
    })?;
    Ok(deepest(stream))
}

/// A `#!` line is none of the program; `#![…]` is.
pub(super) fn cut_shebang(text: &str) -> &str {
    if text.starts_with("#!") && !text.get(2..).unwrap_or("").trim_start().starts_with('[') {
        let end = text.find('\n').unwrap_or(text.len());
        return text.get(end..).unwrap_or("");
    }
    text
}

pub(super) fn within(text: &str, range: Range<usize>) -> Range<usize> {
    let end = range.end.min(text.len());
    range.start.min(end)..end
}

struct Level {
    tokens: proc_macro2::token_stream::IntoIter,
    /// What can nest since the last separator of this level.
    chain: usize,
    /// The last thing was a block, after which a new statement starts unless `else` follows.
    ended: bool,
}

fn deepest(stream: TokenStream) -> usize {
    let mut levels = vec![Level { tokens: stream.into_iter(), chain: 0, ended: false }];
    let mut total = 0_usize;
    let mut deepest = 0_usize;
    while let Some(level) = levels.last_mut() {
        let Some(token) = level.tokens.next() else {
            total = total.saturating_sub(level.chain);
            levels.pop();
            continue;
        };
        let separate = |level: &mut Level, total: &mut usize| {
            *total = total.saturating_sub(level.chain);
            level.chain = 0;
        };
        if std::mem::take(&mut level.ended)
            && !matches!(&token, TokenTree::Ident(word) if word == "else")
            && !matches!(&token, TokenTree::Punct(p) if matches!(p.as_char(), '.' | '?'))
        {
            separate(level, &mut total);
        }
        match token {
            TokenTree::Group(group) => {
                level.chain += 1;
                total += 1;
                level.ended = group.delimiter() == Delimiter::Brace;
                levels.push(Level { tokens: group.stream().into_iter(), chain: 0, ended: false });
                if levels.len() > TOO_DEEP {
                    return TOO_DEEP + 1;
                }
            }
            TokenTree::Punct(punct) => match punct.as_char() {
                ',' | ';' => separate(level, &mut total),
                ':' | '\'' => {}
                _ => {
                    level.chain += 1;
                    total += 1;
                }
            },
            TokenTree::Ident(word) => {
                if nests(&word.to_string()) {
                    level.chain += 1;
                    total += 1;
                }
            }
            TokenTree::Literal(_) => {}
        }
        deepest = deepest.max(total + levels.len());
    }
    deepest
}

fn nests(word: &str) -> bool {
    matches!(
        word,
        "as" | "async"
            | "await"
            | "box"
            | "break"
            | "const"
            | "dyn"
            | "else"
            | "fn"
            | "for"
            | "if"
            | "impl"
            | "let"
            | "loop"
            | "match"
            | "move"
            | "mut"
            | "ref"
            | "return"
            | "static"
            | "unsafe"
            | "while"
            | "yield"
    )
}
