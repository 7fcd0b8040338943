//! The migrations that a repository holds, as sqlx reads a folder.

use std::path::Path;

use ring::digest::{SHA384, digest};

use crate::words::ending::{Code, Ending};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migration {
    pub version: i64,
    pub description: String,
    /// The file's name.
    pub name: String,
    pub sql: String,
    /// SHA-384 over the file as it is.
    pub checksum: Vec<u8>,
    /// It must run outside a transaction.
    pub bare: bool,
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
        found.push(Migration { version, description, name, sql, checksum, bare });
    }
    found.sort_by(|a, b| (a.version, &a.name).cmp(&(b.version, &b.name)));
    if let Some([one, other]) = found.array_windows::<2>().find(|[one, other]| one.version == other.version) {
        return Err(no(format!("{} and {} have the same version", one.name, other.name)));
    }
    Ok(found)
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
