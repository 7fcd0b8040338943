//! Notebooks.
#![no_main]

use guard::lang::Kind;

libfuzzer_sys::fuzz_target!(|data: &[u8]| guard_fuzz::front_end(Kind::Python, "a.ipynb", data));
