//! Steps of a pipeline that can only reach a database of their own job.

use std::cell::OnceCell;

use crate::lang::Kind;
use crate::lang::platform::Platform;
use crate::reach::event::EventKind;
use crate::reach::sources::UnitHandle;
use crate::rules::contract::destination::{Leads, leaves, names_a_host, names_a_place, of_address, written};
use crate::rules::facts::{Facts, JobText};
use crate::words::entry::EntryKind;
use crate::words::flow::{EnvSetting, Expr, ExprKind};
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
    let walk = facts.survey.entry_walks.get(entry);
    let Some(entry) = facts.survey.entries.get(entry) else { return false };
    let source = facts.sources.file(entry.file);
    let whole = source.text.as_deref().unwrap_or("");
    if source.kind == Kind::Platform(Platform::Steps) {
        return entry.handle.entry().is_some_and(|held| is_local_there(facts, whole, &held.env));
    }
    let Some(held) = entry.handle.entry().filter(|held| held.kind == EntryKind::Step) else { return false };
    let (UnitHandle::Step(lowered, ..) | UnitHandle::Entry(lowered, _)) = &entry.handle else { return false };
    let Some(pipeline) = &lowered.pipeline else { return false };
    let jobs = pipeline.jobs.iter().filter(|job| job.span.start <= held.span.start);
    let job = jobs.max_by_key(|job| job.span.start);
    // Where jobs are put together from parts of the file, all of it may be one's own.
    let text = job.map_or(whole, |job| job_text(pipeline, job, whole));
    let lines = OnceCell::new();
    let said = || lines.get_or_init(|| text.lines().map(without_comment).collect::<Vec<&str>>());
    let beside = |host: &str| is_beside(said(), host);
    let own = whole.get(held.span.range()).unwrap_or("");
    let loads = walk.into_iter().flat_map(|walk| &walk.events).any(|event| match &event.kind {
        EventKind::LoadsEnv { file } => names_another(facts, *file),
        _ => false,
    });
    if loads || hands_over(own) {
        return false;
    }
    let found = facts.jobs.of((entry.file, job.map_or(0, |job| job.span.start)), || JobText {
        leaves: leaves(said(), &beside) || mentions_another(facts, said()),
        brings_up: brings_up(text),
        brings_its_own: job.is_some_and(|job| brings_its_own(facts, entry.file, pipeline, job, text)),
    });
    match settled(&held.env, &beside) {
        // One that leads elsewhere, a secret above all, may be the one that is used.
        _ if found.leaves => false,
        Settled::Elsewhere => false,
        Settled::Here => true,
        Settled::ByMatrix => found.brings_up,
        Settled::Nothing => found.brings_its_own,
    }
}

/// What the variables say that are set for a step.
enum Settled {
    Nothing,
    Here,
    /// What stands in the rows of the job's matrix: every address in the job is looked at anyway.
    ByMatrix,
    Elsewhere,
}

fn settled(env: &[EnvSetting], beside: &dyn Fn(&str) -> bool) -> Settled {
    let mut out = Settled::Nothing;
    for setting in env {
        match leads(setting, beside) {
            Leads::Nowhere => {}
            Leads::Here if matches!(out, Settled::ByMatrix) => {}
            Leads::Here => out = Settled::Here,
            Leads::Unknown if is_of_matrix(setting) => out = Settled::ByMatrix,
            Leads::Unknown | Leads::Elsewhere => return Settled::Elsewhere,
        }
    }
    out
}

/// A literal tells by its scheme or by the name of a host; what only the run knows, by its name.
fn leads(setting: &EnvSetting, beside: &dyn Fn(&str) -> bool) -> Leads {
    let text = written(&setting.value).unwrap_or_else(|| "${?}".to_owned());
    let host = names_a_host(&setting.name);
    if host || text.contains("://") || text.starts_with("file:") || text.starts_with("sqlite") {
        return of_address(&text, beside);
    }
    let known = matches!(&*setting.value.kind, ExprKind::Text(_));
    if !known && names_a_place(&setting.name) { Leads::Unknown } else { Leads::Nowhere }
}

/// All that is not known of it stands in the rows of a matrix.
fn is_of_matrix(setting: &EnvSetting) -> bool {
    let held = |part: &Expr| match &*part.kind {
        ExprKind::Variable(name) => name.trim().starts_with("matrix."),
        kind => matches!(kind, ExprKind::Text(_)),
    };
    match &*setting.value.kind {
        ExprKind::Concat(parts) => parts.iter().all(held),
        _ => held(&setting.value),
    }
}

/// A container with this name stands beside the job.
fn is_beside(said: &[&str], host: &str) -> bool {
    // Their names have no dots, and nothing outside can be reached by such a one.
    if host.is_empty() || host.contains(['.', '$', '{']) {
        return false;
    }
    said.iter().any(|line| {
        let line = line.trim_start_matches([' ', '-']).trim_end();
        let named = ["name:", "alias:"].iter().find_map(|key| line.strip_prefix(key));
        is_image(line, host)
            || line.strip_suffix(':') == Some(host)
            || named.map(str::trim) == Some(host)
            || line.contains(&format!("--name {host} "))
            || line.contains(&format!("--name={host} "))
            || line.contains("docker compose")
            || line.contains("docker-compose")
    })
}

/// GitLab and others name a service after its image.
fn is_image(line: &str, host: &str) -> bool {
    let mut words = line.split(|c: char| c.is_whitespace() || matches!(c, '[' | ']' | ',' | '"' | '\''));
    words.any(|word| {
        let name = word.rsplit('/').next().unwrap_or(word);
        name.strip_prefix(host).is_some_and(|tag| tag.starts_with([':', '@']) && tag.len() > 1)
    }) && !line.contains("://")
        || line == host
}

/// A file of variables with the address of another database.
fn names_another(facts: &Facts<'_>, file: FileId) -> bool {
    // Names without a dot are those of containers.
    let near = |host: &str| !host.contains(['.', '$', '{']);
    let settings = &facts.sources.file(file).lowered().settings;
    settings.iter().any(|setting| leads(setting, &near) == Leads::Elsewhere)
}

/// A line names such a file; samples are there to be copied and filled in.
fn mentions_another(facts: &Facts<'_>, said: &[&str]) -> bool {
    let samples = ["example", "sample", "template", "dist", "defaults"];
    let files = facts.sources.ids().filter(|id| facts.sources.file(*id).kind == Kind::DotEnv);
    let mut named = files.filter(|id| {
        let path = &facts.sources.file(*id).path;
        let name = path.rsplit('/').next().unwrap_or(path);
        let word = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '=' | '/' | ';' | '<' | ')');
        !samples.iter().any(|end| name.ends_with(end))
            && said.iter().any(|line| line.contains(name) && line.split(word).any(|part| part == name))
    });
    named.any(|file| names_another(facts, file))
}

/// The same for pipelines of which only the commands are read: by the whole file.
fn is_local_there(facts: &Facts<'_>, text: &str, env: &[EnvSetting]) -> bool {
    let said: Vec<&str> = text.lines().map(without_comment).collect();
    let brings = brings_up(text)
        || said.iter().any(|line| {
            let line = line.trim_start_matches([' ', '-']);
            line.starts_with("services:") && IMAGES.iter().any(|name| line.contains(name))
        });
    let given = ["from_secret", "secure:", "group:", "secretEnv", "availableSecrets"];
    let beside = |host: &str| is_beside(&said, host);
    brings
        && !hands_over(text)
        && !given.iter().any(|word| text.contains(word))
        && !leaves(&said, &beside)
        && !mentions_another(facts, &said)
        && !matches!(settled(env, &beside), Settled::Elsewhere)
}

/// Up to the next job, with all the text of its last step.
fn job_text<'t>(pipeline: &Pipeline, job: &Job, whole: &'t str) -> &'t str {
    let start = job.span.start;
    let next = pipeline.jobs.iter().map(|other| other.span.start).filter(|at| *at > start).min();
    let end = next.map_or(whole.len(), |at| at as usize);
    whole.get(start as usize..end).unwrap_or("")
}

fn brings_its_own(facts: &Facts<'_>, file: FileId, pipeline: &Pipeline, job: &Job, text: &str) -> bool {
    let source = facts.sources.file(file);
    if source.kind != Kind::Workflow || job.environment.is_some() || pipeline.reusable {
        return false;
    }
    brings_up(text)
        && !hands_over(text)
        && !source.text.as_deref().is_some_and(|whole| whole.contains("id-token"))
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
    secret
        || text.contains("vars.")
        || text.contains("self-hosted")
        || text.contains("ssh ")
        || text.lines().any(is_own_machine)
}

/// A runner with a name that is none of the provider's images: it may stand beside anything.
fn is_own_machine(line: &str) -> bool {
    let Some(name) = line.trim_start().strip_prefix("runs-on:").map(|rest| without_comment(rest).trim())
    else {
        return false;
    };
    !name.is_empty() && !["ubuntu", "windows", "macos", "${{"].iter().any(|known| name.contains(known))
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
        assert!(!hands_over("runs-on: ubuntu-24.04-arm # big"));
        for text in [
            "${{ secrets.DATABASE_URL }}",
            "secrets: inherit",
            "${{ vars.DB }}",
            "runs-on: [self-hosted]",
            "runs-on: prod",
        ] {
            assert!(hands_over(text), "{text}");
        }
    }
}
