//! SQL of all dialects.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = guard::lang::sql::read_str(&String::from_utf8_lossy(data), None);
});
