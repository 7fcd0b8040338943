//! A real edge: an sshd that gives a reverse tunnel its way in, and an nginx in front of it, both of another user
//! than root, on free ports, with keys and configuration of their own.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a broken server is a bug"
)]

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use crate::servers::{as_root, folder, free_port, keep};

const SSHD: &str = "/usr/sbin/sshd";
const NGINX: &str = "/usr/sbin/nginx";

pub struct Edge {
    /// Where the public address leads through the tunnel.
    pub public: u16,
    /// Where it leads to nobody.
    pub wrong: u16,
    /// Where something else answers.
    pub parked: u16,
    /// Answers 200, but only through the tunnel.
    pub ready: u16,
    sshd: u16,
    forwarded: u16,
    fine: u16,
    user: String,
    folder: PathBuf,
    /// Only its owner may read a key.
    key: tempfile::TempDir,
    _keepers: [Child; 2],
}

fn owner() -> String {
    if as_root() {
        "postgres".into()
    } else {
        crate::sandbox::path_only().get("USER").unwrap_or("nobody").into()
    }
}

fn keygen(path: &Path) {
    let done = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(path).status();
    assert!(done.unwrap().success());
}

impl Edge {
    /// None where the packages are not there, which CI has.
    pub fn new() -> Option<Self> {
        for program in [SSHD, NGINX] {
            if !Path::new(program).exists() {
                assert!(std::env::var_os("CI").is_none(), "{program} is not installed");
                eprintln!("skipped: {program} is not installed");
                return None;
            }
        }
        let user = owner();
        let key = tempfile::tempdir().unwrap();
        keygen(&key.path().join("id"));
        let place = folder(&user);
        let at = |name: &str| place.join(name).display().to_string();
        keygen(&place.join("host"));
        std::fs::copy(key.path().join("id.pub"), place.join("authorized")).unwrap();
        let ports: Vec<u16> = (0..7).map(|_| free_port()).collect();
        let [sshd, forwarded, fine, ready, public, wrong, parked] = ports[..] else { return None };
        let config = format!(
            "Port {sshd}\nListenAddress 127.0.0.1\nHostKey {}\nPidFile none\nUsePAM no\nStrictModes no\n\
             AuthorizedKeysFile {}\nPasswordAuthentication no\nAllowTcpForwarding remote\nX11Forwarding no\n",
            at("host"),
            at("authorized")
        );
        std::fs::write(place.join("sshd_config"), config).unwrap();
        let server = |port: u16, does: &str| {
            format!("server {{ listen 127.0.0.1:{port}; location / {{ {does} }} }}\n")
        };
        let to = |port: u16| format!("proxy_pass http://127.0.0.1:{port}; proxy_connect_timeout 1s;");
        let servers = [
            server(public, &to(forwarded)),
            server(wrong, &to(free_port())),
            server(parked, "default_type text/html; return 200 '<title>parked</title>';"),
            server(fine, "return 200 'fine';"),
        ];
        let folders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
        let folders: Vec<String> =
            folders.iter().map(|name| format!("{name}_temp_path {};", at(name))).collect();
        let temporary = folders.join("\n") + "\n";
        let config = format!(
            "daemon off;\nmaster_process off;\npid {};\nerror_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\n\
             {temporary}{}}}\n",
            at("nginx.pid"),
            servers.concat()
        );
        std::fs::write(place.join("nginx.conf"), config).unwrap();
        if as_root() {
            let done = Command::new("chown").arg("-R").arg(format!("{user}:{user}")).arg(&place).status();
            assert!(done.unwrap().success());
        }
        let inner = place.join("proxy-home");
        std::fs::create_dir(&inner).unwrap();
        let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
        let keepers = [
            keep(&user, &place, Path::new(SSHD), &words(&["-D", "-e", "-f", &at("sshd_config")])),
            keep(&user, &inner, Path::new(NGINX), &words(&["-c", &at("nginx.conf"), "-p", &at("")])),
        ];
        for port in [sshd, public] {
            crate::site::until("the edge", || TcpStream::connect(("127.0.0.1", port)).ok());
        }
        Some(Self {
            public,
            wrong,
            parked,
            ready,
            sshd,
            forwarded,
            fine,
            user,
            folder: place,
            key,
            _keepers: keepers,
        })
    }

    /// The command line of the tunnel that leads to a port here.
    pub fn ssh(&self, to: u16) -> Vec<String> {
        self.ssh_by(self.sshd, to)
    }

    /// The same through another server.
    pub fn ssh_by(&self, server: u16, to: u16) -> Vec<String> {
        let host = std::fs::read_to_string(self.folder.join("host.pub")).unwrap();
        let known = self.key.path().join("known");
        let mut parts = host.split_whitespace();
        let line = format!("[127.0.0.1]:{server} {} {}\n", parts.next().unwrap(), parts.next().unwrap());
        std::fs::write(&known, line).unwrap();
        let text = format!(
            "ssh -N -F none -p {server} -i {} -o UserKnownHostsFile={} -o StrictHostKeyChecking=yes -o BatchMode=yes \
             -o IdentitiesOnly=yes -o ExitOnForwardFailure=yes -R 127.0.0.1:{}:127.0.0.1:{to} \
             -R 127.0.0.1:{}:127.0.0.1:{} {}@127.0.0.1",
            self.key.path().join("id").display(),
            known.display(),
            self.forwarded,
            self.ready,
            self.fine,
            self.user
        );
        text.split_whitespace().map(str::to_owned).collect()
    }
}
