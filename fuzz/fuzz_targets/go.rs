//! Go: texts and calls.
#![no_main]

use guard::lang::Kind;
use guard::lang::foreign::Language;

libfuzzer_sys::fuzz_target!(|data: &[u8]| guard_fuzz::front_end(Kind::Foreign(Language::Go), "cmd/a/main.go", data));
