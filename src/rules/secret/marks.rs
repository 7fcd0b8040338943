//! Where a text has what every rule of this folder begins with: all of it is searched once, for all of them.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, Match, packed};

/// Places in a text, in order.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// Of each `://`.
    pub urls: Vec<usize>,
    /// Of each `pass` and `pwd`, in any case.
    pub passwords: Vec<usize>,
}

const URL: &str = "://";

/// Every way to write them is a pattern of its own: many bytes at once are compared with all of these.
static SEARCH: LazyLock<Option<Search>> = LazyLock::new(|| {
    let words = ["pass", "pwd"].into_iter().flat_map(in_any_case);
    let patterns: Vec<String> = [URL.to_owned()].into_iter().chain(words).collect();
    packed::Searcher::new(&patterns).map(Search::Wide).or_else(|| Some(Search::Plain(plain(&patterns)?)))
});

enum Search {
    Wide(packed::Searcher),
    /// Not every processor compares so many at once.
    Plain(AhoCorasick),
}

fn plain(patterns: &[String]) -> Option<AhoCorasick> {
    AhoCorasick::builder().prefilter(false).build(patterns).ok()
}

fn in_any_case(word: &str) -> Vec<String> {
    word.chars().fold(vec![String::new()], |begun, letter| {
        begun
            .iter()
            .flat_map(|start| [letter, letter.to_ascii_uppercase()].map(|letter| format!("{start}{letter}")))
            .collect()
    })
}

impl Marks {
    pub(super) fn of(text: &str) -> Self {
        let Some(search) = SEARCH.as_ref() else {
            // Without a search every place is looked at.
            let all: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
            return Self { urls: all.clone(), passwords: all };
        };
        let mut marks = Self::default();
        let mut note = |found: Match| {
            let kind = if found.pattern().as_usize() == 0 { &mut marks.urls } else { &mut marks.passwords };
            kind.push(found.start());
        };
        match search {
            Search::Wide(search) => search.find_iter(text).for_each(&mut note),
            Search::Plain(search) => search.find_iter(text).for_each(&mut note),
        }
        marks
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn slowly(text: &str) -> (Vec<usize>, Vec<usize>) {
        let lower = text.to_ascii_lowercase();
        let places = |word: &str| lower.match_indices(word).map(|(at, _)| at).collect::<Vec<_>>();
        let mut passwords = places("pass");
        passwords.extend(places("pwd"));
        passwords.sort_unstable();
        (places(URL), passwords)
    }

    proptest! {
        #[test]
        fn every_place_is_found(text in "(:|//|://|p|P|a|A|s|S|pass|PaSs|w|d|pwd|PWD|é|\n| ){0,60}") {
            let marks = Marks::of(&text);
            prop_assert_eq!((marks.urls, marks.passwords), slowly(&text));
        }
    }
}
