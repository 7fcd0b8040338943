//! Prisma schemas.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let schema = guard::lang::prisma::parse(&String::from_utf8_lossy(data));
    let _ = schema.clone().join(schema);
});
