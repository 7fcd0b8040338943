//! Ansible: the commands of tasks, and what its modules for databases execute.

use super::start::{Start, words};
use crate::lang::ci::script;
use crate::lang::yaml::{self, Node};
use crate::lang::{Input, Lowered};
use crate::words::entry::{Entry, EntryKind};
use crate::words::flow::Expr;

/// Blocks in blocks in blocks: deeper ones are not written by people.
const MAX_DEPTH: usize = 24;

pub(super) fn lower(input: Input<'_>) -> Lowered {
    let parsed = yaml::parse(input);
    let mut out = Lowered { problems: parsed.problems.clone(), ..Lowered::default() };
    let mut start = Start::new(input, EntryKind::Platform);
    start.directory = Some(".".to_owned());
    for root in &parsed.documents {
        look(root, &start, &mut out, 0);
    }
    out
}

fn look(node: &Node, start: &Start<'_>, out: &mut Lowered, depth: usize) {
    if depth > MAX_DEPTH {
        return;
    }
    for item in node.items() {
        look(item, start, out, depth + 1);
    }
    for pair in node.pairs() {
        let key = pair.key.as_str().unwrap_or("");
        let module = key.rsplit('.').next().unwrap_or(key);
        let entry = match module {
            "shell" | "command" | "raw" => command(&pair.value, start, module),
            "postgresql_query" | "mysql_query" => query(&pair.value, start, module),
            "postgresql_db" | "mysql_db" => database(&pair.value, start, module),
            _ => {
                look(&pair.value, start, out, depth + 1);
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

/// `shell: …`, or with its text among the arguments.
fn command(value: &Node, start: &Start<'_>, module: &str) -> Option<Entry> {
    let held = ["cmd", "_raw_params"].iter().find_map(|key| value.get(key)).unwrap_or(value);
    let program = script::program(&[(held.as_scalar()?, held.span)])?;
    // What the template fills in stands for a variable.
    let program = program.filled("{{", "}}", &|_| None);
    let mut entry = start.shell(format!("ansible {module}"), &program.text, &program.map, true);
    entry.span = held.span;
    Some(entry)
}

/// The module hands its text to the database as the client of the command line would.
fn query(value: &Node, start: &Start<'_>, module: &str) -> Option<Entry> {
    let held = value.get("query")?;
    let one = std::slice::from_ref(held);
    let items = if held.items().is_empty() { one } else { held.items() };
    let client = if module.starts_with("mysql") { ["mysql", "-e"] } else { ["psql", "-c"] };
    let mut said: Vec<Expr> = vec![Expr::text(client[0], held.span)];
    for item in items {
        said.push(Expr::text(client[1], item.span));
        said.push(Expr::text(item.as_str()?, item.span));
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
