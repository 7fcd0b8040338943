//! JavaScript and TypeScript, each flavour by the length of the text.
#![no_main]

use guard::lang::Kind;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let path = ["a.ts", "a.tsx", "a.js", "a.cjs"][data.len() % 4];
    guard_fuzz::front_end(Kind::JavaScript, path, data);
});
