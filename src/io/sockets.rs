//! Who waits for callers on which port: the sockets of this machine and the processes that hold them.
//! Linux: `/proc/net/tcp`, `/proc/net/tcp6` and the open files of every process.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A socket that waits for callers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Socket {
    pub address: IpAddr,
    pub port: u16,
    inode: u64,
    /// Everybody who holds it; empty where the system does not say.
    pub holders: Vec<u32>,
}

impl Socket {
    #[must_use]
    pub fn family(&self) -> &'static str {
        if self.address.is_ipv4() { "ipv4" } else { "ipv6" }
    }
}

/// The state of a socket that waits for callers.
const LISTENING: &str = "0A";

/// Every listener on these ports, with its holders.
#[must_use]
pub fn listeners(ports: &[u16]) -> Vec<Socket> {
    let mut sockets = Vec::new();
    for file in ["/proc/net/tcp", "/proc/net/tcp6"] {
        let text = fs::read_to_string(file).unwrap_or_default();
        sockets.extend(text.lines().skip(1).filter_map(read).filter(|socket| ports.contains(&socket.port)));
    }
    if sockets.is_empty() {
        return sockets;
    }
    let wanted: BTreeSet<u64> = sockets.iter().map(|socket| socket.inode).collect();
    let holders = holders(&wanted);
    for socket in &mut sockets {
        socket.holders = holders.get(&socket.inode).cloned().unwrap_or_default();
    }
    sockets
}

/// The sockets that wait for callers on a port, by the numbers that the system gave them, without asking whose they
/// are: as long as these are the same, so are their holders.
#[must_use]
pub fn numbers(port: u16) -> BTreeSet<u64> {
    let mut found = BTreeSet::new();
    for file in ["/proc/net/tcp", "/proc/net/tcp6"] {
        let text = fs::read_to_string(file).unwrap_or_default();
        let of_port = text.lines().skip(1).filter_map(read).filter(|socket| socket.port == port);
        found.extend(of_port.map(|socket| socket.inode));
    }
    found
}

/// Whether anybody waits for callers on this port, without asking who.
#[must_use]
pub fn is_listening(port: u16) -> bool {
    ["/proc/net/tcp", "/proc/net/tcp6"].iter().any(|file| {
        let text = fs::read_to_string(file).unwrap_or_default();
        text.lines().skip(1).filter_map(read).any(|socket| socket.port == port)
    })
}

/// Whether somebody takes a call at this address.
#[must_use]
pub fn takes_calls(address: std::net::SocketAddr, patience: std::time::Duration) -> bool {
    std::net::TcpStream::connect_timeout(&address, patience).is_ok()
}

fn read(line: &str) -> Option<Socket> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    if *fields.get(3)? != LISTENING {
        return None;
    }
    let (address, port) = fields.get(1)?.split_once(':')?;
    Some(Socket {
        address: address_of(address)?,
        port: u16::from_str_radix(port, 16).ok()?,
        inode: fields.get(9)?.parse().ok()?,
        holders: Vec::new(),
    })
}

/// Words of four bytes, each in the machine's own order.
fn address_of(hex: &str) -> Option<IpAddr> {
    let word = |at: usize| u32::from_str_radix(hex.get(at..at + 8)?, 16).ok().map(u32::to_ne_bytes);
    match hex.len() {
        8 => Some(IpAddr::V4(Ipv4Addr::from(word(0)?))),
        32 => {
            let mut bytes = [0_u8; 16];
            for (part, chunk) in bytes.chunks_mut(4).enumerate() {
                chunk.copy_from_slice(&word(part * 8)?);
            }
            Some(IpAddr::V6(Ipv6Addr::from(bytes)))
        }
        _ => None,
    }
}

fn holders(wanted: &BTreeSet<u64>) -> BTreeMap<u64, Vec<u32>> {
    let mut found: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
    let Ok(entries) = fs::read_dir("/proc") else { return found };
    let mut pids: Vec<u32> =
        entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect();
    pids.sort_unstable();
    for pid in pids {
        let Ok(files) = fs::read_dir(format!("/proc/{pid}/fd")) else { continue };
        for file in files.flatten() {
            let Ok(target) = fs::read_link(file.path()) else { continue };
            let target = target.to_string_lossy();
            let inode = target.strip_prefix("socket:[").and_then(|rest| rest.strip_suffix(']'));
            let Some(inode) = inode.and_then(|text| text.parse::<u64>().ok()) else { continue };
            if wanted.contains(&inode) {
                let holders = found.entry(inode).or_default();
                if !holders.contains(&pid) {
                    holders.push(pid);
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_of_this_process_is_found_on_both_families() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(listener) = std::net::TcpListener::bind(address) else { continue };
            let own = listener.local_addr().unwrap();
            let found = listeners(&[own.port()]);
            let found = found.iter().find(|socket| socket.address == own.ip()).unwrap();
            assert_eq!(found.holders, [std::process::id()]);
            assert!(is_listening(own.port()));
        }
    }
}
