//! Which command lines a pattern of the contract admits.

/// Exact words; a last word `*` admits whatever more there is, and nothing more.
#[must_use]
pub fn admits(pattern: &str, words: &[&str]) -> bool {
    let (fixed, open) = parts(pattern);
    // A pattern without a first word would admit every command there is.
    if fixed.is_empty() {
        return false;
    }
    if open { words.starts_with(&fixed) } else { words == fixed.as_slice() }
}

/// Everything that `narrow` admits, `wide` admits too.
#[must_use]
pub fn covers(wide: &str, narrow: &str) -> bool {
    let (fixed, open) = parts(narrow);
    let (_, wide_open) = parts(wide);
    (wide_open || !open) && admits(wide, &fixed)
}

/// The pattern with single spaces: how it is compared and written down.
#[must_use]
pub fn normal(pattern: &str) -> String {
    pattern.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn parts(pattern: &str) -> (Vec<&str>, bool) {
    let mut words: Vec<&str> = pattern.split_whitespace().collect();
    let open = words.last() == Some(&"*");
    if open {
        words.pop();
    }
    (words, open)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_star_the_words_must_be_the_same() {
        assert!(admits("prisma  migrate deploy", &["prisma", "migrate", "deploy"]));
        assert!(!admits("prisma migrate deploy", &["prisma", "migrate", "deploy", "--force"]));
        assert!(!admits("prisma migrate deploy", &["prisma", "migrate"]));
    }

    #[test]
    fn a_trailing_star_admits_more_and_nothing_else() {
        assert!(admits("psql -f *", &["psql", "-f", "a.sql", "-q"]));
        assert!(admits("psql -f *", &["psql", "-f"]));
        assert!(!admits("psql -f *", &["psql", "-c", "x"]));
        assert!(!admits("*", &["psql"]));
        assert!(!admits("psql * -f", &["psql", "x", "-f"]));
    }

    #[test]
    fn a_wide_pattern_covers_a_narrow_one_and_never_the_other_way_round() {
        assert!(covers("prisma migrate *", "prisma migrate deploy"));
        assert!(covers("prisma *", "prisma migrate *"));
        assert!(!covers("prisma migrate deploy", "prisma migrate *"));
        assert!(!covers("prisma migrate", "prisma migrate *"));
    }
}
