//! The migrations that a repository holds, as sqlx and Prisma read a folder.

use std::path::Path;

use ring::digest::{SHA384, digest};

use super::statements;
use crate::io::database::url::Engine;
use crate::words::digest::sha256_hex;
use crate::words::ending::{Code, Ending};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migration {
    /// By what it is known in the history: sqlx's version, the name of Prisma's folder.
    pub key: String,
    /// sqlx's; Prisma has none.
    pub version: i64,
    pub description: String,
    /// The file's name, or the folder's.
    pub name: String,
    pub sql: String,
    /// As the tool writes it: SHA-384 over the file for sqlx, SHA-256 in hex for Prisma.
    pub checksum: Vec<u8>,
    /// What the tool also takes for this file: it looks through a checkout that changed line ends.
    pub also: Vec<Vec<u8>>,
    /// It must run outside a transaction.
    pub bare: bool,
}

impl Migration {
    /// A checksum of the history is this file's.
    #[must_use]
    pub fn is(&self, checksum: &[u8]) -> bool {
        self.checksum == checksum || self.also.iter().any(|other| other == checksum)
    }
}

/// No person writes a larger one.
const LARGEST: u64 = 64 << 20;

/// The up-migrations of the folder in their order.
pub fn sqlx(folder: &Path, shown: &str) -> Result<Vec<Migration>, Ending> {
    let no = |why: String| {
        Ending::refused(Code::ContractInvalid, format!("the migrations in {shown} cannot be read: {why}"))
            .next("look at `[migrations] path` in the contract")
    };
    let entries = std::fs::read_dir(folder).map_err(|error| no(error.to_string()))?;
    let mut found: Vec<Migration> = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| no(error.to_string()))?;
        let Some(name) = entry.file_name().to_str().map(str::to_owned) else { continue };
        // Followed, as sqlx follows them.
        let about = std::fs::metadata(entry.path()).map_err(|error| no(format!("{name}: {error}")))?;
        let Some((version, description)) = parts(&name).filter(|_| about.is_file()) else { continue };
        if about.len() > LARGEST {
            return Err(no(format!("{name} is larger than any migration")));
        }
        let bytes = std::fs::read(entry.path()).map_err(|error| no(format!("{name}: {error}")))?;
        let checksum = digest(&SHA384, &bytes).as_ref().to_vec();
        let sql = String::from_utf8(bytes).map_err(|_| no(format!("{name} is not UTF-8")))?;
        let bare = sql.starts_with("-- no-transaction");
        let key = version.to_string();
        found.push(Migration { key, version, description, name, sql, checksum, also: Vec::new(), bare });
    }
    found.sort_by(|a, b| (a.version, &a.name).cmp(&(b.version, &b.name)));
    if let Some([one, other]) = found.array_windows::<2>().find(|[one, other]| one.version == other.version) {
        return Err(no(format!("{} and {} have the same version", one.name, other.name)));
    }
    Ok(found)
}

/// Prisma's folder: one folder a migration, each with its `migration.sql`, in the order of their names.
pub fn prisma(folder: &Path, shown: &str, engine: Engine) -> Result<Vec<Migration>, Ending> {
    let no = |why: String| {
        Ending::refused(Code::ContractInvalid, format!("the migrations in {shown} cannot be read: {why}"))
            .next("look at `[migrations] path` in the contract")
    };
    provider(folder, engine).map_err(no)?;
    let entries = std::fs::read_dir(folder).map_err(|error| no(error.to_string()))?;
    let mut found: Vec<Migration> = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| no(error.to_string()))?;
        let Some(name) = entry.file_name().to_str().map(str::to_owned) else { continue };
        let about = std::fs::metadata(entry.path()).map_err(|error| no(format!("{name}: {error}")))?;
        if !about.is_dir() || name.starts_with('.') {
            continue;
        }
        let file = entry.path().join("migration.sql");
        let about = std::fs::metadata(&file).map_err(|error| no(format!("{name}/migration.sql: {error}")))?;
        if about.len() > LARGEST {
            return Err(no(format!("{name} is larger than any migration")));
        }
        let bytes = std::fs::read(&file).map_err(|error| no(format!("{name}/migration.sql: {error}")))?;
        let sql = String::from_utf8(bytes).map_err(|_| no(format!("{name}/migration.sql is not UTF-8")))?;
        let checksum = sha256_hex(sql.as_bytes());
        let unix = sql.replace("\r\n", "\n");
        let mut also = vec![sha256_hex(unix.replace('\n', "\r\n").as_bytes()), sha256_hex(unix.as_bytes())];
        // An old Prisma wrote every byte without its leading zero.
        let unpadded = |hex: &String| -> String {
            let pairs = hex.as_bytes().chunks(2).map(|pair| String::from_utf8_lossy(pair).into_owned());
            pairs.map(|pair| pair.strip_prefix('0').map_or(pair.clone(), str::to_owned)).collect()
        };
        also.extend([checksum.clone(), also[0].clone(), also[1].clone()].iter().map(unpadded));
        let bare = engine == Engine::Postgres && statements::stands_alone(&sql, engine);
        found.push(Migration {
            key: name.clone(),
            version: 0,
            description: name.clone(),
            name,
            sql,
            checksum: checksum.into_bytes(),
            also: also.into_iter().map(String::into_bytes).collect(),
            bare,
        });
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// Prisma writes down for which kind of server a folder was made.
fn provider(folder: &Path, engine: Engine) -> Result<(), String> {
    let text = match std::fs::read_to_string(folder.join("migration_lock.toml")) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(format!("migration_lock.toml: {error}")),
    };
    let lock: toml::Table =
        text.parse().map_err(|_| "migration_lock.toml is no TOML, as after a bad merge".to_owned())?;
    let provider = lock.get("provider").and_then(toml::Value::as_str).unwrap_or_default();
    let fits = match engine {
        Engine::Postgres => ["postgresql", "postgres", "cockroachdb"].contains(&provider),
        Engine::Mysql => provider == "mysql",
        Engine::Sqlite => provider == "sqlite",
    };
    if fits || provider.is_empty() {
        return Ok(());
    }
    let provider: String = provider.chars().filter(|c| !c.is_control()).take(40).collect();
    Err(format!("they are made for `{provider}`, and the database is {}", engine.name()))
}

/// `<version>_<description>.sql` or `.up.sql`; the way down is nobody's business here.
fn parts(name: &str) -> Option<(i64, String)> {
    let (version, rest) = name.split_once('_')?;
    let version = version.parse().ok()?;
    // As sqlx compares them: by their bytes.
    if !rest.as_bytes().ends_with(b".sql") || rest.ends_with(".down.sql") {
        return None;
    }
    let suffix = if rest.ends_with(".up.sql") { ".up.sql" } else { ".sql" };
    Some((version, rest.trim_end_matches(suffix).replace('_', " ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_sqlx_reads_them() {
        assert_eq!(parts("1_a_b.sql"), Some((1, "a b".into())));
        assert_eq!(parts("20240101_x.up.sql"), Some((20_240_101, "x".into())));
        for name in ["1_x.down.sql", "x_1.sql", "1.sql", "readme.md", "1_x.txt"] {
            assert_eq!(parts(name), None, "{name}");
        }
    }
}
