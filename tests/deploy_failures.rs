//! Every way in which a rollout fails that the design names: found early, named, and nothing of it left behind.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod sandbox;
mod servers;
mod shop;
mod site;

use std::net::TcpListener;
use std::time::Duration;

use site::{READY, Site, backend, rolled, until};

#[track_caller]
fn nothing_left(site: &Site) {
    assert_eq!(site.processes(), Vec::<u32>::new());
}

#[test]
fn a_variable_that_is_unset_or_empty_stops_it_before_anything_starts() {
    let mut site = Site::new();
    site.shop.sandbox.write("shop/.env.example", "A_KEY=\nB_URL=\n");
    site.toml(&format!("[deploy]\nrequired_env = [\"A_KEY\", \"B_URL\"]\n{}", backend("", READY)));
    site.shop.set("B_URL", "");
    let refused = site.deploy().ended("refused", "precheck/env");
    assert!(refused.reason().contains("A_KEY") && refused.reason().contains("B_URL"), "{}", refused.told());
    assert_eq!(refused.hop(), "env");
    assert_eq!(refused.states(), ["PRECHECK fail", "FAILURE_ROLLBACK skipped"]);
    nothing_left(&site);
}

#[test]
fn a_port_of_somebody_else_is_named_on_both_families_and_left_alone() {
    for address in ["127.0.0.1:0", "[::1]:0", "[::]:0"] {
        let mut site = Site::new();
        let Ok(foreign) = TcpListener::bind(address) else { continue };
        site.ports[0] = foreign.local_addr().unwrap().port();
        site.backend("", READY);
        let refused = site.deploy().ended("refused", "precheck/port");
        let own = format!("process {}", std::process::id());
        let family = if address.starts_with('[') { "ipv6" } else { "ipv4" };
        for word in [own.as_str(), family, "deploy_failures", "backend"] {
            assert!(refused.reason().contains(word), "{word}: {}", refused.told());
        }
        assert_eq!(refused.hop(), "port");
        drop(foreign);
        nothing_left(&site);
    }
}

#[test]
fn two_services_on_one_port_are_refused() {
    let site = Site::new();
    site.toml(&format!("{}{}", backend("", ""), backend("", "").replace("\"backend\"", "\"other\"")));
    let refused = site.deploy().ended("refused", "precheck/port");
    assert!(refused.reason().contains("backend and other"), "{}", refused.told());
}

#[test]
fn a_variable_in_a_command_that_no_shell_reads_is_a_mistake() {
    let site = Site::new();
    let with = |words: &str| backend("", READY).replace("\"server.py\"", words);
    for (words, name) in
        [("\"server.py\", \"--port=${PORT}\"", "PORT"), ("\"server.py\", \"$DATA_DIR\"", "DATA_DIR")]
    {
        site.shop.sandbox.write("shop/guard.toml", with(words).replace("PORT0", "3001"));
        let told = site.shop.guard(&["config", "check"]).refused("config/invalid");
        let said = told.json.to_string();
        assert!(
            said.contains(&format!("names the variable {name}")) && said.contains("guard.toml:3"),
            "{said}"
        );
    }
    let shell = "[[service]]\nname = \"backend\"\ncommand = [\"sh\", \"-c\", \"exec python3 server.py --port ${PORT}\"]\nport = PORT0\n";
    site.toml(&format!("{shell}{READY}"));
    site.deploy().ok();
    nothing_left_after_stop(&site);
}

#[test]
fn a_folder_that_cannot_be_written_to_is_named_and_a_missing_one_is_made() {
    let site = Site::new();
    site.toml(&format!("[deploy]\nwritable = [\"storage/a\"]\nreports = \"out\"\n{}", backend("", READY)));
    site.deploy().ok();
    assert!(site.root().join("storage/a").is_dir() && site.root().join("out").is_dir());
    site.shop.sandbox.write("shop/file", "x");
    site.toml(&format!("[deploy]\nwritable = [\"file/below\"]\n{}", backend("", READY)));
    let refused = site.deploy().ended("refused", "precheck/disk");
    assert!(refused.reason().contains("file/below"), "{}", refused.told());
}

#[test]
fn a_step_that_is_not_met_is_mended_once_or_stops_it() {
    let site = Site::new();
    let step = "[[prepare]]\nname = \"client\"\ncheck = \"test -f client\"\n";
    site.toml(&format!("{step}fix = [\"touch\", \"client\"]\n{}", backend("", READY)));
    let first = site.deploy().ok();
    assert_eq!(first.state("PRECHECK")["evidence"]["prepared"], "client", "{}", first.told());
    site.toml(&format!("{step}fix = [\"touch\", \"other\"]\n{}", backend("", READY)));
    std::fs::remove_file(site.root().join("client")).unwrap();
    site.deploy().ended("failed", "precheck/prepare");
    site.toml(&format!("{step}{}", backend("", READY)));
    site.deploy().ended("refused", "precheck/prepare");
}

#[test]
fn a_database_that_is_down_stops_it_and_waits_in_the_spool() {
    let mut site = Site::new();
    site.backend("", READY);
    site.shop.set("DEV_DATABASE_URL", "postgres://u:canary-pw@127.0.0.1:1/d");
    let refused = site.deploy().ended("refused", "database/unreachable");
    assert_eq!(refused.states()[1..], ["DB_VALIDATE fail", "FAILURE_ROLLBACK skipped"]);
    assert!(refused.result["incident"].is_string(), "{}", refused.told());
    assert!(!refused.told().contains("canary-pw"));
    nothing_left(&site);
    let spool: Vec<_> = std::fs::read_dir(site.root().join(".guard/spool")).unwrap().collect();
    assert_eq!(spool.len(), 1);
    let url = site.database.url.clone();
    site.shop.set("DEV_DATABASE_URL", url);
    site.deploy().ok();
    let waiting = std::fs::read_dir(site.root().join(".guard/spool")).unwrap();
    let waiting =
        waiting.filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|end| end == "json"));
    assert_eq!(waiting.count(), 0, "it was brought to the database once that answered");
    assert_eq!(site.database.column("select severity from ops_incident"), ["CRITICAL"]);
}

#[test]
fn another_database_is_refused_by_its_mark() {
    let mut site = Site::new();
    site.backend("", READY);
    let other = servers::Database::new(servers::Kind::Sqlite).unwrap();
    site.shop.set("DEV_DATABASE_URL", &other.url);
    site.deploy().ended("refused", "fingerprint/missing");
    nothing_left(&site);
}

#[test]
fn a_required_table_that_no_migration_makes_is_missing() {
    let site = Site::new();
    site.toml(&format!("[deploy]\nrequired_tables = [\"orders\"]\n{}", backend("", READY)));
    let failed = site.deploy().ended("failed", "precheck/tables");
    assert!(failed.reason().contains("orders"));
    site.shop.migration("1_orders.sql", "create table orders (id int primary key);");
    let good = site.deploy().ok();
    assert_eq!(good.state("MIGRATE_VERIFY")["evidence"]["applied"][0], "1_orders.sql", "{}", good.told());
}

#[test]
fn a_migration_that_fails_starts_nothing_and_what_was_applied_stays() {
    let site = Site::new();
    site.backend("--after 30 --exit-after 0.1", READY);
    site.shop.migration("1_orders.sql", "create table orders (id int primary key);");
    let failed = site.deploy().ended("failed", "service/exited");
    assert_eq!(failed.result["rollback"]["migrations_kept"][0], "1_orders.sql", "{}", failed.told());
    assert!(failed.result["next"].to_string().contains("never reverts migrations"));
    site.shop.migration("2_broken.sql", "create table broken (;");
    let failed = site.deploy();
    assert_eq!(failed.result["outcome"].as_str(), Some("failed"), "{}", failed.told());
    assert!(failed.states().iter().any(|state| state == "MIGRATE_VERIFY fail"), "{}", failed.told());
    nothing_left(&site);
}

#[test]
fn a_program_that_is_not_there_is_named() {
    let site = Site::new();
    site.toml("[[service]]\nname = \"backend\"\ncommand = [\"no-such-program-here\"]\n");
    let failed = site.deploy().ended("failed", "service/exited");
    assert!(failed.reason().contains("no-such-program-here"), "{}", failed.told());
    nothing_left(&site);
}

#[test]
fn a_service_that_is_never_ready_says_why_not() {
    let gate = "ready_timeout = \"5s\"\n[[service.ready]]\nhttp = \"/health\"\n";
    for (arguments, lines, word) in [
        ("--status 503", "", "status 503"),
        ("", "json = { ready = false }\n", "ready"),
        ("--body no-json", "json = { ready = true }\n", "JSON"),
        ("--after 30", "", "no listener on port"),
        ("--deaf", "timeout = \"200ms\"\n", "200 ms"),
    ] {
        let site = Site::new();
        site.backend(arguments, &format!("{gate}{lines}"));
        let failed = site.deploy().ended("failed", "service/not-ready");
        assert!(failed.reason().contains(word), "{word}: {}", failed.told());
        assert_eq!(failed.hop(), "service backend");
        assert!(failed.took < Duration::from_mins(1), "{:?}", failed.took);
        nothing_left(&site);
    }
}

#[test]
fn a_service_that_puts_itself_into_the_background_is_refused() {
    // However late the process behind leaves the group.
    for arguments in ["--background", "--background --lingers 0.05", "--background --lingers 30"] {
        let site = Site::new();
        site.backend(arguments, READY);
        let failed = site.deploy().ended("failed", "service/left-group");
        assert!(failed.told().contains("foreground"), "{}", failed.told());
        nothing_left(&site);
    }
}

#[test]
fn a_child_that_holds_the_port_is_the_service_and_ends_with_it() {
    let site = Site::new();
    site.backend("--fork", READY);
    site.deploy().ok();
    assert!(site.processes().len() >= 3, "a shim, a parent and a child");
    site.shop.guard(&["stop"]).ok();
    nothing_left(&site);
}

#[test]
fn a_port_that_is_taken_between_check_and_start_is_not_the_services() {
    let site = Site::new();
    site.backend("--after 30", READY);
    let deploy = site.begin(&[]);
    until("the gate", || site.journal().contains("BACKEND_READY_GATE").then_some(()));
    let foreign = TcpListener::bind(("127.0.0.1", site.ports[0])).unwrap();
    let begun = std::time::Instant::now();
    let failed = rolled(&deploy.wait_with_output().unwrap(), begun.elapsed());
    let failed = failed.ended("failed", "service/port-not-owned");
    assert!(failed.reason().contains(&format!("process {}", std::process::id())), "{}", failed.told());
    assert!(!failed.reason().contains("not ready within"), "at once: {}", failed.told());
    drop(foreign);
    nothing_left(&site);
}

#[test]
fn the_wrong_family_is_told() {
    let site = Site::new();
    site.backend("--host ::1", "ready_timeout = \"3s\"\n");
    let failed = site.deploy().ended("failed", "service/port-not-owned");
    assert!(failed.reason().contains("::1") && failed.reason().contains("IPv4"), "{}", failed.told());
    site.backend("--host ::", READY);
    site.deploy().ok();
    nothing_left_after_stop(&site);
}

fn nothing_left_after_stop(site: &Site) {
    site.shop.guard(&["stop"]).ok();
    nothing_left(site);
}

#[test]
fn a_recovery_is_asked_for_once_with_its_password_and_its_statistics() {
    let mut site = Site::new();
    let lines = "ready_timeout = \"3s\"\n[[service.ready]]\nhttp = \"/health\"\njson = { ready = true }\n\
                 [service.recover]\nhttp = \"/recover\"\nauth_env = \"ADMIN_PASSWORD\"\nstats = \"/recovery-stats\"\n";
    site.shop.set("ADMIN_PASSWORD", "canary-admin");
    site.backend("--recovers --say canary-admin", lines);
    let good = site.deploy().ok();
    let evidence = &good.state("BACKEND_READY_GATE")["evidence"];
    assert_eq!(evidence["recovery_stats"]["body"]["recoveries"], 1, "{}", good.told());
    let log = site.log("backend");
    assert!(log.contains("recover POST True") && log.contains("starting [redacted]"), "{log}");
    assert!(!good.told().contains("canary-admin"));
}

#[test]
fn what_ignores_its_end_is_ended_by_force() {
    let site = Site::new();
    let lines =
        format!("[service.stop]\ngrace = \"300ms\"\n{}", READY.replace("ready_timeout = \"20s\"\n", ""));
    site.backend("--ignore-term", &lines);
    site.deploy().ok();
    nothing_left_after_stop(&site);
}

#[test]
fn an_optional_service_that_fails_is_outstanding_and_no_more() {
    let site = Site::new();
    let other = backend("--after 30 --exit-after 0.1", READY)
        .replace("\"backend\"", "\"mailer\"")
        .replace("PORT0", "PORT1")
        .replace("ready_timeout", "required = false\nready_timeout");
    site.toml(&format!("{}{other}", backend("", READY)));
    let partial = site.deploy().ended("partial", "service/exited");
    assert_eq!(partial.result["state"], "SUCCESS");
    assert_eq!(partial.service("backend")["state"], "running");
    assert_ne!(partial.service("mailer")["state"], "running");
    let text = partial.result["report"].as_str().unwrap().replace(".json", ".txt");
    let text = std::fs::read_to_string(text).unwrap();
    assert!(text.contains("dev runs; mailer, which is optional, does not serve."), "{text}");
    nothing_left_after_stop(&site);
}

#[test]
fn the_whole_time_is_bounded() {
    let site = Site::new();
    site.backend("--after 60", READY);
    let failed = site.deploy_with(&["--timeout", "2s"]).ended("failed", "deploy/timeout");
    assert!(failed.took < Duration::from_secs(55), "{:?}", failed.took);
    nothing_left(&site);
}

#[test]
fn a_frozen_service_is_found_by_its_state() {
    let site = Site::new();
    site.toml(
        "[[service]]\nname = \"backend\"\ncommand = [\"sh\", \"-c\", \"kill -STOP $$; sleep 60\"]\nport = PORT0\n",
    );
    let failed = site.deploy().ended("failed", "service/not-ready");
    assert!(failed.reason().contains("stopped by a signal"), "{}", failed.told());
    assert!(!failed.reason().contains("not ready within"), "not at the deadline: {}", failed.told());
    nothing_left(&site);
}

#[test]
fn an_answer_from_outside_that_is_not_as_asked_rolls_back_when_it_is_required() {
    let site = Site::new();
    let outside = |port: &str, required: bool| {
        format!(
            "[[external]]\nkind = \"http\"\nname = \"api\"\nurl = \"http://127.0.0.1:{port}/\"\nstatus = 201\nrequired = {required}\n"
        )
    };
    site.toml(&format!("{}{}", outside("PORT0", true), backend("", READY)));
    let failed = site.deploy().ended("failed", "external/failed");
    assert_eq!(
        (failed.hop(), failed.result["external"][0]["result"].as_str()),
        ("external api", Some("fail"))
    );
    assert_eq!(failed.result["rollback"]["stopped"][0], "backend");
    nothing_left(&site);
    let site = Site::new();
    site.toml(&format!("{}{}", outside("PORT0", false), backend("", READY)));
    site.deploy().ended("partial", "external/failed");
    nothing_left_after_stop(&site);
    let site = Site::new();
    site.toml(&format!("{}{}", outside("PORT1", true), backend("", READY)));
    let partial = site.deploy().ended("partial", "external/inconclusive");
    assert_eq!(partial.service("backend")["state"], "running", "who says nothing rolls nothing back");
    nothing_left_after_stop(&site);
}

#[test]
fn services_that_change_their_ports_or_go_away_make_room() {
    let site = Site::new();
    let other = backend("", READY).replace("\"backend\"", "\"other\"").replace("PORT0", "PORT1");
    site.toml(&format!("{}{other}", backend("", READY)));
    site.deploy().ok();
    let swapped = backend("", READY).replace("PORT0", "PORT1");
    let other = backend("", READY).replace("\"backend\"", "\"other\"");
    site.toml(&format!("{swapped}{other}"));
    let good = site.deploy().ok();
    assert_eq!(good.service("backend")["port"], site.ports[1]);
    assert_eq!(site.processes().len(), 4, "{}", good.told());
    nothing_left_after_stop(&site);
}
