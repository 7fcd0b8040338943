//! Runs another program: an argument list and never a shell, an environment that is given and
//! never inherited by chance, and bounds on how much it may say and how long it may take.

use std::ffi::{OsStr, OsString};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::io::clock::{self, Look};
use crate::io::environment::{Environment, own_program};
use crate::io::signals;

#[derive(Debug, thiserror::Error)]
pub enum ChildError {
    #[error("{program} is not installed")]
    Missing { program: String },
    #[error("{program} could not be started: {why}")]
    Start { program: String, why: std::io::Error },
    #[error("{program} said more than {limit} bytes")]
    TooMuch { program: String, limit: u64 },
    #[error("{program} took longer than {} seconds", limit.as_secs())]
    TooLong { program: String, limit: Duration },
    #[error("{program} could not be read: {why}")]
    Read { program: String, why: std::io::Error },
}

/// What the program said and how it ended.
#[derive(Clone, Debug)]
pub struct Output {
    /// None: a signal ended it.
    pub code: Option<i32>,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

impl Output {
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.code == Some(0)
    }

    /// The last line of what it complained about, for messages.
    #[must_use]
    pub fn complaint(&self) -> String {
        let text = String::from_utf8_lossy(&self.stderr);
        text.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default().to_owned()
    }
}

/// A program that is about to be run.
#[derive(Clone, Debug)]
pub struct Child {
    program: OsString,
    arguments: Vec<OsString>,
    directory: Option<PathBuf>,
    environment: Environment,
    input: Vec<u8>,
    most_bytes: u64,
    longest: Duration,
    complaints_on_terminal: bool,
    interruptible: bool,
}

impl Child {
    /// The environment is exactly the one given.
    pub fn new(program: impl AsRef<OsStr>, environment: Environment) -> Self {
        Self {
            program: program.as_ref().to_owned(),
            arguments: Vec::new(),
            directory: None,
            environment,
            input: Vec::new(),
            most_bytes: 64 << 20,
            longest: Duration::from_mins(1),
            complaints_on_terminal: false,
            interruptible: false,
        }
    }

    #[must_use]
    pub fn arguments<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    #[must_use]
    pub fn directory(mut self, directory: &Path) -> Self {
        self.directory = Some(directory.to_owned());
        self
    }

    #[must_use]
    pub fn input(mut self, input: Vec<u8>) -> Self {
        self.input = input;
        self
    }

    #[must_use]
    pub fn at_most(mut self, bytes: u64, longest: Duration) -> Self {
        self.most_bytes = bytes;
        self.longest = longest;
        self
    }

    /// What it says on standard error goes to the terminal, for a program that asks a person for a
    /// passphrase or a touch.
    #[must_use]
    pub fn complaints_on_terminal(mut self) -> Self {
        self.complaints_on_terminal = true;
        self
    }

    /// It ends, with all that it started, as soon as somebody wants this process to end, and when this process is
    /// gone, however it went. It reads no input.
    #[must_use]
    pub fn interruptible(mut self) -> Self {
        self.interruptible = true;
        self
    }

    fn name(&self) -> String {
        self.program.to_string_lossy().into_owned()
    }

    /// The program's file, looked up in the given environment's `PATH`: a program that is named by its
    /// path can be started without a copy of this process.
    fn found(&self) -> PathBuf {
        let name = Path::new(&self.program);
        if name.components().count() > 1 {
            return name.to_owned();
        }
        let folders = self.environment.path("PATH").unwrap_or_default();
        std::env::split_paths(&folders)
            .filter(|folder| folder.is_absolute())
            .map(|folder| folder.join(name))
            .find(|file| file.is_file())
            .unwrap_or_else(|| name.to_owned())
    }

    fn command(&self) -> std::io::Result<Command> {
        let found = self.found();
        let mut command = if self.is_kept() { Command::new(own_program()?) } else { Command::new(&found) };
        #[cfg(unix)]
        if self.is_kept() {
            use std::os::unix::process::CommandExt as _;
            let file = self.directory.as_ref().map_or_else(|| found.clone(), |folder| folder.join(&found));
            if !file.is_file() {
                return Err(std::io::ErrorKind::NotFound.into());
            }
            command.arg(crate::io::keeper::TEND).arg(found).process_group(0);
        }
        command.args(&self.arguments).env_clear().envs(self.environment.iter());
        if let Some(directory) = &self.directory {
            command.current_dir(directory);
        }
        Ok(command)
    }

    /// It stands under a keeper, which hears when this process is gone.
    fn is_kept(&self) -> bool {
        cfg!(unix) && self.interruptible
    }

    fn start_error(&self, why: std::io::Error) -> ChildError {
        if why.kind() == std::io::ErrorKind::NotFound {
            ChildError::Missing { program: self.name() }
        } else {
            ChildError::Start { program: self.name(), why }
        }
    }

    /// Runs it to its end and collects what it says.
    pub fn run(self) -> Result<Output, ChildError> {
        let mut command = self.command().map_err(|why| self.start_error(why))?;
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command.stderr(if self.complaints_on_terminal { Stdio::inherit() } else { Stdio::piped() });
        let mut child = command.spawn().map_err(|why| self.start_error(why))?;
        let deadline = Instant::now() + self.longest;
        // A keeper hears by the end of this pipe that nobody waits any more.
        let held = if self.is_kept() { child.stdin.take() } else { None };
        if let Some(mut stdin) = child.stdin.take() {
            let input = self.input.clone();
            // A program that stops reading early has said why elsewhere.
            thread::spawn(move || drop(stdin.write_all(&input)));
        }
        let stdout = child.stdout.take().map(|pipe| collect(pipe, self.most_bytes));
        let stderr = child.stderr.take().map(|pipe| collect(pipe, 1 << 20));
        let ended = self.gather(stdout, deadline).and_then(|stdout| {
            let stderr = self.gather(stderr, deadline)?;
            Ok((stdout, stderr))
        });
        if ended.is_err() {
            if held.is_some() {
                drop(held);
                let gone = || match child.try_wait() {
                    Ok(None) => Look::Not("its keeper ends what it started".to_owned()),
                    _ => Look::<(), ()>::Holds(()),
                };
                drop(clock::poll(Instant::now() + KEEPER, ASKED, gone, |_| {}));
            }
            // It may be gone already; either way it is waited for below.
            drop(child.kill());
        }
        let status = child.wait();
        let (stdout, stderr) = ended?;
        let status: ExitStatus = status.map_err(|why| ChildError::Read { program: self.name(), why })?;
        Ok(Output { code: status.code(), stdout, stderr })
    }

    /// Starts it with pipes for whoever goes on talking to it; its complaints are nobody's.
    pub fn keep(self) -> Result<std::process::Child, ChildError> {
        let mut command = self.command().map_err(|why| self.start_error(why))?;
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        command.spawn().map_err(|why| self.start_error(why))
    }

    /// Runs it to its end on the terminal that guard has; the exit code as a shell tells it. With
    /// `to_stderr` what it says on standard output goes to standard error.
    pub fn pass_through(self, to_stderr: bool) -> Result<u8, ChildError> {
        let mut command = self.command().map_err(|why| self.start_error(why))?;
        command.stdin(Stdio::inherit()).stderr(Stdio::inherit());
        command.stdout(if to_stderr { Stdio::from(std::io::stderr()) } else { Stdio::inherit() });
        let mut child = command.spawn().map_err(|why| self.start_error(why))?;
        let status = child.wait().map_err(|why| ChildError::Read { program: self.name(), why })?;
        #[cfg(unix)]
        {
            use std::os::unix::process::ExitStatusExt as _;
            if let Some(signal) = status.signal() {
                return Ok(u8::try_from(signal).map_or(1, |signal| signal.saturating_add(128)));
            }
        }
        Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
    }

    fn gather(&self, pipe: Option<Collected>, deadline: Instant) -> Result<Vec<u8>, ChildError> {
        let Some(pipe) = pipe else { return Ok(Vec::new()) };
        let received = loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let most = if self.interruptible { left.min(ASKED) } else { left };
            match pipe.recv_timeout(most) {
                Err(mpsc::RecvTimeoutError::Timeout) if most < left && !signals::asked() => {}
                other => break other,
            }
        };
        match received {
            Ok(Ok(Some(bytes))) => Ok(bytes),
            Ok(Ok(None)) => Err(ChildError::TooMuch { program: self.name(), limit: self.most_bytes }),
            Ok(Err(why)) => Err(ChildError::Read { program: self.name(), why }),
            Err(_) => Err(ChildError::TooLong { program: self.name(), limit: self.longest }),
        }
    }
}

/// How soon a wish to end is heard.
const ASKED: Duration = Duration::from_millis(50);
/// A keeper needs half a second at most; one that is stopped is not waited for longer.
const KEEPER: Duration = Duration::from_secs(5);

type Collected = mpsc::Receiver<std::io::Result<Option<Vec<u8>>>>;

/// Reads a pipe to its end in a thread of its own; none when it holds more than `limit`.
fn collect(pipe: impl Read + Send + 'static, limit: u64) -> Collected {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = pipe.take(limit.saturating_add(1)).read_to_end(&mut bytes);
        let answer = read.map(|_| (bytes.len() as u64 <= limit).then_some(bytes));
        // Nobody listens once the time is up.
        drop(sender.send(answer));
    });
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str) -> Child {
        let path = Environment::of_process().get("PATH").unwrap_or_default().to_owned();
        Child::new("sh", Environment::of([("PATH", path)])).arguments(["-c", script])
    }

    #[test]
    fn output_complaint_and_code_come_back() {
        let output = sh("cat; echo no >&2; exit 3").input(b"yes".to_vec()).run().unwrap();
        assert_eq!((output.code, output.stdout.as_slice()), (Some(3), b"yes".as_slice()));
        assert_eq!(output.complaint(), "no");
        assert!(!output.succeeded());
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let error = Child::new("no-such-program-here", Environment::default()).run().unwrap_err();
        assert!(matches!(error, ChildError::Missing { program } if program == "no-such-program-here"));
    }

    #[test]
    fn too_much_and_too_long_are_stopped() {
        let much = sh("while :; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; done")
            .at_most(1000, Duration::from_secs(20))
            .run();
        assert!(matches!(much, Err(ChildError::TooMuch { .. })), "{much:?}");
        let started = Instant::now();
        let long = sh("exec sleep 20").at_most(1000, Duration::from_millis(100)).run();
        assert!(matches!(long, Err(ChildError::TooLong { .. })), "{long:?}");
        assert!(started.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn large_input_and_large_output_do_not_block_each_other() {
        let input = vec![b'x'; 4 << 20];
        let output = sh("cat").input(input.clone()).run().unwrap();
        assert_eq!(output.stdout.len(), input.len());
    }

    #[test]
    fn only_the_given_variables_are_passed_on() {
        let output = sh("echo ${HOME:-none}").run().unwrap();
        assert_eq!(output.stdout, b"none\n");
    }
}
