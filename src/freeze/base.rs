//! Which commits the contract is compared with.
//!
//! What a CI provider says through variables counts only where it fits the repository at hand; where
//! it cannot be checked, the comparison that needs no variable is made as well, so that no variable
//! ever chooses a friendlier base.

use crate::io::environment::Environment;
use crate::io::git::{GitError, Repository};

/// A commit to compare with, and why this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// As a person would name it.
    pub rev: String,
    pub oid: String,
    pub why: String,
}

/// A commit that must be compared with and is not here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}; {fetch_hint}")]
pub struct NoBase {
    pub message: String,
    /// What brings it here.
    pub fetch_hint: String,
}

/// All comparisons of a run. With neither, the contract is at its first introduction: there is no
/// commit before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bases {
    pub found: Vec<Base>,
    pub missing: Vec<NoBase>,
}

impl Bases {
    /// There is nothing that could be compared with, and nothing is missing.
    #[must_use]
    pub fn is_introduction(&self) -> bool {
        self.found.is_empty() && self.missing.is_empty()
    }

    fn add(&mut self, answer: Result<Option<Base>, NoBase>) {
        match answer {
            Ok(Some(base)) if self.found.iter().all(|known| known.oid != base.oid) => self.found.push(base),
            Err(missing) if !self.missing.contains(&missing) => self.missing.push(missing),
            Ok(_) | Err(_) => {}
        }
    }
}

/// Outside git there is no commit at all.
#[must_use]
pub fn outside() -> NoBase {
    NoBase {
        message: "this folder is no git repository, so that no earlier contract can be compared with".into(),
        fetch_hint: "run guard in a clone of the repository".into(),
    }
}

/// What is judged against the base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judged {
    WorkTree,
    /// The work tree, of which is known already whether it differs from the last commit.
    Compared {
        changed: bool,
    },
    Index,
}

/// The commits to compare with. `extra` adds comparisons and replaces none.
pub fn bases(
    repository: &Repository,
    environment: &Environment,
    judged: Judged,
    extra: &[String],
) -> Result<Bases, GitError> {
    let mut bases = Bases::default();
    let finder = Finder { repository, environment, judged };
    match repository.commit("HEAD")? {
        Some(head) => finder.compare(&head, &mut bases)?,
        None if repository.is_unborn()? => {}
        None => bases.add(Err(NoBase {
            message: "HEAD names no commit that is here".into(),
            fetch_hint: "run `git fetch origin` and check out a commit".into(),
        })),
    }
    for revision in extra {
        let answer = repository.commit(revision)?;
        bases.add(match answer {
            Some(oid) => {
                Ok(Some(Base { rev: revision.clone(), oid, why: format!("--base {revision} asks for it") }))
            }
            None => Err(NoBase {
                message: format!("--base {revision} names no commit that is here"),
                fetch_hint: format!("{}; {}", finder.hint(None), finder.known()?),
            }),
        });
    }
    Ok(bases)
}

struct Finder<'a> {
    repository: &'a Repository,
    environment: &'a Environment,
    judged: Judged,
}

/// What a provider says about the job.
struct Told {
    /// The base, or what is missing.
    base: Result<Base, NoBase>,
    /// It fits what can be seen in the repository.
    fits: bool,
}

/// Where the provider says the comparison starts.
struct Claim {
    why: &'static str,
    commit: Option<String>,
    branch: Option<String>,
    /// The commit itself is meant, not where the branches parted.
    exact: bool,
    fits: bool,
}

impl Finder<'_> {
    fn compare(&self, head: &str, bases: &mut Bases) -> Result<(), GitError> {
        let told = match self.claim(head)? {
            Some(claim) => Some(self.told(head, claim)?),
            None => None,
        };
        let mut needs_local = true;
        if let Some(told) = told {
            // A base that is HEAD itself compares nothing.
            needs_local = !told.fits || told.base.as_ref().is_ok_and(|base| base.oid == head);
            bases.add(told.base.map(Some));
        }
        if needs_local {
            bases.add(self.local(head)?);
            if self.is_ci() && bases.found.iter().any(|base| base.oid == head) {
                // In CI a file that a step left behind must not hide the commit that is checked.
                bases.add(self.parent(head)?);
            }
        }
        Ok(())
    }

    fn is_ci(&self) -> bool {
        self.environment.get("CI") == Some("true")
    }

    /// The rule that needs no variable.
    fn local(&self, head: &str) -> Result<Result<Option<Base>, NoBase>, GitError> {
        let Some((name, default)) = self.default_branch()? else {
            // A first commit has nothing before it, whatever its branch is called.
            if self.repository.parents(head)?.is_empty() {
                return self.head_itself(head);
            }
            return Ok(Err(NoBase {
                message: "none of origin/HEAD, origin/main, origin/master, main and master is here".into(),
                fetch_hint: self.hint(Some("main")),
            }));
        };
        let Some(oid) = self.repository.merge_base(head, &default)? else {
            return Ok(Err(NoBase {
                message: format!("HEAD and {name} have no commit in common here"),
                fetch_hint: self.hint(Some(name.trim_start_matches("origin/"))),
            }));
        };
        if oid == head {
            return self.head_itself(head);
        }
        let why = format!("it is where this branch left {name}");
        Ok(Ok(Some(Base { rev: short(&oid), oid, why })))
    }

    fn head_itself(&self, head: &str) -> Result<Result<Option<Base>, NoBase>, GitError> {
        let changed = match self.judged {
            Judged::WorkTree => self.repository.is_changed()?,
            Judged::Compared { changed } => changed,
            Judged::Index => self.repository.for_staged().is_staged_changed()?,
        };
        if changed {
            let why = "the files differ from the last commit".into();
            return Ok(Ok(Some(Base { rev: "HEAD".into(), oid: head.to_owned(), why })));
        }
        self.parent(head)
    }

    fn parent(&self, head: &str) -> Result<Result<Option<Base>, NoBase>, GitError> {
        let Some(oid) = self.repository.parents(head)?.into_iter().next() else { return Ok(Ok(None)) };
        if self.repository.commit(&oid)?.is_none() {
            return Ok(Err(NoBase {
                message: format!("the commit before HEAD, {}, is not here", short(&oid)),
                fetch_hint: self.hint(None),
            }));
        }
        Ok(Ok(Some(Base { rev: "HEAD^".into(), oid, why: "it is the commit before HEAD".into() })))
    }

    /// What could have been meant.
    fn known(&self) -> Result<String, GitError> {
        let mut here = Vec::new();
        for name in ["origin/HEAD", "origin/main", "origin/master", "main", "master", "HEAD~1"] {
            if self.repository.commit(name)?.is_some() {
                here.push(name);
            }
        }
        let kinds = "a base is a branch, a tag or a commit of this clone";
        Ok(if here.is_empty() { kinds.to_owned() } else { format!("{kinds}, as {}", here.join(", ")) })
    }

    fn default_branch(&self) -> Result<Option<(&'static str, String)>, GitError> {
        const REFERENCES: [&str; 5] = [
            "refs/remotes/origin/HEAD",
            "refs/remotes/origin/main",
            "refs/remotes/origin/master",
            "refs/heads/main",
            "refs/heads/master",
        ];
        let commits = self.repository.commits(&REFERENCES)?;
        let known =
            |name: &&'static str| name.trim_start_matches("refs/remotes/").trim_start_matches("refs/heads/");
        Ok(REFERENCES.iter().map(known).zip(commits).find_map(|(name, oid)| Some((name, oid?))))
    }

    /// The claim of the provider whose job this is; none on a person's machine.
    fn claim(&self, head: &str) -> Result<Option<Claim>, GitError> {
        if !self.is_ci() {
            return Ok(None);
        }
        if self.environment.get("GITHUB_ACTIONS") == Some("true")
            || self.environment.filled("GITHUB_EVENT_NAME").is_some()
        {
            return self.github(head);
        }
        if self.environment.get("GITLAB_CI") == Some("true") {
            return Ok(self.gitlab(head));
        }
        if self.environment.get("BUILDKITE") == Some("true") {
            return Ok(self.buildkite(head));
        }
        Ok(None)
    }

    fn github(&self, head: &str) -> Result<Option<Claim>, GitError> {
        let environment = self.environment;
        let event = environment.path("GITHUB_EVENT_PATH").and_then(|path| read_event(&path));
        let text = |path: &str| {
            event
                .as_ref()
                .and_then(|event| event.pointer(path))
                .and_then(|value| value.as_str())
                .map(str::to_owned)
        };
        let official = environment.get("GITHUB_ACTIONS") == Some("true");
        // One of the commits that the job names must be the one that is checked out.
        let names_head = |payload: Option<String>| {
            let named: Vec<String> =
                environment.filled("GITHUB_SHA").map(str::to_owned).into_iter().chain(payload).collect();
            named.is_empty() || named.iter().any(|oid| oid == head)
        };
        Ok(match environment.get("GITHUB_EVENT_NAME") {
            Some(name @ ("pull_request" | "pull_request_target")) => {
                let commit = text("/pull_request/base/sha").filter(|oid| is_oid(oid));
                let told = text("/pull_request/base/ref");
                let branch =
                    environment.filled("GITHUB_BASE_REF").map(str::to_owned).or_else(|| told.clone());
                let about_head = names_head(text("/pull_request/head/sha"))
                    || (name == "pull_request" && self.merges(head, text("/pull_request/head/sha"))?);
                let fits = official && about_head && commit.is_some() && (told.is_none() || told == branch);
                Some(Claim { why: "it is the base of the pull request", commit, branch, exact: false, fits })
            }
            Some("merge_group") => {
                let commit = text("/merge_group/base_sha").filter(|oid| is_oid(oid));
                let branch = text("/merge_group/base_ref")
                    .map(|name| name.trim_start_matches("refs/heads/").to_owned());
                let about_head = names_head(text("/merge_group/head_sha"));
                let fits = official && about_head && commit.is_some();
                Some(Claim { why: "it is the base of the merge queue", commit, branch, exact: false, fits })
            }
            Some("push") => {
                let before = text("/before").filter(|oid| is_oid(oid) && !is_zero(oid) && oid != head);
                let about_head = names_head(text("/after"));
                before.map(|oid| Claim {
                    why: "it is the commit before the push",
                    commit: Some(oid),
                    branch: None,
                    exact: true,
                    fits: official && about_head,
                })
            }
            _ => None,
        })
    }

    /// `head` is the merge of a pull request's commit into something.
    fn merges(&self, head: &str, other: Option<String>) -> Result<bool, GitError> {
        let parents = self.repository.parents(head)?;
        Ok(parents.len() > 1 && other.is_some_and(|other| parents.contains(&other)))
    }

    fn gitlab(&self, head: &str) -> Option<Claim> {
        let environment = self.environment;
        let fits = environment.filled("CI_COMMIT_SHA").is_none_or(|oid| oid == head);
        let branch = environment.filled("CI_MERGE_REQUEST_TARGET_BRANCH_NAME").map(str::to_owned);
        let given =
            |name| environment.filled(name).filter(|oid| is_oid(oid) && !is_zero(oid)).map(str::to_owned);
        let commit = given("CI_MERGE_REQUEST_DIFF_BASE_SHA");
        if branch.is_some() || commit.is_some() {
            // A project may set these variables itself, so both must be there and agree.
            let fits = fits && branch.is_some();
            return Some(Claim {
                why: "it is the base of the merge request",
                commit,
                branch,
                exact: false,
                fits,
            });
        }
        given("CI_COMMIT_BEFORE_SHA").filter(|oid| oid != head).map(|oid| Claim {
            why: "it is the commit before the push",
            commit: Some(oid),
            branch: None,
            exact: true,
            fits,
        })
    }

    fn buildkite(&self, head: &str) -> Option<Claim> {
        let environment = self.environment;
        environment.filled("BUILDKITE_PULL_REQUEST").filter(|number| *number != "false")?;
        let branch = environment.filled("BUILDKITE_PULL_REQUEST_BASE_BRANCH")?.to_owned();
        let fits = environment.filled("BUILDKITE_COMMIT").is_none_or(|oid| oid == head);
        let why = "it is the base of the pull request";
        Some(Claim { why, commit: None, branch: Some(branch), exact: false, fits })
    }

    /// Turns a claim into a commit of this repository.
    fn told(&self, head: &str, claim: Claim) -> Result<Told, GitError> {
        let why = claim.why.to_owned();
        let commit = match &claim.commit {
            Some(oid) => self.repository.commit(oid)?,
            None => None,
        };
        if claim.exact {
            let named = claim.commit.unwrap_or_default();
            let base = match commit {
                Some(oid) => Ok(Base { rev: short(&oid), oid, why }),
                None => Err(NoBase {
                    message: format!("the commit before the push, {}, is not here", short(&named)),
                    fetch_hint: format!("{}, or `git fetch origin {named}`", self.hint(None)),
                }),
            };
            return Ok(Told { base, fits: claim.fits });
        }
        let tip = match &claim.branch {
            Some(branch) => self.branch_tip(branch)?,
            None => None,
        };
        // The branch may have moved on since the provider wrote its commit down, or may have been
        // fetched long ago: of the two places where this history leaves it, the later one is right.
        let from_commit = self.parting(head, commit.as_deref())?;
        let from_tip = self.parting(head, tip.as_deref())?;
        let agree = match (&commit, &tip) {
            (Some(commit), Some(tip)) => {
                // A commit that the branch does not hold may be one of this change itself.
                self.repository.is_ancestor(commit, tip)?
            }
            _ => claim.commit.is_some() && claim.commit == commit,
        };
        let oid = match (from_commit, from_tip) {
            (Some(one), Some(other)) => {
                Some(if self.repository.is_ancestor(&one, &other)? { other } else { one })
            }
            (one, other) => one.or(other),
        };
        let only_branch = claim.commit.is_none() && tip.is_some();
        let base = oid.map(|oid| Base { rev: claim.branch.clone().unwrap_or_else(|| short(&oid)), oid, why });
        let base = base.ok_or_else(|| {
            let name = claim.branch.as_deref().or(claim.commit.as_deref()).unwrap_or("its branch");
            NoBase {
                message: format!(
                    "the base of this pull request, {name}, is not here or shares no commit with HEAD"
                ),
                fetch_hint: self.hint(claim.branch.as_deref()),
            }
        });
        Ok(Told { base, fits: claim.fits && (agree || only_branch) })
    }

    fn parting(&self, head: &str, other: Option<&str>) -> Result<Option<String>, GitError> {
        match other {
            Some(other) => self.repository.merge_base(head, other),
            None => Ok(None),
        }
    }

    fn branch_tip(&self, branch: &str) -> Result<Option<String>, GitError> {
        for prefix in ["refs/remotes/origin/", "refs/heads/"] {
            if let Some(oid) = self.repository.commit(&format!("{prefix}{branch}"))? {
                return Ok(Some(oid));
            }
        }
        Ok(None)
    }

    /// What brings missing commits here.
    fn hint(&self, branch: Option<&str>) -> String {
        let github = if self.environment.get("GITHUB_ACTIONS") == Some("true") {
            " (in the workflow: `fetch-depth: 0` for actions/checkout)"
        } else {
            ""
        };
        match branch.filter(|branch| *branch != "HEAD") {
            _ if self.repository.is_shallow() => format!("run `git fetch --unshallow`{github}"),
            Some(branch) => format!("run `git fetch origin {branch}`{github}"),
            None => format!("run `git fetch origin`{github}"),
        }
    }
}

fn read_event(path: &std::path::Path) -> Option<serde_json::Value> {
    let size = std::fs::metadata(path).ok()?.len();
    if size > 32 << 20 {
        return None;
    }
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

fn is_oid(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_zero(oid: &str) -> bool {
    oid.bytes().all(|byte| byte == b'0')
}

fn short(oid: &str) -> String {
    oid.chars().take(12).collect()
}
