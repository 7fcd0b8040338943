//! Every package is made, installed and started.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test may stop where it stands")]

mod sandbox;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use guard::lang::{Input, Kind};
use guard::words::span::OffsetMap;
use sandbox::Sandbox;

const GUARD: &str = env!("CARGO_BIN_EXE_guard");

fn done(command: &mut Command) -> String {
    let output = command.output().expect("it starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{command:?}\n{text}\n{}", String::from_utf8_lossy(&output.stderr));
    text
}

/// Makes a package in the sandbox; the one file that it is.
fn made(sandbox: &Sandbox, by: &str) -> PathBuf {
    made_of(sandbox, by, Path::new(GUARD))
}

fn made_of(sandbox: &Sandbox, by: &str, program: &Path) -> PathBuf {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging").join(by);
    let out = sandbox.at("out");
    done(
        Command::new(script)
            .args([program, out.as_path()])
            .env("GUARD_PACKAGE_LEVEL", "1")
            .env("HOME", sandbox.at("")),
    );
    let mut files: Vec<PathBuf> = fs::read_dir(out).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files.pop().unwrap()
}

fn version(program: &Path) {
    assert_eq!(
        done(Command::new(program).arg("--version")),
        format!("guard {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn the_debian_package_installs_program_pages_and_completions() {
    let sandbox = Sandbox::new();
    let package = made(&sandbox, "debian");
    let fields = done(Command::new("dpkg-deb").arg("--field").arg(&package));
    assert!(
        fields.contains("Package: guard-contract") && fields.contains(env!("CARGO_PKG_VERSION")),
        "{fields}"
    );
    let root = sandbox.at("root");
    done(Command::new("dpkg-deb").arg("--extract").args([&package, &root]));
    version(&root.join("usr/bin/guard"));
    for path in [
        "usr/share/man/man1/guard.1.gz",
        "usr/share/man/man1/guard-contract-freeze.1.gz",
        "usr/share/bash-completion/completions/guard",
        "usr/share/zsh/vendor-completions/_guard",
        "usr/share/fish/vendor_completions.d/guard.fish",
        "usr/share/doc/guard/copyright",
    ] {
        assert!(root.join(path).metadata().is_ok_and(|held| held.len() > 100), "{path}");
    }
    let contents = done(Command::new("dpkg-deb").arg("--contents").arg(&package));
    assert!(contents.lines().all(|line| line.contains("root/root")), "{contents}");
}

#[test]
fn the_wheel_is_installed_by_pip_without_a_network_and_starts() {
    let sandbox = Sandbox::new();
    let wheel = made(&sandbox, "wheel");
    done(Command::new("python3").args(["-m", "venv"]).arg(sandbox.at("venv")));
    let pip = sandbox.at("venv/bin/pip");
    let install = ["install", "--no-index", "--no-deps", "--quiet", "--disable-pip-version-check"];
    done(Command::new(&pip).args(install).arg(&wheel).env("HOME", sandbox.at("")));
    version(&sandbox.at("venv/bin/guard"));
    let shown =
        done(Command::new(&pip).args(["show", "--files", "--disable-pip-version-check", "guard-contract"]));
    assert!(shown.contains("Version: ") && shown.contains("bin/guard"), "{shown}");
    done(Command::new(&pip).args([
        "uninstall",
        "--yes",
        "--quiet",
        "--disable-pip-version-check",
        "guard-contract",
    ]));
    assert!(!sandbox.at("venv/bin/guard").exists());
}

#[test]
fn the_same_binary_gives_the_same_wheel() {
    let (one, two) = (Sandbox::new(), Sandbox::new());
    assert!(fs::read(made(&one, "wheel")).unwrap() == fs::read(made(&two, "wheel")).unwrap());
}

#[test]
#[ignore = "needs npm: .ci/full"]
fn the_package_for_npm_is_installed_without_a_network_and_starts() {
    let sandbox = Sandbox::new();
    let package = made(&sandbox, "npm");
    fs::create_dir(sandbox.at("project")).unwrap();
    let install = ["install", "--offline", "--silent", "--no-audit", "--no-fund"];
    done(
        Command::new("npm")
            .args(install)
            .arg(&package)
            .current_dir(sandbox.at("project"))
            .env("HOME", sandbox.at("")),
    );
    version(&sandbox.at("project/node_modules/.bin/guard"));
    let said = done(
        Command::new("npx")
            .args(["--offline", "guard", "--version"])
            .current_dir(sandbox.at("project"))
            .env("HOME", sandbox.at("")),
    );
    assert!(said.starts_with("guard "), "{said}");
}

#[test]
fn every_command_has_a_page_and_every_shell_can_read_its_completions() {
    let sandbox = Sandbox::new();
    let said = done(Command::new(GUARD).args(["man", "--output"]).arg(sandbox.at("man1")));
    let pages = fs::read_dir(sandbox.at("man1")).unwrap().count();
    assert!(pages > 40 && said.starts_with(&pages.to_string()), "{said}");
    for (shell, check) in [("bash", &["-n"][..]), ("zsh", &["-n"]), ("fish", &["--no-execute"])] {
        let text = done(Command::new(GUARD).args(["completions", shell]));
        assert!(text.contains("contract") && text.contains("freeze"), "{shell}");
        sandbox.write("completions", &text);
        // Shells that are not there cannot read; bash always is.
        if Command::new(shell).arg("--version").output().is_ok() {
            done(Command::new(shell).args(check).arg(sandbox.at("completions")));
        }
    }
}

#[test]
fn bash_and_fish_complete_a_command_with_them() {
    let sandbox = Sandbox::new();
    let asked = [
        (
            "bash",
            "source completions; COMP_WORDS=(guard contract fr) COMP_CWORD=2; _guard guard fr contract; echo \"${COMPREPLY[@]}\"",
        ),
        ("fish", "source completions; complete -C 'guard contract fr'"),
    ];
    for (shell, script) in asked {
        if Command::new(shell).arg("--version").output().is_err() {
            continue;
        }
        sandbox.write("completions", done(Command::new(GUARD).args(["completions", shell])));
        let mut command = Command::new(shell);
        command.args(["-c", script]).current_dir(sandbox.at("")).env("HOME", sandbox.at(""));
        let said = done(&mut command);
        assert!(said.starts_with("freeze") && said.lines().count() == 1, "{shell}: {said}");
    }
}

/// No PowerShell is to be had where this is tested: guard's own reader of it must understand every word.
#[test]
fn the_completions_for_powershell_are_powershell() {
    let text = done(Command::new(GUARD).args(["completions", "powershell"]));
    let problems = |text: &str| {
        let input = Input { path: "guard.ps1", text, map: &OffsetMap::identity() };
        let lowered = guard::lang::lower(Kind::PowerShell, input);
        let units = lowered.unit.iter().chain(lowered.entries.iter().map(|entry| &entry.unit));
        lowered.problems.len() + units.map(|unit| unit.problems.len()).sum::<usize>()
    };
    assert_eq!(problems(&text), 0);
    assert!(
        text.contains("Register-ArgumentCompleter -Native -CommandName 'guard'")
            && text.contains("'guard;contract'")
    );
    let cut = text.rfind('}').expect("it is a block");
    assert_ne!(problems(&text[..cut]), 0, "a block that is never closed is seen");
}

/// As the release workflow builds it, on a system that holds nothing but the program and a repository.
#[test]
#[ignore = "needs the static program: .ci/full"]
fn the_static_program_runs_on_an_empty_system_and_its_packages_ask_for_no_library() {
    let Some(program) = std::env::var_os("GUARD_TEST_STATIC").map(PathBuf::from) else {
        panic!("GUARD_TEST_STATIC names no program");
    };
    let sandbox = Sandbox::new();
    sandbox.write("root/shop/ops/clean.sh", "psql \"$DATABASE_URL\" -c 'DELETE FROM orders'\n");
    fs::copy(&program, sandbox.at("root/guard")).unwrap();
    let inside = |arguments: &[&str]| {
        // A user of its own may change the root, whoever runs the tests.
        let held = ["--map-root-user", "chroot"];
        Command::new("unshare").args(held).arg(sandbox.at("root")).args(arguments).output().unwrap()
    };
    let said = inside(&["/guard", "--version"]);
    assert_eq!(
        String::from_utf8_lossy(&said.stdout),
        format!("guard {}\n", env!("CARGO_PKG_VERSION")),
        "{said:?}"
    );
    let said = inside(&["/guard", "check"]);
    assert_eq!(said.status.code(), Some(1), "{said:?}");
    assert!(
        String::from_utf8_lossy(&said.stdout).contains("error[contract/undeclared-mutation]"),
        "{said:?}"
    );

    let wheel = made_of(&Sandbox::new(), "wheel", &program);
    assert!(wheel.to_string_lossy().contains("manylinux_2_17_"), "{}", wheel.display());
    assert!(wheel.to_string_lossy().contains(".musllinux_1_1_"), "{}", wheel.display());
    let folder = Sandbox::new();
    let package = made_of(&folder, "debian", &program);
    let needs = done(Command::new("dpkg-deb").arg("--field").args([&package, Path::new("Depends")]));
    assert_eq!(needs, "git, openssh-client\n");
}

/// As it is shipped; a build for debugging is larger.
#[cfg(not(debug_assertions))]
#[test]
fn the_program_is_below_45_megabytes() {
    let size = fs::metadata(GUARD).unwrap().len();
    assert!(size < 45_000_000, "{size} bytes");
}
