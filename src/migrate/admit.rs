//! Which commands the contract lets guard wrap: launchers are gone through, package scripts are read, and
//! what is left must be a command or a script that the contract names for this environment.

use std::path::{Component, Path, PathBuf};

use crate::contract::model::{Contract, Enforced, Script};
use crate::knowledge::command::{Meaning, Starts};
use crate::knowledge::meaning;
use crate::rules::contract::grants::admitted;
use crate::words::ending::{Code, Ending};
use crate::words::secret::strike_command;
use crate::words::text::Text;

/// What asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// `guard migrate --`: migrations, commands of scripts, wrapper scripts.
    Migrate,
    /// `guard run --` on a protected environment: wrapper scripts.
    Run,
}

/// A command that may be started.
#[derive(Clone, Debug, Default)]
pub struct Admitted {
    /// The tool and its arguments, without launchers; the words themselves where no tool is known.
    pub words: Vec<String>,
    /// The tool's name, where it is one that guard knows.
    pub tool: Option<String>,
    /// Environments that a script reads besides its own.
    pub reads: Vec<String>,
    /// Whether it is a script of the repository, whose reading nobody can foresee.
    pub is_script: bool,
    /// Files of variables that are loaded before it.
    pub env_files: Vec<String>,
    /// Variables that its launcher sets, with their values.
    pub sets: Vec<(String, String)>,
    /// Variable from which the tool takes its URL.
    pub url_variable: Option<String>,
    /// The URL that stands in its arguments.
    pub url_word: Option<String>,
}

/// Launchers, wrappers and package scripts lead to each other; nobody nests them deeper.
const DEEPEST: usize = 8;

struct Asked<'a> {
    contract: &'a Contract,
    root: &'a Path,
    folder: &'a Path,
    environment: &'a str,
    protected: bool,
    door: Door,
}

/// Judges a command. Nothing is started, and nothing but `package.json` is read.
pub fn admit(
    contract: &Contract,
    root: &Path,
    folder: &Path,
    environment: &str,
    door: Door,
    words: &[String],
) -> Result<Admitted, Ending> {
    let protected = contract.is_protected(environment);
    let asked = Asked { contract, root, folder, environment, protected, door };
    let mut admitted = Admitted::default();
    asked.judge(words.to_vec(), 0, &mut admitted)?;
    Ok(admitted)
}

impl Asked<'_> {
    fn no(&self, why: &str) -> Ending {
        let next = match self.door {
            Door::Migrate => {
                "name the command in `commands` of `[migrations]` or of a script, or run one that is"
            }
            Door::Run => {
                "declare the script with `enforced = \"wrapper\"` for this environment, or use `guard migrate`"
            }
        };
        Ending::refused(
            Code::CommandNotAllowed,
            format!("the contract does not allow this command for {}: {why}", self.environment),
        )
        .next(next)
    }

    fn judge(&self, words: Vec<String>, depth: usize, out: &mut Admitted) -> Result<(), Ending> {
        if depth > DEEPEST {
            return Err(self.no("its launchers are nested too deep"));
        }
        let texts: Vec<Text> = words.iter().map(|word| Text::known(word.as_str())).collect();
        let told = meaning(&texts);
        self.destructive(&words, &told)?;
        for start in &told.starts {
            match start {
                Starts::EnvFile { word, offset } => {
                    let file = words.get(*word).and_then(|word| word.get(*offset..)).unwrap_or_default();
                    out.env_files.push(file.to_owned());
                }
                Starts::Preload { .. } => return Err(self.no("it loads another file first")),
                _ => {}
            }
        }
        out.url_variable.clone_from(&told.url_variable);
        out.url_word = told.url_word.and_then(|at| words.get(at).cloned());
        if let Some(canonical) = &told.canonical {
            out.tool = canonical.first().map(ToString::to_string);
            let shown: Vec<String> = canonical.iter().map(ToString::to_string).collect();
            if self.commands().any(|pattern| admitted(Some(self.contract), pattern, canonical)) {
                out.words = shown;
                return Ok(());
            }
        }
        // Word for word as the contract has it, whatever program it is.
        if self.commands().any(|pattern| admitted(Some(self.contract), pattern, &texts)) {
            out.is_script = told.canonical.is_none();
            out.words = words;
            return Ok(());
        }
        if let Some(canonical) = &told.canonical {
            let shown: Vec<String> = canonical.iter().map(ToString::to_string).collect();
            return Err(self.no(&format!("`{}` is not among its commands", strike_command(&shown))));
        }
        if told.unresolved.is_some() {
            return Err(self.no("what it starts cannot be told beforehand"));
        }
        self.through(&words, &told, depth, out)
    }

    /// What the command starts in its turn.
    fn through(
        &self,
        words: &[String],
        told: &Meaning,
        depth: usize,
        out: &mut Admitted,
    ) -> Result<(), Ending> {
        for start in &told.starts {
            match start {
                Starts::EnvFile { .. } | Starts::Preload { .. } => {}
                Starts::Words { from, env, remote: false } => {
                    for word in env.iter().filter_map(|&at| words.get(at)) {
                        let Some((name, value)) = word.split_once('=') else {
                            return Err(self.no("a setting before it cannot be read"));
                        };
                        out.sets.push((name.to_owned(), value.to_owned()));
                    }
                    return self.judge(words.get(*from..).unwrap_or_default().to_vec(), depth + 1, out);
                }
                Starts::Shell { word, remote: false } => {
                    let text = words.get(*word).map(String::as_str).unwrap_or_default();
                    let Some(inner) = simple(text) else {
                        return Err(self.no("it is more than one plain command for a shell"));
                    };
                    return self.judge(inner, depth + 1, out);
                }
                Starts::File { word } => return self.script(words, *word, out),
                Starts::PackageScript { name, package: None, directory: None } => {
                    let name = name.to_string();
                    let mut inner = self.package_script(&name)?;
                    if let Some(from) = told.appended {
                        inner.extend(words.get(from..).unwrap_or_default().iter().cloned());
                    }
                    return self.judge(inner, depth + 1, out);
                }
                Starts::Words { .. } | Starts::Shell { .. } => {
                    return Err(
                        self.no("it runs on another machine, whose database nobody can see from here")
                    );
                }
                _ => return Err(self.no("what it starts is not declared")),
            }
        }
        Err(self.no("it is not among its commands"))
    }

    fn commands(&self) -> impl Iterator<Item = &str> {
        let migrate = self.door == Door::Migrate;
        let own = self.contract.migrations.iter().filter(move |_| migrate).flat_map(|it| it.commands.iter());
        let scripts = self.scripts().filter(move |_| migrate).flat_map(|script| script.commands.iter());
        own.chain(scripts).map(|at| at.value.as_str())
    }

    fn scripts(&self) -> impl Iterator<Item = &Script> {
        let here = |script: &&Script| script.environments.iter().any(|at| at.value == self.environment);
        self.contract.scripts.iter().filter(here)
    }

    fn destructive(&self, words: &[String], told: &Meaning) -> Result<(), Ending> {
        // Which database an option means is nothing to rely on where none may be destroyed.
        let at = told.destructive.or(told.destructive_elsewhere);
        let Some(at) = at.filter(|_| self.protected) else { return Ok(()) };
        let word = strike_command(words.get(at..=at).unwrap_or_default());
        Err(Ending::refused(
            Code::CommandDestructive,
            format!(
                "`{word}` destroys data, and {} is protected: no contract allows that there",
                self.environment
            ),
        )
        .detail("word", word)
        .next("write a migration that does only what is meant, and have it approved"))
    }

    /// A file of the repository, by its path.
    fn script(&self, words: &[String], at: usize, out: &mut Admitted) -> Result<(), Ending> {
        let name = words.get(at).map(String::as_str).unwrap_or_default();
        let Some(path) = inside(self.root, self.folder, name) else {
            return Err(self.no("it is a file outside of the project"));
        };
        let declared: Vec<&Script> = self.scripts().filter(|script| script.path.value == path).collect();
        let Some(script) = declared.first() else {
            return Err(self.no(&format!("`{path}` is not one of its scripts")));
        };
        if script.enforced != Enforced::Wrapper {
            return Err(self
                .no(&format!("`{path}` carries its own guards, and is not declared as a `wrapper` script")));
        }
        out.reads = script.reads.iter().map(|at| at.value.clone()).collect();
        out.is_script = true;
        out.words = words.to_vec();
        Ok(())
    }

    /// The one plain command of a package script, and nothing before or after it.
    fn package_script(&self, name: &str) -> Result<Vec<String>, Ending> {
        let mut folder = self.folder;
        let text = loop {
            if let Ok(text) = std::fs::read_to_string(folder.join("package.json")) {
                break text;
            }
            match folder.parent() {
                Some(parent) if folder != self.root => folder = parent,
                _ => return Err(self.no("there is no package.json here")),
            }
        };
        let package: serde_json::Value =
            serde_json::from_str(&text).map_err(|_| self.no("package.json cannot be read"))?;
        let script =
            |name: &str| package.get("scripts").and_then(|all| all.get(name)).and_then(|it| it.as_str());
        for hook in [format!("pre{name}"), format!("post{name}")] {
            if script(&hook).is_some() {
                return Err(self.no(&format!("the package script `{hook}` would run, too")));
            }
        }
        let Some(text) = script(name) else {
            return Err(self.no(&format!("there is no package script `{name}`")));
        };
        simple(text)
            .ok_or_else(|| self.no(&format!("the package script `{name}` is more than one plain command")))
    }
}

/// A path relative to the project, where it lies inside; links are followed.
fn inside(root: &Path, folder: &Path, name: &str) -> Option<String> {
    let path = folder.join(name);
    let path = path.canonicalize().unwrap_or_else(|_| plain(&path));
    let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    let inside = path.strip_prefix(&root).ok()?;
    let parts: Vec<&str> = inside.components().filter_map(|part| part.as_os_str().to_str()).collect();
    Some(parts.join("/"))
}

fn plain(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                out.pop();
            }
            Component::CurDir => {}
            other => out.push(other),
        }
    }
    out
}

/// The words of a text that a shell would read as one plain command; none where it would do more.
#[must_use]
pub fn simple(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    for c in text.trim().chars() {
        match quote {
            Some(open) if c == open => quote = None,
            Some('"') if matches!(c, '$' | '`' | '\\') => return None,
            Some(_) => word.get_or_insert_default().push(c),
            None => match c {
                '\'' | '"' => {
                    quote = Some(c);
                    word.get_or_insert_default();
                }
                ' ' | '\t' => words.extend(word.take()),
                ';' | '&' | '|' | '<' | '>' | '$' | '`' | '(' | ')' | '{' | '}' | '*' | '?' | '[' | ']'
                | '!' | '#' | '~' | '\\' | '\n' | '\r' => return None,
                c => word.get_or_insert_default().push(c),
            },
        }
    }
    if quote.is_some() {
        return None;
    }
    words.extend(word);
    // Settings before a command are the shell's, and `env` says the same in plain words.
    if words.first().is_some_and(|first| first.contains('=')) {
        words.insert(0, "env".to_owned());
    }
    (!words.is_empty()).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::ending::Code;

    const CONTRACT: &str = "\
version = 1
[environments]
known = [\"dev\", \"prod\"]
protected = [\"prod\"]
[migrations]
path = \"prisma/migrations\"
tool = \"prisma\"
commands = [\"prisma migrate deploy\", \"./tool up\", \"prisma migrate reset --force\"]
[[script]]
path = \"scripts/sync.js\"
environment = \"prod\"
enforced = \"wrapper\"
reads = [\"dev\"]
[[script]]
path = \"scripts/own.js\"
environment = \"prod\"
enforced = \"inline\"
";

    fn told(door: Door, environment: &str, line: &str) -> &'static str {
        let folder = tempfile::tempdir().unwrap();
        let package = r#"{"scripts": {"deploy": "prisma migrate deploy", "two": "prisma migrate deploy && x",
            "sync": "node scripts/sync.js", "hooked": "prisma migrate deploy", "prehooked": "x"}}"#;
        std::fs::write(folder.path().join("package.json"), package).unwrap();
        let contract = crate::contract::parse::parse(CONTRACT).unwrap();
        let words = simple(line).unwrap();
        match admit(&contract, folder.path(), folder.path(), environment, door, &words) {
            Ok(_) => "ok",
            Err(ending) => ending.code.map_or("usage", Code::name),
        }
    }

    #[test]
    fn only_what_the_contract_names_is_let_through() {
        use Door::{Migrate, Run};
        for (door, environment, line, expected) in [
            (Migrate, "prod", "npx prisma migrate deploy", "ok"),
            (Migrate, "prod", "pnpm exec prisma migrate deploy", "ok"),
            (Migrate, "prod", "env A=1 npx prisma migrate deploy", "ok"),
            (Migrate, "prod", "sh -c 'npx prisma migrate deploy'", "ok"),
            (Migrate, "prod", "npm run deploy", "ok"),
            (Migrate, "prod", "./tool up", "ok"),
            (Migrate, "prod", "node scripts/sync.js --all", "ok"),
            (Migrate, "prod", "npx prisma migrate deploy --schema x", "command/not-allowed"),
            (Migrate, "prod", "npx prisma db seed", "command/not-allowed"),
            (Migrate, "prod", "npm run two", "command/not-allowed"),
            (Migrate, "prod", "npm run hooked", "command/not-allowed"),
            (Migrate, "prod", "npm run nothing", "command/not-allowed"),
            (Migrate, "prod", "./tool down", "command/not-allowed"),
            (Migrate, "prod", "node scripts/own.js", "command/not-allowed"),
            (Migrate, "prod", "node scripts/other.js", "command/not-allowed"),
            (Migrate, "prod", "node -r ./x.js scripts/sync.js", "command/not-allowed"),
            (Migrate, "prod", "ssh host prisma migrate deploy", "command/not-allowed"),
            (Migrate, "prod", "echo hello", "command/not-allowed"),
            (Migrate, "prod", "prisma migrate reset --force", "command/destructive"),
            (Migrate, "prod", "npx prisma db push --accept-data-loss", "command/destructive"),
            (Migrate, "prod", "sh -c 'npx prisma migrate reset'", "command/destructive"),
            (Migrate, "dev", "prisma migrate reset --force", "ok"),
            (Migrate, "dev", "node scripts/sync.js", "command/not-allowed"),
            (Run, "prod", "node scripts/sync.js", "ok"),
            (Run, "prod", "npm run sync", "ok"),
            (Run, "prod", "node scripts/own.js", "command/not-allowed"),
            (Run, "prod", "npx prisma migrate deploy", "command/not-allowed"),
            (Run, "prod", "npx prisma migrate reset", "command/destructive"),
            (Run, "prod", "npx supabase db reset", "command/destructive"),
            (Migrate, "prod", "supabase db reset --linked", "command/destructive"),
            (Migrate, "prod", "supabase db push", "command/not-allowed"),
        ] {
            assert_eq!(told(door, environment, line), expected, "{line} on {environment}");
        }
    }

    #[test]
    fn a_shell_s_text_is_plain_or_nothing() {
        assert_eq!(simple("a 'b c' \"d\"").unwrap(), ["a", "b c", "d"]);
        assert_eq!(simple("A=1 b").unwrap(), ["env", "A=1", "b"]);
        for text in ["a; b", "a && b", "a $B", "a \"$B\"", "a 'b", "", "a > b", "a `b`"] {
            assert_eq!(simple(text), None, "{text}");
        }
    }
}
