//! A command that does not outlive guard. Between the two stands guard itself as a keeper: it holds one
//! end of a pipe, and when the other end is gone, however guard ended, everything that the command started
//! is ended too.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child as Process, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

#[cfg(target_os = "linux")]
use crate::io::clock::{self, Look};
use crate::io::environment::{self, Environment};
use crate::words::secret::Redactor;

/// The word by which guard knows that it is the keeper. Nobody else has a reason to write it.
pub const KEEP: &str = "__keep";
/// … and that it is one which lets a command leave behind what goes on, where the command itself came to its end.
pub const TEND: &str = "__tend";
/// … and the one by which it becomes the command itself.
pub const LEAF: &str = "__leaf";

/// Told to the keeper: this signal is for the command.
const TERMINATE: u8 = b't';
const INTERRUPT: u8 = b'i';
const HANG_UP: u8 = b'h';
const KILL: u8 = b'k';

#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    #[error("{program} is not installed")]
    Missing { program: String },
    #[error("{program} could not be started: {why}")]
    Start { program: String, why: std::io::Error },
}

/// A command that is about to be kept.
#[derive(Debug)]
pub struct Kept {
    pub program: String,
    pub arguments: Vec<String>,
    pub directory: PathBuf,
    pub environment: Environment,
    /// What is struck out of everything that it says.
    pub redactor: Redactor,
    /// Its standard output goes to standard error.
    pub quiet: bool,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// As a shell tells it: 128 and the signal's number where one ended it.
    pub code: u8,
    /// guard was told to end meanwhile, and told the command so.
    pub told: Option<&'static str>,
    /// guard ended it, because what it was started for no longer held.
    pub stopped: bool,
}

/// A program's file, looked up in the given environment's `PATH`.
#[must_use]
pub fn found(program: &str, directory: &std::path::Path, environment: &Environment) -> Option<PathBuf> {
    let name = std::path::Path::new(program);
    if name.components().count() > 1 {
        let path = directory.join(name);
        return path.is_file().then_some(path);
    }
    let folders = environment.path("PATH").unwrap_or_default();
    std::env::split_paths(&folders)
        .map(|folder| directory.join(folder).join(name))
        .find(|file| file.is_file())
}

/// Runs it to its end. `beat` is asked every two seconds; where it says no, the command is ended.
#[cfg(unix)]
pub fn run(kept: Kept, beat: &mut dyn FnMut() -> bool) -> Result<Ended, KeepError> {
    use std::os::unix::process::CommandExt as _;

    let name = kept.program.clone();
    let start = |why| KeepError::Start { program: name.clone(), why };
    let Some(file) = found(&kept.program, &kept.directory, &kept.environment) else {
        return Err(KeepError::Missing { program: kept.program });
    };
    let own = environment::own_program().map_err(start)?;
    let mut command = Command::new(own);
    command.arg(KEEP).arg(file).args(&kept.arguments);
    command.env_clear().envs(kept.environment.iter()).current_dir(&kept.directory);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let mut process = command.spawn().map_err(start)?;
    let mut pipe = process.stdin.take();
    let (sender, events) = mpsc::channel();
    listen(&sender);
    let mut pumps = Vec::new();
    if let Some(out) = process.stdout.take() {
        let sink: Box<dyn Write + Send> =
            if kept.quiet { Box::new(std::io::stderr()) } else { Box::new(std::io::stdout()) };
        pumps.push(pump(out, sink, kept.redactor.clone()));
    }
    if let Some(out) = process.stderr.take() {
        pumps.push(pump(out, Box::new(std::io::stderr()), kept.redactor.clone()));
    }
    wait(process, sender);
    let mut tell = |word: u8| {
        if let Some(pipe) = &mut pipe {
            // A keeper that is gone needs to be told nothing.
            drop(pipe.write_all(&[word]).and_then(|()| pipe.flush()));
        }
    };
    let (mut told, mut stopped) = (None, false);
    let code = loop {
        match events.recv_timeout(Duration::from_secs(2)) {
            Ok(Event::Ended(code)) => break code,
            Ok(Event::Signal(word, name)) => {
                told = Some(name);
                tell(word);
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {
                if !stopped && !beat() {
                    stopped = true;
                    tell(KILL);
                }
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => break 1,
        }
    };
    drop(pipe);
    for pump in pumps {
        // Whoever still holds the other end is no longer of this run.
        let _ = pump.recv_timeout(Duration::from_secs(5));
    }
    Ok(Ended { code, told, stopped })
}

/// Elsewhere nothing can promise that a command ends with guard.
#[cfg(not(unix))]
pub fn run(kept: Kept, _beat: &mut dyn FnMut() -> bool) -> Result<Ended, KeepError> {
    let why = std::io::Error::new(
        std::io::ErrorKind::Unsupported,
        "commands are wrapped on Linux and macOS only, where they can be made to end with guard",
    );
    Err(KeepError::Start { program: kept.program, why })
}

enum Event {
    Ended(u8),
    Signal(u8, &'static str),
}

/// Waits in a thread of its own, so that the lease can be looked after meanwhile.
fn wait(mut process: Process, sender: mpsc::Sender<Event>) {
    thread::spawn(move || {
        let code = process.wait().map_or(1, code_of);
        // Nobody listens once it is over.
        drop(sender.send(Event::Ended(code)));
    });
}

fn code_of(status: std::process::ExitStatus) -> u8 {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt as _;
        if let Some(signal) = status.signal() {
            return u8::try_from(signal).map_or(1, |signal| signal.saturating_add(128));
        }
    }
    status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

/// From here on these signals end the command first, and guard by its answer.
#[cfg(unix)]
fn listen(sender: &mpsc::Sender<Event>) {
    use tokio::signal::unix::{SignalKind, signal};
    let sender = sender.clone();
    thread::spawn(move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        runtime.block_on(async {
            let mut tasks = Vec::new();
            for (kind, word, name) in [
                (SignalKind::terminate(), TERMINATE, "SIGTERM"),
                (SignalKind::interrupt(), INTERRUPT, "SIGINT"),
                (SignalKind::hangup(), HANG_UP, "SIGHUP"),
            ] {
                let Ok(mut heard) = signal(kind) else { continue };
                let sender = sender.clone();
                tasks.push(tokio::spawn(async move {
                    while heard.recv().await.is_some() {
                        if sender.send(Event::Signal(word, name)).is_err() {
                            break;
                        }
                    }
                }));
            }
            for task in tasks {
                drop(task.await);
            }
        });
    });
}

/// Passes on what it says, line by line, without secrets.
fn pump(
    mut from: impl Read + Send + 'static,
    mut to: Box<dyn Write + Send>,
    redactor: Redactor,
) -> mpsc::Receiver<()> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut strainer = Strainer::new(redactor);
        let mut buffer = [0; 16 << 10];
        loop {
            let read = match from.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(_) => break,
            };
            let text = strainer.more(&buffer[..read]);
            // A reader that went away does not stop the command.
            drop(to.write_all(text.as_bytes()).and_then(|()| to.flush()));
        }
        drop(to.write_all(strainer.rest().as_bytes()).and_then(|()| to.flush()));
        let _ = sender.send(());
    });
    receiver
}

/// Holds back what could be the beginning of a secret.
struct Strainer {
    redactor: Redactor,
    held: Vec<u8>,
}

/// A line longer than this is passed on in pieces.
const LONGEST: usize = 64 << 10;

impl Strainer {
    fn new(redactor: Redactor) -> Self {
        Self { redactor, held: Vec::new() }
    }

    fn more(&mut self, bytes: &[u8]) -> String {
        self.held.extend_from_slice(bytes);
        let end = match self.held.iter().rposition(|byte| *byte == b'\n' || *byte == b'\r') {
            Some(at) => at + 1,
            // Cut where only the tail could begin a secret; what was struck is shorter or longer, so
            // the cut is made in front of everything that is held back.
            None if self.held.len() > LONGEST => {
                let back = self.redactor.longest().max(8 << 10).min(self.held.len());
                let clean = self.redactor.clean(&String::from_utf8_lossy(&self.held));
                let keep = self.held.split_off(self.held.len() - back);
                let text = String::from_utf8_lossy(&self.held).into_owned();
                let same = clean.starts_with(&text);
                self.held = keep;
                return if same { text } else { "[redacted]".to_owned() };
            }
            None => return String::new(),
        };
        let rest = self.held.split_off(end);
        let line = std::mem::replace(&mut self.held, rest);
        self.redactor.clean(&String::from_utf8_lossy(&line))
    }

    fn rest(&mut self) -> String {
        let held = std::mem::take(&mut self.held);
        self.redactor.clean(&String::from_utf8_lossy(&held))
    }
}

/// guard as a keeper, or as what becomes the command: none where the arguments are a person's.
#[cfg(unix)]
#[must_use]
pub fn role(arguments: &[OsString]) -> Option<u8> {
    let word = arguments.get(1)?.to_str()?;
    let rest = arguments.get(2..).unwrap_or_default();
    if ![KEEP, TEND, LEAF].contains(&word) {
        return None;
    }
    if !is_started_by_guard() {
        crate::io::output::complain("guard: this word is guard's own\n");
        return Some(64);
    }
    Some(match word {
        LEAF => leaf(rest),
        _ => keep(rest, word == TEND),
    })
}

/// Nobody else has a reason to say these words. Where the system does not tell, it is believed.
#[cfg(unix)]
fn is_started_by_guard() -> bool {
    if cfg!(not(target_os = "linux")) {
        return true;
    }
    let Some(parent) = rustix::process::getppid() else { return false };
    let program = |process: &str| std::fs::read_link(format!("/proc/{process}/exe")).ok();
    let own = program("self");
    own.is_some() && program(&parent.as_raw_nonzero().to_string()) == own
}

#[cfg(not(unix))]
#[must_use]
pub fn role(_arguments: &[OsString]) -> Option<u8> {
    None
}

/// Becomes the command. On Linux the system ends it when the keeper is gone.
#[cfg(unix)]
fn leaf(words: &[OsString]) -> u8 {
    use std::os::unix::process::CommandExt as _;
    let (Some(parent), Some(program)) = (words.first(), words.get(1)) else { return 64 };
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Signal, getppid, set_parent_process_death_signal};
        let set = set_parent_process_death_signal(Some(Signal::KILL));
        // It may be gone before this was said.
        let now = getppid().map(|parent| parent.as_raw_nonzero().to_string());
        if set.is_err() || now.as_deref() != parent.to_str() {
            return 1;
        }
    }
    let error = Command::new(program).args(words.get(2..).unwrap_or_default()).exec();
    crate::io::output::complain(&format!(
        "guard: {} cannot be started: {error}\n",
        program.to_string_lossy()
    ));
    if error.kind() == std::io::ErrorKind::NotFound { 127 } else { 126 }
}

/// Starts the command in a group of its own, hands it signals, and ends all of it when guard is gone or
/// the command is; with `leaves`, what the command has left behind then goes on.
#[cfg(unix)]
fn keep(words: &[OsString], leaves: bool) -> u8 {
    use std::os::unix::process::CommandExt as _;
    // What loses its parent becomes the keeper's, so that nothing gets away.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
    let Ok(own) = environment::own_program() else { return 1 };
    let mut command = Command::new(own);
    command.arg(LEAF).arg(std::process::id().to_string()).args(words);
    command.stdin(Stdio::null()).process_group(0);
    let mut process = match command.spawn() {
        Ok(process) => process,
        Err(error) => {
            crate::io::output::complain(&format!("guard: the command cannot be started: {error}\n"));
            return 126;
        }
    };
    let group = i32::try_from(process.id()).ok().and_then(rustix::process::Pid::from_raw);
    thread::spawn(move || {
        let mut pipe = std::io::stdin().lock();
        let mut word = [0];
        loop {
            match pipe.read(&mut word) {
                Ok(0) => break,
                Ok(_) => {
                    use rustix::process::Signal;
                    send(
                        group,
                        match word[0] {
                            TERMINATE => Signal::TERM,
                            INTERRUPT => Signal::INT,
                            HANG_UP => Signal::HUP,
                            _ => Signal::KILL,
                        },
                    );
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        // guard is gone.
        send(group, rustix::process::Signal::KILL);
        end_children();
        std::process::exit(1);
    });
    let ended = process_ended(group);
    if leaves {
        return process.wait().map_or(1, code_of);
    }
    // What it left behind is ended while its number is still its own.
    send(group, rustix::process::Signal::KILL);
    let code = process.wait().map_or(1, code_of);
    end_children();
    if ended { code } else { 1 }
}

#[cfg(unix)]
fn send(group: Option<rustix::process::Pid>, signal: rustix::process::Signal) {
    if let Some(group) = group {
        // A group that is gone needs none.
        let _ = rustix::process::kill_process_group(group, signal);
    }
}

/// Waits for its end without taking its number away.
#[cfg(unix)]
fn process_ended(process: Option<rustix::process::Pid>) -> bool {
    use rustix::process::{WaitId, WaitIdOptions, waitid};
    let Some(process) = process else { return true };
    loop {
        match waitid(WaitId::Pid(process), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT) {
            Err(rustix::io::Errno::INTR) => {}
            other => return other.is_ok(),
        }
    }
}

/// Whoever left the group and lost its parent is the keeper's child now.
#[cfg(target_os = "linux")]
fn end_children() {
    let own = std::process::id().to_string();
    let look = || {
        let mut found = false;
        let Ok(processes) = std::fs::read_dir("/proc") else { return Look::Never(()) };
        for process in processes.flatten() {
            let Some(number) = process.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else {
                continue;
            };
            let about = std::fs::read_to_string(process.path().join("stat")).unwrap_or_default();
            // The name in brackets may hold anything; state and parent stand behind the last one.
            let Some((_, behind)) = about.rsplit_once(')') else { continue };
            let mut fields = behind.split_whitespace();
            let (state, parent) = (fields.next(), fields.next());
            if parent != Some(own.as_str()) || state == Some("Z") {
                continue;
            }
            if let Some(process) = rustix::process::Pid::from_raw(number) {
                found = true;
                let _ = rustix::process::kill_process(process, rustix::process::Signal::KILL);
            }
        }
        if found { Look::Not("children are left".into()) } else { Look::Holds(()) }
    };
    // Whoever is left after that cannot be ended by anybody.
    let deadline = std::time::Instant::now() + Duration::from_millis(500);
    drop(clock::poll(deadline, Duration::from_millis(5), look, |_| {}));
}

#[cfg(all(unix, not(target_os = "linux")))]
fn end_children() {}

#[cfg(test)]
mod tests {
    use super::*;

    fn strained(pieces: &[&str]) -> String {
        let mut redactor = Redactor::default();
        redactor.know("canary-long-secret");
        let mut strainer = Strainer::new(redactor);
        let mut out: String = pieces.iter().map(|piece| strainer.more(piece.as_bytes())).collect();
        out.push_str(&strainer.rest());
        out
    }

    #[test]
    fn a_secret_in_pieces_is_struck() {
        assert_eq!(strained(&["a canary-", "long-se", "cret b\nc"]), "a [redacted] b\nc");
        assert_eq!(strained(&["no line", " end"]), "no line end");
        let long = "x".repeat(LONGEST);
        for at in 0..24 {
            let text = format!("{long}{}canary-long-secret tail", "y".repeat(at));
            for cut in (LONGEST - 5..text.len()).step_by(3) {
                let out = strained(&[&text[..cut], &text[cut..]]);
                assert!(!out.contains("canary"), "{at} {cut}");
            }
        }
    }
}
