//! cloudflared, nginx and Caddy, each by the length of the text.
#![no_main]

use guard::lang::{Input, origins};
use guard::words::span::OffsetMap;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let path = ["cloudflared.yml", "nginx.conf", "Caddyfile"][data.len() % 3];
    let text = String::from_utf8_lossy(data);
    for origin in origins::read(Input { path, text: &text, map: &OffsetMap::identity() }) {
        guard_fuzz::inside(origin.span, &text);
    }
});
