//! The project around a folder: its contract, and what of it concerns one environment.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::config::limits::limits;
use crate::config::{self, Config};
use crate::contract::model::{Contract, Policy};
use crate::contract::parse;
use crate::io::database::Limits;
use crate::io::decode;
use crate::io::environment::Environment;
use crate::io::git::Repository;
use crate::io::keys::PublicKey;
use crate::mark::judge::Expected;
use crate::words::ending::{Code, Ending};
use crate::words::span::Lines;

const CONTRACT: &str = "contract/mutation.toml";
/// Operations: services, gates, waits.
pub const CONFIG: &str = "guard.toml";
const LOCK: &str = "contract/mutation.lock";

/// A contract that could be read, and where it lies.
pub struct Project {
    pub root: PathBuf,
    pub repository: Option<Repository>,
    pub contract: Contract,
    pub contract_text: String,
    /// The lock file's text; empty where there is none.
    pub lock_text: String,
    pub config: Config,
    pub limits: Limits,
}

/// One environment of a contract.
#[derive(Clone, Debug)]
pub struct Target {
    pub environment: String,
    pub protected: bool,
    pub policy: Policy,
    pub expected: Expected,
}

impl Project {
    /// Where the project lies, and its repository.
    pub fn root(folder: &Path, variables: &Environment) -> Result<(PathBuf, Option<Repository>), Ending> {
        let repository = Repository::find(folder, variables).map_err(|error| {
            Ending::refused(Code::ContractMissing, format!("git cannot be asked: {error}"))
        })?;
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let top = repository.as_ref().map(|repository| {
            repository.root().canonicalize().unwrap_or_else(|_| repository.root().to_owned())
        });
        let found = folder
            .ancestors()
            .take_while(|each| top.as_ref().map_or(*each == folder, |top| each.starts_with(top)))
            .find(|each| each.join(CONTRACT).exists());
        let Some(root) = found.map(Path::to_owned) else {
            return Err(Ending::refused(Code::ContractMissing, format!("there is no {CONTRACT} here"))
                .next("run guard inside the project, or propose a contract with `guard contract init`"));
        };
        Ok((root, repository))
    }

    /// The project of the nearest contract, from the folder up to the repository's root.
    pub fn around(folder: &Path, variables: &Environment) -> Result<Self, Ending> {
        let (root, repository) = Self::root(folder, variables)?;
        let contract_text = text(&root, CONTRACT)?.unwrap_or_default();
        let contract =
            parse::parse(&contract_text).map_err(|issues| invalid(CONTRACT, &contract_text, &issues))?;
        let config = match text(&root, CONFIG)? {
            Some(text) => config::parse(&text).map_err(|issues| invalid(CONFIG, &text, &issues))?,
            None => Config::default(),
        };
        let limits = limits(&config.database, variables).map_err(|error| {
            Ending::refused(Code::ConfigInvalid, error.to_string())
                .detail("variable", error.0)
                .next("write a number and a unit, as in 500ms, 30s, 5m")
        })?;
        let lock_text = text(&root, LOCK)?.unwrap_or_default();
        Ok(Self { root, repository, contract, contract_text, lock_text, config, limits })
    }

    /// What the contract says of an environment.
    pub fn target(&self, environment: &str) -> Result<Target, Ending> {
        let known: Vec<&str> = self.contract.environments.known.iter().map(|at| at.value.as_str()).collect();
        if !known.contains(&environment) {
            let name: String = environment.chars().filter(|c| !c.is_control()).take(60).collect();
            return Err(Ending::refused(
                Code::EnvironmentUnknown,
                format!("the contract knows no environment `{name}`"),
            )
            .of(&name)
            .next(format!("name one of those that it knows: {}", known.join(", ")))
            .detail("known", known));
        }
        let policy = self.contract.policy(environment).cloned().unwrap_or_default();
        let expected = Expected {
            environment: environment.to_owned(),
            project: self.contract.project.clone(),
            mark: policy.mark.as_ref().map(|at| at.value.clone()),
            lineage: policy.lineage.as_ref().map(|at| at.value.clone()),
            hosts: policy.hosts.iter().map(|at| at.value.clone()).collect(),
            keys: policy.keys.iter().filter_map(|at| PublicKey::parse(&at.value)).collect(),
        };
        let protected = self.contract.is_protected(environment);
        Ok(Target { environment: environment.to_owned(), protected, policy, expected })
    }

    /// What the ledger keeps of the contract: the next run is compared with it.
    pub fn remember(&self, body: &mut Map<String, Value>) {
        body.insert("lock".into(), self.lock_text.clone().into());
        body.insert("contract".into(), self.contract_text.clone().into());
        if let Some(path) = &self.contract.approval.signers
            && let Ok(Some(text)) = text(&self.root, &path.value)
        {
            body.insert("signers".into(), json!({ "path": path.value, "text": text }));
        }
    }

    /// Every environment that is protected.
    pub fn protected(&self) -> impl Iterator<Item = (&str, Option<&Policy>)> {
        self.contract.environments.protected.iter().map(|name| (name.as_str(), self.contract.policy(name)))
    }

    /// The place of an environment among those known: later is higher.
    #[must_use]
    pub fn rank(&self, environment: &str) -> Option<(bool, usize)> {
        let at = self.contract.environments.known.iter().position(|name| name.value == environment)?;
        Some((self.contract.is_protected(environment), at))
    }
}

/// A file of the project; none where there is none.
pub fn text(root: &Path, path: &str) -> Result<Option<String>, Ending> {
    let no = |why: &str| Ending::refused(Code::ContractInvalid, format!("{path} cannot be read: {why}"));
    match std::fs::read(root.join(path)) {
        Ok(bytes) => match decode::decode(&bytes).into_text() {
            Some(text) => Ok(Some(text)),
            None => Err(no("it is no text")),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(no(&error.to_string())),
    }
}

fn invalid(path: &str, text: &str, issues: &[crate::contract::issue::Issue]) -> Ending {
    let lines = Lines::of(text);
    let told: Vec<String> = issues
        .iter()
        .take(20)
        .map(|issue| {
            let (line, column) = lines.position(text, issue.span.start);
            let hint = if issue.hint.is_empty() { String::new() } else { format!("; {}", issue.hint) };
            format!("{path}:{line}:{column}: {}{hint}", issue.message)
        })
        .collect();
    let code = if path == CONFIG { Code::ConfigInvalid } else { Code::ContractInvalid };
    let hint = issues.first().map(|issue| issue.hint.clone()).filter(|hint| !hint.is_empty());
    let mut ending =
        Ending::refused(code, format!("{path} is not valid: {}", told.first().cloned().unwrap_or_default()))
            .detail("issues", told);
    ending.next.extend(hint);
    ending.next("`guard check` shows every place")
}
