//! What people see of a rollout: on a terminal, in a job's summary, and in a real browser.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test may stop where it stands"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

use guard::report::rollout::{html, json, markdown, text};
use guard::words::rollout::Report;

fn report(name: &str) -> Report {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/reports/{name}.json"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn a_report_is_read_as_it_was_written() {
    for name in ["good", "failed", "tunnel"] {
        let once = json(&report(name));
        let again: Report = serde_json::from_str(&once).unwrap();
        assert_eq!(json(&again), once);
    }
}

#[test]
fn a_failed_rollout_is_told_with_its_first_broken_hop_on_top() {
    insta::assert_snapshot!(text::render(&report("failed"), false));
}

#[test]
fn the_way_of_a_tunnel_is_told_hop_by_hop() {
    let report = report("tunnel");
    insta::assert_snapshot!(text::render(&report, false));
    let page = html::render(&report);
    for hop in ["process", "config", "identity", "edge", "ingress", "origin", "public"] {
        assert!(page.contains(&format!("\">{hop}</span>")), "{hop}");
    }
}

#[test]
fn a_good_rollout_is_short() {
    insta::assert_snapshot!(text::render(&report("good"), false));
}

#[test]
fn the_summary_of_a_job_is_markdown() {
    insta::assert_snapshot!(markdown::render(&report("failed")));
}

#[test]
fn the_page_stands_alone() {
    for name in ["good", "failed", "tunnel"] {
        let page = html::render(&report(name));
        for word in ["src=", "href=", "url(", "@import", "<script", "<link", "http-equiv=\"refresh\""] {
            assert!(!page.contains(word), "{word}");
        }
        for state in &report(name).states {
            assert!(page.contains(&state.state.name()), "{:?}", state.state);
        }
    }
}

#[test]
fn foreign_text_stays_text() {
    let mut report = report("failed");
    let evil = "</pre><script>alert(1)</script>\u{202e}\u{1b}[31m\" onload='x'";
    report.services[0].log_tail = vec![evil.to_owned()];
    report.environment = evil.to_owned();
    report.next = vec![evil.to_owned()];
    report.states[0].probes.clear();
    report.states[0].evidence.insert(evil.to_owned(), evil.into());
    report.first_broken_hop.as_mut().unwrap().reason = evil.to_owned();
    let page = html::render(&report);
    assert!(!page.contains("<script"), "{page}");
    assert!(!page.contains("onload='"));
    for shown in [page, text::render(&report, false), markdown::render(&report)] {
        assert!(!shown.contains('\u{202e}') && !shown.contains('\u{1b}'));
    }
    assert!(!markdown::render(&report).lines().any(|line| line.starts_with("<script")));
}

fn chromium() -> Option<PathBuf> {
    let found = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
    let found = found.iter().map(PathBuf::from).find(|path| path.exists());
    if found.is_none() {
        let why = "chromium is not installed: the page was not seen in a browser";
        assert!(std::env::var_os("CI").is_none(), "{why}; CI must have it");
        eprintln!("skipped: {why}");
    }
    found
}

/// Runs the browser on a page; what it printed.
fn browse(browser: &Path, page: &Path, arguments: &[&str]) -> String {
    let profile = tempfile::tempdir().unwrap();
    let done = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"])
        .args(["--no-first-run", "--disable-extensions", "--disable-background-networking"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args(arguments)
        .arg(format!("file://{}", page.display()))
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", profile.path())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "{told}");
    String::from_utf8_lossy(&done.stdout).into_owned()
}

#[test]
fn a_real_browser_shows_the_page_without_anything_sticking_out() {
    let Some(browser) = chromium() else { return };
    let folder = tempfile::tempdir().unwrap();
    let kept = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    for name in ["good", "failed", "tunnel"] {
        let page = folder.path().join(format!("{name}.html"));
        let whole = html::render(&report(name));
        std::fs::write(&page, &whole).unwrap();
        std::fs::write(kept.join(format!("deploy-report-{name}.html")), &whole).unwrap();
        let picture = kept.join(format!("deploy-report-{name}.png"));
        drop(std::fs::remove_file(&picture));
        let shot = format!("--screenshot={}", picture.display());
        browse(&browser, &page, &[&shot, "--window-size=1120,1900"]);
        let bytes = std::fs::read(&picture).unwrap();
        assert_eq!(&bytes[..8], b"\x89PNG\r\n\x1a\n");
        // A page without any text is a tenth of that.
        assert!(bytes.len() > 30_000, "{} bytes", bytes.len());
        // The report itself runs no script; a copy of it is measured by one.
        let probe = "<script>document.body.dataset.sizes = [document.documentElement.scrollWidth, innerWidth, \
                     document.querySelectorAll('.lane').length, getComputedStyle(document.querySelector('.bar')).backgroundColor].join(' ')</script></body>";
        let measured = whole
            .replace("default-src 'none'; style-src 'unsafe-inline'", "default-src 'unsafe-inline'")
            .replace("</body>", probe);
        for width in ["1120", "600"] {
            let copy = folder.path().join("measured.html");
            std::fs::write(&copy, &measured).unwrap();
            let dom = browse(&browser, &copy, &["--dump-dom", &format!("--window-size={width},900")]);
            let sizes = dom.split("data-sizes=\"").nth(1).unwrap().split('"').next().unwrap();
            let parts: Vec<&str> = sizes.splitn(4, ' ').collect();
            let (scroll, inner): (u32, u32) = (parts[0].parse().unwrap(), parts[1].parse().unwrap());
            assert!(scroll <= inner, "{name} at {width}: {scroll} is wider than {inner}");
            assert_eq!(parts[2].parse::<usize>().unwrap(), report(name).states.len());
            assert_ne!(parts[3], "rgba(0, 0, 0, 0)", "the bars have colour");
        }
    }
}
