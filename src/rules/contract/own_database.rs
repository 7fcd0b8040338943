//! Steps of a pipeline that can only reach a database of their own job.

use crate::lang::Kind;
use crate::lang::platform::Platform;
use crate::reach::sources::UnitHandle;
use crate::rules::facts::Facts;
use crate::words::entry::EntryKind;
use crate::words::flow::{EnvSetting, ExprKind};
use crate::words::pipeline::{Job, Pipeline, Setting};
use crate::words::span::FileId;

/// Images and commands that bring a database up beside the job.
const IMAGES: [&str; 9] =
    ["postgres", "postgis", "pgvector", "timescale", "mysql", "mariadb", "percona", "cockroach", "mssql"];
const STARTED: [&str; 12] = [
    "systemctl start postgresql",
    "systemctl start mysql",
    "systemctl start mariadb",
    "service postgresql start",
    "service mysql start",
    "/etc/init.d/mysql start",
    "/etc/init.d/postgresql start",
    "pg_ctl start",
    // What it starts with the services of its file is gone with the job, too.
    "docker compose up",
    "docker-compose up",
    "docker compose run",
    "docker-compose run",
];

/// A step whose database is a service of the very job: its URL stands there and leads nowhere else, or
/// nothing stands there, the job brings a database up, and nothing is handed to it that opens another.
#[must_use]
pub fn is_local(facts: &Facts<'_>, entry: usize) -> bool {
    let Some(entry) = facts.survey.entries.get(entry) else { return false };
    let source = facts.sources.file(entry.file);
    if source.kind == Kind::Platform(Platform::Steps) {
        let text = source.text.as_deref().unwrap_or("");
        return entry.handle.entry().is_some_and(|held| is_local_there(text, &held.env));
    }
    let Some(held) = entry.handle.entry().filter(|held| held.kind == EntryKind::Step) else { return false };
    let settings: Vec<&EnvSetting> = held.env.iter().filter(|s| may_be_a_database(s)).collect();
    if !settings.is_empty() {
        // One that leads elsewhere, a secret above all, may be the one that is used.
        return settings.iter().all(|setting| leads_here(setting));
    }
    let (UnitHandle::Step(lowered, ..) | UnitHandle::Entry(lowered, _)) = &entry.handle else { return false };
    let Some(pipeline) = &lowered.pipeline else { return false };
    let jobs = pipeline.jobs.iter().filter(|job| job.span.start <= held.span.start);
    jobs.max_by_key(|job| job.span.start).is_some_and(|job| brings_its_own(facts, entry.file, pipeline, job))
}

/// The same for pipelines of which only the commands are read: by the whole file.
fn is_local_there(text: &str, env: &[EnvSetting]) -> bool {
    let said: Vec<&str> = text.lines().map(without_comment).collect();
    let brings = brings_up(text)
        || said.iter().any(|line| {
            let line = line.trim_start_matches([' ', '-']);
            line.starts_with("services:") && IMAGES.iter().any(|name| line.contains(name))
        });
    let given = ["from_secret", "secure:", "group:", "secretEnv", "availableSecrets"];
    if !brings || hands_over(text) || given.iter().any(|word| text.contains(word)) {
        return false;
    }
    let beside = |host: &str| {
        said.iter().any(|line| {
            let line = line.trim_start_matches([' ', '-']);
            line.strip_prefix("name:").map(str::trim) == Some(host) || line.strip_suffix(':') == Some(host)
        })
    };
    env.iter().filter(|s| may_be_a_database(s)).all(|setting| {
        let host = match &*setting.value.kind {
            ExprKind::Text(text) => text.split_once("://").map(|(_, rest)| host(rest)),
            _ => None,
        };
        leads_here(setting) || host.is_some_and(beside)
    })
}

fn host(rest: &str) -> &str {
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    host.split(['/', ':', '?']).next().unwrap_or_default()
}

fn brings_its_own(facts: &Facts<'_>, file: FileId, pipeline: &Pipeline, job: &Job) -> bool {
    let source = facts.sources.file(file);
    if source.kind != Kind::Workflow || job.environment.is_some() || pipeline.reusable {
        return false;
    }
    let Some(whole) = source.text.as_deref() else { return false };
    // Up to the next job, with all the text of its last step.
    let start = job.span.start;
    let next = pipeline.jobs.iter().map(|other| other.span.start).filter(|at| *at > start).min();
    let end = next.map_or(whole.len(), |at| at as usize);
    let Some(text) = whole.get(start as usize..end) else { return false };

    brings_up(text)
        && !hands_over(text)
        && !whole.contains("id-token")
        && !pipeline.env.iter().any(|setting: &Setting| hands_over(&setting.value))
}

fn brings_up(text: &str) -> bool {
    // What only a comment says starts nothing; what could be handed over is looked for in all of it.
    let said: Vec<&str> = text.lines().map(without_comment).collect();
    let run = |line: &str| line.contains("docker run") && IMAGES.iter().any(|name| line.contains(name));
    let starts = |line: &str| run(line) || STARTED.iter().any(|command| line.contains(command));
    said.iter().any(|line| starts(line)) || has_service(&said)
}

fn has_service(lines: &[&str]) -> bool {
    let images = lines.iter().filter_map(|line| line.trim_start().strip_prefix("image:"));
    lines.iter().any(|line| line.trim() == "services:")
        && images.into_iter().any(|image| IMAGES.iter().any(|name| image.contains(name)))
}

/// A line up to its comment. YAML and shell agree on how one starts: at the start of a word. Inside of
/// quotes it would be text; to cut there says less, never more.
fn without_comment(line: &str) -> &str {
    let starts =
        |at: usize| line.get(..at).is_some_and(|before| before.is_empty() || before.ends_with([' ', '\t']));
    line.match_indices('#').find(|(at, _)| starts(*at)).map_or(line, |(at, _)| line.get(..at).unwrap_or(line))
}

/// Something that could open another database: a secret, a variable of the repository, a machine of
/// somebody's own. The token of the run itself opens none.
fn hands_over(text: &str) -> bool {
    let secret = text.match_indices("secrets").any(|(at, word)| {
        let rest = text.get(at + word.len()..).unwrap_or_default();
        let name = rest.get(1..).unwrap_or_default().to_ascii_uppercase();
        !name.starts_with("GITHUB_TOKEN") && !name.starts_with("CODECOV_TOKEN")
    });
    secret || text.contains("vars.") || text.contains("self-hosted") || text.contains("ssh ")
}

/// A literal tells by its scheme or by the name of a host; what only the run knows, by its name.
fn may_be_a_database(setting: &EnvSetting) -> bool {
    let upper = setting.name.to_ascii_uppercase();
    if let ExprKind::Text(text) = &*setting.value.kind {
        return is_file(text)
            || is_host(&upper)
            || text.split_once("://").is_some_and(|(scheme, _)| !scheme.starts_with("http"));
    }
    // What kind of database it is, and who asks, leads nowhere.
    let about = ["_ADAPTER", "_DRIVER", "_TYPE", "_VERSION", "_USER", "_USERNAME", "_NAME", "_PORT"];
    ["URL", "URI", "DSN", "DATABASE", "PGHOST", "DB_HOST"].iter().any(|part| upper.contains(part))
        && !about.iter().any(|end| upper.ends_with(end))
}

/// `DATABASE_HOST`, `PGHOST`: the host of a database, by its name.
fn is_host(upper: &str) -> bool {
    ["HOST", "HOSTNAME", "HOSTADDR"].iter().any(|end| upper.ends_with(end))
        && ["PG", "DB", "DATABASE", "POSTGRES", "MYSQL", "MARIADB", "SQL"]
            .iter()
            .any(|part| upper.contains(part))
}

/// `file:./test.db`: a file of the machine that the job runs on.
fn is_file(text: &str) -> bool {
    ["file:", "sqlite:", "sqlite3:"].iter().any(|scheme| text.starts_with(scheme))
}

fn leads_here(setting: &EnvSetting) -> bool {
    let ExprKind::Text(text) = &*setting.value.kind else { return false };
    if is_file(text) {
        return true;
    }
    let here = |host: &str| matches!(host, "localhost" | "127.0.0.1" | "0.0.0.0" | "::1");
    let Some((scheme, rest)) = text.split_once("://") else { return here(text) };
    let host = host(rest);
    match scheme.trim_end_matches(':') {
        "postgres" | "postgresql" | "mysql" | "mysql2" | "mariadb" => here(host),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{brings_up, hands_over};

    #[test]
    fn a_service_is_a_database_by_its_image() {
        let job = "services:\n  db:\n    image: postgres:16\n";
        assert!(brings_up(job));
        assert!(!brings_up("services:\n  cache:\n    image: redis:7\n"));
        assert!(!brings_up("container:\n  image: postgres:16\n"));
    }

    #[test]
    fn a_comment_brings_no_database_up() {
        assert!(brings_up("run: docker compose up -d # waits below\n"));
        assert!(!brings_up("# docker compose up\nrun: psql -c 'DELETE FROM a'\n"));
        assert!(!brings_up("run: |\n  psql -f a.sql # before: pg_ctl start\n"));
        assert!(!brings_up("# services:\n#   db:\n#     image: postgres:16\n"));
        assert!(!brings_up("services:\n  db:\n    image: redis:7\n    # image: postgres:16\n"));
        assert!(brings_up("services:\n  db:\n    image: postgres:16#1\n"));
        assert!(brings_up("run: docker run -d -p 5432:5432 postgres:16\n"));
        assert!(!brings_up("run: docker run -d redis:7\n"));
    }

    #[test]
    fn only_the_runs_own_token_opens_nothing() {
        assert!(!hands_over("token: ${{ secrets.GITHUB_TOKEN }}"));
        assert!(!hands_over("token: ${{ secrets.github_token }}"));
        for text in
            ["${{ secrets.DATABASE_URL }}", "secrets: inherit", "${{ vars.DB }}", "runs-on: self-hosted"]
        {
            assert!(hands_over(text), "{text}");
        }
    }
}
