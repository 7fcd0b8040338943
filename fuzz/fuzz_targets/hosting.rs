//! What hosting platforms run, each from its own file.
#![no_main]

use guard::lang::Kind;
use guard::lang::platform::Platform;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    for (platform, path) in [
        (Platform::Render, "render.yaml"),
        (Platform::Vercel, "vercel.json"),
        (Platform::HerokuApp, "app.json"),
        (Platform::Railway, "railway.json"),
    ] {
        guard_fuzz::front_end(Kind::Platform(platform), path, data);
    }
});
