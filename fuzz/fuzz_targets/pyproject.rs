//! Tasks in `pyproject.toml`.
#![no_main]

use guard::lang::Kind;
use guard::lang::platform::Platform;

libfuzzer_sys::fuzz_target!(|data: &[u8]| guard_fuzz::front_end(Kind::Platform(Platform::PyProject), "pyproject.toml", data));
