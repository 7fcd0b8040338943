//! `ops_incident` and `ops_incident_event`: made, written and read on all three databases.

use serde_json::{Value as Json, json};

use super::{Event, EventType, Incident, Occurrence};
use crate::io::clock;
use crate::io::database::failure::Failure;
use crate::io::database::url::Engine;
use crate::io::database::{Session, Value};

pub const INCIDENT: &str = "ops_incident";
pub const EVENT: &str = "ops_incident_event";

/// Makes the tables where they are missing.
pub fn install(session: &mut Session) -> Result<(), Failure> {
    session.script(match session.engine() {
        Engine::Postgres => include_str!("../../migrations/postgres/0002_incidents.sql"),
        Engine::Mysql => include_str!("../../migrations/mysql/0002_incidents.sql"),
        Engine::Sqlite => include_str!("../../migrations/sqlite/0002_incidents.sql"),
    })
}

/// Both tables are there.
pub fn exist(session: &mut Session) -> Result<bool, Failure> {
    let sql = match session.engine() {
        Engine::Postgres => {
            "select count(*) from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
             where n.nspname = 'public' and c.relkind in ('r', 'p') and c.relname in ('ops_incident', 'ops_incident_event')"
        }
        Engine::Mysql => {
            "select count(*) from information_schema.tables where table_schema = database() \
             and table_name in ('ops_incident', 'ops_incident_event')"
        }
        Engine::Sqlite => {
            "select count(*) from main.sqlite_master where type = 'table' \
             and name in ('ops_incident', 'ops_incident_event')"
        }
    };
    Ok(session.query(sql, &[])?.first().and_then(|row| row.int(0)) == Some(2))
}

/// A moment on its way in: every engine is given text.
fn moment(engine: Engine) -> &'static str {
    match engine {
        Engine::Postgres => "cast(cast(? as text) as timestamptz)",
        Engine::Mysql | Engine::Sqlite => "?",
    }
}

fn written(engine: Engine, millis: i64) -> Value {
    let text = clock::written_with_millis(millis);
    match engine {
        // It knows neither the T nor the Z.
        Engine::Mysql => text.replace('T', " ").trim_end_matches('Z').into(),
        Engine::Postgres | Engine::Sqlite => text.into(),
    }
}

/// A moment on its way out.
fn readable(engine: Engine, column: &str) -> String {
    match engine {
        Engine::Postgres => {
            format!("to_char({column} at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')")
        }
        Engine::Mysql => format!("concat(left(date_format({column}, '%Y-%m-%dT%H:%i:%s.%f'), 23), 'Z')"),
        Engine::Sqlite => column.to_owned(),
    }
}

/// What is kept of an occurrence besides its columns.
pub(super) fn details(occurrence: &Occurrence) -> Json {
    let mut details = occurrence.details.clone();
    details.insert("environment".into(), occurrence.environment.clone().into());
    details.insert("cause".into(), occurrence.cause.clone().into());
    Json::Object(details)
}

/// Cause and id of everything that is open, the newest first.
pub fn open(session: &mut Session) -> Result<Vec<(String, String)>, Failure> {
    let table = session.own(INCIDENT);
    let sql = format!(
        "select id, details_json from {table} where resolved_at is null order by created_at desc limit 1000"
    );
    let rows = session.query(&sql, &[])?;
    let cause = |text: String| -> Option<String> {
        let details: Json = serde_json::from_str(&text).ok()?;
        details.get("cause")?.as_str().map(str::to_owned)
    };
    Ok(rows.iter().filter_map(|row| Some((cause(row.text(1)?)?, row.text(0)?))).collect())
}

/// Writes one occurrence: an event of the open incident of its cause, or a new incident and its first
/// event. The caller has begun the transaction. False: it was written before.
pub fn add(session: &mut Session, occurrence: &Occurrence) -> Result<bool, Failure> {
    let (incidents, events) = (session.own(INCIDENT), session.own(EVENT));
    let engine = session.engine();
    let there =
        session.query(&format!("select 1 from {events} where id = ?"), &[occurrence.id.as_str().into()])?;
    if !there.is_empty() {
        return Ok(false);
    }
    let open = open(session)?.into_iter().find(|(cause, _)| *cause == occurrence.cause);
    let (id, again) = if let Some((_, id)) = open {
        (id, true)
    } else {
        let id = free(session, &occurrence.incident, &occurrence.id)?;
        let sql = format!(
            "insert into {incidents} (id, created_at, severity, category, summary, details_json) \
                 values (?, {}, ?, ?, ?, ?)",
            moment(engine)
        );
        let values: [Value; 6] = [
            id.as_str().into(),
            written(engine, occurrence.at),
            occurrence.severity.name().into(),
            occurrence.category.name().into(),
            occurrence.summary.as_str().into(),
            details(occurrence).to_string().into(),
        ];
        session.execute(&sql, &values)?;
        (id, false)
    };
    if again {
        // A worse one of the same cause makes the incident as bad.
        let rank = "case severity when 'CRITICAL' then 2 when 'WARN' then 1 else 0 end";
        let sql = format!("update {incidents} set severity = ? where id = ? and {rank} < ?");
        let weight: i64 = match occurrence.severity {
            super::Severity::Info => 0,
            super::Severity::Warn => 1,
            super::Severity::Critical => 2,
        };
        let sql = if engine == Engine::Postgres { sql.replace("< ?", "< cast(? as bigint)") } else { sql };
        session.execute(&sql, &[occurrence.severity.name().into(), id.as_str().into(), weight.into()])?;
    }
    let mut metadata = occurrence.metadata.clone();
    if id != occurrence.incident {
        metadata.insert("reported_as".into(), occurrence.incident.clone().into());
    }
    event(
        session,
        &occurrence.id,
        &id,
        occurrence.at,
        occurrence.event,
        &occurrence.message,
        &Json::Object(metadata),
    )?;
    Ok(true)
}

/// An id of a resolved incident is not opened again.
fn free(session: &mut Session, wanted: &str, event: &str) -> Result<String, Failure> {
    let table = session.own(INCIDENT);
    let taken = session.query(&format!("select 1 from {table} where id = ?"), &[wanted.into()])?;
    Ok(if taken.is_empty() { wanted.to_owned() } else { event.replacen("evt-", "inc-", 1) })
}

fn event(
    session: &mut Session,
    id: &str,
    incident: &str,
    at: i64,
    kind: EventType,
    message: &str,
    metadata: &Json,
) -> Result<(), Failure> {
    let (table, engine) = (session.own(EVENT), session.engine());
    let sql = format!(
        "insert into {table} (id, incident_id, created_at, event_type, message, metadata_json) \
         values (?, ?, {}, ?, ?, ?)",
        moment(engine)
    );
    let values: [Value; 6] = [
        id.into(),
        incident.into(),
        written(engine, at),
        kind.name().into(),
        message.into(),
        metadata.to_string().into(),
    ];
    session.execute(&sql, &values).map(drop)
}

/// Closes an incident; false where none of this id is open. The caller has begun the transaction.
pub fn resolve(session: &mut Session, id: &str, notes: &str, event_id: &str) -> Result<bool, Failure> {
    let (table, engine, now) = (session.own(INCIDENT), session.engine(), clock::now_in_millis());
    let sql = format!(
        "update {table} set resolved_at = {}, resolution_notes = ? where id = ? and resolved_at is null",
        moment(engine)
    );
    let values: [Value; 3] = [written(engine, now), notes.into(), id.into()];
    if session.execute(&sql, &values)? == 0 {
        return Ok(false);
    }
    event(session, event_id, id, now, EventType::Resolved, notes, &json!({}))?;
    Ok(true)
}

/// The newest first; those that are resolved only with `all`.
pub fn list(session: &mut Session, all: bool) -> Result<Vec<Incident>, Failure> {
    let filter = if all { "" } else { "where resolved_at is null" };
    read(session, &format!("{filter} order by created_at desc, id limit 500"), &[])
}

pub fn find(session: &mut Session, id: &str) -> Result<Option<Incident>, Failure> {
    Ok(read(session, "where id = ?", &[id.into()])?.into_iter().next())
}

fn read(session: &mut Session, rest: &str, values: &[Value]) -> Result<Vec<Incident>, Failure> {
    let (table, engine) = (session.own(INCIDENT), session.engine());
    let sql = format!(
        "select id, {}, severity, category, summary, details_json, {}, resolution_notes from {table} {rest}",
        readable(engine, "created_at"),
        readable(engine, "resolved_at")
    );
    let rows = session.query(&sql, values)?;
    let one = |row: &crate::io::database::Row| {
        Some(Incident {
            id: row.text(0)?,
            created_at: row.text(1)?,
            severity: row.text(2)?,
            category: row.text(3)?,
            summary: row.text(4)?,
            details: serde_json::from_str(&row.text(5)?).unwrap_or(Json::Null),
            resolved_at: row.text(6),
            resolution_notes: row.text(7),
            spooled: false,
        })
    };
    Ok(rows.iter().filter_map(one).collect())
}

/// What came of an incident, the oldest first.
pub fn events(session: &mut Session, incident: &str) -> Result<Vec<Event>, Failure> {
    let (table, engine) = (session.own(EVENT), session.engine());
    let sql = format!(
        "select {}, event_type, message, metadata_json from {table} where incident_id = ? \
         order by created_at, id limit 1000",
        readable(engine, "created_at")
    );
    let rows = session.query(&sql, &[incident.into()])?;
    let one = |row: &crate::io::database::Row| {
        Some(Event {
            created_at: row.text(0)?,
            event_type: row.text(1)?,
            message: row.text(2)?,
            metadata: serde_json::from_str(&row.text(3)?).unwrap_or(Json::Null),
        })
    };
    Ok(rows.iter().filter_map(one).collect())
}
