//! A database URL, read once. Where a URL could mean two places, it is refused: guard must verify the
//! place that the tool would go to.

use std::fmt;
use std::path::PathBuf;

use percent_encoding::percent_decode_str;

use crate::words::secret::{Redactor, Secret};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Engine {
    Postgres,
    /// And MariaDB.
    Mysql,
    Sqlite,
}

impl Engine {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Mysql => "mysql",
            Self::Sqlite => "sqlite",
        }
    }
}

/// What the URL asks of TLS, in libpq's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tls {
    Disable,
    Prefer,
    /// Encrypted, whoever answers.
    Require,
    /// By somebody whom the root certificate vouches for.
    VerifyCa,
    /// And by that name.
    VerifyFull,
}

#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl {
    pub engine: Engine,
    pub user: String,
    pub password: Option<Secret>,
    /// A name, an address without brackets, or the folder of a socket (Postgres).
    pub host: String,
    pub port: u16,
    /// The database's name; of SQLite, the file.
    pub database: String,
    pub tls: Tls,
    pub root_certificate: Option<PathBuf>,
    /// `options` of Postgres.
    pub options: Option<String>,
    /// `schema`, by which Prisma names the place of its tables.
    pub schema: Option<String>,
    whole: Secret,
}

/// Never shows the password, whoever prints it.
impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "DatabaseUrl({self})")
    }
}

/// For people: engine and place.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.engine {
            Engine::Sqlite => write!(out, "sqlite file {}", self.database),
            engine => write!(out, "{} {}:{}/{}", engine.name(), self.host, self.port, self.database),
        }
    }
}

/// Why a text is no URL that guard can follow. It never repeats the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UrlError(pub String);

fn no<T>(why: impl Into<String>) -> Result<T, UrlError> {
    Err(UrlError(why.into()))
}

/// Longer than any URL that a person writes.
const LONGEST: usize = 8 << 10;

/// Parameters that change nothing about where the connection leads and who it is.
const HARMLESS: [&str; 22] = [
    "application_name",
    "channel_binding",
    "charset",
    "collation",
    "connect_timeout",
    "connection_limit",
    "fallback_application_name",
    "keepalives",
    "keepalives_idle",
    "max_idle_connection_lifetime",
    "pgbouncer",
    "pool_timeout",
    "schema",
    "serverversion",
    "single_use_connections",
    "socket_timeout",
    "sslidentity",
    "statement-cache-capacity",
    "statement_cache_size",
    "target_session_attrs",
    "timezone",
    "uselibpqcompat",
];

impl DatabaseUrl {
    /// Reads a URL as the tools read it.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        if text.len() > LONGEST {
            return no("it is too long to be a URL");
        }
        if text.trim() != text || text.chars().any(char::is_control) {
            return no("it has spaces around it or control characters in it");
        }
        if let Some(rest) = text.strip_prefix("sqlite:").or_else(|| text.strip_prefix("file:")) {
            return sqlite(rest, text);
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            return no("it has no scheme; write `postgres://`, `mysql://` or `sqlite:`");
        };
        match scheme {
            "postgres" | "postgresql" => server(Engine::Postgres, rest, text),
            "mysql" | "mariadb" => server(Engine::Mysql, rest, text),
            _ => no("its scheme is not one that guard knows: postgres, mysql, mariadb, sqlite"),
        }
    }

    /// The URL itself, for a server or a child.
    #[must_use]
    pub fn whole(&self) -> &Secret {
        &self.whole
    }

    /// Teaches a pen what to strike.
    pub fn teach(&self, redactor: &mut Redactor) {
        if self.engine != Engine::Sqlite {
            redactor.know(self.whole.expose());
        }
        if let Some(password) = &self.password {
            redactor.know(password.expose());
        }
    }

    /// Names of this machine are one place.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }
}

/// `localhost` and the addresses that mean it.
#[must_use]
pub fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| match address {
            std::net::IpAddr::V4(four) => four.is_loopback(),
            std::net::IpAddr::V6(six) => {
                six.is_loopback() || six.to_ipv4_mapped().is_some_and(|four| four.is_loopback())
            }
        })
}

fn sqlite(rest: &str, whole: &str) -> Result<DatabaseUrl, UrlError> {
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    // `sqlite:///x` is absolute, `sqlite://x` and `sqlite:x` are relative, as sqlx and libpq's kin read it.
    let path = path.strip_prefix("//").unwrap_or(path);
    let path = decoded(path)?;
    for (name, value) in pairs(query)? {
        match name.as_str() {
            "mode" if value == "memory" => return no("a database in memory has nothing to protect"),
            "vfs" | "immutable" | "nolock" => {
                return no(format!("guard does not follow SQLite's `{name}`"));
            }
            _ => {}
        }
    }
    if path.is_empty() || path == ":memory:" {
        return no("it names no file");
    }
    Ok(DatabaseUrl {
        engine: Engine::Sqlite,
        user: String::new(),
        password: None,
        host: String::new(),
        port: 0,
        database: path,
        tls: Tls::Disable,
        root_certificate: None,
        options: None,
        schema: None,
        whole: Secret::new(whole),
    })
}

fn decoded(text: &str) -> Result<String, UrlError> {
    // `%` that starts no escape would be read one way by one tool and another way by the next.
    let bytes = text.as_bytes();
    for (at, _) in text.match_indices('%') {
        let hex = |offset: usize| bytes.get(at + offset).is_some_and(u8::is_ascii_hexdigit);
        if !(hex(1) && hex(2)) {
            return no("it has a `%` that is no escape; write `%25`");
        }
    }
    let text = percent_decode_str(text).decode_utf8().map_err(|_| UrlError("it is not UTF-8".into()))?;
    if text.chars().any(char::is_control) {
        return no("it hides control characters behind escapes");
    }
    Ok(text.into_owned())
}

fn pairs(query: &str) -> Result<Vec<(String, String)>, UrlError> {
    let mut found: Vec<(String, String)> = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decoded(name)?.to_ascii_lowercase();
        if found.iter().any(|(other, _)| *other == name) {
            return no("a parameter stands in it twice");
        }
        found.push((name, decoded(value)?));
    }
    Ok(found)
}

fn server(engine: Engine, rest: &str, whole: &str) -> Result<DatabaseUrl, UrlError> {
    if rest.contains('#') {
        return no("it has a `#`; write `%23`");
    }
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = place.split_once('/').unwrap_or((place, ""));
    let (user, address) = match authority.rsplit_once('@') {
        Some((user, address)) => (user, address),
        None => ("", authority),
    };
    if user.contains('@') {
        return no("its user or password has an `@`; write `%40`");
    }
    let (user, password) = user.split_once(':').map_or((user, None), |(u, p)| (u, Some(p)));
    if address.contains(',') {
        return no("it names several hosts; guard must verify the one that is used: name one");
    }
    let (host, port) = address_of(address)?;
    let mut url = DatabaseUrl {
        engine,
        user: decoded(user)?,
        password: password.filter(|it| !it.is_empty()).map(decoded).transpose()?.map(Secret::new),
        host: decoded(host)?,
        port: port.unwrap_or(if engine == Engine::Postgres { 5432 } else { 3306 }),
        database: decoded(path)?,
        tls: Tls::Prefer,
        root_certificate: None,
        options: None,
        schema: None,
        whole: Secret::new(whole),
    };
    for (name, value) in pairs(query)? {
        parameter(&mut url, &name, value)?;
    }
    url.host = url.host.trim_end_matches('.').to_owned();
    if !url.host.starts_with('/') {
        url.host = url.host.to_ascii_lowercase();
    }
    if url.host.is_empty() {
        return no("it names no host");
    }
    if url.user.is_empty() {
        return no("it names no user");
    }
    if url.database.is_empty() {
        return no("it names no database");
    }
    if url.host.starts_with('/') && engine == Engine::Mysql && url.tls >= Tls::VerifyCa {
        return no("a socket has no certificate to verify");
    }
    Ok(url)
}

fn address_of(address: &str) -> Result<(&str, Option<u16>), UrlError> {
    let (host, port) = if let Some(six) = address.strip_prefix('[') {
        let Some((host, rest)) = six.split_once(']') else { return no("a bracket of its host is open") };
        match rest.strip_prefix(':') {
            Some(port) => (host, Some(port)),
            None if rest.is_empty() => (host, None),
            None => return no("something stands behind the host's bracket"),
        }
    } else {
        address.split_once(':').map_or((address, None), |(host, port)| (host, Some(port)))
    };
    let port = match port {
        None | Some("") => None,
        Some(port) => match port.parse::<u16>() {
            Ok(port) if port > 0 => Some(port),
            _ => return no("its port is no number between 1 and 65535"),
        },
    };
    Ok((host, port))
}

fn parameter(url: &mut DatabaseUrl, name: &str, value: String) -> Result<(), UrlError> {
    let postgres = url.engine == Engine::Postgres;
    match name {
        "host" if postgres && (url.host.is_empty() || value.starts_with('/')) => url.host = value,
        "host" | "hostaddr" | "port" | "user" | "username" | "password" | "dbname" | "service" => {
            return no(format!("its parameter `{name}` says again where it leads; write it in its place"));
        }
        "socket" if !postgres => url.host = value,
        "options" if postgres => url.options = Some(value),
        "schema" if postgres && !value.is_empty() => url.schema = Some(value),
        "sslmode" | "ssl-mode" | "ssl_mode" => url.tls = tls(&value)?,
        "sslaccept" if value == "strict" => url.tls = url.tls.max(Tls::VerifyFull),
        "sslaccept" if value == "accept_invalid_certs" => url.tls = url.tls.max(Tls::Require),
        "ssl" | "tls" if ["true", "1"].contains(&value.as_str()) => url.tls = url.tls.max(Tls::Require),
        "ssl" | "tls" if ["false", "0"].contains(&value.as_str()) => url.tls = Tls::Disable,
        "sslrootcert" | "ssl-ca" | "sslcert" if !value.is_empty() && value != "system" => {
            // Prisma calls the root certificate `sslcert`; libpq means the client's by it, and then
            // also wants `sslkey`, which is refused below.
            url.root_certificate = Some(PathBuf::from(value));
        }
        "sslrootcert" => url.tls = url.tls.max(Tls::VerifyFull),
        _ if HARMLESS.contains(&name) => {}
        _ => {
            // The name is the caller's own word, and short.
            let name: String = name.chars().take(40).collect();
            return no(format!("guard does not know its parameter `{name}`"));
        }
    }
    Ok(())
}

fn tls(mode: &str) -> Result<Tls, UrlError> {
    Ok(match mode.to_ascii_lowercase().replace('_', "-").as_str() {
        "disable" | "disabled" => Tls::Disable,
        "allow" | "prefer" | "preferred" => Tls::Prefer,
        "require" | "required" | "no-verify" => Tls::Require,
        "verify-ca" => Tls::VerifyCa,
        "verify-full" | "verify-identity" => Tls::VerifyFull,
        _ => return no("its TLS mode is not one that guard knows"),
    })
}

#[cfg(test)]
mod tests;
