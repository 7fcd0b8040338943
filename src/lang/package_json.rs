//! package_json.
use super::{Input, Lowered};
#[must_use]
pub fn lower(_input: Input<'_>) -> Lowered {
    Lowered::default()
}
