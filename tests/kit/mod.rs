//! What several test files share: the runner of the folders of cases.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "each test file uses its own part, and a test that cannot go on should end"
)]

pub mod cases;
