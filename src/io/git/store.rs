//! One git that stays and is asked for objects again and again: every process of its own costs more than what it
//! answers. Whatever it cannot say, or not in this form, is asked with a process of its own.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// An object, by any name that git understands.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) oid: String,
    pub(super) kind: String,
    pub(super) bytes: Vec<u8>,
}

type Answer = Option<Object>;

/// Ends with whoever holds it.
#[derive(Debug)]
pub(super) struct Store {
    child: Child,
    stdin: ChildStdin,
    answers: mpsc::Receiver<Answer>,
    longest: Duration,
}

impl Store {
    /// `child` is `git cat-file --batch`, with pipes.
    pub(super) fn of(mut child: Child, largest: u64, longest: Duration) -> Option<Self> {
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let (sender, answers) = mpsc::channel();
        if let (Some(stdin), Some(stdout)) = (stdin, stdout) {
            // Always read, so that neither side waits for the other with full pipes. It ends with the child.
            let listening = thread::Builder::new().spawn(move || listen(stdout, largest, &sender));
            if listening.is_ok() {
                return Some(Self { child, stdin, answers, longest });
            }
        }
        end(&mut child);
        None
    }

    /// The answers, in the order of the names, each of one line; none where it fell silent or said something else.
    pub(super) fn ask(&mut self, names: &[&str]) -> Option<Vec<Answer>> {
        let input: String = names.iter().flat_map(|name| [name, "\n"]).collect();
        self.stdin.write_all(input.as_bytes()).and_then(|()| self.stdin.flush()).ok()?;
        let deadline = Instant::now() + self.longest;
        let next = |_| self.answers.recv_timeout(deadline.saturating_duration_since(Instant::now())).ok();
        (0..names.len()).map(next).collect()
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// It only reads: nothing is lost.
fn end(child: &mut Child) {
    drop(child.kill());
    drop(child.wait());
}

fn listen(stdout: ChildStdout, largest: u64, sender: &mpsc::Sender<Answer>) {
    let mut from = BufReader::with_capacity(64 << 10, stdout);
    while let Some(answer) = one(&mut from, largest) {
        if sender.send(answer).is_err() {
            return;
        }
    }
}

/// `<oid> <kind> <size>\n<bytes>\n`, or a line that ends in another word. None at the end.
fn one(from: &mut BufReader<ChildStdout>, largest: u64) -> Option<Answer> {
    let mut line = Vec::new();
    from.by_ref().take(64 << 10).read_until(b'\n', &mut line).ok()?;
    let text = std::str::from_utf8(line.strip_suffix(b"\n")?).ok()?;
    if text.ends_with(" missing") || text.ends_with(" ambiguous") {
        return Some(None);
    }
    let mut words = text.split(' ');
    let (oid, kind, size) = (words.next()?, words.next()?, words.next()?.parse::<u64>().ok()?);
    if words.next().is_some() || size > largest {
        return None;
    }
    let mut bytes = Vec::new();
    from.by_ref().take(size).read_to_end(&mut bytes).ok()?;
    let mut close = [0];
    from.read_exact(&mut close).ok()?;
    (bytes.len() as u64 == size && close == *b"\n")
        .then(|| Some(Object { oid: oid.to_owned(), kind: kind.to_owned(), bytes }))
}

/// One line of a folder as git stores it: mode, name, object.
pub(super) struct Line<'a> {
    pub(super) mode: u32,
    pub(super) name: &'a [u8],
    pub(super) oid: String,
}

/// `<mode> <name>\0<oid as bytes>`, again and again; none where it is something else.
pub(super) fn folder(mut bytes: &[u8], oid_bytes: usize) -> Option<Vec<Line<'_>>> {
    let mut lines = Vec::new();
    while !bytes.is_empty() {
        let space = memchr::memchr(b' ', bytes)?;
        let mode = u32::from_str_radix(std::str::from_utf8(bytes.get(..space)?).ok()?, 8).ok()?;
        let rest = bytes.get(space + 1..)?;
        let end = memchr::memchr(0, rest)?;
        let (name, rest) = (rest.get(..end)?, rest.get(end + 1..)?);
        let raw = rest.get(..oid_bytes)?;
        let mut oid = String::with_capacity(oid_bytes * 2);
        for byte in raw {
            oid.push(char::from_digit(u32::from(byte >> 4), 16)?);
            oid.push(char::from_digit(u32::from(byte & 15), 16)?);
        }
        lines.push(Line { mode, name, oid });
        bytes = rest.get(oid_bytes..)?;
    }
    Some(lines)
}
