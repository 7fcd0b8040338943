//! Plants: known ways around a guard, written into the text of a program in its own language.
//!
//! Where the guard and the effect stand is worked out by whoever walked the program; which words a
//! language has for getting around them is data (`rules/knowledge/plants.toml`).

mod edit;
mod pipeline;
mod seat;

use self::edit::{Edited, after, before, fill, indent, piece, replace, splice, whole};
use crate::knowledge::plants::{self, Class, Condition, PlaceOf, Shows, Template};
use crate::lang::Kind;
use crate::words::flow::Dialect;
use crate::words::span::Span;

pub use pipeline::{CHECK_REMOVED, around_check, around_deploy, around_job};
pub use seat::{Seat, before as statements_before, throws, within};

/// A text with one plant in it.
#[derive(Clone, Debug)]
pub struct Plant {
    pub kind: &'static str,
    /// The guard that it gets around.
    pub guard: Option<Class>,
    /// The whole text.
    pub text: String,
    /// What is new in it, or the place where something is gone.
    pub span: Span,
    /// Something is gone or late: the finding stands where that shows.
    pub elsewhere: bool,
    /// The guard's own statement is changed: where another guard stands behind it, nothing got open.
    pub takes_guard: bool,
    /// Where the guard stops the program all the same, it was no way around it.
    pub still: bool,
    expect: &'static [String],
    /// One more rule that may say it at this place.
    pub also: Option<&'static str>,
}

impl Plant {
    fn of(template: &'static Template, class: Option<Class>, edited: Edited) -> Self {
        let takes_guard = matches!(template.place, PlaceOf::Instead | PlaceOf::Late);
        let gone = takes_guard && !template.text.contains('{');
        Self {
            kind: &template.kind,
            guard: class,
            text: edited.text,
            span: edited.span,
            elsewhere: gone
                || template.shows == Shows::Elsewhere
                || matches!(template.place, PlaceOf::Late | PlaceOf::Unwrapped),
            takes_guard,
            still: template.still,
            expect: &template.expect,
            also: None,
        }
    }

    /// The rule is one of those that should say it.
    #[must_use]
    pub fn expects(&self, rule: &str) -> bool {
        self.also == Some(rule) || self.expect.iter().any(|expected| expected == rule)
    }

    /// No other rule than this one could say it.
    #[must_use]
    pub fn expects_only(&self, rule: &str) -> bool {
        self.expect.iter().all(|expected| expected == rule)
    }
}

/// Losses of data at the end of a migration in SQL.
#[must_use]
pub fn losses(text: &str, table: &str) -> Vec<Plant> {
    let end = text.trim_end().len();
    let closed = if text.trim_end().ends_with(';') || end == 0 { "\n" } else { ";\n" };
    plants::of("migration")
        .map(|template| {
            let edited =
                splice(text, end..end, &format!("{closed}{}", template.text.replace("{table}", table)));
            let span = Span::new(end + closed.len(), edited.span.end as usize);
            Plant::of(template, None, Edited { span, ..edited })
        })
        .collect()
}

/// What is known of the place at which is planted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sites<'a> {
    pub seat: Option<&'a Seat>,
    /// The statement with the effect itself.
    pub act: Option<Span>,
    /// The first statement of the guard's own function.
    pub inside: Option<Span>,
    /// A failure of the guard is an exception.
    pub throws: bool,
    /// The variable that a fingerprint check looks at.
    pub url: Option<&'a str>,
}

/// The languages of the plants: those in which guards are judged, and those in which surfaces are found.
fn language(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::JavaScript => "javascript",
        Kind::Python => "python",
        Kind::Rust => "rust",
        Kind::Shell | Kind::Husky => "shell",
        Kind::PowerShell => "powershell",
        Kind::Batch => "batch",
        Kind::Sql => "sql",
        Kind::Foreign(language) => language.name(),
        _ => return None,
    })
}

/// Mutations that nobody declared, on lines of their own before the one with an offset: where a program has
/// no statement that is known to do anything, or is not followed at all.
#[must_use]
pub fn mutations(kind: Kind, text: &str, at: usize) -> Vec<Plant> {
    let Some(language) = language(kind) else { return Vec::new() };
    let line = text.get(..at).unwrap_or_default().rfind('\n').map_or(0, |n| n + 1);
    let held = text.get(line..).unwrap_or_default();
    let indent = held.len() - held.trim_start_matches([' ', '\t']).len();
    let start = line + indent;
    plants::of(language)
        .filter(|template| template.guard.is_none() && template.place == PlaceOf::BeforeEffect)
        .map(|template| Plant::of(template, None, before(text, Span::new(start, start), &template.text)))
        .collect()
}

/// The text without one statement.
#[must_use]
pub fn without(kind: Kind, text: &str, statement: Span) -> Option<String> {
    let at = whole(text, statement);
    Some(replace(text, at, nothing(language(kind)?)).text)
}

/// What a statement is replaced with where nothing shall stand there.
fn nothing(language: &str) -> &'static str {
    plants::of(language)
        .find(|t| t.place == PlaceOf::Instead && !t.text.contains('{'))
        .map_or("", |t| t.text.as_str())
}

/// Every plant for guards of a class, or, without one, for the script and what it does.
#[must_use]
pub fn plants(kind: Kind, text: &str, sites: &Sites<'_>, class: Option<Class>) -> Vec<Plant> {
    let Some(language) = language(kind) else { return Vec::new() };
    let fits = |template: &&'static Template| match (template.guard, class) {
        (Some(of), Some(class)) => of == class || of == Class::Any,
        (None, None) => true,
        _ => false,
    };
    let nothing = nothing(language);
    plants::of(language)
        .filter(fits)
        .filter(|template| template.when.iter().all(|condition| holds(*condition, text, sites)))
        .filter_map(|template| Some(Plant::of(template, class, written(template, text, sites, nothing)?)))
        .collect()
}

fn holds(condition: Condition, text: &str, sites: &Sites<'_>) -> bool {
    match (condition, sites.act, sites.inside) {
        (Condition::ActResult, Some(act), _) => {
            return ends_in_question(text, act) && !piece(text, whole(text, act)).starts_with("let ");
        }
        (Condition::GivesResult, _, Some(first)) => return gives(text, first).contains("Result"),
        (Condition::GivesNothing, _, Some(first)) => return gives(text, first).is_empty(),
        _ => {}
    }
    let Some(seat) = sites.seat else { return false };
    match condition {
        Condition::Throws => sites.throws,
        Condition::Awaited => seat.awaited,
        Condition::Call => seat.call.is_some() && !seat.awaited,
        Condition::Result => ends_in_question(text, seat.guard),
        Condition::Own => piece(text, seat.guard).starts_with("guard "),
        Condition::ActResult | Condition::GivesResult | Condition::GivesNothing => false,
    }
}

/// A `let` or a `const` whose name stands in the text behind it, too.
fn binds_for_later(text: &str, at: Span) -> bool {
    let held = piece(text, at);
    let bound = ["let ", "const "].iter().find_map(|word| held.strip_prefix(word));
    let Some(bound) = bound else { return false };
    let bound = bound.trim_start().trim_start_matches("mut ").trim_start();
    let part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let name = bound.split(|c| !part(c)).next().unwrap_or_default();
    let later = text.get(at.end as usize..).unwrap_or_default();
    // Several names in brackets: one of them is surely there for something.
    name.is_empty() || name != "_" && later.split(|c| !part(c)).any(|word| word == name)
}

fn ends_in_question(text: &str, at: Span) -> bool {
    piece(text, at).trim_end_matches([';', ' ']).ends_with('?')
}

/// What the function in Rust around its first statement says that it returns.
fn gives(text: &str, first: Span) -> &str {
    let above = text.get(..first.start as usize).unwrap_or_default();
    let head = above.rfind("fn ").and_then(|at| above.get(at..)).unwrap_or_default();
    head.split_once("->").map_or("", |(_, given)| given.trim_end_matches(['{', ' ', '\n']))
}

fn written(template: &Template, text: &str, sites: &Sites<'_>, nothing: &str) -> Option<Edited> {
    let seat = sites.seat;
    let guard = seat.map(|seat| whole(text, seat.guard));
    let shown = words(&template.text, text, sites)?;
    for unless in &template.unless {
        if text.contains(words(unless, text, sites)?.as_str()) {
            return None;
        }
    }
    Some(match template.place {
        PlaceOf::Instead => {
            let at = guard?;
            // A module is loaded at the top and nowhere else.
            if seat?.import && !shown.is_empty() && shown != nothing {
                return None;
            }
            // A name that later statements ask for would be gone with the block around it.
            if shown.contains("{guard}") && binds_for_later(text, at) {
                return None;
            }
            replace(text, at, &fill(&shown, "{guard}", piece(text, at), indent(text, at)))
        }
        PlaceOf::Before => before(text, guard?, &shown),
        PlaceOf::After => after(text, guard?, &shown),
        PlaceOf::Late => {
            let (at, effect) = (guard?, whole(text, seat?.effect?));
            if effect.start < at.end || seat?.import {
                return None;
            }
            let moved = after(text, effect, &fill("{guard}", "{guard}", piece(text, at), indent(text, at)));
            let taken = replace(&moved.text, at, nothing);
            let shift = (at.end - at.start) as usize;
            let place = |n: u32| (n as usize + nothing.len()).saturating_sub(shift);
            Edited { span: Span::new(place(moved.span.start), place(moved.span.end)), text: taken.text }
        }
        PlaceOf::BeforeEffect => {
            before(text, whole(text, seat.and_then(|seat| seat.effect).or(sites.act)?), &shown)
        }
        PlaceOf::InsteadOfEffect => {
            let at = whole(text, sites.act?);
            replace(text, at, &fill(&shown, "{effect}", piece(text, at), indent(text, at)))
        }
        PlaceOf::Inside => before(text, whole(text, sites.inside?), &shown),
        PlaceOf::Key
        | PlaceOf::JobKey
        | PlaceOf::TopKey
        | PlaceOf::Item
        | PlaceOf::Step
        | PlaceOf::Unwrapped => return None,
    })
}

/// The template's text with the words of this place in it.
fn words(shown: &str, text: &str, sites: &Sites<'_>) -> Option<String> {
    let mut out = shown.to_owned();
    if out.contains("{call}") {
        let seat = sites.seat?;
        let call = piece(text, seat.call.unwrap_or(seat.guard)).trim_end_matches([';', ' ', '?']);
        out = out.replace("{call}", call);
    }
    if out.contains("{act}") {
        out = out.replace("{act}", piece(text, whole(text, sites.act?)).trim_end_matches([';', ' ', '?']));
    }
    if out.contains("{url}") {
        out = out.replace("{url}", sites.url?);
    }
    Some(out)
}

/// The plants for one place that starts a script: in a workflow, a package script, a make target.
#[must_use]
pub fn around_start(kind: Kind, text: &str, start: Span, wrapped: bool, dialect: Dialect) -> Vec<Plant> {
    let start = unquoted(text, start);
    let workflow = matches!(kind, Kind::Workflow | Kind::Action);
    let shell = dialect == Dialect::Shell && !is_list(text, start);
    let entries = plants::of("entry").filter(|_| shell);
    let templates = entries.chain(plants::of("workflow").filter(|_| workflow));
    templates
        .filter_map(|template| Some(Plant::of(template, None, beside(template, text, start, wrapped)?)))
        .collect()
}

/// The inside of a text that YAML or JSON puts into quotes.
fn unquoted(text: &str, at: Span) -> Span {
    let held = piece(text, at);
    let quoted = ['"', '\''].into_iter().any(|quote| {
        held.len() > 1
            && held.starts_with(quote)
            && held.ends_with(quote)
            && held.matches(quote).count() == 2
            && text
                .get(..at.start as usize)
                .is_some_and(|above| above.trim_end().ends_with([':', '-', ',', '[']))
    });
    if quoted { Span::new(at.start as usize + 1, at.end as usize - 1) } else { at }
}

/// Words in a list: no shell reads them.
fn is_list(text: &str, at: Span) -> bool {
    let above = text.get(..at.start as usize).unwrap_or_default();
    let line = above.rsplit('\n').next().unwrap_or_default().trim_end_matches(['"', '\'', ' ']);
    let words = piece(text, at);
    words.starts_with('[')
        || line.ends_with('[') && words.contains(',')
        || words.contains("\", \"")
        || words.contains("', '")
}

fn beside(template: &Template, text: &str, start: Span, wrapped: bool) -> Option<Edited> {
    let shown = template.text.as_str();
    let (first, last) = (start.start as usize, start.end as usize);
    Some(match template.place {
        PlaceOf::Before if !wrapped => splice(text, first..first, shown),
        PlaceOf::After => splice(text, last..last, shown),
        PlaceOf::Unwrapped if wrapped => {
            let end = piece(text, start).find(" -- ")? + " -- ".len();
            splice(text, first..first + end, "")
        }
        PlaceOf::Key => {
            let (at, line) = lines_up(text, start).find(|(_, line)| {
                let bare = line.trim_start();
                bare.starts_with("run:") || bare.starts_with("- run:")
            })?;
            let bare = line.trim_start();
            let indent = line.get(..line.len() - bare.len())?;
            let at = at + indent.len();
            if bare.starts_with("- ") {
                splice(text, at..at + 2, &format!("- {shown}\n{indent}  "))
            } else {
                splice(text, at..at, &format!("{shown}\n{indent}"))
            }
        }
        PlaceOf::Step => {
            let keys = ["- run:", "- name:", "- uses:", "- id:", "- if:", "- env:", "- shell:"];
            let (at, line) = lines_up(text, start)
                .find(|(_, line)| keys.iter().any(|key| line.trim_start().starts_with(key)))?;
            let indent = line.get(..line.len() - line.trim_start().len())?;
            let at = at + indent.len();
            splice(text, at..at, &format!("{shown}\n{indent}"))
        }
        _ => return None,
    })
}

/// Lines from the one with the place upwards, each with its offset.
fn lines_up(text: &str, start: Span) -> impl Iterator<Item = (usize, &str)> {
    let from = start.start as usize;
    let end = text.get(from..).and_then(|rest| rest.find('\n')).map_or(text.len(), |n| from + n);
    let mut end = Some(end);
    std::iter::from_fn(move || {
        let above = text.get(..end?)?;
        let at = above.rfind('\n').map_or(0, |n| n + 1);
        end = at.checked_sub(1);
        Some((at, above.get(at..)?))
    })
}
