//! `guard contract init`: proposes a contract from what the repository holds. It never overwrites.

mod candidates;
mod folders;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use crate::check::analysis::{Analysis, CONTRACT};
use crate::check::commands::{Said, project_around};
use crate::check::init::candidates::{Decision, Found, Guarded};
use crate::check::run::{CheckError, Request, open};
use crate::io::environment::Environment;
use crate::io::output;
use crate::io::tree::Tree;
use crate::reach::event::EventKind;
use crate::reach::sources::Sources;
use crate::rules::contract::grants;

/// Folders that hold what serves requests, as most repositories call them.
const APPLICATION: [&str; 18] = [
    "app",
    "apps",
    "src",
    "lib",
    "libs",
    "server",
    "api",
    "pages",
    "routes",
    "services",
    "packages",
    "backend",
    "frontend",
    "web",
    "crates",
    "components",
    "modules",
    "plugins",
];
/// Files that only an application has; the top folder that holds one is the application's.
const MARKS: [&str; 4] = ["wsgi.py", "asgi.py", "urls.py", "apps.py"];
const TESTS: [&str; 6] = ["tests", "test", "__tests__", "spec", "e2e", "cypress"];
/// More files of one folder are counted, not listed.
const LISTED: usize = 12;
/// Commands that apply the migrations of a folder, and destroy nothing that it does not.
const MIGRATES: [&str; 2] = ["prisma migrate deploy", "sqlx migrate run"];

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
    let proposal = Proposal::of(&analysis);
    let name = tree.root().join(&prefix).canonicalize().unwrap_or_default();
    let name = name.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    output::write(&tree.root().join(&shown), &proposal.contract(&name))
        .map_err(|e| CheckError::Tree(format!("{shown} cannot be written: {e}")))?;
    let mut said = format!("wrote {shown}\n");
    said.push_str(&proposal.page());
    if prefix.is_empty() && !at_root(directory, &tree) {
        let _ = writeln!(
            said,
            "\nIt is about the whole repository, not about this folder alone: for a contract of its own, name the folder as [[nested]] there, and run `guard contract init` here again."
        );
    }
    let signers = if proposal.signers.is_some() {
        ""
    } else {
        " name who may sign in contract/allowed_signers (and as [approval] in the contract),"
    };
    let _ =
        writeln!(said, "\nNext: read the contract,{signers} then `guard contract freeze` and `guard check`.");
    // As in a check: the process ends after this.
    std::mem::forget(analysis);
    Ok(Said { text: said, exit: 0 })
}

/// What a contract for this repository says, and what is told of it.
pub(super) struct Proposed {
    pub(super) contract: String,
    pub(super) page: String,
}

pub(super) fn proposal(analysis: &Analysis, name: &str) -> Proposed {
    let proposal = Proposal::of(analysis);
    Proposed { contract: proposal.contract(name), page: proposal.page() }
}

fn at_root(directory: &Path, tree: &Tree) -> bool {
    let whole = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    whole(directory) == whole(tree.root())
}

/// What the repository shows.
struct Proposal {
    application: Vec<String>,
    tests: Vec<String>,
    migrations: Option<Folder>,
    quarantine: Vec<(String, usize)>,
    guarded: Vec<Guarded>,
    started: Vec<Decision>,
    entries: Vec<Decision>,
    signers: Option<String>,
}

struct Folder {
    path: String,
    tool: &'static str,
    commands: Vec<String>,
    /// What migrations of the past destroyed, by their files.
    destroyed: BTreeMap<String, BTreeSet<String>>,
}

impl Proposal {
    fn of(analysis: &Analysis) -> Self {
        let sources = analysis.sources();
        let mut application = folders(sources, &APPLICATION);
        application.extend(marked(sources));
        application.extend(servers(analysis));
        application.sort();
        application.dedup();
        candidates::widen(analysis, &mut application);
        let tests = test_globs(sources);
        let migrations = super::folders::migrations(sources).map(|(path, tool)| Folder {
            commands: commands(analysis),
            destroyed: destroyed(analysis, &path),
            path,
            tool,
        });
        let is_application =
            |path: &str| application.iter().any(|glob| path.starts_with(glob.trim_end_matches("**")));
        let admitted: Vec<String> = migrations.iter().flat_map(|held| held.commands.clone()).collect();
        let Found { quarantine, guarded, started, entries, reached } =
            candidates::find(analysis, &is_application, &admitted);
        let carriers: BTreeSet<_> = analysis.survey.entries.iter().map(|entry| entry.file).collect();
        let busy = |file| {
            let path = sources.path(file);
            let beside = |held: &Folder| path.starts_with(&format!("{}/", held.path));
            !quarantine.contains(&file)
                && (reached.contains(&file)
                    || carriers.contains(&file)
                    || analysis.scope.tests.contains(&file)
                    || guarded.iter().any(|script| script.path == path)
                    || migrations.as_ref().is_some_and(beside)
                    || path.starts_with("contract/"))
        };
        let quarantine = folders::globs(sources, &quarantine, &busy);
        let signers = sources.files.iter().map(|file| &file.path);
        let signers = signers
            .filter(|path| path.rsplit('/').next() == Some("allowed_signers"))
            .min_by_key(|path| (*path != "contract/allowed_signers", path.len()));
        Self {
            application: application.clone(),
            tests,
            signers: signers.cloned(),
            migrations,
            quarantine,
            guarded,
            started,
            entries,
        }
    }

    /// The contract, as a page that can be read from the top.
    fn contract(&self, name: &str) -> String {
        let mut out = String::from(
            "# What may change the database of this project, and nothing else may. Proposed by `guard contract init`\n# from what the repository holds; whoever answers for the database goes through it once.\nversion = 1\n",
        );
        if !name.is_empty() {
            let _ = writeln!(out, "project = {}", quote(name));
        }
        out.push_str(
            "\n# `protected`: only CI changes these, and nothing connects to them without proof.\n[environments]\nknown     = [\"dev\", \"prod\"]\nprotected = [\"prod\"]\n",
        );
        out.push_str("\n# `application` serves requests: what it writes is business logic, as long as only the server runs it.\n[scope]\n");
        if !self.application.is_empty() {
            let _ = writeln!(out, "application = [{}]", quoted(&self.application));
        }
        if !self.tests.is_empty() {
            let _ = writeln!(out, "tests       = [{}]", quoted(&self.tests));
        }
        if let Some(held) = &self.migrations {
            out.push_str("\n# The one way in which tables change their shape.\n");
            let _ = write!(
                out,
                "[migrations]\npath        = {}\ntool        = \"{}\"\n",
                quote(&held.path),
                held.tool
            );
            if !held.commands.is_empty() {
                let _ = writeln!(out, "commands    = [{}]", quoted(&held.commands));
            }
            out.push_str("destructive = \"forbid\"\n");
            for (file, operations) in &held.destroyed {
                let operations: Vec<String> = operations.iter().cloned().collect();
                let _ = write!(
                    out,
                    "[[migrations.allow]]\nfile       = {}\noperations = [{}]\nreason     = \"applied before this contract began\"\n",
                    quote(file),
                    quoted(&operations)
                );
            }
        }
        if !self.guarded.is_empty() {
            out.push_str("\n# Scripts that stop by themselves outside of CI and on any other database.\n");
        }
        for script in &self.guarded {
            let _ =
                write!(out, "[[script]]\npath        = {}\nenvironment = \"prod\"\n", quote(&script.path));
            if !script.commands.is_empty() {
                let commands: Vec<String> = script.commands.iter().cloned().collect();
                let _ = writeln!(out, "commands    = [{}]", quoted(&commands));
            }
            for (table, operations) in &script.tables {
                let operations: Vec<String> = operations.iter().map(|op| op.name().to_owned()).collect();
                let _ = write!(
                    out,
                    "[script.tables.{}]\noperations  = [{}]\n",
                    quote(table),
                    quoted(&operations)
                );
            }
            out.push('\n');
        }
        if !self.quarantine.is_empty() {
            out.push_str("\n# Legacy: these can change a database, and nobody has vouched for them. They may stay as they are; they may\n# not change, and nothing may start them. One that is needed becomes a [[script]] with guards; the others go.\n");
        }
        for (glob, _) in &self.quarantine {
            let _ = write!(out, "[[quarantine]]\npath = {}\n", quote(glob));
        }
        out.push_str(
            "\n# Never on a protected environment, whatever a script's own entry says.\n[forbidden]\noperations = [\"delete\", \"truncate\", \"drop\", \"raw-sql\", \"bulk-import\"]\n",
        );
        if let Some(signers) = &self.signers {
            let _ =
                write!(out, "\n# Who may permit more than this.\n[approval]\nsigners = {}\n", quote(signers));
        }
        out
    }

    /// The quarantine as a person reads it: of many files in one folder the folder.
    fn put_away(&self) -> Vec<(String, usize)> {
        let folder = |glob: &str| glob.rsplit_once('/').map_or(".", |(folder, _)| folder).to_owned();
        let mut single: BTreeMap<String, usize> = BTreeMap::new();
        for (glob, _) in self.quarantine.iter().filter(|(glob, _)| !glob.ends_with("/**")) {
            *single.entry(folder(glob)).or_default() += 1;
        }
        let mut out = Vec::new();
        for (glob, count) in &self.quarantine {
            let beside = single.get(&folder(glob)).copied().unwrap_or_default();
            if glob.ends_with("/**") || beside <= LISTED {
                out.push((glob.clone(), *count));
                continue;
            }
            let line = format!("{}/, each named in the contract", folder(glob));
            if !out.iter().any(|(told, _)| *told == line) {
                out.push((line, beside));
            }
        }
        out
    }

    /// What was found, and what a person must decide.
    fn page(&self) -> String {
        let mut out = String::from("\nWhat it says\n");
        let mut row = |name: &str, text: String| {
            let _ = writeln!(out, "  {name:<12} {text}");
        };
        let list =
            |globs: &[String]| if globs.is_empty() { "none found".to_owned() } else { globs.join(", ") };
        row("application", list(&self.application));
        row("tests", list(&self.tests));
        row(
            "migrations",
            match &self.migrations {
                None => "no folder of sqlx's, Prisma's or plain SQL migrations found".to_owned(),
                Some(held) if held.destroyed.is_empty() => format!("{} ({})", held.path, held.tool),
                Some(held) => format!(
                    "{} ({}); what {} of them destroyed is allowed, since it is done",
                    held.path,
                    held.tool,
                    held.destroyed.len()
                ),
            },
        );
        row(
            "scripts",
            match self.guarded.len() {
                0 => "none is guarded yet".to_owned(),
                n => format!("{n} declared: guarded already"),
            },
        );
        let files: usize = self.quarantine.iter().map(|(_, count)| count).sum();
        row(
            "quarantine",
            match files {
                0 => "nothing".to_owned(),
                1 => "one file that can change a database and that nothing starts".to_owned(),
                n => format!(
                    "{n} files that can change a database and that nothing starts, in {}",
                    match self.quarantine.len() {
                        1 => "one entry".to_owned(),
                        entries => format!("{entries} entries"),
                    }
                ),
            },
        );
        row("signers", self.signers.clone().unwrap_or_else(|| "nobody yet".to_owned()));
        let decisions = self.entries.len() + self.started.len();
        if decisions == 0 && files == 0 {
            out.push_str("\nNothing else was found that can change a database.\n");
            return out;
        }
        let _ = writeln!(out, "\nDecisions left to you: {}", decisions + self.put_away().len());
        section(
            &mut out,
            "Entry points that change a database right where they stand: send them through `guard migrate` or `guard run`, or take them out",
            &self.entries,
        );
        section(
            &mut out,
            "Programs that something starts or loads: declare each as a [[script]] with guards, send it through `guard migrate`, or take it out",
            &self.started,
        );
        if !self.quarantine.is_empty() {
            out.push_str("\n  In quarantine: remove what nobody needs, and declare as a [[script]] what somebody does\n");
            for (line, count) in self.put_away() {
                let many = if count > 1 { format!("  ({count} files)") } else { String::new() };
                let _ = writeln!(out, "    {line}{many}");
            }
        }
        out
    }
}

fn section(out: &mut String, title: &str, decisions: &[Decision]) {
    if decisions.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n  {title}");
    for Decision { path, line, what, by } in decisions {
        let by = by.as_ref().map(|by| format!("  (from {by})")).unwrap_or_default();
        let _ = writeln!(out, "    {path}:{line}  {what}{by}");
    }
}

/// Commands of the repository that apply migrations.
fn commands(analysis: &Analysis) -> Vec<String> {
    let mut commands = BTreeSet::new();
    for walk in analysis.survey.entry_walks.iter().chain(analysis.survey.programs.values()) {
        for event in &walk.events {
            if let EventKind::Effect { command: Some(words), destructive: false, .. } = &event.kind {
                let shown = grants::shown(words);
                // What only the run knows cannot be written down.
                if MIGRATES.iter().any(|c| shown.starts_with(c))
                    && words.iter().all(|w| w.as_known().is_some())
                {
                    commands.insert(shown);
                }
            }
        }
    }
    commands.into_iter().collect()
}

/// Servers that stand beside the folders, as `server.js` does in a small project.
fn servers(analysis: &Analysis) -> Vec<String> {
    let programs = analysis.survey.programs.iter();
    let serving =
        programs.filter(|(_, walk)| walk.events.iter().any(|e| matches!(e.kind, EventKind::Serves)));
    let paths = serving.map(|(file, _)| analysis.sources().path(*file));
    paths.filter(|path| !path.contains(['/', '*', '?', '[', '{'])).map(str::to_owned).collect()
}

/// The top folders of applications that are told by a file.
fn marked(sources: &Sources) -> Vec<String> {
    let mut out: Vec<String> = sources
        .files
        .iter()
        .filter(|file| file.path.rsplit('/').next().is_some_and(|name| MARKS.contains(&name)))
        .filter_map(|file| file.path.split_once('/').map(|(top, _)| format!("{top}/**")))
        .collect();
    out.sort();
    out.dedup();
    out
}

fn destroyed(analysis: &Analysis, folder: &str) -> BTreeMap<String, BTreeSet<String>> {
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
    let mut out: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for finding in &findings {
        let path = sources.path(finding.at.file).strip_prefix(folder).map(|p| p.trim_start_matches('/'));
        let kind = finding.message.split_once('(').and_then(|(_, rest)| rest.split_once(')'));
        if let (Some(path), Some((kind, _))) = (path, kind) {
            out.entry(path.to_owned()).or_default().insert(kind.to_owned());
        }
    }
    out
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

fn quote(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn quoted(items: &[String]) -> String {
    items.iter().map(|i| quote(i)).collect::<Vec<_>>().join(", ")
}
