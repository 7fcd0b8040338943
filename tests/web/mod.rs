//! Small web servers on free ports, each with one behaviour, gone when the test is.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each test file uses its own part, and a broken server is a bug"
)]

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What a connection is answered with.
#[derive(Clone)]
pub enum Say {
    /// Status, media type, body.
    Answer(u16, &'static str, String),
    /// The connection is held and nothing said.
    Nothing,
    /// The connection is closed at once, with a reset.
    Reset,
    /// Bytes that are no HTTP.
    Bytes(Vec<u8>),
}

pub fn page(status: u16, body: &str) -> Say {
    Say::Answer(status, "text/html", body.to_owned())
}

pub fn json(status: u16, body: &str) -> Say {
    Say::Answer(status, "application/json", body.to_owned())
}

pub struct Site {
    pub port: u16,
    pub requests: Arc<Mutex<Vec<String>>>,
    count: Arc<AtomicUsize>,
    ends: Arc<AtomicBool>,
}

impl Site {
    /// Every request is answered alike.
    pub fn that(say: Say) -> Self {
        Self::by(move |_, _| say.clone())
    }

    /// The answer depends on the request's text and on how many were before it.
    pub fn by(answer: impl Fn(&str, usize) -> Say + Send + Sync + 'static) -> Self {
        Self::at("127.0.0.1:0", answer)
    }

    pub fn at(address: &str, answer: impl Fn(&str, usize) -> Say + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let port = listener.local_addr().unwrap().port();
        let site = Self { port, requests: Arc::default(), count: Arc::default(), ends: Arc::default() };
        let (requests, count, ends) = (site.requests.clone(), site.count.clone(), site.ends.clone());
        let answer = Arc::new(answer);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if ends.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let (requests, count, answer) = (requests.clone(), count.clone(), answer.clone());
                thread::spawn(move || serve(stream, &requests, &count, &*answer));
            }
        });
        site
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::SeqCst);
        // The listener waits for a caller: this is the last.
        for address in ["127.0.0.1", "::1"] {
            drop(TcpStream::connect((address, self.port)));
        }
    }
}

fn serve(
    mut stream: TcpStream,
    requests: &Mutex<Vec<String>>,
    count: &AtomicUsize,
    answer: &(dyn Fn(&str, usize) -> Say + Send + Sync),
) {
    let mut text = Vec::new();
    let mut piece = [0; 1024];
    while !text.windows(4).any(|four| four == b"\r\n\r\n") {
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => break,
            // What is no text at all will never have an end of its headers.
            Ok(n) => text.extend_from_slice(&piece[..n]),
        }
        if text.first() == Some(&0x16) {
            break;
        }
    }
    let text = String::from_utf8_lossy(&text).into_owned();
    if text.is_empty() {
        return;
    }
    let before = count.fetch_add(1, Ordering::SeqCst);
    requests.lock().unwrap().push(text.clone());
    match answer(&text, before) {
        Say::Answer(status, media, body) => {
            let head = format!(
                "HTTP/1.1 {status} X\r\ncontent-type: {media}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            drop(stream.write_all(head.as_bytes()));
            drop(stream.write_all(body.as_bytes()));
        }
        Say::Bytes(bytes) => drop(stream.write_all(&bytes)),
        Say::Nothing => {
            // Until the other side gives up.
            stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            drop(stream.read(&mut piece));
        }
        Say::Reset => {
            // Unread bytes at the close make it a reset.
            drop(stream);
        }
    }
}

/// A port on which nobody listens.
pub fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
