//! The JSON schema of `guard.toml`, for editors and for `guard config schema`.

use serde_json::{Value, json};

use super::described::KEYS;
use super::parse::{METHODS, SIGNALS};
use crate::contract::described::describe;
use crate::contract::schema::{closed, duration, filled, listed, one_or_many, texts, variable};

/// Draft 2020-12.
#[must_use]
pub fn schema() -> Value {
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "guard.toml",
        "description": "How services are started, probed and smoke-tested.",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "deploy": closed(&json!({
                "required_env": { "type": "array", "items": variable(), "uniqueItems": true },
                "required_tables": texts(),
                "writable": texts(),
                "reports": filled(),
                "timeout": duration(),
            }), &[]),
            "database": closed(&json!({
                "connect_timeout": duration(),
                "connect_backoff": duration(),
                "query_timeout": duration(),
                "lock_timeout": duration(),
                "statement_timeout": duration(),
                "lease_timeout": duration(),
            }), &[]),
            "prepare": listed(closed(
                &json!({ "name": filled(), "check": command(), "fix": command() }),
                &["name", "check"],
            )),
            "service": listed(service()),
            "tunnel": tunnel(),
            "external": listed(external()),
            "smoke": listed(smoke()),
        },
    });
    describe(&mut schema, KEYS);
    schema
}

/// A program and its arguments.
fn words() -> Value {
    json!({ "type": "array", "items": { "type": "string" }, "minItems": 1 })
}

fn command() -> Value {
    json!({ "anyOf": [filled(), words()] })
}

fn place() -> Value {
    json!({ "type": "string", "pattern": "^(/|https?://.|\\$\\{)" })
}

fn address() -> Value {
    json!({ "type": "string", "pattern": "^(https?://.|\\$\\{)" })
}

fn status() -> Value {
    json!({ "type": "integer", "minimum": 100, "maximum": 599 })
}

fn names(choices: &[(&str, ())]) -> Value {
    json!({ "enum": choices.iter().map(|(name, ())| *name).collect::<Vec<_>>() })
}

fn service() -> Value {
    let probe = json!({
        "http": place(),
        "status": status(),
        "json": { "type": "object" },
        "timeout": duration(),
        "interval": duration(),
    });
    let recover = json!({
        "http": place(),
        "method": names(&METHODS),
        "auth_env": variable(),
        "auth_header": filled(),
        "stats": place(),
        "timeout": duration(),
    });
    let properties = json!({
        "name": filled(),
        "command": words(),
        "cwd": filled(),
        "port": { "type": "integer", "minimum": 1, "maximum": 65535 },
        "host": filled(),
        "required": { "type": "boolean", "default": true },
        "needs": one_or_many(),
        "ready": listed(closed(&probe, &["http"])),
        "ready_timeout": duration(),
        "recover": closed(&recover, &["http"]),
        "stop": closed(&json!({ "signal": names(&SIGNALS), "grace": duration() }), &[]),
        "env": { "type": "object", "additionalProperties": { "type": "string" } },
    });
    closed(&properties, &["name", "command"])
}

fn tunnel() -> Value {
    let verify = closed(&json!({ "url": address(), "status": status(), "marker": filled() }), &["url"]);
    let properties = json!({
        "name": filled(),
        "kind": { "enum": ["cloudflared", "ssh", "bore", "command"] },
        "command": words(),
        "restart": words(),
        "config": filled(),
        "ready": address(),
        "timeout": duration(),
        "verify": listed(verify),
    });
    closed(&properties, &["kind"])
}

fn external() -> Value {
    let properties = json!({
        "kind": { "enum": ["stripe", "openai", "cloudflare", "http"] },
        "name": filled(),
        "url": address(),
        "method": names(&METHODS),
        "key_env": variable(),
        "status": status(),
        "timeout": duration(),
        "required": { "type": "boolean", "default": true },
    });
    closed(&properties, &["kind"])
}

fn smoke() -> Value {
    let properties = json!({
        "name": filled(),
        "url": address(),
        "service": filled(),
        "http": place(),
        "status": status(),
        "contains": one_or_many(),
        "not_contains": one_or_many(),
        "not_error_page": { "type": "boolean" },
        "json": { "type": "object" },
        "stable": duration(),
        "timeout": duration(),
    });
    closed(&properties, &["name"])
}

#[cfg(test)]
mod tests {
    use super::super::gates::tests::WHOLE;
    use super::super::parse;
    use super::*;
    use crate::contract::schema::tests::{allows, has_keys};

    fn accepts(text: &str) -> bool {
        allows(&schema(), text)
    }

    #[test]
    fn the_schema_accepts_what_the_reader_accepts() {
        assert!(accepts(WHOLE));
    }

    #[test]
    fn the_schema_refuses_what_the_reader_refuses() {
        assert!(!accepts("deploi = 1"));
        assert!(!accepts("[[service]]\nname = \"a\"\ncommand = []"));
        assert!(!accepts("[[service]]\nname = \"a\"\ncommand = [\"x\"]\nport = 70000"));
        assert!(!accepts("[tunnel]\nkind = \"ngrok\""));
    }

    #[test]
    fn the_schema_and_the_reader_know_the_same_keys() {
        let schema = schema();
        has_keys(&schema, "/properties", &parse::TOP);
        has_keys(&schema, "/properties/database/properties", &parse::DATABASE);
        has_keys(&schema, "/properties/service/items/properties", &parse::SERVICE);
        let recover = "/properties/service/items/properties/recover/properties";
        has_keys(&schema, recover, &parse::RECOVER);
        has_keys(&schema, "/properties/tunnel/properties", &parse::TUNNEL);
        has_keys(&schema, "/properties/external/items/properties", &parse::EXTERNAL);
        has_keys(&schema, "/properties/smoke/items/properties", &parse::SMOKE);
    }
}
