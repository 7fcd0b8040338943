//! How deep a text nests at most, told before anything walks it by recursion.
//!
//! Counted on tokens: brackets, indentation, and the operators of one line, which nest without any
//! bracket. Allowed to be too high.

use ruff_python_ast::token::TokenKind;
use ruff_python_parser::Mode;
use ruff_python_parser::lexer::lex;

/// Nobody writes that by hand.
pub(super) const TOO_DEEP: usize = 6_000;

pub(super) fn estimate(text: &str) -> usize {
    let most = most(text);
    if most <= TOO_DEEP {
        return most;
    }
    let mut lexer = lex(text, Mode::Module);
    // For each open bracket, how many operators stand before it since the last comma.
    let mut levels = vec![0_usize];
    let mut total = 0_usize;
    let mut indent = 0_usize;
    let mut deepest = 0_usize;
    loop {
        let kind = lexer.next_token();
        match kind {
            TokenKind::EndOfFile => return deepest,
            TokenKind::Newline | TokenKind::Semi => {
                levels.clear();
                levels.push(0);
                total = 0;
            }
            TokenKind::Indent => indent += 1,
            TokenKind::Dedent => indent = indent.saturating_sub(1),
            TokenKind::Comma => {
                if let Some(chain) = levels.last_mut() {
                    total = total.saturating_sub(*chain);
                    *chain = 0;
                }
            }
            TokenKind::Rpar
            | TokenKind::Rsqb
            | TokenKind::Rbrace
            | TokenKind::FStringEnd
            | TokenKind::TStringEnd => {
                if levels.len() > 1 {
                    total = total.saturating_sub(levels.pop().unwrap_or_default());
                }
            }
            TokenKind::Name
            | TokenKind::Int
            | TokenKind::Float
            | TokenKind::String
            | TokenKind::Comment
            | TokenKind::NonLogicalNewline
            | TokenKind::FStringMiddle
            | TokenKind::TStringMiddle => {}
            _ => {
                if let Some(chain) = levels.last_mut() {
                    *chain += 1;
                    total += 1;
                }
                if matches!(
                    kind,
                    TokenKind::Lpar
                        | TokenKind::Lsqb
                        | TokenKind::Lbrace
                        | TokenKind::FStringStart
                        | TokenKind::TStringStart
                ) {
                    levels.push(0);
                }
            }
        }
        deepest = deepest.max(total + levels.len() + 2 * indent);
    }
}

/// No text nests deeper than this: a level takes a word or a mark of its own, or more space before a line.
fn most(text: &str) -> usize {
    let (mut marks, mut in_word) = (0, false);
    let (mut widest, mut space) = (0, 0);
    let mut at_start = true;
    for byte in text.bytes() {
        let word = byte.is_ascii_alphanumeric() || matches!(byte, b'_' | 0x80..);
        let blank = matches!(byte, b' ' | b'\t' | 0x0c);
        marks += usize::from(word && !in_word || !word && !blank);
        in_word = word;
        space = if at_start && blank { space + 1 } else { 0 };
        widest = widest.max(space);
        at_start = at_start && blank || matches!(byte, b'\n' | b'\r');
    }
    marks + 2 * widest
}
