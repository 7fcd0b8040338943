//! Reads OpenSSH's `allowed_signers`: who may weaken the contract, with which key, and when.

use ssh_key::PublicKey;

use super::issue::{Issue, did_you_mean};
use super::reader::shown;
use crate::words::span::Span;

/// The namespace of guard's signatures.
pub const NAMESPACE: &str = "guard-contract";

#[derive(Clone, Debug)]
pub struct Signer {
    /// The whole line.
    pub span: Span,
    pub principals: Vec<String>,
    /// None: signatures of every namespace.
    pub namespaces: Option<Vec<String>>,
    /// `YYYYMMDDHHMMSS`, with a `Z` behind it where it is UTC and not the machine's own zone.
    pub valid_after: Option<String>,
    pub valid_before: Option<String>,
    /// The key signs certificates, not contracts.
    pub authority: bool,
    pub key: PublicKey,
}

/// Every line must be understood: a line that is skipped could be the one that matters.
pub fn parse(text: &str) -> Result<Vec<Signer>, Vec<Issue>> {
    let (mut signers, mut issues) = (Vec::new(), Vec::new());
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim();
        let from = start + (line.len() - line.trim_start().len());
        start += line.len();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let span = Span::new(from, from + content.len());
        match signer(content, span) {
            Ok(signer) => signers.push(signer),
            Err((message, hint)) => issues.push(Issue::new(span, message, hint)),
        }
    }
    if issues.is_empty() { Ok(signers) } else { Err(issues) }
}

type Wrong = (String, String);

const FORM: &str = "write `name@example namespaces=\"guard-contract\" ssh-ed25519 AAAA…`";

fn wrong(message: impl Into<String>) -> Wrong {
    (message.into(), FORM.to_owned())
}

fn signer(line: &str, span: Span) -> Result<Signer, Wrong> {
    let words = split(line, char::is_whitespace).ok_or_else(|| wrong("a quote is not closed"))?;
    let mut words = words.into_iter();
    let principals = words.next().unwrap_or_default();
    let principals: Vec<String> = bare(&principals).split(',').map(str::to_owned).collect();
    if principals.iter().any(String::is_empty) {
        return Err(wrong("a line must start with the names that the key belongs to"));
    }
    let second = words.next().ok_or_else(|| wrong("the line has no key"))?;
    let (options, kind) = if is_kind(&second) {
        (Vec::new(), second)
    } else {
        let options = split(&second, |c| c == ',').unwrap_or_default();
        (options, words.next().ok_or_else(|| wrong("the line has no key"))?)
    };
    let body = words.next().ok_or_else(|| wrong("the line has no key"))?;
    let key =
        PublicKey::from_openssh(&format!("{kind} {body}")).map_err(|_| wrong("the key cannot be read"))?;
    let mut signer = Signer {
        span,
        principals,
        namespaces: None,
        valid_after: None,
        valid_before: None,
        authority: false,
        key,
    };
    for option in &options {
        read_option(&mut signer, option)?;
    }
    Ok(signer)
}

fn is_kind(word: &str) -> bool {
    ["ssh-", "ecdsa-", "sk-ssh-", "sk-ecdsa-"].iter().any(|start| word.starts_with(start))
}

const OPTIONS: [&str; 4] = ["cert-authority", "namespaces", "valid-after", "valid-before"];

fn read_option(signer: &mut Signer, option: &str) -> Result<(), Wrong> {
    let (name, value) = option.split_once('=').unwrap_or((option, ""));
    let value = bare(value);
    let twice = |is: bool| {
        if is { Err((format!("`{name}` stands twice"), "remove one of them".to_owned())) } else { Ok(()) }
    };
    match name.to_ascii_lowercase().as_str() {
        "cert-authority" => signer.authority = true,
        "namespaces" => {
            twice(signer.namespaces.is_some())?;
            signer.namespaces = Some(value.split(',').map(|name| name.trim().to_owned()).collect());
        }
        "valid-after" => {
            twice(signer.valid_after.is_some())?;
            signer.valid_after = Some(moment(value)?);
        }
        "valid-before" => {
            twice(signer.valid_before.is_some())?;
            signer.valid_before = Some(moment(value)?);
        }
        _ => {
            let message = format!("unknown option `{}`", shown(name));
            return Err((message, did_you_mean(name, &OPTIONS)));
        }
    }
    Ok(())
}

/// `YYYYMMDD[HHMM[SS]][Z]`
fn moment(text: &str) -> Result<String, Wrong> {
    let (digits, zone) = text.strip_suffix('Z').map_or((text, ""), |digits| (digits, "Z"));
    let form = digits.bytes().all(|b| b.is_ascii_digit()) && [8, 12, 14].contains(&digits.len());
    if form {
        return Ok(format!("{digits:0<14}{zone}"));
    }
    let hint = "write `YYYYMMDD`, `YYYYMMDDHHMM` or `YYYYMMDDHHMMSS`, with a `Z` for UTC";
    Err((format!("`{}` is no moment", shown(text)), hint.to_owned()))
}

fn bare(text: &str) -> &str {
    text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text)
}

/// Splits outside of quotes; none when a quote stays open.
fn split(text: &str, at: impl Fn(char) -> bool) -> Option<Vec<String>> {
    let (mut parts, mut part, mut quoted) = (Vec::new(), String::new(), false);
    for c in text.chars() {
        quoted ^= c == '"';
        if at(c) && !quoted {
            if !part.is_empty() {
                parts.push(std::mem::take(&mut part));
            }
        } else {
            part.push(c);
        }
    }
    if !part.is_empty() {
        parts.push(part);
    }
    (!quoted).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";

    #[test]
    fn names_options_and_key_are_read() {
        let text = format!(
            "# who may\n\nada@x.example,\"bob@x.example\" namespaces=\"guard-contract,git\",valid-after=\"20260101\",valid-before=\"202701010000Z\" {KEY} ada's\n"
        );
        let signers = parse(&text).expect("valid");
        assert_eq!(signers.len(), 1);
        let namespaces = signers[0].namespaces.clone().expect("namespaces");
        assert_eq!(namespaces, ["guard-contract", "git"]);
        assert_eq!(signers[0].valid_after.as_deref(), Some("20260101000000"));
        assert_eq!(signers[0].valid_before.as_deref(), Some("20270101000000Z"));
        assert!(text[signers[0].span.range()].starts_with("ada@"));
    }

    #[test]
    fn a_line_that_is_not_understood_is_an_issue() {
        let lines = [
            "ada@x.example".to_owned(),
            "ada@x.example ssh-ed25519 AAAA".to_owned(),
            format!("ada@x.example namespace=\"x\" {KEY}"),
            format!("ada@x.example valid-after=\"tomorrow\" {KEY}"),
            format!("ada@x.example namespaces=\"x {KEY}"),
        ];
        for line in lines {
            let issues = parse(&format!("a@b {KEY}\n{line}\n")).expect_err(&line);
            assert_eq!(issues.len(), 1, "{line}");
        }
    }
}
