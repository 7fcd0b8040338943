//! Ruby, PHP and Go: calls and commands in the order in which they stand, flat. Nothing is said of
//! control flow, so that no guard in them is believed.

mod calls;
mod tokens;
mod wrappers;

use super::Input;
use crate::words::flow::{Dialect, Unit};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    Ruby,
    Php,
    Go,
}

/// Folders whose programs a framework or a test runner starts for the application.
const QUIET: [&str; 16] = [
    "app",
    "config",
    "spec",
    "test",
    "tests",
    "features",
    "vendor",
    "node_modules",
    "public",
    "resources",
    "migrate",
    "migrations",
    "fixtures",
    "testdata",
    "models",
    "controllers",
];
/// Folders of programs that a person or a schedule starts.
const SCRIPTS: [&str; 16] = [
    "capistrano",
    "bin",
    "script",
    "scripts",
    "tools",
    "tasks",
    "tool",
    "cmd",
    "ops",
    "maintenance",
    "jobs",
    "seeds",
    "seeders",
    "seeder",
    "cron",
    "one_off",
];

/// Words of programs that answer requests.
const SERVERS: [&str; 12] = [
    "ListenAndServe",
    "grpc.NewServer",
    "gin.Default(",
    "gin.New(",
    "fiber.New(",
    "echo.New(",
    "Sinatra::Base",
    "Rack::Handler",
    "lambda.Start(",
    "$app->run(",
    "Slim\\App",
    "createServer(",
];
/// Words of programs that a person starts.
const STARTED: [&str; 8] =
    ["php_sapi_name", "PHP_SAPI", "$argv", "$PROGRAM_NAME", "ARGV", "$0 ==", "== $0", "OptionParser"];

impl Language {
    #[must_use]
    pub fn of(lower: &str, extension: &str) -> Option<Self> {
        Some(match extension {
            "rb" | "rake" => Self::Ruby,
            "php" => Self::Php,
            "go" => Self::Go,
            _ if matches!(lower, "rakefile" | "capfile") => Self::Ruby,
            _ if lower == "artisan" => Self::Php,
            _ => return None,
        })
    }

    #[must_use]
    pub fn by_interpreter(words: &[&str]) -> Option<Self> {
        let is = |name: &str| {
            words.iter().any(|word| word.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.') == name)
        };
        if is("ruby") || is("rails") {
            Some(Self::Ruby)
        } else if is("php") {
            Some(Self::Php)
        } else {
            None
        }
    }

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ruby => "ruby",
            Self::Php => "php",
            Self::Go => "go",
        }
    }

    /// By its place, a program that somebody starts by hand or on schedule, and not a part of an
    /// application: nobody would else be told that it changes the database.
    #[must_use]
    pub fn is_script(self, path: &str, text: &str) -> bool {
        let mut parts: Vec<&str> = path.split('/').collect();
        let name = parts.pop().unwrap_or("").to_ascii_lowercase();
        let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem);
        if stem.ends_with("_test") || stem.ends_with("_spec") || stem.ends_with("test") && self == Self::Php {
            return false;
        }
        // A server is the application itself.
        if SERVERS.iter().any(|word| text.contains(word)) {
            return false;
        }
        let folders: Vec<String> = parts.iter().map(|part| part.to_ascii_lowercase()).collect();
        let commands = folders.iter().any(|folder| folder == "console" || folder == "commands");
        let last = folders.iter().rev().find_map(|folder| {
            let script = SCRIPTS.contains(&folder.as_str());
            let quiet = QUIET.contains(&folder.as_str());
            (script || quiet).then_some(script)
        });
        let told =
            last.is_none() && (text.starts_with("#!") || STARTED.iter().any(|word| text.contains(word)));
        match self {
            Self::Go => {
                let main = text.lines().any(|line| line.trim_end() == "package main");
                // `cmd/migrate` is a program like any other.
                main && (last != Some(false) || folders.iter().any(|folder| folder == "cmd"))
            }
            // `app/jobs`: what the workers of the application do.
            _ if folders.iter().any(|folder| folder == "app")
                && folders.last().is_some_and(|folder| folder == "jobs") =>
            {
                false
            }
            Self::Ruby => {
                let named =
                    name.rsplit('.').next() == Some("rake") || matches!(stem, "seeds" | "seed" | "rakefile");
                named || last == Some(true) || told
            }
            Self::Php => {
                commands && text.contains("extends Command")
                    || last == Some(true)
                    || (told && name != "artisan")
                    || (name == "console.php" && text.contains("Artisan::command"))
            }
        }
    }
}

/// The calls of a program, in their order.
#[must_use]
pub fn lower(language: Language, input: Input<'_>) -> Unit {
    let tokens = tokens::read(language, input.text);
    let mut unit = Unit::empty(Dialect::Other);
    unit.body = calls::block(language, input, &tokens);
    unit
}

#[cfg(test)]
mod tests;
