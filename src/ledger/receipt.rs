//! What a run leaves behind outside the database, so that the next one can tell when the database went
//! back: environment, mark, and where the chain ended.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Tip;
use crate::io::output;

/// The folder, ignored by git because guard says so in it.
const FOLDER: &str = ".guard";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    pub version: u32,
    pub environment: String,
    /// The mark's id.
    pub mark: String,
    pub run: String,
    pub at: String,
    pub outcome: String,
    pub generation: i64,
    pub hash: String,
}

impl Receipt {
    #[must_use]
    pub fn tip(&self) -> Tip {
        Tip { generation: self.generation, hash: self.hash.clone() }
    }
}

/// Where a receipt lies that nobody named a place for.
#[must_use]
pub fn usual(root: &Path, environment: &str) -> PathBuf {
    root.join(FOLDER).join("receipts").join(format!("{environment}.json"))
}

/// The receipt there; none where there is none. One that cannot be read says nothing, and says so.
pub fn read(path: &Path) -> Result<Option<Receipt>, String> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("{}: {error}", path.display())),
    };
    let receipt: Receipt = serde_json::from_slice(&bytes)
        .map_err(|_| format!("{} is no receipt that this guard can read", path.display()))?;
    if receipt.version != 1 {
        return Err(format!("{} is of a version that this guard does not know", path.display()));
    }
    Ok(Some(receipt))
}

/// Writes it; in the usual place, git is told to leave the folder alone.
pub fn write(path: &Path, receipt: &Receipt) -> std::io::Result<()> {
    let mut text = serde_json::to_string_pretty(receipt).unwrap_or_default();
    text.push('\n');
    output::write(path, &text)?;
    let folder = path.parent().and_then(Path::parent).filter(|folder| folder.ends_with(FOLDER));
    if let Some(folder) = folder {
        let ignore = folder.join(".gitignore");
        if !ignore.exists() {
            output::write(&ignore, "*\n")?;
        }
    }
    Ok(())
}
