//! The wish that this process ends: SIGINT and SIGTERM raise a flag that waits look at.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

static ASKED: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// From now on these signals raise the flag instead of ending the process.
pub fn listen() {
    let flag = ASKED.get_or_init(|| Arc::new(AtomicBool::new(false)));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM, signal_hook::consts::SIGHUP] {
        // A signal that cannot be caught ends the process as it always did.
        drop(signal_hook::flag::register(signal, Arc::clone(flag)));
    }
}

/// Whether somebody asked for the end.
#[must_use]
pub fn asked() -> bool {
    ASKED.get().is_some_and(|flag| flag.load(Ordering::Relaxed))
}
