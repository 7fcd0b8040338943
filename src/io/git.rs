//! Asks git. What the surroundings could use to make git lie (configuration, replaced objects,
//! another repository's variables) is taken away before every question.

mod answers;
mod found;
mod status;
mod store;
mod untracked;

pub use status::Status;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::io::child::{Child, ChildError, Output};
use crate::io::environment::Environment;

use answers::{contents, indexed, listed, records};
use store::{Object, Store};

#[derive(Debug, thiserror::Error)]
pub enum GitError {
    #[error(transparent)]
    Child(#[from] ChildError),
    #[error("git {question} failed: {complaint}")]
    Refused { question: String, complaint: String },
    #[error("git answered {question} with something that cannot be read")]
    Unreadable { question: String },
    #[error("{} is a git directory without a work tree", path.display())]
    NoWorkTree { path: PathBuf },
}

/// A repository with a work tree, and the environment to ask git about it.
#[derive(Clone, Debug)]
pub struct Repository {
    root: PathBuf,
    git_dir: PathBuf,
    common_dir: PathBuf,
    shallow: bool,
    environment: Environment,
    /// An index that git handed to a hook and that lies outside the repository.
    foreign_index: Option<PathBuf>,
    /// A git that stays for questions about objects, where somebody asked for it.
    kept: Option<Arc<Mutex<Option<Store>>>>,
}

/// One line of the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Indexed {
    pub path: Vec<u8>,
    pub mode: u32,
    pub oid: String,
    /// Another number than 0 means a merge that is not resolved.
    pub stage: u8,
    /// `skip-worktree` or `assume-unchanged`: git does not look at the file itself.
    pub unwatched: bool,
}

impl Indexed {
    /// A regular file that git looks at itself.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.mode & 0o170_000 == REGULAR && self.stage == 0 && !self.unwatched
    }
}

/// One file of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub path: Vec<u8>,
    pub mode: u32,
    pub oid: String,
}

const REGULAR: u32 = 0o100_000;
pub const SYMLINK: u32 = 0o120_000;
pub const GITLINK: u32 = 0o160_000;

const FOLDER: u32 = 0o040_000;

/// As many objects are asked for one by one; for more, a process that gathers what it says is faster.
const FEW: usize = 500;

const MOST_BYTES: u64 = 2 << 30;
const LONGEST: Duration = Duration::from_mins(2);

impl Repository {
    /// The same repository, asked about the index that the running commit is made of. Git may
    /// hand a hook any file as that; the plain check does not believe it, because an index that
    /// is chosen freely hides tracked files.
    #[must_use]
    pub fn for_staged(&self) -> Self {
        let mut staged = self.clone();
        if let Some(index) = staged.foreign_index.take() {
            staged.environment = std::mem::take(&mut staged.environment).with("GIT_INDEX_FILE", index);
        }
        staged
    }

    /// The same repository, with one git that answers every question about objects until `rest`. A clone
    /// of it asks the same one.
    #[must_use]
    pub fn keeping(&self) -> Self {
        let child = self.git(&["cat-file", "--batch"]).keep();
        let kept = child.ok().and_then(|child| Store::of(child, MOST_BYTES, LONGEST));
        Self { kept: Some(Arc::new(Mutex::new(kept))), ..self.clone() }
    }

    /// Ends it; what is asked from now on has a process of its own.
    pub fn rest(&self) {
        if let Some(kept) = &self.kept
            && let Ok(mut kept) = kept.lock()
        {
            *kept = None;
        }
    }

    /// What the git that stays says; none where there is none, or it did not answer as it should.
    fn objects<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Option<Vec<Option<Object>>> {
        let names: Vec<&str> = names.into_iter().collect();
        if names.iter().any(|name| name.is_empty() || name.contains(['\n', '\0'])) {
            return None;
        }
        let mut kept = self.kept.as_ref()?.lock().ok()?;
        let answers = kept.as_mut()?.ask(&names);
        if answers.is_none() {
            // Where it stands is not known any more.
            *kept = None;
        }
        answers
    }

    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    #[must_use]
    pub fn git_dir(&self) -> &Path {
        &self.git_dir
    }

    /// History ends early here.
    #[must_use]
    pub fn is_shallow(&self) -> bool {
        self.shallow
    }

    fn git(&self, arguments: &[&str]) -> Child {
        git(&self.root, &self.environment).arguments(arguments)
    }

    fn ask(&self, arguments: &[&str]) -> Result<Vec<u8>, GitError> {
        let output = self.git(arguments).run()?;
        if output.succeeded() {
            Ok(output.stdout)
        } else {
            Err(refused(arguments.first().copied().unwrap_or_default(), &output))
        }
    }

    /// A single line of answer; none when git says no.
    fn ask_line(&self, arguments: &[&str]) -> Result<Option<String>, GitError> {
        let output = self.git(arguments).run()?;
        if !output.succeeded() {
            return Ok(None);
        }
        let text = String::from_utf8_lossy(&output.stdout);
        Ok(text.lines().next().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned))
    }

    /// The whole index, sorted by path and stage.
    pub fn index(&self) -> Result<Vec<Indexed>, GitError> {
        let bytes = self.ask(&["ls-files", "--stage", "-v", "-z"])?;
        records(&bytes)
            .map(|record| indexed(record).ok_or_else(|| GitError::Unreadable { question: "ls-files".into() }))
            .collect()
    }

    /// Files that git neither tracks nor ignores. A repository inside is one path that ends in `/`.
    pub fn untracked(&self) -> Result<Vec<Vec<u8>>, GitError> {
        self.untracked_beside(&self.index()?)
    }

    /// Every file of a commit.
    pub fn list(&self, commit: &str) -> Result<Vec<Listed>, GitError> {
        if let Some(files) = self.walk(commit) {
            return Ok(files);
        }
        let bytes = self.ask(&["ls-tree", "-r", "-z", "--full-tree", commit])?;
        records(&bytes)
            .map(|record| listed(record).ok_or_else(|| GitError::Unreadable { question: "ls-tree".into() }))
            .collect()
    }

    /// The same from its folders, as they are stored; none where there are many.
    fn walk(&self, commit: &str) -> Option<Vec<Listed>> {
        let top = self.objects([format!("{commit}^{{tree}}").as_str()])?.pop()??;
        let oid_bytes = top.oid.len() / 2;
        let (mut files, mut folders) = (Vec::new(), vec![(Vec::new(), top)]);
        while !folders.is_empty() {
            let mut inner: Vec<(Vec<u8>, String)> = Vec::new();
            for (prefix, folder) in &folders {
                for line in store::folder(&folder.bytes, oid_bytes).filter(|_| folder.kind == "tree")? {
                    let path = [prefix.as_slice(), line.name].concat();
                    if line.mode == FOLDER {
                        inner.push(([path.as_slice(), b"/"].concat(), line.oid));
                    } else {
                        files.push(Listed { path, mode: line.mode, oid: line.oid });
                    }
                }
            }
            if inner.len() > FEW {
                return None;
            }
            let answers = self.objects(inner.iter().map(|(_, oid)| oid.as_str()))?;
            let paths = inner.into_iter().map(|(path, _)| path);
            folders =
                paths.zip(answers).map(|(path, object)| Some((path, object?))).collect::<Option<_>>()?;
        }
        Some(files)
    }

    /// The contents of many objects with one child. An object that is not there is left out.
    pub fn blobs<'a>(
        &self,
        oids: impl IntoIterator<Item = &'a str>,
    ) -> Result<BTreeMap<String, Vec<u8>>, GitError> {
        let oids: Vec<&str> = oids.into_iter().collect();
        if oids.is_empty() {
            return Ok(BTreeMap::new());
        }
        if oids.len() <= FEW
            && let Some(found) = self.objects(oids.iter().copied())
        {
            return Ok(found.into_iter().flatten().map(|object| (object.oid, object.bytes)).collect());
        }
        let input: String = oids.iter().flat_map(|oid| [oid, "\n"]).collect();
        let output = self.git(&["cat-file", "--batch", "--buffer"]).input(input.into_bytes()).run()?;
        if !output.succeeded() {
            return Err(refused("cat-file", &output));
        }
        contents(&output.stdout).ok_or_else(|| GitError::Unreadable { question: "cat-file".into() })
    }

    /// The commit that `revision` names, when there is one here.
    pub fn commit(&self, revision: &str) -> Result<Option<String>, GitError> {
        let peeled = format!("{revision}^{{commit}}");
        if let Some(mut found) = self.objects([peeled.as_str()]) {
            return Ok(found.pop().flatten().map(|object| object.oid));
        }
        self.ask_line(&["rev-parse", "--verify", "--quiet", "--end-of-options", &peeled])
    }

    /// The same for many names, with one child.
    pub fn commits(&self, revisions: &[&str]) -> Result<Vec<Option<String>>, GitError> {
        let peeled: Vec<String> = revisions.iter().map(|revision| format!("{revision}^{{commit}}")).collect();
        if let Some(found) = self.objects(peeled.iter().map(String::as_str)) {
            return Ok(found.into_iter().map(|object| Some(object?.oid)).collect());
        }
        let input = revisions.iter().flat_map(|revision| [revision, "^{commit}\n"]).collect::<String>();
        let output = self.git(&["cat-file", "--batch-check"]).input(input.into_bytes()).run()?;
        let text = String::from_utf8_lossy(&output.stdout);
        let commits: Vec<Option<String>> =
            text.lines().map(|line| Some(line.split_once(" commit ")?.0.to_owned())).collect();
        if !output.succeeded() || commits.len() != revisions.len() {
            return Err(refused("cat-file", &output));
        }
        Ok(commits)
    }

    /// The best common ancestor, when there is one here.
    pub fn merge_base(&self, one: &str, other: &str) -> Result<Option<String>, GitError> {
        if one == other {
            return Ok(Some(one.to_owned()));
        }
        self.ask_line(&["merge-base", one, other])
    }

    /// `ancestor` can be reached from `commit`.
    pub fn is_ancestor(&self, ancestor: &str, commit: &str) -> Result<bool, GitError> {
        Ok(self.git(&["merge-base", "--is-ancestor", ancestor, commit]).run()?.succeeded())
    }

    /// The parents that the commit itself names, whether or not they are here.
    pub fn parents(&self, commit: &str) -> Result<Vec<String>, GitError> {
        let kept = self.objects([commit]).and_then(|mut found| found.pop()?);
        let bytes = match kept {
            Some(object) if object.kind == "commit" => object.bytes,
            _ => self.ask(&["cat-file", "commit", commit])?,
        };
        let text = String::from_utf8_lossy(&bytes);
        Ok(text
            .lines()
            .take_while(|line| !line.is_empty())
            .filter_map(|line| line.strip_prefix("parent "))
            .map(|oid| oid.trim().to_owned())
            .collect())
    }

    /// The object is in this repository's store.
    pub fn has(&self, oid: &str) -> Result<bool, GitError> {
        Ok(self.git(&["cat-file", "-e", oid]).run()?.succeeded())
    }

    /// What a symbolic reference such as `refs/remotes/origin/HEAD` points at.
    pub fn symbolic(&self, name: &str) -> Result<Option<String>, GitError> {
        self.ask_line(&["symbolic-ref", "--quiet", name])
    }

    /// The folder that this repository tells git to take its hooks from.
    pub fn hooks_folder(&self) -> Result<Option<String>, GitError> {
        // Asked for by its file: every question to git carries another folder of hooks.
        self.ask_line(&["config", "--local", "--get", "core.hooksPath"])
    }

    /// Where the remote that this was cloned from lies.
    pub fn origin(&self) -> Result<Option<String>, GitError> {
        self.ask_line(&["config", "--local", "--get", "remote.origin.url"])
    }

    /// A branch of the remote held the commit when it was last asked.
    pub fn is_pushed(&self, commit: &str) -> Result<bool, GitError> {
        Ok(self.ask_line(&["branch", "--remotes", "--contains", commit])?.is_some())
    }

    /// HEAD's reference names a branch that has no commit yet.
    pub fn is_unborn(&self) -> Result<bool, GitError> {
        Ok(self.commit("HEAD")?.is_none() && self.symbolic("HEAD")?.is_some())
    }
}

fn git(directory: &Path, environment: &Environment) -> Child {
    let fixed = [
        "--no-replace-objects",
        "--literal-pathspecs",
        "-c",
        "core.fsmonitor=false",
        "-c",
        "core.quotePath=false",
        "-c",
        "core.hooksPath=/dev/null",
        "-c",
        "core.untrackedCache=false",
        "-c",
        "core.trustctime=true",
        "-c",
        "core.checkStat=default",
        "-c",
        "advice.graftFileDeprecated=false",
        "-c",
        "log.showSignature=false",
    ];
    Child::new("git", environment.clone()).arguments(fixed).directory(directory).at_most(MOST_BYTES, LONGEST)
}

fn refused(question: &str, output: &Output) -> GitError {
    GitError::Refused { question: question.to_owned(), complaint: output.complaint() }
}
