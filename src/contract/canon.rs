//! The contract's meaning as text: one fact a line, sorted, defaults written out. Order, comments,
//! reasons and white space of the source do not show; two texts are equal when two meanings are.

use std::fmt::Write as _;

use super::meaning::{self, Duty, Placed};
use super::model::{Contract, Enforced, Migrations, Policy, Proof, Symbol, Tool};

/// The canonical form, the same bytes on every machine.
#[must_use]
pub fn canonical(contract: &Contract) -> String {
    let mut sheet = Sheet::default();
    sheet.line("version 1");
    sheet.line(&format!("project {}", quoted(&contract.project)));
    environments(&mut sheet, contract);
    scope(&mut sheet, contract);
    guards(&mut sheet, contract);
    for ((path, environment), duty) in meaning::scripts(contract) {
        script(&mut sheet, &format!("script {} in {environment}", quoted(&path)), &duty);
    }
    for entry in &contract.retired {
        let instead = entry.instead.as_ref().map(|path| format!(" use {}", quoted(&path.value)));
        sheet.add(format!("retired {}{}", quoted(&entry.path.value), instead.unwrap_or_default()));
    }
    sheet.flush();
    sheet.all("quarantine", &meaning::placed(&contract.quarantine));
    for operation in meaning::forbidden(contract).keys() {
        sheet.add(format!("forbidden {}", operation.name()));
    }
    sheet.flush();
    if let Some(own) = &contract.migrations {
        migrations(&mut sheet, own);
    }
    for sequence in &contract.sequences {
        let steps: Vec<String> = meaning::steps(&sequence.steps).iter().map(|step| quoted(step)).collect();
        sheet.add(format!("sequence {}", steps.join(" then ")));
    }
    sheet.flush();
    sheet.all("nested", &meaning::placed(&contract.nested));
    if let Some(signers) = &contract.approval.signers {
        sheet.line(&format!("approval signers {}", quoted(&signers.value)));
    }
    sheet.line(&format!("approval presence {}", contract.approval.presence));
    sheet.text
}

fn environments(sheet: &mut Sheet, contract: &Contract) {
    let protected = meaning::protected(contract);
    let silent = Policy::default();
    for name in meaning::placed(&contract.environments.known).keys() {
        let kind = if protected.contains(name.as_str()) { "protected" } else { "open" };
        sheet.add(format!("environment {name} {kind}"));
        policy(sheet, name, contract.policy(name).unwrap_or(&silent));
    }
    sheet.flush();
}

fn policy(sheet: &mut Sheet, name: &str, policy: &Policy) {
    let start = format!("environment {name}");
    let single = [("database", &policy.database), ("mark", &policy.mark), ("lineage", &policy.lineage)];
    for (key, value) in single {
        if let Some(value) = value {
            sheet.add(format!("{start} {key} {}", quoted(&value.value)));
        }
    }
    let lists = [("host", &policy.hosts), ("key", &policy.keys), ("deploy-key", &policy.deploy_keys)];
    for (key, values) in lists {
        for value in values {
            sheet.add(format!("{start} {key} {}", quoted(&value.value)));
        }
    }
    sheet.add(format!("{start} proof {}", proof(policy.proof)));
    let Some(oidc) = &policy.oidc else { return };
    let issuer = oidc.issuer.as_deref().map(quoted);
    sheet.add(format!("{start} oidc issuer {}", issuer.unwrap_or_else(|| "of the provider".to_owned())));
    sheet.add(format!("{start} oidc provider {}", quoted(&oidc.provider)));
    sheet.add(format!("{start} oidc max-age {}s", oidc.max_age));
    for (key, value) in [("jwks", &oidc.jwks), ("ca", &oidc.ca)] {
        if let Some(value) = value {
            sheet.add(format!("{start} oidc {key} {}", quoted(&value.value)));
        }
    }
    for (claim, values) in &oidc.claims {
        for value in values {
            sheet.add(format!("{start} oidc claim {} may be {}", quoted(claim), quoted(value)));
        }
    }
}

pub(super) fn proof(proof: Proof) -> &'static str {
    match proof {
        Proof::CiVariable => "ci-variable",
        Proof::DeployKey => "deploy-key",
        Proof::Oidc => "oidc",
    }
}

fn scope(sheet: &mut Sheet, contract: &Contract) {
    sheet.all("application", &meaning::placed(&contract.scope.application));
    sheet.all("tests", &meaning::placed(&contract.scope.tests));
    for (built, source) in &contract.scope.built {
        sheet.add(format!("built {} from {}", quoted(built), quoted(source)));
    }
    sheet.flush();
}

fn guards(sheet: &mut Sheet, contract: &Contract) {
    let name = |symbol: &Symbol| quoted(&format!("{}#{}", symbol.path, symbol.name));
    for guard in &contract.guards.ci {
        sheet.add(format!("guard ci {}", name(&guard.value)));
    }
    for guard in &contract.guards.fingerprint {
        sheet.add(format!("guard fingerprint {}", name(&guard.value)));
    }
    for connection in &contract.connections {
        sheet.add(format!("connection {}", quoted(&connection.path.value)));
    }
    sheet.flush();
}

fn script(sheet: &mut Sheet, start: &str, duty: &Duty) {
    sheet.add(format!("{start} enforced {}", enforced(duty.enforced)));
    for command in duty.commands.keys() {
        sheet.add(format!("{start} command {}", quoted(command)));
    }
    for environment in duty.reads.keys() {
        sheet.add(format!("{start} reads {environment}"));
    }
    for (name, table) in &duty.tables {
        for operation in table.operations.keys() {
            sheet.add(format!("{start} table {} {}", quoted(name), operation.name()));
        }
        match &table.columns {
            None => sheet.add(format!("{start} table {} column any", quoted(name))),
            Some(columns) if columns.is_empty() => {
                sheet.add(format!("{start} table {} column none", quoted(name)));
            }
            Some(columns) => {
                for column in columns.keys() {
                    sheet.add(format!("{start} table {} column {}", quoted(name), quoted(column)));
                }
            }
        }
    }
    sheet.flush();
}

pub(super) fn enforced(enforced: Enforced) -> &'static str {
    match enforced {
        Enforced::Inline => "inline",
        Enforced::Wrapper => "wrapper",
    }
}

pub(super) fn tool(tool: Tool) -> &'static str {
    match tool {
        Tool::Prisma => "prisma",
        Tool::Sqlx => "sqlx",
        Tool::Sql => "sql",
    }
}

fn migrations(sheet: &mut Sheet, own: &Migrations) {
    sheet.add(format!("migrations path {}", quoted(&own.path.value)));
    sheet.add(format!("migrations tool {}", tool(own.tool)));
    let destructive = if own.destructive_allowed { "allow" } else { "forbid" };
    sheet.add(format!("migrations destructive {destructive}"));
    for command in meaning::commands(&own.commands).keys() {
        sheet.add(format!("migrations command {}", quoted(command)));
    }
    for allow in &own.allow {
        for operation in &allow.operations {
            sheet.add(format!("migrations allow {} {}", quoted(&allow.file.value), operation.name()));
        }
    }
    sheet.flush();
}

/// Lines in the making: those of one group are sorted together.
#[derive(Default)]
struct Sheet {
    text: String,
    group: Vec<String>,
}

impl Sheet {
    fn add(&mut self, line: String) {
        self.group.push(line);
    }

    fn flush(&mut self) {
        let mut group = std::mem::take(&mut self.group);
        group.sort();
        group.dedup();
        for line in &group {
            self.line(line);
        }
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn all(&mut self, word: &str, values: &Placed<String>) {
        for value in values.keys() {
            self.add(format!("{word} {}", quoted(value)));
        }
        self.flush();
    }
}

/// Quoted so that no text can end its line or its quotes. Written out here, so that a newer
/// compiler's tables of printable characters do not change the bytes.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            ' '..='~' => out.push(c),
            // Writing into a text cannot fail.
            _ => drop(write!(out, "\\u{{{:x}}}", u32::from(c))),
        }
    }
    out.push('"');
    out
}
