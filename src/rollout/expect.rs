//! What an answer must be: status, words, values in JSON, and what it must not be.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::io::environment::Environment;

/// `${NAME}` filled in; the name of the first that is unset.
pub fn filled(text: &str, variables: &Environment) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        let Some((name, behind)) = after.split_once('}') else {
            out.push_str("${");
            rest = after;
            continue;
        };
        out.push_str(variables.filled(name).ok_or_else(|| name.to_owned())?);
        rest = behind;
    }
    out.push_str(rest);
    Ok(out)
}

/// The value at a dotted path; a number names the place in a list. A key that holds dots itself counts, too.
#[must_use]
pub fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    fn walk<'a>(value: &'a Value, path: &str, depth: usize) -> Option<&'a Value> {
        let step = |key: &str| match value {
            Value::Object(object) => object.get(key),
            Value::Array(list) => list.get(key.parse::<usize>().ok()?),
            _ => None,
        };
        if let Some(found) = step(path) {
            return Some(found);
        }
        if depth > 32 {
            return None;
        }
        let (first, rest) = path.split_once('.')?;
        walk(step(first)?, rest, depth + 1)
    }
    walk(value, path, 0)
}

/// Why a text is not the JSON that was asked for.
#[must_use]
pub fn json(text: &str, wanted: &BTreeMap<String, Value>) -> Option<String> {
    if wanted.is_empty() {
        return None;
    }
    let Ok(found) = serde_json::from_str::<Value>(text) else {
        return Some("the answer is no JSON".into());
    };
    wanted.iter().find_map(|(path, value)| match at(&found, path) {
        Some(there) if same(there, value) => None,
        Some(there) => Some(format!("{path} is {}, not {}", short(there), short(value))),
        None => Some(format!("{path} is missing, it should be {}", short(value))),
    })
}

/// TOML has whole numbers where JSON may write `1.0`.
fn same(found: &Value, wanted: &Value) -> bool {
    found == wanted
        || matches!((found.as_f64(), wanted.as_f64()), (Some(a), Some(b)) if (a - b).abs() < f64::EPSILON)
}

/// A value as a sentence can hold it.
#[must_use]
pub fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= 60 {
        return text;
    }
    text.chars().take(59).chain(['…']).collect()
}

/// The start of a text, on one line.
#[must_use]
pub fn excerpt(text: &str, most: usize) -> String {
    let line: String = text
        .chars()
        .take(most * 4)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect::<String>()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    if line.chars().count() <= most { line } else { line.chars().take(most).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json as value;

    #[test]
    fn variables_are_filled_in_and_an_unset_one_is_named() {
        let variables = Environment::of([("GIT_COMMIT", "abc"), ("EMPTY", "")]);
        assert_eq!(filled("<${GIT_COMMIT}> ${", &variables), Ok("<abc> ${".to_owned()));
        assert_eq!(filled("${EMPTY}", &variables), Err("EMPTY".to_owned()));
    }

    #[test]
    fn dotted_paths_lead_through_objects_lists_and_keys_with_dots() {
        let found = value!({"a": {"b": [{"c": 1}]}, "x.y": {"z": true}});
        assert_eq!(at(&found, "a.b.0.c"), Some(&value!(1)));
        assert_eq!(at(&found, "x.y"), Some(&value!({"z": true})));
        assert_eq!(at(&found, "a.c"), None);
    }

    #[test]
    fn what_differs_is_told() {
        let wanted = BTreeMap::from([("ready".to_owned(), value!(true))]);
        assert_eq!(json("{\"ready\": true}", &wanted), None);
        assert_eq!(json("{\"ready\": \"true\"}", &wanted).as_deref(), Some("ready is \"true\", not true"));
        assert_eq!(json("{}", &wanted).as_deref(), Some("ready is missing, it should be true"));
        assert_eq!(json("ok", &wanted).as_deref(), Some("the answer is no JSON"));
        let wanted = BTreeMap::from([("n".to_owned(), value!(1))]);
        assert_eq!(json("{\"n\": 1.0}", &wanted), None);
    }
}
