//! What libraries do: a small table of types and what calling their members gives.
//!
//! A value in a program may be of a *type* that the knowledge names (`prisma.client`,
//! `knex.builder`). Types come from *apis*: members of modules and globals
//! (`pg.Pool`, `process.exit`), called or constructed. A type's members give other types, or
//! effects. `reach/` walks values through this table and knows no library.

use std::collections::BTreeMap;

use serde::Deserialize;

/// One file of `rules/knowledge/`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Library {
    /// Words that a file must hold (one of them) for this library to matter: the prefilter.
    #[serde(default)]
    pub triggers: Vec<String>,
    /// `module.member` paths (`@prisma/client.PrismaClient`, `pg.default.Pool`) or global paths
    /// with the dialect (`js:process.exit`, `python:os.environ`). A trailing `.*` matches any
    /// member. The module name `a|b` matches either; `node:` prefixes are dropped by the caller.
    #[serde(default)]
    pub api: BTreeMap<String, Action>,
    #[serde(default, rename = "type")]
    pub types: BTreeMap<String, Type>,
    #[serde(default)]
    pub sample: Vec<Sample>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Type {
    /// Names of variables and parameters that are taken to be of this type where nothing else is
    /// known of them (`prisma`, `knex`), lower case, compared with the whole name.
    #[serde(default)]
    pub names: Vec<String>,
    /// Names of annotated types (`PrismaClient`, `Pool`).
    #[serde(default)]
    pub annotations: Vec<String>,
    /// What members do when called (or, with `property = true`, when read).
    #[serde(default)]
    pub members: BTreeMap<String, Action>,
    /// Every other member.
    #[serde(default)]
    pub other: Option<Box<Action>>,
    /// The value itself, called: `knex("t")`, `` sql`…` ``.
    #[serde(default)]
    pub call: Option<Box<Action>>,
    /// A member is set (`row.name = …`): argument 0 is its name.
    #[serde(default)]
    pub assigned: Option<Box<Action>>,
    /// The value is executed by somebody else (`session.execute(update(T))`), with its arguments.
    #[serde(default)]
    pub run: Option<Box<Action>>,
    /// The type of each element, where the value holds several; `self` for the same.
    #[serde(default)]
    pub item: Option<String>,
    /// Fields of a class that extends it are variables of the environment, whatever their default is.
    #[serde(default, rename = "fields-from-environment")]
    pub fields_from_environment: bool,
    /// One that stands in a class works on the table of that class (`objects = LiveManager()`).
    #[serde(default, rename = "of-class")]
    pub of_class: bool,
    /// How a class that extends a value of this type names its table, see [`Action::names_tables`].
    #[serde(default, rename = "names-tables")]
    pub names_tables: Option<String>,
}

/// What a call, a construction or a read does. Every field that is there holds.
#[expect(clippy::struct_excessive_bools, reason = "each is a key of the data that stands alone")]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Action {
    /// A member that is read, not called.
    #[serde(default)]
    pub property: bool,
    /// The type of the result. `self` keeps the value, with its table and columns.
    #[serde(default)]
    pub gives: Option<String>,
    /// The result is a promise of `gives`.
    #[serde(default)]
    pub awaits: bool,
    /// Opens a connection, or can (a client that connects at its first query).
    #[serde(default)]
    pub opens: bool,
    /// Uses the connection, reading: no effect, but no longer before the fingerprint check.
    #[serde(default)]
    pub reads: bool,
    /// The URL of what is opened: an argument, or a key path in one (`0`, `0.connectionString`,
    /// `0.datasources.db.url`), or `env:NAME`. The first that is there.
    #[serde(default)]
    pub url: Vec<String>,
    /// An operation on the table of the value or of `table`.
    #[serde(default)]
    pub operation: Option<crate::words::effect::Operation>,
    /// Where the table is said: argument (`0`), key path (`0.tableName`), `member` (the member's
    /// own name: `prisma.user`), `static:NAME`, `unknown`; `model:PATH` names a model of an
    /// application (`"shop.Order"`, or the application before it, or the one of the file at hand).
    #[serde(default)]
    pub table: Option<String>,
    /// Where the columns are said: argument or key path to an object whose keys they are, or to a
    /// list of such objects, or of names; `self`: those that the value was made with. Several: all of
    /// them count.
    #[serde(default)]
    pub columns: Vec<String>,
    /// Nested writes in Prisma's shape are looked for in these arguments (`0.data`).
    #[serde(default)]
    pub nested: Vec<String>,
    /// SQL text that is executed: argument or key path; `tag` for a tagged template.
    #[serde(default)]
    pub sql: Option<String>,
    /// SQL text that is only kept (`prepare`): the result carries it; executed by `sql = "self"`.
    #[serde(default)]
    pub keeps_sql: Option<String>,
    /// The argument that is written behind the SQL that the subject holds already.
    #[serde(default)]
    pub adds_sql: Option<String>,
    /// What the platform does here.
    #[serde(default)]
    pub role: Option<Role>,
    /// A function as the last argument is given the error, and then the result.
    #[serde(default)]
    pub callback: bool,
    /// Arguments that are functions called right here, in order, with values of these types:
    /// `calls = { 0 = "self" }` for `$transaction(tx => …)`; several types for several
    /// parameters with commas between; no type: it is not called.
    #[serde(default)]
    pub calls: BTreeMap<String, String>,
    /// Defines a table (`pgTable("name", {…})`): name and columns from `table` and `columns`; an
    /// object `{ monthlyCents: integer("monthly_cents") }` maps fields to columns.
    #[serde(default)]
    pub defines_table: bool,
    /// Only when it is written with these argument facts: `{ "0.force" = "true" }`.
    #[serde(default)]
    pub when: BTreeMap<String, String>,
    /// The names of its arguments, in order, where a call can name them (`-Path x`).
    #[serde(default)]
    pub parameters: Vec<String>,
    /// Names that take no value (`-Wait`).
    #[serde(default)]
    pub switches: Vec<String>,
    /// This is destructive whatever the contract says (`sync({ force: true })`).
    #[serde(default)]
    pub destructive: bool,
    /// The command of the tool that this stands for (`knex migrate:latest` for
    /// `knex.migrate.latest()`), judged against `commands`.
    #[serde(default)]
    pub command: Option<String>,
    /// How a class that extends this names its table when it does not say: `app-model` (the folder
    /// and the class), `lower`, `snake`.
    #[serde(default)]
    pub names_tables: Option<String>,
    /// What holds besides, each under its own `when`: `sync()` alters, `sync({ force: true })`
    /// drops, too.
    #[serde(default)]
    pub also: Vec<Action>,
}

/// What a platform's own functions mean to control flow and to values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Ends the program; argument 0 is the status (absent: success).
    Exit,
    /// Ends the program as a failure (`process.abort`).
    Abort,
    /// The environment: members are variables.
    Environment,
    /// Argument 0 names a variable (`os.getenv`), argument 1 a default.
    ReadVariable,
    /// The arguments that the program was started with.
    Arguments,
    /// Puts something else in the place of what argument 0 names with its module, or of the member of
    /// argument 0 that argument 1 names (`mock.patch`).
    Replaces,
    /// Asks a person.
    Prompt,
    /// Runs argument 0 as a shell text; throws when it fails.
    Shell,
    /// The same, but the failure is only in the result (`spawnSync`, `subprocess.run`).
    ShellUnchecked,
    /// Runs argument 0 with the list in argument 1; throws when it fails.
    Command,
    CommandUnchecked,
    /// Runs argument 0 (a list, or a text that is split) as `subprocess` does.
    CommandList,
    CommandListUnchecked,
    /// Runs another program file of the same platform (`fork`, `new Worker`).
    RunFile,
    /// The text of the file that argument 0 names.
    ReadFile,
    /// Joins its arguments to a path; `resolve` starts from the working directory.
    JoinPath,
    Dirname,
    Basename,
    /// Its argument as it is (`String(x)`, `fileURLToPath`, `Object.freeze`, `path.normalize`).
    Same,
    /// Only says something.
    Log,
    /// Tells of a failure: where failures stop the program, it ends there.
    Fail,
    /// Loads variables from files (`dotenv.config`): `0.path` or `.env`.
    LoadEnv,
    /// Serves requests from here on: functions given to anything are handlers.
    Serve,
    /// Argument 0 is a list of promises, all awaited (`Promise.all`).
    AwaitAll,
    /// Awaits them; failures are only in the results (`Promise.allSettled`).
    SettleAll,
    /// Awaits the first of them (`Promise.race`, `Promise.any`).
    FirstOf,
    /// Goes on only where argument 0 holds (`assert(x)`).
    Assert,
    /// Goes on only where arguments 0 and 1 are the same (`assert.equal`).
    AssertEqual,
    /// Sets the property that argument 1 names to argument 2, or to its `value`.
    SetProperty,
    /// Copies the properties of later arguments into the first (`Object.assign`).
    Merge,
    /// Calls argument 0 later, on its own (`setTimeout`, `process.nextTick`, `process.on`).
    Later,
    /// Evaluates argument 0 as program text.
    Eval,
    /// Sets the status with which the program will end.
    ExitStatus,
    /// Computes a value of its arguments; nothing else.
    Pure,
    /// A command-line parser: its values come from arguments.
    CommandLine,
    /// Where this file is (`__dirname`, `import.meta.dirname`).
    HereDirectory,
    HereFile,
    /// The program that runs this one: another file can be started by it (`process.execPath`).
    Runtime,
    /// The file is the one started, not imported (`require.main === module`).
    IsMain,
    /// Loads a module by name (`require`).
    Load,
    /// Replaces this program by the one that argument 0 names, with the words in argument 1 or in
    /// the rest (`os.execvp`): nothing after it runs.
    CommandExec,
    /// Runs a module of the repository as a program (`runpy.run_module`).
    RunModule,
    /// A command line as a list of its words (`shlex.split`).
    Words,
    /// All arguments are promises that are awaited (`asyncio.gather(a, b)`).
    Gather,
    /// An application that a server runs; by itself it serves nothing.
    ServeApp,
    /// Waits for its argument (`asyncio.run`).
    Await,
    /// Some elements of argument 0.
    Slice,
    /// A list that may hold more elements than are shown.
    Several,
    /// What a context manager gives.
    Enter,
    /// What a function is after a decorator: argument 0 decorates argument 1.
    Decorate,
    /// Sets the variable that argument 0 names to argument 1.
    SetVariable,
    /// Sets the variables that objects among the arguments name.
    SetVariables,
    /// Calls argument 0 with what the command line gives.
    CommandMain,
    /// Calls argument 0 with the list in argument 2 (`Reflect.apply`).
    Apply,
    /// The member of argument 0 that argument 1 names (`Reflect.get`).
    GetProperty,
    /// Argument 0, behind the functions in argument 1 (`new Proxy`).
    Proxy,
    /// The members of argument 0, whichever they are (`Object.values`); with their names.
    Values,
    Entries,
    /// A function of the text in the last argument; the others name its parameters.
    MakeFunction,
    /// Decodes text, so that it no longer stands in the source (`atob`, `Buffer.from`).
    Decode,
    /// The value of an outcome; its failure happens here (`?`).
    Raise,
    /// The same, but a failure ends the program (`unwrap`).
    Unwrap,
    /// Waits for a future: what ends the program happens here, a failure stays in the value.
    Drive,
    /// An outcome that is a failure (`Err(x)`).
    Failed,
    /// Whether there is no failure, and a value.
    IsWell,
    IsFailure,
    /// The value if there is no failure.
    Well,
    /// The value, else argument 1 (`unwrap_or`).
    Instead,
    /// The value, else what argument 1 gives when called (`unwrap_or_else`).
    InsteadOf,
    /// Runs argument 0 apart: how it ends is only in the result (`catch_unwind`, `spawn`).
    Attempt,
    /// A command's status says that it went well.
    Succeeded,
    /// An object of the class in argument 0 with the fields in argument 1, or those fields alone.
    Make,
    /// The first argument that is something.
    Either,
}

/// A few lines of program that show the table right: tests run them through the whole engine.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// `js`, `ts`, `sh` …
    pub language: String,
    pub text: String,
    /// `update services(name, price)`, as `Effect::describe` says it, sorted; empty: silent.
    pub effects: Vec<String>,
}
