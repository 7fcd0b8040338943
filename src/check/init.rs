//! `guard contract init`: proposes a contract from what the repository holds. It never overwrites.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use crate::check::analysis::{Analysis, CONTRACT};
use crate::check::commands::{Said, project_around};
use crate::check::run::{CheckError, Request, open};
use crate::io::environment::Environment;
use crate::io::output;
use crate::io::tree::Tree;
use crate::reach::event::EventKind;
use crate::reach::sources::Sources;
use crate::rules::contract::{grants, undeclared_mutation};

const APPLICATION: [&str; 9] =
    ["app", "src", "lib", "server", "api", "pages", "routes", "services", "packages"];
const TESTS: [&str; 6] = ["tests", "test", "__tests__", "spec", "e2e", "cypress"];

pub fn init(directory: &Path, environment: &Environment) -> Result<Said, CheckError> {
    let request = Request { directory, paths: &[], bases: &[], staged: false, environment };
    let tree = open(&request)?;
    // As everywhere: a folder belongs to the repository's contract, unless one calls it nested.
    let prefix = project_around(directory, &tree);
    let shown = format!("{prefix}{CONTRACT}");
    if tree.contains(&shown) {
        return Err(CheckError::Tree(format!("{shown} is there already; nothing was changed")));
    }
    let analysis = Analysis::of(&tree, &prefix);
    let (text, decisions) = propose(&analysis);
    output::write(&tree.root().join(&shown), &text)
        .map_err(|e| CheckError::Tree(format!("{shown} cannot be written: {e}")))?;
    let mut said = format!("wrote {shown}\n");
    if decisions.is_empty() {
        said.push_str("\nNothing else was found that can change a database.\n");
    } else {
        let _ = writeln!(
            said,
            "\nThese can change a database. Decide for each: declare it, send it through `guard migrate`, or take it out:"
        );
        for decision in &decisions {
            let _ = writeln!(said, "  - {decision}");
        }
    }
    if prefix.is_empty() && !at_root(directory, &tree) {
        let _ = writeln!(
            said,
            "\nIt is about the whole repository, not about this folder alone: for a contract of its own, name the folder as [[nested]] there, and run `guard contract init` here again."
        );
    }
    said.push_str("\nNext: read the contract, name who may sign in contract/allowed_signers, then `guard contract freeze` and `guard check`.\n");
    Ok(Said { text: said, exit: 0 })
}

fn at_root(directory: &Path, tree: &Tree) -> bool {
    let whole = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    whole(directory) == whole(tree.root())
}

fn propose(analysis: &Analysis) -> (String, Vec<String>) {
    let sources = analysis.sources();
    let mut out = String::from(
        "version = 1\n\n[environments]\nknown     = [\"dev\", \"prod\"]\nprotected = [\"prod\"]\n",
    );
    let application = folders(sources, &APPLICATION);
    let tests = test_globs(sources);
    out.push_str("\n[scope]\n");
    if !application.is_empty() {
        let _ = writeln!(out, "application = [{}]", quoted(&application));
    }
    if !tests.is_empty() {
        let _ = writeln!(out, "tests       = [{}]", quoted(&tests));
    }
    let is_application =
        |path: &str| application.iter().any(|glob| path.starts_with(glob.trim_end_matches("**")));
    let mut files: BTreeSet<String> = BTreeSet::new();
    let mut decisions: BTreeSet<String> = BTreeSet::new();
    let facts = analysis.facts();
    for finding in undeclared_mutation::check(&facts) {
        let path = sources.path(finding.at.file).to_owned();
        if is_application(&path) && !analysis.survey.started.contains_key(&finding.at.file) {
            continue;
        }
        let what = finding.effects.first().map(crate::words::effect::Effect::describe).unwrap_or_default();
        let is_program = analysis.survey.programs.contains_key(&finding.at.file);
        if is_program && !is_application(&path) {
            files.insert(path);
        } else {
            decisions.insert(format!("{path}: {what}"));
        }
    }
    if let Some((path, tool)) = migrations(sources) {
        let mut commands = BTreeSet::new();
        for walk in analysis.survey.entry_walks.iter().chain(analysis.survey.programs.values()) {
            for event in &walk.events {
                if let EventKind::Effect { command: Some(words), destructive: false, .. } = &event.kind {
                    let shown = grants::shown(words);
                    if ["prisma migrate deploy", "sqlx migrate run"].iter().any(|c| shown.starts_with(c)) {
                        commands.insert(shown);
                    }
                }
            }
        }
        let commands: Vec<String> = commands.into_iter().collect();
        let _ = write!(out, "\n[migrations]\npath        = \"{path}\"\ntool        = \"{tool}\"\n");
        if !commands.is_empty() {
            let _ = writeln!(out, "commands    = [{}]", quoted(&commands));
        }
        out.push_str("destructive = \"forbid\"\n");
        for (file, operation) in destroyed(analysis, &path) {
            let _ = write!(
                out,
                "[[migrations.allow]]\nfile       = \"{file}\"\noperations = [\"{operation}\"]\nreason     = \"applied before this contract began\"\n"
            );
        }
    }
    for path in &files {
        let _ = write!(
            out,
            "\n[[quarantine]]                               # can change a database; nobody has vouched for it yet\npath = \"{path}\"\n"
        );
        decisions.insert(format!("{path}: in quarantine; declare it as a [[script]], or remove it"));
    }
    out.push_str(
        "\n[forbidden]\noperations = [\"delete\", \"truncate\", \"drop\", \"raw-sql\", \"bulk-import\"]\n",
    );
    if sources.find("contract/allowed_signers").is_some() {
        out.push_str("\n[approval]\nsigners = \"contract/allowed_signers\"\n");
    }
    (out, decisions.into_iter().collect())
}

fn destroyed(analysis: &Analysis, folder: &str) -> BTreeSet<(String, String)> {
    let migrations = crate::contract::model::Migrations {
        span: crate::words::span::Span::default(),
        path: crate::contract::model::At {
            value: folder.to_owned(),
            span: crate::words::span::Span::default(),
        },
        tool: if folder.contains("prisma") {
            crate::contract::model::Tool::Prisma
        } else {
            crate::contract::model::Tool::Sql
        },
        commands: Vec::new(),
        destructive_allowed: false,
        allow: Vec::new(),
    };
    let sources = analysis.sources();
    let mut scope = crate::rules::scope::ScopeIndex::default();
    scope.migrations.extend(sources.ids().filter(|id| sources.path(*id).starts_with(&format!("{folder}/"))));
    let (_, findings) =
        crate::rules::contract::destructive_migration::replay(sources, &scope, Some(&migrations));
    findings
        .iter()
        .filter_map(|f| {
            let path = sources.path(f.at.file).strip_prefix(folder)?.trim_start_matches('/').to_owned();
            let kind = f.message.split_once('(')?.1.split_once(')')?.0.to_owned();
            Some((path, kind))
        })
        .collect()
}

fn folders(sources: &Sources, names: &[&str]) -> Vec<String> {
    names
        .iter()
        .filter(|name| sources.files.iter().any(|f| f.path.starts_with(&format!("{name}/"))))
        .map(|name| format!("{name}/**"))
        .collect()
}

fn test_globs(sources: &Sources) -> Vec<String> {
    let mut out = folders(sources, &TESTS);
    for (part, glob) in
        [(".test.", "**/*.test.*"), (".spec.", "**/*.spec.*"), ("/__tests__/", "**/__tests__/**")]
    {
        if sources.files.iter().any(|f| f.path.contains(part)) {
            out.push(glob.to_owned());
        }
    }
    out
}

fn migrations(sources: &Sources) -> Option<(String, &'static str)> {
    let prisma = sources.files.iter().find_map(|f| {
        let (folder, rest) = f.path.split_once("migrations/")?;
        (rest.ends_with("/migration.sql") && rest.matches('/').count() == 1)
            .then(|| format!("{folder}migrations"))
    });
    if let Some(path) = prisma {
        return Some((path, "prisma"));
    }
    let plain = sources.files.iter().find_map(|f| {
        let (folder, name) = f.path.rsplit_once('/')?;
        let last = folder.rsplit('/').next().unwrap_or(folder);
        (std::path::Path::new(name).extension().is_some_and(|e| e == "sql")
            && matches!(last, "migrations" | "migration" | "drizzle" | "migrate"))
        .then(|| folder.to_owned())
    })?;
    Some((plain, "sql"))
}

fn quoted(items: &[String]) -> String {
    items.iter().map(|i| format!("\"{i}\"")).collect::<Vec<_>>().join(", ")
}
