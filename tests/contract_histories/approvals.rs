//! Who approves, what, and how often.

use crate::project::{CONTRACT, LOCK, POLICY, SIGNERS};
use crate::shop::{Shop, each, history, weakened};

#[test]
fn a_signer_of_the_base_approves() {
    let shop = Shop::new();
    shop.widen();
    shop.freeze().exits(2);
    shop.approve("dba").exits(0);
    shop.clean();
    let said = shop.guard(&["contract", "verify"]);
    assert!(said.exits(0).out.contains("dba@shop.example"), "{}", said.out);
    shop.freeze().exits(0);
    shop.commit("approved");
    shop.clean();
    shop.edit("app/server.js", "3001", "3001 ");
    shop.commit("later");
    shop.clean();
}

#[test]
fn nobody_else_approves() {
    let shop = Shop::new();
    shop.widen();
    shop.freeze().exits(2);
    assert_ne!(shop.approve("eve").code, 0);
    let sign = |key: &str, namespace: &str| {
        let lock = shop.it.at("shop/contract/mutation.lock");
        let key = shop.it.at(key);
        let (key, lock) = (key.to_str().unwrap(), lock.to_str().unwrap());
        shop.it.run("", "ssh-keygen", &["-q", "-Y", "sign", "-n", namespace, "-f", key, lock]);
        let name = shop.it.run("shop", "sha256sum", &[LOCK])[..64].to_owned();
        std::fs::create_dir_all(shop.it.at("shop/contract/approvals")).unwrap();
        let signature = shop.it.at("shop/contract/mutation.lock.sig");
        std::fs::rename(signature, shop.it.at(&format!("shop/contract/approvals/{name}.sig"))).unwrap();
    };
    sign("eve", "guard-contract");
    shop.says(&["contract/weakened"]);
    sign("dba", "git");
    shop.says(&["contract/weakened"]);
    sign("dba", "file");
    shop.says(&["contract/weakened"]);
    sign("dba", "guard-contract");
    shop.clean();
}

#[test]
fn a_key_that_the_same_change_adds_approves_nothing() {
    let shop = Shop::new();
    shop.widen();
    shop.write(SIGNERS, &format!("{}{}", shop.signer("dba"), shop.signer("new")));
    shop.freeze().exits(2);
    assert_ne!(shop.approve("new").code, 0);
    shop.says(&["contract/weakened"]);
    shop.approve("dba").exits(0);
    shop.clean();
    shop.commit("a signer more");
    shop.clean();
    shop.edit(CONTRACT, "\"delete\", ", "");
    shop.freeze().exits(2);
    shop.approve("new").exits(0);
    shop.clean();
}

#[test]
fn signers_are_added_removed_and_replaced_only_with_an_approval() {
    let rows = ["add", "replace", "comment", "remove"];
    each(
        &rows,
        |r| (*r).to_owned(),
        |row| {
            let shop = Shop::new();
            let (dba, new) = (shop.signer("dba"), shop.signer("new"));
            match *row {
                "add" => shop.write(SIGNERS, &format!("{dba}{new}")),
                "replace" => shop.write(SIGNERS, &new),
                "comment" => shop.write(SIGNERS, &format!("# who may\n{dba}")),
                _ => shop.write(SIGNERS, ""),
            }
            shop.freeze().exits(if *row == "comment" { 0 } else { 2 });
            let found = shop.history();
            assert_eq!(found.contains("contract/weakened"), *row != "comment", "{row}: {found:?}");
        },
    );
}

#[test]
fn a_lock_that_is_edited_after_signing_is_not_approved() {
    let shop = Shop::new();
    shop.widen();
    shop.freeze().exits(2);
    shop.approve("dba").exits(0);
    shop.edit(LOCK, "# Written", "# written");
    shop.says(&["contract/unfrozen", "contract/weakened"]);
    shop.edit(LOCK, "# written", "# Written");
    shop.clean();
    shop.edit(CONTRACT, "\"price\"]", "\"price\", \"slug\"]");
    shop.says(&["contract/unfrozen", "contract/weakened"]);
}

#[test]
fn an_approval_serves_once() {
    let shop = Shop::new();
    let narrow = shop.read(CONTRACT);
    shop.widen();
    let wide = shop.read(CONTRACT);
    shop.freeze().exits(2);
    shop.approve("dba").exits(0);
    let signed = shop.read(LOCK);
    shop.commit("wide");
    shop.clean();
    shop.write(CONTRACT, &narrow);
    shop.freeze().exits(0);
    shop.commit("narrow");
    shop.clean();
    assert!(shop.read(LOCK).contains("serial = 3"));
    shop.write(CONTRACT, &wide);
    shop.freeze().exits(2);
    shop.says(&["contract/weakened"]);
    shop.write(LOCK, &signed);
    shop.says(&["contract/weakened"]);
    shop.freeze().exits(2);
    shop.approve("dba").exits(0);
    shop.clean();
}

#[test]
fn the_keys_that_prove_ci_are_part_of_what_is_signed() {
    let shop = Shop::new();
    let policy = POLICY.replace(
        "max_age",
        "jwks = \"contract/jwks.json\"\nca = \"contract/ca.pem\"\nissuer = \"https://ci.example\"\nmax_age",
    );
    shop.edit(CONTRACT, "\n[scope]", &format!("{policy}\n[scope]"));
    shop.write("contract/jwks.json", "{\"keys\":[]}\n");
    shop.write("contract/ca.pem", "one\n");
    shop.freeze().exits(0);
    shop.commit("proof");
    for (path, text) in [("contract/jwks.json", "{\"keys\":[{}]}\n"), ("contract/ca.pem", "two\n")] {
        shop.write(path, text);
        assert!(shop.history().contains("contract/unfrozen"));
        shop.freeze().exits(2);
        let found = shop.check();
        assert_eq!(weakened(&found).len(), 1, "{found:#?}");
        assert_eq!(weakened(&found)[0].path, path);
        assert!(!history(&found).contains("contract/unfrozen"));
        shop.approve("dba").exits(0);
        assert!(weakened(&shop.check()).is_empty());
        shop.git(&["checkout", "-q", "HEAD", "--", "."]);
    }
}

#[test]
fn an_expired_or_a_soft_key_approves_nothing() {
    let shop = Shop::new();
    let line = shop.signer("dba").replace("namespaces=", "valid-before=\"20200101\",namespaces=");
    shop.write(SIGNERS, &line);
    shop.freeze().exits(2);
    shop.commit("expired");
    shop.widen();
    shop.freeze().exits(2);
    assert_ne!(shop.approve("dba").code, 0);
    let shop = Shop::new();
    let touch = "signers = \"contract/allowed_signers\"\npresence = true\n";
    shop.edit(CONTRACT, "signers = \"contract/allowed_signers\"\n", touch);
    shop.freeze().exits(0);
    shop.commit("touch");
    shop.clean();
    shop.edit(CONTRACT, "presence = true\n", "");
    shop.freeze().exits(2);
    assert_ne!(shop.approve("dba").code, 0);
    shop.says(&["contract/weakened"]);
}

#[test]
fn the_first_signers_need_nobody_and_a_lost_file_is_not_written_anew() {
    let shop = Shop::new();
    let named = "[approval]\nsigners = \"contract/allowed_signers\"\n";
    shop.edit(CONTRACT, named, "");
    shop.freeze().exits(2);
    shop.commit("nobody");
    shop.widen();
    shop.freeze().exits(2);
    assert_eq!(shop.approve("dba").code, 1, "nobody is named");
    shop.git(&["checkout", "-q", "HEAD", "--", "."]);
    shop.edit(CONTRACT, "[[sequence]]", &format!("{named}\n[[sequence]]"));
    shop.freeze().exits(0);
    shop.says(&[]);
    shop.widen();
    shop.freeze().exits(2);
    shop.says(&["contract/weakened"]);
    let shop = Shop::new();
    shop.remove(SIGNERS);
    shop.freeze();
    shop.commit("lost");
    shop.write(SIGNERS, &shop.signer("eve"));
    shop.freeze().exits(2);
    shop.says(&["contract/weakened"]);
}

/// A real agent of its own, which ends with the test, whatever becomes of that.
struct Agent<'a> {
    shop: &'a Shop,
    socket: String,
    pid: String,
}

impl<'a> Agent<'a> {
    fn start(shop: &'a Shop) -> Self {
        // The path of a socket may not be long.
        let socket = shop.it.at("agent").to_str().unwrap().to_owned();
        let said = shop.it.run("", "ssh-agent", &["-s", "-a", &socket]);
        let pid = said.split("SSH_AGENT_PID=").nth(1).unwrap().split(';').next().unwrap().to_owned();
        Self { shop, socket, pid }
    }

    fn ask(&self, program: &str, arguments: &[&str]) -> bool {
        let mut command = std::process::Command::new(program);
        command.args(arguments).env_clear().envs(self.shop.it.environment().iter());
        command.env("SSH_AUTH_SOCK", &self.socket).env("SSH_AGENT_PID", &self.pid);
        command.current_dir(self.shop.it.at("")).output().unwrap().status.success()
    }

    fn approve(&self, more: &[&str]) -> crate::shop::Done {
        let arguments = [&["contract", "approve"], more].concat();
        self.shop.view().guard_with(&arguments, &[("SSH_AUTH_SOCK", &self.socket)])
    }
}

impl Drop for Agent<'_> {
    fn drop(&mut self) {
        self.ask("ssh-agent", &["-k"]);
    }
}

#[test]
fn a_key_in_an_agent_approves_without_its_file() {
    let shop = Shop::new();
    shop.widen();
    shop.freeze().exits(2);
    let agent = Agent::start(&shop);
    assert_ne!(agent.approve(&[]).code, 0, "it is empty");
    for key in ["eve", "new"] {
        assert!(agent.ask("ssh-add", &["-q", key]));
    }
    let refused = agent.approve(&[]);
    assert_ne!(refused.code, 0, "it holds strangers");
    shop.says(&["contract/weakened"]);
    assert!(agent.ask("ssh-add", &["-q", "dba"]));
    std::fs::remove_file(shop.it.at("dba")).unwrap();
    agent.approve(&[]).exits(0);
    shop.clean();
    // By its public half, too; a stranger's is refused although the agent holds it.
    shop.git(&["clean", "-fdq", "contract/approvals"]);
    shop.says(&["contract/weakened"]);
    let public = |name: &str| shop.it.at(&format!("{name}.pub")).to_str().unwrap().to_owned();
    assert_ne!(agent.approve(&["--key", &public("eve")]).code, 0);
    shop.says(&["contract/weakened"]);
    agent.approve(&["--key", &public("dba")]).exits(0);
    shop.clean();
    let left: Vec<_> = std::fs::read_dir(shop.it.at("shop/.git")).unwrap().flatten().collect();
    assert!(left.iter().all(|entry| !entry.file_name().to_string_lossy().contains("guard")), "{left:?}");
    // Without the agent the key is gone.
    assert!(agent.ask("ssh-add", &["-q", "-D"]));
    shop.git(&["clean", "-fdq", "contract/approvals"]);
    assert_ne!(agent.approve(&[]).code, 0);
    drop(agent);
    assert_ne!(
        shop.view().guard_with(&["contract", "approve"], &[("SSH_AUTH_SOCK", "/nonexistent")]).code,
        0
    );
}
