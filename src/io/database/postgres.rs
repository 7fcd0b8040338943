//! Postgres: every question is one round trip without a named statement, so that it works through
//! poolers, and every wait has an end.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio_postgres::config::SslMode;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Config, Error, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::failure::{Failure, Kind};
use super::url::{DatabaseUrl, Tls};
use super::{Limits, Row, Value, timed_out, tls};

pub(super) struct Link {
    client: Client,
    /// The beginning of a transaction, which goes out together with what is asked first in it.
    beginning: Option<String>,
    /// The last field: it drives the connection until the client is gone.
    runtime: Runtime,
}

impl Link {
    pub(super) fn connect(url: &DatabaseUrl, limits: &Limits, name: &str) -> Result<Self, Failure> {
        let runtime =
            Builder::new_current_thread().enable_all().build().map_err(|error| Failure::io(&error))?;
        let mut config = Config::new();
        config.user(&url.user).dbname(&url.database).port(url.port).application_name(name);
        config.connect_timeout(limits.connect).tcp_user_timeout(limits.query);
        if url.host.starts_with('/') {
            config.host_path(&url.host);
        } else {
            config.host(&url.host);
        }
        if let Some(password) = &url.password {
            config.password(password.expose());
        }
        if let Some(options) = &url.options {
            config.options(options);
        }
        config.ssl_mode(match url.tls {
            Tls::Disable => SslMode::Disable,
            Tls::Prefer => SslMode::Prefer,
            _ => SslMode::Require,
        });
        let connecting = async {
            if url.tls == Tls::Disable || url.host.starts_with('/') {
                let (client, connection) = config.connect(NoTls).await.map_err(|e| failure(&e))?;
                // How the connection ends shows in the next question.
                tokio::spawn(async { drop(connection.await) });
                Ok(client)
            } else {
                let connector = MakeRustlsConnect::new(tls::client(url)?);
                let (client, connection) = config.connect(connector).await.map_err(|e| failure(&e))?;
                tokio::spawn(async { drop(connection.await) });
                Ok(client)
            }
        };
        // The library bounds only the first step; a server that accepts and then says nothing must
        // not hold a deploy.
        let client = runtime.block_on(async {
            tokio::time::timeout(limits.connect, connecting)
                .await
                .unwrap_or_else(|_| Err(Failure { retry: true, ..timed_out(limits.connect) }))
        })?;
        Ok(Self { client, beginning: None, runtime })
    }

    fn within<T>(&self, limit: Duration, work: impl Future<Output = Result<T, Error>>) -> Result<T, Failure> {
        // The server is given the same limit and says more; this is for one that says nothing.
        let patience = limit.saturating_add(Duration::from_secs(2));
        self.runtime.block_on(async {
            match tokio::time::timeout(patience, work).await {
                Ok(answer) => answer.map_err(|error| failure(&error)),
                Err(_) => Err(timed_out(limit)),
            }
        })
    }

    /// Begins a transaction with the next question, which waits for no answer of its own.
    pub(super) fn begin(&mut self, sql: String) {
        self.beginning = Some(sql);
    }

    /// Whether a transaction was to begin in which nothing was asked.
    pub(super) fn never_began(&mut self) -> bool {
        self.beginning.take().is_some()
    }

    /// Both on their way before either is answered; the connection keeps their order.
    fn after_beginning<T>(
        &mut self,
        limit: Duration,
        work: impl AsyncFnOnce(&Client) -> Result<T, Error>,
    ) -> Result<T, Failure> {
        let Some(beginning) = self.beginning.take() else { return self.within(limit, work(&self.client)) };
        let (mut first, mut begun) = (pin!(self.client.batch_execute(&beginning)), None);
        let (mut second, mut answer) = (pin!(work(&self.client)), None);
        let both = poll_fn(|context| {
            if begun.is_none()
                && let Poll::Ready(it) = first.as_mut().poll(context)
            {
                begun = Some(it);
            }
            if answer.is_none()
                && let Poll::Ready(it) = second.as_mut().poll(context)
            {
                answer = Some(it);
            }
            match (begun.take(), answer.take()) {
                (Some(begun), Some(answer)) => Poll::Ready(begun.and(answer)),
                (one, other) => {
                    (begun, answer) = (one, other);
                    Poll::Pending
                }
            }
        });
        self.within(limit, both)
    }

    /// All on their way before the first is answered; the first failure is the answer.
    pub(super) fn in_a_row(&mut self, scripts: &[&str], limit: Duration) -> Result<(), Failure> {
        let beginning = self.beginning.take();
        let client = &self.client;
        let mut work: Vec<Sent<'_>> = Vec::new();
        for sql in beginning.as_deref().into_iter().chain(scripts.iter().copied()) {
            work.push(Box::pin(client.batch_execute(sql)));
        }
        let mut answers: Vec<Option<Result<(), Error>>> = work.iter().map(|_| None).collect();
        let all = poll_fn(|context| {
            // Each sends when it is asked first, in this order.
            for (one, answer) in work.iter_mut().zip(&mut answers).filter(|(_, answer)| answer.is_none()) {
                if let Poll::Ready(it) = one.as_mut().poll(context) {
                    *answer = Some(it);
                }
            }
            if answers.iter().any(Option::is_none) {
                return Poll::Pending;
            }
            Poll::Ready(std::mem::take(&mut answers).into_iter().flatten().collect::<Result<(), Error>>())
        });
        self.within(limit, all)
    }

    pub(super) fn query(
        &mut self,
        sql: &str,
        parameters: &[Value],
        limit: Duration,
    ) -> Result<Vec<Row>, Failure> {
        let given: Vec<(&(dyn ToSql + Sync), Type)> = parameters.iter().map(typed).collect();
        let rows = self.after_beginning(limit, async |client| client.query_typed(sql, &given).await)?;
        rows.iter().map(row).collect()
    }

    pub(super) fn execute(
        &mut self,
        sql: &str,
        parameters: &[Value],
        limit: Duration,
    ) -> Result<u64, Failure> {
        let given: Vec<(&(dyn ToSql + Sync), Type)> = parameters.iter().map(typed).collect();
        self.after_beginning(limit, async |client| client.execute_typed(sql, &given).await)
    }

    pub(super) fn script(&mut self, sql: &str, limit: Duration) -> Result<(), Failure> {
        self.after_beginning(limit, async |client| client.batch_execute(sql).await)
    }
}

/// Something that was sent, or will be when it is asked.
type Sent<'a> = std::pin::Pin<Box<dyn Future<Output = Result<(), Error>> + 'a>>;

static NOTHING: Option<&str> = None;

fn typed(value: &Value) -> (&(dyn ToSql + Sync), Type) {
    match value {
        Value::Null => (&NOTHING, Type::TEXT),
        Value::Int(number) => (number, Type::INT8),
        Value::Text(text) => (text, Type::TEXT),
        Value::Bytes(bytes) => (bytes, Type::BYTEA),
        Value::Bool(it) => (it, Type::BOOL),
    }
}

fn row(row: &tokio_postgres::Row) -> Result<Row, Failure> {
    let cells = row.columns().iter().enumerate().map(|(at, column)| {
        let cell = match *column.type_() {
            Type::INT2 => row.try_get::<_, Option<i16>>(at).map(|it| it.map(|n| Value::Int(n.into()))),
            Type::INT4 => row.try_get::<_, Option<i32>>(at).map(|it| it.map(|n| Value::Int(n.into()))),
            Type::OID => row.try_get::<_, Option<u32>>(at).map(|it| it.map(|n| Value::Int(n.into()))),
            Type::INT8 => row.try_get::<_, Option<i64>>(at).map(|it| it.map(Value::Int)),
            Type::BOOL => row.try_get::<_, Option<bool>>(at).map(|it| it.map(Value::Bool)),
            Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(at).map(|it| it.map(Value::Bytes)),
            _ => row.try_get::<_, Option<String>>(at).map(|it| it.map(Value::Text)),
        };
        cell.map(|cell| cell.unwrap_or(Value::Null)).map_err(|error| failure(&error))
    });
    cells.collect::<Result<_, _>>().map(Row)
}

fn failure(error: &Error) -> Failure {
    if let Some(said) = error.as_db_error() {
        let mut message = said.message().to_owned();
        if let Some(detail) = said.detail() {
            message = format!("{message}: {detail}");
        }
        return Failure::coded(super::Engine::Postgres, said.code().code(), message);
    }
    let told = error.to_string();
    let mut source = std::error::Error::source(error);
    let mut chain = told.clone();
    let mut system = None;
    while let Some(cause) = source {
        if let Some(io) = cause.downcast_ref::<std::io::Error>() {
            system = Some(Failure::io(io));
        }
        if !chain.contains(&cause.to_string()) {
            chain = format!("{chain}: {cause}");
        }
        source = cause.source();
    }
    let kind = if told.contains("TLS") {
        Some(Kind::Tls)
    } else if told.contains("authentication") || told.contains("invalid configuration") {
        Some(Kind::Auth)
    } else if told.contains("timed out") {
        return Failure { retry: true, ..Failure::of(Kind::Timeout, chain) };
    } else {
        None
    };
    match (kind, system) {
        (Some(kind), _) => Failure::of(kind, chain),
        (None, Some(system)) => Failure { message: chain, ..system },
        (None, None) if error.is_closed() => Failure { retry: true, ..Failure::of(Kind::Unreachable, chain) },
        // What is neither the server's nor the network's is an answer that cannot be read.
        (None, None) => Failure::of(Kind::Statement, chain),
    }
}
