//! Real database servers: of another user than root, on a free port, in a folder of their own, and gone
//! when the tests are, however these end. Without the packages a test says so, and fails in CI.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "each test file uses its own part, and a broken server is a bug"
)]

pub mod relay;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use guard::io::database::url::DatabaseUrl;
use guard::io::database::{Access, Limits, Session};

pub const PASSWORD: &str = "canary-4c1f9-db";

/// A running server. Its keeper stops it when the pipe to this process closes.
pub struct Server {
    pub port: u16,
    pub folder: PathBuf,
    _keeper: Child,
}

pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

pub fn as_root() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().any(|line| line.starts_with("Uid:") && line.split_whitespace().nth(2) == Some("0"))
}

/// The start of a command line that runs as `user` where this process is root.
fn lowered(user: &str) -> Vec<String> {
    if as_root() {
        ["setpriv", "--reuid", user, "--regid", user, "--clear-groups"].map(str::to_owned).to_vec()
    } else {
        Vec::new()
    }
}

pub fn run(user: &str, program: &Path, arguments: &[&str]) {
    let mut words = lowered(user);
    words.push(program.display().to_string());
    words.extend(arguments.iter().map(|&argument| argument.to_owned()));
    let done = Command::new(&words[0])
        .args(&words[1..])
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .env("LC_ALL", "C")
        .env("PGPASSWORD", PASSWORD)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{words:?}: {told}");
}

/// A folder of its own that `user` may write to.
pub fn folder(user: &str) -> PathBuf {
    let folder = tempfile::Builder::new().prefix("guard-server-").tempdir().unwrap().keep();
    if as_root() {
        let owner = format!("{user}:{user}");
        let done = Command::new("chown").arg(owner).arg(&folder).status().unwrap();
        assert!(done.success());
    }
    folder
}

/// Starts a server whose keeper ends with this process, and takes the folder with it.
pub fn keep(user: &str, folder: &Path, program: &Path, arguments: &[String]) -> Child {
    let mut words = lowered(user);
    words.push(program.display().to_string());
    words.extend(arguments.iter().cloned());
    // The pipe's end in this process closes whichever way it ends.
    let script = "\"$@\" </dev/null >\"$LOG\" 2>&1 & pid=$!; cat >/dev/null; kill -QUIT $pid; kill -TERM $pid; wait $pid; \
                  kill -KILL $pid 2>/dev/null; rm -rf \"$FOLDER\"";
    Command::new("sh")
        .args(["-c", script, "keeper"])
        .args(&words)
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .env("LC_ALL", "C")
        .env("LOG", folder.join("log"))
        .env("FOLDER", folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn patient() -> Limits {
    Limits { connect: Duration::from_secs(2), backoff: Duration::from_millis(20), ..Limits::default() }
}

/// Asks until it answers.
fn wait_for(url: &str, folder: &Path) {
    let url = DatabaseUrl::parse(url).unwrap();
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        match Session::connect(&url, Access::Read, &patient(), "test") {
            Ok(_) => return,
            Err(failure) => {
                let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
                assert!(Instant::now() < deadline, "{failure}\n{log}");
                thread::sleep(Duration::from_millis(50));
            }
        }
    }
}

/// Says why a test does not run; where that must not happen, it fails.
pub fn skip(why: &str) {
    assert!(std::env::var_os("CI").is_none(), "{why}; CI must have it");
    eprintln!("skipped: {why}");
}

pub fn postgres_bin() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut found: Vec<PathBuf> = versions.filter_map(|it| Some(it.ok()?.path().join("bin"))).collect();
    found.retain(|bin| bin.join("postgres").exists());
    found.sort();
    found.pop()
}

/// Starts Postgres on a data folder that is there.
pub fn start_postgres(bin: &Path, folder: &Path, data: &Path, port: u16) -> Child {
    let settings = [
        "fsync=off",
        "synchronous_commit=off",
        "full_page_writes=off",
        "listen_addresses=127.0.0.1",
        "shared_buffers=16MB",
        "max_connections=60",
        "wal_level=replica",
        "logging_collector=off",
    ];
    let mut arguments = vec!["-D".to_owned(), data.display().to_string()];
    arguments.extend(["-p".to_owned(), port.to_string(), "-k".to_owned(), folder.display().to_string()]);
    for setting in settings {
        arguments.extend(["-c".to_owned(), setting.to_owned()]);
    }
    keep("postgres", folder, &bin.join("postgres"), &arguments)
}

/// A Postgres of its own.
pub fn fresh_postgres() -> Option<Server> {
    let bin = postgres_bin()?;
    let folder = folder("postgres");
    let data = folder.join("data");
    let secret = folder.join("password");
    std::fs::write(&secret, PASSWORD).unwrap();
    let (at, file) = (data.display().to_string(), format!("--pwfile={}", secret.display()));
    let arguments =
        ["-D", &at, "-U", "guard", "-A", "scram-sha-256", &file, "-N", "-E", "UTF8", "--locale=C"];
    run("postgres", &bin.join("initdb"), &arguments);
    let port = free_port();
    let keeper = start_postgres(&bin, &folder, &data, port);
    wait_for(&format!("postgres://guard:{PASSWORD}@127.0.0.1:{port}/postgres"), &folder);
    Some(Server { port, folder, _keeper: keeper })
}

/// A MariaDB of its own.
pub fn fresh_mariadb() -> Option<Server> {
    let (install, server) = (Path::new("/usr/bin/mariadb-install-db"), Path::new("/usr/sbin/mariadbd"));
    if !install.exists() || !server.exists() {
        return None;
    }
    let folder = folder("mysql");
    let data = folder.join("data");
    let at = format!("--datadir={}", data.display());
    // One that starts clears away what looks like its temporary tables, another one's in the same folder, too.
    let own = format!("--tmpdir={}", folder.display());
    run(
        "mysql",
        install,
        &[
            "--no-defaults",
            &at,
            &own,
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            "--skip-name-resolve",
        ],
    );
    let port = free_port();
    let socket = folder.join("socket");
    let arguments = [
        "--no-defaults".to_owned(),
        at,
        own,
        format!("--socket={}", socket.display()),
        format!("--port={port}"),
        format!("--pid-file={}", folder.join("pid").display()),
        "--bind-address=127.0.0.1".to_owned(),
        "--skip-name-resolve".to_owned(),
        "--innodb-flush-log-at-trx-commit=0".to_owned(),
        "--innodb-buffer-pool-size=16M".to_owned(),
        "--innodb-log-file-size=8M".to_owned(),
        "--skip-log-bin".to_owned(),
    ];
    let keeper = keep("mysql", &folder, server, &arguments);
    let root = format!("mysql://root@localhost/mysql?socket={}", socket.display());
    wait_for(&root, &folder);
    ask(&root, &format!("create user guard@'%' identified by '{PASSWORD}'"));
    ask(&root, "grant all on *.* to guard@'%' with grant option");
    Some(Server { port, folder, _keeper: keeper })
}

/// A copy of a running server's files, started beside it as a standby of it.
pub fn standby_of(port: u16) -> Option<Server> {
    let bin = postgres_bin()?;
    let folder = folder("postgres");
    let data = folder.join("data");
    let (at, port) = (data.display().to_string(), port.to_string());
    let words =
        ["-h", "127.0.0.1", "-p", &port, "-U", "guard", "-D", &at, "-R", "-X", "stream", "-c", "fast"];
    run("postgres", &bin.join("pg_basebackup"), &words);
    let port = free_port();
    let keeper = start_postgres(&bin, &folder, &data, port);
    wait_for(&format!("postgres://guard:{PASSWORD}@127.0.0.1:{port}/postgres"), &folder);
    Some(Server { port, folder, _keeper: keeper })
}

/// `PgBouncer` in transaction mode before the server of a database; the database's URL through it.
pub fn pooled(database: &Database) -> Option<(Server, String)> {
    let program = Path::new("/usr/sbin/pgbouncer");
    if !program.exists() {
        skip("pgbouncer is not installed");
        return None;
    }
    let server = shared_postgres()?;
    let folder = folder("postgres");
    let port = free_port();
    let users = folder.join("users");
    std::fs::write(&users, format!("\"guard\" \"{PASSWORD}\"\n")).unwrap();
    let settings = format!(
        "[databases]\n* = host=127.0.0.1 port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
         unix_socket_dir =\nauth_type = plain\nauth_file = {}\npool_mode = transaction\ndefault_pool_size = 5\n",
        server.port,
        users.display()
    );
    let file = folder.join("settings.ini");
    std::fs::write(&file, settings).unwrap();
    let keeper = keep("postgres", &folder, program, &[file.display().to_string()]);
    let url = format!("postgres://guard:{PASSWORD}@localhost:{port}/{}", database.name);
    wait_for(&url, &folder);
    Some((Server { port, folder, _keeper: keeper }, url))
}

fn shared_postgres() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    SERVER.get_or_init(fresh_postgres).as_ref()
}

fn shared_mariadb() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    SERVER.get_or_init(fresh_mariadb).as_ref()
}

/// Runs statements; how the test itself changes a database.
pub fn ask(url: &str, sql: &str) {
    session(url).script(sql).unwrap();
}

pub fn session(url: &str) -> Session {
    Session::connect(&DatabaseUrl::parse(url).unwrap(), Access::Write, &patient(), "test").unwrap()
}

/// Everything in the first column of an answer.
pub fn column(url: &str, sql: &str) -> Vec<String> {
    let rows = session(url).query(sql, &[]).unwrap();
    rows.iter().map(|row| row.text(0).unwrap_or_else(|| "null".to_owned())).collect()
}

fn next_name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("t{}", COUNT.fetch_add(1, Ordering::SeqCst))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Postgres,
    Mariadb,
    Sqlite,
}

pub const KINDS: [Kind; 3] = [Kind::Postgres, Kind::Mariadb, Kind::Sqlite];

/// A database of its own, empty.
pub struct Database {
    pub kind: Kind,
    pub url: String,
    pub name: String,
    pub _folder: Option<tempfile::TempDir>,
}

impl Database {
    /// None where the engine is not installed; said once asked.
    pub fn new(kind: Kind) -> Option<Self> {
        Self::named(kind, &next_name())
    }

    pub fn named(kind: Kind, name: &str) -> Option<Self> {
        let name = name.to_owned();
        match kind {
            Kind::Postgres => {
                let Some(server) = shared_postgres() else {
                    skip("Postgres is not installed");
                    return None;
                };
                let base = format!("postgres://guard:{PASSWORD}@localhost:{}", server.port);
                ask(&format!("{base}/postgres"), &format!("create database {name}"));
                Some(Self { kind, url: format!("{base}/{name}"), name, _folder: None })
            }
            Kind::Mariadb => {
                let Some(server) = shared_mariadb() else {
                    skip("MariaDB is not installed");
                    return None;
                };
                let base = format!("mysql://guard:{PASSWORD}@localhost:{}", server.port);
                ask(&format!("{base}/mysql"), &format!("create database {name}"));
                Some(Self { kind, url: format!("{base}/{name}"), name, _folder: None })
            }
            Kind::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                let file = folder.path().canonicalize().unwrap().join(format!("{name}.db"));
                std::fs::write(&file, b"").unwrap();
                let url = format!("sqlite://{}", file.display());
                Some(Self { kind, url, name, _folder: Some(folder) })
            }
        }
    }

    pub fn ask(&self, sql: &str) {
        ask(&self.url, sql);
    }

    pub fn column(&self, sql: &str) -> Vec<String> {
        column(&self.url, sql)
    }

    /// The same server, another database.
    pub fn sibling(&self, name: &str) -> String {
        let (base, _) = self.url.rsplit_once('/').unwrap();
        format!("{base}/{name}")
    }

    /// Schema and rows of everything but guard's own tables, as one text.
    pub fn digest(&self) -> String {
        let mut session = session(&self.url);
        let tables = match self.kind {
            Kind::Postgres => {
                "select table_schema || '.' || table_name from information_schema.tables \
                 where table_schema not in ('pg_catalog', 'information_schema') order by 1"
            }
            Kind::Mariadb => {
                "select table_name from information_schema.tables where table_schema = database() order by 1"
            }
            Kind::Sqlite => "select name from sqlite_master where type = 'table' order by 1",
        };
        let names: Vec<String> =
            session.query(tables, &[]).unwrap().iter().filter_map(|row| row.text(0)).collect();
        let own = |name: &String| {
            ["database_metadata", "guard_ledger", "guard_lease"].iter().any(|own| name.ends_with(own))
        };
        let mut out = String::new();
        for name in names.iter().filter(|name| !own(name)) {
            let what = if self.kind == Kind::Postgres { "t::text" } else { "*" };
            let rows = session.query(&format!("select {what} from {name} t"), &[]).unwrap();
            out.extend([name.as_str(), &format!(" {rows:?}\n")]);
        }
        out
    }
}
