//! What several test files share: the runner of the folders of cases.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should end"
)]

pub mod cases;
