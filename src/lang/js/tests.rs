//! What each construct becomes, printed as text.

mod broken;
mod flow;
mod modules;
mod printer;
mod shapes;

use super::lower;
use crate::lang::Input;
use crate::words::flow::Unit;
use crate::words::span::OffsetMap;

fn unit(path: &str, text: &str) -> Unit {
    lower(Input { path, text, map: &OffsetMap::identity() })
}

/// The flow of a TypeScript text without problems.
fn ts(text: &str) -> String {
    let unit = unit("a.ts", text);
    assert_eq!(unit.problems, [], "{text}");
    printer::unit(&unit)
}
