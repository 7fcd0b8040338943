//! YAML, and GitHub workflows and actions in it.
#![no_main]

use guard::lang::Kind;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let (kind, path) =
        [(Kind::Workflow, ".github/workflows/a.yml"), (Kind::Action, "action.yml")][data.len() % 2];
    guard_fuzz::front_end(kind, path, data);
});
