//! The same input gives the same bytes, whoever asks, where, and how often.

#![allow(clippy::expect_used, reason = "a test may stop where it stands")]

mod sandbox;

use std::process::Command;

use sandbox::Sandbox;

fn shop() -> Sandbox {
    let sandbox = Sandbox::repository();
    for (path, text) in [
        ("contract/mutation.toml", include_str!("kit/contract/mutation.toml")),
        ("contract/allowed_signers", include_str!("kit/contract/allowed_signers")),
        ("lib/ci.ts", include_str!("kit/lib/ci.ts")),
        ("lib/fingerprint.ts", include_str!("kit/lib/fingerprint.ts")),
        ("scripts/rename.ts", include_str!("kit/scripts/rename.ts")),
        ("scripts/größe.sh", "#!/bin/sh\npsql \"$DATABASE_URL\" -c 'DELETE FROM users' || true\n"),
        ("scripts/Zoo.sh", "#!/bin/sh\nnpx prisma db push --accept-data-loss\n"),
        (
            "package.json",
            "{ \"scripts\": { \"b\": \"sh scripts/Zoo.sh\", \"a\": \"tsx scripts/rename.ts\" } }\n",
        ),
        ("Makefile", "all: one two\none:\n\tCI=true npm run a\ntwo:\n\tsh scripts/Zoo.sh\n"),
    ] {
        sandbox.write(&format!("shop/{path}"), text);
    }
    for at in 0..40 {
        sandbox.write(
            &format!("shop/jobs/{at}.ts"),
            "import { PrismaClient } from \"@prisma/client\";\nconst prisma = new PrismaClient();\nawait prisma.user.deleteMany();\nawait prisma.order.updateMany({ data: { total: 0, note: \"\" } });\n",
        );
    }
    sandbox.git("shop", &["add", "-A"]);
    sandbox.git("shop", &["commit", "-q", "-m", "all"]);
    sandbox
}

fn output(sandbox: &Sandbox, folder: &str, format: &str, shell: &str, set: &[(&str, &str)]) -> String {
    let done = Command::new("sh")
        .args(["-c", &format!("{shell} exec \"$0\" check --format {format}"), env!("CARGO_BIN_EXE_guard")])
        .current_dir(sandbox.at(folder))
        .env_clear()
        .envs(sandbox.environment().iter())
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .envs(set.iter().copied())
        .output()
        .expect("it starts");
    assert_eq!(done.status.code(), Some(1), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).expect("it is text")
}

#[test]
fn every_form_is_the_same_whatever_surrounds_it() {
    let sandbox = shop();
    sandbox.run("", "cp", &["-a", "shop", "a copy"]);
    for format in ["json", "sarif", "github", "agent", "text"] {
        let first = output(&sandbox, "shop", format, "", &[]);
        assert!(first.contains("Zoo.sh"), "{first}");
        for (folder, shell, set) in [
            ("shop", "", &[][..]),
            ("shop", "", &[("RAYON_NUM_THREADS", "1")]),
            ("shop", "", &[("RAYON_NUM_THREADS", "4")]),
            ("shop", "", &[("LC_ALL", "C"), ("LANG", "C")]),
            ("shop", "", &[("LC_ALL", "tr_TR.UTF-8"), ("TZ", "Asia/Tokyo")]),
            ("shop", "umask 077;", &[]),
            ("shop", "umask 000;", &[]),
            ("shop/scripts", "", &[]),
            ("a copy", "", &[("RAYON_NUM_THREADS", "3")]),
        ] {
            let other = output(&sandbox, folder, format, shell, set);
            assert!(first == other, "{format} differs in {folder} with {shell} {set:?}:\n{first}\n{other}");
        }
    }
}

#[test]
fn the_lock_is_the_same_on_every_machine() {
    let sandbox = shop();
    sandbox.run("", "cp", &["-a", "shop", "a copy"]);
    let locks: Vec<String> = [("shop", "C", "1"), ("a copy", "tr_TR.UTF-8", "4")]
        .into_iter()
        .map(|(folder, locale, threads)| {
            let done = Command::new(env!("CARGO_BIN_EXE_guard"))
                .args(["contract", "freeze"])
                .current_dir(sandbox.at(folder))
                .env_clear()
                .envs(sandbox.environment().iter())
                .env("LC_ALL", locale)
                .env("RAYON_NUM_THREADS", threads)
                .output()
                .expect("it starts");
            assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
            std::fs::read_to_string(sandbox.at(folder).join("contract/mutation.lock")).expect("a lock")
        })
        .collect();
    assert_eq!(locks[0], locks[1]);
}
