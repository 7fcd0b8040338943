//! From a tree to sources: every file read once, and searched once for all words that matter.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use crate::check::{pipelines, started};
use crate::io::decode::{Decoded, decoded};
use crate::io::tree::{EntryKind, Tree};
use crate::lang::Kind;
use crate::reach::resolve::{join, normal};
use crate::reach::sources::{SourceFile, Sources};
use crate::reach::trigger::{Touch, touch};
use crate::rules::secret;
use crate::words::finding::Finding;
use crate::words::span::FileId;

/// Larger files are not read as programs: no person wrote them.
const LARGEST: usize = 8 << 20;
/// So much of a file tells what it is.
const HEAD: usize = 2048;
/// How many files git is asked for at once.
const BATCH: usize = 256;

#[derive(Debug, Default)]
pub struct Loaded {
    pub sources: Sources,
    /// Files that name a database library or tool.
    pub named: Vec<FileId>,
    /// Files with calls that could be writes through somebody else's client.
    pub calling: Vec<FileId>,
    pub secrets: Vec<Finding>,
}

/// A file that was read and searched.
struct Row {
    id: FileId,
    file: SourceFile,
    touch: Touch,
    secrets: Vec<Finding>,
}

/// Reads and searches every file of the tree.
#[must_use]
pub fn load(tree: &Tree, prefix: &str) -> Loaded {
    let entries: Vec<_> = tree.entries().iter().filter(|e| e.path.starts_with(prefix)).collect();
    let deploys = tree.contains(&format!("{prefix}guard.toml"));
    let mut links = BTreeMap::new();
    for entry in &entries {
        if let EntryKind::Symlink { target, outside } = &entry.kind {
            let path = entry.path[prefix.len()..].to_owned();
            let inside = if *outside { None } else { target_of(&path, target) };
            links.insert(path, inside);
        }
    }
    let mut rows: Vec<Row> = Vec::with_capacity(entries.len());
    for batch in entries.chunks(BATCH) {
        let paths: Vec<&str> = batch.iter().filter(|e| e.is_file()).map(|e| e.path.as_str()).collect();
        let contents = tree.contents(&paths);
        // Entries are sorted by path, and a prefix keeps the order, so the place in the list is the id.
        let first = rows.len();
        rows.par_extend(batch.par_iter().enumerate().map(|(at, entry)| {
            let id = FileId(u32::try_from(first + at).unwrap_or(u32::MAX));
            let path = entry.path[prefix.len()..].to_owned();
            let (mut file, text) = match &entry.kind {
                EntryKind::File => match contents.read(&entry.path) {
                    Ok(bytes) => read(path, bytes),
                    Err(error) => (broken(path, format!("it cannot be read ({error})")), None),
                },
                EntryKind::Symlink { target, .. } if links.get(&path).is_some_and(Option::is_none) => {
                    (broken(path, format!("it is a link out of the repository, to {target}")), None)
                }
                EntryKind::Unreadable { why } => (broken(path, why.clone()), None),
                _ => (SourceFile::new(path, Kind::Other, None), None),
            };
            file.executable = entry.executable;
            let Some(text) = text else {
                let touch = Touch { names: file.unreadable.is_some() && is_program(file.kind), calls: false };
                file.triggered = touch.any();
                return Row { id, file, touch, secrets: Vec::new() };
            };
            let touch = match file.kind {
                // What is written for people is started by nobody; data matters only where something imports
                // it, and most of it is imported by nothing; what guard cannot read has words of its own.
                Kind::Document | Kind::Config | Kind::Other => Touch::default(),
                kind => touch(&text, kind),
            };
            file.triggered = match file.kind {
                // Programs that are not read are only told of where they name a database.
                Kind::Other => is_script(&file.path, &text) && touches_database(&text),
                _ => touch.any(),
            };
            let secrets = secret::check(id, &file.path, &text);
            // Only what may be parsed or looked at again is kept.
            let looked_at = match file.kind {
                Kind::Other => sets_ci(&text),
                // What a deployment says must not drift from it.
                Kind::Document => deploys || !is_prose(&file.path),
                _ => true,
            };
            file.text = looked_at.then(|| Arc::from(text));
            Row { id, file, touch, secrets }
        }));
    }
    let mut out = Loaded::default();
    let mut files = Vec::with_capacity(rows.len());
    for row in rows {
        if row.touch.names {
            out.named.push(row.id);
        }
        if row.touch.calls {
            out.calling.push(row.id);
        }
        out.secrets.extend(row.secrets);
        files.push(row.file);
    }
    pipelines::name_included(&mut files);
    for (at, kind) in started::as_programs(&files) {
        let Some(file) = files.get_mut(at) else { continue };
        let path = format!("{prefix}{}", file.path);
        let contents = tree.contents(&[path.as_str()]);
        let Some(text) = contents.read(&path).ok().and_then(|bytes| read(file.path.clone(), bytes).1) else {
            continue;
        };
        let touch = touch(&text, kind);
        (file.kind, file.triggered, file.text) = (kind, touch.any(), Some(Arc::from(text)));
        let id = FileId(u32::try_from(at).unwrap_or(u32::MAX));
        out.named.extend(touch.names.then_some(id));
        out.calling.extend(touch.calls.then_some(id));
    }
    out.sources = Sources::with_links(files, links);
    out
}

/// Where a link of the repository leads to; None where that is outside of the project.
fn target_of(path: &str, target: &str) -> Option<String> {
    if target.starts_with('/') {
        return None;
    }
    let folder = path.rsplit_once('/').map_or(".", |(folder, _)| folder);
    normal(&join(folder, target))
}

/// A file, and its text apart: most of what people read is looked at only once, and not kept.
fn read(path: String, bytes: Vec<u8>) -> (SourceFile, Option<String>) {
    let kind = Kind::of(&path, &bytes[..bytes.len().min(HEAD)]);
    if bytes.len() > LARGEST && is_program(kind) {
        let why = format!("it is {} MB large, more than any program that a person wrote", bytes.len() >> 20);
        return (broken_of(path, kind, why), None);
    }
    if bytes.len() > LARGEST {
        return (SourceFile::new(path, kind, None), None);
    }
    match decoded(bytes) {
        Decoded::Text { text, .. } => (SourceFile::new(path, kind, None), Some(text)),
        Decoded::Binary if is_program(kind) => (broken_of(path, kind, "it is no text".to_owned()), None),
        Decoded::Binary => (SourceFile::new(path, kind, None), None),
    }
}

/// What only people read; a `.txt` may be data for a client.
fn is_prose(path: &str) -> bool {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    ["md", "mdx", "markdown", "rst", "adoc"].iter().any(|known| extension.eq_ignore_ascii_case(known))
}

/// A small file that sets `CI` for whoever loads it, however it is called.
fn sets_ci(text: &str) -> bool {
    text.len() < 1 << 16
        && text.lines().any(|line| {
            let line = line.trim_start();
            line.strip_prefix("export ").unwrap_or(line).trim_start().starts_with("CI=")
        })
}

fn is_script(path: &str, text: &str) -> bool {
    const EXTENSIONS: [&str; 15] = [
        "py", "ps1", "psm1", "rs", "java", "kt", "cs", "bat", "cmd", "pl", "ex", "exs", "scala", "lua",
        "groovy",
    ];
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    text.starts_with("#!") || EXTENSIONS.contains(&extension)
}

/// Words of which a program in a language without a front end holds one if it uses a database.
fn touches_database(text: &str) -> bool {
    const WORDS: [&str; 26] = [
        "psycopg",
        "sqlalchemy",
        "asyncpg",
        "pymysql",
        "mysqldb",
        "mysql.connector",
        "sqlite3",
        "django",
        "alembic",
        "peewee",
        "psql",
        "prisma",
        "sqlx",
        "diesel",
        "sea_orm",
        "invoke-sqlcmd",
        "sqlcmd",
        "activerecord",
        "gorm",
        "database/sql",
        "insert into",
        "delete from",
        "truncate table",
        "drop table",
        "alter table",
        "database_url",
    ];
    let lower = text.to_ascii_lowercase();
    WORDS.iter().any(|word| lower.contains(word))
}

fn is_program(kind: Kind) -> bool {
    !matches!(kind, Kind::Other | Kind::Document | Kind::Config)
}

fn broken(path: String, why: String) -> SourceFile {
    let kind = Kind::of(&path, b"");
    broken_of(path, kind, why)
}

fn broken_of(path: String, kind: Kind, why: String) -> SourceFile {
    let mut file = SourceFile::new(path, kind, None);
    file.unreadable = Some(why);
    file
}
