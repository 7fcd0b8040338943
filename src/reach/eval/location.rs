//! Which database a client of a library goes to, as far as it is told.

use crate::knowledge::types::Action;
use crate::reach::eval::Walker;
use crate::reach::eval::argument::argument;
use crate::reach::eval::sql::{memory, names_memory};
use crate::reach::value::{Kind, Taint, Typed, Value};

impl Walker<'_> {
    pub(super) fn url_of(&self, action: &Action, typed: Option<&Typed>, args: &[Value]) -> Taint {
        for path in &action.url {
            if let Some(name) = path.strip_prefix("env:") {
                return self.environment(name).taint;
            }
            if let Some(Value { kind: Kind::Typed(given), .. }) = argument(args, path)
                && given.url.sources().is_some()
            {
                return given.url.clone();
            }
            if let Some(value) = argument(args, path) {
                if let Kind::Object(object) = &value.kind
                    && let Some(place) = place_in(object)
                {
                    return place;
                }
                if action.opens && value.known_text().is_some_and(names_memory) {
                    return memory();
                }
                if value.taint.sources().is_some() {
                    return value.taint;
                }
                // One that stands in the source is no other's, either.
                if value.known_text().is_some_and(leads_out) {
                    return Taint::variable("a place that is written here");
                }
            }
        }
        if action.opens && !action.url.is_empty() && args.is_empty() && self.context.schema_urls.len() == 1 {
            return self
                .context
                .schema_urls
                .iter()
                .fold(Taint::default(), |t, name| t.and(&self.environment(name).taint));
        }
        typed.map(|t| t.url.clone()).unwrap_or_default()
    }
}

/// Where a client's options lead: by what they say of the place, whoever asks there.
fn place_in(options: &crate::reach::value::Object) -> Option<Taint> {
    const PLACES: [&str; 8] =
        ["connectionString", "uri", "url", "dsn", "host", "hostname", "server", "socketPath"];
    let mut said = PLACES.iter().filter_map(|key| options.entries.get(*key));
    let value = said.find(|value| !matches!(value.kind, Kind::Undefined | Kind::Null))?;
    if value.taint.sources().is_some() {
        return Some(value.taint.clone());
    }
    value.known_text().map(|_| Taint::variable("a place that is written here"))
}

/// The URL of a database that somebody serves.
fn leads_out(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, rest)| {
        !rest.trim_start_matches('/').is_empty()
            && ["postgres", "mysql", "mariadb", "mongodb", "mssql", "sqlserver", "oracle"]
                .iter()
                .any(|known| scheme.starts_with(known))
    })
}
