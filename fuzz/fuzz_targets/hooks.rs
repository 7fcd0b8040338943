//! husky, lefthook and pre-commit, each by the length of the text.
#![no_main]

use guard::lang::Kind;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let (kind, path) = [
        (Kind::Husky, ".husky/pre-push"),
        (Kind::Lefthook, "lefthook.yml"),
        (Kind::PreCommit, ".pre-commit-config.yaml"),
    ][data.len() % 3];
    guard_fuzz::front_end(kind, path, data);
});
