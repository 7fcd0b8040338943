//! Cmdlets are known in any case, and their parameters by the start of their names: a line is put
//! into the spelling that the tables have.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::data::{Tool, commands};
use crate::words::text::Text;

/// Spells out a cmdlet that the tables know; false where the command is something else.
pub fn cmdlet(words: &mut [Text]) -> bool {
    let Some(name) = words.first().and_then(Text::as_known) else { return false };
    let Some((spelt, tool)) = table().get(name.to_lowercase().as_str()) else { return false };
    let values: Vec<&String> = tool.values.iter().chain(&tool.url_options).collect();
    if let Some(first) = words.first_mut() {
        *first = Text::known(*spelt);
    }
    for word in words.iter_mut().skip(1) {
        let Some(written) = word.as_known().filter(|w| w.len() > 1 && w.starts_with('-') && !w.contains(' '))
        else {
            continue;
        };
        let folded = written.to_lowercase();
        let exact = values.iter().find(|value| value.to_lowercase() == folded);
        let mut starts = values.iter().filter(|value| value.to_lowercase().starts_with(&folded));
        let only = starts.next().filter(|_| starts.next().is_none());
        if let Some(found) = exact.or(only) {
            *word = Text::known(found.as_str());
        }
    }
    true
}

fn table() -> &'static BTreeMap<String, (&'static str, &'static Tool)> {
    static TABLE: LazyLock<BTreeMap<String, (&'static str, &'static Tool)>> = LazyLock::new(|| {
        let named =
            commands().tools().flat_map(|tool| tool.names.iter().map(move |name| (name.as_str(), tool)));
        named
            .filter(|(name, _)| name.contains('-') && name.starts_with(|c: char| c.is_ascii_uppercase()))
            .map(|(name, tool)| (name.to_lowercase(), (name, tool)))
            .collect()
    });
    &TABLE
}
