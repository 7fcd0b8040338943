//! `allowed_signers`, as ssh-keygen reads it: who may approve, for what, and when.

use ssh_key::PublicKey;
use ssh_key::public::KeyData;

use super::issue::did_you_mean;
use super::reader::shown;
use crate::io::clock;

/// What an approval is signed for.
pub const NAMESPACE: &str = "guard-contract";

/// One key that may approve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    pub line: u32,
    /// The names, as written.
    pub principals: String,
    pub key: PublicKey,
    /// Patterns; none written means any purpose.
    pub namespaces: Option<Vec<String>>,
    /// Seconds since the epoch.
    pub valid_after: Option<i64>,
    pub valid_before: Option<i64>,
}

/// A line that makes nobody a signer, and why. `harmless`: it is well formed, guard only does not
/// support what it asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passed {
    pub line: u32,
    pub why: String,
    /// What to write instead.
    pub hint: String,
    pub harmless: bool,
}

const FORM: &str = "write `name@example namespaces=\"guard-contract\" ssh-ed25519 AAAA…`";
const OPTIONS: [&str; 4] = ["cert-authority", "namespaces", "valid-after", "valid-before"];

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signers {
    pub signers: Vec<Signer>,
    pub passed: Vec<Passed>,
}

impl Signer {
    /// Why this key does not count at `now`; none when it does.
    #[must_use]
    pub fn refusal(&self, now: i64) -> Option<String> {
        if let Some(patterns) = &self.namespaces
            && !matches_list(patterns, NAMESPACE)
        {
            return Some(format!("line {} allows this key other namespaces than {NAMESPACE}", self.line));
        }
        if self.valid_after.is_some_and(|after| now < after) {
            return Some(format!("line {} says that this key is not valid yet", self.line));
        }
        if self.valid_before.is_some_and(|before| now > before) {
            return Some(format!("line {} says that this key is no longer valid", self.line));
        }
        if let KeyData::Rsa(rsa) = self.key.key_data() {
            let bits = rsa.n.as_positive_bytes().map_or(0, |bytes| bytes.len() * 8);
            if bits < 2048 {
                return Some(format!("the RSA key of line {} has fewer than 2048 bits", self.line));
            }
        }
        None
    }

    /// A key that lives in hardware, and so can tell of a touch.
    #[must_use]
    pub fn is_hardware(&self) -> bool {
        is_hardware(self.key.key_data())
    }

    /// Everything that decides, and nothing that only describes.
    #[must_use]
    pub fn identity(&self) -> String {
        format!(
            "{} {} namespaces={:?} after={:?} before={:?}",
            self.principals,
            self.key.fingerprint(ssh_key::HashAlg::Sha256),
            self.namespaces,
            self.valid_after,
            self.valid_before
        )
    }
}

#[must_use]
pub fn is_hardware(key: &KeyData) -> bool {
    key.is_sk_ed25519() || key.is_sk_ecdsa_p256()
}

impl Signers {
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut found = Self::default();
        for (at, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let number = u32::try_from(at + 1).unwrap_or(u32::MAX);
            match signer(number, line) {
                Ok(signer) => found.signers.push(signer),
                Err(passed) => found.passed.push(passed),
            }
        }
        found
    }
}

fn signer(number: u32, line: &str) -> Result<Signer, Passed> {
    let passed = |why: String, hint: String| Passed { line: number, why, hint, harmless: false };
    let wrong = |why: String| passed(why, FORM.to_owned());
    let (principals, rest) = word(line).ok_or_else(|| wrong("a quote is not closed".into()))?;
    let principals = principals.trim_matches('"').to_owned();
    if principals.split(',').any(|name| name.trim().is_empty()) {
        return Err(wrong("a line must start with the names that the key belongs to".into()));
    }
    let mut signer = Signer {
        line: number,
        principals,
        key: PublicKey::from(KeyData::Ed25519(ssh_key::public::Ed25519PublicKey([0; 32]))),
        namespaces: None,
        valid_after: None,
        valid_before: None,
    };
    let rest = rest.trim_start();
    if rest.is_empty() {
        return Err(wrong("the line has no key".into()));
    }
    let (first, after) = word(rest).ok_or_else(|| wrong("a quote is not closed".into()))?;
    let mut key_text = rest;
    let mut authority = false;
    if !is_key_type(first) {
        key_text = after.trim_start();
        for option in options(first) {
            authority |= apply(&mut signer, &option).map_err(|(why, hint)| passed(why, hint))?;
        }
    }
    if key_text.is_empty() {
        return Err(wrong("the line has no key".into()));
    }
    // The comment is cut off, so that nothing in it can keep the key from being read.
    let mut words = key_text.split_whitespace();
    let bare = format!("{} {}", words.next().unwrap_or_default(), words.next().unwrap_or_default());
    signer.key =
        PublicKey::from_openssh(&bare).map_err(|error| wrong(format!("the key cannot be read: {error}")))?;
    if authority {
        let why = "certificate authorities cannot approve; name the key itself".into();
        return Err(Passed { harmless: true, ..wrong(why) });
    }
    Ok(signer)
}

fn is_key_type(word: &str) -> bool {
    ["ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"].iter().any(|prefix| word.starts_with(prefix))
}

/// Takes one option over; true for `cert-authority`. Else why not, and a hint.
fn apply(signer: &mut Signer, option: &str) -> Result<bool, (String, String)> {
    let (name, value) = match option.split_once('=') {
        Some((name, value)) => (name, Some(value.trim_matches('"'))),
        None => (option, None),
    };
    match (name.to_ascii_lowercase().as_str(), value) {
        ("cert-authority", None) => return Ok(true),
        ("namespaces", Some(list)) if signer.namespaces.is_none() && !list.is_empty() => {
            signer.namespaces = Some(list.split(',').map(|pattern| pattern.trim().to_owned()).collect());
        }
        ("valid-after", Some(text)) if signer.valid_after.is_none() => {
            signer.valid_after = Some(moment(text)?);
        }
        ("valid-before", Some(text)) if signer.valid_before.is_none() => {
            signer.valid_before = Some(moment(text)?);
        }
        ("namespaces" | "valid-after" | "valid-before", _) => {
            let why = format!("the option `{}` is empty or stands twice", shown(name));
            return Err((why, FORM.to_owned()));
        }
        _ => {
            let why = format!("the option `{}` is not known", shown(name));
            return Err((why, did_you_mean(name, &OPTIONS)));
        }
    }
    if let (Some(after), Some(before)) = (signer.valid_after, signer.valid_before)
        && after >= before
    {
        return Err(("`valid-before` is not after `valid-after`".into(), FORM.to_owned()));
    }
    Ok(false)
}

/// `YYYYMMDD`, `YYYYMMDDHHMM` or `YYYYMMDDHHMMSS`. Without a `Z` it is UTC all the same: an approval
/// must not be valid on one machine and invalid on another.
fn moment(text: &str) -> Result<i64, (String, String)> {
    let wrong = || {
        let why = format!("`{}` is no date of the form YYYYMMDD[HHMM[SS]][Z]", shown(text));
        (why, "write `20260131`, `202601312359` or `20260131235959`; it is UTC".to_owned())
    };
    let digits = text.strip_suffix(['Z', 'z']).unwrap_or(text);
    if !matches!(digits.len(), 8 | 12 | 14) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    let number = |from: usize, to: usize| -> i64 {
        digits.get(from..to).and_then(|part| part.parse().ok()).unwrap_or(0)
    };
    clock::seconds(number(0, 4), number(4, 6), number(6, 8), number(8, 10), number(10, 12), number(12, 14))
        .ok_or_else(wrong)
}

/// The text up to the first white space outside quotes, and what follows.
fn word(text: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    for (at, letter) in text.char_indices() {
        match letter {
            '"' => quoted = !quoted,
            ' ' | '\t' if !quoted => return Some(text.split_at(at)),
            _ => {}
        }
    }
    (!quoted).then_some((text, ""))
}

/// Splits at commas outside quotes.
fn options(text: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    let mut quoted = false;
    for letter in text.chars() {
        match letter {
            ',' if !quoted => found.push(String::new()),
            _ => {
                quoted ^= letter == '"';
                if let Some(last) = found.last_mut() {
                    last.push(letter);
                }
            }
        }
    }
    found
}

/// OpenSSH's pattern lists: `*`, `?`, and `!` in front of what must not match.
fn matches_list(patterns: &[String], text: &str) -> bool {
    let mut matched = false;
    for pattern in patterns {
        match pattern.strip_prefix('!') {
            Some(denied) if matches(denied, text) => return false,
            Some(_) => {}
            None => matched |= matches(pattern, text),
        }
    }
    matched
}

fn matches(pattern: &str, text: &str) -> bool {
    // One row of a table: which prefixes of the pattern match the text so far.
    let pattern: Vec<char> = pattern.chars().collect();
    let mut row = vec![true];
    for letter in &pattern {
        let reachable = row.last().copied().unwrap_or(false) && *letter == '*';
        row.push(reachable);
    }
    for seen in text.chars() {
        let mut next = vec![false];
        for (letter, pair) in pattern.iter().zip(row.windows(2)) {
            let (before, here) = (pair.first() == Some(&true), pair.last() == Some(&true));
            let stays = next.last().copied().unwrap_or(false);
            next.push(match letter {
                '*' => here || stays || before,
                '?' => before,
                letter => before && *letter == seen,
            });
        }
        row = next;
    }
    row.last().copied().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti";

    fn one(line: &str) -> Result<Signer, Passed> {
        let mut parsed = Signers::parse(line);
        parsed.signers.pop().ok_or_else(|| parsed.passed.pop().unwrap())
    }

    #[test]
    fn names_options_comments_and_quotes_are_read() {
        let text = format!(
            "# who\n\nann@shop,bob@shop {KEY} a comment\r\n\"Eve E\" namespaces=\"git,guard-*\",valid-after=\"20240101\" {KEY}\n"
        );
        let parsed = Signers::parse(&text);
        assert_eq!(parsed.passed, vec![]);
        let names: Vec<_> =
            parsed.signers.iter().map(|signer| (signer.line, signer.principals.as_str())).collect();
        assert_eq!(names, vec![(3, "ann@shop,bob@shop"), (4, "Eve E")]);
        assert_eq!(parsed.signers[1].valid_after, Some(1_704_067_200));
    }

    #[test]
    fn namespaces_admit_patterns_and_denials() {
        let counts =
            |list: &str| one(&format!("a namespaces=\"{list}\" {KEY}")).unwrap().refusal(0).is_none();
        assert!(counts("guard-contract") && counts("*") && counts("guard-?ontract") && counts("git,guard*"));
        assert!(!counts("git") && !counts("*,!guard-contract") && !counts("guard") && !counts("!git"));
    }

    #[test]
    fn validity_has_a_first_and_a_last_second() {
        let signer =
            one(&format!("a valid-after=\"20240101Z\",valid-before=\"202401020000\" {KEY}")).unwrap();
        assert!(signer.refusal(1_704_067_199).is_some());
        assert!(signer.refusal(1_704_067_200).is_none());
        assert!(signer.refusal(1_704_153_600).is_none());
        assert!(signer.refusal(1_704_153_601).is_some());
    }

    #[test]
    fn lines_that_make_nobody_a_signer_say_why() {
        let why = |line: String| one(&line).unwrap_err();
        assert!(why(format!("a cert-authority {KEY}")).harmless);
        assert!(!why(format!("a no-such-option {KEY}")).harmless);
        assert!(why(format!("a valid-after=\"20240230\" {KEY}")).why.contains("no date"));
        assert!(why("a ssh-ed25519 AAAA".into()).why.contains("cannot be read"));
        assert!(why("a".into()).why.contains("no key"));
        assert!(why(format!("a,,b {KEY}")).why.contains("names"));
        assert_eq!(why(format!("a namespace=\"x\" {KEY}")).hint, "did you mean `namespaces`?");
        assert!(why(format!("a namespaces=\"git {KEY}")).why.contains("quote"));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC{0,80}", options in "[a-z=\",*! -]{0,40}") {
            let _ = Signers::parse(&text);
            let _ = Signers::parse(&format!("a {options} {KEY}"));
        }
    }
}
