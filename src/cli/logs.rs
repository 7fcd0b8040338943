//! `guard logs`: what a service wrote, and what it writes now.

use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::cli::runtime::{Shape, answer};
use crate::cli::{here, refuse, say};
use crate::io::clock::{self, Look};
use crate::io::environment::Environment;
use crate::io::{output, signals};
use crate::report::visible;
use crate::rollout::control::Target;
use crate::rollout::log::tail;
use crate::words::ending::Ending;

/// Show what a service wrote; secrets were struck before it reached the disk
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A service of guard.toml, or `tunnel`
    #[arg(value_name = "SERVICE")]
    service: String,
    /// Go on with what it writes, until interrupted
    #[arg(short = 'f', long)]
    follow: bool,
    /// So many of the last lines
    #[arg(short = 'n', long, value_name = "LINES", default_value = "200")]
    lines: usize,
    /// An environment of the contract; by default the one last deployed
    #[arg(long = "env", value_name = "ENV")]
    environment: Option<String>,
}

pub(crate) fn run(args: &Args) -> u8 {
    let folder = match here() {
        Ok(folder) => folder,
        Err(refusal) => return refuse(&refusal),
    };
    let shape = Shape::default();
    let target = match Target::of(&folder, args.environment.as_deref(), &Environment::of_process()) {
        Ok(target) => target,
        Err(ending) => return answer(&ending, &shape),
    };
    let path = target.places.log(&args.service);
    let known = target.project.config.services.iter().any(|service| service.name.value == args.service);
    if !known && !path.exists() {
        let name = args.service.escape_debug();
        let ending = Ending::usage(format!("there is no service `{name}`"));
        return answer(&ending.next("`guard status` shows the services"), &shape);
    }
    let text: String =
        tail(&path, args.lines).iter().map(|line| format!("{}\n", visible::line(line))).collect();
    let exit = say(&text, 0);
    if args.follow { follow(&path) } else { exit }
}

/// Prints what is added, also after the log was rotated.
fn follow(path: &Path) -> u8 {
    signals::listen();
    let mut at = std::fs::metadata(path).map_or(0, |data| data.len());
    let look = || {
        if signals::asked() {
            return Look::Holds(0);
        }
        let size = std::fs::metadata(path).map_or(0, |data| data.len());
        if size < at {
            at = 0;
        }
        if size > at
            && let Ok(mut file) = std::fs::File::open(path)
            && file.seek(SeekFrom::Start(at)).is_ok()
        {
            let mut bytes = Vec::new();
            // What cannot be read now is read at the next look.
            drop(file.take(1 << 20).read_to_end(&mut bytes));
            let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
            at += whole as u64;
            let text = String::from_utf8_lossy(&bytes[..whole]).into_owned();
            let text: String = text.lines().map(|line| format!("{}\n", visible::line(line))).collect();
            if output::print(&text).is_err() {
                return Look::Never(());
            }
        }
        Look::Not("the next line".into())
    };
    let forever = Instant::now() + Duration::from_hours(24 * 365);
    clock::poll(forever, Duration::from_millis(100), look, |_| {}).unwrap_or(1)
}
