//! Who holds a port: nobody, the service that guard started, or somebody else, who is named and left alone.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use super::record::{Record, TAG};
use crate::io::process;
use crate::io::sockets::{self, Socket};
use crate::words::rollout::Listener;

/// Somebody who is not ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    pub port: u16,
    pub family: String,
    pub address: String,
    pub pid: Option<u32>,
    pub command: String,
    /// Who would start it again.
    pub supervisor: Option<String>,
}

impl Foreign {
    #[must_use]
    pub fn told(&self) -> String {
        let who = match self.pid {
            Some(pid) => format!("process {pid} (`{}`)", self.command),
            None => "a process of another user, which cannot be named".to_owned(),
        };
        let supervisor =
            self.supervisor.as_ref().map_or_else(String::new, |by| format!(", supervised by {by}"));
        format!("port {} on {} ({}) is held by {who}{supervisor}", self.port, self.family, self.address)
    }

    #[must_use]
    pub fn next(&self) -> String {
        // Its mark alone is no proof of whose it is: whoever started something under it passes it on.
        let mark = self.pid.and_then(|pid| process::variable(pid, TAG));
        if let (None, Some(pid), Some((run, service))) =
            (&self.supervisor, self.pid, mark.as_deref().and_then(|mark| mark.split_once('/')))
        {
            return format!(
                "it carries the mark of {service}, which guard's run {run} started, and nothing here says that it is \
                 that one (another folder, or `.guard` is gone): stop it where it belongs, or by hand (`kill {pid}`)"
            );
        }
        match (&self.supervisor, self.pid) {
            (Some(by), _) => {
                format!("stop it through {by}, which would start it again, or give the service another port")
            }
            (None, Some(pid)) => format!(
                "look at it (`ps -fp {pid}`), stop it where it may be stopped, or give the service another port; \
                 guard never kills what is not its own"
            ),
            (None, None) => "find it as root (`ss -ltnp`), or give the service another port".to_owned(),
        }
    }
}

/// The listeners on a port, split into those of the records and those of others.
#[must_use]
pub fn holders(port: u16, records: &[&Record]) -> (Vec<Socket>, Vec<Foreign>) {
    let sockets = sockets::listeners(&[port]);
    if sockets.is_empty() {
        return (sockets, Vec::new());
    }
    let ours: Vec<u32> = records.iter().flat_map(|record| record.members()).map(|seen| seen.pid).collect();
    split(sockets, &ours)
}

/// The listeners of these processes, and those of others.
#[must_use]
pub fn split(sockets: Vec<Socket>, ours: &[u32]) -> (Vec<Socket>, Vec<Foreign>) {
    let (own, others): (Vec<Socket>, Vec<Socket>) =
        sockets.into_iter().partition(|socket| socket.holders.iter().any(|pid| ours.contains(pid)));
    (own, others.iter().map(foreign).collect())
}

/// Whoever opened it: those whom it forked hold it as well, some for a moment only.
fn holder(socket: &Socket) -> Option<u32> {
    let forked = |pid: u32| process::see(pid).is_some_and(|seen| socket.holders.contains(&seen.parent));
    let first = socket.holders.first().copied();
    socket.holders.iter().copied().find(|pid| !forked(*pid)).or(first)
}

/// Who a socket belongs to.
#[must_use]
pub fn foreign(socket: &Socket) -> Foreign {
    let pid = holder(socket);
    Foreign {
        port: socket.port,
        family: socket.family().to_owned(),
        address: socket.address.to_string(),
        pid,
        command: pid.map(process::command_line).unwrap_or_default().chars().take(200).collect(),
        supervisor: pid.and_then(supervisor),
    }
}

/// Programs that start again what is stopped, by how their command line or name reads.
const SUPERVISORS: [(&str, &str); 10] = [
    ("God Daemon", "pm2"),
    ("PM2 v", "pm2"),
    ("supervisord", "supervisord"),
    ("runsv", "runit"),
    ("s6-supervise", "s6"),
    ("containerd-shim", "a container engine"),
    ("docker-proxy", "docker"),
    ("monit", "monit"),
    ("nodemon", "nodemon"),
    ("overmind", "overmind"),
];

/// Looks at a process and everybody above it.
fn supervisor(pid: u32) -> Option<String> {
    let group = process::control_group(pid);
    let unit =
        group.lines().filter_map(|line| line.rsplit('/').next()).find(|name| name.ends_with(".service"));
    if let Some(unit) = unit.filter(|unit| !unit.starts_with("user@")) {
        return Some(format!("systemd ({unit})"));
    }
    let mut at = pid;
    for _ in 0..32 {
        let command = process::command_line(at);
        let program = command.split(' ').next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
        let known = SUPERVISORS.iter().find(|(sign, _)| command.starts_with(sign) || program == *sign);
        if let Some((_, name)) = known {
            return Some((*name).to_owned());
        }
        match process::see(at) {
            Some(seen) if seen.parent > 1 => at = seen.parent,
            _ => return None,
        }
    }
    None
}

#[must_use]
pub fn listener(socket: &Socket) -> Listener {
    Listener {
        family: socket.family().to_owned(),
        address: socket.address.to_string(),
        port: socket.port,
        pid: holder(socket),
    }
}

/// The address at which others dial a service that is told to listen at `host`; none for a name that
/// may be either family.
#[must_use]
pub fn dialled(host: &str) -> Option<IpAddr> {
    match host {
        "0.0.0.0" => Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        "::" | "[::]" => Some(IpAddr::V6(Ipv6Addr::LOCALHOST)),
        host => host.trim_matches(['[', ']']).parse().ok(),
    }
}

/// Host and port of a service as they stand in an address.
#[must_use]
pub fn authority(host: &str, port: u16) -> String {
    match dialled(host) {
        Some(IpAddr::V6(address)) => format!("[{address}]:{port}"),
        Some(IpAddr::V4(address)) => format!("{address}:{port}"),
        None => format!("{host}:{port}"),
    }
}

/// Whether one of the sockets answers on the family that others will dial.
pub fn reaches(own: &[Socket], host: &str, port: u16) -> Result<(), String> {
    let Some(address) = dialled(host) else {
        return if own.is_empty() { Err(nobody(port)) } else { Ok(()) };
    };
    let covers = |socket: &Socket| {
        socket.address.is_ipv4() == address.is_ipv4()
            && (socket.address.is_unspecified() || socket.address == address)
    };
    if own.iter().any(covers) {
        return Ok(());
    }
    // A listener on every address of IPv6 may take IPv4, too; only a call tells.
    let both = address.is_ipv4()
        && own.iter().any(|socket| socket.address.is_ipv6() && socket.address.is_unspecified());
    let call = || TcpStream::connect_timeout(&SocketAddr::new(address, port), Duration::from_millis(500));
    if both && call().is_ok() {
        return Ok(());
    }
    if own.is_empty() {
        return Err(nobody(port));
    }
    let family = if address.is_ipv4() { "IPv4" } else { "IPv6" };
    let at: Vec<String> = own.iter().map(|socket| socket.address.to_string()).collect();
    Err(format!("it listens at {} only, and others dial {address} ({family})", at.join(", ")))
}

fn nobody(port: u16) -> String {
    format!("no listener on port {port}, on IPv4 or IPv6")
}
