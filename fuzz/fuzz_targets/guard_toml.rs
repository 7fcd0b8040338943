//! guard.toml: what it starts, and its gates; one that reads is as strict as itself.
#![no_main]

use guard::config;
use guard::lang::{Input, Kind, guard_toml};
use guard::words::span::OffsetMap;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    guard_fuzz::front_end(Kind::GuardToml, "guard.toml", data);
    let text = String::from_utf8_lossy(data);
    let _ = guard_toml::deployment(Input { path: "guard.toml", text: &text, map: &OffsetMap::identity() });
    if let Ok(config) = config::parse::parse(&text) {
        assert!(config::gates::compare_gates(&config, &config).is_empty());
    }
});
