//! What stands in text that a program runs (`sh -c`, `execSync`, `node -e`, heredocs) is found where it
//! is written: on its line, and inside of the text.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should end")]

use std::fs;
use std::process::Command;

const FILES: [(&str, &str); 6] = [
    (
        "a.ts",
        "import { execSync } from \"node:child_process\";\n\nexecSync(`\n  echo start\n  npx prisma migrate deploy\n`);\nconst table = process.argv[2];\nexecSync(\n  `psql -c \"DELETE FROM a\" &&\n   psql -c \"TRUNCATE ${table}\" && psql -c \"DROP TABLE b\"`,\n);\n",
    ),
    (
        "b.sh",
        "sh -c '\n  echo one\n  psql -c \"DELETE FROM a\"\n'\nsh -c \"echo \\\"x\\\"; npx prisma migrate deploy\"\n",
    ),
    ("c.sh", "if true; then\n\tssh db <<-EOF\n\t\tuptime\n\t\tpsql -c \"DELETE FROM a\"\n\tEOF\nfi\n"),
    (
        "d.sh",
        "node -e '\nconst { PrismaClient } = require(\"@prisma/client\");\nconst prisma = new PrismaClient();\nprisma.user.deleteMany({});\n'\n",
    ),
    (
        "e.ts",
        "import { execSync } from \"node:child_process\";\nimport { COMMAND } from \"./f\";\nconst late = [\"npx\", \"prisma\"].join(\" \");\nexecSync(COMMAND);\nexecSync(late + \" migrate deploy\");\n",
    ),
    (
        "f.ts",
        "// A long comment, so that places of this file lie behind the end of the other one.\n// A long comment.\n\n\n\n\n\n\n\n\n\n\nexport const COMMAND = \"npx prisma migrate deploy\";\n",
    ),
];

#[test]
fn text_that_is_run_is_found_where_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in FILES {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let done = Command::new(env!("CARGO_BIN_EXE_guard"))
        .args(["check", "--format", "json"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    let mut lines = Vec::new();
    for finding in said["findings"].as_array().unwrap() {
        if finding["rule"] == "contract/undeclared-mutation" || finding["rule"] == "contract/unverifiable" {
            let path = finding["path"].as_str().unwrap();
            let text = FILES.iter().find(|(name, _)| *name == path).unwrap().1;
            let at = |key: &str| usize::try_from(finding[key].as_u64().unwrap()).unwrap();
            let line = text.lines().nth(at("line") - 1).unwrap();
            lines.push(format!("{path}:{} {}", at("line"), &line[at("column") - 1..]));
        }
    }
    assert_eq!(
        lines.join("\n"),
        [
            "a.ts:5 npx prisma migrate deploy",
            "a.ts:9 psql -c \"DELETE FROM a\" &&",
            "a.ts:10 psql -c \"TRUNCATE ${table}\" && psql -c \"DROP TABLE b\"`,",
            "a.ts:10 psql -c \"DROP TABLE b\"`,",
            "b.sh:3 psql -c \"DELETE FROM a\"",
            "b.sh:5 npx prisma migrate deploy\"",
            "c.sh:4 psql -c \"DELETE FROM a\"",
            "d.sh:4 prisma.user.deleteMany({});",
            "e.ts:4 execSync(COMMAND);",
            "e.ts:5 execSync(late + \" migrate deploy\");",
        ]
        .join("\n")
    );
}
