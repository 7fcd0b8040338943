//! An address that stands in pieces: `DB_HOST` with `DB_NAME` and their like, and what the piece that is left
//! out would be.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::spellings::{self, UNFOLLOWED};
use super::urls::Reading;
use crate::io::database::url::{DatabaseUrl, Engine};

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

/// Words of which a variable's name holds one where it is about a database.
const FAMILIES: [&str; 10] =
    ["DB", "DATABASE", "MYSQL", "MARIADB", "PG", "POSTGRES", "POSTGRESQL", "RDS", "SQL", "TYPEORM"];

const HOSTS: [&str; 3] = ["_HOST", "_HOSTNAME", "_SERVER"];
const NAMES: [&str; 5] = ["NAME", "DATABASE", "DB", "DATABASE_NAME", "DB_NAME"];
/// Which kind of database it is.
const KINDS: [&str; 7] = ["CONNECTION", "DRIVER", "DIALECT", "ENGINE", "TYPE", "CLIENT", "ADAPTER"];

/// `DB_HOST`, `DB_NAME` and their like, whatever stands in front: the variable that says where, and where it
/// leads. Without a host it is this machine where the kind of database is said, and a file where that is SQLite.
pub(super) fn pieces<'a>(names: &[&str], get: &dyn Fn(&str) -> Option<&'a str>) -> Vec<(String, Reading)> {
    let mut families: Vec<(&str, Option<&str>)> = Vec::new();
    for variable in names {
        let host = HOSTS.iter().find_map(|end| variable.strip_suffix(end));
        let kind = || KINDS.iter().find_map(|end| variable.strip_suffix(end)?.strip_suffix('_'));
        let Some(family) = host.or_else(kind) else { continue };
        if !family.split('_').any(|part| FAMILIES.contains(&part)) {
            continue;
        }
        let host = host.map(|_| *variable);
        match families.iter_mut().find(|(known, _)| *known == family) {
            Some((_, known)) => *known = known.or(host),
            None => families.push((family, host)),
        }
    }
    families.into_iter().filter_map(|(family, host)| of_family(family, host, get)).collect()
}

fn of_family<'a>(
    family: &str,
    host: Option<&str>,
    get: &dyn Fn(&str) -> Option<&'a str>,
) -> Option<(String, Reading)> {
    let value = |ends: &[&str]| {
        ends.iter().find_map(|end| {
            let variable = format!("{family}_{end}");
            get(&variable).map(|value| (variable, value))
        })
    };
    let only = |ends: &[&str]| value(ends).map(|(_, value)| value);
    let (variable, database) = value(&NAMES)?;
    let said = only(&KINDS);
    let kind = said.unwrap_or(family).to_ascii_lowercase();
    if kind.contains("sqlite") {
        // A whole address of a file is found by its own look.
        if ["sqlite:", "file:"].iter().any(|scheme| database.starts_with(scheme)) {
            return None;
        }
        return spellings::in_file(&format!("sqlite:{database}")).map(|reading| (variable, reading));
    }
    let port = only(&["PORT"]);
    let mysql = kind.contains("mysql") || kind.contains("maria") || port == Some("3306");
    let known =
        mysql || ["postgres", "pgsql", "postgis"].iter().any(|word| kind.contains(word)) || kind == "pg";
    let (variable, host) = match host.and_then(|host| Some((host.to_owned(), get(host)?))) {
        Some(found) => found,
        // What names no host means its own machine, if it means a database at all.
        None if said.is_some() && known => (variable, "localhost"),
        None => return None,
    };
    let pieces = Pieces {
        user: only(&["USER", "USERNAME"]).unwrap_or("nobody"),
        password: only(&["PASSWORD", "PASS", "PWD"]),
        host,
        port,
        database,
    };
    Some((variable, pieces.reading(if mysql { Engine::Mysql } else { Engine::Postgres })))
}

#[cfg(test)]
mod tests {
    use super::*;

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
        // Laravel's and Django's way to name a file, and what they take for the host where none is named.
        assert_eq!(
            told(&[("DB_CONNECTION", "sqlite"), ("DB_DATABASE", "/srv/a.db"), ("DB_HOST", "127.0.0.1")]),
            ["DB_DATABASE: sqlite file /srv/a.db"]
        );
        assert_eq!(
            told(&[("DB_ENGINE", "django.db.backends.sqlite3"), ("DB_NAME", "a.db")]),
            ["DB_NAME: sqlite file a.db"]
        );
        assert_eq!(told(&[("DB_CONNECTION", "sqlite"), ("DB_DATABASE", ":memory:")]), [""; 0]);
        assert_eq!(
            told(&[("DB_CONNECTION", "pgsql"), ("DB_DATABASE", "d")]),
            ["DB_DATABASE: postgres localhost:5432/d"]
        );
        assert_eq!(told(&[("DB_TYPE", "x"), ("DB_NAME", "d")]), [""; 0]);
    }
}
