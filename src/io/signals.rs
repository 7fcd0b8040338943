//! The wish that this process ends: SIGINT and SIGTERM raise a flag that waits look at.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

static ASKED: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// From now on these signals raise the flag instead of ending the process.
pub fn listen() {
    let flag = ASKED.get_or_init(|| Arc::new(AtomicBool::new(false)));
    // Whoever was started to outlive its terminal (`nohup`) is not ended by its closing.
    let outlives = ignores(signal_hook::consts::SIGHUP);
    let hang_up = (!outlives).then_some(signal_hook::consts::SIGHUP);
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM].into_iter().chain(hang_up) {
        // A signal that cannot be caught ends the process as it always did.
        drop(signal_hook::flag::register(signal, Arc::clone(flag)));
    }
}

/// Whether this process was started with a signal ignored. Where the system does not say, it was not.
fn ignores(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    mask.checked_shr(signal.unsigned_abs().saturating_sub(1)).is_some_and(|rest| rest & 1 == 1)
}

/// Whether somebody asked for the end.
#[must_use]
pub fn asked() -> bool {
    ASKED.get().is_some_and(|flag| flag.load(Ordering::Relaxed))
}
