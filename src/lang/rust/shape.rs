//! The digest of a program without comments and formatting: its tokens, in order.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

pub(super) fn of(text: &str) -> Vec<u8> {
    let text = super::depth::cut_shebang(text.trim_start_matches('\u{feff}'));
    let Ok(stream) = text.parse::<TokenStream>() else { return Vec::new() };
    let mut out = Vec::new();
    let mut levels = vec![(stream.into_iter().peekable(), "")];
    while let Some((tokens, close)) = levels.last_mut() {
        let Some(token) = tokens.next() else {
            push(&mut out, close);
            levels.pop();
            continue;
        };
        match token {
            TokenTree::Punct(hash) if hash.as_char() == '#' => {
                // Documentation is a comment, whichever way it is written.
                let inner = matches!(tokens.peek(), Some(TokenTree::Punct(p)) if p.as_char() == '!');
                let mut ahead = tokens.clone();
                if inner {
                    ahead.next();
                }
                if ahead.next().is_some_and(|token| is_documentation(&token)) {
                    *tokens = ahead;
                } else {
                    push(&mut out, "#");
                }
            }
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                push(&mut out, open);
                levels.push((group.stream().into_iter().peekable(), close));
            }
            other => push(&mut out, &other.to_string()),
        }
    }
    out
}

fn push(out: &mut Vec<u8>, token: &str) {
    if !token.is_empty() {
        out.extend_from_slice(token.as_bytes());
        out.push(0xff);
    }
}

fn is_documentation(token: &TokenTree) -> bool {
    let TokenTree::Group(group) = token else { return false };
    let mut tokens = group.stream().into_iter();
    matches!(tokens.next(), Some(TokenTree::Ident(word)) if word == "doc")
        && matches!(tokens.next(), Some(TokenTree::Punct(p)) if p.as_char() == '=')
}
