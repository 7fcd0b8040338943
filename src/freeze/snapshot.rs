//! The frozen part of one tree: contract, lock, signers, approvals.

use std::collections::BTreeMap;

use crate::freeze::lock::{self, APPROVALS, CONTRACT_PATH, LOCK_PATH, Lock, LockError, Material};
use crate::io::decode;
use crate::io::tree::Tree;

/// Where signers are looked for when the contract cannot say it.
const USUAL_SIGNERS: &str = "contract/allowed_signers";

#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    pub contract: ContractFile,
    pub lock: LockFile,
    /// Path and text of the signers file that the contract names.
    pub signers: Option<(String, String)>,
    pub presence: bool,
    /// Approval files by path.
    pub approvals: BTreeMap<String, Vec<u8>>,
    /// What the tree holds. Of a base only the digests of the files that the head's quarantine
    /// covers are asked for: a file that was there before is not new because it is quarantined now.
    pub material: Option<Material>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ContractFile {
    #[default]
    Absent,
    /// It is there, and cannot be read or is invalid.
    Broken,
    /// Its canonical form.
    Read(String),
}

#[derive(Clone, Debug, Default)]
pub enum LockFile {
    #[default]
    Absent,
    Broken(LockError),
    Read {
        lock: Lock,
        /// As in the file.
        bytes: Vec<u8>,
    },
}

/// What freezing needs to know of a contract's text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Understood {
    pub canonical: String,
    /// `[approval] signers`
    pub signers: Option<String>,
    /// `[approval] presence`
    pub presence: bool,
}

impl LockFile {
    #[must_use]
    pub fn from_file(bytes: Option<Vec<u8>>) -> Self {
        let Some(bytes) = bytes else { return Self::Absent };
        match Lock::parse(&String::from_utf8_lossy(&lock::signed_bytes(&bytes))) {
            Ok(lock) => Self::Read { lock, bytes },
            Err(error) => Self::Broken(error),
        }
    }

    #[must_use]
    pub fn lock(&self) -> Option<&Lock> {
        match self {
            Self::Read { lock, .. } => Some(lock),
            _ => None,
        }
    }
}

impl Snapshot {
    /// Reads the frozen part of the project in the folder `project` of a tree (empty, or ending in
    /// `/`). `understand` is the contract's reader; none means that the contract is invalid.
    pub fn read(tree: &Tree, project: &str, understand: &dyn Fn(&str) -> Option<Understood>) -> Self {
        let at = |path: &str| format!("{project}{path}");
        let (contract, understood) = if tree.contains(&at(CONTRACT_PATH)) {
            let bytes = tree.read(&at(CONTRACT_PATH)).ok();
            let text = bytes.and_then(|bytes| decode::decode(&bytes).into_text());
            match text.and_then(|text| understand(&text)) {
                Some(understood) => (ContractFile::Read(understood.canonical.clone()), understood),
                None => (ContractFile::Broken, Understood::default()),
            }
        } else {
            (ContractFile::Absent, Understood::default())
        };
        let lock = if tree.contains(&at(LOCK_PATH)) {
            // A link, or anything else that cannot be read, is a lock that says nothing.
            LockFile::from_file(Some(tree.read(&at(LOCK_PATH)).unwrap_or_default()))
        } else {
            LockFile::Absent
        };
        let signers_path = match (&contract, understood.signers) {
            (ContractFile::Read(_), named) => named,
            _ => Some(USUAL_SIGNERS.to_owned()),
        };
        let signers = signers_path.and_then(|path| {
            let bytes = tree.read(&at(&path)).ok()?;
            Some((path, decode::decode(&bytes).into_text()?))
        });
        let folder = at(APPROVALS);
        let found: Vec<&str> = tree
            .entries()
            .iter()
            .filter(|entry| entry.is_file())
            .map(|entry| entry.path.as_str())
            .filter(|path| path.strip_prefix(&folder).is_some_and(|rest| rest.starts_with('/')))
            .collect();
        let approvals = found
            .iter()
            .zip(tree.read_all(&found))
            .filter_map(|(path, bytes)| Some((path.strip_prefix(project)?.to_owned(), bytes.ok()?)))
            .collect();
        Self { contract, lock, signers, presence: understood.presence, approvals, material: None }
    }

    /// The contract's canonical form, where it can be read.
    #[must_use]
    pub fn canonical(&self) -> Option<&str> {
        match &self.contract {
            ContractFile::Read(canonical) => Some(canonical),
            _ => None,
        }
    }

    /// Nothing was ever frozen here.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.contract == ContractFile::Absent && self.lock.lock().is_none()
    }
}
