//! Java's addresses: `jdbc:` in front, who connects among the parameters, and a place that may be left out.

use super::spellings::{self, ELSEWHERE, UNFOLLOWED};
use super::urls::{Found, Reading};
use crate::io::database::url::{DatabaseUrl, Engine};
use crate::io::environment::Environment;
use crate::mark::probe;
use crate::words::secret::Secret;

/// Databases that live in memory, and those that a library of tests starts for itself.
const OWN: [&str; 5] = ["h2:mem:", "hsqldb:mem:", "derby:memory:", "sqlite::memory:", "tc:"];

/// Parameters that change nothing about where it leads.
const WHO: [&str; 2] = ["user", "password"];

/// Stands where such an address says nothing of who connects: programs are told that apart.
const NOBODY: &str = "jdbc";

/// As whom to ask where the address leads: whoever is named beside it (`…_URL`, `…_USERNAME`, `…_PASSWORD`), or on
/// the same server whoever the environment itself is asked as.
pub(super) fn as_somebody(
    found: &Found,
    url: &DatabaseUrl,
    variables: &Environment,
    own: &DatabaseUrl,
) -> DatabaseUrl {
    let mut url = url.clone();
    if url.user != NOBODY || url.password.is_some() || url.engine == Engine::Sqlite {
        return url;
    }
    let front = found.variable.rsplit_once('_').map_or("", |(front, _)| front);
    let beside = |names: &[&str]| names.iter().find_map(|name| variables.filled(&format!("{front}_{name}")));
    if let Some(user) = beside(&["USERNAME", "USER"]) {
        user.clone_into(&mut url.user);
        url.password = beside(&["PASSWORD"]).map(Secret::new);
    } else if probe::endpoint(&url) == probe::endpoint(own) {
        url.user.clone_from(&own.user);
        url.password.clone_from(&own.password);
    }
    url
}

/// What stands behind `jdbc:`; none where there is nothing to ask.
pub(super) fn reading(rest: &str) -> Option<Reading> {
    let folded = rest.to_ascii_lowercase();
    if OWN.iter().any(|own| folded.starts_with(own)) {
        return None;
    }
    let (family, place) = rest.split_once(':').unwrap_or((rest, ""));
    let engine = match family.to_ascii_lowercase().as_str() {
        "postgresql" | "pgsql" => Engine::Postgres,
        "mysql" | "mariadb" => Engine::Mysql,
        "sqlite" => return spellings::in_file(&format!("sqlite:{place}")),
        // Drivers around another one.
        "p6spy" | "log4jdbc" | "otel" | "aws-wrapper" | "datadog" => return reading(place),
        _ => return Some(ELSEWHERE),
    };
    Some(of_server(engine, place).unwrap_or(UNFOLLOWED))
}

fn of_server(engine: Engine, place: &str) -> Option<Reading> {
    let (place, query) = place.split_once('?').unwrap_or((place, ""));
    // Without a host, it is this machine's.
    let (address, database) = match place.strip_prefix("//") {
        Some(place) => place.split_once('/')?,
        None if engine == Engine::Postgres => ("", place.trim_start_matches('/')),
        None => return None,
    };
    if address.contains(['@', '=', '(']) {
        return None;
    }
    let address = if address.is_empty() { "localhost" } else { address };
    let mut who: [Option<&str>; 2] = [None; 2];
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let folded = name.to_ascii_lowercase();
        match WHO.iter().position(|known| *known == folded) {
            Some(at) => who[at] = Some(value),
            None if spellings::LEADING.contains(&folded.trim_start_matches("pg")) || folded == "pgdbname" => {
                return None;
            }
            None => {}
        }
    }
    let [user, password] = who;
    let password = password.map(|value| format!(":{value}")).unwrap_or_default();
    let text = format!("{}://{}{password}@{address}/{database}", engine.name(), user.unwrap_or(NOBODY));
    Some(Reading::Url(Box::new(DatabaseUrl::parse(&text).ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_followed_or_told() {
        let told = |rest: &str| match reading(rest) {
            Some(Reading::Url(url)) => url.to_string(),
            Some(Reading::Unknown(_)) => "unknown".to_owned(),
            None => "none".to_owned(),
        };
        for (rest, expected) in [
            ("postgresql://h:5/d", "postgres h:5/d"),
            ("postgresql:d", "postgres localhost:5432/d"),
            ("postgresql:///d", "postgres localhost:5432/d"),
            ("postgresql://h/d?user=u&password=p&ssl=true", "postgres h:5432/d"),
            ("postgresql://h/d?host=other", "unknown"),
            ("postgresql://h/d?PGHOST=other", "unknown"),
            ("postgresql://h/d?PGDBNAME=other", "unknown"),
            ("postgresql://h/d?service=prod", "unknown"),
            ("postgresql://a,b/d", "unknown"),
            ("p6spy:postgresql://h/d", "postgres h:5432/d"),
            ("mariadb://h/d", "mysql h:3306/d"),
            ("mysql:loadbalance://a,b/d", "unknown"),
            ("mysql://address=(host=h)/d", "unknown"),
            ("sqlite:a.db", "sqlite file a.db"),
            ("sqlite::memory:", "none"),
            ("h2:mem:test", "none"),
            ("h2:/srv/a", "unknown"),
            ("tc:postgresql:15:///d", "none"),
            ("oracle:thin:@h:1521/d", "unknown"),
            ("", "unknown"),
        ] {
            assert_eq!(told(rest), expected, "{rest}");
        }
    }
}
