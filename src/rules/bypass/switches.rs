//! bypass/env-switch, bypass/cli-switch, bypass/computed-switch: something that a person outside
//! steers decides whether a guard holds. Found where guards are judged (`rules/guard/inline.rs`).

pub const ENV: &str = "bypass/env-switch";
pub const CLI: &str = "bypass/cli-switch";
pub const COMPUTED: &str = "bypass/computed-switch";
