//! The lock.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = guard::freeze::lock::Lock::parse(&String::from_utf8_lossy(data));
});
