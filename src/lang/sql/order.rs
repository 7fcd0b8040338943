//! In which order a folder of migrations is applied.

/// Which tool applies them: it decides what counts as a migration and which part of the path orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tool {
    /// One folder a migration, with `migration.sql` in it.
    Prisma,
    /// `<version>_<name>.sql`, with `.up.sql` and `.down.sql`.
    Sqlx,
    /// Flyway, dbmate, Drizzle … and plain folders.
    Sql,
}

/// The files that are applied, in order. Down files and what is no migration are left out.
#[must_use]
pub fn migration_order(paths: &[String], tool: Tool) -> Vec<String> {
    let mut keyed: Vec<_> = paths
        .iter()
        .filter(|path| is_applied(path, tool))
        .map(|path| (Key::of(path, tool), path.clone()))
        .collect();
    keyed.sort();
    keyed.dedup();
    keyed.into_iter().map(|(_, path)| path).collect()
}

fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

fn is_applied(path: &str, tool: Tool) -> bool {
    let name = file_name(path).to_ascii_lowercase();
    let Some(stem) = name.strip_suffix(".sql") else { return false };
    if tool == Tool::Prisma {
        return stem == "migration";
    }
    let is_flyway_undo = name.starts_with('u')
        && name.get(1..).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        && name.contains("__");
    let is_down = stem == "down"
        || [".down", "_down", "-down", ".rollback", ".undo"].iter().any(|end| stem.ends_with(end));
    !is_down && !is_flyway_undo
}

/// Flyway's repeatable files come last; then by the numbers of the version; then by name.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    repeatable: bool,
    unversioned: bool,
    version: Vec<(usize, String)>,
    name: String,
}

impl Key {
    fn of(path: &str, tool: Tool) -> Self {
        let mut parts = path.rsplit(['/', '\\']);
        let file = parts.next().unwrap_or(path);
        let folder = parts.next().unwrap_or_default();
        let by_folder =
            tool == Tool::Prisma || matches!(file.to_ascii_lowercase().as_str(), "migration.sql" | "up.sql");
        let name = if by_folder { folder } else { file };
        let lower = name.to_ascii_lowercase();
        let repeatable = !by_folder && lower.starts_with("r__");
        let versioned = lower
            .strip_prefix('v')
            .filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
            .unwrap_or(&lower);
        let version = numbers(versioned);
        Self { repeatable, unversioned: version.is_empty(), version, name: name.to_owned() }
    }
}

/// The leading numbers (`1.10_2__name` has three) in an order that no length of digits breaks.
fn numbers(name: &str) -> Vec<(usize, String)> {
    let mut out = Vec::new();
    let mut rest = name;
    loop {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (digits, after) = rest.split_at(end);
        if digits.is_empty() {
            return out;
        }
        let digits = digits.trim_start_matches('0');
        out.push((digits.len(), digits.to_owned()));
        match after.strip_prefix(['.', '_', '-']) {
            Some(after) => rest = after,
            None => return out,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(paths: &[&str], tool: Tool) -> Vec<String> {
        migration_order(&paths.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>(), tool)
    }

    #[test]
    fn prisma_folders_are_applied_by_their_names() {
        let paths = [
            "p/migrations/2_b/migration.sql",
            "p/migrations/10_c/migration.sql",
            "p/migrations/1_a/migration.sql",
            "p/migrations/migration_lock.toml",
        ];
        assert_eq!(
            order(&paths, Tool::Prisma),
            [
                "p/migrations/1_a/migration.sql",
                "p/migrations/2_b/migration.sql",
                "p/migrations/10_c/migration.sql"
            ]
        );
    }

    #[test]
    fn down_files_are_never_applied() {
        let paths = ["m/2_b.up.sql", "m/2_b.down.sql", "m/1_a.sql"];
        assert_eq!(order(&paths, Tool::Sqlx), ["m/1_a.sql", "m/2_b.up.sql"]);
    }

    #[test]
    fn flyway_files_follow_their_versions_and_repeatable_ones_come_last() {
        let paths = [
            "m/R__views.sql",
            "m/V10__c.sql",
            "m/V2__b.sql",
            "m/V1.10__a.sql",
            "m/V1.9__a.sql",
            "m/U2__b.sql",
        ];
        assert_eq!(
            order(&paths, Tool::Sql),
            ["m/V1.9__a.sql", "m/V1.10__a.sql", "m/V2__b.sql", "m/V10__c.sql", "m/R__views.sql"]
        );
    }
}
