//! The door to databases, on real servers: what is answered, what is refused and how often it is tried.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod servers;

use std::io::Read as _;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use guard::io::database::failure::Kind as Failed;
use guard::io::database::url::DatabaseUrl;
use guard::io::database::{Access, Limits, Session, Value};
use servers::{Database, KINDS, Kind, PASSWORD};

fn quick() -> Limits {
    Limits {
        connect: Duration::from_millis(400),
        backoff: Duration::from_millis(1),
        query: Duration::from_millis(600),
        statement: Duration::from_millis(600),
        ..Limits::default()
    }
}

fn usual() -> Limits {
    Limits { backoff: Duration::from_millis(1), ..Limits::default() }
}

/// With the usual patience: a loaded machine must not look like a silent server.
fn open(url: &str, access: Access) -> Session {
    Session::connect(&DatabaseUrl::parse(url).unwrap(), access, &usual(), "guard:test").unwrap()
}

fn connect(url: &str, access: Access) -> Result<Session, guard::io::database::failure::Failure> {
    Session::connect(&DatabaseUrl::parse(url).unwrap(), access, &quick(), "guard:test")
}

#[test]
fn values_come_back_as_they_went_in() {
    for kind in KINDS {
        let Some(database) = Database::new(kind) else { continue };
        let bytes = if kind == Kind::Postgres { "bytea" } else { "blob" };
        database.ask(&format!("create table kept (a bigint, b varchar(200), c {bytes}, d varchar(9))"));
        let mut session = open(&database.url, Access::Write);
        let values = [Value::Int(-7), "it's é \\ \"?".into(), Value::Bytes(vec![0, 255]), Value::Null];
        assert_eq!(session.execute("insert into kept values (?, ?, ?, ?)", &values).unwrap(), 1, "{kind:?}");
        let row = session.query("select a, b, c, d from kept", &[]).unwrap().remove(0);
        assert_eq!((row.int(0), row.text(1).as_deref()), (Some(-7), Some("it's é \\ \"?")), "{kind:?}");
        assert_eq!((row.bytes(2), row.is_null(3)), (Some(&[0u8, 255][..]), true), "{kind:?}");
    }
}

#[test]
fn a_failed_transaction_leaves_nothing() {
    for kind in KINDS {
        let Some(database) = Database::new(kind) else { continue };
        database.ask("create table kept (a int primary key)");
        let mut session = open(&database.url, Access::Write);
        let ended: Result<(), guard::io::database::failure::Failure> = session.atomically(|session| {
            let table = if kind == Kind::Postgres { "public.kept" } else { "kept" };
            session.execute(&format!("insert into {table} values (1)"), &[])?;
            session.execute(&format!("insert into {table} values (1)"), &[])?;
            Ok(())
        });
        assert_eq!(ended.unwrap_err().kind, Failed::Duplicate, "{kind:?}");
        assert_eq!(database.column("select count(*) from kept"), ["0"], "{kind:?}");
    }
}

#[test]
fn a_failure_of_any_statement_of_a_script_is_told() {
    for kind in KINDS {
        let Some(database) = Database::new(kind) else { continue };
        for script in [
            "select 1; insert into nowhere values (1)",
            "insert into nowhere values (1); select 1",
            "select 1; insert into nowhere values (1); select 1",
        ] {
            let failure = open(&database.url, Access::Write).script(script).unwrap_err();
            assert_eq!(failure.kind, Failed::Missing, "{kind:?}: {failure}");
        }
    }
}

#[test]
fn a_reader_cannot_write() {
    for kind in KINDS {
        let Some(database) = Database::new(kind) else { continue };
        database.ask("create table kept (a int)");
        let mut session = open(&database.url, Access::Read);
        session.begin().unwrap();
        let table = if kind == Kind::Postgres { "public.kept" } else { "kept" };
        let failure = session.execute(&format!("insert into {table} values (1)"), &[]).unwrap_err();
        assert_eq!(failure.kind, Failed::ReadOnly, "{kind:?}: {failure}");
    }
}

#[test]
fn a_wrong_password_an_unknown_database_and_a_missing_file_have_their_own_names() {
    for kind in [Kind::Postgres, Kind::Mariadb] {
        let Some(database) = Database::new(kind) else { continue };
        let wrong = database.url.replace(PASSWORD, "canary-wrong-77");
        let failure = connect(&wrong, Access::Read).unwrap_err();
        assert_eq!(failure.kind, Failed::Auth, "{kind:?}: {failure}");
        assert!(!failure.to_string().contains("canary") && !failure.to_string().contains("attempts"));
        let failure = connect(&database.sibling("nowhere"), Access::Read).unwrap_err();
        assert_eq!(failure.kind, Failed::Unknown, "{kind:?}: {failure}");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("none.db");
    let failure = connect(&format!("sqlite://{}", file.display()), Access::Write).unwrap_err();
    assert_eq!(failure.kind, Failed::Unknown);
    assert!(!file.exists(), "a misspelt path became a database");
    std::fs::write(&file, b"this is no database, whatever its name says").unwrap();
    assert_eq!(
        connect(&format!("sqlite://{}", file.display()), Access::Read).unwrap_err().kind,
        Failed::Unknown
    );
}

#[test]
fn a_statement_that_takes_too_long_is_ended() {
    for (kind, sql) in [
        (Kind::Postgres, "select pg_sleep(20)"),
        (Kind::Mariadb, "select sleep(20)"),
        (
            Kind::Sqlite,
            "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n",
        ),
    ] {
        let Some(database) = Database::new(kind) else { continue };
        let limits = Limits { query: Duration::from_secs(1), statement: Duration::from_secs(1), ..usual() };
        let url = DatabaseUrl::parse(&database.url).unwrap();
        let mut session = Session::connect(&url, Access::Write, &limits, "guard:test").unwrap();
        session.begin().unwrap();
        let started = Instant::now();
        let failure = session.query(sql, &[]).unwrap_err();
        assert_eq!(failure.kind, Failed::Timeout, "{kind:?}: {failure}");
        assert!(started.elapsed() < Duration::from_secs(10), "{kind:?}");
    }
}

#[test]
fn a_server_that_accepts_and_says_nothing_is_given_up_and_tried_three_times() {
    for scheme in ["postgres", "mysql"] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let visits = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&visits);
        // It ends with the test's process; nobody calls after the test.
        thread::spawn(move || {
            let mut held = Vec::new();
            for stream in listener.incoming().flatten() {
                counted.fetch_add(1, Ordering::SeqCst);
                held.push(stream);
            }
        });
        let failure =
            connect(&format!("{scheme}://u:{PASSWORD}@127.0.0.1:{port}/db"), Access::Read).unwrap_err();
        assert_eq!(failure.kind, Failed::Timeout, "{scheme}: {failure}");
        assert_eq!(visits.load(Ordering::SeqCst), 3, "{scheme}");
        assert!(!failure.to_string().contains(PASSWORD));
    }
}

#[test]
fn nobody_at_the_port_is_unreachable_after_three_attempts() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for scheme in ["postgres", "mysql"] {
        let failure = connect(&format!("{scheme}://u@127.0.0.1:{port}/db"), Access::Read).unwrap_err();
        assert_eq!(failure.kind, Failed::Unreachable, "{scheme}: {failure}");
        assert!(failure.to_string().contains("after 3 attempts"), "{failure}");
    }
}

#[test]
fn tls_that_the_server_does_not_offer_is_not_done_without() {
    let Some(database) = Database::new(Kind::Postgres) else { return };
    let failure = connect(&format!("{}?sslmode=require", database.url), Access::Read).unwrap_err();
    assert_eq!(failure.kind, Failed::Tls, "{failure}");
    let Some(database) = Database::new(Kind::Mariadb) else { return };
    let failure = connect(&format!("{}?ssl-mode=REQUIRED", database.url), Access::Read).unwrap_err();
    assert_eq!(failure.kind, Failed::Tls, "{failure}");
}

#[test]
fn garbage_in_place_of_a_server_is_a_failure_and_no_panic() {
    for scheme in ["postgres", "mysql"] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                use std::io::Write as _;
                let mut seen = [0; 8];
                stream.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
                drop(stream.read(&mut seen));
                drop(stream.write_all(&[0xff, 0, 0, 0, 10, 1, 2, 3, b'E', 0, 0, 0, 4, 0x80, 7, 7]));
            }
        });
        let failure = connect(&format!("{scheme}://u@127.0.0.1:{port}/db?sslmode=disable"), Access::Read);
        assert!(failure.is_err(), "{scheme}");
    }
}

#[test]
fn a_server_that_fails_five_times_in_a_row_is_left_alone() {
    let Some(database) = Database::new(Kind::Postgres) else { return };
    let mut session = servers::session(&database.url);
    drop(session.script("select pg_terminate_backend(pg_backend_pid())"));
    let mut kinds = Vec::new();
    for _ in 0..6 {
        kinds.push(session.query("select 1", &[]).unwrap_err().kind);
    }
    assert!(kinds[..4].iter().all(|kind| *kind == Failed::Unreachable), "{kinds:?}");
    assert_eq!(kinds[5], Failed::Open);
    let told = guard::gate::enter::told(&session.query("select 1", &[]).unwrap_err());
    assert_eq!(told.json()["code"], "database/breaker-open");
}
