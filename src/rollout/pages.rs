//! The known shapes of error pages: what a proxy or an edge says in place of a site.

use std::sync::LazyLock;

use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    page: Vec<Page>,
    sample: Vec<Sample>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Page {
    name: String,
    /// Words of title and headings.
    all: Vec<String>,
    /// Words of the whole text.
    text: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Sample {
    html: String,
    page: Option<String>,
}

fn file() -> &'static File {
    static PARSED: LazyLock<File> = LazyLock::new(|| {
        toml::from_str(include_str!("../../rules/knowledge/web/error_pages.toml")).unwrap_or_default()
    });
    &PARSED
}

/// Longer ones are pages of a site, and only their start is looked at.
const LOOKED_AT: usize = 64 << 10;

/// Which error page this is, if it is one.
#[must_use]
pub fn error_page(html: &str) -> Option<&'static str> {
    let end = html.char_indices().map(|(at, _)| at).find(|at| *at >= LOOKED_AT).unwrap_or(html.len());
    let html = html[..end].to_ascii_lowercase();
    let heads = heads(&html);
    let text = plain(&html);
    let found = file().page.iter().find(|page| {
        let among =
            |words: &[String], place: &str| !words.is_empty() && words.iter().all(|word| stands(place, word));
        among(&page.all, &heads) || among(&page.text, &text)
    });
    found.map(|page| page.name.as_str())
}

/// The words stand there as words: `502` is not in `15021`, and `error 1033` not in `error 10330`.
fn stands(place: &str, words: &str) -> bool {
    place.match_indices(words).any(|(at, found)| {
        let edge = |c: Option<char>| !c.is_some_and(char::is_alphanumeric);
        edge(place[..at].chars().next_back())
            && (edge(place[at + found.len()..].chars().next()) || {
                // `gateway time` begins `gateway time-out` and `gateway timeout`.
                !found.ends_with(|c: char| c.is_ascii_digit())
            })
    })
}

/// Title and headings, as text.
fn heads(html: &str) -> String {
    let mut out = String::new();
    for tag in ["title", "h1", "h2"] {
        let (open, close) = (format!("<{tag}"), format!("</{tag}>"));
        let mut rest = html;
        while let Some(at) = rest.find(&open) {
            rest = &rest[at + open.len()..];
            let end = rest.find(&close).unwrap_or(rest.len());
            let inner = rest[..end].split_once('>').map_or("", |(_, inner)| inner);
            out.push_str(&plain(inner));
            out.push('\n');
            rest = &rest[end..];
        }
    }
    out
}

/// Text without tags, with single spaces.
fn plain(html: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in html.chars() {
        match c {
            '<' => inside = true,
            '>' if inside => {
                inside = false;
                out.push(' ');
            }
            _ if !inside => out.push(c),
            _ => {}
        }
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_is_what_it_says() {
        assert!(file().sample.len() > 5);
        for sample in &file().sample {
            assert_eq!(error_page(&sample.html), sample.page.as_deref(), "{}", sample.html);
        }
    }

    #[test]
    fn foreign_text_of_any_shape_is_looked_at() {
        for text in ["", "<", "<title", "<h1><h1><h1>", "é<title>ü", &"ü".repeat(70_000)] {
            assert_eq!(error_page(text), None);
        }
    }
}
