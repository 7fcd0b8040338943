//! The map: who can change what, in every form, and the page as a browser draws it.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test may stop where it stands")]

mod sandbox;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

use sandbox::Sandbox;
use serde_json::Value;

const WIDTH: u32 = 1600;
const HEIGHT: u32 = 860;

/// The repository of `tests/map_shop/`.
fn shop() -> Sandbox {
    let sandbox = Sandbox::repository();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/map_shop"), &sandbox, "shop");
    sandbox.git("shop", &["add", "-A", "-f"]);
    sandbox.git("shop", &["commit", "-q", "-m", "shop"]);
    sandbox
}

fn copy(from: &Path, sandbox: &Sandbox, to: &str) {
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let name = format!("{to}/{}", entry.file_name().to_string_lossy());
        if entry.file_type().expect("a type").is_dir() {
            copy(&entry.path(), sandbox, &name);
        } else {
            sandbox.write(&name, std::fs::read(entry.path()).expect("a file"));
        }
    }
}

fn json(sandbox: &Sandbox, more: &[&str]) -> Value {
    let arguments: Vec<&str> = ["map", "--format", "json"].iter().chain(more).copied().collect();
    serde_json::from_str(&sandbox.said(&arguments)).expect("it is JSON")
}

fn ids(map: &Value) -> BTreeSet<String> {
    ["entries", "files", "effects", "tables"]
        .iter()
        .flat_map(|kind| map[*kind].as_array().expect("a list"))
        .map(|node| node["id"].as_str().expect("an id").to_owned())
        .collect()
}

/// The ways from an entry point: effect label, standing.
fn ways(map: &Value, title: &str) -> Vec<(String, String)> {
    let entry = map["entries"].as_array().unwrap().iter().find(|e| e["title"] == title);
    let id = &entry.unwrap_or_else(|| panic!("no entry point {title}"))["id"];
    let label = |id: &Value| {
        let effects = map["effects"].as_array().unwrap();
        effects.iter().find(|e| e["id"] == *id).unwrap()["label"].as_str().unwrap().to_owned()
    };
    let paths = map["paths"].as_array().unwrap().iter().filter(|path| path["entry"] == *id);
    paths.map(|path| (label(&path["effect"]), path["standing"].as_str().unwrap().to_owned())).collect()
}

#[test]
fn a_terminal_sees_every_entry_point_with_its_ways_and_their_guards() {
    insta::assert_snapshot!(shop().said(&["map"]));
}

#[test]
fn the_flow_chart_has_the_same_nodes_and_ways() {
    insta::assert_snapshot!(shop().said(&["map", "--format", "mermaid"]));
}

#[test]
fn the_json_is_as_its_schema_says_and_every_id_is_known() {
    let sandbox = shop();
    let map = json(&sandbox, &[]);
    let schema: Value = serde_json::from_str(&sandbox.said(&["schema", "map"])).expect("it is JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let errors: Vec<String> =
        validator.iter_errors(&map).map(|e| format!("{e} at {}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let ids = ids(&map);
    for path in map["paths"].as_array().unwrap() {
        let named = path["files"].as_array().unwrap().iter().chain([&path["effect"], &path["entry"]]);
        for id in named.filter(|id| !id.is_null()) {
            assert!(ids.contains(id.as_str().unwrap()), "{path}");
        }
    }
}

#[test]
fn a_way_is_as_guarded_as_a_walk_without_ci_and_on_another_database_shows() {
    let map = json(&shop(), &[]);
    let of = |title: &str| ways(&map, title);
    let guarded = ("prisma migrate deploy".to_owned(), "guarded".to_owned());
    for entry in ["npm run deploy:db", "npm run migrate"] {
        assert_eq!(of(entry), std::slice::from_ref(&guarded), "{entry}");
    }
    assert!(of("npm run prices").iter().all(|(_, standing)| standing == "unguarded"));
    assert!(of("npm run seed:dev").iter().all(|(_, standing)| standing == "open"));
    assert!(of("npm run start").iter().all(|(_, standing)| standing == "application"));
    assert_eq!(of("make orders").len(), 2);
    // The hole and the missing check are told apart.
    let prices = map["paths"]
        .as_array()
        .unwrap()
        .iter()
        .find(|path| path["guards"].as_array().unwrap().iter().any(|guard| guard["state"] == "hole"));
    let hole = &prices.expect("a way with a hole")["guards"][0];
    assert_eq!(
        (hole["at"]["path"].as_str(), hole["at"]["line"].as_u64()),
        (Some("scripts/prices.ts"), Some(3))
    );
}

#[test]
fn a_guard_taken_out_opens_its_ways() {
    let sandbox = shop();
    let path = sandbox.at("shop/scripts/reference-data.ts");
    let text = std::fs::read_to_string(&path).unwrap();
    sandbox.write("shop/scripts/reference-data.ts", text.replace("requireFingerprint(\"prod\");\n", ""));
    let map = json(&sandbox, &[]);
    assert!(ways(&map, "npm run reference-data").iter().all(|(_, standing)| standing == "partly"));
}

#[test]
fn a_part_of_the_map_holds_nothing_else() {
    let sandbox = shop();
    let map = json(&sandbox, &["--unguarded"]);
    assert!(!map["paths"].as_array().unwrap().is_empty());
    assert!(map["paths"].as_array().unwrap().iter().all(|path| path["standing"] == "unguarded"));
    let map = json(&sandbox, &["--table", "orders"]);
    let orders = map["tables"].as_array().unwrap().iter().find(|t| t["name"] == "orders").unwrap();
    for effect in map["effects"].as_array().unwrap() {
        assert!(effect["writes"].as_array().unwrap().iter().any(|w| w["table"] == orders["id"]), "{effect}");
    }
    let map = json(&sandbox, &["--entry", "npm run cleanup"]);
    assert_eq!(map["entries"].as_array().unwrap().len(), 1);
    for wrong in [["--table", "no_such"], ["--entry", "npm run no-such"], ["--output", "map.pdf"]] {
        let arguments: Vec<&str> = ["map"].iter().chain(&wrong).copied().collect();
        assert_eq!(sandbox.guard(&arguments).status.code(), Some(64), "{wrong:?}");
    }
}

#[test]
fn programs_that_nothing_starts_are_started_by_hand() {
    let sandbox = shop();
    sandbox.write("shop/tools/old.sh", "psql \"$DATABASE_URL\" -c 'DELETE FROM orders'\n");
    let map = json(&sandbox, &[]);
    assert_eq!(ways(&map, "started by hand"), [("delete orders".to_owned(), "unguarded".to_owned())]);
}

#[test]
fn a_repository_without_a_database_has_an_empty_map() {
    let sandbox = Sandbox::repository();
    sandbox.commit("shop", "README.md", "nothing\n");
    assert!(sandbox.said(&["map"]).contains("Nothing here can change a database"));
    assert_eq!(json(&sandbox, &[])["paths"].as_array().unwrap().len(), 0);
}

#[test]
fn the_same_tree_gives_the_same_bytes() {
    let sandbox = shop();
    for format in ["text", "json", "mermaid", "html"] {
        let first = sandbox.said(&["map", "--format", format]);
        assert_eq!(first, sandbox.said(&["map", "--format", format]), "{format}");
        assert!(!first.contains('\u{1b}'), "{format} has colours although nobody looks");
    }
}

#[test]
fn the_page_asks_nobody_for_anything_and_what_it_shows_is_inert() {
    let sandbox = shop();
    sandbox.write("shop/tools/a<img src=x>.sh", "psql -c 'DELETE FROM orders' # </script><script>alert(1)\n");
    sandbox.write("shop/tools/\u{202e}b.sh", "psql -c 'DELETE FROM \"</script><b>\"'\n");
    let page = sandbox.said(&["map", "--format", "html"]);
    assert_eq!(page.matches("</script>").count(), 3, "the page's own three");
    assert!(!page.contains("<img"));
    for word in ["https://", "@import", "url(", " src=\"", "<link", "fetch(", "XMLHttpRequest"] {
        assert!(!page.contains(word), "{word}");
    }
    // The one address is the name of the drawing's own language.
    assert!(page.replace("http://www.w3.org/2000/svg", "").matches("http:").count() == 0);
    assert!(page.contains("default-src 'none'"));
}

/// Starts a browser without a head, a network or a profile of its own.
fn browser(sandbox: &Sandbox, arguments: &[&str]) -> Output {
    let profile = format!("--user-data-dir={}", sandbox.at("profile").display());
    let usual = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        "--force-prefers-reduced-motion",
        "--virtual-time-budget=3000",
        "--host-resolver-rules=MAP * ~NOTFOUND",
    ];
    Command::new("chromium")
        .args(usual)
        .arg(profile)
        .args(arguments)
        .env_clear()
        .envs(sandbox.environment().iter())
        .output()
        .expect("chromium is installed: apt-get install chromium")
}

fn dom(sandbox: &Sandbox, hash: &str) -> String {
    let address = format!("file://{}#{hash}", sandbox.at("map.html").display());
    let done = browser(sandbox, &["--dump-dom", &address]);
    String::from_utf8(done.stdout).expect("text")
}

fn drawn(dom: &str) -> BTreeSet<String> {
    dom.split("data-id=\"").skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}

#[test]
fn a_browser_draws_every_node_and_every_edge() {
    let sandbox = shop();
    let file = sandbox.at("map.html").display().to_string();
    sandbox.said(&["map", "--output", &file]);
    let map = json(&sandbox, &[]);
    let page = dom(&sandbox, "");
    assert_eq!(drawn(&page), ids(&map));
    assert!(page.matches("<path d=").count() > 20, "edges are drawn");
}

#[test]
fn a_browser_draws_what_the_filters_leave_and_tells_of_what_is_chosen() {
    let sandbox = shop();
    let file = sandbox.at("map.html").display().to_string();
    sandbox.said(&["map", "--output", &file]);
    assert_eq!(drawn(&dom(&sandbox, "unguarded=1")), ids_of_part(&sandbox, &["--unguarded"]));
    let map = json(&sandbox, &[]);
    let prices = map["files"].as_array().unwrap().iter().find(|f| f["path"] == "scripts/prices.ts").unwrap();
    let page = dom(&sandbox, &format!("node={}", prices["id"].as_str().unwrap()));
    assert!(page.contains("`SKIP_CI_CHECK` decides whether the CI check holds"), "the panel says why");
    assert!(page.contains("scripts/prices.ts:3"), "and where");
    let page = dom(&sandbox, "q=fix_orders");
    assert!(drawn(&page).len() == 6 && page.contains("<mark>fix_orders</mark>"), "{:?}", drawn(&page));
}

/// Ids are given in the order of the whole map, so that a part of it has the same.
fn ids_of_part(sandbox: &Sandbox, part: &[&str]) -> BTreeSet<String> {
    ids(&json(sandbox, part))
}

fn screenshot(sandbox: &Sandbox, to: &Path) {
    let file = sandbox.at("map.html").display().to_string();
    sandbox.said(&["map", "--output", &file]);
    let (to, size) = (format!("--screenshot={}", to.display()), format!("--window-size={WIDTH},{HEIGHT}"));
    browser(sandbox, &[&to, &size, &format!("file://{file}#theme=light")]);
}

/// Width and height as the file's first bytes say.
fn size(png: &[u8]) -> (u32, u32) {
    assert_eq!(png.get(..8), Some(b"\x89PNG\r\n\x1a\n".as_slice()));
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

#[test]
fn the_picture_in_the_documentation_is_of_this_page() {
    let sandbox = shop();
    let taken = sandbox.at("map.png");
    screenshot(&sandbox, &taken);
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/pictures/map.png");
    let (taken, kept) = (std::fs::read(taken).expect("a picture"), std::fs::read(kept).expect("a picture"));
    assert_eq!((size(&taken), size(&kept)), ((WIDTH, HEIGHT), (WIDTH, HEIGHT)));
    // Fonts differ between machines; an empty page packs to a tenth of this.
    assert!(taken.len() > kept.len() / 2 && taken.len() < kept.len() * 2, "{} {}", taken.len(), kept.len());
}

#[test]
#[ignore = "takes the picture of the documentation again"]
fn the_picture_is_taken_again() {
    screenshot(&shop(), &Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/pictures/map.png"));
}
