//! placeholder
use crate::words::flow::{Dialect, Unit};
pub(super) fn lower(_input: super::Input<'_>) -> Unit {
    Unit::empty(Dialect::JavaScript)
}
