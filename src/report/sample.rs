//! A report made by hand, with everything in it that a form must cope with.

use std::collections::BTreeMap;

use crate::report::{Coverage, FileView, Report, Unverifiable};
use crate::words::effect::{Columns, Effect, Operation, Table};
use crate::words::finding::{Finding, Step};
use crate::words::span::{FileId, Place, Span};

const CONTRACT: &str =
    "version = 1\n\n[script.tables.services]\noperations = [\"update\"]\ncolumns    = [\"name\"]\n";
const PACKAGE: &str = "{\n  \"scripts\": {\n    \"sync\": \"tsx scripts/sync data.ts\"\n  }\n}\n";
const SYNC: &str = "import { db } from \"../lib/db\";\nif (process.env.HURRY) skip();\nawait db.service.update({ data: { name, price } });\nawait db.service.update({ data: { name, price } });\n";
const HIDDEN: &str = "const ok = \"\u{202e}eurt\"; // 100% sure: a,b\n";

/// The place of the `nth` occurrence (from 0) of `needle`.
fn place(files: &[(&str, &str)], file: usize, needle: &str, nth: usize) -> Place {
    let (start, _) = files[file].1.match_indices(needle).nth(nth).expect("the sample holds it");
    Place { file: FileId(u32::try_from(file).unwrap()), span: Span::new(start, start + needle.len()) }
}

pub(crate) fn report() -> Report {
    let files = [
        ("contract/mutation.toml", CONTRACT),
        ("package.json", PACKAGE),
        ("scripts/sync data.ts", SYNC),
        ("scripts/h\u{202e}dden.ts", HIDDEN),
    ];
    let write = Effect {
        operation: Operation::Update,
        table: Table::Named("services".to_owned()),
        columns: Columns::Listed(vec!["name".to_owned(), "price".to_owned()]),
    };
    let trace = |at: Place| {
        vec![
            Step { at: place(&files, 1, "\"sync\"", 0), label: "npm run sync".to_owned() },
            Step { at, label: "db.service.update".to_owned() },
        ]
    };
    let column = |nth: usize| {
        let at = place(&files, 2, "price", nth);
        Finding::new(
            "contract/forbidden-column",
            at,
            "the script writes `services.price`, which its entry does not name",
            "leave the column alone, or name it in the contract and have the change signed",
        )
        .effects(vec![write.clone()])
        .trace(trace(at))
        .policy(place(&files, 0, "[\"name\"]", 0), "only these columns may be written")
    };
    let switch = Finding::new(
        "bypass/env-switch",
        place(&files, 2, "process.env.HURRY", 0),
        "`HURRY` decides whether the guard runs",
        "remove the condition",
    );
    let hidden = Finding::new(
        "bypass/hidden-text",
        place(&files, 3, "\"\u{202e}eurt\"", 0),
        "a bidirectional character\nturns `eurt\u{202e}` around",
        "write the text in the order in which it is read",
    )
    .effects(vec![write.clone(), Effect::on(Operation::Delete, Table::Unknown)]);
    Report {
        findings: vec![column(0), column(1), switch, hidden],
        files: files
            .iter()
            .enumerate()
            .map(|(id, (path, text))| (FileId(u32::try_from(id).unwrap()), FileView::new(*path, *text)))
            .collect::<BTreeMap<_, _>>(),
        coverage: Coverage {
            parsed: 96,
            irrelevant: 315,
            quarantined: 0,
            unverifiable: vec![Unverifiable {
                path: "db/übel.sql".to_owned(),
                reason: "it is no text in any encoding that guard reads".to_owned(),
            }],
        },
        notices: vec!["the base has no contract: this is its first introduction".to_owned()],
    }
}
