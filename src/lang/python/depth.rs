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
    if most <= TOO_DEEP { most } else { counted(text) }
}

fn counted(text: &str) -> usize {
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

/// What is counted is never more than this: a level takes a word or a mark of its own, a bracket counts as two,
/// and so does the space of an indentation. A text that breaks off ends with a token that has no byte.
fn most(text: &str) -> usize {
    let (mut marks, mut before) = (1 + BROKEN_OFF, BLANK);
    for byte in text.bytes() {
        let class = CLASSES[usize::from(byte)];
        marks += usize::from(class & MARK) + usize::from(class == WORD && before != WORD);
        before = class;
    }
    let widest = text.split(['\n', '\r']).map(|line| line.len() - line.trim_start().len()).max();
    marks + 2 * widest.unwrap_or_default()
}

/// At least as many as such an end can have.
const BROKEN_OFF: usize = 4;
const BLANK: u8 = 0;
/// What a mark counts; a bracket counts as two of them.
const MARK: u8 = 3;
const WORD: u8 = 4;

const CLASSES: [u8; 256] = {
    let mut classes = [1; 256];
    let mut byte = 0_u8;
    loop {
        classes[byte as usize] = match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | 0x80.. => WORD,
            b'(' | b'[' | b'{' => 2,
            b' ' | b'\t' | 0x0c => BLANK,
            _ => 1,
        };
        if byte == u8::MAX {
            break classes;
        }
        byte += 1;
    }
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_breaks_off_nests_no_deeper_either() {
        for text in ["{", "f\"{", "(((", "if x:\n  f(\"", "f\"{f'{", "\\", "  {[", "'''", "f'''{a:{"] {
            assert!(counted(text) <= most(text), "{text:?}: {} and {}", counted(text), most(text));
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_nests_deeper_than_the_most(
            words in proptest::collection::vec("[a-z]{1,6}|not|lambda:|if|else|[\\[\\](){}.,:;=+*\"'#@-]|f\"| |\t|\n|\n  |\n    |é|\r", 0..80)
        ) {
            let text = words.concat();
            proptest::prop_assert!(counted(&text) <= most(&text), "{text:?}");
        }
    }
}
