//! All of it or nothing: every file is looked at before the first is written, and what was written is taken
//! back where a later one fails.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::{Piece, What};
use crate::check::run::CheckError;
use crate::io::output;

/// Something stands in the way of a piece; nothing was written yet.
pub(super) fn possible(root: &Path, pieces: &[Piece]) -> Result<(), CheckError> {
    pieces.iter().try_for_each(|piece| {
        look(root, piece)
            .map_err(|why| CheckError::Tree(format!("nothing is written, because of {}: {why}", piece.path)))
    })
}

pub(super) fn all(root: &Path, pieces: &[Piece]) -> Result<(), CheckError> {
    possible(root, pieces)?;
    let mut done: Vec<Undo> = Vec::new();
    for piece in pieces {
        if let Err(why) = write(root, piece, &mut done) {
            let left: Vec<String> = done.into_iter().rev().filter_map(Undo::back).collect();
            let mut told = format!("{}: {why}; what was written before it is taken back", piece.path);
            if !left.is_empty() {
                told = format!("{told}, but for {}", left.join(", "));
            }
            return Err(CheckError::Tree(told));
        }
    }
    Ok(())
}

fn look(root: &Path, piece: &Piece) -> Result<(), String> {
    let path = root.join(&piece.path);
    if matches!(piece.what, What::There | What::Later { .. } | What::Paste { .. }) {
        return Ok(());
    }
    let mut folder = PathBuf::new();
    for part in Path::new(&piece.path).parent().into_iter().flat_map(Path::components) {
        folder.push(part);
        match root.join(&folder).symlink_metadata() {
            // It may lead out of the repository.
            Ok(it) if it.is_symlink() => return Err(format!("{} is a link", folder.display())),
            Ok(it) if !it.is_dir() => return Err(format!("{} is no folder", folder.display())),
            Ok(it) if it.permissions().readonly() => {
                return Err(format!("{} cannot be written to", folder.display()));
            }
            _ => {}
        }
    }
    match &piece.what {
        What::Lines { before, .. } => {
            let there = path.symlink_metadata().map_err(|error| error.to_string())?;
            if there.is_symlink() {
                return Err("it is a link".to_owned());
            }
            if there.permissions().readonly() {
                return Err("it cannot be written to".to_owned());
            }
            let now = fs::read_to_string(&path).map_err(|error| error.to_string())?;
            if now == *before { Ok(()) } else { Err("somebody changed it meanwhile".to_owned()) }
        }
        _ if path.symlink_metadata().is_ok() => Err("somebody made it meanwhile".to_owned()),
        _ => Ok(()),
    }
}

fn write(root: &Path, piece: &Piece, done: &mut Vec<Undo>) -> Result<(), String> {
    let path = root.join(&piece.path);
    match &piece.what {
        What::There | What::Later { .. } | What::Paste { .. } => Ok(()),
        What::New { text, executable } => {
            let folders = path.ancestors().skip(1).take_while(|folder| !folder.exists());
            done.extend(
                folders
                    .map(|folder| Undo::Folder(folder.to_path_buf()))
                    .collect::<Vec<_>>()
                    .into_iter()
                    .rev(),
            );
            match output::create(&path, text, *executable) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    Err("somebody made it meanwhile".to_owned())
                }
                result => {
                    done.push(Undo::File(path));
                    result.map_err(|error| error.to_string())
                }
            }
        }
        What::Lines { before, after, .. } => {
            done.push(Undo::Text(path.clone(), before.clone()));
            output::write(&path, after).map_err(|error| error.to_string())
        }
    }
}

/// How one thing that was done is taken back.
enum Undo {
    Folder(PathBuf),
    File(PathBuf),
    Text(PathBuf, String),
}

impl Undo {
    /// What could not be taken back.
    fn back(self) -> Option<String> {
        let (path, result) = match self {
            Self::Folder(path) => (path.clone(), fs::remove_dir(&path)),
            Self::File(path) => (path.clone(), fs::remove_file(&path)),
            Self::Text(path, before) => (path.clone(), output::write(&path, &before)),
        };
        match result {
            Err(error) if error.kind() != ErrorKind::NotFound => Some(path.display().to_string()),
            _ => None,
        }
    }
}
