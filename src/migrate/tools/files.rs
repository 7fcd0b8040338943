//! The files of migration tools: listed, sorted, bounded, and told apart by how they are named.

use std::path::{Path, PathBuf};

use super::Known;

/// More files than any folder of migrations has.
const MOST: usize = 20_000;

/// Larger than any migration that a person writes.
const LARGEST: u64 = 16 << 20;

/// The names in a folder, sorted; none where there is no such folder.
pub(super) fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<String> =
        entries.take(MOST).filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    found.sort();
    found
}

/// A text, where it is one and of a size that a person writes.
pub(super) fn text(path: &Path) -> Option<String> {
    let about = std::fs::metadata(path).ok().filter(|about| about.is_file() && about.len() <= LARGEST)?;
    drop(about);
    std::fs::read_to_string(path).ok()
}

/// Files below a folder with one of these endings, as paths; hidden and installed folders are left out.
pub(super) fn below(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let skipped = ["node_modules", "target", "venv", "site-packages", "__pycache__"];
    let mut found: Vec<PathBuf> = walkdir::WalkDir::new(folder)
        .max_depth(8)
        .into_iter()
        .filter_entry(|entry| {
            let name = entry.file_name().to_string_lossy();
            entry.depth() == 0 || (!name.starts_with('.') && !skipped.contains(&name.as_ref()))
        })
        .flatten()
        .take(MOST)
        .filter(|entry| entry.file_type().is_file())
        .map(walkdir::DirEntry::into_path)
        .filter(|path| {
            let name = path.to_string_lossy();
            endings.iter().any(|ending| name.ends_with(ending))
        })
        .collect();
    found.sort();
    found
}

/// Which tool names its files like this.
pub(super) fn looks_like(folder: &Path) -> Option<Known> {
    let names = names(folder);
    let has = |test: &dyn Fn(&str) -> bool| names.iter().any(|name| test(name));
    if folder.join("meta/_journal.json").is_file() {
        return Some(Known::Drizzle);
    }
    if folder.join("atlas.sum").is_file() {
        return Some(Known::Atlas);
    }
    if folder.join("migration_lock.toml").is_file() {
        return Some(Known::Prisma);
    }
    let changelog = |path: &PathBuf| {
        text(path).is_some_and(|text| {
            text.trim_start().starts_with("--liquibase formatted sql") || text.contains("<databaseChangeLog")
        })
    };
    if below(folder, &[".sql", ".xml"]).iter().any(changelog) {
        return Some(Known::Liquibase);
    }
    if has(&|name| name.ends_with(".sql") && versioned(name).is_some()) {
        return Some(Known::Flyway);
    }
    if has(&|name| name.ends_with(".rs") && versioned(name).is_some()) {
        return Some(Known::Refinery);
    }
    if has(&|name| name.ends_with(".rb")) {
        return Some(Known::Rails);
    }
    if has(&|name| name.ends_with(".up.sql")) && has(&|name| name.ends_with(".down.sql")) {
        return Some(Known::GolangMigrate);
    }
    let python = below(folder, &[".py"]);
    if python.iter().filter_map(|path| text(path)).any(|text| text.contains("down_revision")) {
        return Some(Known::Alembic);
    }
    if !python.is_empty() {
        return Some(Known::Django);
    }
    if has(&|name| [".js", ".ts", ".cjs", ".mjs"].iter().any(|end| name.ends_with(end))) {
        return Some(Known::Knex);
    }
    None
}

/// `V1_2__add_note.sql`: version and description. Repeatable ones have no version.
pub(super) fn versioned(name: &str) -> Option<(Option<String>, String)> {
    let (stem, _) = name.rsplit_once('.')?;
    let (front, description) = stem.split_once("__")?;
    match front.split_at_checked(1)? {
        ("V" | "v", version)
            if !version.is_empty() && version.chars().all(|c| c.is_ascii_digit() || c == '.' || c == '_') =>
        {
            Some((Some(version.replace('_', ".")), description.to_owned()))
        }
        ("R", "") => Some((None, description.to_owned())),
        _ => None,
    }
}

/// `20240101_name.ext`: the number in front.
pub(super) fn numbered(name: &str) -> Option<(String, String)> {
    let (number, rest) = name.split_once('_')?;
    let plain = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit());
    plain.then(|| (number.to_owned(), rest.to_owned()))
}

/// What the named migrations say, wherever they lie.
pub(super) fn texts(root: &Path, folder: &Path, names: &[String]) -> String {
    let mut out = String::new();
    for name in names {
        let places = [
            folder.join(name),
            folder.join(name).join("migration.sql"),
            folder.join(format!("{name}.sql")),
            folder.join(format!("{name}.py")),
            root.join(name),
            root.join(format!("{name}.py")),
        ];
        if let Some(text) = places.iter().find_map(|path| text(path)) {
            out.push_str(&text);
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_the_tools_read_them() {
        assert_eq!(versioned("V1_2__add_note.sql"), Some((Some("1.2".into()), "add_note".into())));
        assert_eq!(versioned("R__views.sql"), Some((None, "views".into())));
        for name in ["V__x.sql", "Vx__y.sql", "1__x.sql", "readme.md", "V1_x.sql"] {
            assert_eq!(versioned(name), None, "{name}");
        }
        assert_eq!(numbered("0001_x.up.sql"), Some(("0001".into(), "x.up.sql".into())));
    }
}
