//! The map for machines: the shape that `docs/schema/map.schema.json` publishes.

use serde::Serialize;

use crate::check::map::model::Map;
use crate::report::json::pretty;
use crate::report::map::counts;

/// The published schema, for `guard schema map` and for the test.
pub const SCHEMA: &str = include_str!("../../../docs/schema/map.schema.json");

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    summary: serde_json::Map<String, serde_json::Value>,
    #[serde(flatten)]
    map: &'a Map,
}

#[must_use]
pub fn render(map: &Map) -> String {
    let mut summary = serde_json::Map::new();
    for (standing, count) in counts(map) {
        let name = serde_json::to_value(standing).ok().and_then(|v| v.as_str().map(str::to_owned));
        summary.insert(name.unwrap_or_default(), count.into());
    }
    pretty(&Document { version: 1, summary, map })
}
