//! Runs every sample of `rules/knowledge/commands/` and a few shapes that samples cannot say.

use super::command::{Gate, Meaning, SqlFrom, Starts};
use super::data::{self, CommandSample};
use super::meaning;
use crate::words::text::{Piece, Text};

fn split(line: &str) -> Vec<Text> {
    let mut words = Vec::new();
    let mut word: Option<Text> = None;
    let mut chars = line.chars().peekable();
    let mut quote = None;
    while let Some(c) = chars.next() {
        match (quote, c) {
            (None, ' ') => words.extend(word.take()),
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (Some(open), c) if c == open => quote = None,
            (None | Some('"'), '$') => {
                let mut name = String::new();
                while let Some(&next) =
                    chars.peek().filter(|next| next.is_ascii_alphanumeric() || **next == '_')
                {
                    name.push(next);
                    chars.next();
                }
                word.get_or_insert_default().push(&Text::hole(name));
            }
            (_, c) => word.get_or_insert_default().push_known(&c.to_string()),
        }
    }
    words.extend(word);
    words
}

fn plain(text: &Text) -> String {
    text.pieces()
        .iter()
        .map(|piece| match piece {
            Piece::Known(text) => text.clone(),
            Piece::Hole { label } => format!("${label}"),
        })
        .collect()
}

/// The meaning of the innermost command, with the words that it was read from.
fn innermost(words: Vec<Text>) -> (Vec<Text>, Meaning) {
    let outer = meaning(&words);
    for start in &outer.starts {
        if let Starts::Words { from, .. } = start
            && outer.unresolved.is_none()
        {
            return innermost(words[*from..].to_vec());
        }
    }
    (words, outer)
}

fn check(file: &str, sample: &CommandSample) {
    let at = format!("{file}: {}", sample.line);
    let (words, meaning) = innermost(split(&sample.line));
    let shown = |text: &Text| plain(text);
    let canonical = meaning.canonical.as_ref().map(|words| words.iter().map(shown).collect::<Vec<_>>());
    if let Some(expected) = &sample.canonical {
        let expected: Vec<String> = split(expected).iter().map(shown).collect();
        assert_eq!(canonical, Some(expected), "{at}");
    } else {
        assert_eq!(canonical, None, "{at}");
    }
    let effects: Vec<_> = meaning.mutates.iter().map(|effect| effect.operation).collect();
    assert_eq!(effects, sample.effects, "{at}");
    let word = |index: Option<usize>| index.map(|index| plain(&words[index]));
    let destructive =
        word(meaning.destructive).map(|text| text.rsplit('/').next().unwrap_or_default().to_owned());
    assert_eq!(destructive, sample.destructive, "{at}");
    let rest = |index: usize, offset: usize| plain(&words[index])[offset..].to_owned();
    let sql: Vec<String> = meaning
        .sql
        .iter()
        .map(|sql| match sql {
            SqlFrom::Word { word, offset } => format!("text {}", rest(*word, *offset)),
            SqlFrom::File { word, offset } => format!("file {}", rest(*word, *offset)),
            SqlFrom::Stdin => "stdin".to_owned(),
        })
        .collect();
    assert_eq!(sql, sample.sql, "{at}");
    assert_eq!(meaning.unresolved.is_some(), sample.unresolved, "{at}: {:?}", meaning.unresolved);
    if let Some(url) = &sample.url {
        assert_eq!(word(meaning.url_word).as_ref(), Some(url), "{at}");
    }
}

#[test]
fn every_file_of_commands_parses_and_is_compiled_in() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/rules/knowledge/commands");
    let mut on_disk: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    on_disk.sort();
    let mut listed: Vec<String> = data::texts().map(|(name, _)| name.to_owned()).collect();
    listed.sort();
    assert_eq!(listed, on_disk);
    for (name, text) in data::texts() {
        if let Err(error) = toml::from_str::<data::CommandFile>(text) {
            panic!("{name}: {error}");
        }
    }
}

#[test]
fn every_sample_of_the_command_data_holds() {
    let mut failures = Vec::new();
    for (name, file) in data::files() {
        for sample in &file.sample {
            if let Err(failure) = std::panic::catch_unwind(|| check(name, sample)) {
                failures.push(failure.downcast_ref::<String>().cloned().unwrap_or_default());
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn every_tool_has_a_sample_that_changes_something_or_is_silent() {
    for (name, file) in data::files() {
        assert!(file.tool.is_empty() || file.sample.len() >= file.tool.len(), "{name} has too few samples");
    }
}

fn of(line: &str) -> Meaning {
    meaning(&split(line))
}

#[test]
fn guard_is_a_gate_and_a_package_of_that_name_is_not() {
    assert_eq!(of("guard check").gate, Some(Gate::Check { narrowed: false }));
    assert_eq!(of("guard check --format json --base main").gate, Some(Gate::Check { narrowed: false }));
    assert_eq!(of("guard check src").gate, Some(Gate::Check { narrowed: true }));
    assert_eq!(of("guard check --staged").gate, Some(Gate::Check { narrowed: true }));
    let prod = Some(Text::known("prod"));
    assert_eq!(
        of("guard run --env=prod -- node x.js --staged").gate,
        Some(Gate::Wraps { from: 4, env: prod.clone(), run: true })
    );
    assert_eq!(
        of("guard migrate -- scripts/m.sh").gate,
        Some(Gate::Wraps { from: 3, env: None, run: false })
    );
    assert_eq!(of("guard migrate --env prod --plan").gate, Some(Gate::Own));
    assert_eq!(of("guard fingerprint verify prod").gate, Some(Gate::Fingerprint { env: prod }));
    assert!(of("guard map").inert);
    for line in [
        "npx guard check",
        "pnpm exec guard check",
        "./guard check",
        "node_modules/.bin/guard check",
        "yarn guard check",
    ] {
        assert_eq!(of(line).gate, Some(Gate::NotGuard), "{line}");
    }
}

#[test]
fn package_scripts_are_found_however_they_are_called() {
    let name = |line: &str| match of(line).starts.as_slice() {
        [Starts::PackageScript { name, package, directory }] => {
            let show = |text: &Option<Text>| text.as_ref().map(plain).unwrap_or_default();
            format!("{} {} {}", plain(name), show(package), show(directory))
        }
        other => panic!("{line}: {other:?}"),
    };
    for line in [
        "npm run db:x",
        "npm run-script --silent db:x",
        "yarn db:x",
        "pnpm db:x --flag",
        "pnpm run db:x",
        "bun run db:x",
        "yarn run db:x",
        "node --run=db:x",
    ] {
        assert_eq!(name(line), "db:x  ", "{line}");
    }
    assert_eq!(name("npm --prefix api run x"), "x  api");
    assert_eq!(name("npm run x -w api"), "x api ");
    assert_eq!(name("pnpm --filter api x"), "x api ");
    assert_eq!(name("pnpm -C api x"), "x  api");
    assert_eq!(name("yarn workspace api x"), "x api ");
    assert_eq!(name("npx nx run api:x"), "x api ");
    assert_eq!(name("turbo run x --filter=api"), "x api ");
    assert_eq!(name("npm t"), "test  ");
    assert_eq!(of("npm ci").starts, [Starts::PackageHooks]);
    assert!(of("npm ci --ignore-scripts").starts.is_empty());
    assert_eq!(of("npm run x -- a").appended, Some(4));
}

#[test]
fn interpreters_say_which_word_they_run() {
    assert_eq!(of("bash -lc 'a b'").starts, [Starts::Shell { word: 2, remote: false }]);
    assert_eq!(of("bash -eo pipefail -c 'a b'").starts, [Starts::Shell { word: 4, remote: false }]);
    assert_eq!(of("sh -eu x.sh a").starts, [Starts::File { word: 2 }]);
    assert_eq!(
        of("node -r ts-node/register --env-file=.env scripts/x.ts a").starts,
        [Starts::EnvFile { word: 3, offset: 11 }, Starts::Preload { word: 2 }, Starts::File { word: 4 }]
    );
    assert_eq!(of("npx tsx watch x.ts").starts, [Starts::File { word: 3 }]);
    assert_eq!(of("node -e 'x()'").starts, [Starts::Program { word: 2, language: "js" }]);
    assert_eq!(of("python3 -c 'x'").starts, [Starts::Program { word: 2, language: "python" }]);
    assert_eq!(of("./scripts/x.sh a").starts, [Starts::File { word: 0 }]);
    assert_eq!(of("ssh h 'psql -c x'").starts, [Starts::Shell { word: 2, remote: true }]);
    assert_eq!(of("npx some-package").starts, [Starts::Unknown]);
    assert_eq!(of("some-program"), Meaning::default());
    assert_eq!(
        of("docker compose up -d db").starts,
        [Starts::ComposeServices { names: vec![Text::known("db")] }]
    );
    assert_eq!(
        of("make -C api deploy X=1").starts,
        [Starts::Targets { names: vec![Text::known("deploy")], directory: Some(Text::known("api")) }]
    );
}

#[test]
fn programs_behind_package_managers_are_reached() {
    assert_eq!(of("pnpm tsx x.ts").starts, [Starts::File { word: 2 }]);
    assert_eq!(of("yarn cross-env A=1 x").starts, [Starts::Words { from: 3, env: vec![2], remote: false }]);
    assert_eq!(of("heroku run 'rails db:migrate' -a x").starts, [Starts::Shell { word: 2, remote: true }]);
    assert!(of("npx some-cli prisma db push").unresolved.is_some());
    assert!(of("npx create-x --db mysql").unresolved.is_none());
    assert!(of("cargo sqlx migrate run").canonical.is_some());
    assert_eq!(
        of("cargo run --release -p api --bin fix -- --all").starts,
        [Starts::Crate { package: Some(Text::known("api")), program: Some(Text::known("fix")) }]
    );
    assert_eq!(of("go run github.com/pressly/goose/v3/cmd/goose@v3 up").mutates.len(), 1);
    assert!(of("go run ./cmd/goose").inert);
    assert_eq!(of("go run ./cmd/fix -v").starts, [Starts::File { word: 2 }]);
    assert_eq!(of("go run fix.go").starts, [Starts::File { word: 2 }]);
}

#[test]
fn programs_on_standard_input_are_told_by_their_language() {
    let language = |line: &str| super::stdin_language(&split(line));
    assert_eq!(language("bash -s prod"), Some("sh"));
    assert_eq!(language("sh"), Some("sh"));
    assert_eq!(language("ssh -p 22 host"), Some("sh"));
    assert_eq!(language("node -"), Some("js"));
    assert_eq!(language("python3"), Some("python"));
    for line in ["bash x.sh", "bash -c x", "node x.js", "node -e x", "python -m x", "ssh host ls", "psql"] {
        assert_eq!(language(line), None, "{line}");
    }
}

#[test]
fn a_failure_that_is_not_passed_on_is_told() {
    for line in ["make -i deploy", "make --keep-going x", "make -ki x", "find . -exec psql -f {} ;"] {
        assert!(of(line).keeps_going, "{line}");
    }
    for line in ["make deploy", "make -s x", "make -C infra x", "find . -exec psql -f {} +", "just -k x"] {
        assert!(!of(line).keeps_going, "{line}");
    }
}

#[test]
fn no_words_make_it_panic() {
    for line in [
        "",
        "npx",
        "npm",
        "npm run",
        "env",
        "env X=1",
        "docker exec",
        "ssh h",
        "bash -c",
        "node -e",
        "guard",
        "guard run --",
        "make",
        "$X",
        "psql -c",
        "xargs",
        "find . -exec",
        "su -c",
        "yarn workspace",
        "nx run",
        "bun",
        "deno task",
        "-",
        "--",
        "npx --",
        "node node_modules/",
        "node node_modules/@x",
    ] {
        let _ = of(line);
        let _ = super::stdin_language(&split(line));
    }
    let long = vec![Text::known("npx"); 10_000];
    let _ = meaning(&long);
}
