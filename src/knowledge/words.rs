//! Names that mean something by themselves: switches, destructive variables, logs.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// `rules/knowledge/words.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Words {
    pub triggers: Vec<String>,
    pub switch_starts: Vec<String>,
    pub switch_ends: Vec<String>,
    pub switch_inside: Vec<String>,
    pub not_switches: Vec<String>,
    /// Variables that switch off a tool's protection, with the values that do.
    pub destructive: BTreeMap<String, Vec<String>>,
    /// Variables that keep git's hooks from running, with the values that do.
    pub hook_skip: BTreeMap<String, Vec<String>>,
    pub inert: Inert,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inert {
    pub log: Vec<String>,
    pub logs: Vec<String>,
    /// Modules of a platform whose import does nothing by itself.
    #[serde(default)]
    pub modules: Vec<String>,
}

impl Words {
    /// The name of a variable or option reads like a switch that lets something pass:
    /// `SKIP_CHECKS`, `--skip-tests`, `forceDeploy`, `DEPLOY_APPROVED`.
    #[must_use]
    pub fn is_switch(&self, name: &str) -> bool {
        if self.not_switches.iter().any(|known| known == name) {
            return false;
        }
        let name = upper_snake(name);
        let first = name.split('_').next().unwrap_or("");
        let last = name.rsplit('_').next().unwrap_or("");
        let padded = format!("_{name}_");
        self.switch_starts.iter().any(|word| word == first)
            || self.switch_ends.iter().any(|word| word == last)
            || self.switch_inside.iter().any(|word| padded.contains(&format!("_{word}_")))
    }

    /// Setting this variable to this value (None: only the run knows) switches a protection off.
    #[must_use]
    pub fn is_destructive(&self, name: &str, value: Option<&str>) -> bool {
        holds(&self.destructive, name, value)
    }

    #[must_use]
    pub fn skips_hooks(&self, name: &str, value: Option<&str>) -> bool {
        holds(&self.hook_skip, name, value)
    }

    /// A function of this name only says something.
    #[must_use]
    pub fn is_log(&self, name: &str) -> bool {
        self.inert.log.iter().any(|known| known == name)
    }

    /// Importing this does nothing.
    #[must_use]
    pub fn is_inert_module(&self, name: &str) -> bool {
        self.inert.modules.iter().any(|known| known == name)
    }

    /// A value of this name is a log.
    #[must_use]
    pub fn is_log_object(&self, name: &str) -> bool {
        self.inert.logs.iter().any(|known| known == name)
    }
}

fn holds(map: &BTreeMap<String, Vec<String>>, name: &str, value: Option<&str>) -> bool {
    map.get(name).is_some_and(|values| {
        values.iter().any(|known| known == "*" || value.is_none_or(|value| value.eq_ignore_ascii_case(known)))
    })
}

/// `--skip-tests`, `skipTests` and `SKIP_TESTS` are one name.
fn upper_snake(name: &str) -> String {
    let mut out = String::new();
    let mut before = '_';
    for c in name.trim_start_matches('-').chars() {
        if matches!(c, '-' | '.' | ':' | ' ') {
            out.push('_');
        } else {
            if c.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit()) {
                out.push('_');
            }
            out.push(c.to_ascii_uppercase());
        }
        before = c;
    }
    out
}

#[must_use]
pub fn words() -> &'static Words {
    static WORDS: LazyLock<Words> = LazyLock::new(|| {
        toml::from_str(include_str!("../../rules/knowledge/words.toml")).unwrap_or_default()
    });
    &WORDS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_parse() {
        toml::from_str::<Words>(include_str!("../../rules/knowledge/words.toml")).unwrap();
    }

    #[test]
    fn switches_are_known_in_every_spelling() {
        for name in [
            "SKIP_CHECKS",
            "--skip-tests",
            "skipTests",
            "forceDeploy",
            "DEPLOY_APPROVED",
            "PROD_SKIP_GUARD",
            "-Force",
            "noVerify",
        ] {
            assert!(words().is_switch(name), "{name}");
        }
        for name in [
            "NODE_ENV",
            "DATABASE_URL",
            "NO_COLOR",
            "FORCE_COLOR",
            "NOTES",
            "SKIPPER_HOST",
            "NORTH",
            "temperature",
            "allowance",
        ] {
            assert!(!words().is_switch(name), "{name}");
        }
    }

    #[test]
    fn a_protection_is_off_only_with_its_value() {
        assert!(words().is_destructive("FLYWAY_CLEAN_DISABLED", Some("false")));
        assert!(!words().is_destructive("FLYWAY_CLEAN_DISABLED", Some("true")));
        assert!(words().is_destructive("FLYWAY_CLEAN_DISABLED", None));
        assert!(words().skips_hooks("HUSKY", Some("0")));
        assert!(!words().skips_hooks("HUSKY", Some("1")));
    }
}
