//! A service's log: redacted before it reaches the disk, rotated by size, kept for a week.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::words::secret::Redactor;

/// A file's size at which the next one begins.
pub const LARGEST: u64 = 10 << 20;
/// Older files of one service.
const KEPT: u32 = 5;
const OLDEST: Duration = Duration::from_hours(24 * 7);

/// A line that is longer is written in pieces.
const LINE: usize = 64 << 10;

/// Copies what comes to the log until it ends.
pub fn capture(mut from: impl Read, path: &Path, redactor: &Redactor, largest: u64) {
    let mut log = Log::open(path, largest);
    let mut pending: Vec<u8> = Vec::new();
    let mut chunk = [0_u8; 16 << 10];
    loop {
        let read = match from.read(&mut chunk) {
            Ok(0) | Err(_) => break,
            Ok(read) => read,
        };
        pending.extend_from_slice(&chunk[..read]);
        // Whole lines are written; a secret never spans two of them.
        let whole = pending.iter().rposition(|byte| *byte == b'\n').map(|at| at + 1);
        let whole = whole.or_else(|| {
            let kept = redactor.longest().min(LINE / 2);
            (pending.len() > LINE).then(|| pending.len() - kept)
        });
        if let Some(whole) = whole {
            let text: Vec<u8> = pending.drain(..whole).collect();
            log.write(&redactor.clean(&String::from_utf8_lossy(&text)));
        }
    }
    if !pending.is_empty() {
        log.write(&redactor.clean(&format!("{}\n", String::from_utf8_lossy(&pending))));
    }
}

struct Log {
    path: PathBuf,
    file: Option<File>,
    size: u64,
    largest: u64,
}

impl Log {
    fn open(path: &Path, largest: u64) -> Self {
        if let Some(folder) = path.parent() {
            drop(fs::create_dir_all(folder));
        }
        forget_old(path);
        let file = append(path);
        let size = file.as_ref().and_then(|file| file.metadata().ok()).map_or(0, |data| data.len());
        Self { path: path.to_owned(), file, size, largest }
    }

    /// A disk that is full must not stop the service: what cannot be written is lost.
    fn write(&mut self, text: &str) {
        if self.size > 0 && self.size + text.len() as u64 > self.largest {
            self.rotate();
        }
        if let Some(file) = &mut self.file
            && file.write_all(text.as_bytes()).is_ok()
        {
            self.size += text.len() as u64;
        }
    }

    fn rotate(&mut self) {
        for number in (1..KEPT).rev() {
            drop(fs::rename(older(&self.path, number), older(&self.path, number + 1)));
        }
        drop(fs::rename(&self.path, older(&self.path, 1)));
        forget_old(&self.path);
        self.file = append(&self.path);
        self.size = 0;
    }
}

fn append(path: &Path) -> Option<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path).ok()
}

fn older(path: &Path, number: u32) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{number}"));
    PathBuf::from(name)
}

fn forget_old(path: &Path) {
    for number in 1..=KEPT {
        let path = older(path, number);
        let age = fs::metadata(&path).and_then(|data| data.modified()).ok();
        let age = age.and_then(|modified| modified.elapsed().ok());
        if age.is_some_and(|age| age > OLDEST) {
            drop(fs::remove_file(path));
        }
    }
}

/// A place in a log: the end of a file, as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Tells the file from those that come after it when it is full.
    file: u64,
    size: u64,
}

/// The end of a log at this moment; none where there is no log yet.
#[must_use]
pub fn mark(path: &Path) -> Option<Mark> {
    let data = fs::metadata(path).ok()?;
    Some(Mark { file: number(&data), size: data.len() })
}

#[cfg(unix)]
fn number(data: &fs::Metadata) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    data.ino()
}

#[cfg(not(unix))]
fn number(_: &fs::Metadata) -> u64 {
    0
}

/// The last lines, and no more than a mebibyte is read for them.
#[must_use]
pub fn tail(path: &Path, lines: usize) -> Vec<String> {
    tail_from(path, None, lines)
}

/// The last lines that were written after a mark.
#[must_use]
pub fn tail_from(path: &Path, from: Option<Mark>, lines: usize) -> Vec<String> {
    use std::io::{Seek as _, SeekFrom};
    let Ok(mut file) = File::open(path) else { return Vec::new() };
    let data = file.metadata().ok();
    let size = data.as_ref().map_or(0, fs::Metadata::len);
    let own = from.filter(|mark| data.as_ref().is_some_and(|data| number(data) == mark.file));
    let begin = own.map_or(0, |mark| mark.size).max(size.saturating_sub(1 << 20));
    drop(file.seek(SeekFrom::Start(begin)));
    let mut bytes = Vec::new();
    drop(file.take(1 << 20).read_to_end(&mut bytes));
    let text = String::from_utf8_lossy(&bytes);
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].iter().map(|line| (*line).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(text: &str, largest: u64) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("logs/a.log");
        let mut redactor = Redactor::default();
        redactor.know("canary-77");
        capture(text.as_bytes(), &path, &redactor, largest);
        (folder, path)
    }

    #[test]
    fn a_secret_never_reaches_the_disk() {
        let long = "x".repeat(LINE * 3);
        let (_folder, path) = with(&format!("a canary-77 b\n{long}canary-77{long}\nend canary-77"), LARGEST);
        let text = fs::read_to_string(path).unwrap();
        assert!(!text.contains("canary-77") && text.contains("a [redacted] b") && text.ends_with('\n'));
    }

    #[test]
    fn the_tail_after_a_mark_has_nothing_of_before_and_a_new_file_is_all_its_own() {
        let (_folder, path) = with("before\n", 300);
        let here = mark(&path);
        assert_eq!(tail_from(&path, here, 9), Vec::<String>::new());
        capture("after\n".as_bytes(), &path, &Redactor::default(), 300);
        assert_eq!(tail_from(&path, here, 9), ["after"]);
        assert_eq!(tail(&path, 9), ["before", "after"]);
        capture(format!("{}\nnew file\n", "y".repeat(290)).as_bytes(), &path, &Redactor::default(), 300);
        assert_eq!(tail_from(&path, here, 1), ["new file"]);
    }

    #[test]
    fn a_full_file_makes_room_and_the_tail_is_of_the_newest() {
        let line = format!("{}\n", "y".repeat(99));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.log");
        for number in 0..20 {
            capture(format!("{line}line {number}\n").as_bytes(), &path, &Redactor::default(), 300);
        }
        assert!(older(&path, 1).exists() && older(&path, KEPT).exists());
        assert!(!older(&path, KEPT + 1).exists());
        assert_eq!(tail(&path, 1), ["line 19"]);
        assert!(fs::metadata(&path).unwrap().len() <= 300);
    }
}
