//! The whole program on one screen: a thread with room for deep sources, and what a bug says.

use std::io::Write as _;
use std::panic;
use std::process::ExitCode;
use std::thread;

#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Sources nest deeper than the usual stack of a main thread allows for.
const STACK: usize = 512 << 20;

fn main() -> ExitCode {
    panic::set_hook(Box::new(|bug| {
        // Nothing is left to do where even this cannot be written.
        let _ = writeln!(
            std::io::stderr().lock(),
            "guard: this is a bug in guard, not in your repository: {bug}\n\
             The check counts as failed. Please report it with this text, `guard --version` and, if you may \
             share it, the file it stopped at: see SECURITY.md where it could hide a finding, else open an issue.",
        );
    }));
    let run = thread::Builder::new().name("guard".to_owned()).stack_size(STACK).spawn(guard::cli::run);
    match run.map(thread::JoinHandle::join) {
        Ok(Ok(exit)) => ExitCode::from(exit),
        // The hook has spoken.
        Ok(Err(_)) => ExitCode::from(1),
        Err(error) => {
            let _ = writeln!(std::io::stderr().lock(), "guard: cannot start a thread: {error}");
            ExitCode::from(1)
        }
    }
}
