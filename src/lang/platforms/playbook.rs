//! Ansible: the commands of tasks, and what its modules for databases execute.

use super::start::{Language, Start, words};
use crate::lang::ci::script;
use crate::lang::yaml::{self, Node};
use crate::lang::{Input, Lowered, folder_of, setting};
use crate::words::entry::{Entry, EntryKind};
use crate::words::flow::{Expr, ExprKind};

pub(super) fn lower(input: Input<'_>) -> Lowered {
    let parsed = yaml::parse(input);
    let mut out = Lowered { problems: parsed.problems.clone(), ..Lowered::default() };
    let mut start = Start::new(input, EntryKind::Platform);
    start.directory = Some(".".to_owned());
    for root in &parsed.documents {
        look(root, &start, &mut out);
    }
    out
}

fn look(node: &Node, start: &Start<'_>, out: &mut Lowered) {
    for item in node.items() {
        look(item, start, out);
    }
    for pair in node.pairs() {
        let key = pair.key.as_str().unwrap_or("");
        let module = key.rsplit('.').next().unwrap_or(key);
        let entry = match module {
            "shell" | "command" | "raw" | "expect" => command(&pair.value, start, module),
            "win_shell" | "win_command" | "win_powershell" => command(&pair.value, start, module),
            "docker_container_exec" | "k8s_exec" => command(&pair.value, start, module),
            "script" if pair.value.get("image").is_none() => file(&pair.value, start),
            "django_manage" => manage(&pair.value, start),
            "postgresql_query" | "postgresql_script" | "mysql_query" => query(&pair.value, start, module),
            "postgresql_db" | "mysql_db" => database(&pair.value, start, module),
            _ => {
                look(&pair.value, start, out);
                continue;
            }
        };
        if let Some(mut entry) = entry {
            let goes_on = [("ignore_errors", "true"), ("ignore_errors", "yes"), ("failed_when", "false")];
            entry.tolerated = goes_on.iter().find_map(|(key, on)| {
                let held = node.pair(key)?;
                (held.value.as_str() == Some(on)).then(|| held.key.span.to(held.value.span))
            });
            out.entries.push(entry);
        }
    }
}

/// `shell: …`, or with its text among the arguments, or as a list of words.
fn command(value: &Node, start: &Start<'_>, module: &str) -> Option<Entry> {
    let title = format!("ansible {module}");
    if let Some(argv) = value.get("argv").filter(|argv| !argv.items().is_empty()) {
        let said = argv.items().iter().map(templated).collect();
        return Some(start.entry(title, words(said, argv.span), argv.span));
    }
    let keys = ["cmd", "_raw_params", "command", "script"];
    let held = keys.iter().find_map(|key| value.get(key)).unwrap_or(value);
    let program = script::program(&[(held.as_scalar()?, held.span)])?;
    // What the template fills in stands for a variable.
    let program = program.filled("{{", "}}", &|_| None);
    let powershell = matches!(module, "win_shell" | "win_powershell");
    let language = if powershell { Language::PowerShell } else { Language::Shell };
    let mut entry = start.script(title, &program.text, &program.map, language);
    entry.span = held.span;
    Some(entry)
}

/// One word, in which a template stands for what is known only where it runs.
fn templated(item: &Node) -> Expr {
    let program = item.as_scalar().and_then(|scalar| script::program(&[(scalar, item.span)]));
    match program.map(|program| program.filled("{{", "}}", &|_| None)) {
        Some(program) => setting::interpolated(program.text.trim_end(), &program.map, false),
        None => Expr::new(ExprKind::Variable("__FILLED".to_owned()), item.span),
    }
}

/// A script that is copied to the host and runs there: it lies beside the playbook, or among the role's files.
fn file(value: &Node, start: &Start<'_>) -> Option<Entry> {
    let held = ["cmd", "_raw_params"].iter().find_map(|key| value.get(key)).unwrap_or(value);
    let program = script::program(&[(held.as_scalar()?, held.span)])?.filled("{{", "}}", &|_| None);
    let mut entry = start.shell("ansible script".to_owned(), &program.text, &program.map, true);
    let folder = folder_of(start.input.path);
    let role = folder.strip_suffix("/tasks").or_else(|| folder.strip_suffix("/handlers"));
    entry.directory = Some(role.map_or(folder.clone(), |role| format!("{role}/files")));
    entry.span = held.span;
    Some(entry)
}

/// `manage.py` with the command that the module names.
fn manage(value: &Node, start: &Start<'_>) -> Option<Entry> {
    let held = value.get("command")?;
    let mut said: Vec<Expr> = ["python", "manage.py"].map(|word| Expr::text(word, held.span)).to_vec();
    said.extend(held.as_str()?.split_whitespace().map(|word| Expr::text(word, held.span)));
    Some(start.entry("ansible django_manage".to_owned(), words(said, held.span), held.span))
}

/// The module hands its text to the database as the client of the command line would.
fn query(value: &Node, start: &Start<'_>, module: &str) -> Option<Entry> {
    let client = if module.starts_with("mysql") { ["mysql", "-e"] } else { ["psql", "-c"] };
    if let Some(path) = ["path", "path_to_script"].iter().find_map(|key| value.get(key)) {
        let said = vec![Expr::text("psql", path.span), Expr::text("-f", path.span), templated(path)];
        return Some(start.entry(format!("ansible {module}"), words(said, path.span), path.span));
    }
    let held = value.get("query")?;
    let one = std::slice::from_ref(held);
    let items = if held.items().is_empty() { one } else { held.items() };
    let mut said: Vec<Expr> = vec![Expr::text(client[0], held.span)];
    for item in items {
        said.push(Expr::text(client[1], item.span));
        said.push(templated(item));
    }
    Some(start.entry(format!("ansible {module}"), words(said, held.span), held.span))
}

/// A database that is made, dropped, or filled from a dump.
fn database(value: &Node, start: &Start<'_>, module: &str) -> Option<Entry> {
    let state = value.get("state");
    let name = value.get("name").or_else(|| value.get("db")).and_then(Node::as_str).unwrap_or("database");
    let postgres = module.starts_with("postgres");
    let said: Vec<&str> = match state.and_then(Node::as_str).unwrap_or("present") {
        "present" if postgres => vec!["createdb", name],
        "present" => vec!["mysqladmin", "create", name],
        "absent" if postgres => vec!["dropdb", name],
        "absent" => vec!["mysqladmin", "--force", "drop", name],
        "restore" => vec!["pg_restore", "--dbname", name, "a.dump"],
        "import" => vec!["mysqlimport", name, "a.sql"],
        _ => return None,
    };
    let span = state.map_or(value.span, |state| state.span);
    let said = said.into_iter().map(|word| Expr::text(word, span)).collect();
    Some(start.entry(format!("ansible {module}"), words(said, span), span))
}
