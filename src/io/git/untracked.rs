//! Files that git neither tracks nor ignores. Git looks for rules in every folder, which takes longer than all
//! else that it is asked; here the folders are listed, and git is asked only about names that are not its own.

use rayon::prelude::*;
use rustc_hash::FxHashSet;
use std::io;
use std::path::{Path, PathBuf};

use super::answers::records;
use super::{GITLINK, GitError, Indexed, Repository, refused};

/// So many folders fit on a command line; of more, everything is asked.
const MOST_FOLDERS: usize = 200;
const HERE: &[u8] = b"./";

impl Repository {
    /// A repository inside is one path that ends in `/`.
    pub(super) fn untracked_beside(&self, index: &[Indexed]) -> Result<Vec<Vec<u8>>, GitError> {
        // Where two spellings name one file, only git knows which names are its own. What cannot be listed,
        // git tells of in its own way.
        let Some(strangers) = listed_by_name().then(|| Own::of(index).strangers(self.root())) else {
            return self.others(&[]);
        };
        let Ok(strangers) = strangers else { return self.others(&[]) };
        if strangers.is_empty() {
            return Ok(Vec::new());
        }
        let ignored = self.ignored(&strangers)?;
        let left = strangers.into_iter().filter(|stranger| !ignored.contains(&stranger.path));
        let (folders, files): (Vec<Stranger>, Vec<Stranger>) = left.partition(|stranger| stranger.is_folder);
        let mut out: Vec<Vec<u8>> = files.into_iter().map(|file| file.path).collect();
        let names: Option<Vec<&str>> =
            folders.iter().map(|folder| std::str::from_utf8(&folder.path).ok()).collect();
        match names {
            Some(names) if names.is_empty() => {}
            Some(names) if names.len() <= MOST_FOLDERS => out.extend(self.others(&names)?),
            _ => return self.others(&[]),
        }
        out.sort_unstable();
        Ok(out)
    }

    /// Git's own answer, for some folders or for all.
    fn others(&self, folders: &[&str]) -> Result<Vec<Vec<u8>>, GitError> {
        let mut question = vec!["ls-files", "--others", "--exclude-standard", "-z", "--"];
        question.extend(folders);
        let bytes = self.ask(&question)?;
        Ok(records(&bytes).map(<[u8]>::to_vec).collect())
    }

    fn ignored(&self, strangers: &[Stranger]) -> Result<FxHashSet<Vec<u8>>, GitError> {
        let mut input = Vec::new();
        for stranger in strangers {
            // This question takes no literal paths; behind a dot no letter of a path has another meaning.
            input.extend_from_slice(HERE);
            input.extend_from_slice(&stranger.path);
            input.push(0);
        }
        let output = self
            .git(&["--no-literal-pathspecs", "check-ignore", "--no-index", "-z", "--stdin"])
            .input(input)
            .run()?;
        match output.code {
            // None of them is ignored.
            Some(1) => Ok(FxHashSet::default()),
            _ if output.succeeded() => {
                let paths = records(&output.stdout).filter_map(|path| path.strip_prefix(HERE));
                Ok(paths.map(<[u8]>::to_vec).collect())
            }
            _ => Err(refused("check-ignore", &output)),
        }
    }
}

fn listed_by_name() -> bool {
    cfg!(target_os = "linux")
}

/// A name in a tracked folder that is not tracked.
struct Stranger {
    path: Vec<u8>,
    is_folder: bool,
}

/// The paths of the index, and the folders that they lie in.
struct Own<'a> {
    files: FxHashSet<&'a [u8]>,
    folders: FxHashSet<&'a [u8]>,
    /// Other repositories, of which git knows only the commit.
    repositories: FxHashSet<&'a [u8]>,
}

/// A folder, for the system and as git writes it; the root is empty.
type Folder = (PathBuf, Vec<u8>);

impl<'a> Own<'a> {
    fn of(index: &'a [Indexed]) -> Self {
        let mut own = Self {
            files: FxHashSet::default(),
            folders: FxHashSet::default(),
            repositories: FxHashSet::default(),
        };
        for line in index {
            let mut path = line.path.as_slice();
            let kind = if line.mode == GITLINK { &mut own.repositories } else { &mut own.files };
            kind.insert(path);
            while let Some(end) = memchr::memrchr(b'/', path) {
                path = &path[..end];
                if !own.folders.insert(path) {
                    break;
                }
            }
        }
        own
    }

    fn strangers(&self, root: &Path) -> io::Result<Vec<Stranger>> {
        let mut found = Vec::new();
        let mut level: Vec<Folder> = vec![(root.to_owned(), Vec::new())];
        while !level.is_empty() {
            let seen: Vec<(Vec<Folder>, Vec<Stranger>)> =
                level.par_iter().map(|(folder, path)| self.look(folder, path)).collect::<io::Result<_>>()?;
            level.clear();
            for (folders, strangers) in seen {
                level.extend(folders);
                found.extend(strangers);
            }
        }
        Ok(found)
    }

    /// The folders in one that hold tracked files, and what is not tracked.
    fn look(&self, folder: &Path, path: &[u8]) -> io::Result<(Vec<Folder>, Vec<Stranger>)> {
        let mut inner = Vec::new();
        let mut strangers = Vec::new();
        let listed = match std::fs::read_dir(folder) {
            Ok(listed) => listed,
            // It went away since its name was read.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((inner, strangers)),
            Err(error) => return Err(error),
        };
        for entry in listed {
            let entry = entry?;
            let name = entry.file_name();
            if name == ".git" {
                continue;
            }
            let mut full = Vec::with_capacity(path.len() + 1 + name.len());
            if !path.is_empty() {
                full.extend_from_slice(path);
                full.push(b'/');
            }
            full.extend_from_slice(name.as_encoded_bytes());
            // A link to a folder is no folder.
            let kind = entry.file_type()?;
            if kind.is_dir() && self.folders.contains(full.as_slice()) {
                inner.push((entry.path(), full));
                continue;
            }
            let own = if kind.is_dir() { &self.repositories } else { &self.files };
            // Pipes, sockets and devices are nobody's files.
            let counts = kind.is_dir() || kind.is_file() || kind.is_symlink();
            if counts && !own.contains(full.as_slice()) {
                strangers.push(Stranger { path: full, is_folder: kind.is_dir() });
            }
        }
        Ok((inner, strangers))
    }
}
