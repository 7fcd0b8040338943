//! MySQL and MariaDB.

use std::sync::mpsc;
use std::thread;

use ::mysql::prelude::Queryable as _;
use ::mysql::{Conn, DriverError, Error, OptsBuilder, Params, SslOpts};

use super::failure::{Failure, Kind};
use super::url::{DatabaseUrl, Engine, Tls};
use super::{Limits, Row, Value, timed_out};

pub(super) struct Link {
    conn: Conn,
}

impl Link {
    pub(super) fn connect(url: &DatabaseUrl, limits: &Limits, name: &str) -> Result<Self, Failure> {
        let preferred = url.tls == Tls::Prefer && !url.is_loopback() && !url.host.starts_with('/');
        if !preferred {
            return Self::with(url, limits, name, url.tls > Tls::Prefer);
        }
        match Self::with(url, limits, name, true) {
            // Preferred, and this server has none.
            Err(failure) if failure.kind == Kind::Tls && failure.message == NO_TLS => {
                Self::with(url, limits, name, false)
            }
            other => other,
        }
    }

    fn with(url: &DatabaseUrl, limits: &Limits, name: &str, tls: bool) -> Result<Self, Failure> {
        let socket = url.host.starts_with('/').then(|| url.host.clone());
        let host = if url.host == "localhost" { "127.0.0.1" } else { &url.host };
        let mut options = OptsBuilder::new()
            .ip_or_hostname(Some(host))
            .tcp_port(url.port)
            .user(Some(url.user.as_str()))
            .pass(url.password.as_ref().map(|password| password.expose().to_owned()))
            .db_name(Some(url.database.as_str()))
            .prefer_socket(false)
            .stmt_cache_size(0)
            .tcp_connect_timeout(Some(limits.connect))
            // One limit for a connection's whole life: the longest of what it may be asked.
            .read_timeout(Some(limits.query.max(limits.statement)))
            .write_timeout(Some(limits.query))
            .connect_attrs(Some([("program_name", name)].into_iter().collect()));
        if socket.is_some() {
            options = options.socket(socket);
        }
        if tls {
            let strict = url.tls >= Tls::VerifyCa;
            let ssl = SslOpts::default()
                .with_danger_accept_invalid_certs(!strict && url.root_certificate.is_none())
                .with_danger_skip_domain_validation(url.tls != Tls::VerifyFull)
                .with_root_cert_path(url.root_certificate.clone());
            options = options.ssl_opts(Some(ssl));
        }
        // The library bounds only the first step: a server that accepts and then says nothing is left
        // to a thread that ends with its socket's own limit.
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || drop(sender.send(Conn::new(options).map_err(|error| failure(&error)))));
        let conn = receiver
            .recv_timeout(limits.connect)
            .unwrap_or_else(|_| Err(Failure { retry: true, ..timed_out(limits.connect) }))?;
        let mut link = Self { conn };
        // Text that is not what it says is no text; and the session's zone is nobody's business.
        link.script(&format!("set names utf8mb4, time_zone = '+00:00'; {}", bounds(limits)))?;
        Ok(link)
    }

    pub(super) fn query(&mut self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>, Failure> {
        let rows: Vec<::mysql::Row> =
            if parameters.is_empty() { self.conn.query(sql) } else { self.conn.exec(sql, given(parameters)) }
                .map_err(|error| failure(&error))?;
        Ok(rows.into_iter().map(|row| Row(row.unwrap().into_iter().map(value).collect())).collect())
    }

    pub(super) fn execute(&mut self, sql: &str, parameters: &[Value]) -> Result<u64, Failure> {
        if parameters.is_empty() {
            self.conn.query_drop(sql)
        } else {
            self.conn.exec_drop(sql, given(parameters))
        }
        .map_err(|error| failure(&error))?;
        Ok(self.conn.affected_rows())
    }

    pub(super) fn script(&mut self, sql: &str) -> Result<(), Failure> {
        let mut answers = self.conn.query_iter(sql).map_err(|error| failure(&error))?;
        // Every statement has an answer of its own, and one that is not looked at hides its failure.
        while let Some(rows) = answers.iter() {
            for row in rows {
                row.map_err(|error| failure(&error))?;
            }
        }
        Ok(())
    }
}

/// How long this session waits for a lock of rows and of tables.
pub(super) fn bounds(limits: &Limits) -> String {
    let seconds = limits.lock.as_secs().max(1);
    format!("set innodb_lock_wait_timeout = {seconds}, lock_wait_timeout = {seconds}")
}

fn given(parameters: &[Value]) -> Params {
    let values = parameters.iter().map(|value| match value {
        Value::Null => ::mysql::Value::NULL,
        Value::Int(number) => ::mysql::Value::Int(*number),
        Value::Text(text) => ::mysql::Value::Bytes(text.clone().into_bytes()),
        Value::Bytes(bytes) => ::mysql::Value::Bytes(bytes.clone()),
        Value::Bool(it) => ::mysql::Value::Int(i64::from(*it)),
    });
    Params::Positional(values.collect())
}

fn value(value: ::mysql::Value) -> Value {
    match value {
        ::mysql::Value::NULL => Value::Null,
        ::mysql::Value::Bytes(bytes) => Value::Bytes(bytes),
        ::mysql::Value::Int(number) => Value::Int(number),
        ::mysql::Value::UInt(number) => {
            i64::try_from(number).map_or_else(|_| Value::Text(number.to_string()), Value::Int)
        }
        // A date or a number with a fraction, as it is written.
        other => Value::Text(other.as_sql(true).trim_matches('\'').to_owned()),
    }
}

const NO_TLS: &str = "the server does not offer TLS";

fn failure(error: &Error) -> Failure {
    match error {
        Error::MySqlError(said) => {
            Failure::coded(Engine::Mysql, &said.code.to_string(), said.message.clone())
        }
        Error::IoError(io) => Failure::io(io),
        Error::CodecError(broken) => {
            match std::error::Error::source(broken).and_then(|cause| cause.downcast_ref::<std::io::Error>()) {
                Some(io) => Failure::io(io),
                None => Failure::of(Kind::Unreachable, broken.to_string()),
            }
        }
        Error::DriverError(DriverError::TlsNotSupported) => Failure::of(Kind::Tls, NO_TLS),
        Error::DriverError(DriverError::ConnectTimeout | DriverError::Timeout) => {
            Failure { retry: true, ..Failure::of(Kind::Timeout, "no answer in time") }
        }
        Error::DriverError(DriverError::CouldNotConnect(why)) => {
            let Some((_, told, kind)) = why else {
                return Failure::of(Kind::Unreachable, "it cannot be reached");
            };
            Failure { message: told.clone(), ..Failure::io(&std::io::Error::new(*kind, told.as_str())) }
        }
        Error::DriverError(other) => Failure::of(Kind::Unreachable, other.to_string()),
        Error::TlsError(why) => Failure::of(Kind::Tls, why.to_string()),
        other => Failure::of(Kind::Statement, other.to_string()),
    }
}
