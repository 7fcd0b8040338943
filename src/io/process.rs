//! Processes of this machine: who one is, what it belongs to, and signals to groups. Linux: `/proc`.

use std::fs;
use std::path::PathBuf;

use rustix::process::{Pid, Signal};
use serde::{Deserialize, Serialize};

/// Who a process is: its number is given again one day, the four together are not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    pub pid: u32,
    /// In ticks since the machine started.
    pub start: u64,
    pub executable: String,
    /// Of the machine's start.
    pub boot: String,
}

/// What the system says of a process at this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub pid: u32,
    /// `R`, `S`, `T` (stopped), `Z` (ended, and nobody asked how).
    pub state: char,
    pub parent: u32,
    pub group: u32,
    pub session: u32,
    pub start: u64,
}

impl Seen {
    /// It has ended, although it is still listed.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        matches!(self.state, 'Z' | 'X')
    }

    #[must_use]
    pub fn is_frozen(&self) -> bool {
        matches!(self.state, 'T' | 't')
    }
}

/// None: there is no such process.
#[must_use]
pub fn see(pid: u32) -> Option<Seen> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name stands in brackets and may hold anything.
    let rest = text.rsplit_once(')')?.1;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
    let small = |at: usize| u32::try_from(number(at)?).ok();
    Some(Seen {
        pid,
        state: fields.first()?.chars().next()?,
        parent: small(1)?,
        group: small(2)?,
        session: small(3)?,
        start: number(19)?,
    })
}

/// Every process that this user can see.
#[must_use]
pub fn all() -> Vec<Seen> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    let mut seen: Vec<Seen> = pids.filter_map(see).collect();
    seen.sort_by_key(|seen| seen.pid);
    seen
}

fn boot() -> String {
    let text = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    text.trim().to_owned()
}

/// The file that a process runs; a file that was replaced since keeps its name.
#[must_use]
pub fn executable(pid: u32) -> Option<String> {
    let path: PathBuf = fs::read_link(format!("/proc/{pid}/exe")).ok()?;
    let path = path.to_string_lossy();
    Some(path.strip_suffix(" (deleted)").unwrap_or(&path).to_owned())
}

#[must_use]
pub fn identity(pid: u32) -> Option<Identity> {
    let seen = see(pid).filter(|seen| !seen.is_gone())?;
    Some(Identity { pid, start: seen.start, executable: executable(pid)?, boot: boot() })
}

impl Identity {
    /// The process is there, and it is this one.
    #[must_use]
    pub fn lives(&self) -> bool {
        identity(self.pid).is_some_and(|now| now == *self)
    }
}

#[must_use]
pub fn own() -> Option<Identity> {
    identity(std::process::id())
}

/// The arguments, as they were given or as the process has set them.
#[must_use]
pub fn command_line(pid: u32) -> String {
    let bytes = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    text.split('\0').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The arguments one by one.
#[must_use]
pub fn words(pid: u32) -> Vec<String> {
    let bytes = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    text.split_terminator('\0').map(str::to_owned).collect()
}

/// When a process started, in milliseconds since 1970; none where the system does not say.
#[must_use]
pub fn started_in_millis(seen: &Seen) -> Option<i64> {
    let uptime = fs::read_to_string("/proc/uptime").ok()?;
    let uptime: f64 = uptime.split_whitespace().next()?.parse().ok()?;
    // The kernel counts a hundred ticks a second for programs, whatever its own clock.
    let since_boot = i64::try_from(seen.start.checked_mul(10)?).ok()?;
    let up = std::time::Duration::try_from_secs_f64(uptime).ok()?;
    let up = i64::try_from(up.as_millis()).ok()?;
    Some(crate::io::clock::now_in_millis() - up + since_boot)
}

/// Bytes in memory; none where the system does not say.
#[must_use]
pub fn memory(pid: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = text.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kilobytes = line.split_whitespace().nth(1)?.parse::<u64>().ok()?;
    Some(kilobytes.saturating_mul(1024))
}

/// Whether a process was started with this variable.
#[must_use]
pub fn carries(pid: u32, name: &str, value: &str) -> bool {
    variable(pid, name).is_some_and(|found| found == value)
}

/// What a process was started with under this name.
#[must_use]
pub fn variable(pid: u32, name: &str) -> Option<String> {
    let bytes = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    let start = format!("{name}=");
    let found = bytes.split(|byte| *byte == 0).find_map(|pair| pair.strip_prefix(start.as_bytes()));
    found.map(|value| String::from_utf8_lossy(value).into_owned())
}

/// The control group, which names the unit that a service manager started it as.
#[must_use]
pub fn control_group(pid: u32) -> String {
    fs::read_to_string(format!("/proc/{pid}/cgroup")).unwrap_or_default()
}

fn pid(number: u32) -> Option<Pid> {
    // 0 and 1 would mean the own group and the first process of the machine.
    let number = i32::try_from(number).ok().filter(|number| *number > 1)?;
    Pid::from_raw(number)
}

/// A signal by its name without `SIG`; anything unknown ends the process in the usual way.
fn signal(name: &str) -> Signal {
    match name {
        "INT" => Signal::INT,
        "QUIT" => Signal::QUIT,
        "HUP" => Signal::HUP,
        "USR1" => Signal::USR1,
        "USR2" => Signal::USR2,
        "KILL" => Signal::KILL,
        "CONT" => Signal::CONT,
        _ => Signal::TERM,
    }
}

/// Sends a signal to every process of a group; whether one was there.
#[must_use]
pub fn signal_group(group: u32, name: &str) -> bool {
    pid(group).is_some_and(|group| rustix::process::kill_process_group(group, signal(name)).is_ok())
}

/// Sends a signal to one process; whether it was there.
#[must_use]
pub fn signal_one(number: u32, name: &str) -> bool {
    pid(number).is_some_and(|number| rustix::process::kill_process(number, signal(name)).is_ok())
}

/// Leaves the terminal and the job that this process was started in.
pub fn leave_session() -> std::io::Result<()> {
    rustix::process::setsid()?;
    // What a child leaves behind when it ends comes to this process and not to the machine's first.
    #[cfg(target_os = "linux")]
    rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_itself_and_no_other() {
        let own = own().unwrap();
        assert!(own.lives());
        let other = Identity { start: own.start + 1, ..own.clone() };
        assert!(!other.lives());
        let other = Identity { executable: "/bin/other".into(), ..own.clone() };
        assert!(!other.lives());
        assert!(memory(own.pid).unwrap() > 0);
        assert!(all().iter().any(|seen| seen.pid == own.pid));
    }

    #[test]
    fn no_signal_goes_to_everybody() {
        for number in [0, 1, u32::MAX] {
            assert!(!signal_group(number, "TERM"));
            assert!(!signal_one(number, "TERM"));
        }
    }
}
