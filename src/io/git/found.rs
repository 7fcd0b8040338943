//! Which repository a folder lies in, and which variables of the surroundings are believed when git is asked.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::{GitError, Repository, git, refused};
use crate::io::child::{ChildError, Output};
use crate::io::environment::Environment;

impl Repository {
    /// The repository that `directory` lies in; none outside any.
    pub fn find(directory: &Path, environment: &Environment) -> Result<Option<Self>, GitError> {
        let clean = scrubbed(environment);
        let mut given = None;
        let mut output = match ask_where(directory, &clean) {
            // Without git a folder can still be checked, but not one that is a repository.
            Err(GitError::Child(ChildError::Missing { .. }))
                if !directory.ancestors().any(|folder| folder.join(".git").exists()) =>
            {
                return Ok(None);
            }
            asked => asked?,
        };
        if !output.succeeded() && is_outside(&output) {
            // A repository whose git directory stands elsewhere is found through the variables
            // alone; they count only where no repository is found without them.
            if let Some(told) = told_by_variables(environment, &clean) {
                let second = ask_where(directory, &told)?;
                if second.succeeded() {
                    output = second;
                    given = Some(told);
                }
            }
        }
        if !output.succeeded() {
            return if is_outside(&output) {
                Ok(None)
            } else if output.complaint().contains("must be run in a work tree") {
                Err(GitError::NoWorkTree { path: directory.to_owned() })
            } else {
                Err(refused("rev-parse", &output))
            };
        }
        let unreadable = || GitError::Unreadable { question: "rev-parse".into() };
        let text = String::from_utf8(output.stdout).map_err(|_| unreadable())?;
        let lines: Vec<&str> = text.lines().collect();
        let [root, git_dir, common_dir, shallow] = lines.as_slice() else { return Err(unreadable()) };
        let root = PathBuf::from(root);
        let mut repository = Self {
            git_dir: PathBuf::from(git_dir),
            common_dir: PathBuf::from(common_dir),
            shallow: *shallow == "true",
            environment: given.unwrap_or(clean),
            foreign_index: None,
            kept: None,
            root,
        };
        if !directory_is_inside(directory, &repository.root) {
            return Ok(None);
        }
        repository.take_over_hook_variables(environment, directory);
        Ok(Some(repository))
    }

    /// In a hook, git says through variables which index and which objects are meant. They are
    /// believed when they speak of this repository, so that a hook of one repository does not
    /// misdirect a check of another.
    fn take_over_hook_variables(&mut self, environment: &Environment, directory: &Path) {
        let absolute = |path: PathBuf| {
            [self.root.join(&path), directory.join(&path)]
                .into_iter()
                .find_map(|path| path.canonicalize().ok())
        };
        let git_dir = self.git_dir.canonicalize().unwrap_or_else(|_| self.git_dir.clone());
        let common_dir = self.common_dir.canonicalize().unwrap_or_else(|_| self.common_dir.clone());
        if let Some(named) = environment.path("GIT_DIR")
            && absolute(named).is_none_or(|named| named != git_dir)
        {
            return;
        }
        let is_ours = |path: &Path| path.starts_with(&git_dir) || path.starts_with(&common_dir);
        let mut kept: Vec<(&str, OsString)> = Vec::new();
        if let Some(index) = environment.path("GIT_INDEX_FILE").and_then(&absolute) {
            let folder = index.parent();
            // A linked work tree's git directory lies inside the common one, so "inside" is not
            // enough: the index of a sibling is not ours.
            let sibling = folder.is_some_and(|folder| folder != git_dir && folder.join("HEAD").exists());
            if !sibling && is_ours(&index) {
                kept.push(("GIT_INDEX_FILE", index.into_os_string()));
            } else if !sibling {
                self.foreign_index = Some(index);
            }
        }
        if let Some(objects) = environment.path("GIT_OBJECT_DIRECTORY").and_then(&absolute)
            && is_ours(&objects)
        {
            kept.push(("GIT_OBJECT_DIRECTORY", objects.into_os_string()));
            if let Some(more) = environment.path("GIT_ALTERNATE_OBJECT_DIRECTORIES") {
                kept.push(("GIT_ALTERNATE_OBJECT_DIRECTORIES", more.into_os_string()));
            }
        }
        let mut merged = std::mem::take(&mut self.environment);
        for (name, value) in kept {
            merged = merged.with(name, value);
        }
        self.environment = merged;
    }
}

/// Everything that steers git is dropped; what only finds programs and homes stays.
fn scrubbed(environment: &Environment) -> Environment {
    let kept = environment.iter().filter(|(name, _)| {
        let name = name.to_string_lossy();
        !name.to_ascii_uppercase().starts_with("GIT_") && name != "LANGUAGE" && !name.starts_with("LC_")
    });
    Environment::of(kept)
        .with("LC_ALL", "C")
        .with("GIT_OPTIONAL_LOCKS", "0")
        .with("GIT_TERMINAL_PROMPT", "0")
        // Grafts give commits other parents than they have.
        .with("GIT_GRAFT_FILE", "/dev/null")
}

fn told_by_variables(environment: &Environment, clean: &Environment) -> Option<Environment> {
    let git_dir = environment.path("GIT_DIR")?.canonicalize().ok()?;
    let work_tree = environment.path("GIT_WORK_TREE")?.canonicalize().ok()?;
    Some(clean.clone().with("GIT_DIR", git_dir).with("GIT_WORK_TREE", work_tree))
}

fn ask_where(directory: &Path, environment: &Environment) -> Result<Output, GitError> {
    let question = [
        "rev-parse",
        "--path-format=absolute",
        "--show-toplevel",
        "--absolute-git-dir",
        "--git-common-dir",
        "--is-shallow-repository",
    ];
    Ok(git(directory, environment).arguments(question).run()?)
}

/// Git found no repository. Any other failure, such as a directory of another owner or a `.git` that
/// points nowhere, must not pass for that: the tracked files would be judged as a heap of loose ones.
fn is_outside(output: &Output) -> bool {
    String::from_utf8_lossy(&output.stderr).contains("not a git repository (or any")
}

fn directory_is_inside(directory: &Path, root: &Path) -> bool {
    match (directory.canonicalize(), root.canonicalize()) {
        (Ok(directory), Ok(root)) => directory.starts_with(root),
        _ => false,
    }
}
