//! `guard.toml`: what is known of the rollout, and the rest as a form to fill in.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{Ground, Piece};
use crate::lang::Kind;

const PATH: &str = "guard.toml";
const ABOUT: &str = "what a rollout needs, starts, probes and looks at";

pub(super) fn piece(ground: &Ground<'_>) -> Piece {
    if ground.has(PATH) {
        return Piece::there(PATH, ABOUT);
    }
    let mut text = String::from(
        "# What a rollout needs, starts, probes and looks at. `guard deploy` reads it, and `guard contract freeze` pins its\n# gates. What may change the database stands in contract/mutation.toml. `guard schema config` tells every key.\n",
    );
    let variables: Vec<String> = variables(ground).iter().map(|name| format!("\"{name}\"")).collect();
    text.push_str("\n# A rollout does not begin while one of these is unset or empty.\n[deploy]\n");
    let _ = writeln!(text, "required_env = [{}]", variables.join(", "));
    let (name, command) = start(ground);
    let _ = write!(
        text,
        "\n# A service counts as started when every probe answers as asked. Fill in, and take the marks away:\n# [[service]]\n# name    = \"{name}\"\n# command = [{command}]\n# port    = 3000\n# [[service.ready]]\n# http   = \"/health\"\n# status = 200\n#\n# [[smoke]]\n# name     = \"the front page, as a visitor sees it\"\n# url      = \"https://shop.example/\"\n# contains = [\"what must be on it\"]\n"
    );
    Piece::new(PATH, ABOUT, text)
}

/// The variables that hold the URL of the database, as the repository's own schemas name them.
fn variables(ground: &Ground<'_>) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for file in &ground.analysis.sources().files {
        let Some(text) = file.text.as_deref() else { continue };
        let example = file.kind == Kind::DotEnv && file.path.contains("example");
        if file.kind == Kind::PrismaSchema {
            out.extend(
                text.split("env(\"").skip(1).filter_map(|rest| rest.split_once('"')).map(|(name, _)| name),
            );
        } else if example && text.lines().any(|line| line.trim_start().starts_with("DATABASE_URL=")) {
            out.insert("DATABASE_URL");
        }
    }
    let plain = |name: &&str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    out.into_iter().filter(plain).map(str::to_owned).collect()
}

/// What starts the application, where the repository says it.
fn start(ground: &Ground<'_>) -> (&'static str, String) {
    let package: serde_json::Value =
        ground.text("package.json").and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    if package["scripts"]["start"].is_string() {
        let manager =
            [("pnpm-lock.yaml", "pnpm"), ("yarn.lock", "yarn"), ("bun.lockb", "bun"), ("bun.lock", "bun")];
        let manager = manager.iter().find(|(lock, _)| ground.has(lock)).map_or("npm", |(_, name)| *name);
        return ("web", format!("\"{manager}\", \"run\", \"start\""));
    }
    let web = ground.text("Procfile").and_then(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("web:"))?.trim().to_owned();
        let plain = line.chars().all(|c| c.is_ascii_alphanumeric() || " ./:_-=".contains(c));
        plain.then(|| {
            line.split(' ').filter(|w| !w.is_empty()).map(|w| format!("\"{w}\"")).collect::<Vec<_>>()
        })
    });
    ("web", web.map_or_else(|| "\"./start\"".to_owned(), |words| words.join(", ")))
}
