//! Reads `contract/mutation.toml`. Nothing in it is ignored: whatever is not understood is an issue.

use std::collections::BTreeMap;

use super::issue::{Issue, did_you_mean};
use super::model::{
    Allow, Approval, At, Connection, Contract, Enforced, Guards, Migrations, Retired, Scope, Script,
    Sequence, Symbol, TableGrant, Tool,
};
use super::reader::{self, Section, shown};
use super::{check, environments};
use crate::words::effect::{Destructive, Operation};

pub(super) const TOP: [&str; 14] = [
    "version",
    "project",
    "environments",
    "scope",
    "guards",
    "connection",
    "script",
    "retired",
    "quarantine",
    "forbidden",
    "migrations",
    "sequence",
    "nested",
    "approval",
];

/// Reads a contract, or says everything that is wrong with it, in the order of the text. What is
/// read does not contradict itself; whether the repository agrees is [`super::check::against`].
pub fn parse(text: &str) -> Result<Contract, Vec<Issue>> {
    reader::read(text, |top| {
        let contract = contract(top);
        for issue in check::alone(&contract) {
            top.issue(issue.span, issue.message, issue.hint);
        }
        contract
    })
}

fn contract(top: &Section<'_>) -> Contract {
    top.knows(&TOP);
    if top.has("version") {
        top.number("version", 1, 1);
    } else {
        top.missing("version", "write `version = 1` as the first line");
    }
    let project = top.text("project");
    let environments = environments::read(top);
    let known: Vec<&str> = environments.known.iter().map(|name| name.value.as_str()).collect();
    let scripts = top.sections("script").iter().filter_map(|section| script(section, &known)).collect();
    Contract {
        project_at: project.as_ref().map(|project| project.span),
        project: project.map(|project| project.value).unwrap_or_default(),
        scope: top.section("scope").map(|section| scope(&section)).unwrap_or_default(),
        guards: top.section("guards").map(|section| guards(&section)).unwrap_or_default(),
        connections: paths(top, "connection").into_iter().map(|path| Connection { path }).collect(),
        scripts,
        retired: top.sections("retired").iter().filter_map(retired).collect(),
        quarantine: paths(top, "quarantine"),
        forbidden: top.section("forbidden").map(|section| forbidden(&section)).unwrap_or_default(),
        migrations: top.section("migrations").and_then(|section| migrations(&section)),
        sequences: top.sections("sequence").iter().filter_map(sequence).collect(),
        nested: paths(top, "nested"),
        approval: top.section("approval").map(|section| approval(&section)).unwrap_or_default(),
        environments,
    }
}

/// The same file may be written in several ways (`./a`, `a//b`); the contract means the file.
fn normal(path: &At<String>) -> At<String> {
    let absolute = path.value.starts_with('/');
    let parts: Vec<&str> = path.value.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    let joined = parts.join("/");
    At { value: if absolute { format!("/{joined}") } else { joined }, span: path.span }
}

fn path_of(section: &Section<'_>, key: &str) -> Option<At<String>> {
    section.required(key, "say which file it is, relative to the repository").as_ref().map(normal)
}

fn normals(list: Option<Vec<At<String>>>) -> Vec<At<String>> {
    list.unwrap_or_default().iter().map(normal).collect()
}

/// `[[connection]]`, `[[quarantine]]` and `[[nested]]` have a path and nothing else.
fn paths(top: &Section<'_>, key: &str) -> Vec<At<String>> {
    let read = |section: &Section<'_>| {
        section.knows(&["path"]);
        path_of(section, "path")
    };
    top.sections(key).iter().filter_map(read).collect()
}

fn scope(section: &Section<'_>) -> Scope {
    section.knows(&["application", "tests", "built"]);
    let mut scope = Scope {
        application: normals(section.distinct("application")),
        tests: normals(section.distinct("tests")),
        ..Scope::default()
    };
    if let Some(built) = section.section("built") {
        for key in built.keys() {
            let folder = normal(&key);
            if let Some(source) = built.word(&key.value).as_ref().map(normal) {
                scope.built_at.insert(folder.value.clone(), key.span.to(source.span));
                scope.built.insert(folder.value, source.value);
            }
        }
    }
    scope
}

fn guards(section: &Section<'_>) -> Guards {
    section.knows(&["ci", "fingerprint"]);
    let read = |key: &str| {
        let symbols = section.distinct(key).unwrap_or_default();
        symbols.iter().filter_map(|symbol| symbol_of(section, symbol)).collect()
    };
    Guards { ci: read("ci"), fingerprint: read("fingerprint") }
}

fn symbol_of(section: &Section<'_>, text: &At<String>) -> Option<At<Symbol>> {
    let parts = text.value.split_once('#');
    let named = parts.filter(|(path, name)| !path.trim().is_empty() && is_name(name));
    let Some((path, name)) = named else {
        section.issue(
            text.span,
            format!("`{}` does not name a function", shown(&text.value)),
            "write `path#function`, for example `lib/guards.ts#requireCi`",
        );
        return None;
    };
    let path = normal(&At { value: path.to_owned(), span: text.span }).value;
    Some(At { value: Symbol { path, name: name.to_owned() }, span: text.span })
}

/// Functions of every language: `$` of JavaScript, `-` of PowerShell, `::` of Rust, `.` of methods.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_$-.:?!".contains(c))
}

pub(super) const SCRIPT: [&str; 6] = ["path", "environment", "reads", "commands", "enforced", "tables"];

fn script(section: &Section<'_>, known: &[&str]) -> Option<Script> {
    section.knows(&SCRIPT);
    let path = path_of(section, "path");
    if !section.has("environment") {
        section
            .missing("environment", "say which environment's database it changes: `environment = \"prod\"`");
    }
    let environments = section.one_or_many("environment").unwrap_or_default();
    let reads = section.one_or_many("reads").unwrap_or_default();
    environments::must_be_known(section, &environments, known);
    environments::must_be_known(section, &reads, known);
    let choices = [("inline", Enforced::Inline), ("wrapper", Enforced::Wrapper)];
    let enforced = section.choice("enforced", &choices).map_or(Enforced::Inline, |at| at.value);
    let commands = section.distinct("commands").unwrap_or_default();
    let tables = section.section("tables").map(|tables| grants(&tables)).unwrap_or_default();
    Some(Script { span: section.span, path: path?, environments, reads, commands, enforced, tables })
}

fn grants(tables: &Section<'_>) -> BTreeMap<String, TableGrant> {
    let mut grants = BTreeMap::new();
    for table in tables.keys() {
        let Some(section) = tables.section(&table.value) else { continue };
        section.knows(&["operations", "columns"]);
        let grant = TableGrant {
            span: section.span,
            operations: operations(&section, "operations"),
            columns: section.distinct("columns"),
        };
        grants.insert(table.value, grant);
    }
    grants
}

fn operations(section: &Section<'_>, key: &str) -> Vec<At<Operation>> {
    words(section, key, &Operation::ALL.map(|operation| (operation.name(), operation)))
}

/// A list of words out of a fixed set.
fn words<T: Copy>(section: &Section<'_>, key: &str, all: &[(&str, T)]) -> Vec<At<T>> {
    let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
    let mut found = Vec::new();
    for word in section.distinct(key).unwrap_or_default() {
        if let Some((_, value)) = all.iter().find(|(name, _)| *name == word.value) {
            found.push(At { value: *value, span: word.span });
        } else if word.value == "select" {
            section.issue(word.span, "`select` changes nothing", "remove it; reading needs no permission");
        } else {
            let message = format!("unknown operation `{}`", shown(&word.value));
            section.issue(word.span, message, did_you_mean(&word.value, &names));
        }
    }
    found
}

fn retired(section: &Section<'_>) -> Option<Retired> {
    section.knows(&["path", "use"]);
    let instead = section.word("use").as_ref().map(normal);
    Some(Retired { path: path_of(section, "path")?, instead })
}

fn forbidden(section: &Section<'_>) -> Vec<At<Operation>> {
    section.knows(&["operations"]);
    operations(section, "operations")
}

pub(super) const MIGRATIONS: [&str; 5] = ["path", "tool", "commands", "destructive", "allow"];

fn migrations(section: &Section<'_>) -> Option<Migrations> {
    section.knows(&MIGRATIONS);
    if !section.has("tool") {
        section.missing(
            "tool",
            "write `tool = \"prisma\"`, `\"sqlx\"`, or `\"sql\"` for other folders of SQL files",
        );
    }
    let tools = [("prisma", Tool::Prisma), ("sqlx", Tool::Sqlx), ("sql", Tool::Sql)];
    let tool = section.choice("tool", &tools);
    let path = path_of(section, "path");
    let commands = section.distinct("commands").unwrap_or_default();
    let destructive = section.choice("destructive", &[("forbid", false), ("allow", true)]);
    let allow: Vec<Allow> = section.sections("allow").iter().filter_map(allow).collect();
    Some(Migrations {
        span: section.span,
        path: path?,
        tool: tool?.value,
        commands,
        destructive_allowed: destructive.is_some_and(|at| at.value),
        allow,
    })
}

fn allow(section: &Section<'_>) -> Option<Allow> {
    section.knows(&["file", "operations", "reason"]);
    let all = Destructive::ALL.map(|operation| (operation.name(), operation));
    let operations = words(section, "operations", &all);
    let reason = section.word("reason");
    if !section.has("operations") {
        section.missing("operations", "say what the file may do: `operations = [\"drop-column\"]`");
    }
    let hint = "say which migration it is, relative to `[migrations] path`";
    let file = section.required("file", hint).as_ref().map(normal)?;
    Some(Allow { span: section.span, file, operations, reason })
}

fn sequence(section: &Section<'_>) -> Option<Sequence> {
    section.knows(&["steps"]);
    if !section.has("steps") {
        section.missing("steps", "list the steps in their order");
    }
    Some(Sequence { span: section.span, steps: section.texts("steps")? })
}

fn approval(section: &Section<'_>) -> Approval {
    section.knows(&["signers", "presence"]);
    let presence = section.flag("presence");
    Approval {
        signers: section.word("signers").as_ref().map(normal),
        presence: presence.as_ref().is_some_and(|at| at.value),
        presence_at: presence.map(|at| at.span),
    }
}

#[cfg(test)]
pub(crate) mod tests;
