//! The signers' file and an approval's signature.
#![no_main]

use guard::contract::signers::Signers;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let _ = Signers::parse(&text);
});
