//! The JSON schema of the contract, for editors. It knows the keys and their kinds; what only
//! the reader can tell (paths, names of environments, globs) it leaves to the reader.

use serde_json::{Value, json};

use super::described::{KEYS, describe};
use super::environments::{CLAIMS, PROVIDERS};
use crate::words::effect::{Destructive, Operation};

/// Draft 2020-12.
#[must_use]
pub fn schema() -> Value {
    let paths = || listed(closed(&json!({ "path": filled() }), &["path"]));
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "contract/mutation.toml",
        "description": "What may change a protected database; everything else may not.",
        "type": "object",
        "additionalProperties": false,
        "required": ["version"],
        "properties": {
            "version": { "const": 1 },
            "project": { "type": "string" },
            "environments": environments(),
            "scope": closed(&json!({
                "application": texts(),
                "tests": texts(),
                "built": { "type": "object", "additionalProperties": filled() },
            }), &[]),
            "guards": closed(&json!({ "ci": symbols(), "fingerprint": symbols() }), &[]),
            "connection": paths(),
            "script": listed(script()),
            "retired": listed(closed(&json!({ "path": filled(), "use": filled() }), &["path"])),
            "quarantine": paths(),
            "forbidden": closed(&json!({ "operations": operations() }), &[]),
            "migrations": migrations(),
            "sequence": listed(closed(
                &json!({ "steps": { "type": "array", "items": filled(), "minItems": 2 } }),
                &["steps"],
            )),
            "nested": paths(),
            "approval": closed(&json!({ "signers": filled(), "presence": { "type": "boolean" } }), &[]),
        },
    });
    describe(&mut schema, KEYS);
    schema
}

/// A table without other keys.
pub(crate) fn closed(properties: &Value, required: &[&str]) -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": required,
        "properties": properties,
    })
}

pub(crate) fn listed(item: Value) -> Value {
    let mut list = serde_json::Map::new();
    list.insert("type".to_owned(), "array".into());
    list.insert("items".to_owned(), item);
    Value::Object(list)
}

pub(crate) fn filled() -> Value {
    json!({ "type": "string", "pattern": "\\S" })
}

/// Texts of which none stands twice.
pub(crate) fn texts() -> Value {
    json!({ "type": "array", "items": filled(), "uniqueItems": true })
}

pub(crate) fn one_or_many() -> Value {
    json!({ "anyOf": [filled(), texts()] })
}

pub(crate) fn duration() -> Value {
    json!({ "type": "string", "pattern": "^[0-9]+(ms|s|m|h|d)$" })
}

pub(crate) fn variable() -> Value {
    json!({ "type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$" })
}

fn symbols() -> Value {
    json!({ "type": "array", "items": { "type": "string", "pattern": "^[^#]+#.+$" }, "uniqueItems": true })
}

fn operations() -> Value {
    let names = Operation::ALL.map(Operation::name);
    json!({ "type": "array", "items": { "enum": names }, "uniqueItems": true })
}

fn script() -> Value {
    let grant = closed(&json!({ "operations": operations(), "columns": texts() }), &[]);
    let properties = json!({
        "path": filled(),
        "environment": one_or_many(),
        "reads": one_or_many(),
        "commands": texts(),
        "enforced": { "enum": ["inline", "wrapper"], "default": "inline" },
        "tables": { "type": "object", "additionalProperties": grant },
    });
    closed(&properties, &["path", "environment"])
}

fn migrations() -> Value {
    let names = Destructive::ALL.map(Destructive::name);
    let allow = json!({
        "file": filled(),
        "operations": { "type": "array", "items": { "enum": names }, "uniqueItems": true },
        "reason": filled(),
    });
    let properties = json!({
        "path": filled(),
        "tool": { "enum": ["prisma", "sqlx", "sql"] },
        "commands": texts(),
        "destructive": { "enum": ["forbid", "allow"], "default": "forbid" },
        "allow": listed(closed(&allow, &["file", "operations"])),
    });
    closed(&properties, &["path", "tool"])
}

/// Every key that is neither `known` nor `protected` is an environment.
fn environments() -> Value {
    let key = json!({ "type": "string", "pattern": "^ed25519:[A-Za-z0-9+/]{43}=$" });
    let keys = json!({ "anyOf": [key, { "type": "array", "items": key, "uniqueItems": true }] });
    let policy = json!({
        "database": variable(),
        "mark": filled(),
        "lineage": filled(),
        "hosts": one_or_many(),
        "proof": { "enum": ["ci-variable", "deploy-key", "oidc"], "default": "ci-variable" },
        "keys": keys,
        "deploy_keys": keys,
        "oidc": oidc(),
    });
    json!({
        "type": "object",
        "properties": { "known": texts(), "protected": texts() },
        "additionalProperties": closed(&policy, &[]),
    })
}

/// An issuer of one's own may put any claim into its tokens, so that other keys stay open.
fn oidc() -> Value {
    let mut properties = serde_json::Map::new();
    properties.insert("provider".to_owned(), json!({ "enum": PROVIDERS }));
    properties.insert("issuer".to_owned(), json!({ "type": "string", "pattern": "^https?://" }));
    properties.insert("jwks".to_owned(), filled());
    properties.insert("ca".to_owned(), filled());
    properties.insert("max_age".to_owned(), duration());
    for claim in CLAIMS {
        properties.insert(claim.to_owned(), one_or_many());
    }
    json!({ "type": "object", "properties": properties, "additionalProperties": one_or_many() })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::super::parse::tests::WHOLE;
    use super::super::{environments, parse};
    use super::*;

    pub(crate) fn allows(schema: &Value, text: &str) -> bool {
        let value: Value = toml::from_str(text).expect("TOML");
        jsonschema::validator_for(schema).expect("a valid schema").is_valid(&value)
    }

    /// The keys that a schema has there are those that the reader knows.
    pub(crate) fn has_keys(schema: &Value, pointer: &str, known: &[&str]) {
        let object = schema.pointer(pointer).and_then(Value::as_object).expect(pointer);
        let mut keys: Vec<&str> = object.keys().map(String::as_str).collect();
        let mut known = known.to_vec();
        keys.sort_unstable();
        known.sort_unstable();
        assert_eq!(keys, known, "{pointer}");
    }

    fn accepts(text: &str) -> bool {
        allows(&schema(), text)
    }

    #[test]
    fn the_schema_accepts_what_the_reader_accepts() {
        assert!(accepts(WHOLE));
    }

    #[test]
    fn the_schema_refuses_what_the_reader_refuses() {
        assert!(!accepts("project = \"x\""));
        assert!(!accepts("version = 1\nforbiden = 1"));
        assert!(!accepts("version = 1\n[forbidden]\noperations = [\"remove\"]"));
        assert!(!accepts("version = 1\n[[script]]\npath = \"a\""));
        assert!(!accepts("version = 1\n[environments.prod]\ndatabase = \"postgres://h\""));
    }

    #[test]
    fn the_schema_and_the_reader_know_the_same_keys() {
        let schema = schema();
        has_keys(&schema, "/properties", &parse::TOP);
        has_keys(&schema, "/properties/script/items/properties", &parse::SCRIPT);
        has_keys(&schema, "/properties/migrations/properties", &parse::MIGRATIONS);
        let policy = "/properties/environments/additionalProperties/properties";
        has_keys(&schema, policy, &environments::POLICY);
    }
}
