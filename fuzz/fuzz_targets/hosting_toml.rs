//! What hosting platforms run, as TOML.
#![no_main]

use guard::lang::Kind;
use guard::lang::platform::Platform;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    for (platform, path) in [(Platform::Fly, "fly.toml"), (Platform::Railway, "railway.toml")] {
        guard_fuzz::front_end(Kind::Platform(platform), path, data);
    }
});
