//! The map as a Mermaid flow chart, for pages that draw one.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::check::map::model::{Extent, Map, Standing};
use crate::report::visible;

/// A longer label makes the drawing unreadable.
const LONGEST: usize = 60;

#[must_use]
pub fn render(map: &Map) -> String {
    let mut out = String::from("flowchart LR\n");
    let mut column = |name: &str, nodes: Vec<String>| {
        if nodes.is_empty() {
            return;
        }
        let _ = writeln!(out, "  subgraph {name}");
        for node in nodes {
            let _ = writeln!(out, "    {node}");
        }
        out.push_str("  end\n");
    };
    column("entries", map.entries.iter().map(|e| format!("{}([\"{}\"])", e.id, label(&e.title))).collect());
    column("files", map.files.iter().map(|f| format!("{}[\"{}\"]", f.id, label(&f.path))).collect());
    let effect =
        |e: &crate::check::map::model::Effect| format!("{}{{{{\"{} :{}\"}}}}", e.id, label(&e.label), e.line);
    column("effects", map.effects.iter().map(effect).collect());
    column("tables", map.tables.iter().map(|t| format!("{}[(\"{}\")]", t.id, label(&t.name))).collect());
    for ((from, to), standing) in edges(map) {
        let arrow = match standing {
            Standing::Unguarded => "==>",
            Standing::Uncalled => "-.->",
            _ => "-->",
        };
        let _ = writeln!(out, "  {from} {arrow} {to}");
    }
    out.push_str(
        "  classDef unguarded stroke:#c62828,stroke-width:2px\n  classDef partly stroke:#b26a00,stroke-width:2px\n  classDef guarded stroke:#2e7d32\n  classDef other stroke:#78909c\n",
    );
    let mut worst: BTreeMap<&str, Standing> = BTreeMap::new();
    for path in &map.paths {
        worst
            .entry(path.effect.as_str())
            .and_modify(|held| *held = worse(*held, path.standing))
            .or_insert(path.standing);
    }
    for (name, wanted) in [
        ("unguarded", Some(Standing::Unguarded)),
        ("partly", Some(Standing::Partly)),
        ("guarded", Some(Standing::Guarded)),
        ("other", None),
    ] {
        let held = |standing: Standing| match wanted {
            Some(wanted) => standing == wanted,
            None => !matches!(standing, Standing::Unguarded | Standing::Partly | Standing::Guarded),
        };
        let ids: Vec<&str> =
            worst.iter().filter(|(_, standing)| held(**standing)).map(|(id, _)| *id).collect();
        if !ids.is_empty() {
            let _ = writeln!(out, "  class {} {name}", ids.join(","));
        }
    }
    for table in map.tables.iter().filter(|table| table.extent != Extent::Table) {
        let _ = writeln!(out, "  style {} stroke-dasharray:4 3", table.id);
    }
    out
}

/// Edges in the order of the ways, each with the worst standing of those that take it.
fn edges(map: &Map) -> Vec<((&str, &str), Standing)> {
    let mut out: Vec<((&str, &str), Standing)> = Vec::new();
    let mut at: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for path in &map.paths {
        let nodes: Vec<&str> = path
            .entry
            .iter()
            .chain(&path.files)
            .chain(std::iter::once(&path.effect))
            .map(String::as_str)
            .collect();
        let effect = map.effects.iter().find(|effect| effect.id == path.effect);
        let tables =
            effect.into_iter().flat_map(|e| &e.writes).map(|w| (path.effect.as_str(), w.table.as_str()));
        for edge in nodes.windows(2).filter_map(|pair| Some((*pair.first()?, *pair.get(1)?))).chain(tables) {
            let index = *at.entry(edge).or_insert_with(|| {
                out.push((edge, path.standing));
                out.len() - 1
            });
            out[index].1 = worse(out[index].1, path.standing);
        }
    }
    out
}

fn worse(a: Standing, b: Standing) -> Standing {
    let rank = |standing: Standing| match standing {
        Standing::Unguarded => 0,
        Standing::Partly => 1,
        Standing::Guarded => 2,
        Standing::Open => 3,
        Standing::Application => 4,
        Standing::Uncalled => 5,
    };
    if rank(b) < rank(a) { b } else { a }
}

/// Text in quotes; what could end them or open markup is written as its entity.
fn label(text: &str) -> String {
    let shown = visible::line(text);
    let mut out = String::new();
    for (count, c) in shown.chars().enumerate() {
        if count == LONGEST {
            out.push('…');
            break;
        }
        match c {
            '"' => out.push_str("#quot;"),
            '#' => out.push_str("#35;"),
            '&' => out.push_str("#amp;"),
            '<' => out.push_str("#lt;"),
            '>' => out.push_str("#gt;"),
            '`' => out.push_str("#96;"),
            c => out.push(c),
        }
    }
    out
}
