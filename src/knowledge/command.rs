//! What a command line does: launchers stripped, tool recognised, meaning told.

use crate::words::effect::Effect;
use crate::words::text::Text;

/// What a command means. Several may hold: `docker exec db psql -c "…"` is SQL through a wrapper.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Meaning {
    /// The tool and its arguments once launchers, wrappers and directories are stripped, as the
    /// contract writes it: `prisma migrate deploy`. Present only where the tool is known.
    pub canonical: Option<Vec<Text>>,
    /// It changes a database, as a command of its tool (judged against `commands`).
    pub mutates: Vec<Effect>,
    /// A word that makes it destructive (`reset`, `--accept-data-loss`): index into the words given.
    pub destructive: Option<usize>,
    /// The same with other options than those that stand here: on a local copy, on a linked one.
    pub destructive_elsewhere: Option<usize>,
    pub starts: Vec<Starts>,
    /// SQL that it executes.
    pub sql: Vec<SqlFrom>,
    pub gate: Option<Gate>,
    /// Says only something, or changes only files: `true`, `echo`, `grep`, `rm` …
    pub inert: bool,
    /// It goes through something that hides what is run, and why that could be a mutation.
    pub unresolved: Option<String>,
    /// Environment variable that holds the URL it uses, when the tool is known to read one.
    pub url_variable: Option<String>,
    /// The URL given as an argument: index into the words.
    pub url_word: Option<usize>,
    /// Words from this index on are put behind the text of the package script that it starts
    /// (`npm run db -- push`).
    pub appended: Option<usize>,
    /// What it starts may fail without it failing, or without the rest being left out (`make -i`,
    /// `make -k`, `find -exec … \;`).
    pub keeps_going: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Starts {
    /// Words from this index on are a command of their own (`env X=1 cmd`, `npx cmd`, `ssh h cmd`).
    /// `env` are settings that the wrapper makes, by word index.
    Words {
        from: usize,
        env: Vec<usize>,
        remote: bool,
    },
    /// The word is shell text (`sh -c`, `ssh h 'text'`, `watch 'text'`, `concurrently "…"`).
    Shell {
        word: usize,
        remote: bool,
    },
    /// The words from this index on, put together, are shell text (`ssh h psql -c "'delete …'"`).
    Joined {
        from: usize,
        remote: bool,
    },
    /// The same with settings by word index (`cross-env-shell X=1 "text"`).
    ShellWith {
        word: usize,
        env: Vec<usize>,
    },
    /// The word is program text of another language (`node -e`, `python -c`).
    Program {
        word: usize,
        language: &'static str,
    },
    /// The word is a file that an interpreter runs (`node x.js`, `bash x.sh`, `./x.sh`).
    File {
        word: usize,
    },
    /// A command that the project adds to a tool: the end of its file's path.
    Own {
        path: String,
    },
    /// Files loaded before it (`--require x`, `--import x`, `node -r`).
    Preload {
        word: usize,
    },
    /// `.env` files loaded before it (`--env-file=x`, `dotenv -e x`); offset skips `--env-file=`.
    EnvFile {
        word: usize,
        offset: usize,
    },
    /// A script of a package (`npm run x`, `yarn x`, `pnpm --filter p run x`).
    PackageScript {
        name: Text,
        package: Option<Text>,
        directory: Option<Text>,
    },
    /// Every script that the package manager runs by itself (`npm ci` runs postinstall, prepare).
    PackageHooks,
    /// `make x`, `just x`: names are targets; empty is the default one.
    Targets {
        names: Vec<Text>,
        directory: Option<Text>,
    },
    /// `docker compose run SERVICE cmd…`/`up`: the services that are started; empty is all.
    ComposeServices {
        names: Vec<Text>,
    },
    /// `docker compose run SERVICE words…`: what the service's image starts gets the words from this index on.
    InService {
        name: Text,
        from: usize,
    },
    /// A program that is installed from a package and not known: nothing else is known of it.
    /// `cargo run`: a binary of a package of the repository.
    Crate {
        package: Option<Text>,
        program: Option<Text>,
    },
    Unknown,
}

#[derive(Clone, Debug, PartialEq)]
pub enum SqlFrom {
    /// The word from this byte on is SQL text (`-c "…"`, `--execute=…`).
    Word { word: usize, offset: usize },
    /// The word names a file with SQL (`-f x.sql`).
    File { word: usize, offset: usize },
    /// SQL comes on standard input.
    Stdin,
}

/// Commands of guard itself, and what they prove for whatever comes after them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gate {
    /// `guard check`; `narrowed` with PATHS or `--staged`.
    Check { narrowed: bool },
    /// `guard proof`
    Proof { env: Option<Text> },
    /// `guard fingerprint verify ENV`
    Fingerprint { env: Option<Text> },
    /// `guard migrate` or `guard deploy`, without a command: no surface.
    Own,
    /// `guard migrate -- …`, `guard run -- …`: words from this index on are what it wraps.
    Wraps { from: usize, env: Option<Text>, run: bool },
    /// A registry package or path called guard that is not this tool (`npx guard`).
    NotGuard,
}
