//! What can go wrong with a database: one table says what each engine's codes mean and which of them
//! are worth another try while connecting.

use super::url::Engine;

/// What a failure means to whoever reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Nobody answers there.
    Unreachable,
    /// It failed so often in a row that it is not asked for a while.
    Open,
    /// The server does not know this user or password.
    Auth,
    Tls,
    /// There is no such database, or no such file.
    Unknown,
    Timeout,
    /// Somebody else holds the lock.
    Locked,
    /// A table or column that the statement names is not there.
    Missing,
    /// The user may not do that.
    Permission,
    /// The server takes no writes.
    ReadOnly,
    /// A column is too short for the value.
    TooLong,
    /// The row is there already.
    Duplicate,
    /// The statement itself failed.
    Statement,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}{}", code.as_deref().map(|code| format!(" ({code})")).unwrap_or_default())]
pub struct Failure {
    pub kind: Kind,
    /// SQLSTATE, error number or SQLite's result code.
    pub code: Option<String>,
    /// Without secrets.
    pub message: String,
    /// Another try may help, while connecting.
    pub retry: bool,
}

/// One line: the engine's code, what it means, whether connecting is tried again.
struct Known(Engine, &'static str, Kind, bool);

use Engine::{Mysql, Postgres, Sqlite};

/// The one table. What is not in it is the statement's own failure, and not tried again.
const TABLE: &[Known] = &[
    // SQLSTATE
    Known(Postgres, "08000", Kind::Unreachable, true),
    Known(Postgres, "08001", Kind::Unreachable, true),
    Known(Postgres, "08003", Kind::Unreachable, true),
    Known(Postgres, "08004", Kind::Unreachable, false),
    Known(Postgres, "08006", Kind::Unreachable, true),
    Known(Postgres, "08P01", Kind::Unreachable, false),
    Known(Postgres, "22001", Kind::TooLong, false),
    Known(Postgres, "23505", Kind::Duplicate, false),
    Known(Postgres, "25006", Kind::ReadOnly, false),
    Known(Postgres, "28000", Kind::Auth, false),
    Known(Postgres, "28P01", Kind::Auth, false),
    Known(Postgres, "3D000", Kind::Unknown, false),
    Known(Postgres, "42501", Kind::Permission, false),
    Known(Postgres, "42703", Kind::Missing, false),
    Known(Postgres, "42P01", Kind::Missing, false),
    Known(Postgres, "3F000", Kind::Missing, false),
    Known(Postgres, "53300", Kind::Unreachable, true),
    Known(Postgres, "55P03", Kind::Locked, false),
    Known(Postgres, "57014", Kind::Timeout, false),
    Known(Postgres, "57P01", Kind::Unreachable, true),
    Known(Postgres, "57P02", Kind::Unreachable, true),
    Known(Postgres, "57P03", Kind::Unreachable, true),
    // Error numbers of MySQL and MariaDB
    Known(Mysql, "1040", Kind::Unreachable, true),
    Known(Mysql, "1044", Kind::Auth, false),
    Known(Mysql, "1045", Kind::Auth, false),
    Known(Mysql, "1049", Kind::Unknown, false),
    Known(Mysql, "1053", Kind::Unreachable, true),
    Known(Mysql, "1054", Kind::Missing, false),
    Known(Mysql, "1062", Kind::Duplicate, false),
    Known(Mysql, "1129", Kind::Unreachable, false),
    Known(Mysql, "1130", Kind::Auth, false),
    Known(Mysql, "1142", Kind::Permission, false),
    Known(Mysql, "1143", Kind::Permission, false),
    Known(Mysql, "1146", Kind::Missing, false),
    Known(Mysql, "1203", Kind::Unreachable, true),
    Known(Mysql, "1205", Kind::Locked, false),
    Known(Mysql, "1226", Kind::Unreachable, true),
    Known(Mysql, "1227", Kind::Permission, false),
    Known(Mysql, "1290", Kind::ReadOnly, false),
    Known(Mysql, "1698", Kind::Auth, false),
    Known(Mysql, "1406", Kind::TooLong, false),
    Known(Mysql, "1792", Kind::ReadOnly, false),
    Known(Mysql, "1836", Kind::ReadOnly, false),
    Known(Mysql, "1969", Kind::Timeout, false),
    Known(Mysql, "3024", Kind::Timeout, false),
    // Primary result codes of SQLite
    Known(Sqlite, "5", Kind::Locked, true),
    Known(Sqlite, "6", Kind::Locked, false),
    Known(Sqlite, "8", Kind::ReadOnly, false),
    Known(Sqlite, "9", Kind::Timeout, false),
    Known(Sqlite, "14", Kind::Unknown, false),
    Known(Sqlite, "19", Kind::Duplicate, false),
    Known(Sqlite, "26", Kind::Unknown, false),
];

impl Failure {
    /// By the engine's own code.
    #[must_use]
    pub fn coded(engine: Engine, code: &str, message: impl Into<String>) -> Self {
        let known = TABLE.iter().find(|Known(of, known, ..)| *of == engine && *known == code);
        let (kind, retry) =
            known.map_or((Kind::Statement, false), |Known(_, _, kind, retry)| (*kind, *retry));
        Self { kind, code: Some(code.to_owned()), message: message.into(), retry }
    }

    #[must_use]
    pub fn of(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, code: None, message: message.into(), retry: false }
    }

    /// By what the operating system said.
    #[must_use]
    pub fn io(error: &std::io::Error) -> Self {
        use std::io::ErrorKind as Io;
        let (kind, retry) = match error.kind() {
            Io::TimedOut | Io::WouldBlock => (Kind::Timeout, true),
            Io::ConnectionRefused
            | Io::ConnectionReset
            | Io::ConnectionAborted
            | Io::NotConnected
            | Io::BrokenPipe
            | Io::UnexpectedEof
            | Io::HostUnreachable
            | Io::NetworkUnreachable
            | Io::Interrupted => (Kind::Unreachable, true),
            _ => (Kind::Unreachable, false),
        };
        Self { kind, code: None, message: error.to_string(), retry }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_stands_once_and_no_refusal_of_the_server_is_tried_again() {
        for (at, Known(engine, code, kind, retry)) in TABLE.iter().enumerate() {
            let again = TABLE.iter().skip(at + 1).any(|Known(e, c, ..)| e == engine && c == code);
            assert!(!again, "{code} stands twice");
            let never = [Kind::Auth, Kind::Tls, Kind::Unknown, Kind::Permission, Kind::Statement];
            assert!(!(*retry && never.contains(kind)), "{code}");
        }
    }

    #[test]
    fn an_unknown_code_is_the_statement_s() {
        let failure = Failure::coded(Postgres, "22012", "division by zero");
        assert_eq!((failure.kind, failure.retry), (Kind::Statement, false));
        assert_eq!(failure.to_string(), "division by zero (22012)");
        assert!(Failure::coded(Postgres, "53300", "full").retry);
    }
}
