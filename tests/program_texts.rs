//! Whatever words a program is put together from, the front ends of Python, Rust and PowerShell come
//! to an end, and what they name lies inside of the file.

use guard::lang::{Input, Kind, lower};
use guard::words::calls::each_call;
use guard::words::span::{OffsetMap, Span};
use proptest::prelude::*;

const PYTHON: &[&str] = &[
    "import os\n",
    "from x import (a,\n b)\n",
    "class Migration(m.Migration):\n    operations = [",
    "RunPython(",
    "]",
    ")",
    "def f(a, *b, c=1, **d):\n    ",
    "if TYPE_CHECKING:\n    ",
    "super().save(",
    "with a as b, c:\n  ",
    "try:\n  ",
    "except:\n  ",
    "f\"{a!r:>{w}}\"",
    "\"{}\".format(",
    "lambda: ",
    "async ",
    "await ",
    "yield ",
    "é",
    "\u{feff}",
    "\n",
    "    ",
    "x = ",
    "'''",
];
const RUST: &[&str] = &[
    "fn main() { ",
    "}",
    "macro_rules! m { ($a:expr) => { ",
    "($($x:tt)*) => ",
    "select! { a = b => {}, ",
    "tokio::",
    "::",
    "use a::*;",
    "#[path = \"x.rs\"] mod y;",
    "#[cfg(test)] ",
    "#[derive(DeriveEntityModel)] #[sea_orm(table_name = \"t\")] ",
    "struct Model { a: i32 }",
    "query_file!(\"a.sql\")",
    "let _ = ",
    "?;",
    ".await",
    "match x { ",
    "Err(_) => ",
    "é",
    "'a",
    "r#\"",
    "\"#",
    "\n",
    "Self { a, ..b }",
];
const POWERSHELL: &[&str] = &[
    "param([string] $A)\n",
    "try { ",
    "} catch { ",
    "}",
    "@'\n",
    "\n'@",
    "@\"\n",
    "\n\"@",
    "$env:CI",
    "@args",
    "Invoke-Sqlcmd @p ",
    "| ForEach-Object { ",
    "-ErrorAction SilentlyContinue",
    "$(",
    ")",
    "`\n",
    "[Environment]::",
    "é",
    "& { ",
    "\n",
    "if ($a -ne 1) { ",
    "#>",
    "<#",
];

fn text(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(words), 0..40).prop_map(|parts| parts.concat())
}

fn holds(kind: Kind, path: &str, text: &str) -> Result<(), TestCaseError> {
    let map = OffsetMap::identity();
    let Some(unit) = lower(kind, Input { path, text, map: &map }).unit else { return Ok(()) };
    let inside = |span: Span| span.start <= span.end && span.end as usize <= text.len();
    let mut outside = Vec::new();
    let bodies = unit.functions.iter().map(|function| &function.body);
    for block in bodies.chain(unit.classes.iter().map(|class| &class.on_define)).chain([&unit.body]) {
        each_call(block, &mut |_, span| {
            if !inside(span) {
                outside.push(span);
            }
        });
    }
    outside.extend(unit.problems.iter().map(|problem| problem.span).filter(|span| !inside(*span)));
    prop_assert!(outside.is_empty(), "{outside:?} lie outside of {} bytes", text.len());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn python_names_places_inside_of_the_file(text in text(PYTHON)) {
        holds(Kind::Python, "a.py", &text)?;
    }

    #[test]
    fn rust_names_places_inside_of_the_file(text in text(RUST)) {
        holds(Kind::Rust, "src/a.rs", &text)?;
    }

    #[test]
    fn powershell_names_places_inside_of_the_file(text in text(POWERSHELL)) {
        holds(Kind::PowerShell, "a.ps1", &text)?;
    }
}
