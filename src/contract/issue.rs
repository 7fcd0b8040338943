//! What is wrong with a configuration text: where, why, and what to write instead.

use crate::words::span::Span;

/// One thing that is wrong, at its exact place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Issue {
    pub span: Span,
    pub message: String,
    pub hint: String,
}

impl Issue {
    #[must_use]
    pub fn new(span: Span, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { span, message: message.into(), hint: hint.into() }
    }
}

/// Sorts issues by their place and drops repetitions, so that the output never depends on the
/// order in which a reader looked at the keys.
pub(crate) fn tidy(issues: &mut Vec<Issue>) {
    issues.sort();
    issues.dedup();
}

/// The candidate that the writer most likely meant, or none when nothing is near.
#[must_use]
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    let length = lower.chars().count();
    // A foreign text may be as long as it likes; nobody mistypes a name that long.
    if length > 64 {
        return None;
    }
    let allowed = match length {
        0..=1 => 0,
        2..=4 => 1,
        5..=8 => 2,
        _ => 3,
    };
    candidates
        .into_iter()
        .map(|candidate| (distance(&lower, &candidate.to_lowercase()), candidate))
        .filter(|&(far, candidate)| {
            far <= allowed || (length >= 3 && candidate.to_lowercase().starts_with(&lower))
        })
        .min()
        .map(|(_, candidate)| candidate)
}

/// ``did you mean `columns`?``, or the names that are allowed.
#[must_use]
pub fn did_you_mean(word: &str, candidates: &[&str]) -> String {
    if let Some(near) = nearest(word, candidates.iter().copied()) {
        return format!("did you mean `{near}`?");
    }
    if candidates.is_empty() {
        return "nothing may stand here".to_owned();
    }
    // A long list helps nobody.
    if candidates.len() > 15 {
        return "the reference lists what may stand here".to_owned();
    }
    let names: Vec<String> = candidates.iter().map(|name| format!("`{name}`")).collect();
    format!("allowed: {}", names.join(", "))
}

/// Edit distance in which swapping two neighbours is one mistake, as it is for a typist.
fn distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().collect();
    let right: Vec<char> = right.chars().collect();
    let width = right.len() + 1;
    let mut before: Vec<usize> = vec![0; width];
    let mut above: Vec<usize> = (0..width).collect();
    for (row, &a) in left.iter().enumerate() {
        let mut current = vec![row + 1; width];
        for (column, &b) in right.iter().enumerate() {
            let changed = above[column] + usize::from(a != b);
            let mut best = changed.min(above[column + 1] + 1).min(current[column] + 1);
            let swapped = row > 0 && column > 0 && left[row - 1] == b && right[column - 1] == a;
            if swapped {
                best = best.min(before[column - 1] + 1);
            }
            current[column + 1] = best;
        }
        before = std::mem::replace(&mut above, current);
    }
    above[width - 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_word_finds_the_name_that_was_meant() {
        assert_eq!(nearest("colums", ["columns", "operations"]), Some("columns"));
        assert_eq!(nearest("opreations", ["columns", "operations"]), Some("operations"));
        assert_eq!(nearest("Known", ["known", "protected"]), Some("known"));
    }

    #[test]
    fn a_word_that_is_near_nothing_finds_nothing() {
        assert_eq!(nearest("skip", ["columns", "operations"]), None);
        assert_eq!(nearest("x", ["y"]), None);
    }
}
