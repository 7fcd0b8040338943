//! Where what is written leads: an address, the host that a client is given, a variable that a line sets.

use crate::words::flow::{Expr, ExprKind};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leads {
    /// To this machine, or a container beside the job.
    Here,
    Elsewhere,
    /// Only the run knows.
    Unknown,
    /// It opens no database.
    Nowhere,
}

/// Schemes of databases.
const DATABASES: [&str; 19] = [
    "postgres",
    "postgresql",
    "mysql",
    "mysql2",
    "mysqlx",
    "mariadb",
    "cockroachdb",
    "mongodb",
    "mongodb+srv",
    "sqlserver",
    "mssql",
    "oracle",
    "clickhouse",
    "libsql",
    "turso",
    "prisma",
    "prisma+postgres",
    "postgis",
    "redshift",
];
/// Files of the machine that the job runs on.
const FILES: [&str; 6] = ["file:", "sqlite:", "sqlite3:", "jdbc:sqlite:", "jdbc:h2:mem:", "duckdb:"];
/// Schemes under which other things answer.
const OTHERS: [&str; 24] = [
    "http",
    "https",
    "redis",
    "rediss",
    "valkey",
    "amqp",
    "amqps",
    "kafka",
    "nats",
    "memcached",
    "smtp",
    "smtps",
    "s3",
    "gs",
    "ws",
    "wss",
    "grpc",
    "mqtt",
    "mqtts",
    "ldap",
    "ldaps",
    "ftp",
    "git",
    "docker",
];

/// Programs whose `-h` names a host.
const CLIENTS: [&str; 15] = [
    "psql",
    "pg_restore",
    "pg_dump",
    "pgbench",
    "createdb",
    "dropdb",
    "createuser",
    "mysql",
    "mariadb",
    "mysqladmin",
    "mysqlimport",
    "mariadb-admin",
    "mongosh",
    "mongorestore",
    "sqlcmd",
];

/// What opens the way to a database that is none of the job's own.
const OPENERS: [&str; 22] = [
    "cloud-sql-proxy",
    "cloud_sql_proxy",
    "fly proxy",
    "flyctl proxy",
    "fly postgres",
    "flyctl postgres",
    "kubectl port-forward",
    "kubectl exec",
    "gcloud sql",
    "gcloud secrets",
    "heroku pg",
    "supabase link",
    "--linked",
    "aws rds",
    "aws secretsmanager",
    "aws ssm",
    "az keyvault",
    "vault kv",
    "vault read",
    "doppler run",
    "infisical run",
    "op run",
];

/// An address, or the name of a host; `beside` knows the containers of the job.
pub(super) fn of_address(text: &str, beside: &dyn Fn(&str) -> bool) -> Leads {
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    if FILES.iter().any(|scheme| lower.starts_with(scheme)) {
        return Leads::Here;
    }
    let Some((scheme, rest)) = text.split_once("://") else { return of_host(text, beside) };
    let scheme = scheme.to_ascii_lowercase();
    let scheme = scheme.strip_prefix("jdbc:").unwrap_or(&scheme);
    if OTHERS.contains(&scheme) {
        return Leads::Nowhere;
    }
    match of_host(host(rest), beside) {
        // Whether a scheme that nobody knows opens a database is not known either.
        Leads::Here if !DATABASES.contains(&scheme.split('+').next().unwrap_or(scheme)) => Leads::Unknown,
        leads => leads,
    }
}

fn host(rest: &str) -> &str {
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    match host.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        Some((inner, _)) => inner,
        None => host.split(':').next().unwrap_or_default(),
    }
}

fn of_host(host: &str, beside: &dyn Fn(&str) -> bool) -> Leads {
    let lower = host.trim().to_ascii_lowercase();
    let socket = lower.is_empty() || lower.starts_with(['/', '%']);
    let names = ["localhost", "0.0.0.0", "::1", "host.docker.internal"];
    if socket || names.contains(&lower.as_str()) || lower.starts_with("127.") || beside(host) {
        Leads::Here
    } else if host.contains(['$', '{', '<']) {
        Leads::Unknown
    } else {
        Leads::Elsewhere
    }
}

/// Text with holes for what only the run knows, as it would be written.
pub(super) fn written(value: &Expr) -> Option<String> {
    match &*value.kind {
        ExprKind::Text(text) => Some(text.clone()),
        ExprKind::Variable(name) => Some(format!("${{{name}}}")),
        ExprKind::Concat(parts) => parts.iter().map(written).collect(),
        _ => None,
    }
}

/// By its name a variable that says where a database is.
pub(super) fn names_a_place(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    // What kind of database it is, and who asks, leads nowhere.
    let about = ["_ADAPTER", "_DRIVER", "_TYPE", "_VERSION", "_USER", "_USERNAME", "_NAME", "_PORT"];
    ["URL", "URI", "DSN", "DATABASE", "PGHOST", "PGSERVICE", "DB_HOST"]
        .iter()
        .any(|part| upper.contains(part))
        && !about.iter().any(|end| upper.ends_with(end))
}

/// `DATABASE_HOST`, `PGHOST`: the host of a database, by its name.
pub(super) fn names_a_host(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    ["HOST", "HOSTNAME", "HOSTADDR"].iter().any(|end| upper.ends_with(end))
        && ["PG", "DB", "DATABASE", "POSTGRES", "MYSQL", "MARIADB", "SQL"]
            .iter()
            .any(|part| upper.contains(part))
}

/// Something in these lines leads to a database elsewhere, or opens the way to one.
pub(super) fn leaves(lines: &[&str], beside: &dyn Fn(&str) -> bool) -> bool {
    lines.iter().any(|line| {
        OPENERS.iter().any(|opener| line.contains(opener))
            || addresses(line).any(|address| of_address(address, beside) == Leads::Elsewhere)
            || hosts(line).any(|host| of_host(host, beside) == Leads::Elsewhere)
            || settings(line).any(|(name, value)| is_set_to_another(name, value, beside))
    })
}

/// Every address of a database in a line.
fn addresses(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices("://").filter_map(move |(at, _)| {
        let scheme = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '_'));
        let before = line.get(..at)?;
        let start = before.rfind(scheme).map_or(0, |at| at + 1);
        let known = DATABASES.contains(&before.get(start..)?.to_ascii_lowercase().as_str());
        let rest = line.get(start..)?;
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ')' | ',' | ';'));
        known.then(|| rest.get(..end.unwrap_or(rest.len()))).flatten()
    })
}

/// The hosts that a client is given: `-h name`, `-hname`, `--host=name`, `host=name`.
fn hosts(line: &str) -> impl Iterator<Item = &str> {
    let mut words = line.split_whitespace().map(bare).peekable();
    let (mut client, mut next) = (false, false);
    std::iter::from_fn(move || {
        for word in words.by_ref() {
            let named = std::mem::take(&mut next);
            let program = word.rsplit('/').next().unwrap_or(word);
            client = client || CLIENTS.contains(&program);
            if !client {
                continue;
            }
            let inside =
                ["--host=", "host=", "hostaddr=", "--server="].iter().find_map(|key| word.strip_prefix(key));
            let short = word.strip_prefix("-h").filter(|rest| !rest.is_empty() && !rest.starts_with('-'));
            if named {
                return Some(word);
            }
            if let Some(host) = inside.or(short) {
                return Some(bare(host.split(' ').next().unwrap_or(host)));
            }
            next = matches!(word, "-h" | "--host" | "--server");
        }
        None
    })
}

fn bare(word: &str) -> &str {
    word.trim_matches(['"', '\'', '`', '(', ')', ';', ','])
}

/// `NAME=value` wherever it stands in a line: before a command, behind `export`, in what is appended to the
/// runner's own file of variables.
fn settings(line: &str) -> impl Iterator<Item = (&str, &str)> {
    line.match_indices('=').filter_map(move |(at, _)| {
        let before = line.get(..at)?;
        let start = before.rfind(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).map_or(0, |at| at + 1);
        let name = before.get(start..).filter(|name| !name.is_empty())?;
        // An option of a program is no variable.
        let option = before.get(..start)?.ends_with('-');
        (!option).then(|| Some((name, line.get(at + 1..)?))).flatten()
    })
}

fn is_set_to_another(name: &str, value: &str, beside: &dyn Fn(&str) -> bool) -> bool {
    let host = names_a_host(name);
    if !host && !names_a_place(name) {
        return false;
    }
    let value = value.trim_start_matches(['"', '\'']);
    let end = value.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';'));
    // A program or the provider says what it is; another variable is looked at where it is set.
    if value.starts_with("$(") || value.starts_with('`') || value.contains("secrets.") {
        return true;
    }
    let word = value.get(..end.unwrap_or(value.len())).unwrap_or(value);
    (host || word.contains("://")) && of_address(word, beside) == Leads::Elsewhere
        || name.to_ascii_uppercase().starts_with("PGSERVICE")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lead_where_their_host_is() {
        let beside = |host: &str| host == "db";
        for (text, leads) in [
            ("postgres://u:p@localhost:5432/a", Leads::Here),
            ("postgres://u:p@db:5432/a", Leads::Here),
            ("postgres://u:p@[::1]:5432/a", Leads::Here),
            ("postgres:///a", Leads::Here),
            ("postgres://u:p@localhost:${job.services.db.ports[5432]}/a", Leads::Here),
            ("postgres://u:p@other:5432/a", Leads::Elsewhere),
            ("mysql://u:p@db.shop.example/a?ssl=true", Leads::Elsewhere),
            ("jdbc:postgresql://db.shop.example/a", Leads::Elsewhere),
            ("postgresql+asyncpg://u@localhost/a", Leads::Here),
            ("postgres://u:p@${HOST}/a", Leads::Unknown),
            ("spanner://localhost/a", Leads::Unknown),
            ("redis://cache.shop.example", Leads::Nowhere),
            ("file:./a.db", Leads::Here),
            ("127.0.0.1", Leads::Here),
        ] {
            assert_eq!(of_address(text, &beside), leads, "{text}");
        }
    }

    #[test]
    fn a_line_leaves_by_an_address_a_host_a_variable_or_a_tunnel() {
        let beside = |host: &str| host == "db";
        for line in [
            "psql postgres://a:b@db.shop.example/a -c x",
            "psql -h db.shop.example -c x",
            "psql -hdb.shop.example",
            "psql \"host=db.shop.example dbname=a\"",
            "mysql --host=db.shop.example",
            "PGHOST=db.shop.example psql",
            "export DATABASE_URL=postgres://a@db.shop.example/a",
            "export DATABASE_URL=$(read-it)",
            "echo \"DATABASE_URL=${{ secrets.PROD }}\" >> \"$GITHUB_ENV\"",
            "PGSERVICE=prod psql",
            "./cloud-sql-proxy a:b:c &",
        ] {
            assert!(leaves(&[line], &beside), "{line}");
        }
        for line in [
            "psql -h localhost -U postgres -c x",
            "psql -h db",
            "df -h /srv",
            "docker run -h a.b.example postgres:16",
            "DATABASE_URL=postgres://a:b@localhost:5432/a npm test",
            "export DATABASE_URL=\"$TEST_DATABASE_URL\"",
            "DB_HOST=127.0.0.1 npm test",
            "curl https://shop.example/health",
            "npm run build -- --base-url=https://shop.example",
            "uses: docker://alpine:3",
        ] {
            assert!(!leaves(&[line], &beside), "{line}");
        }
    }
}
