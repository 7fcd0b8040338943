//! Connection strings, which name each piece: `host=… dbname=…` of the Postgres library, `Host=…;Database=…` of
//! .NET, PDO's and DBI's with the driver in front, and the one of Go's MySQL driver.

use super::pieces::Pieces;
use super::spellings::{self, ELSEWHERE, LEADING, UNFOLLOWED};
use super::urls::Reading;
use crate::io::database::url::Engine;

/// The one that a whole text is.
pub(super) fn reading(value: &str) -> Option<Reading> {
    with_driver(value).or_else(|| words(value)).or_else(|| settings(value)).or_else(|| of_go(value))
}

/// `pgsql:host=…;dbname=…`, as PHP's PDO has it, and `dbi:Pg:dbname=…;host=…`, as Perl has it.
fn with_driver(value: &str) -> Option<Reading> {
    let (front, rest) = value.split_once(':')?;
    let (driver, rest) =
        if front.eq_ignore_ascii_case("dbi") { rest.split_once(':')? } else { (front, rest) };
    let engine = match driver.to_ascii_lowercase().as_str() {
        "pgsql" | "pg" => Engine::Postgres,
        "mysql" | "mariadb" => Engine::Mysql,
        "dblib" | "sqlsrv" | "oci" | "odbc" | "firebird" | "ibm" | "informix" if rest.contains('=') => {
            return Some(ELSEWHERE);
        }
        _ => return None,
    };
    // What begins with slashes is a URL.
    if rest.starts_with('/') || !rest.contains('=') {
        return None;
    }
    let mut pairs: Vec<(String, String)> = Vec::new();
    // PDO's driver for Postgres takes blanks, too.
    for piece in rest.split(|c: char| c == ';' || (engine == Engine::Postgres && c.is_whitespace())) {
        let piece = piece.trim();
        if piece.is_empty() {
            continue;
        }
        let Some((name, value)) = piece.split_once('=') else { return Some(UNFOLLOWED) };
        pairs.push((name.trim().to_ascii_lowercase(), value.trim().trim_matches('\'').to_owned()));
    }
    let get = |wanted: &[&str]| {
        pairs.iter().find(|(name, _)| wanted.contains(&name.as_str())).map(|(_, value)| value.as_str())
    };
    if get(&["service", "hostaddr"]).is_some() {
        return Some(UNFOLLOWED);
    }
    let pieces = Pieces {
        user: get(&["user", "username", "uid"]).unwrap_or("nobody"),
        password: get(&["password", "pwd"]),
        host: get(&["host", "unix_socket", "mysql_socket"]).unwrap_or("localhost"),
        port: get(&["port"]),
        database: get(&["dbname", "database", "db"])?,
    };
    Some(pieces.reading(engine))
}

/// `host=… dbname=…`, as the Postgres library reads it: of a word that stands there twice, the last counts.
fn words(value: &str) -> Option<Reading> {
    const FOLLOWED: [&str; 5] = ["host", "port", "dbname", "user", "password"];
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut rest = value.trim();
    while !rest.is_empty() {
        let next = rest.split_once('=').map(|(name, after)| (name.trim(), after));
        let next = next.filter(|(name, _)| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        });
        let next = next.map(|(name, after)| (name, word(after.trim_start())));
        let Some((name, Some((word, left)))) = next else {
            // A sentence with an equals sign; after an address, or inside of one, it only looks like one.
            let leads = |name: &str| ["dbname", "host", "hostaddr"].contains(&name);
            let open = next.is_some_and(|(name, _)| leads(name));
            return (open || pairs.iter().any(|(name, _)| leads(name))).then_some(UNFOLLOWED);
        };
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
    if pairs.iter().any(|(name, _)| LEADING.contains(&name.as_str()) && !FOLLOWED.contains(&name.as_str())) {
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

/// `Host=…;Database=…`, as .NET and ODBC write it. What holds a `;` stands in quotes or braces.
fn settings(value: &str) -> Option<Reading> {
    if !value.contains('=') {
        return None;
    }
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut whole = true;
    let mut rest = value;
    while !rest.is_empty() {
        let end = rest.find(['=', ';']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let name = name.trim().to_ascii_lowercase().replace([' ', '_'], "");
        let Some(after) = after.strip_prefix('=') else {
            // No pair: what is left of a value that was not in quotes.
            whole &= name.is_empty();
            rest = after.get(1..).unwrap_or_default();
            continue;
        };
        let (held, left) = setting(after);
        pairs.push((name, held));
        rest = left;
    }
    let get = |wanted: &[&str]| {
        pairs.iter().find(|(name, _)| wanted.contains(&name.as_str())).map(|(_, value)| value.as_str())
    };
    let source = get(&["datasource", "filename"]);
    let host = get(&["host", "server", "datasource", "address", "addr", "networkaddress"]);
    let database = get(&["database", "initialcatalog", "db"]);
    let Some((host, database)) = host.zip(database) else {
        // A file of SQLite, as .NET names it; a server is a source with a catalog, or with who connects.
        let server =
            get(&["initialcatalog", "database", "userid", "uid", "integratedsecurity", "trustedconnection"]);
        let source = source.filter(|source| whole && server.is_none() && !source.contains('('));
        return source.and_then(|source| spellings::in_file(&format!("sqlite:{source}")));
    };
    if !value.contains(';') {
        return None;
    }
    let port = get(&["port"]);
    let driver = get(&["driver"]).unwrap_or_default().to_ascii_lowercase();
    let engine = if driver.contains("mysql") || driver.contains("maria") {
        Engine::Mysql
    } else if driver.contains("postgres") || (driver.is_empty() && get(&["host"]).is_some()) {
        Engine::Postgres
    } else if !driver.is_empty() {
        return Some(ELSEWHERE);
    } else if port == Some("5432") {
        Engine::Postgres
    } else if get(&["uid"]).is_some() || port == Some("3306") {
        Engine::Mysql
    } else {
        return Some(ELSEWHERE);
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

/// The value behind an equals sign, and what stands behind its semicolon. A quote inside is written twice.
fn setting(text: &str) -> (String, &str) {
    let text = text.trim_start();
    let close = match text.chars().next() {
        Some(quote @ ('"' | '\'')) => quote,
        Some('{') => '}',
        _ => {
            let (value, rest) = text.split_once(';').unwrap_or((text, ""));
            return (value.trim().to_owned(), rest);
        }
    };
    let mut value = String::new();
    let mut rest = text.get(1..).unwrap_or_default();
    while let Some((inside, after)) = rest.split_once(close) {
        value.push_str(inside);
        match after.strip_prefix(close) {
            Some(after) => {
                value.push(close);
                rest = after;
            }
            None => return (value, after.split_once(';').map_or("", |(_, rest)| rest)),
        }
    }
    // A quote that nobody closes is a character like any other.
    let (value, rest) = text.split_once(';').unwrap_or((text, ""));
    (value.trim().to_owned(), rest)
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
