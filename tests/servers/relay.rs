//! A port of its own that hands bytes on to a server, as a tunnel does, and counts how often whoever asks had
//! to wait for an answer.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

pub struct Relay {
    pub port: u16,
    trips: Arc<AtomicU64>,
    clients: Arc<Mutex<Vec<TcpStream>>>,
}

impl Relay {
    pub fn to(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let trips = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&trips);
        let clients = Arc::new(Mutex::new(Vec::new()));
        let known = Arc::clone(&clients);
        thread::spawn(move || {
            for near in listener.incoming().flatten() {
                known.lock().unwrap().push(near.try_clone().unwrap());
                let Ok(far) = TcpStream::connect(("127.0.0.1", server)) else { continue };
                let asked = Arc::new(AtomicBool::new(false));
                let ways = [(near.try_clone().unwrap(), far.try_clone().unwrap(), true), (far, near, false)];
                for (from, into, is_question) in ways {
                    let (asked, counted) = (Arc::clone(&asked), Arc::clone(&counted));
                    thread::spawn(move || pump(from, into, is_question, &asked, &counted));
                }
            }
        });
        Self { port, trips, clients }
    }

    /// Every client loses its connection; what it sent before is with the server.
    pub fn cut(&self) {
        for client in self.clients.lock().unwrap().drain(..) {
            drop(client.shutdown(Shutdown::Both));
        }
    }

    /// Since the last time that this was asked.
    pub fn trips(&self) -> u64 {
        self.trips.swap(0, Ordering::SeqCst)
    }
}

fn pump(mut from: TcpStream, mut into: TcpStream, is_question: bool, asked: &AtomicBool, trips: &AtomicU64) {
    let mut buffer = [0; 16 << 10];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        // What follows a question without an answer in between is on the same way.
        if asked.swap(is_question, Ordering::SeqCst) != is_question && is_question {
            trips.fetch_add(1, Ordering::SeqCst);
        }
        if into.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    drop(into.shutdown(Shutdown::Both));
}

/// The port in a URL.
pub fn port_of(url: &str) -> u16 {
    let (_, rest) = url.rsplit_once('@').unwrap();
    rest.split(['/', '?']).next().unwrap().rsplit_once(':').unwrap().1.parse().unwrap()
}

/// A URL with another port.
pub fn through(url: &str, port: u16) -> String {
    url.replace(&format!(":{}/", port_of(url)), &format!(":{port}/"))
}
