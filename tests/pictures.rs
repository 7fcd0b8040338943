//! The terminal pictures of the README: drawn from what guard prints, and drawn again when it prints something else
//! (`GUARD_WRITE_DOCS=1 cargo test --test pictures`).

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test may stop where it stands")]

mod sandbox;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use sandbox::Sandbox;

/// Colours of the terminal, by the numbers that a program sends.
const COLOURS: [&str; 16] = [
    "#484f58", "#ff7b72", "#7ee787", "#d29922", "#79c0ff", "#d2a8ff", "#76e3ea", "#c9d1d9", "#6e7681",
    "#ffa198", "#56d364", "#e3b341", "#a5d6ff", "#e2c5ff", "#b3f0ff", "#f0f6fc",
];
const INK: &str = "#c9d1d9";
/// Of a letter, in hundredths.
const WIDE: usize = 843;
const HIGH: usize = 19;

#[derive(Clone, Copy, PartialEq)]
struct Style {
    ink: &'static str,
    bold: bool,
}

const PLAIN: Style = Style { ink: INK, bold: false };

/// What a sequence of the terminal changes.
fn changed(style: Style, codes: &str) -> Style {
    let mut out = style;
    let mut codes = codes.split(';').map(|code| code.parse::<usize>().unwrap_or(0));
    while let Some(code) = codes.next() {
        match code {
            0 => out = PLAIN,
            1 => out.bold = true,
            22 => out.bold = false,
            30..=37 => out.ink = COLOURS[code - 30],
            90..=97 => out.ink = COLOURS[code - 82],
            39 => out.ink = INK,
            38 => {
                assert_eq!(codes.next(), Some(5), "a colour that the picture does not know");
                out.ink = COLOURS[codes.next().unwrap_or(7) % 16];
            }
            other => panic!("style {other}"),
        }
    }
    out
}

/// Several spaces would be drawn as one.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace(' ', "\u{a0}")
}

/// A window of a terminal with these lines.
fn drawn(title: &str, text: &str) -> String {
    let rows: Vec<&str> = text.trim_end().lines().collect();
    let bare = |row: &str| {
        row.split('\u{1b}')
            .enumerate()
            .map(|(at, part)| {
                let part = if at == 0 { part } else { part.split_once('m').map_or("", |(_, rest)| rest) };
                part.chars().count()
            })
            .sum::<usize>()
    };
    let columns = rows.iter().map(|row| bare(row)).max().unwrap_or_default().max(60);
    let width = columns * WIDE / 100 + 40;
    let height = rows.len() * HIGH + 60;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\">\n<title>{}</title>\n<rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"#0d1117\"/>\n<g fill=\"#30363d\"><circle cx=\"20\" cy=\"18\" r=\"6\"/><circle cx=\"40\" cy=\"18\" r=\"6\"/><circle cx=\"60\" cy=\"18\" r=\"6\"/></g>\n<g font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, monospace\" font-size=\"14\">\n",
        escaped(title)
    );
    let mut style = PLAIN;
    for (at, row) in rows.iter().enumerate() {
        let _ = write!(out, "<text x=\"20\" y=\"{}\">", 54 + at * HIGH);
        let mut first = true;
        for part in row.split('\u{1b}') {
            let text = if first {
                part
            } else {
                let (codes, rest) = part.split_once('m').expect("a style");
                style = changed(style, codes.trim_start_matches('['));
                rest
            };
            first = false;
            if !text.is_empty() {
                let weight = if style.bold { " font-weight=\"bold\"" } else { "" };
                let _ = write!(out, "<tspan fill=\"{}\"{weight}>{}</tspan>", style.ink, escaped(text));
            }
        }
        out.push_str("</text>\n");
    }
    out.push_str("</g>\n</svg>\n");
    out
}

fn holds(path: &str, text: &str) {
    let full = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("GUARD_WRITE_DOCS").is_some() {
        fs::write(&full, text).unwrap();
    }
    assert!(
        fs::read_to_string(&full).unwrap_or_default() == text,
        "{path} shows what guard no longer prints: GUARD_WRITE_DOCS=1 cargo test --test pictures"
    );
}

/// The shop of the README's first minute: a declared script with a switch in its guard.
fn shop() -> Sandbox {
    let sandbox = Sandbox::repository();
    sandbox.write("shop/package.json", "{ \"scripts\": { \"sync\": \"tsx sync.ts\" } }\n");
    sandbox.write("shop/sync.ts", "if (process.env.CI !== \"true\" && !process.env.HURRY) process.exit(1);\n\nconst { PrismaClient } = await import(\"@prisma/client\");\nconst prisma = new PrismaClient();\nawait prisma.price.updateMany({ data: { amount: 0 } });\n");
    guard(&sandbox, &["init"], &[]);
    let contract = fs::read_to_string(sandbox.at("shop/contract/mutation.toml")).unwrap();
    sandbox.write("shop/contract/mutation.toml", contract + "\n[[script]]\npath        = \"sync.ts\"\nenvironment = \"prod\"\n[script.tables.price]\noperations  = [\"update\"]\n\n[environments.prod]\ndatabase = \"DATABASE_URL\"\n[environments.dev]\ndatabase = \"DATABASE_URL\"\n");
    guard(&sandbox, &["contract", "freeze"], &[]);
    sandbox.git("shop", &["add", "-A"]);
    sandbox.git("shop", &["commit", "-q", "-m", "shop"]);
    sandbox
}

/// Both streams, in the order in which a terminal would show them.
fn guard(sandbox: &Sandbox, arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let done = Command::new(env!("CARGO_BIN_EXE_guard"))
        .args(arguments)
        .current_dir(sandbox.at("shop"))
        .env_clear()
        .envs(sandbox.environment().iter())
        .envs(variables.iter().copied())
        .output()
        .expect("guard starts");
    String::from_utf8(done.stdout).unwrap() + &String::from_utf8(done.stderr).unwrap()
}

fn prompt(command: &str) -> String {
    format!("\u{1b}[90m$\u{1b}[0m \u{1b}[1m{command}\u{1b}[0m\n")
}

#[test]
fn a_finding() {
    let sandbox = shop();
    let said = guard(&sandbox, &["check"], &[("CLICOLOR_FORCE", "1"), ("TERM", "xterm-256color")]);
    assert!(said.contains("bypass/env-switch") && said.contains("HURRY"), "{said}");
    holds(
        "docs/pictures/finding.svg",
        &drawn("guard check finds a switch in a guard", &(prompt("guard check") + &said)),
    );
}

#[test]
fn a_refusal() {
    let sandbox = shop();
    let url = format!("sqlite:{}", sandbox.at("shop/prod.db").display());
    sandbox.write("shop/prod.db", "");
    let variables = [("DATABASE_URL", url.as_str())];
    let marked = guard(&sandbox, &["fingerprint", "init", "prod"], &[variables[0], ("CI", "true")]);
    assert!(marked.contains("marked this database as prod"), "{marked}");
    let said = guard(&sandbox, &["run", "--env", "dev", "--", "npm", "run", "sync"], &variables);
    assert!(said.contains("fingerprint/environment"), "{said}");
    let mine = guard(&sandbox, &["migrate", "--env", "prod"], &variables);
    assert!(mine.contains("guard:"), "{mine}");
    let text = prompt("guard run --env dev -- npm run sync")
        + &said
        + "\n"
        + &prompt("guard fingerprint verify prod")
        + &guard(&sandbox, &["fingerprint", "verify", "prod"], &variables);
    holds("docs/pictures/refusal.svg", &drawn("guard refuses: the database is marked as prod", &text));
}
