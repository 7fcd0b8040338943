//! The ways in which programs write down where a database is: URLs of every driver's own scheme, alone or in
//! the middle of another text, the words of the Postgres library, the strings of .NET and of Go's MySQL driver,
//! and variables that hold one piece each.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::urls::Reading;
use crate::io::database::url::{DatabaseUrl, Engine};

/// Databases that guard cannot ask.
const OTHERS: [&str; 14] = [
    "cockroachdb",
    "cockroach",
    "clickhouse",
    "jdbc",
    "libsql",
    "mongodb",
    "mongodb+srv",
    "mssql",
    "oracle",
    "prisma",
    "prisma+postgres",
    "snowflake",
    "sqlserver",
    "tds",
];

/// Names that drivers give the schemes that guard knows.
const ALIASES: [(&str, &str); 12] = [
    ("postgres", "postgres"),
    ("postgresql", "postgres"),
    ("postgis", "postgres"),
    ("pgsql", "postgres"),
    ("pgx5", "postgres"),
    ("timescaledb", "postgres"),
    ("mysql", "mysql"),
    ("mariadb", "mysql"),
    ("mysql2", "mysql"),
    ("trilogy", "mysql"),
    ("sqlite", "sqlite"),
    ("sqlite3", "sqlite"),
];

/// What a driver's own parameters may not say again: where it leads.
const LEADING: [&str; 10] = [
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

const UNFOLLOWED: Reading = Reading::Unknown("guard cannot follow it");

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
    if let Some(one) = words(value).or_else(|| settings(value)).or_else(|| of_go(value)) {
        return vec![one];
    }
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
        let java = value.get(..start).is_some_and(|front| front.to_ascii_lowercase().ends_with("jdbc:"));
        let rest = value.get(from..).unwrap_or_default();
        let alone = start == 0 && !rest.contains(char::is_whitespace);
        let end = rest
            .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>' | '\\' | '}'))
            .filter(|_| !alone)
            .unwrap_or(rest.len());
        let rest = rest.get(..end).unwrap_or_default();
        from += end;
        if let Some(one) = url(&scheme, rest, java) {
            found.push(one);
        }
    }
    if found.is_empty() && value.to_ascii_lowercase().starts_with("jdbc:") && !value.contains("://") {
        return vec![Reading::Unknown("it is a database that guard cannot ask")];
    }
    found
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
fn url(scheme: &str, rest: &str, java: bool) -> Option<Reading> {
    if OTHERS.contains(&scheme) {
        return Some(Reading::Unknown("it is a database that guard cannot ask"));
    }
    let (family, driver) = scheme.split_once('+').map_or((scheme, None), |(family, it)| (family, Some(it)));
    let Some((_, own)) = ALIASES.iter().find(|(alias, _)| *alias == family) else {
        let other = java || OTHERS.contains(&family);
        return other.then_some(Reading::Unknown("it is a database that guard cannot ask"));
    };
    if *own == "sqlite" {
        // With a driver it is SQLAlchemy's: three slashes are a relative path there.
        let path = if driver.is_some() { rest.strip_prefix('/').unwrap_or(rest) } else { rest };
        return in_file(&format!("sqlite://{path}"));
    }
    if java {
        return Some(of_java(own, rest).unwrap_or(UNFOLLOWED));
    }
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
                || [".db", ".sqlite", ".sqlite3"]
                    .iter()
                    .any(|end| value.split('?').next().unwrap_or(value).ends_with(end));
            Some(database.then(|| in_file(value)).flatten())
        }
        "sqlite" | "sqlite3" => Some(in_file(&format!("sqlite:{rest}"))),
        _ => None,
    }
}

/// A database in memory is gone with whoever made it.
fn in_file(text: &str) -> Option<Reading> {
    let path = text.split_once(':').map_or(text, |(_, path)| path);
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    if path.trim_start_matches('/') == ":memory:" || query.split('&').any(|pair| pair == "mode=memory") {
        return None;
    }
    Some(DatabaseUrl::parse(text).map_or(UNFOLLOWED, |url| Reading::Url(Box::new(url))))
}

/// Java's way: who connects stands in the parameters, if anywhere.
fn of_java(engine: &str, rest: &str) -> Option<Reading> {
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    if place.contains('@') {
        return None;
    }
    let (address, database) = place.split_once('/')?;
    let of = |wanted: &str| {
        query.split('&').find_map(|pair| pair.split_once('=').filter(|(name, _)| *name == wanted))
    };
    let user = of("user").map_or("jdbc", |(_, value)| value);
    let password = of("password").map(|(_, value)| format!(":{value}")).unwrap_or_default();
    let url = DatabaseUrl::parse(&format!("{engine}://{user}{password}@{address}/{database}")).ok()?;
    Some(Reading::Url(Box::new(url)))
}

/// The pieces of an address.
#[derive(Default)]
pub(super) struct Pieces<'a> {
    pub(super) user: &'a str,
    pub(super) password: Option<&'a str>,
    pub(super) host: &'a str,
    pub(super) port: Option<&'a str>,
    pub(super) database: &'a str,
}

impl Pieces<'_> {
    pub(super) fn reading(&self, engine: Engine) -> Reading {
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let password = self.password.map(|password| format!(":{}", encoded(password))).unwrap_or_default();
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        let host = if self.host.contains(':') && !self.host.starts_with('[') {
            format!("[{}]", self.host)
        } else {
            encoded(self.host)
        };
        let (scheme, user) = (engine.name(), encoded(self.user));
        let text = format!("{scheme}://{user}{password}@{host}{port}/{}", encoded(self.database));
        DatabaseUrl::parse(&text).map_or(UNFOLLOWED, |url| Reading::Url(Box::new(url)))
    }
}

/// `host=… dbname=…`, as the Postgres library reads it: of a word that stands there twice, the last counts.
fn words(value: &str) -> Option<Reading> {
    const OWN: [&str; 6] = ["host", "port", "dbname", "user", "password", "options"];
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut rest = value.trim();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=')?;
        let name = name.trim();
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
            // A sentence with an equals sign; after an address it only looks like one.
            return pairs.iter().any(|(name, _)| name == "dbname").then_some(UNFOLLOWED);
        }
        let (word, left) = word(after.trim_start())?;
        pairs.push((name.to_owned(), word));
        rest = left.trim_start();
    }
    let get =
        |wanted: &str| pairs.iter().rev().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    let said = |names: &[&str]| names.iter().any(|name| get(name).is_some());
    // Alone, a `host` may be anybody's.
    let by_host = said(&["host"]) && said(&["user", "password", "port"]);
    if !(by_host || said(&["dbname", "service", "hostaddr"])) {
        return None;
    }
    if pairs.iter().any(|(name, _)| LEADING.contains(&name.as_str()) && !OWN.contains(&name.as_str())) {
        return Some(UNFOLLOWED);
    }
    let user = get("user").unwrap_or("postgres");
    let pieces = Pieces {
        user,
        password: get("password"),
        host: get("host").unwrap_or("localhost"),
        port: get("port"),
        database: get("dbname").unwrap_or(user),
    };
    Some(pieces.reading(Engine::Postgres))
}

/// The value at the start of a text, in quotes or up to a blank, and what stands behind it. A backslash takes
/// the next character as it is.
fn word(text: &str) -> Option<(String, &str)> {
    let quoted = text.strip_prefix('\'');
    let inside = quoted.unwrap_or(text);
    let mut out = String::new();
    let mut characters = inside.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '\\' => out.extend(characters.next().map(|(_, c)| c)),
            '\'' if quoted.is_some() => return Some((out, inside.get(at + 1..)?)),
            c if quoted.is_none() && c.is_whitespace() => return Some((out, inside.get(at..)?)),
            c => out.push(c),
        }
    }
    quoted.is_none().then_some((out, ""))
}

/// `Host=…;Database=…`, as .NET writes it.
fn settings(value: &str) -> Option<Reading> {
    if !value.contains(';') {
        return None;
    }
    let mut pairs: Vec<(String, &str)> = Vec::new();
    for piece in value.split(';').filter(|piece| !piece.trim().is_empty()) {
        let (name, value) = piece.split_once('=')?;
        pairs.push((name.trim().to_ascii_lowercase().replace(' ', ""), value.trim()));
    }
    let get = |wanted: &[&str]| {
        pairs.iter().find(|(name, _)| wanted.contains(&name.as_str())).map(|(_, value)| *value)
    };
    let host = get(&["host", "server", "datasource", "address", "addr"])?;
    let database = get(&["database", "initialcatalog", "db"])?;
    let port = get(&["port"]);
    let engine = if get(&["host"]).is_some() || port == Some("5432") {
        Engine::Postgres
    } else if get(&["uid"]).is_some() || port == Some("3306") {
        Engine::Mysql
    } else {
        return Some(Reading::Unknown("it is a database that guard cannot ask"));
    };
    let pieces = Pieces {
        user: get(&["username", "userid", "uid", "user"]).unwrap_or("nobody"),
        password: get(&["password", "pwd"]),
        host,
        port,
        database,
    };
    Some(pieces.reading(engine))
}

/// `user:password@tcp(host:port)/database`, as Go's MySQL driver reads it.
fn of_go(value: &str) -> Option<Reading> {
    let (who, rest) = value.rsplit_once("@tcp(")?;
    let (address, rest) = rest.split_once(")/")?;
    let (user, password) = who.split_once(':').map_or((who, None), |(user, it)| (user, Some(it)));
    let user = user.rsplit("://").next().unwrap_or(user);
    let (host, port) = address.rsplit_once(':').map_or((address, None), |(host, port)| (host, Some(port)));
    let database = rest.split('?').next().unwrap_or(rest);
    Some(Pieces { user, password, host, port, database }.reading(Engine::Mysql))
}

/// Words of which a variable's name holds one where it is about a database.
const FAMILIES: [&str; 10] =
    ["DB", "DATABASE", "MYSQL", "MARIADB", "PG", "POSTGRES", "POSTGRESQL", "RDS", "SQL", "TYPEORM"];

/// `DB_HOST`, `DB_NAME` and their like, whatever stands in front: the variable that names the host, and where
/// it leads.
pub(super) fn pieces<'a>(names: &[&str], get: &dyn Fn(&str) -> Option<&'a str>) -> Vec<(String, Reading)> {
    let mut found = Vec::new();
    for variable in names {
        let ends = ["_HOST", "_HOSTNAME", "_SERVER"];
        let Some(family) = ends.iter().find_map(|end| variable.strip_suffix(end)) else { continue };
        if !family.split('_').any(|part| FAMILIES.contains(&part)) {
            continue;
        }
        let value = |ends: &[&str]| ends.iter().find_map(|end| get(&format!("{family}_{end}")));
        let Some(host) = get(variable) else { continue };
        let Some(database) = value(&["NAME", "DATABASE", "DB", "DATABASE_NAME", "DB_NAME"]) else { continue };
        let kind = value(&["CONNECTION", "DRIVER", "DIALECT", "ENGINE", "TYPE", "CLIENT", "ADAPTER"]);
        let kind = kind.unwrap_or(family).to_ascii_lowercase();
        let port = value(&["PORT"]);
        if kind.contains("sqlite") {
            continue;
        }
        let mysql = kind.contains("mysql") || kind.contains("maria") || port == Some("3306");
        let pieces = Pieces {
            user: value(&["USER", "USERNAME"]).unwrap_or("nobody"),
            password: value(&["PASSWORD", "PASS", "PWD"]),
            host,
            port,
            database,
        };
        found.push((
            (*variable).to_owned(),
            pieces.reading(if mysql { Engine::Mysql } else { Engine::Postgres }),
        ));
    }
    found
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
        ] {
            assert_eq!(told(value), ["mysql h:5/d"], "{value}");
        }
        assert_eq!(told("sqlite+aiosqlite:///a.db"), ["sqlite file a.db"]);
        assert_eq!(told("a postgres://u@h/d and mysql://u@i/e").len(), 2);
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
        ] {
            assert_eq!(told(value), ["unknown"], "{value}");
        }
        for value in
            ["https://u:p@h/d", "redis://h", "sqlite::memory:", "a=b", "x;y", "", "://", "user@tcp", "é://x"]
        {
            assert_eq!(told(value), [""; 0], "{value}");
        }
    }

    #[test]
    fn an_address_in_pieces_is_put_together() {
        let told = |pairs: &[(&str, &'static str)]| {
            let get = |name: &str| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
            let names: Vec<&str> = pairs.iter().map(|(name, _)| *name).collect();
            let found = pieces(&names, &get);
            found
                .into_iter()
                .map(|(name, reading)| match reading {
                    Reading::Url(url) => format!("{name}: {url}"),
                    Reading::Unknown(_) => format!("{name}: unknown"),
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(
            told(&[("DB_HOST", "h"), ("DB_NAME", "d"), ("DB_CONNECTION", "mysql"), ("DB_PORT", "5")]),
            ["DB_HOST: mysql h:5/d"]
        );
        assert_eq!(
            told(&[("POSTGRES_HOST", "h"), ("POSTGRES_DB", "d")]),
            ["POSTGRES_HOST: postgres h:5432/d"]
        );
        assert_eq!(told(&[("MYSQL_HOST", "h"), ("MYSQL_DATABASE", "d")]), ["MYSQL_HOST: mysql h:3306/d"]);
        assert_eq!(told(&[("RDS_HOSTNAME", "h"), ("RDS_DB_NAME", "d")]), ["RDS_HOSTNAME: postgres h:5432/d"]);
        assert_eq!(told(&[("PROD_DB_HOST", "h"), ("PROD_DB_NAME", "d")]).len(), 1);
        assert_eq!(told(&[("POSTGRES_SERVER", "h"), ("POSTGRES_DB", "d")]).len(), 1);
        assert_eq!(told(&[("POSTGRES_DB", "d"), ("DB_HOST", "h")]), [""; 0]);
        assert_eq!(told(&[("REDIS_HOST", "h"), ("REDIS_DB", "0")]), [""; 0]);
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
