//! SQL of all dialects.
#![no_main]

use guard::lang::sql::{SqlDialect, read_str};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let dialect =
        [None, Some(SqlDialect::Postgres), Some(SqlDialect::MySql), Some(SqlDialect::Sqlite)][data.len() % 4];
    let reading = read_str(&text, dialect);
    reading.problems.iter().for_each(|problem| guard_fuzz::inside(problem.span, &text));
    reading.effects.iter().for_each(|found| guard_fuzz::inside(found.span, &text));
    reading.includes.iter().for_each(|(_, span)| guard_fuzz::inside(*span, &text));
});
