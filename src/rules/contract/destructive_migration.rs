//! contract/destructive-migration: a migration drops, truncates, deletes or narrows without an
//! allow entry.

use std::collections::BTreeMap;

use crate::contract::model::{Migrations, Tool};
use crate::lang::sql;
use crate::lang::sql::catalog::Catalog;
use crate::reach::sources::Sources;
use crate::rules::contract::program_migration;
use crate::rules::scope::ScopeIndex;
use crate::words::effect::Effect;
use crate::words::finding::Finding;
use crate::words::span::Place;

pub const ID: &str = "contract/destructive-migration";

/// Replays the migrations: what they leave behind, and what they destroy.
#[must_use]
pub fn replay(
    sources: &Sources,
    scope: &ScopeIndex,
    migrations: Option<&Migrations>,
) -> (Catalog, Vec<Finding>) {
    let mut catalog = Catalog::default();
    let mut findings = Vec::new();
    let Some(migrations) = migrations else { return (catalog, findings) };
    let paths: Vec<String> = scope.migrations.iter().map(|id| sources.path(*id).to_owned()).collect();
    let mut routines = Routines::default();
    let tool = match migrations.tool {
        Tool::Prisma => sql::Tool::Prisma,
        Tool::Sqlx => sql::Tool::Sqlx,
        Tool::Sql => sql::Tool::Sql,
    };
    for path in sql::migration_order(&paths, tool) {
        let Some(id) = sources.find(&path) else { continue };
        let Some(text) = &sources.file(id).text else { continue };
        let before = routines.starts(text, &catalog);
        for found in catalog.apply(text, None).into_iter().chain(before) {
            let Some(kind) = found.destructive else { continue };
            if migrations.destructive_allowed || allowed(migrations, &path, kind) {
                continue;
            }
            findings.push(
                Finding::new(
                    ID,
                    Place { file: id, span: found.span },
                    format!("this migration loses data ({}): {}", kind.name(), Effect::describe(&found.effect)),
                    "keep the data, or name the file and the operation in [[migrations.allow]] with a reason that lasts",
                )
                .effects(vec![found.effect]),
            );
        }
    }
    findings.extend(of_programs(sources, scope, migrations));
    (catalog, findings)
}

/// The routines that the migrations made so far, with their bodies.
#[derive(Default)]
struct Routines(BTreeMap<String, String>);

impl Routines {
    /// What a migration destroys by starting a routine, its own or one of before.
    fn starts(&mut self, text: &str, catalog: &Catalog) -> Vec<sql::Found> {
        let lower = text.to_ascii_lowercase();
        if lower.contains("function") || lower.contains("procedure") {
            self.0.extend(sql::made(text));
        }
        if !self.0.keys().any(|name| lower.contains(name)) {
            return Vec::new();
        }
        let mut out = Vec::new();
        for (name, span) in sql::started(text, &self.0) {
            let Some(body) = self.0.get(name) else { continue };
            let destroyed = catalog.clone().apply(body, None).into_iter();
            out.extend(destroyed.map(|found| sql::Found { span, ..found }));
        }
        out
    }
}

/// The same for migrations that are programs.
fn of_programs(sources: &Sources, scope: &ScopeIndex, migrations: &Migrations) -> Vec<Finding> {
    let mut findings = Vec::new();
    for id in scope.migrations.iter().filter(|id| sources.file(**id).kind == crate::lang::Kind::Python) {
        let lowered = sources.file(*id).lowered();
        let Some(unit) = &lowered.unit else { continue };
        for (span, kind) in program_migration::destroys(unit) {
            if migrations.destructive_allowed || allowed(migrations, sources.path(*id), kind) {
                continue;
            }
            findings.push(Finding::new(
                ID,
                Place { file: *id, span },
                format!("this migration loses data ({})", kind.name()),
                "keep the data, or name the file and the operation in [[migrations.allow]] with a reason that lasts",
            ));
        }
    }
    findings
}

fn allowed(migrations: &Migrations, path: &str, kind: crate::words::effect::Destructive) -> bool {
    let base = migrations.path.trim_end_matches('/');
    let inside = path.strip_prefix(base).map_or(path, |rest| rest.trim_start_matches('/'));
    migrations.allow.iter().any(|allow| {
        (*allow.file == inside || *allow.file == path) && allow.operations.iter().any(|o| o.value == kind)
    })
}
