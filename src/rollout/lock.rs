//! One rollout at a time: a lock beside the project, with the name of who holds it and why. The system
//! lets go of it when its holder is gone; what the holder wrote stays, and the next one says so.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::halt::{Halt, Step};
use crate::io::clock::{self, Look, Unmet};
use crate::io::process::{self, Identity};
use crate::io::signals;
use crate::words::ending::{Code, Ending};

/// Who holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    pub owner: String,
    pub process: Option<Identity>,
    pub since: String,
    pub why: String,
}

impl Holder {
    #[must_use]
    pub fn now(owner: &str, why: &str) -> Self {
        let since = clock::written(clock::now());
        Self { owner: owner.to_owned(), process: process::own(), since, why: why.to_owned() }
    }

    fn told(&self) -> String {
        let pid = self.process.as_ref().map_or_else(|| "?".into(), |process| process.pid.to_string());
        format!("{} (process {pid}) holds it since {} for `{}`", self.owner, self.since, self.why)
    }
}

/// Held until it is dropped.
pub struct Lock {
    file: File,
    /// Whoever held it died without letting go.
    pub stale: Option<Holder>,
}

impl Drop for Lock {
    fn drop(&mut self) {
        // An empty file says that its holder let go; where that fails, the next one reports a death.
        drop(self.file.set_len(0));
    }
}

const PAUSE: Duration = Duration::from_millis(50);

/// Takes it, or waits for it as long as is asked.
pub fn take(path: &Path, holder: &Holder, wait: Option<Duration>, mut tell: impl FnMut(&str)) -> Step<Lock> {
    let look = || {
        if signals::asked() {
            let next = "run it again";
            return Look::Never(Halt::refused(
                "lock",
                Code::DeployInterrupted,
                "interrupted while waiting",
                next,
            ));
        }
        match attempt(path) {
            Ok(Some(file)) => Look::Holds(file),
            Ok(None) => Look::Not(read(path).map_or_else(|| "somebody holds it".into(), |it| it.told())),
            Err(error) => {
                let why = format!("{} cannot be locked: {error}", path.display());
                Look::Never(Halt::refused("lock", Code::PrecheckDisk, why, "let this user write there"))
            }
        }
    };
    let deadline = Instant::now() + wait.unwrap_or_default();
    let mut file = match clock::poll(deadline, PAUSE, look, &mut tell) {
        Ok(file) => file,
        Err(Unmet::Never(halt)) => return Err(halt),
        Err(Unmet::Late(why)) => return Err(held(path, &why, wait)),
    };
    let stale = read(path);
    let text = serde_json::to_string(holder).unwrap_or_default();
    let written = file.set_len(0).and_then(|()| file.seek(SeekFrom::Start(0)));
    let written = written.and_then(|_| file.write_all(text.as_bytes()));
    written.map_err(|error| {
        let why = format!("{} cannot be written: {error}", path.display());
        Halt::refused("lock", Code::PrecheckDisk, why, "make room, and let this user write there")
    })?;
    Ok(Lock { file, stale })
}

#[allow(clippy::unnecessary_box_returns, reason = "every step ends with a boxed halt")]
fn held(path: &Path, why: &str, wait: Option<Duration>) -> Box<Halt> {
    let waited = wait.map_or_else(String::new, |wait| format!(" ({} s waited)", wait.as_secs_f64()));
    let ending = Ending::refused(Code::DeployLocked, format!("another run is at work: {why}{waited}"))
        .next("wait until it ends, or queue with `--wait 5m`; it lets go when it is gone");
    let holder = read(path);
    let pid = holder.as_ref().and_then(|holder| holder.process.as_ref()).map(|process| process.pid);
    let ending = match holder {
        Some(holder) => ending
            .detail("owner", holder.owner)
            .detail("pid", pid)
            .detail("since", holder.since)
            .detail("why", holder.why),
        None => ending,
    };
    Halt::of("lock", ending)
}

fn attempt(path: &Path) -> std::io::Result<Option<File>> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let file = options.open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Who wrote their name there last.
#[must_use]
pub fn read(path: &Path) -> Option<Holder> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

/// Who holds it at this moment.
#[must_use]
pub fn holder(path: &Path) -> Option<Holder> {
    read(path).filter(|holder| holder.process.as_ref().is_some_and(Identity::lives))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_at_once_are_told_by_name_and_a_dead_holder_is_reported() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let first = take(&path, &Holder::now("ann", "deploy"), None, |_| {}).unwrap();
        assert!(first.stale.is_none());
        let second = take(&path, &Holder::now("bob", "deploy"), Some(Duration::from_millis(80)), |_| {});
        let ending = second.err().unwrap().ending;
        assert_eq!(ending.code, Some(Code::DeployLocked));
        assert!(ending.message.contains("ann"), "{}", ending.message);
        drop(first);
        assert!(take(&path, &Holder::now("bob", "deploy"), None, |_| {}).unwrap().stale.is_none());
        let dead = Holder { process: None, ..Holder::now("eve", "deploy") };
        std::fs::write(&path, serde_json::to_string(&dead).unwrap()).unwrap();
        let next = take(&path, &Holder::now("bob", "deploy"), None, |_| {}).unwrap();
        assert_eq!(next.stale.as_ref().map(|holder| holder.owner.as_str()), Some("eve"));
    }
}
