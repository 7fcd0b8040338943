//! The ways in which programs write down where a database is: URLs of every driver's own scheme, alone or in
//! the middle of another text, and strings that name each piece.

use super::urls::Reading;
use super::{java, strings};
use crate::io::database::url::DatabaseUrl;

/// Databases that guard cannot ask.
const OTHERS: [&str; 30] = [
    "bigquery",
    "bolt",
    "cassandra",
    "clickhouse",
    "cockroach",
    "cockroachdb",
    "couchbase",
    "couchbases",
    "crdb",
    "crdb-postgres",
    "databricks",
    "db2",
    "firebird",
    "gel",
    "hana",
    "jdbc",
    "libsql",
    "mongodb",
    "mongodb+srv",
    "mssql",
    "neo4j",
    "neo4j+s",
    "oracle",
    "prisma",
    "prisma+postgres",
    "redshift",
    "snowflake",
    "spanner",
    "sqlserver",
    "tds",
];

/// Names that drivers give the schemes that guard knows.
const ALIASES: [(&str, &str); 30] = [
    ("postgres", "postgres"),
    ("postgresql", "postgres"),
    ("aurora-postgresql", "postgres"),
    // Elixir's; the port tells its few databases of MySQL.
    ("ecto", "postgres"),
    ("ecto3", "postgres"),
    ("pdo-pgsql", "postgres"),
    ("pg", "postgres"),
    ("pgsql", "postgres"),
    ("pgx", "postgres"),
    ("pgx4", "postgres"),
    ("pgx5", "postgres"),
    ("postgis", "postgres"),
    ("psql", "postgres"),
    ("timescale", "postgres"),
    ("timescaledb", "postgres"),
    ("timescalegis", "postgres"),
    ("aurora-mysql", "mysql"),
    ("mariadb", "mysql"),
    ("mysql", "mysql"),
    ("mysql-connector", "mysql"),
    ("mysql2", "mysql"),
    ("mysqlgis", "mysql"),
    ("mysqli", "mysql"),
    ("pdo-mysql", "mysql"),
    ("trilogy", "mysql"),
    ("pdo-sqlite", "sqlite"),
    ("spatialite", "sqlite"),
    ("sqlite", "sqlite"),
    ("sqlite3", "sqlite"),
    ("sqlitegis", "sqlite"),
];

/// What a driver's own parameters may not say again: where it leads.
pub(super) const LEADING: [&str; 10] = [
    "host",
    "hostaddr",
    "port",
    "user",
    "username",
    "password",
    "dbname",
    "database",
    "service",
    "unix_socket",
];

pub(super) const UNFOLLOWED: Reading = Reading::Unknown("guard cannot follow it");
pub(super) const ELSEWHERE: Reading = Reading::Unknown("it is a database that guard cannot ask");

/// Every address of a database that the value of a variable holds.
pub(super) fn readings(name: &str, value: &str) -> Vec<Reading> {
    let value = bare(value.trim());
    let mut found = Vec::new();
    if let Some(one) = file(name, value) {
        found.extend(one);
        if !value.contains(char::is_whitespace) {
            return found;
        }
    }
    if let Some(one) = strings::reading(value) {
        return vec![one];
    }
    let (of_java, value) = of_java(value);
    found.extend(of_java);
    let mut from = 0;
    while let Some(at) = value.get(from..).and_then(|rest| rest.find("://")) {
        let colon = from + at;
        from = colon + 3;
        let before = value.get(..colon).unwrap_or_default();
        let is_scheme = |c: char| c.is_ascii_alphanumeric() || "+.-".contains(c);
        let start = before.rfind(|c| !is_scheme(c)).map_or(0, |at| {
            at + before.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
        });
        let scheme = before.get(start..).unwrap_or_default().to_ascii_lowercase();
        let rest = value.get(from..).unwrap_or_default();
        let alone = start == 0 && !rest.contains(char::is_whitespace);
        let rest = if alone { rest } else { until_it_ends(rest) };
        from += rest.len();
        if let Some(one) = url(&scheme, rest) {
            found.push(one);
        }
    }
    found.extend(files_within(&value));
    found
}

/// Files of SQLite in the middle of a text, written without the two slashes: `{"url": "sqlite:/srv/a.db"}`. A
/// word with a colon is no file yet: there it says so by a folder or by its ending.
fn files_within(value: &str) -> Vec<Reading> {
    let folded = value.to_ascii_lowercase();
    let mut found = Vec::new();
    for (colon, _) in folded.match_indices(':') {
        let before = folded.get(..colon).unwrap_or_default();
        let start = before.rfind(|c: char| !c.is_ascii_alphanumeric() && !"+.-".contains(c));
        let scheme = start.and_then(|at| before.get(at..)).map(|word| {
            let mut letters = word.chars();
            letters.next();
            letters.as_str()
        });
        // What the text begins with was looked at as a whole.
        let Some(scheme @ ("sqlite" | "sqlite3" | "file")) = scheme else { continue };
        let rest = value.get(colon + 1..).unwrap_or_default();
        if scheme != "file" && rest.starts_with("//") {
            continue;
        }
        let path = until_it_ends(rest);
        let path = path.split([',', ';', ')', ']']).next().unwrap_or(path);
        let ends = is_named_database(path);
        if ends || (scheme != "file" && path.contains('/')) {
            found.extend(in_file(&format!("{}:{path}", if scheme == "file" { "file" } else { "sqlite" })));
        }
    }
    found
}

fn is_named_database(path: &str) -> bool {
    let plain = path.split('?').next().unwrap_or(path);
    [".db", ".sqlite", ".sqlite3"].iter().any(|end| plain.ends_with(end))
}

/// Up to what stands around an address in the middle of a text.
fn until_it_ends(text: &str) -> &str {
    let end =
        text.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>' | '\\' | '}'));
    text.get(..end.unwrap_or(text.len())).unwrap_or_default()
}

/// Those of Java, and the text without them.
fn of_java(value: &str) -> (Vec<Reading>, String) {
    let mut found = Vec::new();
    let mut left = String::new();
    let mut rest = value;
    // ASCII alone is folded, so that every place stays where it is.
    while let Some(at) = rest.to_ascii_lowercase().find("jdbc:") {
        let (before, after) = (rest.get(..at).unwrap_or_default(), rest.get(at + 5..).unwrap_or_default());
        let alone = value.len() == rest.len() && at == 0 && !after.contains(char::is_whitespace);
        let one = if alone { after } else { until_it_ends(after) };
        found.extend(java::reading(one));
        left.extend([before, " "]);
        rest = after.get(one.len()..).unwrap_or_default();
    }
    left.push_str(rest);
    (found, left)
}

/// Without the quotes that somebody left around it.
fn bare(value: &str) -> &str {
    ['"', '\'', '`']
        .into_iter()
        .find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote))
        .unwrap_or(value)
        .trim()
}

/// `scheme://rest`; none where it is no database at all.
fn url(scheme: &str, rest: &str) -> Option<Reading> {
    if OTHERS.contains(&scheme) {
        return Some(ELSEWHERE);
    }
    let (family, driver) = scheme.split_once('+').map_or((scheme, None), |(family, it)| (family, Some(it)));
    let Some((_, own)) = ALIASES.iter().find(|(alias, _)| *alias == family) else {
        return OTHERS.contains(&family).then_some(ELSEWHERE);
    };
    if *own == "sqlite" {
        // With a driver it is SQLAlchemy's: three slashes are a relative path there.
        let path = if driver.is_some() { rest.strip_prefix('/').unwrap_or(rest) } else { rest };
        return in_file(&format!("sqlite://{path}"));
    }
    let own = if family.starts_with("ecto") && rest.contains(":3306") { "mysql" } else { own };
    if let Ok(url) = DatabaseUrl::parse(&format!("{own}://{rest}")) {
        return Some(Reading::Url(Box::new(url)));
    }
    // A driver's parameters are its own; what matters is that none of them says where it leads.
    let known = family == "postgres" || family == "postgresql" || family == "mysql" || family == "mariadb";
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let leads = query.split('&').any(|pair| {
        let name = pair.split('=').next().unwrap_or_default().to_ascii_lowercase();
        LEADING.contains(&name.as_str())
    });
    if (known && driver.is_none()) || leads {
        return Some(UNFOLLOWED);
    }
    let plain = DatabaseUrl::parse(&format!("{own}://{place}"));
    Some(plain.map_or(UNFOLLOWED, |url| Reading::Url(Box::new(url))))
}

/// A file of SQLite, where the whole value is one; `Some(None)` where it is one that needs no answer.
#[allow(clippy::option_option, reason = "no file at all, a file without an answer, and an answer differ")]
fn file(name: &str, value: &str) -> Option<Option<Reading>> {
    let (scheme, rest) = value.split_once(':')?;
    let scheme = scheme.to_ascii_lowercase();
    match scheme.as_str() {
        "file" => {
            // Many things are files; a database's variable says so by its name or by its ending.
            let capitals = name.to_ascii_uppercase();
            let database = ["DATABASE", "DB", "SQLITE"].iter().any(|word| capitals.contains(word))
                || is_named_database(value);
            Some(database.then(|| in_file(value)).flatten())
        }
        "sqlite" | "sqlite3" => Some(in_file(&format!("sqlite:{rest}"))),
        _ => None,
    }
}

/// A database in memory is gone with whoever made it.
pub(super) fn in_file(text: &str) -> Option<Reading> {
    let path = text.split_once(':').map_or(text, |(_, path)| path);
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    // SQLAlchemy's `sqlite://` is one, too.
    if ["", ":memory:"].contains(&path.trim_start_matches('/'))
        || query.split('&').any(|pair| pair == "mode=memory")
    {
        return None;
    }
    Some(DatabaseUrl::parse(text).map_or(UNFOLLOWED, |url| Reading::Url(Box::new(url))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(value: &str) -> Vec<String> {
        readings("A", value)
            .iter()
            .map(|reading| match reading {
                Reading::Url(url) => url.to_string(),
                Reading::Unknown(_) => "unknown".to_owned(),
            })
            .collect()
    }

    #[test]
    fn one_place_is_found_in_every_way_of_writing_it() {
        for value in [
            "postgres://u:p@h:5/d",
            "POSTGRES://u:p@h:5/d",
            "\"postgres://u:p@h:5/d\"",
            "postgresql+psycopg2://u:p@h:5/d",
            "postgresql+asyncpg://u:p@h:5/d?prepared_statement_cache_size=0",
            "postgis://u:p@h:5/d",
            "{\"url\": \"postgres://u:p@h:5/d\"}",
            "--url=postgres://u:p@h:5/d",
            "cd x && DATABASE_URL='postgres://u:p@h:5/d' npm run x",
            "jdbc:postgresql://h:5/d",
            "jdbc:postgresql://h:5/d?user=u&password=p",
            "host=h port=5 dbname=d user=u password='p q'",
            "host=h port=5 dbname=d user=u keepalives=1 gssencmode=disable",
            "host=h port=5 dbname=dev dbname=d",
            "password='a\\'b' host = h port=5 dbname=d",
            "Host=h;Port=5;Database=d;Username=u;Password=p",
            "Host=h;Port=5;Password=\"a;Host=x\";Database=d;Username=u",
            "Host=h;Port=5;Password=a;b;Database=d;Username=u",
            "Driver={PostgreSQL Unicode};Server=h;Port=5;Database=d;Uid=u;Pwd={a;b}",
            "pgsql:host=h;port=5;dbname=d",
            "pgsql:host=h port=5 dbname=d user=u",
            "dbi:Pg:dbname=d;host=h;port=5",
            "ecto://u:p@h:5/d",
            "r2dbc:postgresql://u:p@h:5/d",
            "--url=jdbc:postgresql://h:5/d --verbose",
        ] {
            assert_eq!(told(value), ["postgres h:5/d"], "{value}");
        }
        for value in [
            "mysql2://u:p@h:5/d",
            "mysql+pymysql://u:p@h:5/d?charset=utf8mb4",
            "trilogy://u@h:5/d",
            "u:p@tcp(h:5)/d?parseTime=true",
            "mysql://u:p@tcp(h:5)/d",
            "jdbc:mysql://h:5/d",
            "Server=h;Port=5;Database=d;Uid=u;Pwd=p",
            "mysql:host=h;port=5;dbname=d",
            "DBI:mysql:database=d;host=h;port=5",
            "pdo-mysql://u:p@h:5/d",
        ] {
            assert_eq!(told(value), ["mysql h:5/d"], "{value}");
        }
        assert_eq!(told("sqlite+aiosqlite:///a.db"), ["sqlite file a.db"]);
        assert_eq!(told("a postgres://u@h/d and mysql://u@i/e").len(), 2);
        assert_eq!(told("ecto://u@h:3306/d"), ["mysql h:3306/d"]);
        assert_eq!(told("Data Source=a.db;Cache=Shared"), ["sqlite file a.db"]);
        assert_eq!(told("Data Source=:memory:"), [""; 0]);
        for value in [
            "{\"url\": \"sqlite:a.db\"}",
            "primary=sqlite:a.db pool=5",
            "true sqlite3:a.db?mode=ro",
            "db: file:a.db\nother: 1",
            "[sqlite:a.db]",
        ] {
            assert!(told(value).iter().any(|it| it == "sqlite file a.db"), "{value}: {:?}", told(value));
        }
        for value in ["run keinos/sqlite3:latest", "see file:notes.txt", "a sqlite: b", "x sqlite::memory: y"]
        {
            assert_eq!(told(value), [""; 0], "{value}");
        }
    }

    #[test]
    fn what_cannot_be_followed_is_told_and_what_is_no_database_is_not() {
        for value in [
            "postgresql+psycopg2://u@h/d?host=i",
            "postgres://u@h/d?host=i",
            "jdbc:oracle:thin:@h:1/d",
            "jdbc:sqlserver://h:1;databaseName=d",
            "cockroachdb+psycopg2://u@h/d",
            "service=prod",
            "hostaddr=10.0.0.1 dbname=d",
            "Server=h;Database=d;Trusted_Connection=True",
            "Data Source=h;Initial Catalog=d;User Id=u",
            "Driver={ODBC Driver 18 for SQL Server};Server=h;Database=d",
            "sqlsrv:Server=h;Database=d",
            "jdbc:mysql:loadbalance://a,b/d",
            "host=h dbname='d",
            "dbname='d",
            "dbname=d and more",
            "host=h and more",
            "redshift+psycopg2://u@h/d",
        ] {
            assert_eq!(told(value), ["unknown"], "{value}");
        }
        for value in [
            "https://u:p@h/d",
            "redis://h",
            "sqlite::memory:",
            "sqlite://",
            "a=b",
            "x;y",
            "",
            "://",
            "user@tcp",
            "é://x",
        ] {
            assert_eq!(told(value), [""; 0], "{value}");
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(10_000))]

        #[test]
        fn no_text_makes_it_panic_and_none_hides_an_address(
            before in "[ -~é\u{0}]{0,40}",
            inside in "[a-z0-9:/?@%#&=.+é-]{0,40}",
            after in "[ -~é]{0,40}",
        ) {
            drop(told(&inside));
            drop(DatabaseUrl::parse(&inside));
            drop(told(&format!("postgres://{inside}")));
            drop(DatabaseUrl::parse(&format!("postgres://{inside}")));
            let found = told(&format!("{before} postgres://u:p@h:5/d {after}"));
            // A text before it may make the whole another way of writing; it is never nothing.
            proptest::prop_assert!(!found.is_empty(), "{before} {after}");
        }
    }
}
