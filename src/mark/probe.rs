//! What a server says of itself, and what stands where the mark should be: one look, on the session
//! that goes on to be used, inside a transaction in which no name can be shadowed.

use std::fs;

use super::anchor::{Anchor, Anchors, CLUSTER, COMMENT, Class, DATABASE, ENDPOINT, INODE};
use super::table::{self, Held, OWN};
use crate::io::database::failure::{Failure, Kind};
use crate::io::database::url::{DatabaseUrl, Engine};
use crate::io::database::{Row, Session};

/// Everything that a look at a database shows.
#[derive(Clone, Debug)]
pub struct Seen {
    pub engine: Engine,
    /// As the server says it now; the nonce of the comment is among them where one is there.
    pub anchors: Anchors,
    pub held: Held,
    /// It takes no writes because another server does.
    pub standby: bool,
    /// guard's ledger is there.
    pub ledger: bool,
    /// The server's process that answered; none where an engine has no such thing.
    pub process: Option<i64>,
    /// What time it is for the server; none where that is this machine itself.
    pub clock: Option<i64>,
}

/// Looks. The caller has begun the transaction.
pub fn look(session: &mut Session, url: &DatabaseUrl) -> Result<Seen, Failure> {
    match session.engine() {
        Engine::Postgres => postgres(session, url),
        Engine::Mysql => mysql(session, url),
        Engine::Sqlite => sqlite(session, url),
    }
}

/// Names of this machine are one place; an address that a name resolves to is none.
#[must_use]
pub fn endpoint(url: &DatabaseUrl) -> String {
    if url.host.starts_with('/') {
        return format!("{}:{}", url.host, url.port);
    }
    let host = if url.is_loopback() { "localhost" } else { url.host.as_str() };
    format!("{host}:{}", url.port)
}

const POSTGRES: &str = "\
select d.datname::text, d.oid::int8, pg_catalog.shobj_description(d.oid, 'pg_database'), \
 pg_catalog.pg_is_in_recovery(), \
 case when pg_catalog.current_setting('neon.timeline_id', true) is not null then \
  (select setting from pg_catalog.pg_settings where name = 'neon.timeline_id' \
    and source not in ('client', 'session', 'user', 'database', 'database user')) end, \
 pg_catalog.current_setting('server_version'), \
 c.relkind::text, c.relrowsecurity, exists (select 1 from pg_catalog.pg_rewrite r where r.ev_class = c.oid), \
 pg_catalog.to_regclass('public.guard_ledger') is not null, CONTROL, pg_catalog.pg_backend_pid(), \
 floor(extract(epoch from pg_catalog.clock_timestamp()))::int8 \
from pg_catalog.pg_database d \
left join pg_catalog.pg_class c on c.oid = pg_catalog.to_regclass('public.database_metadata') \
where d.datname = pg_catalog.current_database()";

const CONTROL: &str = "(select system_identifier::text from pg_catalog.pg_control_system())";

fn postgres(session: &mut Session, url: &DatabaseUrl) -> Result<Seen, Failure> {
    let row = match session.query(&POSTGRES.replace("CONTROL", CONTROL), &[]) {
        Ok(rows) => rows,
        // Some services withhold the server's identity. What they give is enough for a weaker mark.
        Err(failure) if [Kind::Permission, Kind::Statement, Kind::Missing].contains(&failure.kind) => {
            session.rollback()?;
            session.begin()?;
            session.query(&POSTGRES.replace("CONTROL", "null::text"), &[])?
        }
        Err(failure) => return Err(failure),
    }
    .into_iter()
    .next()
    .ok_or_else(|| Failure::of(Kind::Unknown, "the server does not say which database this is"))?;
    let mut anchors = Vec::new();
    let oid = row.int(1).unwrap_or(0);
    if let Some(cluster) = row.text(10) {
        anchors.push(Anchor::new(Class::Lineage, CLUSTER, format!("pg:{cluster}/{oid}")));
    }
    if let Some(timeline) = row.text(4).filter(|timeline| !timeline.is_empty()) {
        anchors.push(Anchor::new(Class::Lineage, "timeline", format!("neon:{timeline}")));
    }
    if let Some(nonce) = row.text(2).as_deref().and_then(nonce_in) {
        anchors.push(Anchor::new(Class::Lineage, COMMENT, nonce));
    }
    anchors.push(Anchor::new(Class::Placement, ENDPOINT, endpoint(url)));
    anchors.push(Anchor::new(Class::Placement, DATABASE, row.text(0).unwrap_or_default()));
    anchors.push(Anchor::new(Class::Hint, "version", row.text(5).unwrap_or_default()));
    let held = match row.text(6).as_deref() {
        None => Held::NoTable,
        Some("r") if row.flag(7) == Some(true) => Held::Odd("row security hides rows of it".into()),
        Some("r") if row.flag(8) == Some(true) => Held::Odd("a rule rewrites what is asked of it".into()),
        Some("r") => table::read(session)?,
        Some("v" | "m") => Held::Odd("it is a view and no table".into()),
        Some(_) => Held::Odd("it is no plain table".into()),
    };
    Ok(Seen {
        engine: Engine::Postgres,
        anchors: Anchors(anchors),
        held,
        standby: row.flag(3) == Some(true),
        ledger: row.flag(9) == Some(true),
        process: row.int(11),
        clock: row.int(12),
    })
}

const NONCE: &str = "[guard:";

/// The nonce in a database's comment, beside whatever else the comment says.
fn nonce_in(comment: &str) -> Option<&str> {
    let (_, rest) = comment.rsplit_once(NONCE)?;
    let (nonce, _) = rest.split_once(']')?;
    (!nonce.is_empty() && nonce.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(nonce)
}

/// Writes the nonce where dumps do not carry it. Only the database's owner may; without it the mark is
/// bound to one anchor less.
pub fn write_nonce(session: &mut Session, nonce: &str) -> Result<bool, Failure> {
    if session.engine() != Engine::Postgres {
        return Ok(false);
    }
    let sql = "select pg_catalog.current_database()::text, pg_catalog.shobj_description(oid, 'pg_database'), \
               pg_catalog.pg_has_role(datdba, 'USAGE') from pg_catalog.pg_database \
               where datname = pg_catalog.current_database()";
    let rows = session.query(sql, &[])?;
    let Some(row) = rows.first().filter(|row| row.flag(2) == Some(true)) else { return Ok(false) };
    let before = row.text(1).unwrap_or_default();
    let kept = before.split(NONCE).next().unwrap_or_default().trim_end();
    let comment =
        if kept.is_empty() { format!("{NONCE}{nonce}]") } else { format!("{kept} {NONCE}{nonce}]") };
    let database = crate::io::database::quoted(Engine::Postgres, &row.text(0).unwrap_or_default());
    // COMMENT takes no parameters; a dollar quote that the text cannot hold ends nothing early.
    let quote = format!("$guard{nonce}$");
    session.script(&format!("comment on database {database} is {quote}{comment}{quote}"))?;
    Ok(true)
}

const MYSQL: &str = "show variables where variable_name in ('version', 'version_comment', 'server_uuid', \
                     'server_uid', 'read_only', 'super_read_only', 'group_replication_group_name', \
                     'wsrep_on', 'timestamp')";

fn mysql(session: &mut Session, url: &DatabaseUrl) -> Result<Seen, Failure> {
    let rows = session.query(MYSQL, &[])?;
    let variable = |name: &str| {
        let found = rows.iter().find(|row| row.text(0).is_some_and(|it| it.eq_ignore_ascii_case(name)));
        found.and_then(|row| row.text(1)).filter(|value| !value.is_empty())
    };
    let on = |name: &str| variable(name).is_some_and(|value| value != "OFF" && value != "0");
    let tables = session.query(
        "select lower(table_name), table_type, database() from information_schema.tables \
         where table_schema = database() and lower(table_name) in ('database_metadata', 'guard_ledger')",
        &[],
    )?;
    let table_of = |name: &str| tables.iter().find(|row| row.text(0).as_deref() == Some(name));
    let database = url.database.clone();
    let mut anchors = Vec::new();
    if on("wsrep_on") {
        let status = session.query("show global status like 'wsrep_cluster_state_uuid'", &[])?;
        if let Some(uuid) = status.first().and_then(|row: &Row| row.text(1)).filter(|uuid| !uuid.is_empty()) {
            anchors.push(Anchor::new(Class::Lineage, CLUSTER, format!("galera:{uuid}/{database}")));
        }
    } else if let Some(group) = variable("group_replication_group_name") {
        anchors.push(Anchor::new(Class::Lineage, CLUSTER, format!("mysql-group:{group}/{database}")));
    }
    anchors.push(Anchor::new(Class::Placement, ENDPOINT, endpoint(url)));
    anchors.push(Anchor::new(Class::Placement, DATABASE, database));
    for name in ["server_uuid", "server_uid", "version"] {
        if let Some(value) = variable(name) {
            anchors.push(Anchor::new(Class::Hint, name, value));
        }
    }
    let held = match table_of(super::table::TABLE).and_then(|row| row.text(1)).as_deref() {
        None => Held::NoTable,
        Some("BASE TABLE") => table::read(session)?,
        Some("VIEW" | "SYSTEM VIEW") => Held::Odd("it is a view and no table".into()),
        Some(_) => Held::Odd("it is no plain table".into()),
    };
    Ok(Seen {
        engine: Engine::Mysql,
        anchors: Anchors(anchors),
        held,
        standby: on("read_only") || on("super_read_only"),
        ledger: table_of("guard_ledger").is_some(),
        process: None,
        // Seconds with a fraction.
        clock: variable("timestamp").and_then(|text| text.split('.').next()?.parse().ok()),
    })
}

fn sqlite(session: &mut Session, url: &DatabaseUrl) -> Result<Seen, Failure> {
    let rows = session.query(
        "select name, type from main.sqlite_master \
         where lower(name) in ('database_metadata', 'guard_ledger') and type in ('table', 'view')",
        &[],
    )?;
    let kind_of = |name: &str| {
        rows.iter()
            .find(|row| row.text(0).is_some_and(|it| it.eq_ignore_ascii_case(name)))
            .and_then(|row| row.text(1))
    };
    let path = fs::canonicalize(&url.database)
        .map_err(|error| Failure::of(Kind::Unknown, format!("{}: {error}", url.database)))?;
    let mut anchors = vec![Anchor::new(Class::Placement, ENDPOINT, format!("file:{}", path.display()))];
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let about = fs::metadata(&path).map_err(|error| Failure::io(&error))?;
        anchors.push(Anchor::new(Class::Placement, INODE, format!("{}:{}", about.dev(), about.ino())));
    }
    let held = match kind_of(super::table::TABLE).as_deref() {
        None => Held::NoTable,
        Some("table") => table::read(session)?,
        Some(_) => Held::Odd("it is a view and no table".into()),
    };
    Ok(Seen {
        engine: Engine::Sqlite,
        anchors: Anchors(anchors),
        held,
        standby: false,
        ledger: kind_of("guard_ledger").is_some(),
        process: None,
        clock: None,
    })
}

/// Tables and views that are not guard's, at most `limit` of them, sorted.
pub fn tables(session: &mut Session, limit: usize) -> Result<Vec<String>, Failure> {
    let sql = match session.engine() {
        Engine::Postgres => {
            "select n.nspname::text || '.' || c.relname::text from pg_catalog.pg_class c \
             join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
             where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname !~ '^pg_' \
             and n.nspname <> 'information_schema' and not exists (select 1 from pg_catalog.pg_depend e \
              where e.classid = 'pg_catalog.pg_class'::regclass and e.objid = c.oid and e.deptype = 'e') order by 1"
        }
        Engine::Mysql => {
            "select table_name from information_schema.tables where table_schema = database() order by 1"
        }
        Engine::Sqlite => {
            "select name from main.sqlite_master where type in ('table', 'view') \
             and name not like 'sqlite\\_%' escape '\\' order by 1"
        }
    };
    let rows = session.query(sql, &[])?;
    let own = |name: &String| {
        let bare = name.strip_prefix("public.").unwrap_or(name);
        OWN.iter().any(|own| bare.eq_ignore_ascii_case(own))
    };
    Ok(rows.iter().filter_map(|row| row.text(0)).filter(|name| !own(name)).take(limit).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nonce_stands_beside_what_a_person_wrote() {
        assert_eq!(nonce_in("the shop [guard:0a1b]"), Some("0a1b"));
        assert_eq!(nonce_in("[guard:]"), None);
        assert_eq!(nonce_in("the shop"), None);
        assert_eq!(nonce_in("[guard:a'b]"), None);
    }

    #[test]
    fn names_of_this_machine_are_one_place() {
        let place = |url: &str| endpoint(&DatabaseUrl::parse(url).unwrap());
        assert_eq!(place("postgres://u@127.0.0.1:1/d"), place("postgres://u@localhost:1/e"));
        assert_eq!(place("postgres://u@[::1]:1/d"), "localhost:1");
        assert_eq!(place("postgres://u@DB.Example./d"), "db.example:5432");
    }
}
