//! The door to the web: short requests with an end, no redirects, and answers of a bounded size.

pub mod ask;

use std::path::PathBuf;
use std::time::Duration;

use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

use crate::io::clock;
use crate::io::environment::Environment;
use crate::words::secret::{Secret, strike_urls};

#[derive(Clone, Debug, Default)]
pub struct Request {
    pub url: String,
    pub bearer: Option<Secret>,
    /// Who vouches for the server, in place of the usual authorities.
    pub authority: Option<PathBuf>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct HttpError(pub String);

const LIMIT: Duration = Duration::from_secs(10);
const ATTEMPTS: u32 = 3;
const LARGEST: u64 = 1 << 20;

/// A successful answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub body: Vec<u8>,
    /// What time it is for the server, where it says so.
    pub date: Option<i64>,
}

/// Asks for it.
pub fn get(request: &Request, environment: &Environment) -> Result<Answer, HttpError> {
    let mut tls = TlsConfig::builder();
    if let Some(path) = &request.authority {
        let no = |why: String| HttpError(format!("{}: {why}", path.display()));
        let text = std::fs::read(path).map_err(|error| no(error.to_string()))?;
        let found: Vec<Certificate<'static>> = parse_pem(&text)
            .filter_map(|item| match item {
                Ok(PemItem::Certificate(certificate)) => Some(certificate),
                _ => None,
            })
            .collect();
        if found.is_empty() {
            return Err(no("it holds no certificate".into()));
        }
        tls = tls.root_certs(RootCerts::new_with_certs(&found));
    }
    let proxy = ["HTTPS_PROXY", "https_proxy"]
        .iter()
        .find_map(|name| environment.filled(name))
        .filter(|_| request.url.starts_with("https://"))
        .map(|proxy| {
            ureq::Proxy::new(proxy).map_err(|_| HttpError("HTTPS_PROXY is no proxy's address".into()))
        })
        .transpose()?;
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(LIMIT))
        .max_redirects(0)
        .max_redirects_will_error(true)
        .proxy(proxy)
        .tls_config(tls.build())
        .build()
        .into();
    let mut attempt = 1;
    loop {
        let mut call = agent.get(&request.url).header("accept", "application/json");
        if let Some(bearer) = &request.bearer {
            call = call.header("authorization", &format!("bearer {}", bearer.expose()));
        }
        match call.call() {
            Ok(mut answer) => {
                let date = answer.headers().get("date").and_then(|date| clock::of_http(date.to_str().ok()?));
                let body = answer.body_mut().with_config().limit(LARGEST).read_to_vec();
                return body
                    .map(|body| Answer { body, date })
                    .map_err(|error| HttpError(strike_urls(&error.to_string())));
            }
            Err(error) if attempt < ATTEMPTS && may_pass(&error) => {
                clock::between_attempts(Duration::from_millis(200 << attempt));
                attempt += 1;
            }
            Err(error) => return Err(HttpError(strike_urls(&error.to_string()))),
        }
    }
}

fn may_pass(error: &ureq::Error) -> bool {
    match error {
        ureq::Error::StatusCode(status) => *status == 429 || *status >= 500,
        ureq::Error::Io(_) | ureq::Error::Timeout(_) | ureq::Error::ConnectionFailed => true,
        _ => false,
    }
}

/// Scheme, host and port of an address, as far as they are plainly written; none where anything about
/// it is odd.
#[must_use]
pub fn origin(url: &str) -> Option<(&str, &str, Option<u16>)> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    if authority.contains(['@', '\\', '%']) || authority.chars().any(char::is_whitespace) {
        return None;
    }
    let (host, port) = match authority.strip_prefix('[') {
        Some(six) => {
            let (host, rest) = six.split_once(']')?;
            (host, rest.strip_prefix(':').or_else(|| rest.is_empty().then_some(""))?)
        }
        None => authority.split_once(':').unwrap_or((authority, "")),
    };
    let port = if port.is_empty() { None } else { Some(port.parse().ok()?) };
    (!host.is_empty()).then_some((scheme, host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_odd_address_has_no_origin() {
        assert_eq!(origin("https://a.example/x?y"), Some(("https", "a.example", None)));
        assert_eq!(origin("http://[::1]:80/"), Some(("http", "::1", Some(80))));
        for url in
            ["https://a@b/", "https://a\\b/", "https:///x", "https://a:b/", "a.example", "https://a%2fb/"]
        {
            assert_eq!(origin(url), None, "{url}");
        }
    }
}
