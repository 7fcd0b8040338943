//! Approvals with real keys, and what is judged weaker.
#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up must fail")]

mod sandbox;

use std::collections::BTreeMap;

use guard::contract::signers::Signers;
use guard::freeze::approval::{Refusal, SignError, Signing, sign, verify};
use guard::freeze::judge::{Approval, Verdict, Weakening, judge};
use guard::freeze::lock::{Lock, Material, approval_path, next};
use guard::freeze::snapshot::{ContractFile, LockFile, Snapshot, Understood};
use guard::io::tree::Tree;
use sandbox::Sandbox;

const NOW: i64 = 1_790_000_000;

fn keys(kinds: &[(&str, &[&str])]) -> Sandbox {
    let it = Sandbox::new();
    for (name, kind) in kinds {
        let mut arguments = vec!["-q", "-N", "", "-C", "comment", "-f", name];
        arguments.extend_from_slice(kind);
        it.run("", "ssh-keygen", &arguments);
    }
    it
}

fn public(it: &Sandbox, name: &str) -> String {
    std::fs::read_to_string(it.at(&format!("{name}.pub"))).unwrap().trim().to_owned()
}

fn signers(it: &Sandbox, name: &str) -> Signers {
    Signers::parse(&format!("{name}@shop namespaces=\"guard-contract\" {}\n", public(it, name)))
}

fn ssh_sign(it: &Sandbox, name: &str, namespace: &str, text: &str) -> Vec<u8> {
    it.write("text", text);
    let _ = std::fs::remove_file(it.at("text.sig"));
    it.run("", "ssh-keygen", &["-q", "-Y", "sign", "-n", namespace, "-f", name, "text"]);
    std::fs::read(it.at("text.sig")).unwrap()
}

#[test]
fn every_kind_of_key_can_approve() {
    let kinds: [(&str, &[&str]); 5] = [
        ("ed", &["-t", "ed25519"]),
        ("p256", &["-t", "ecdsa", "-b", "256"]),
        ("p384", &["-t", "ecdsa", "-b", "384"]),
        ("p521", &["-t", "ecdsa", "-b", "521"]),
        ("rsa", &["-t", "rsa", "-b", "2048"]),
    ];
    let it = keys(&kinds);
    for (name, _) in kinds {
        for round in 0..3 {
            let text = format!("lock {round}\n");
            let signature = ssh_sign(&it, name, "guard-contract", &text);
            let approved = verify(text.as_bytes(), &signature, &signers(&it, name), false, NOW);
            assert_eq!(approved.unwrap().principals, format!("{name}@shop"));
            let other = verify(b"other lock\n", &signature, &signers(&it, name), false, NOW);
            assert_eq!(other, Err(Refusal::OtherLock));
        }
    }
}

#[test]
fn each_refusal_says_why() {
    let it = keys(&[
        ("ann", &["-t", "ed25519"]),
        ("eve", &["-t", "ed25519"]),
        ("small", &["-t", "rsa", "-b", "1024"]),
    ]);
    let good = ssh_sign(&it, "ann", "guard-contract", "lock\n");
    let ask =
        |signature: &[u8], signers: &Signers| verify(b"lock\n", signature, signers, false, NOW).unwrap_err();
    assert!(matches!(ask(&good, &signers(&it, "eve")), Refusal::Stranger(_)));
    assert_eq!(ask(&good, &Signers::default()), Refusal::NoSigners);
    let git = ssh_sign(&it, "ann", "git", "lock\n");
    assert_eq!(ask(&git, &signers(&it, "ann")), Refusal::OtherPurpose("git".into()));
    let line = |options: &str| Signers::parse(&format!("ann {options} {}", public(&it, "ann")));
    assert!(matches!(ask(&good, &line("valid-before=\"20200101\"")), Refusal::NotNow(_)));
    assert!(matches!(ask(&good, &line("valid-after=\"20990101\"")), Refusal::NotNow(_)));
    assert!(matches!(ask(&good, &line("namespaces=\"git\"")), Refusal::NotNow(_)));
    assert!(matches!(ask(&good, &line("cert-authority")), Refusal::NoSigners));
    let small = ssh_sign(&it, "small", "guard-contract", "lock\n");
    assert!(matches!(ask(&small, &signers(&it, "small")), Refusal::NotNow(_)));
    for broken in ["", "no signature", "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----"] {
        assert!(matches!(ask(broken.as_bytes(), &signers(&it, "ann")), Refusal::Unreadable(_)));
    }
    let soft = verify(b"lock\n", &good, &signers(&it, "ann"), true, NOW);
    assert!(matches!(soft, Err(Refusal::NoHardware(_))));
    let crlf = String::from_utf8(good).unwrap().replace('\n', "\r\n");
    assert!(verify(b"lock\n", crlf.as_bytes(), &signers(&it, "ann"), false, NOW).is_ok());
}

fn raw(key: &impl ssh_key::SigningKey, text: &[u8]) -> Vec<u8> {
    key.try_sign(text).unwrap().as_bytes().to_vec()
}

/// What a hardware key would answer: the application, its flags and a counter are signed, too.
fn hardware_sign(text: &[u8], flags: u8) -> (String, Vec<u8>) {
    use sha2::{Digest, Sha256};
    use ssh_key::private::Ed25519Keypair;
    use ssh_key::public::{KeyData, SkEd25519};
    use ssh_key::{Algorithm, HashAlg, PublicKey, Signature, SshSig};
    let pair = Ed25519Keypair::from_seed(&[7; 32]);
    let key = KeyData::SkEd25519(SkEd25519::new(pair.public, "ssh:"));
    let inner = SshSig::signed_data("guard-contract", HashAlg::Sha512, text).unwrap();
    let mut signed = Sha256::digest(b"ssh:").to_vec();
    signed.push(flags);
    signed.extend(9_u32.to_be_bytes());
    signed.extend(Sha256::digest(&inner));
    let mut bytes = raw(&ssh_key::PrivateKey::from(pair), &signed);
    bytes.push(flags);
    bytes.extend(9_u32.to_be_bytes());
    let signature = Signature::new(Algorithm::SkEd25519, bytes).unwrap();
    let signature = SshSig::new(key.clone(), "guard-contract", HashAlg::Sha512, signature).unwrap();
    let armoured = signature.to_pem(ssh_key::LineEnding::LF).unwrap();
    (PublicKey::from(key).to_openssh().unwrap(), armoured.into_bytes())
}

#[test]
fn a_hardware_key_shows_a_touch() {
    let (key, touched) = hardware_sign(b"lock\n", 1);
    let (_, untouched) = hardware_sign(b"lock\n", 0);
    let allowed = Signers::parse(&format!("ann {key}"));
    let ask = |signature: &[u8], presence| verify(b"lock\n", signature, &allowed, presence, NOW);
    assert!(ask(&touched, true).is_ok(), "{:?}", ask(&touched, true));
    assert!(ask(&touched, false).is_ok());
    assert!(ask(&untouched, false).is_ok());
    assert_eq!(ask(&untouched, true), Err(Refusal::NoTouch));
    let other = verify(b"other\n", &touched, &allowed, true, NOW);
    assert_eq!(other, Err(Refusal::OtherLock));
}

#[test]
fn a_key_file_or_a_default_key_signs_and_a_stranger_cannot() {
    let it = keys(&[("eve", &["-t", "ed25519"])]);
    std::fs::create_dir(it.at(".ssh")).unwrap();
    it.run("", "ssh-keygen", &["-q", "-N", "", "-t", "ed25519", "-f", ".ssh/id_ed25519"]);
    let allowed = signers(&it, ".ssh/id_ed25519");
    let (environment, scratch) = (it.environment(), it.at(""));
    let eve = it.at("eve");
    let mut how = Signing {
        environment: &environment,
        key: None,
        scratch: &scratch,
        signers: &allowed,
        presence: false,
        now: NOW,
    };
    let signature = sign(b"lock\n", how).unwrap();
    assert!(verify(b"lock\n", &signature, &allowed, false, NOW).is_ok());
    how.key = Some(&eve);
    assert!(matches!(sign(b"lock\n", how), Err(SignError::WouldNotCount(Refusal::Stranger(_)))));
    let nobody = signers(&it, "eve");
    how.key = None;
    how.signers = &nobody;
    assert!(matches!(sign(b"lock\n", how), Err(SignError::NoKey)));
}

struct Shop {
    it: Sandbox,
    base: Snapshot,
}

fn snapshot(lock: &Lock, signers: &str) -> Snapshot {
    Snapshot {
        contract: ContractFile::Read(lock.pinned.contract.clone()),
        lock: LockFile::from_file(Some(lock.render().into_bytes())),
        signers: Some(("contract/allowed_signers".into(), signers.to_owned())),
        ..Snapshot::default()
    }
}

fn shop() -> Shop {
    let it = keys(&[("ann", &["-t", "ed25519"]), ("eve", &["-t", "ed25519"])]);
    let text = |key: &str| key.to_owned();
    let material = Material {
        contract: "tight".into(),
        quarantine: BTreeMap::from([(text("old.js"), text("q1"))]),
        gates: BTreeMap::from([
            (text("gate smoke"), text("required")),
            (text("command web"), text("npm start")),
        ]),
        ..Material::default()
    };
    let base = snapshot(&next(None, None, &material), &format!("ann {}\n", public(&it, "ann")));
    Shop { it, base }
}

impl Shop {
    fn lock(&self) -> Lock {
        self.base.lock.lock().unwrap().clone()
    }

    fn signers(&self) -> String {
        self.base.signers.clone().unwrap().1
    }

    /// A head whose contract says `contract`, frozen.
    fn head(&self, contract: &str) -> Snapshot {
        let mut material = self.lock().pinned;
        material.contract = contract.into();
        snapshot(&next(Some(&self.lock()), Some(&self.lock()), &material), &self.signers())
    }

    fn approve(&self, head: &mut Snapshot, key: &str) {
        let LockFile::Read { bytes, .. } = &head.lock else { panic!("no lock") };
        let signature = ssh_sign(&self.it, key, "guard-contract", std::str::from_utf8(bytes).unwrap());
        head.approvals.insert(approval_path(bytes), signature);
    }

    fn judge(&self, head: &Snapshot, weaker: bool) -> Verdict {
        let permitted = [Weakening { path: "contract/mutation.toml".into(), what: "more".into() }];
        judge(Some(&self.base), head, if weaker { &permitted } else { &[] }, NOW)
    }
}

fn whats(verdict: &Verdict) -> Vec<&str> {
    verdict.weaker.iter().map(|weakening| weakening.what.as_str()).collect()
}

#[test]
fn a_weaker_contract_needs_a_signature_over_exactly_this_lock_by_somebody_of_the_base() {
    let shop = shop();
    let mut head = shop.head("weak");
    assert!(!shop.judge(&head, true).passes());
    assert!(shop.judge(&head, false).passes());
    shop.approve(&mut head, "eve");
    assert!(!shop.judge(&head, true).passes());
    shop.approve(&mut head, "ann");
    assert!(matches!(shop.judge(&head, true).approval, Approval::Given(_)));
    let mut weaker_still = head.clone();
    weaker_still.contract = ContractFile::Read("weaker than what was signed".into());
    assert!(!shop.judge(&weaker_still, true).passes());
}

#[test]
fn a_signer_cannot_bring_himself_in() {
    let shop = shop();
    let mut head = shop.head("weak");
    head.signers = Some((
        "contract/allowed_signers".into(),
        format!("{}eve {}\n", shop.signers(), public(&shop.it, "eve")),
    ));
    shop.approve(&mut head, "eve");
    let verdict = shop.judge(&head, false);
    assert!(whats(&verdict)[0].starts_with("the signer eve"), "{verdict:?}");
    assert!(!verdict.passes());
    head.signers = Some(("contract/allowed_signers".into(), format!("# who\r\n{}", shop.signers())));
    assert!(shop.judge(&head, false).weaker.is_empty(), "a comment is no signer");
}

#[test]
fn an_approval_serves_once() {
    let mut shop = shop();
    let mut weak = shop.head("weak");
    shop.approve(&mut weak, "ann");
    assert!(shop.judge(&weak, true).passes());
    let tight = {
        let lock = weak.lock.lock().unwrap().clone();
        let mut material = lock.pinned.clone();
        material.contract = "tight".into();
        let mut tight = snapshot(&next(Some(&lock), Some(&lock), &material), &shop.signers());
        tight.approvals = weak.approvals.clone();
        tight
    };
    shop.base = tight;
    let verdict = shop.judge(&weak, true);
    assert!(!verdict.passes(), "{verdict:?}");
    assert!(whats(&verdict).iter().any(|what| what.contains("serial")));
}

#[test]
fn what_is_deleted_is_weaker() {
    let shop = shop();
    let deleted = |change: &dyn Fn(&mut Snapshot)| {
        let mut head = shop.base.clone();
        change(&mut head);
        shop.judge(&head, false).passes()
    };
    assert!(deleted(&|_| {}));
    assert!(!deleted(&|head| head.contract = ContractFile::Absent));
    assert!(!deleted(&|head| head.lock = LockFile::Absent));
    assert!(!deleted(&|head| head.signers = None));
    assert!(!deleted(&|head| *head = Snapshot::default()));
}

#[test]
fn quarantined_files_and_gates_are_compared_with_the_lock_of_the_base() {
    let shop = shop();
    let now = |change: &dyn Fn(&mut Material)| {
        let mut material = shop.lock().pinned;
        change(&mut material);
        let mut head = shop.base.clone();
        head.material = Some(material);
        let verdict = shop.judge(&head, false);
        verdict.weaker.into_iter().map(|weakening| weakening.what).collect::<Vec<_>>()
    };
    let set = |map: &mut BTreeMap<String, String>, key: &str, value: &str| {
        map.insert(key.to_owned(), value.to_owned());
    };
    assert!(now(&|_| {}).is_empty());
    assert_eq!(
        now(&|material| set(&mut material.quarantine, "old.js", "q2")),
        ["a quarantined file was changed"]
    );
    assert_eq!(
        now(&|material| set(&mut material.quarantine, "new.js", "q")),
        ["a quarantined file was added"]
    );
    assert!(now(&|material| material.quarantine.clear()).is_empty());
    assert_eq!(now(&|material| set(&mut material.gates, "gate smoke", "optional")).len(), 1);
    assert!(now(&|material| set(&mut material.gates, "command web", "node server")).is_empty());
    assert_eq!(now(&|material| material.gates.clear()), ["the gate `gate smoke` was dropped"]);
}

#[test]
fn a_file_that_was_there_before_may_be_put_into_quarantine() {
    let mut shop = shop();
    let mut present = Material::default();
    present.quarantine.insert("script.js".into(), "s1".into());
    shop.base.material = Some(present);
    let mut head = shop.base.clone();
    let mut material = shop.lock().pinned;
    material.quarantine.insert("script.js".into(), "s1".into());
    head.material = Some(material.clone());
    assert!(shop.judge(&head, false).passes());
    material.quarantine.insert("script.js".into(), "s2".into());
    head.material = Some(material);
    assert!(!shop.judge(&head, false).passes());
}

#[test]
fn the_first_contract_passes_and_says_so() {
    let shop = shop();
    assert!(judge(None, &shop.base, &[], NOW).introduction);
    assert!(judge(Some(&Snapshot::default()), &shop.base, &[], NOW).introduction);
    assert!(!shop.judge(&shop.base, false).introduction);
}

#[test]
fn a_broken_contract_in_between_makes_no_first_introduction() {
    let shop = shop();
    for between in [ContractFile::Broken, ContractFile::Absent] {
        let mut base = shop.base.clone();
        base.contract = between;
        let judged = |head: &Snapshot| judge(Some(&base), head, &[], NOW);
        assert!(!judged(&shop.head("weak")).passes());
        assert!(judged(&shop.base).passes(), "what the lock pins may come back");
        let mut approved = shop.head("weak");
        shop.approve(&mut approved, "ann");
        assert!(judged(&approved).passes());
    }
}

#[test]
fn a_snapshot_is_read_from_any_tree_and_verifies_after_a_checkout_with_other_line_ends() {
    let it = Sandbox::repository();
    it.run("", "ssh-keygen", &["-q", "-N", "", "-t", "ed25519", "-f", "ann"]);
    let understand = |text: &str| {
        (!text.contains("invalid")).then(|| Understood {
            canonical: text.replace("\r\n", "\n"),
            signers: Some("contract/allowed_signers".into()),
            presence: false,
        })
    };
    let write = |contract: &str, serial: u64| {
        let pinned = Material { contract: contract.trim_end().into(), ..Material::default() };
        let text = Lock { serial, pinned }.render();
        it.write("shop/contract/mutation.toml", contract);
        it.write("shop/contract/mutation.lock", &text);
        text
    };
    it.write("shop/contract/allowed_signers", format!("ann {}\n", public(&it, "ann")));
    write("tight\n", 1);
    let first = it.commit("shop", "readme", "1");
    let text = write("weak\n", 2);
    it.write(
        &format!("shop/{}", approval_path(text.as_bytes())),
        ssh_sign(&it, "ann", "guard-contract", &text),
    );
    let second = it.commit("shop", "readme", "2");
    it.git("", &["-c", "core.autocrlf=true", "clone", "-q", "-c", "core.autocrlf=true", "shop", "clone"]);
    let bytes = std::fs::read(it.at("clone/contract/mutation.lock")).unwrap();
    assert!(bytes.contains(&b'\r'), "the checkout changed the line ends");
    for folder in ["shop", "clone"] {
        let repository = it.find(folder);
        let read = |tree: &Tree| Snapshot::read(tree, "", &understand);
        let base = read(&Tree::revision(&repository, &first).unwrap());
        let permitted = [Weakening { path: "contract/mutation.toml".into(), what: "more".into() }];
        for head in [
            Tree::worktree(&repository).unwrap(),
            Tree::staged(&repository).unwrap(),
            Tree::revision(&repository, &second).unwrap(),
        ] {
            let verdict = judge(Some(&base), &read(&head), &permitted, NOW);
            assert!(matches!(verdict.approval, Approval::Given(_)), "{folder}: {verdict:?}");
        }
    }
    it.write("shop/contract/mutation.toml", "invalid");
    let broken = Snapshot::read(&Tree::worktree(&it.find("shop")).unwrap(), "", &understand);
    assert_eq!(broken.contract, ContractFile::Broken);
}
