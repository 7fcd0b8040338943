//! Every database URL that a command could read: in its environment, in the variables from which the
//! Postgres library makes one, and in the `.env` files of its folder.

use std::path::Path;

use super::pieces::{self, Pieces};
use super::{dotenv, spellings};
use crate::io::database::url::{DatabaseUrl, Engine};
use crate::io::environment::Environment;
use crate::mark::probe;
use crate::words::ending::{Code, Ending};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The variable's name.
    pub variable: String,
    /// Where it stands, for people.
    pub place: String,
    pub reading: Reading,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    Url(Box<DatabaseUrl>),
    /// A database's address that guard cannot follow.
    Unknown(&'static str),
}

/// What is named in place of a variable where a word of the command leads to a database.
pub const ARGUMENT: &str = "an argument";

/// Larger than any file of variables.
const LARGEST: u64 = 1 << 20;

/// All of them, each with its place, sorted.
pub fn all(variables: &Environment, folder: &Path) -> Result<Vec<Found>, Ending> {
    let mut found = of_environment(variables);
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .map_err(|error| unreadable(&error.to_string()))?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name == ".env" || name.starts_with(".env."))
        // Patterns to copy from; no tool reads them.
        .filter(|name| ![".example", ".sample", ".template", ".dist"].iter().any(|end| name.ends_with(end)))
        .collect();
    names.sort();
    // Prisma looks beside its schema, too.
    names.push("prisma/.env".to_owned());
    let own = pairs_of(variables);
    let mut filed = Vec::new();
    for name in names {
        let pairs = in_file(variables, folder, &name)?;
        found.extend(of_pairs(&pairs, &name));
        filed.extend(pairs);
    }
    // A program that loads such a file sees its variables beside those of the environment; which of two it
    // takes is the program's own.
    for together in [[own.as_slice(), &filed].concat(), [filed.as_slice(), &own].concat()] {
        let joined = of_pairs(&together, "the environment and the .env files");
        let new = |one: &Found| found.iter().all(|known| known.reading != one.reading);
        let joined: Vec<Found> = joined.into_iter().filter(new).collect();
        found.extend(joined);
    }
    Ok(found)
}

fn unreadable(why: &str) -> Ending {
    Ending::refused(Code::RunUnmarkedUrl, format!("the folder's .env files cannot be read: {why}"))
        .next("a command could read what guard cannot: make them readable, or move them away")
}

/// Those of the environment.
#[must_use]
pub fn of_environment(variables: &Environment) -> Vec<Found> {
    of_pairs(&pairs_of(variables), "the environment")
}

fn pairs_of(variables: &Environment) -> Vec<(String, String)> {
    let text = |text: &std::ffi::OsStr| text.to_string_lossy().into_owned();
    variables.iter().map(|(name, value)| (text(name), text(value))).collect()
}

/// Those of a file of variables; none where there is no such file.
pub fn of_file(variables: &Environment, folder: &Path, name: &str) -> Result<Vec<Found>, Ending> {
    Ok(of_pairs(&in_file(variables, folder, name)?, name))
}

fn in_file(variables: &Environment, folder: &Path, name: &str) -> Result<Vec<(String, String)>, Ending> {
    let path = folder.join(name);
    let about = match std::fs::metadata(&path) {
        Ok(about) => about,
        Err(error)
            if [std::io::ErrorKind::NotFound, std::io::ErrorKind::NotADirectory].contains(&error.kind()) =>
        {
            return Ok(Vec::new());
        }
        Err(error) => return Err(unreadable(&format!("{name}: {error}"))),
    };
    if !about.is_file() {
        return Ok(Vec::new());
    }
    if about.len() > LARGEST {
        return Err(unreadable(&format!("{name} is too large")));
    }
    let bytes = std::fs::read(&path).map_err(|error| unreadable(&format!("{name}: {error}")))?;
    let pairs = dotenv::assignments(&String::from_utf8_lossy(&bytes));
    Ok(expanded(variables, &pairs))
}

/// Values that name other variables: of the file, and of the environment, whichever a library takes first.
fn expanded(variables: &Environment, pairs: &[(String, String)]) -> Vec<(String, String)> {
    const DEEPEST: usize = 4;
    let in_file = |name: &str| pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let mut out = Vec::new();
    for (name, value) in pairs {
        if !value.contains('$') {
            out.push((name.clone(), value.clone()));
            continue;
        }
        let first = dotenv::filled_in(value, &|name| variables.get(name).or_else(|| in_file(name)), DEEPEST);
        let second = dotenv::filled_in(value, &|name| in_file(name).or_else(|| variables.get(name)), DEEPEST);
        if first != second {
            out.push((name.clone(), second));
        }
        out.push((name.clone(), first));
    }
    out
}

/// Those of names and values.
#[must_use]
pub fn of_pairs(pairs: &[(String, String)], place: &str) -> Vec<Found> {
    let mut found = Vec::new();
    add(pairs, place, &mut found);
    found
}

/// Whether two URLs lead to one place without asking anybody.
#[must_use]
pub fn same_place(one: &DatabaseUrl, other: &DatabaseUrl) -> bool {
    if one.engine != other.engine {
        return false;
    }
    if one.engine == Engine::Sqlite {
        let whole = |url: &DatabaseUrl| std::fs::canonicalize(&url.database).ok();
        return whole(one).is_some() && whole(one) == whole(other);
    }
    // Where a session option could lead elsewhere, the database itself is asked.
    let options = one.options.is_none() || one.options == other.options;
    options && probe::endpoint(one) == probe::endpoint(other) && one.database == other.database
}

fn add(variables: &[(String, String)], place: &str, found: &mut Vec<Found>) {
    for (name, value) in variables {
        for reading in spellings::readings(name, value) {
            found.push(Found { variable: name.clone(), place: format!("{name} in {place}"), reading });
        }
    }
    found.extend(library(variables, place));
    let get = |name: &str| {
        let held = variables.iter().find(|(known, value)| known == name && !value.is_empty());
        held.map(|(_, value)| value.as_str())
    };
    let names: Vec<&str> = variables.iter().map(|(name, _)| name.as_str()).collect();
    for (variable, reading) in pieces::pieces(&names, &get) {
        found.push(Found { place: format!("{variable} in {place}"), variable, reading });
    }
}

/// Those that stand in the words of a command: alone, behind an option, in the quotes of a script, and as
/// variables in front of another command, which then stand beside those of the environment.
#[must_use]
pub fn of_words(variables: &Environment, words: &[String]) -> Vec<Found> {
    const PLACE: &str = "an argument of the command";
    let mut found = Vec::new();
    for word in words {
        let (front, behind) = word.split_once('=').unwrap_or(("", ""));
        let option = if front.starts_with('-') { behind } else { "" };
        let quoted = word.split(['"', '\'']).filter(|_| word.contains(char::is_whitespace));
        let mut readings: Vec<Reading> = Vec::new();
        for text in [word.as_str(), option].into_iter().chain(quoted) {
            for reading in spellings::readings(ARGUMENT, text) {
                if !readings.contains(&reading) {
                    readings.push(reading);
                }
            }
        }
        let hidden = word.contains("dbname=")
            || word.find("PGDATABASE=").is_some_and(|at| at > 0 || word.contains(char::is_whitespace));
        if readings.is_empty() && hidden {
            readings.push(Reading::Unknown("guard cannot follow it"));
        }
        let variable = ARGUMENT.to_owned();
        found.extend(readings.into_iter().map(|reading| Found {
            variable: variable.clone(),
            place: PLACE.to_owned(),
            reading,
        }));
    }
    let own = pairs_of(variables);
    let mut set: Vec<(String, String)> = words
        .iter()
        .filter_map(|word| word.split_once('='))
        .filter(|(name, _)| {
            !name.is_empty()
                && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
        })
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    if set.is_empty() {
        return found;
    }
    let known = of_pairs(&own, PLACE);
    set.extend(own);
    let mut set = of_pairs(&set, PLACE);
    set.retain(|one| found.iter().chain(&known).all(|known| known.reading != one.reading));
    found.extend(set);
    found
}

/// What the Postgres library would connect to when nobody gives it a URL.
fn library(variables: &[(String, String)], place: &str) -> Option<Found> {
    let get = |name: &str| {
        variables
            .iter()
            .find(|(known, value)| known == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    };
    let unknown = |variable: &str, why| {
        let reading = Reading::Unknown(why);
        Some(Found { variable: variable.to_owned(), place: format!("{variable} in {place}"), reading })
    };
    if get("PGSERVICE").is_some() {
        return unknown("PGSERVICE", "guard does not follow service files");
    }
    if get("PGHOSTADDR").is_some() {
        return unknown("PGHOSTADDR", "guard does not follow addresses beside the host");
    }
    let variable = ["PGHOST", "PGDATABASE"].into_iter().find(|name| get(name).is_some())?;
    let user = get("PGUSER").or_else(|| get("USER")).unwrap_or("postgres");
    let pieces = Pieces {
        user,
        password: get("PGPASSWORD"),
        host: get("PGHOST").unwrap_or("localhost"),
        port: get("PGPORT"),
        database: get("PGDATABASE").unwrap_or(user),
    };
    let reading = pieces.reading(Engine::Postgres);
    Some(Found { variable: variable.to_owned(), place: format!("{variable} in {place}"), reading })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(variables: &[(&str, &str)], files: &[(&str, &str)]) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let told = all(&Environment::of(variables.iter().copied()), folder.path()).unwrap();
        told.iter()
            .map(|found| match &found.reading {
                Reading::Url(url) => format!("{}: {url}", found.place),
                Reading::Unknown(_) => format!("{}: unknown", found.place),
            })
            .collect()
    }

    #[test]
    fn a_file_where_a_folder_is_looked_for_is_nothing() {
        assert_eq!(found(&[], &[("prisma", "no folder")]), [""; 0]);
    }

    #[test]
    fn urls_are_found_wherever_they_hide() {
        assert_eq!(
            found(&[("A", "postgres://u:p@h/d"), ("HOME", "/root"), ("SITE", "https://x")], &[]),
            ["A in the environment: postgres h:5432/d"]
        );
        assert_eq!(
            found(&[("PGHOST", "h"), ("PGUSER", "u"), ("PGDATABASE", "d"), ("PGPORT", "6")], &[]),
            ["PGHOST in the environment: postgres h:6/d"]
        );
        assert_eq!(found(&[("PGSERVICE", "prod")], &[]), ["PGSERVICE in the environment: unknown"]);
        assert_eq!(found(&[("X", "mongodb://h/d")], &[]), ["X in the environment: unknown"]);
        assert_eq!(
            found(&[("FLYWAY_URL", "jdbc:postgresql://h:5/d?user=x")], &[]),
            ["FLYWAY_URL in the environment: postgres h:5/d"]
        );
        assert_eq!(found(&[("X", "jdbc:oracle:thin:@h:1521/d")], &[]), ["X in the environment: unknown"]);
        assert_eq!(found(&[("X", "jdbc:postgresql://a,b/d")], &[]), ["X in the environment: unknown"]);
        assert_eq!(found(&[("X", "postgres://u@a,b/d")], &[]), ["X in the environment: unknown"]);
        assert_eq!(
            found(&[("DATABASE_URL", "file:./dev.db")], &[]),
            ["DATABASE_URL in the environment: sqlite file ./dev.db"]
        );
        assert_eq!(found(&[("T", "sqlite::memory:"), ("U", "sqlite://:memory:")], &[]), [""; 0]);
        assert_eq!(found(&[("LOGO", "file:///logo.png")], &[]), [""; 0]);
        assert_eq!(
            found(
                &[],
                &[
                    (".env", "# a\nexport A='mysql://u:p@h/d' # b\nB=1"),
                    (".env.local", "C=\"postgres://u@h/d\""),
                    (".env.example", "D=postgres://u@h/d"),
                    ("other", "E=postgres://u@h/d"),
                ]
            ),
            ["A in .env: mysql h:3306/d", "C in .env.local: postgres h:5432/d"]
        );
    }

    #[test]
    fn an_address_is_put_together_over_files_and_the_environment() {
        assert_eq!(
            found(&[("DB_HOST", "h"), ("DB_PORT", "6")], &[(".env", "DB_NAME=d")]),
            ["DB_HOST in the environment and the .env files: postgres h:6/d"]
        );
        // Whichever of two a program takes, both are looked at.
        assert_eq!(
            found(&[("DB_HOST", "h"), ("DB_NAME", "d")], &[(".env", "DB_NAME=e")]),
            [
                "DB_HOST in the environment: postgres h:5432/d",
                "DB_HOST in the environment and the .env files: postgres h:5432/e"
            ]
        );
        assert_eq!(
            found(&[("H", "h")], &[(".env", "A=postgres://u:p@${H}:6/${NAME}\nNAME=d")]),
            ["A in .env: postgres h:6/d"]
        );
        assert_eq!(found(&[], &[(".env", "A='\npostgres://u@h/d\n'")]), ["A in .env: postgres h:5432/d"]);
        assert_eq!(
            found(&[], &[(".env", "DB_CONNECTION=sqlite\nDB_DATABASE=/srv/a.db")]),
            ["DB_DATABASE in .env: sqlite file /srv/a.db"]
        );
    }

    #[test]
    fn the_words_of_a_command_hold_addresses_in_many_ways() {
        let told = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
            of_words(&Environment::of([("PGHOST", "h")]), &words)
                .into_iter()
                .map(|found| match found.reading {
                    Reading::Url(url) => format!("{}: {url}", found.variable),
                    Reading::Unknown(_) => format!("{}: unknown", found.variable),
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(
            told(&["psql", "--dbname=host=h port=5 dbname=prod"]),
            [format!("{ARGUMENT}: postgres h:5/prod")]
        );
        assert_eq!(
            told(&["sh", "-c", "psql \"host=h dbname=prod\" -c 'select 1'"]),
            [format!("{ARGUMENT}: postgres h:5432/prod")]
        );
        assert_eq!(told(&["env", "PGHOST=h", "PGDATABASE=prod", "cmd"]), ["PGHOST: postgres h:5432/prod"]);
        // The environment says the rest.
        assert_eq!(told(&["env", "PGDATABASE=prod", "cmd"]), ["PGHOST: postgres h:5432/prod"]);
        assert_eq!(told(&["psql", "host=h dbname='prod"]), [format!("{ARGUMENT}: unknown")]);
        assert_eq!(told(&["sh", "-c", "cd x; PGDATABASE=prod psql"]), [format!("{ARGUMENT}: unknown")]);
        assert_eq!(told(&["npm", "test", "--", "--grep=a=b", "host=h"]), [""; 0]);
    }
}
