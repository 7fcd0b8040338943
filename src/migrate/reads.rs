//! Which databases a wrapped command would go to: every URL that it could read must lead to the one that
//! was verified, and it is handed that one.

use std::path::{Path, PathBuf};

use super::admit::Admitted;
use crate::gate::enter::{Entered, told};
use crate::io::database::url::{DatabaseUrl, Engine};
use crate::io::database::{Access, Session};
use crate::io::environment::Environment;
use crate::mark::anchor::CLUSTER;
use crate::mark::judge::{self, Marked};
use crate::mark::probe;
use crate::run::urls::{self, Found, Reading, same_place};
use crate::words::ending::{Code, Ending};
use crate::words::secret::Redactor;

/// What a wrapped command gets of guard's own environment: what programs need to run, and nothing that
/// leads to a database or opens one.
const KEPT: [&str; 66] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "LANGUAGE",
    "TZ",
    "TERM",
    "COLORTERM",
    "NO_COLOR",
    "FORCE_COLOR",
    "CLICOLOR",
    "COLUMNS",
    "LINES",
    "TMPDIR",
    "TMP",
    "TEMP",
    "HOSTNAME",
    "PWD",
    "CI",
    "GITHUB_ACTIONS",
    "GITHUB_SHA",
    "GITHUB_REF",
    "GITHUB_RUN_ID",
    "GITHUB_REPOSITORY",
    "GITHUB_WORKSPACE",
    "GITLAB_CI",
    "CI_COMMIT_SHA",
    "CI_PIPELINE_ID",
    "BUILDKITE",
    "CIRCLECI",
    "NODE_ENV",
    "NODE_PATH",
    "NODE_EXTRA_CA_CERTS",
    "NVM_DIR",
    "VOLTA_HOME",
    "PNPM_HOME",
    "COREPACK_HOME",
    "npm_config_cache",
    "CHECKPOINT_DISABLE",
    "PRISMA_SCHEMA_ENGINE_BINARY",
    "PRISMA_QUERY_ENGINE_LIBRARY",
    "PRISMA_ENGINES_MIRROR",
    "JAVA_HOME",
    "GOPATH",
    "GOROOT",
    "CARGO_HOME",
    "RUSTUP_HOME",
    "RUST_LOG",
    "RUST_BACKTRACE",
    "VIRTUAL_ENV",
    "PYTHONPATH",
    "DJANGO_SETTINGS_MODULE",
    "GEM_HOME",
    "GEM_PATH",
    "BUNDLE_PATH",
    "BUNDLE_GEMFILE",
    "RAILS_ENV",
    "RACK_ENV",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    // Java's tools take who connects apart from where to.
    "FLYWAY_USER",
    "FLYWAY_PASSWORD",
    "LIQUIBASE_COMMAND_USERNAME",
    "LIQUIBASE_COMMAND_PASSWORD",
];

/// Variables in which tools look for their database when nobody says another.
const USUAL: [&str; 14] = [
    "DATABASE_URL",
    "DIRECT_URL",
    "DIRECT_DATABASE_URL",
    "POSTGRES_URL",
    "POSTGRES_PRISMA_URL",
    "POSTGRES_URL_NON_POOLING",
    "MYSQL_URL",
    "DB_URL",
    "JDBC_DATABASE_URL",
    "FLYWAY_URL",
    "LIQUIBASE_COMMAND_URL",
    "SQLALCHEMY_DATABASE_URI",
    "SQLALCHEMY_DATABASE_URL",
    "GOOSE_DBSTRING",
];

/// Names of the files of variables that tools load by themselves.
fn env_files(environment: &str) -> Vec<String> {
    let mut names: Vec<String> = [".env", ".env.local", "prisma/.env"].map(str::to_owned).to_vec();
    for stage in ["production", environment] {
        names.push(format!(".env.{stage}"));
        names.push(format!(".env.{stage}.local"));
    }
    names.dedup();
    names
}

/// What of a Prisma schema leads to a database: names of variables, and URLs as they stand there.
#[derive(Debug, Default, PartialEq, Eq)]
struct Schema {
    variables: Vec<String>,
    urls: Vec<String>,
    folder: Option<PathBuf>,
}

fn schema_of(words: &[String], folder: &Path) -> Schema {
    let named = words.iter().enumerate().find_map(|(at, word)| {
        word.strip_prefix("--schema=")
            .map(str::to_owned)
            .or_else(|| (word == "--schema").then(|| words.get(at + 1).cloned()).flatten())
    });
    let candidates = match named {
        Some(named) => vec![folder.join(named)],
        None => vec![
            folder.join("prisma/schema.prisma"),
            folder.join("schema.prisma"),
            folder.join("prisma/schema"),
        ],
    };
    let mut out = Schema::default();
    for candidate in candidates {
        let mut files = vec![candidate.clone()];
        if candidate.is_dir() {
            let entries = std::fs::read_dir(&candidate).into_iter().flatten().flatten().take(500);
            files = entries
                .map(|entry| entry.path())
                .filter(|path| path.extension().is_some_and(|it| it == "prisma"))
                .collect();
        }
        let texts: Vec<String> = files.iter().filter_map(|file| std::fs::read_to_string(file).ok()).collect();
        if texts.is_empty() {
            continue;
        }
        out.folder = candidate.parent().map(Path::to_owned);
        for text in texts {
            read_schema(&text, &mut out);
        }
        break;
    }
    out
}

fn read_schema(text: &str, out: &mut Schema) {
    let mut inside = false;
    for line in text.lines() {
        let line = line.trim();
        if line.starts_with("datasource") {
            inside = true;
        }
        if inside && line.starts_with('}') {
            inside = false;
        }
        let Some((name, value)) = line.split_once('=').filter(|_| inside) else { continue };
        // The shadow database is for making migrations, not for applying them.
        if !["url", "directUrl"].contains(&name.trim()) {
            continue;
        }
        let value = value.trim();
        let quoted = |text: &str| {
            let (_, rest) = text.split_once('"')?;
            rest.split_once('"').map(|(inside, _)| inside.to_owned())
        };
        if let Some(variable) = value.strip_prefix("env(").and_then(quoted) {
            out.variables.push(variable);
        } else if let Some(url) = quoted(value) {
            out.urls.push(url);
        }
    }
}

/// The environment of the command, once everything that it could read is known to lead to one database.
#[derive(Debug)]
pub struct Handed {
    pub environment: Environment,
    pub redactor: Redactor,
}

/// Looks at everything and makes the child's environment.
pub fn handed(
    entered: &Entered,
    marked: Option<&Marked>,
    admitted: &Admitted,
    variables: &Environment,
    folder: &Path,
) -> Result<Handed, Ending> {
    let own = entered.target.policy.database.as_ref().map(|at| at.value.clone()).unwrap_or_default();
    let prisma = admitted.tool.as_deref() == Some("prisma");
    let schema = if prisma { schema_of(&admitted.words, folder) } else { Schema::default() };
    let configured = ["prisma.config.ts", "prisma.config.js", "prisma.config.mjs", "prisma.config.mts"];
    // Only these two read nothing but what is known here.
    let plain = (prisma && !configured.iter().any(|name| folder.join(name).exists()))
        || admitted.tool.as_deref() == Some("sqlx");
    let mut read: Vec<String> = vec![own.clone()];
    read.extend(admitted.url_variable.iter().cloned());
    read.extend(schema.variables.iter().cloned());
    let reads = |name: &str| read.iter().any(|it| it == name) || USUAL.contains(&name);

    let mut found: Vec<Found> = urls::of_environment(variables)
        .into_iter()
        .filter(|found| reads(&found.variable) || found.variable.starts_with("PG"))
        .collect();
    let mut files = env_files(&entered.target.environment);
    files.extend(admitted.env_files.iter().cloned());
    for name in files {
        let in_file = urls::of_file(variables, folder, &name).map_err(|mut ending| {
            ending.code = Some(Code::CommandOtherDatabase);
            ending
        })?;
        found.extend(
            in_file
                .into_iter()
                .filter(|found| !plain || reads(&found.variable) || found.variable.starts_with("PG")),
        );
    }
    found.extend(urls::of_pairs(&admitted.sets, "the command"));
    for url in &schema.urls {
        found.extend(urls::of_pairs(
            &[("DATABASE_URL".to_owned(), beside(url, schema.folder.as_deref()))],
            "the schema",
        ));
    }
    if let Some(word) = &admitted.url_word {
        let named = urls::of_pairs(&[("DATABASE_URL".to_owned(), word.clone())], "the command's arguments");
        if named.is_empty() {
            return Err(other("an argument", "the command's arguments", "guard cannot follow it"));
        }
        found.extend(named);
    }
    let mut redactor = Redactor::default();
    entered.url.teach(&mut redactor);
    for one in &found {
        if let Reading::Url(url) = &one.reading {
            url.teach(&mut redactor);
        }
    }
    for name in ["FLYWAY_PASSWORD", "LIQUIBASE_COMMAND_PASSWORD"] {
        if let Some(value) = variables.filled(name) {
            redactor.know(value);
        }
    }
    for one in &found {
        leads_here(one, entered, marked)?;
    }
    Ok(Handed { environment: environment(entered, &read, variables, &schema), redactor })
}

/// Prisma finds a relative file beside its schema.
fn beside(url: &str, folder: Option<&Path>) -> String {
    let Some(path) = url.strip_prefix("file:").filter(|path| !path.starts_with('/')) else {
        return url.to_owned();
    };
    folder.map_or_else(|| url.to_owned(), |folder| format!("file:{}", folder.join(path).display()))
}

fn environment(entered: &Entered, read: &[String], variables: &Environment, schema: &Schema) -> Environment {
    let kept = variables.iter().filter(|(name, _)| {
        name.to_str().is_some_and(|name| KEPT.contains(&name) || name.starts_with("LC_"))
    });
    let mut out = Environment::of(kept);
    let url = &entered.url;
    let mut whole = url.whole().expose().to_owned();
    if url.engine == Engine::Sqlite
        && let Ok(file) = std::fs::canonicalize(&url.database)
    {
        // Tools differ in what a relative path is relative to.
        let front = if whole.starts_with("file:") { "file:" } else { "sqlite://" };
        let query = whole.split_once('?').map(|(_, query)| format!("?{query}")).unwrap_or_default();
        whole = format!("{front}{}{query}", file.display());
    }
    for name in read.iter().filter(|name| !name.is_empty()) {
        // What led here by another way (without the pooler, say) stays as it is.
        let own = variables.filled(name).filter(|_| schema.variables.contains(name));
        out = out.with(name, own.unwrap_or(&whole));
    }
    if let Some(variable) = &entered.target.policy.database {
        out = out.with(&variable.value, whole.as_str());
    }
    for name in USUAL {
        if let Some(value) = variables.filled(name).filter(|_| out.get(name).is_none()) {
            out = out.with(name, value);
        }
    }
    if url.engine == Engine::Postgres {
        out = out.with("PGHOST", url.host.as_str()).with("PGPORT", url.port.to_string());
        out = out.with("PGDATABASE", url.database.as_str()).with("PGUSER", url.user.as_str());
        if let Some(password) = &url.password {
            out = out.with("PGPASSWORD", password.expose());
        }
        out = out.with("PGAPPNAME", format!("guard:{}", entered.run));
    }
    out
}

fn other(variable: &str, place: &str, why: &str) -> Ending {
    Ending::refused(
        Code::CommandOtherDatabase,
        format!("{place} leads elsewhere than to the database that was verified: {why}"),
    )
    .detail("variable", variable)
    .detail("where", place)
    .next(format!("unset {variable}, or let it lead to the same database"))
}

/// The same place; or another way to the very same database, which its mark and its cluster say.
fn leads_here(found: &Found, entered: &Entered, marked: Option<&Marked>) -> Result<(), Ending> {
    let no = |why: &str| Err(other(&found.variable, &found.place, why));
    let url = match &found.reading {
        Reading::Unknown(why) => return no(why),
        Reading::Url(url) => url,
    };
    if same_place(url, &entered.url) {
        return Ok(());
    }
    match marked {
        Some(marked) if url.engine == entered.url.engine && url.engine != Engine::Sqlite => {
            match is_same(url, entered, marked) {
                Ok(true) => Ok(()),
                Ok(false) => no("it is another database"),
                Err(why) => no(&why),
            }
        }
        _ => no("it is another database"),
    }
}

pub(super) fn is_same(url: &DatabaseUrl, entered: &Entered, marked: &Marked) -> Result<bool, String> {
    let failed = |failure| told(&failure).message;
    let name = format!("guard:{}", entered.run);
    let mut session = Session::connect(url, Access::Read, &entered.project.limits, &name).map_err(failed)?;
    session.begin().map_err(failed)?;
    let seen = probe::look(&mut session, url).map_err(failed)?;
    let Ok(envelope) = judge::written(&seen) else { return Ok(false) };
    let cluster = marked.payload.anchors.get(CLUSTER);
    // Without a cluster nothing tells a copy from another way in.
    Ok(envelope.payload == marked.payload && cluster.is_some() && seen.anchors.get(CLUSTER) == cluster)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_says_from_where_its_url_comes() {
        let mut out = Schema::default();
        read_schema(
            "generator x {\n url = \"no\"\n}\ndatasource db {\n  provider = \"postgresql\"\n  url = env(\"A\") // x\n  \
             directUrl=env(\"B\")\n  shadowDatabaseUrl = env(\"C\")\n}\ndatasource e {\n url = \"file:./dev.db\"\n}\n",
            &mut out,
        );
        assert_eq!(out.variables, ["A", "B"]);
        assert_eq!(out.urls, ["file:./dev.db"]);
        assert_eq!(beside("file:./dev.db", Some(Path::new("/p/prisma"))), "file:/p/prisma/./dev.db");
        assert_eq!(beside("file:/x.db", Some(Path::new("/p"))), "file:/x.db");
    }
}
