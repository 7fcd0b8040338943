//! Components with scripts in them.
#![no_main]

use guard::lang::Kind;

libfuzzer_sys::fuzz_target!(|data: &[u8]| guard_fuzz::front_end(Kind::JavaScript, "a.vue", data));
