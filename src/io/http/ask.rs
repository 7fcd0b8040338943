//! One request and what came of it: any answer is an answer, and what stood in its way has a name.

use std::io::{ErrorKind, Read as _};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

use crate::io::environment::Environment;
use crate::words::secret::{Secret, strike_urls};

/// What is asked, once.
#[derive(Clone, Debug)]
pub struct Question {
    pub url: String,
    pub method: String,
    /// Name and value.
    pub header: Option<(String, Secret)>,
    pub accept: &'static str,
    /// From the first packet to the last.
    pub timeout: Duration,
}

impl Question {
    #[must_use]
    pub fn get(url: impl Into<String>, timeout: Duration) -> Self {
        Self { url: url.into(), method: "GET".into(), header: None, accept: "*/*", timeout }
    }
}

/// Whatever the other side said.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    /// The start of the body, up to eight mebibytes.
    pub body: Vec<u8>,
    /// Lower case, without parameters.
    pub media: String,
    pub latency: Duration,
}

impl Answer {
    /// The body as text, without the mark that some put in front of it.
    #[must_use]
    pub fn text(&self) -> String {
        let text = String::from_utf8_lossy(&self.body);
        text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned()
    }

    /// It goes on behind what was read.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.body.len() as u64 >= LARGEST
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    #[error("no answer in time")]
    Timeout,
    #[error("connection refused")]
    Refused,
    #[error("connection closed before an answer")]
    Reset,
    /// The name does not exist.
    #[error("the name does not exist")]
    NoName,
    /// Nobody could be asked for the name's address.
    #[error("no name server answered")]
    NoResolver,
    #[error("TLS: {0}")]
    Tls(String),
    /// No way to the other side from this machine.
    #[error("no route: {0}")]
    Offline(String),
    /// An answer that is no HTTP.
    #[error("no HTTP answer: {0}")]
    Odd(String),
    #[error("no address: {0}")]
    Address(String),
}

impl Trouble {
    /// One word for reports.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Refused => "refused",
            Self::Reset => "reset",
            Self::NoName | Self::NoResolver => "dns",
            Self::Tls(_) => "tls",
            Self::Offline(_) => "offline",
            Self::Odd(_) => "protocol",
            Self::Address(_) => "address",
        }
    }
}

const LARGEST: u64 = 8 << 20;

/// Asks once. No redirect is followed, and every status is an answer.
pub fn ask(question: &Question, environment: &Environment) -> Result<Answer, Trouble> {
    let agent = agent(question, environment)?;
    let method = question.method.parse::<ureq::http::Method>();
    let mut request = ureq::http::Request::builder()
        .method(method.map_err(|_| Trouble::Address("no method of HTTP".into()))?)
        .uri(&question.url)
        .header("accept", question.accept)
        .header("user-agent", concat!("guard/", env!("CARGO_PKG_VERSION")));
    if let Some((name, value)) = &question.header {
        request = request.header(name.as_str(), value.expose());
    }
    // The error of a bad header repeats no value.
    let request = request.body(()).map_err(|error| Trouble::Address(strike_urls(&error.to_string())))?;
    let started = Instant::now();
    let mut answer = agent.run(request).map_err(|error| trouble(&error))?;
    let status = answer.status().as_u16();
    let media = answer
        .headers()
        .get("content-type")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let mut body = Vec::new();
    let read = answer.body_mut().as_reader().take(LARGEST).read_to_end(&mut body);
    read.map_err(|error| of_io(&error))?;
    Ok(Answer { status, body, media, latency: started.elapsed() })
}

fn agent(question: &Question, environment: &Environment) -> Result<ureq::Agent, Trouble> {
    let mut tls = TlsConfig::builder();
    // As other programs read it: who vouches for servers, in place of the usual authorities.
    if question.url.starts_with("https://")
        && let Some(path) = environment.path("SSL_CERT_FILE")
    {
        tls = tls.root_certs(RootCerts::new_with_certs(&authorities(&path)?));
    }
    let proxy = ["HTTPS_PROXY", "https_proxy"]
        .iter()
        .find_map(|name| environment.filled(name))
        .filter(|_| question.url.starts_with("https://"))
        .map(|proxy| {
            ureq::Proxy::new(proxy).map_err(|_| Trouble::Address("HTTPS_PROXY is no proxy's address".into()))
        })
        .transpose()?;
    Ok(ureq::Agent::config_builder()
        .timeout_global(Some(question.timeout))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        // Methods that bring nothing are sent with an empty body.
        .allow_non_standard_methods(true)
        .proxy(proxy)
        .tls_config(tls.build())
        .build()
        .into())
}

fn authorities(path: &PathBuf) -> Result<Vec<Certificate<'static>>, Trouble> {
    let no = |why: String| Trouble::Address(format!("SSL_CERT_FILE ({}): {why}", path.display()));
    let text = std::fs::read(path).map_err(|error| no(error.to_string()))?;
    let found: Vec<Certificate<'static>> = parse_pem(&text)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    if found.is_empty() { Err(no("it holds no certificate".into())) } else { Ok(found) }
}

fn trouble(error: &ureq::Error) -> Trouble {
    match error {
        ureq::Error::Timeout(_) => Trouble::Timeout,
        ureq::Error::HostNotFound => Trouble::NoName,
        ureq::Error::Io(error) => of_io(error),
        ureq::Error::Tls(why) => Trouble::Tls((*why).to_owned()),
        ureq::Error::Rustls(why) => Trouble::Tls(why.to_string()),
        ureq::Error::Pem(why) => Trouble::Tls(why.to_string()),
        ureq::Error::ConnectionFailed => Trouble::Refused,
        ureq::Error::ConnectProxyFailed(why) => Trouble::Offline(strike_urls(why)),
        ureq::Error::BadUri(_) | ureq::Error::Http(_) | ureq::Error::InvalidProxyUrl => {
            Trouble::Address(strike_urls(&error.to_string()))
        }
        _ => Trouble::Odd(strike_urls(&error.to_string())),
    }
}

fn of_io(error: &std::io::Error) -> Trouble {
    let told = strike_urls(&error.to_string());
    // A failure of TLS or a timeout may travel inside.
    if let Some(inner) = error.get_ref() {
        if let Some(inner) = inner.downcast_ref::<ureq::Error>() {
            return trouble(inner);
        }
        if let Some(inner) = inner.downcast_ref::<rustls::Error>() {
            return Trouble::Tls(inner.to_string());
        }
    }
    match error.kind() {
        ErrorKind::TimedOut | ErrorKind::WouldBlock => Trouble::Timeout,
        ErrorKind::ConnectionRefused => Trouble::Refused,
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::UnexpectedEof => Trouble::Reset,
        ErrorKind::HostUnreachable
        | ErrorKind::NetworkUnreachable
        | ErrorKind::NetworkDown
        | ErrorKind::AddrNotAvailable => Trouble::Offline(told),
        // The resolver's failures have no kind of their own.
        _ if told.contains("lookup address") => {
            let gone = ["Name or service not known", "No address associated", "nodename nor servname"];
            if gone.iter().any(|text| told.contains(text)) { Trouble::NoName } else { Trouble::NoResolver }
        }
        _ => Trouble::Odd(told),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Trouble {
        of_io(&std::io::Error::other(text))
    }

    #[test]
    fn a_name_that_does_not_exist_is_no_silent_resolver() {
        assert_eq!(of("failed to lookup address information: Name or service not known"), Trouble::NoName);
        assert_eq!(
            of("failed to lookup address information: Temporary failure in name resolution"),
            Trouble::NoResolver
        );
    }

    #[test]
    fn what_travels_inside_is_seen() {
        let inner = rustls::Error::General("x".into());
        assert_eq!(of_io(&std::io::Error::other(inner)).word(), "tls");
        let inner = ureq::Error::Timeout(ureq::Timeout::Global);
        assert_eq!(of_io(&std::io::Error::other(inner)), Trouble::Timeout);
    }
}
