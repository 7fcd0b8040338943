//! `guard prove`: what would be caught, shown by planting it.

use crate::cli::engine::{self, Refusal};
use crate::cli::{here, look, refuse, say};
use crate::report::prove;

const AFTER: &str = "\
Examples:
  guard prove                    plant every known bypass in memory, and see each caught
  guard prove --run              also start every protected script where it must stop by itself
  guard prove --format json      every plant with its place and the rule that caught it

Nothing is written: a plant is another text for one file, in memory. A plant that survives is one that \
a change could hold and `guard check` would not see. Planted are the scripts and their guards, what starts \
them, the job that runs the required check, the contract and its lock, migrations, and programs that the \
contract does not name. Where `guard check` fails as things are, nothing is planted, and that is said.

--run starts each script of a protected environment in a temporary copy, with CI unset, in a network \
namespace without a network, and watches what it tries to connect to (Linux, with unshare and strace). \
A wrapper script is started through `guard migrate`; one in Rust is built first, without a network. \
What cannot be started is not proven.

Exit codes: 0 everything was caught, 1 something survived or could not be proven, 64 wrong usage.";

/// Plants known bypasses and undeclared mutations, and shows that the check catches each at its place
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    /// Also start every protected script without CI and without a network
    #[arg(long)]
    run: bool,
    /// What standard output is for
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Counts for each script, and what survived
    Text,
    /// The shape of `guard schema prove`
    Json,
}

pub(crate) fn run(args: &Args) -> u8 {
    match proven(args) {
        Ok(exit) => exit,
        Err(refusal) => refuse(&refusal),
    }
}

fn proven(args: &Args) -> Result<u8, Refusal> {
    let proof = engine::prove(&here()?, args.run)?;
    let exit = u8::from(!proof.holds());
    Ok(match args.format {
        Format::Text => say(&prove::text(&proof, &look()), exit),
        Format::Json => say(&prove::json(&proof), exit),
    })
}
