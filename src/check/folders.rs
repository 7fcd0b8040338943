//! Which folder of a repository holds its migrations, and of which tool they are: as proposed, a person reads it.

use std::collections::BTreeMap;
use std::path::Path;

use crate::reach::sources::Sources;

/// Words in a migration, or files beside it, by which another tool than sqlx tells its own.
const OTHERS: [&str; 5] = ["-- +goose", "-- migrate:", "-- +migrate", "--liquibase", "-- liquibase"];
const BESIDE: [&str; 4] = ["atlas.sum", "meta/_journal.json", "_journal.json", "alembic.ini"];
/// Words in the files of a project that start or name such a tool.
const TOOLS: [&str; 14] = [
    "db-migrate",
    "dbmate",
    "diesel",
    "drizzle",
    "flyway",
    "golang-migrate",
    "goose",
    "kysely",
    "knex",
    "node-pg-migrate",
    "postgres-migrations",
    "refinery",
    "typeorm",
    "umzug",
];
/// Where a project says what it uses.
const MANIFESTS: [&str; 9] = [
    "Cargo.toml",
    "package.json",
    "go.mod",
    "Makefile",
    "justfile",
    "Justfile",
    "diesel.toml",
    "composer.json",
    "pyproject.toml",
];

/// The folder, and the tool that the contract names.
pub(super) fn migrations(sources: &Sources) -> Option<(String, &'static str)> {
    let prisma = sources.files.iter().find_map(|f| {
        let (folder, rest) = f.path.split_once("migrations/")?;
        (rest.ends_with("/migration.sql") && rest.matches('/').count() == 1)
            .then(|| format!("{folder}migrations"))
    });
    if let Some(path) = prisma {
        return Some((path, "prisma"));
    }
    // Of several folders the one with the most migrations.
    let mut plain: BTreeMap<&str, usize> = BTreeMap::new();
    for file in &sources.files {
        let Some((folder, name)) = file.path.rsplit_once('/') else { continue };
        // Diesel keeps each migration in a folder of its own.
        let folder =
            if name == "up.sql" { folder.rsplit_once('/').map_or(folder, |(f, _)| f) } else { folder };
        let last = folder.rsplit('/').next().unwrap_or(folder);
        if name != "down.sql"
            && Path::new(name).extension().is_some_and(|e| e == "sql")
            && matches!(last, "migrations" | "migration" | "drizzle" | "migrate" | "versions")
        {
            *plain.entry(folder).or_default() += 1;
        }
    }
    let (folder, _) = plain.into_iter().max_by_key(|(folder, count)| (*count, std::cmp::Reverse(*folder)))?;
    Some((folder.to_owned(), if is_of_sqlx(sources, folder) { "sqlx" } else { "sql" }))
}

/// Its files are named as sqlx names them, and either the project uses sqlx, or they carry the moments that sqlx
/// writes and nothing speaks of another tool.
fn is_of_sqlx(sources: &Sources, folder: &str) -> bool {
    let inside =
        |path: &str| -> Option<String> { path.strip_prefix(folder)?.strip_prefix('/').map(str::to_owned) };
    let files: Vec<(String, &str)> = sources
        .files
        .iter()
        .filter_map(|file| Some((inside(&file.path)?, file.text.as_deref().unwrap_or_default())))
        .collect();
    let migrations = || files.iter().filter(|(name, _)| name.strip_suffix(".sql").is_some());
    let number = |name: &str| name.split_once('_').map(|(number, _)| number.to_owned());
    let fits = |name: &str| {
        !name.contains('/') && number(name).is_some_and(|number| number.parse::<i64>().is_ok_and(|it| it > 0))
    };
    if !migrations().all(|(name, _)| fits(name)) {
        return false;
    }
    let manifest = |names: &[&str], word: &str| {
        sources.files.iter().any(|file| {
            let name = file.path.rsplit('/').next().unwrap_or(&file.path);
            names.contains(&name) && file.text.as_deref().is_some_and(|text| text.contains(word))
        })
    };
    if manifest(&["Cargo.toml"], "sqlx") || sources.files.iter().any(|file| file.path.starts_with(".sqlx/")) {
        return true;
    }
    let moment = |name: &str| number(name).is_some_and(|number| number.len() == 14);
    let foreign = migrations().any(|(_, text)| OTHERS.iter().any(|word| text.contains(word)))
        || files.iter().any(|(name, _)| BESIDE.contains(&name.as_str()))
        || folder.split('/').any(|part| ["supabase", "hasura", "drizzle"].contains(&part))
        || TOOLS.iter().any(|word| manifest(&MANIFESTS, word));
    // Pairs of `up` and `down` are as well those of golang-migrate.
    let paired = migrations().any(|(name, _)| name.ends_with(".down.sql"));
    migrations().all(|(name, _)| moment(name)) && !foreign && !paired
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Kind;
    use crate::reach::sources::SourceFile;

    fn told(files: &[(&str, &str)]) -> String {
        let files = files.iter().map(|(path, text)| {
            SourceFile::new((*path).to_owned(), Kind::of(path, text.as_bytes()), Some((*text).into()))
        });
        migrations(&Sources::new(files.collect()))
            .map_or_else(String::new, |(path, tool)| format!("{path} {tool}"))
    }

    #[test]
    fn a_folder_is_of_sqlx_where_its_names_say_so_and_nothing_else_does() {
        const MADE: &str = "create table a (b int);";
        let timed = ("migrations/20260101000000_a.sql", MADE);
        let numbered = ("migrations/1_a.sql", MADE);
        let cargo = ("Cargo.toml", "[dependencies]\nsqlx = \"0.9\"\n");
        for (files, expected) in [
            (vec![timed], "migrations sqlx"),
            (vec![timed, cargo], "migrations sqlx"),
            (vec![numbered, cargo], "migrations sqlx"),
            (vec![("db/migrations/20260101000000_a.up.sql", MADE), cargo], "db/migrations sqlx"),
            // The project uses sqlx, and these are not its migrations.
            (vec![("migrations/V1__a.sql", MADE), cargo], "migrations sql"),
            (vec![("migrations/2026-01-01-000000_a/up.sql", MADE), cargo], "migrations sql"),
            (vec![numbered], "migrations sql"),
            (vec![timed, ("migrations/initial.sql", MADE)], "migrations sql"),
            (
                vec![("migrations/20260101000000_a.sql", "-- migrate:up\ncreate table a (b int);")],
                "migrations sql",
            ),
            (vec![timed, ("migrations/atlas.sum", "h1:x")], "migrations sql"),
            (vec![timed, ("package.json", "{\"dependencies\": {\"knex\": \"3\"}}")], "migrations sql"),
            (vec![("supabase/migrations/20260101000000_a.sql", MADE)], "supabase/migrations sql"),
            (
                vec![
                    ("migrations/20260101000000_a.up.sql", MADE),
                    ("migrations/20260101000000_a.down.sql", MADE),
                ],
                "migrations sql",
            ),
            (vec![("prisma/migrations/1_a/migration.sql", MADE)], "prisma/migrations prisma"),
            (vec![], ""),
        ] {
            assert_eq!(told(&files), expected, "{files:?}");
        }
    }
}
