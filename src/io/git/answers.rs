//! What git's answers say: records with a zero byte between them, in the forms of three of its commands.

use std::collections::BTreeMap;

use super::{Indexed, Listed};

pub(super) fn records(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|byte| *byte == 0).filter(|record| !record.is_empty())
}

/// `H 100644 <oid> 0\tpath`
pub(super) fn indexed(record: &[u8]) -> Option<Indexed> {
    let tab = memchr::memchr(b'\t', record)?;
    let (head, path) = (record.get(..tab)?, record.get(tab + 1..)?);
    let head = std::str::from_utf8(head).ok()?;
    let mut words = head.split(' ');
    let tag = words.next()?;
    let mode = u32::from_str_radix(words.next()?, 8).ok()?;
    let oid = words.next()?.to_owned();
    let stage = words.next()?.parse().ok()?;
    let unwatched = tag.chars().any(|letter| letter.is_ascii_lowercase() || letter == 'S');
    Some(Indexed { path: path.to_vec(), mode, oid, stage, unwatched })
}

/// `100644 blob <oid>\tpath`
pub(super) fn listed(record: &[u8]) -> Option<Listed> {
    let tab = memchr::memchr(b'\t', record)?;
    let (head, path) = (record.get(..tab)?, record.get(tab + 1..)?);
    let mut words = std::str::from_utf8(head).ok()?.split(' ');
    let mode = u32::from_str_radix(words.next()?, 8).ok()?;
    let oid = words.nth(1)?.to_owned();
    Some(Listed { path: path.to_vec(), mode, oid })
}

/// `<oid> blob <size>\n<content>\n`, again and again.
pub(super) fn contents(mut bytes: &[u8]) -> Option<BTreeMap<String, Vec<u8>>> {
    let mut found = BTreeMap::new();
    while !bytes.is_empty() {
        let end = memchr::memchr(b'\n', bytes)?;
        let head = std::str::from_utf8(bytes.get(..end)?).ok()?;
        bytes = bytes.get(end + 1..)?;
        let words: Vec<&str> = head.split(' ').collect();
        let [oid, _, size] = words.as_slice() else {
            // `<oid> missing`
            continue;
        };
        let size: usize = size.parse().ok()?;
        found.insert((*oid).to_owned(), bytes.get(..size)?.to_vec());
        bytes = bytes.get(size + 1..)?;
    }
    Some(found)
}
