//! Migrations that are programs (Alembic's, Django's): what they destroy on the way up.

use std::collections::BTreeSet;

use crate::lang::sql::catalog::Catalog;
use crate::words::calls::{each_call, each_call_of};
use crate::words::effect::Destructive;
use crate::words::flow::{Block, Call, Expr, ExprKind, PropertyKey, Unit};
use crate::words::span::Span;

/// Where a migration loses data, and how.
#[must_use]
pub fn destroys(unit: &Unit) -> Vec<(Span, Destructive)> {
    let mut search = Search { unit, found: Vec::new(), seen: BTreeSet::new() };
    // Alembic calls `upgrade`; the way down is another's decision.
    search.function("upgrade", 0);
    // Django's operations stand in a class, and are run by whoever loads it.
    for class in unit.classes.iter().filter(|class| class.name.as_deref() == Some("Migration")) {
        search.block(&class.on_define, 0);
    }
    search.found.sort_by_key(|(span, kind)| (span.start, *kind as u8));
    search.found.dedup();
    search.found
}

struct Search<'a> {
    unit: &'a Unit,
    found: Vec<(Span, Destructive)>,
    seen: BTreeSet<String>,
}

impl<'a> Search<'a> {
    fn function(&mut self, name: &str, depth: usize) {
        if depth > 8 || !self.seen.insert(name.to_owned()) {
            return;
        }
        let unit = self.unit;
        for function in unit.functions.iter().filter(|f| f.name.as_deref() == Some(name)) {
            self.block(&function.body, depth);
        }
    }

    fn block(&mut self, block: &'a Block, depth: usize) {
        let mut calls: Vec<(&'a Call, Span)> = Vec::new();
        each_call(block, &mut |call, span| calls.push((call, span)));
        let reversed: Vec<Span> = calls.iter().flat_map(|(call, _)| way_back(call)).collect();
        for (call, span) in calls {
            if !reversed.contains(&span) {
                self.call(call, span, depth);
            }
        }
    }

    fn call(&mut self, call: &'a Call, span: Span, depth: usize) {
        let (of, method) = match &*call.callee.kind {
            ExprKind::Member { of, name } => (Some(of), name.as_str()),
            ExprKind::Name(name) => {
                self.function(&name.clone(), depth + 1);
                (None, name.as_str())
            }
            _ => return,
        };
        let kind = match method {
            "drop_table" => Destructive::DropTable,
            "drop_column" | "RemoveField" => Destructive::DropColumn,
            "DeleteModel" | "delete_model" => Destructive::DropTable,
            "remove_field" => Destructive::DropColumn,
            "delete" | "adelete" | "_raw_delete" if of.is_some_and(is_queried) => Destructive::Delete,
            "execute" | "RunSQL" | "executescript" => {
                let Some(text) = call.args.first().and_then(as_text) else { return };
                let found = Catalog::default().apply(&text, None);
                self.found.extend(found.into_iter().filter_map(|found| Some((span, found.destructive?))));
                return;
            }
            "RunPython" => {
                let forwards = call.args.first().map(|first| match &*first.kind {
                    ExprKind::Object(named) => named
                        .iter()
                        .find(|p| matches!(&p.key, PropertyKey::Named(key) if key == "code"))
                        .map(|p| &p.value),
                    _ => Some(first),
                });
                if let Some(Some(forwards)) = forwards {
                    match &*forwards.kind {
                        ExprKind::Name(name) => self.function(&name.clone(), depth + 1),
                        ExprKind::Function(id) => {
                            let unit = self.unit;
                            if let Some(function) = unit.functions.get(id.0 as usize) {
                                self.block(&function.body, depth + 1);
                            }
                        }
                        _ => {}
                    }
                }
                return;
            }
            _ => return,
        };
        self.found.push((span, kind));
    }
}

/// The calls that stand in what takes an operation back.
fn way_back(call: &Call) -> Vec<Span> {
    let mut out = Vec::new();
    for arg in &call.args {
        let ExprKind::Object(named) = &*arg.kind else { continue };
        for property in named {
            if matches!(&property.key, PropertyKey::Named(key) if key.starts_with("reverse_")) {
                each_call_of(&property.value, &mut |_, span| out.push(span));
            }
        }
    }
    out
}

/// `Model.objects.filter(…)`, a row, a variable: not a dictionary that is indexed or a module.
fn is_queried(of: &Expr) -> bool {
    match &*of.kind {
        ExprKind::Call(call) => match &*call.callee.kind {
            ExprKind::Member { of, name } => {
                matches!(
                    name.as_str(),
                    "all"
                        | "filter"
                        | "exclude"
                        | "get"
                        | "using"
                        | "first"
                        | "last"
                        | "order_by"
                        | "distinct"
                ) || is_queried(of)
            }
            _ => false,
        },
        ExprKind::Member { name, .. } => name == "objects" || name == "_default_manager",
        ExprKind::Name(_) => true,
        _ => false,
    }
}

/// A text, `text("…")`, or a list of either.
fn as_text(expr: &Expr) -> Option<String> {
    match &*expr.kind {
        ExprKind::Text(text) => Some(text.clone()),
        ExprKind::Call(call) => as_text(call.args.first()?),
        ExprKind::Concat(parts) => Some(parts.iter().filter_map(as_text).collect::<Vec<_>>().join("x")),
        ExprKind::List(parts) => Some(parts.iter().filter_map(as_text).collect::<Vec<_>>().join(";\n")),
        ExprKind::Object(named) => {
            let sql = named
                .iter()
                .find(|p| matches!(&p.key, PropertyKey::Named(k) if k == "sql" || k == "sqltext"))?;
            as_text(&sql.value)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::destroys;
    use crate::lang::{Input, python};
    use crate::words::span::OffsetMap;

    fn found(text: &str) -> Vec<String> {
        let map = OffsetMap::identity();
        let unit = python::lower(Input { path: "migrations/x.py", text, map: &map });
        destroys(&unit)
            .into_iter()
            .map(|(span, kind)| format!("{} {}", text[..span.start as usize].lines().count(), kind.name()))
            .collect()
    }

    #[test]
    fn what_alembic_takes_away_on_the_way_up_is_found() {
        let text = "from alembic import op\nimport sqlalchemy as sa\n\ndef upgrade():\n    op.drop_table('a')\n    with op.batch_alter_table('b') as batch:\n        batch.drop_column('c')\n    op.execute(\"DELETE FROM d\")\n    op.execute(sa.text('TRUNCATE e'))\n    op.add_column('b', sa.Column('x', sa.Text()))\n    helper()\n\ndef helper():\n    op.drop_column('f', 'g')\n\ndef downgrade():\n    op.drop_table('h')\n";
        assert_eq!(
            found(text),
            ["5 drop-table", "7 drop-column", "8 delete", "9 truncate", "14 drop-column"]
        );
    }

    #[test]
    fn what_django_takes_away_is_found_and_what_takes_it_back_is_not() {
        let text = "from django.db import migrations\n\ndef forwards(apps, editor):\n    apps.get_model('a', 'B').objects.filter(x=1).delete()\n\ndef backwards(apps, editor):\n    apps.get_model('a', 'B').objects.all().delete()\n\nclass Migration(migrations.Migration):\n    operations = [\n        migrations.RunPython(forwards, backwards),\n        migrations.DeleteModel(name='C'),\n        migrations.RemoveField('d', 'e'),\n        migrations.RunSQL('UPDATE f SET g = 1', reverse_sql='DELETE FROM f'),\n        migrations.RunSQL('DELETE FROM h'),\n        migrations.AddField('d', 'i', None),\n    ]\n";
        assert_eq!(found(text), ["4 delete", "12 drop-table", "13 drop-column", "15 delete"]);
    }
}
