//! Whether a change may go through: what it permits more than the base did, and whether somebody
//! whom the base trusts has approved exactly that.

use std::collections::{BTreeMap, BTreeSet};

use crate::config;
use crate::contract::order::Direction;
use crate::contract::signers::Signers;
use crate::freeze::approval::{self, Approved};
use crate::freeze::lock::{self, Change, Lock, Material};
use crate::freeze::snapshot::{ContractFile, LockFile, Snapshot};

/// Where the gates stand.
pub const GATES: &str = "guard.toml";

/// Something that was not permitted before.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Weakening {
    pub path: String,
    pub what: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Approval {
    /// Nothing got weaker.
    NotNeeded,
    Given(Approved),
    Refused(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The base has no contract: this is the first one.
    pub introduction: bool,
    /// Sorted.
    pub weaker: Vec<Weakening>,
    pub approval: Approval,
}

impl Verdict {
    #[must_use]
    pub fn passes(&self) -> bool {
        !matches!(self.approval, Approval::Refused(_))
    }
}

/// `permitted` is what the comparison of the two contracts found weaker; the rest is found here.
#[must_use]
pub fn judge(base: Option<&Snapshot>, head: &Snapshot, permitted: &[Weakening], now: i64) -> Verdict {
    let Some(base) = base.filter(|base| !base.is_empty()) else {
        return Verdict { introduction: true, weaker: Vec::new(), approval: Approval::NotNeeded };
    };
    let mut weaker: BTreeSet<Weakening> = permitted.iter().cloned().collect();
    let mut tell = |path: &str, what: String| {
        weaker.insert(Weakening { path: path.to_owned(), what });
    };
    if head.contract == ContractFile::Absent {
        tell(lock::CONTRACT_PATH, "the contract was deleted".into());
    }
    if base.canonical().is_none() && !restores_lock(base, head) {
        // Otherwise a broken contract in between would make any contract after it a first one.
        let what = "the contract of the base cannot be read, and this one is not what its lock pins";
        tell(lock::CONTRACT_PATH, what.into());
    }
    if !matches!(base.lock, LockFile::Absent) && matches!(head.lock, LockFile::Absent) {
        tell(lock::LOCK_PATH, "the lock was deleted".into());
    }
    signers_changed(base, head, &mut tell);
    if let (Some(before), Some(after)) = (base.lock.lock(), head.lock.lock()) {
        serial_fell_behind(before, after, &mut tell);
    }
    trusted_changed(base, head, &mut tell);
    quarantine_changed(base, head, &mut tell);
    gates_dropped(base, head, &mut tell);
    let weaker: Vec<Weakening> = weaker.into_iter().collect();
    let approval = if weaker.is_empty() {
        Approval::NotNeeded
    } else {
        match approved(base, head, now) {
            Ok(approved) => Approval::Given(approved),
            Err(why) => Approval::Refused(why),
        }
    };
    Verdict { introduction: false, weaker, approval }
}

/// The head says what the base's lock still pins.
fn restores_lock(base: &Snapshot, head: &Snapshot) -> bool {
    let (Some(lock), Some(canonical)) = (base.lock.lock(), head.canonical()) else { return false };
    lock.pinned.contract.trim_end_matches('\n') == canonical.trim_end_matches('\n')
}

fn approved(base: &Snapshot, head: &Snapshot, now: i64) -> Result<Approved, String> {
    let LockFile::Read { lock: pinned, bytes } = &head.lock else {
        return Err("there is no lock that could be approved".into());
    };
    // A signature speaks of the lock; it says nothing of a contract that the lock does not pin.
    let is_current = head.canonical().is_some_and(|contract| {
        let mut material = head.material.clone().unwrap_or_else(|| pinned.pinned.clone());
        contract.clone_into(&mut material.contract);
        pinned.same_meaning(&material)
            && pinned.pinned.gates == material.gates
            && pinned.pinned.quarantine == material.quarantine
    });
    if !is_current {
        return Err("the lock is not current; run `guard contract freeze`, then have it approved".into());
    }
    // Otherwise the approval of an earlier, weaker lock would serve again.
    if base.lock.lock().is_some_and(|before| before.serial >= pinned.serial) {
        return Err("the serial of the lock did not rise; run `guard contract freeze`".into());
    }
    let path = lock::approval_path(bytes);
    let Some(signature) = head.approvals.get(&path) else {
        return Err(format!("{path} is missing; a signer makes it with `guard contract approve`"));
    };
    let Some((_, text)) = &base.signers else {
        return Err("the base revision names no signers, so that nobody can approve this".into());
    };
    approval::verify(&lock::signed_bytes(bytes), signature, &Signers::parse(text), base.presence, now)
        .map_err(|refusal| format!("{path}: {refusal}"))
}

fn signers_changed(base: &Snapshot, head: &Snapshot, tell: &mut impl FnMut(&str, String)) {
    let set = |snapshot: &Snapshot| -> BTreeMap<String, (String, String)> {
        let Some((_, text)) = &snapshot.signers else { return BTreeMap::new() };
        let signers = Signers::parse(text).signers.into_iter();
        signers
            .map(|signer| {
                let fingerprint = signer.key.fingerprint(ssh_key::HashAlg::Sha256).to_string();
                (signer.identity(), (signer.principals, fingerprint))
            })
            .collect()
    };
    let path = head.signers.as_ref().or(base.signers.as_ref()).map_or(lock::CONTRACT_PATH, |(path, _)| path);
    let names_signers = |contract: &str| contract.lines().any(|line| line.starts_with("approval signers "));
    if let (Some((path, _)), None) = (&base.signers, &head.signers) {
        // That the contract names none any more is told by the comparison of the two contracts.
        let compared = base.canonical().is_some_and(names_signers)
            && head.canonical().is_some_and(|it| !names_signers(it));
        if !compared {
            tell(path, "the signers file was deleted".into());
        }
        return;
    }
    // Where nobody was ever named nothing can be approved, so that asking for an approval of the
    // first signers would be the end. A file that is named and gone is another matter.
    if base.signers.is_none() && base.canonical().is_some_and(|contract| !names_signers(contract)) {
        return;
    }
    let (before, after) = (set(base), set(head));
    for (key, change) in lock::changes(&before, &after) {
        let (verb, entry) = match change {
            Change::Added => ("added", after.get(key)),
            Change::Removed | Change::Altered => ("removed", before.get(key)),
        };
        if let Some((name, fingerprint)) = entry {
            tell(path, format!("the signer {name} with the key {fingerprint} was {verb}"));
        }
    }
}

/// Issuer keys and authorities decide whose proof is believed, and the contract holds only their
/// names. A file that the contract no longer names, or names anew, is judged there.
fn trusted_changed(base: &Snapshot, head: &Snapshot, tell: &mut impl FnMut(&str, String)) {
    let before = base.lock.lock().map(|lock| &lock.pinned).or(base.material.as_ref());
    let (Some(before), Some(after)) = (before, of_tree_or_lock(head, |material| &material.files)) else {
        return;
    };
    let signers: Vec<&String> = [base, head].iter().filter_map(|it| Some(&it.signers.as_ref()?.0)).collect();
    for (path, change) in lock::changes(&before.files, after) {
        if change == Change::Altered && !signers.iter().any(|signers| *signers == path) {
            tell(path, "the keys or certificates that prove CI are others".into());
        }
    }
}

fn serial_fell_behind(before: &Lock, after: &Lock, tell: &mut impl FnMut(&str, String)) {
    if !before.same_meaning(&after.pinned) && after.serial <= before.serial {
        let what = format!(
            "the lock means something else than the base's, and its serial {} is not above {}",
            after.serial, before.serial
        );
        tell(lock::LOCK_PATH, what);
    } else if after.serial < before.serial {
        // A lower serial would let approvals fit again that have been used.
        let what = format!("the serial of the lock fell from {} to {}", before.serial, after.serial);
        tell(lock::LOCK_PATH, what);
    }
}

fn quarantine_changed(base: &Snapshot, head: &Snapshot, tell: &mut impl FnMut(&str, String)) {
    let pinned = base.lock.lock().map(|lock| &lock.pinned.quarantine);
    let present = base.material.as_ref().map(|material| &material.quarantine);
    let Some(now) = of_tree_or_lock(head, |material| &material.quarantine) else { return };
    for (path, digest) in now {
        let before =
            pinned.and_then(|pinned| pinned.get(path)).or(present.and_then(|present| present.get(path)));
        match before {
            None => tell(path, "a quarantined file was added".into()),
            Some(before) if before != digest => tell(path, "a quarantined file was changed".into()),
            Some(_) => {}
        }
    }
}

fn gates_dropped(base: &Snapshot, head: &Snapshot, tell: &mut impl FnMut(&str, String)) {
    let before = base.lock.lock().map(|lock| &lock.pinned.gates);
    let (Some(before), Some(after)) = (before, of_tree_or_lock(head, |material| &material.gates)) else {
        return;
    };
    for turn in config::turns(before, after) {
        if turn.direction == Direction::Weaker {
            tell(GATES, turn.what);
        }
    }
}

fn of_tree_or_lock<'a>(
    head: &'a Snapshot,
    part: impl Fn(&'a Material) -> &'a BTreeMap<String, String>,
) -> Option<&'a BTreeMap<String, String>> {
    head.material.as_ref().or_else(|| head.lock.lock().map(|lock| &lock.pinned)).map(part)
}
