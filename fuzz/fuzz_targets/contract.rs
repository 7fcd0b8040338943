//! The contract; one that reads is written down in the same form twice.
#![no_main]

use guard::contract::{canon, parse};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Ok(contract) = parse::parse(&String::from_utf8_lossy(data)) {
        assert_eq!(canon::canonical(&contract), canon::canonical(&contract.clone()));
    }
});
