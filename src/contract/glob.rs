//! The globs of the contract: `*` stays within a folder, `**` crosses folders.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// Patterns of which one must match the whole path.
#[derive(Clone, Debug)]
pub struct Globs(GlobSet);

impl Globs {
    /// Patterns that are no globs match nothing; [`Globs::problem`] tells of them.
    #[must_use]
    pub fn of<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Self {
        let mut builder = GlobSetBuilder::new();
        for glob in patterns.into_iter().filter_map(|pattern| build(pattern).ok()) {
            builder.add(glob);
        }
        Self(builder.build().unwrap_or_default())
    }

    #[must_use]
    pub fn covers(&self, path: &str) -> bool {
        self.0.is_match(path)
    }

    /// Why a pattern is no glob.
    #[must_use]
    pub fn problem(pattern: &str) -> Option<String> {
        build(pattern).err().map(|error| error.kind().to_string())
    }
}

fn build(pattern: &str) -> Result<globset::Glob, globset::Error> {
    // Backslashes are literal, so that the same contract means the same on every machine.
    GlobBuilder::new(pattern).literal_separator(true).backslash_escape(false).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_star_stays_in_its_folder_and_two_cross_them() {
        let globs = Globs::of(["app/*.ts", "**/__tests__/**"]);
        assert!(globs.covers("app/a.ts"));
        assert!(!globs.covers("app/x/a.ts"));
        assert!(globs.covers("a/b/__tests__/c/d.ts"));
        assert!(globs.covers("__tests__/d.ts"));
    }

    #[test]
    fn a_broken_pattern_matches_nothing_and_says_why() {
        assert!(!Globs::of(["a[", "b"]).covers("a["));
        assert!(Globs::problem("a[").is_some());
        assert!(Globs::problem("a/**/b").is_none());
    }
}
