//! `guard shim`: stands between a service and the rollout that started it, and outlives the rollout and
//! the CI job. It leads a session of its own, captures the log, and writes down how the service ended.

use std::io::Read as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{WaitOptions, wait};
use serde::{Deserialize, Serialize};

use super::log;
use super::record::{Exit, Recipe, Record};
use crate::io::clock::{self, Look};
use crate::io::environment::Environment;
use crate::io::process;
use crate::words::secret::Redactor;

/// What a shim is told, on its standard input: no argument list shows it.
#[derive(Serialize, Deserialize)]
pub struct Order {
    pub recipe: Recipe,
    /// Where the record is written.
    pub record: PathBuf,
    /// Struck from the log.
    pub secrets: Vec<String>,
}

/// Starts the shim of a service, which gets exactly the given environment. The caller reads the record.
pub fn start(order: &Order, environment: &Environment, root: &Path) -> std::io::Result<Child> {
    use std::io::Write as _;
    let own = crate::io::environment::own_program()?;
    let mut child = Command::new(own)
        .arg("shim")
        .env_clear()
        .envs(environment.iter())
        .current_dir(root)
        .stdin(Stdio::piped())
        // Whoever reads guard's output must not wait for a service that goes on.
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let text = serde_json::to_vec(order)?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(&text)?;
    }
    Ok(child)
}

/// The shim itself; its exit code. It has nobody to tell anything but the record.
#[must_use]
pub fn run(environment: &Environment) -> u8 {
    // Before anything else: what ends the job must not end this.
    if process::leave_session().is_err() {
        return 1;
    }
    let mut text = Vec::new();
    let read = std::io::stdin().lock().take(16 << 20).read_to_end(&mut text);
    // Half an order is no order: whoever gave it died.
    let Ok(order) = read.map_err(drop).and_then(|_| serde_json::from_slice::<Order>(&text).map_err(drop))
    else {
        return 1;
    };
    u8::from(serve(&order, environment).is_none())
}

fn serve(order: &Order, environment: &Environment) -> Option<()> {
    let mut redactor = Redactor::default();
    for secret in &order.secrets {
        redactor.know(secret);
    }
    let now = || clock::written_with_millis(clock::now_in_millis());
    let record = Record {
        recipe: order.recipe.clone(),
        started_at: now(),
        shim: process::own()?,
        process: None,
        problem: None,
        exit: None,
        asked_to_stop: false,
        log_from: log::mark(Path::new(&order.recipe.log)),
    };
    let (reader, writer) = std::io::pipe().ok()?;
    let spawned = service(&order.recipe, environment, writer);
    // The one copy that is written; the file is read by others only.
    let kept = Arc::new(Mutex::new(record));
    let child = match spawned {
        Ok(child) => child,
        Err(error) => {
            let program = order.recipe.command.first().map_or("", String::as_str);
            let folder = &order.recipe.directory;
            let why = if Path::new(folder).is_dir() {
                format!("{program} could not be started: {error}")
            } else {
                format!("{program} could not be started: its folder {folder} is not there")
            };
            let why = redactor.clean(&why);
            note(&kept, &order.record, |record| record.problem = Some(why));
            return None;
        }
    };
    let main = child.id();
    note(&kept, &order.record, |record| record.process = process::identity(main));
    let (done, finished) = mpsc::channel();
    let path = PathBuf::from(&order.recipe.log);
    thread::spawn(move || {
        log::capture(reader, &path, &redactor, log::LARGEST);
        let _ = done.send(());
    });
    follow(main, Arc::clone(&kept), order.record.clone());
    crate::io::signals::listen();
    // Everything that the service leaves behind is this process's child once its parent is gone.
    loop {
        let (pid, status) = match wait(WaitOptions::empty()) {
            Ok(Some(ended)) => ended,
            Err(Errno::INTR) => {
                // Whoever ends the shim means the service.
                if crate::io::signals::asked() {
                    let _ = process::signal_group(main, &order.recipe.signal);
                }
                continue;
            }
            Ok(None) | Err(_) => break,
        };
        if u32::try_from(pid.as_raw_nonzero().get()).ok() != Some(main) {
            continue;
        }
        let status = ExitStatus::from_raw(status.as_raw());
        // The log's last lines are written first, so that whoever sees the end sees them.
        let _ = finished.recv_timeout(Duration::from_millis(200));
        let exit = Exit { code: status.code(), signal: status.signal(), at: now() };
        note(&kept, &order.record, |record| record.exit = Some(exit));
    }
    // Nobody is left who could write to the log.
    let _ = finished.recv_timeout(Duration::from_secs(1));
    Some(())
}

/// Changes the record and writes it. What cannot be written is missing for whoever asks, who says so.
fn note(kept: &Mutex<Record>, path: &Path, change: impl FnOnce(&mut Record)) {
    let mut record = kept.lock().unwrap_or_else(PoisonError::into_inner);
    change(&mut record);
    drop(record.write(path));
}

fn service(recipe: &Recipe, environment: &Environment, log: std::io::PipeWriter) -> std::io::Result<Child> {
    let (program, arguments) =
        recipe.command.split_first().ok_or_else(|| std::io::Error::other("its command is empty"))?;
    Command::new(program)
        .args(arguments)
        .env_clear()
        .envs(environment.iter())
        .current_dir(&recipe.directory)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .process_group(0)
        .spawn()
}

/// A script becomes another program once it has found it: the record follows, first often, then seldom.
fn follow(main: u32, kept: Arc<Mutex<Record>>, path: PathBuf) {
    thread::spawn(move || {
        let mut pause = Duration::from_millis(10);
        loop {
            // Nothing is waited for but the time of the next look.
            let next = Instant::now() + pause;
            drop(clock::poll(next, pause, || Look::<(), ()>::Not("the next look".into()), |_| {}));
            let Some(now) = process::identity(main) else { return };
            let known = kept.lock().unwrap_or_else(PoisonError::into_inner).process.clone();
            if known.as_ref() != Some(&now) && known.as_ref().is_none_or(|known| known.start == now.start) {
                note(&kept, &path, |record| record.process = Some(now));
            }
            pause = (pause * 2).min(Duration::from_secs(5));
        }
    });
}
