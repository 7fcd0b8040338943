//! Which line of the contract a change is about, where the entry's own place does not say it.

use std::collections::BTreeMap;

use crate::contract::order::Change;
use crate::words::span::Span;

/// The place of a change in the contract as it is now. An entry whose first line is as it was gives
/// the first line below it that is new; what was removed gives the line that stands there now.
#[must_use]
pub fn line(before: &str, after: &str, change: &Change) -> Option<Span> {
    let (old, new) = (Lines::of(before), Lines::of(after));
    if let Some(span) = change.after {
        let at = new.number(span.start);
        if !old.has(new.text(at)) {
            return Some(span);
        }
        let mut entry = (at + 1..new.rows.len()).take_while(|row| !new.text(*row).starts_with('['));
        let edited = entry.find(|row| !new.text(*row).is_empty() && !old.has(new.text(*row)));
        return Some(edited.map_or(span, |row| new.span(row)));
    }
    let gone = old.number(change.before?.start);
    let anchor = (0..gone).rev().find_map(|row| new.same(&old, row))?;
    let next = anchor + 1;
    let edited = next < new.rows.len() && !new.text(next).is_empty() && !old.has(new.text(next));
    Some(new.span(if edited { next } else { anchor }))
}

/// Lines without their white space and line ends.
struct Lines<'t> {
    /// Where the text of a line starts, and the text.
    rows: Vec<(usize, &'t str)>,
    places: BTreeMap<&'t str, Vec<usize>>,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str) -> Self {
        let mut rows = Vec::new();
        let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        let mut start = 0;
        for row in text.split_inclusive('\n') {
            let indent = row.len() - row.trim_start().len();
            places.entry(row.trim()).or_default().push(rows.len());
            rows.push((start + indent, row.trim()));
            start += row.len();
        }
        Self { rows, places }
    }

    fn number(&self, offset: u32) -> usize {
        let offset = offset as usize;
        self.rows.partition_point(|(start, _)| *start <= offset).saturating_sub(1)
    }

    fn text(&self, row: usize) -> &'t str {
        self.rows.get(row).map_or("", |(_, text)| text)
    }

    fn has(&self, text: &str) -> bool {
        self.places.contains_key(text)
    }

    fn span(&self, row: usize) -> Span {
        self.rows.get(row).map_or(Span::default(), |(start, text)| Span::new(*start, start + text.len()))
    }

    /// The line of this text that a line of another one became: of equal ones, the one with its number.
    fn same(&self, other: &Lines<'_>, row: usize) -> Option<usize> {
        let text = other.text(row);
        if text.is_empty() {
            return None;
        }
        let which = other.places.get(text)?.iter().position(|place| *place == row)?;
        let here = self.places.get(text)?;
        here.get(which).or(here.last()).copied()
    }
}
