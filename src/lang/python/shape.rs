//! The digest of a text: its tokens in order, without comments and blank lines.

use ruff_python_ast::token::{TokenKind, Tokens};
use ruff_text_size::Ranged;

/// Between two parts; nothing that is written holds it.
const BETWEEN: u8 = 0x1f;
const ESCAPE: u8 = 0x1d;

pub(super) fn of(tokens: &Tokens, text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for token in tokens {
        let written = match token.kind() {
            TokenKind::Comment | TokenKind::NonLogicalNewline => continue,
            // How wide a block is indented, and which line end a file has, mean nothing.
            TokenKind::Newline => "\n",
            TokenKind::Indent => ">",
            TokenKind::Dedent => "<",
            TokenKind::EndOfFile => "",
            _ => {
                let range = token.range();
                text.get(range.start().to_usize()..range.end().to_usize()).unwrap_or_default()
            }
        };
        for byte in written.bytes() {
            match byte {
                ESCAPE..=BETWEEN => out.extend([ESCAPE, byte + 0x20]),
                _ => out.push(byte),
            }
        }
        out.push(BETWEEN);
    }
    out
}
