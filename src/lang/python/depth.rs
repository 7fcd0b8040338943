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
    let (mut marks, mut before) = (0, BLANK);
    for byte in text.bytes() {
        let class = CLASSES[usize::from(byte)];
        marks += usize::from(class == MARK || class == WORD && before != WORD);
        before = class;
    }
    let widest = text.split(['\n', '\r']).map(|line| line.len() - line.trim_start().len()).max();
    marks + 2 * widest.unwrap_or_default()
}

const BLANK: u8 = 0;
const WORD: u8 = 1;
const MARK: u8 = 2;

const CLASSES: [u8; 256] = {
    let mut classes = [MARK; 256];
    let mut byte = 0_u8;
    loop {
        if byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80 {
            classes[byte as usize] = WORD;
        } else if matches!(byte, b' ' | b'\t' | 0x0c) {
            classes[byte as usize] = BLANK;
        }
        if byte == u8::MAX {
            break classes;
        }
        byte += 1;
    }
};
