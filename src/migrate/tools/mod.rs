//! What thirteen tools wrote down about their migrations, read without the tool: one reader each, and
//! which of them a project or a database speaks of.

mod files;
mod graphs;
mod plain;
mod strict;

use std::path::Path;

use super::book::Book;
use super::history::{self, Line};
use crate::contract::model::{Migrations, Tool};
use crate::gate::asked::findings;
use crate::gate::enter::Entered;
use crate::io::database::Session;
use crate::io::database::failure::Failure;
use crate::io::database::quoted;
use crate::io::database::url::Engine;
use crate::words::ending::{Code, Ending};

/// Migrations that another revision has otherwise are refused where no history says what was applied.
pub fn told_by_nobody(entered: &Entered, tool: Option<Known>) -> Result<(), Ending> {
    let own = entered.project.contract.migrations.as_ref().map(|own| own.tool);
    if entered.edited.is_empty() || tool.is_some_and(|tool| tool.is(own)) {
        return Ok(());
    }
    Err(findings(Code::ContractFindings, &entered.edited))
}

/// A tool whose history guard can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Known {
    Prisma,
    Sqlx,
    Flyway,
    Liquibase,
    Rails,
    GolangMigrate,
    Refinery,
    Atlas,
    Pgroll,
    Django,
    Alembic,
    Drizzle,
    Knex,
}

impl Known {
    pub const ALL: [Self; 13] = [
        Self::Prisma,
        Self::Sqlx,
        Self::Flyway,
        Self::Liquibase,
        Self::Rails,
        Self::GolangMigrate,
        Self::Refinery,
        Self::Atlas,
        Self::Pgroll,
        Self::Django,
        Self::Alembic,
        Self::Drizzle,
        Self::Knex,
    ];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Prisma => "prisma",
            Self::Sqlx => "sqlx",
            Self::Flyway => "flyway",
            Self::Liquibase => "liquibase",
            Self::Rails => "rails",
            Self::GolangMigrate => "golang-migrate",
            Self::Refinery => "refinery",
            Self::Atlas => "atlas",
            Self::Pgroll => "pgroll",
            Self::Django => "django",
            Self::Alembic => "alembic",
            Self::Drizzle => "drizzle",
            Self::Knex => "knex",
        }
    }

    /// Whether the contract's folder is this tool's, so that its history holds a checksum of every file.
    #[must_use]
    pub fn is(self, own: Option<Tool>) -> bool {
        matches!((self, own), (Self::Prisma, Some(Tool::Prisma)) | (Self::Sqlx, Some(Tool::Sqlx)))
    }

    /// By the words of a command, launchers stripped.
    #[must_use]
    pub fn of_command(words: &[String]) -> Option<Self> {
        let first = words.first()?.rsplit('/').next()?;
        Some(match first {
            "prisma" | "prisma2" => Self::Prisma,
            "sqlx" | "cargo-sqlx" => Self::Sqlx,
            "flyway" => Self::Flyway,
            "liquibase" => Self::Liquibase,
            "rails" | "rake" => Self::Rails,
            "migrate" => Self::GolangMigrate,
            "refinery" => Self::Refinery,
            "atlas" => Self::Atlas,
            "pgroll" => Self::Pgroll,
            "django-admin" | "manage.py" => Self::Django,
            "python" | "python3" if words.iter().any(|word| word.ends_with("manage.py")) => Self::Django,
            "alembic" => Self::Alembic,
            "drizzle-kit" => Self::Drizzle,
            "knex" => Self::Knex,
            _ => return None,
        })
    }

    /// Its table of the history.
    fn table(self) -> &'static str {
        match self {
            Self::Prisma => "_prisma_migrations",
            Self::Sqlx => "_sqlx_migrations",
            Self::Flyway => "flyway_schema_history",
            Self::Liquibase => "databasechangelog",
            Self::Rails | Self::GolangMigrate => "schema_migrations",
            Self::Refinery => "refinery_schema_history",
            Self::Atlas => "atlas_schema_revisions",
            Self::Pgroll => "migrations",
            Self::Django => "django_migrations",
            Self::Alembic => "alembic_version",
            Self::Drizzle => "__drizzle_migrations",
            Self::Knex => "knex_migrations",
        }
    }

    /// Where its migrations lie when nobody says.
    fn folder(self) -> &'static str {
        match self {
            Self::Prisma => "prisma/migrations",
            Self::Rails => "db/migrate",
            Self::Flyway => "src/main/resources/db/migration",
            Self::Alembic => "alembic/versions",
            Self::Drizzle => "drizzle",
            Self::Django => ".",
            _ => "migrations",
        }
    }
}

/// What one tool's history says.
#[derive(Clone, Debug)]
pub struct History {
    pub tool: Known,
    pub lines: Vec<Line>,
    /// The tool's own lock is held, and by whom.
    pub locked: Option<String>,
}

impl History {
    /// Nothing but applied and pending, and nobody at work.
    pub fn sane(&self) -> Result<(), Ending> {
        history::sane(&self.lines).map_err(|ending| match self.tool {
            Known::Prisma => Book::Prisma { schema: None }.way_out(ending),
            Known::Sqlx => Book::Sqlx.way_out(ending),
            _ => ending,
        })?;
        let Some(who) = &self.locked else { return Ok(()) };
        Err(Ending::refused(
            Code::HistoryUnfinished,
            format!("the lock of {} is held: {who}", self.tool.name()),
        )
        .detail("lock", who.clone())
        .next("wait until that run ends; where it died, release the lock with the tool itself"))
    }

    #[must_use]
    pub fn pending(&self) -> Vec<String> {
        let pending = self.lines.iter().filter(|line| line.state == history::State::Pending);
        pending.map(|line| line.name.clone()).collect()
    }
}

/// What a table is called in full, where it is there: the usual schema first.
fn table(session: &mut Session, name: &str) -> Result<Option<String>, Failure> {
    let engine = session.engine();
    let (sql, schema) = match engine {
        Engine::Postgres => (
            "select n.nspname::text, c.relname::text from pg_catalog.pg_class c \
             join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
             where lower(c.relname) = ? and c.relkind in ('r', 'p') and n.nspname !~ '^pg_(temp|toast)' \
             order by n.nspname <> 'public', n.nspname limit 1",
            true,
        ),
        Engine::Mysql => (
            "select '', table_name from information_schema.tables \
             where table_schema = database() and lower(table_name) = ? limit 1",
            false,
        ),
        Engine::Sqlite => (
            "select '', name from main.sqlite_master where type = 'table' and lower(name) = ? limit 1",
            false,
        ),
    };
    let rows = session.query(sql, &[name.into()])?;
    let Some(row) = rows.first() else { return Ok(None) };
    let found = quoted(engine, &row.text(1).unwrap_or_default());
    Ok(Some(if schema {
        format!("{}.{found}", quoted(engine, &row.text(0).unwrap_or_default()))
    } else {
        found
    }))
}

/// Whether a table has a column: two tools call theirs the same.
fn has_column(session: &mut Session, table: &str, column: &str) -> Result<bool, Failure> {
    let (sql, values) = match session.engine() {
        Engine::Postgres => (
            "select 1 from pg_catalog.pg_attribute where attrelid = pg_catalog.to_regclass(?) \
             and lower(attname) = ? and not attisdropped",
            vec![table.into(), column.into()],
        ),
        Engine::Mysql => (
            "select 1 from information_schema.columns where table_schema = database() \
             and concat('`', table_name, '`') = ? and lower(column_name) = ?",
            vec![table.into(), column.into()],
        ),
        Engine::Sqlite => (
            "select 1 from pragma_table_info(?) where lower(name) = ?",
            vec![table.trim_matches('"').into(), column.into()],
        ),
    };
    Ok(!session.query(sql, &values)?.is_empty())
}

/// The column as a text, on every engine.
fn text_of(engine: Engine, column: &str) -> String {
    match engine {
        Engine::Postgres => format!("{column}::text"),
        Engine::Mysql => format!("cast({column} as char)"),
        Engine::Sqlite => format!("cast({column} as text)"),
    }
}

/// Rows of the columns of a table, all as texts.
fn rows(
    session: &mut Session,
    table: &str,
    columns: &[&str],
    order: &str,
) -> Result<Vec<Vec<Option<String>>>, Failure> {
    let engine = session.engine();
    let list: Vec<String> = columns.iter().map(|column| text_of(engine, column)).collect();
    let found = session.query(&format!("select {} from {table} order by {order}", list.join(", ")), &[])?;
    Ok(found.iter().map(|row| (0..columns.len()).map(|at| row.text(at)).collect()).collect())
}

/// Yes, in every engine's words.
fn yes(text: Option<&String>) -> bool {
    text.is_some_and(|text| ["1", "t", "true", "yes"].contains(&text.to_ascii_lowercase().as_str()))
}

/// The tools whose history the database holds.
pub fn present(session: &mut Session) -> Result<Vec<Known>, Failure> {
    let mut found = Vec::new();
    for tool in Known::ALL {
        if find(session, tool)?.is_some() {
            found.push(tool);
        }
    }
    Ok(found)
}

/// The tool's history table, where it is that tool's.
fn find(session: &mut Session, tool: Known) -> Result<Option<String>, Failure> {
    let Some(name) = table(session, tool.table())? else { return Ok(None) };
    let own = match tool {
        Known::Rails => !has_column(session, &name, "dirty")?,
        Known::GolangMigrate => has_column(session, &name, "dirty")?,
        Known::Pgroll => {
            session.engine() == Engine::Postgres
                && name.starts_with("\"pgroll\".")
                && has_column(session, &name, "done")?
        }
        _ => true,
    };
    Ok(own.then_some(name))
}

/// Which tool's history counts: that of the command, of the contract, of the folder, of the database.
pub fn choose(entered: &mut Entered, command: Option<&[String]>) -> Result<Option<Known>, Failure> {
    if let Some(known) = command.and_then(Known::of_command) {
        return Ok(Some(known));
    }
    let own = entered.project.contract.migrations.clone();
    match own.as_ref().map(|own| own.tool) {
        Some(Tool::Prisma) => return Ok(Some(Known::Prisma)),
        Some(Tool::Sqlx) => return Ok(Some(Known::Sqlx)),
        _ => {}
    }
    let there = present(&mut entered.session)?;
    let folder = own.as_ref().map(|own| entered.project.root.join(&own.path.value));
    let looks = folder.as_deref().and_then(files::looks_like);
    Ok(match (looks, there.as_slice()) {
        (Some(looks), there) if there.is_empty() || there.contains(&looks) => Some(looks),
        (_, [first, ..]) => Some(*first),
        (looks, []) => looks,
    })
}

/// Reads one tool's history beside what the repository holds.
pub fn read(entered: &mut Entered, tool: Known) -> Result<History, Ending> {
    let project = &entered.project;
    let (own, root) = (project.contract.migrations.clone(), project.root.clone());
    let schema = entered.url.schema.clone();
    entered.session.looking(|session| read_on(session, tool, own.as_ref(), &root, schema))
}

fn read_on(
    session: &mut Session,
    tool: Known,
    own: Option<&Migrations>,
    root: &Path,
    schema: Option<String>,
) -> Result<History, Ending> {
    let shown = own.map_or_else(|| tool.folder().to_owned(), |own| own.path.value.clone());
    let folder = root.join(&shown);
    let engine = session.engine();
    let book = match tool {
        Known::Prisma => Some(Book::Prisma { schema }),
        Known::Sqlx => Some(Book::Sqlx),
        _ => None,
    };
    if let Some(book) = book {
        let files = if folder.is_dir() { book.files(&folder, &shown, engine)? } else { Vec::new() };
        let applied = book.read(session)?;
        let lines = history::compare(&files, &applied, book.order());
        return Ok(History { tool, lines, locked: None });
    }
    let table = find(session, tool)?;
    let of = Source { root, folder: &folder, table: table.as_deref() };
    let (lines, locked) = match tool {
        Known::Flyway => (strict::flyway(session, &of)?, None),
        Known::GolangMigrate => (strict::golang_migrate(session, &of)?, None),
        Known::Refinery => (strict::refinery(session, &of)?, None),
        Known::Atlas => (strict::atlas(session, &of)?, None),
        Known::Drizzle => (strict::drizzle(session, &of)?, None),
        Known::Rails => (plain::rails(session, &of)?, None),
        Known::Pgroll => (plain::pgroll(session, &of)?, None),
        Known::Knex => (plain::knex(session, &of)?, plain::knex_lock(session)?),
        Known::Liquibase => (plain::liquibase(session, &of)?, plain::liquibase_lock(session)?),
        Known::Django => (graphs::django(session, &of)?, None),
        Known::Alembic => (graphs::alembic(session, &of)?, None),
        Known::Prisma | Known::Sqlx => (Vec::new(), None),
    };
    Ok(History { tool, lines, locked })
}

/// Where a reader looks.
struct Source<'a> {
    root: &'a Path,
    folder: &'a Path,
    /// The history table; none where the tool has never run here.
    table: Option<&'a str>,
}

/// The text of the files behind the pending lines, to know what they speak of.
#[must_use]
pub fn texts(root: &Path, folder: &Path, names: &[String]) -> String {
    files::texts(root, folder, names)
}
