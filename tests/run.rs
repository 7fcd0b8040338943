//! `guard run`: the command starts only where every URL that it could read is of the environment.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod sandbox;
mod servers;
mod shop;

use servers::{Database, KINDS, Kind};
use shop::Shop;

/// A project and its dev database.
fn ready(kind: Kind) -> Option<(Shop, Database)> {
    let database = Database::new(kind)?;
    let mut shop = Shop::new();
    shop.set("DEV_DATABASE_URL", &database.url);
    shop.guard(&["fingerprint", "init", "dev"]).ok();
    Some((shop, database))
}

/// Whether the command was started shows in a file.
fn run(shop: &Shop) -> shop::Told {
    let marker = shop.root().join("started");
    drop(std::fs::remove_file(&marker));
    let output = shop.run(&["run", "--env", "dev", "--format", "json", "--", "touch", "started"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let told = shop::Told {
        exit: output.status.code().unwrap(),
        json,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    };
    assert_eq!(marker.exists(), told.exit == 0, "{told:?}");
    told
}

#[test]
fn a_command_runs_with_its_environment_and_its_code_comes_back() {
    for kind in KINDS {
        let Some((mut shop, _database)) = ready(kind) else { continue };
        shop.set("OTHER", "x y");
        run(&shop).ok();
        let output = shop.run(&["run", "--env", "dev", "--", "sh", "-c", "echo \"$OTHER\"; exit 7"]);
        assert_eq!(
            (output.status.code(), output.stdout.as_slice()),
            (Some(7), b"x y\n".as_slice()),
            "{kind:?}"
        );
        let output = shop.run(&["run", "--env", "dev", "--", "sh", "-c", "kill -9 $$"]);
        assert_eq!(output.status.code(), Some(137));
        let output =
            shop.run(&["run", "--env", "dev", "--format", "json", "--", "sh", "-c", "echo out; exit 2"]);
        assert_eq!(output.status.code(), Some(2));
        let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(told["details"]["exit_code"], 2);
        assert_eq!(
            (told["outcome"].as_str(), told["code"].as_str()),
            (Some("failed"), Some("command/failed"))
        );
    }
}

#[test]
fn an_address_is_found_however_it_is_written() {
    let Some((mut shop, _dev)) = ready(Kind::Postgres) else { return };
    let Some(prod) = Database::new(Kind::Postgres) else { return };
    shop.set("DATABASE_URL", &prod.url).ci().guard(&["fingerprint", "init", "prod"]).ok();
    shop.unset("DATABASE_URL").unset("CI");
    let (_, rest) = prod.url.split_once("://").unwrap();
    let (port, name, password) = (servers::relay::port_of(&prod.url), &prod.name, servers::PASSWORD);
    for (variable, value) in [
        ("A", format!("postgresql+psycopg2://{rest}")),
        ("A", format!("POSTGRES://{rest}")),
        ("A", format!("'{}'", prod.url)),
        ("A", format!("{{\"primary\": {{\"url\": \"{}\"}}}}", prod.url)),
        ("OPTIONS", format!("--database-url={} --force", prod.url)),
        ("DSN", format!("host=localhost port={port} dbname={name} user=guard password={password}")),
        ("A", format!("Host=localhost;Port={port};Database={name};Username=guard;Password={password}")),
        ("A", format!("jdbc:postgresql://localhost:{port}/{name}?user=guard&password={password}")),
    ] {
        shop.set(variable, &value);
        let told = run(&shop).refused("run/protected-url");
        assert_eq!(told.detail("variable"), variable, "{value}");
        shop.unset(variable);
    }
    // Java's say who connects in variables of their own, or leave it to the program.
    shop.set("SPRING_DATASOURCE_URL", format!("jdbc:postgresql://localhost:{port}/{name}"));
    run(&shop).refused("run/protected-url");
    shop.set("SPRING_DATASOURCE_USERNAME", "guard").set("SPRING_DATASOURCE_PASSWORD", password);
    assert_eq!(run(&shop).refused("run/protected-url").detail("variable"), "SPRING_DATASOURCE_URL");
    for end in ["URL", "USERNAME", "PASSWORD"] {
        shop.unset(&format!("SPRING_DATASOURCE_{end}"));
    }
    for (end, value) in [
        ("HOST", "localhost"),
        ("PORT", &port.to_string()),
        ("NAME", name),
        ("USER", "guard"),
        ("PASSWORD", password),
    ] {
        shop.set(&format!("DB_{end}"), value);
    }
    run(&shop).refused("run/protected-url");
    shop.unset("DB_HOST");
    run(&shop).ok();
    // One piece in the environment, the other in a file.
    shop.set("DB_HOST", "localhost").unset("DB_NAME");
    shop.sandbox.write("shop/.env", format!("DB_NAME={name}\nSERVER='\nmore\n'\n"));
    let told = run(&shop).refused("run/protected-url");
    assert_eq!(told.detail("where"), "DB_HOST in the environment and the .env files");
    shop.sandbox.write("shop/.env", format!("CERTIFICATE=\"\n{}\n\"\n", prod.url));
    assert_eq!(run(&shop).refused("run/protected-url").detail("where"), "CERTIFICATE in .env");
    shop.sandbox.write("shop/.env", "");
    shop.unset("DB_HOST");
    let named = format!("host=localhost port={port} dbname={name} user=guard password={password}");
    let (own_host, own_name) = ("PGHOST=localhost".to_owned(), format!("PGDATABASE={name}"));
    let (own_port, own_user) = (format!("PGPORT={port}"), "PGUSER=guard".to_owned());
    let own_password = format!("PGPASSWORD={password}");
    for words in [
        vec!["psql", prod.url.as_str()],
        vec!["sh", "-c", &format!("DATABASE_URL={} true", prod.url)],
        vec!["psql", &format!("--dbname={named}")],
        vec!["sh", "-c", &format!("psql \"{named}\"")],
        vec!["env", &own_host, &own_port, &own_user, &own_password, &own_name, "true"],
    ] {
        let words: Vec<&str> =
            ["run", "--env", "dev", "--format", "json", "--"].into_iter().chain(words).collect();
        let output = shop.run(&words);
        let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(told["code"], "run/protected-url", "{told}");
    }
}

#[test]
fn a_url_that_leads_to_a_protected_or_unmarked_database_stops_it() {
    for kind in KINDS {
        let Some((mut shop, _database)) = ready(kind) else { continue };
        let (Some(prod), Some(unmarked)) = (Database::new(kind), Database::new(kind)) else { continue };
        shop.ci().set("DATABASE_URL", &prod.url);
        shop.guard(&["fingerprint", "init", "prod"]).ok();
        shop.unset("CI");
        let told = run(&shop).refused("run/protected-url");
        assert_eq!((told.detail("variable"), told.detail("found")), ("DATABASE_URL", "prod"), "{kind:?}");
        shop.unset("DATABASE_URL").set("REPORTS_URL", &prod.url);
        assert_eq!(run(&shop).refused("run/protected-url").detail("variable"), "REPORTS_URL");
        shop.set("REPORTS_URL", &unmarked.url);
        assert_eq!(run(&shop).refused("run/unmarked-url").detail("variable"), "REPORTS_URL");
        shop.unset("REPORTS_URL");
        shop.sandbox.write("shop/.env.test", format!("# test\nDATABASE_URL=\"{}\"\n", prod.url));
        let told = run(&shop).refused("run/protected-url");
        assert_eq!(told.detail("where"), "DATABASE_URL in .env.test");
        shop.sandbox.write("shop/.env.test", "");
        run(&shop).ok();
    }
}

#[test]
fn the_variables_of_the_postgres_library_are_a_url_too() {
    let Some((mut shop, database)) = ready(Kind::Postgres) else { return };
    let Some(prod) = Database::new(Kind::Postgres) else { return };
    shop.ci().set("DATABASE_URL", &prod.url);
    shop.guard(&["fingerprint", "init", "prod"]).ok();
    shop.unset("CI").unset("DATABASE_URL");
    let port = prod.url.rsplit(':').next().unwrap().split('/').next().unwrap().to_owned();
    shop.set("PGHOST", "127.0.0.1").set("PGPORT", port).set("PGUSER", "guard");
    shop.set("PGPASSWORD", servers::PASSWORD).set("PGDATABASE", &prod.name);
    assert_eq!(run(&shop).refused("run/protected-url").detail("variable"), "PGHOST");
    shop.set("PGDATABASE", &database.name);
    run(&shop).ok();
    shop.set("PGSERVICE", "prod");
    run(&shop).refused("run/unmarked-url");
}

#[test]
fn what_cannot_be_followed_stops_it() {
    let Some((mut shop, _database)) = ready(Kind::Sqlite) else { return };
    for url in [
        "mongodb://h/d",
        "postgres://u@a,b/d",
        "postgres://u@127.0.0.1:1/d",
        "sqlite:///nowhere/at/all.db",
        "mysql://u@127.0.0.1:1/d",
    ] {
        shop.set("SECOND_URL", url);
        assert_eq!(run(&shop).refused("run/unmarked-url").detail("variable"), "SECOND_URL", "{url}");
    }
}

#[test]
fn on_a_protected_environment_no_command_of_ones_own_runs() {
    let Some(database) = Database::new(Kind::Sqlite) else { return };
    let mut shop = Shop::new();
    shop.set("DATABASE_URL", &database.url).ci();
    shop.guard(&["fingerprint", "init", "prod"]).ok();
    let words = ["run", "--env", "prod", "--format", "json", "--", "true"];
    let output = shop.run(&words);
    assert!(String::from_utf8_lossy(&output.stdout).contains("command/not-allowed"));
    assert_eq!(output.status.code(), Some(1));
    shop.unset("CI");
    assert!(String::from_utf8_lossy(&shop.run(&words).stdout).contains("proof/not-ci"));
    assert_eq!(shop.run(&["run", "--env", "dev"]).status.code(), Some(64));
}

#[test]
fn a_command_that_is_not_there_is_named() {
    let Some((shop, _database)) = ready(Kind::Sqlite) else { return };
    let output = shop.run(&["run", "--env", "dev", "--format", "json", "--", "no-such-program-here"]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("command/not-found"));
    assert_eq!(output.status.code(), Some(1));
}
