//! Environments: which are protected, and what each asks for before anything connects to it.

use std::collections::BTreeMap;

use super::super::canon;
use super::super::meaning;
use super::super::model::{At, Contract, Oidc, Policy};
use super::Changes;
use crate::words::span::Span;

pub(super) fn compare(changes: &mut Changes, base: &Contract, head: &Contract) {
    let (was, is) = (meaning::protected(base), meaning::protected(head));
    let (old, new) = (meaning::placed(&base.environments.known), meaning::placed(&head.environments.known));
    for (name, &span) in &old {
        let before = Some(
            base.environments.protected_at.iter().find(|at| at.value == *name).map_or(span, |at| at.span),
        );
        let Some(&after) = new.get(name) else {
            if was.contains(name.as_str()) {
                changes.weaker(format!("{name} was protected and is no longer known"), before, None);
            } else {
                changes.neutral(format!("{name} is no longer known; it was not protected"), before, None);
            }
            continue;
        };
        match (was.contains(name.as_str()), is.contains(name.as_str())) {
            (true, false) => changes.weaker(format!("{name} is no longer protected"), before, Some(after)),
            (false, true) => changes.tighter(format!("{name} is now protected"), before, Some(after)),
            _ => {}
        }
        let silent = Policy::default();
        let (one, other) = (base.policy(name), head.policy(name));
        policy(changes, name, one.unwrap_or(&silent), other.unwrap_or(&silent));
    }
    for (name, &span) in new.iter().filter(|(name, _)| !old.contains_key(*name)) {
        if is.contains(name.as_str()) {
            changes.tighter(format!("{name} is now known, and protected"), None, Some(span));
        } else {
            changes.neutral(format!("{name} is now known, and not protected"), None, Some(span));
        }
    }
}

fn policy(changes: &mut Changes, name: &str, old: &Policy, new: &Policy) {
    pin(
        changes,
        &format!("{name}: the variable with the database's URL"),
        old.database.as_ref(),
        new.database.as_ref(),
    );
    pin(changes, &format!("{name}: the pinned mark"), old.mark.as_ref(), new.mark.as_ref());
    pin(changes, &format!("{name}: the pinned lineage"), old.lineage.as_ref(), new.lineage.as_ref());
    restricts(changes, &format!("{name}: a host"), &old.hosts, &new.hosts);
    restricts(changes, &format!("{name}: a key that signs the fingerprint"), &old.keys, &new.keys);
    changes.permits(
        &meaning::placed(&old.deploy_keys),
        &meaning::placed(&new.deploy_keys),
        |_| format!("{name}: another deploy key proves CI"),
        |_| format!("{name}: a deploy key no longer proves CI"),
    );
    if old.proof != new.proof {
        let what =
            format!("{name}: the proof is {} and was {}", canon::proof(new.proof), canon::proof(old.proof));
        let spans = (old.proof_at.or(some(old.span)), new.proof_at.or(some(new.span)));
        if new.proof < old.proof {
            changes.weaker(what, spans.0, spans.1);
        } else {
            changes.tighter(what, spans.0, spans.1);
        }
    }
    match (&old.oidc, &new.oidc) {
        (None, None) => {}
        (Some(before), None) => {
            changes.weaker(format!("{name}: what the token must say is dropped"), Some(before.span), None);
        }
        (None, Some(after)) => {
            changes.tighter(
                format!("{name}: it is now said what the token must say"),
                None,
                Some(after.span),
            );
        }
        (Some(before), Some(after)) => oidc(changes, name, before, after),
    }
}

/// A default span points at the first byte of the file, and so at nothing in particular.
fn some(span: Span) -> Option<Span> {
    (span != Span::default()).then_some(span)
}

/// One value that binds: to bind is tighter; to let go or to bind to another is weaker.
fn pin(changes: &mut Changes, what: &str, old: Option<&At<String>>, new: Option<&At<String>>) {
    let spans = (old.map(|at| at.span), new.map(|at| at.span));
    match (old, new) {
        (Some(before), Some(after)) if before.value == after.value => {}
        (None, None) => {}
        (Some(_), Some(_)) => changes.weaker(format!("{what} is another one"), spans.0, spans.1),
        (Some(_), None) => changes.weaker(format!("{what} is no longer said"), spans.0, spans.1),
        (None, Some(_)) => changes.tighter(format!("{what} is now said"), spans.0, spans.1),
    }
}

/// A list of accepted values of which an empty one accepts everything.
fn restricts(changes: &mut Changes, what: &str, old: &[At<String>], new: &[At<String>]) {
    match (old.first(), new.first()) {
        (None, None) => {}
        (None, Some(first)) => changes.tighter(format!("{what} is now asked for"), None, Some(first.span)),
        (Some(first), None) => {
            changes.weaker(format!("{what} is no longer asked for"), Some(first.span), None);
        }
        (Some(_), Some(_)) => changes.permits(
            &meaning::placed(old),
            &meaning::placed(new),
            |value| format!("{what} more is accepted: {value}"),
            |value| format!("{what} less is accepted: {value}"),
        ),
    }
}

fn oidc(changes: &mut Changes, name: &str, old: &Oidc, new: &Oidc) {
    let whole = (Some(old.span), Some(new.span));
    let mut differs = |what: &str, same: bool| {
        if !same {
            changes.weaker(format!("{name}: {what} is another one"), whole.0, whole.1);
        }
    };
    // Each of these decides whose signature is believed, and so no other value is a tighter one.
    differs("the provider", old.provider == new.provider);
    differs("the issuer", old.issuer == new.issuer);
    differs("the file with the issuer's keys", value(old.jwks.as_ref()) == value(new.jwks.as_ref()));
    differs(
        "the authority that the issuer's certificate is checked with",
        value(old.ca.as_ref()) == value(new.ca.as_ref()),
    );
    if old.max_age != new.max_age {
        let what = format!("{name}: a token may be {} s old and could be {} s", new.max_age, old.max_age);
        let spans = (old.max_age_at.or(whole.0), new.max_age_at.or(whole.1));
        if new.max_age > old.max_age {
            changes.weaker(what, spans.0, spans.1);
        } else {
            changes.tighter(what, spans.0, spans.1);
        }
    }
    claims(changes, name, old, new);
}

fn value(at: Option<&At<String>>) -> Option<&str> {
    at.map(|at| at.value.as_str())
}

fn claims(changes: &mut Changes, name: &str, old: &Oidc, new: &Oidc) {
    let span = |oidc: &Oidc, claim: &str| Some(oidc.claims_at.get(claim).copied().unwrap_or(oidc.span));
    for (claim, before) in &old.claims {
        let Some(after) = new.claims.get(claim) else {
            let what = format!("{name}: the claim `{claim}` is no longer asked for");
            changes.weaker(what, span(old, claim), None);
            continue;
        };
        let set = |values: &[String], at: Option<Span>| -> BTreeMap<String, Span> {
            values.iter().map(|value| (value.clone(), at.unwrap_or_default())).collect()
        };
        changes.permits(
            &set(before, span(old, claim)),
            &set(after, span(new, claim)),
            |value| format!("{name}: the claim `{claim}` may now be `{value}`"),
            |value| format!("{name}: the claim `{claim}` may no longer be `{value}`"),
        );
    }
    for claim in new.claims.keys().filter(|claim| !old.claims.contains_key(*claim)) {
        changes.tighter(format!("{name}: the claim `{claim}` is now asked for"), None, span(new, claim));
    }
}
