//! Reads TOML so that nothing in it goes unnoticed: every section says which keys it knows, and
//! whatever else stands there is an issue with its span.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::issue::{Issue, did_you_mean, tidy};
use super::model::At;
use crate::words::span::Span;

/// Reads a whole text. The issues of all sections are collected; with any, there is no value.
pub(crate) fn read<T>(text: &str, root: impl FnOnce(&Section<'_>) -> T) -> Result<T, Vec<Issue>> {
    let (document, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        let mut issues: Vec<Issue> = errors.iter().map(|error| syntax(error, text)).collect();
        tidy(&mut issues);
        return Err(issues);
    }
    let issues = RefCell::new(Vec::new());
    let whole = Span::new(0, text.len());
    let section = Section { name: String::new(), span: whole, table: document.get_ref(), issues: &issues };
    let value = root(&section);
    let mut issues = issues.into_inner();
    if issues.is_empty() {
        return Ok(value);
    }
    tidy(&mut issues);
    Err(issues)
}

fn syntax(error: &toml::de::Error, text: &str) -> Issue {
    let span =
        error.span().map_or(Span::new(0, 0), |range| Span::new(range.start, range.end.min(text.len())));
    let message = error.message().lines().collect::<Vec<_>>().join(" ");
    Issue::new(span, format!("this is not TOML: {message}"), "mend the syntax; nothing is read until then")
}

/// One table of the text.
#[derive(Clone)]
pub(crate) struct Section<'a> {
    /// As a person would point at it: `[environments.prod]`; empty for the top of the file.
    pub(crate) name: String,
    /// From its header to its last value.
    pub(crate) span: Span,
    table: &'a DeTable<'a>,
    issues: &'a RefCell<Vec<Issue>>,
}

type Value<'a> = &'a Spanned<DeValue<'a>>;

impl<'a> Section<'a> {
    /// Every key that is not among these is an issue.
    pub(crate) fn knows(&self, keys: &[&str]) {
        for key in self.keys() {
            if !keys.contains(&key.value.as_str()) {
                self.unknown(&key, keys);
            }
        }
    }

    pub(crate) fn unknown(&self, key: &At<String>, keys: &[&str]) {
        let place =
            if self.name.is_empty() { "at the top".to_owned() } else { format!("in `{}`", self.name) };
        self.issue(
            key.span,
            format!("unknown key `{}` {place}", shown(&key.value)),
            did_you_mean(&key.value, keys),
        );
    }

    pub(crate) fn issue(&self, span: Span, message: impl Into<String>, hint: impl Into<String>) {
        self.issues.borrow_mut().push(Issue::new(span, message, hint));
    }

    /// The keys in the order of the text.
    pub(crate) fn keys(&self) -> Vec<At<String>> {
        let mut keys: Vec<At<String>> = self
            .table
            .keys()
            .map(|key| At { value: key.get_ref().to_string(), span: span_of(key.span()) })
            .collect();
        keys.sort_by_key(|key| key.span);
        keys
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    fn get(&self, key: &str) -> Option<Value<'a>> {
        self.table.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value)
    }

    pub(crate) fn missing(&self, key: &str, hint: &str) {
        let place = if self.name.is_empty() { "the top".to_owned() } else { format!("`{}`", self.name) };
        self.issue(self.headline(), format!("{place} has no `{key}`"), hint);
    }

    /// Where to point when something is absent: the start of the section, not all of it.
    fn headline(&self) -> Span {
        if self.name.is_empty() { Span::new(0, 0) } else { self.span }
    }

    fn wrong(&self, key: &str, value: Value<'_>, wanted: &str) {
        let found = kind_of(value.get_ref());
        self.issue(
            span_of(value.span()),
            format!("`{}` is {found}; it must be {wanted}", shown(key)),
            format!("write {wanted}"),
        );
    }

    pub(crate) fn text(&self, key: &str) -> Option<At<String>> {
        let value = self.get(key)?;
        self.text_of(key, value)
    }

    /// Text that says something: an empty one is an issue.
    pub(crate) fn word(&self, key: &str) -> Option<At<String>> {
        self.text(key).filter(|text| self.filled(key, text))
    }

    fn filled(&self, key: &str, text: &At<String>) -> bool {
        let filled = !text.value.trim().is_empty();
        if !filled {
            self.issue(text.span, format!("`{}` is empty", shown(key)), "write a value, or remove the key");
        }
        filled
    }

    pub(crate) fn required(&self, key: &str, hint: &str) -> Option<At<String>> {
        if !self.has(key) {
            self.missing(key, hint);
        }
        self.word(key)
    }

    fn text_of(&self, key: &str, value: Value<'_>) -> Option<At<String>> {
        if let DeValue::String(text) = value.get_ref() {
            return Some(At { value: text.to_string(), span: span_of(value.span()) });
        }
        self.wrong(key, value, "a text in quotes");
        None
    }

    /// A list of texts, empty ones too.
    pub(crate) fn raw_texts(&self, key: &str) -> Option<Vec<At<String>>> {
        let value = self.get(key)?;
        let DeValue::Array(items) = value.get_ref() else {
            self.wrong(key, value, "a list of texts");
            return None;
        };
        Some(items.iter().filter_map(|item| self.text_of(key, item)).collect())
    }

    pub(crate) fn is_text(&self, key: &str) -> bool {
        self.get(key).is_some_and(|value| value.get_ref().is_str())
    }

    /// A list of texts. Empty texts are issues and left out.
    pub(crate) fn texts(&self, key: &str) -> Option<Vec<At<String>>> {
        let texts = self.raw_texts(key)?;
        Some(texts.into_iter().filter(|text| self.filled(key, text)).collect())
    }

    /// A list in which nothing may stand twice.
    pub(crate) fn distinct(&self, key: &str) -> Option<Vec<At<String>>> {
        let texts = self.texts(key)?;
        self.no_twins(key, &texts);
        Some(texts)
    }

    fn no_twins(&self, key: &str, texts: &[At<String>]) {
        for (index, text) in texts.iter().enumerate() {
            if texts.iter().take(index).any(|before| before.value == text.value) {
                self.issue(
                    text.span,
                    format!("`{}` stands twice in `{}`", shown(&text.value), shown(key)),
                    "remove one of them",
                );
            }
        }
    }

    /// A text or a list of texts.
    pub(crate) fn one_or_many(&self, key: &str) -> Option<Vec<At<String>>> {
        match self.get(key)?.get_ref() {
            DeValue::String(_) => Some(self.word(key).into_iter().collect()),
            DeValue::Array(_) => self.distinct(key),
            _ => {
                if let Some(value) = self.get(key) {
                    self.wrong(key, value, "a text or a list of texts");
                }
                None
            }
        }
    }

    pub(crate) fn flag(&self, key: &str) -> Option<At<bool>> {
        let value = self.get(key)?;
        if let DeValue::Boolean(flag) = value.get_ref() {
            return Some(At { value: *flag, span: span_of(value.span()) });
        }
        self.wrong(key, value, "true or false, without quotes");
        None
    }

    /// A whole number between the two, both included.
    pub(crate) fn number(&self, key: &str, from: i64, to: i64) -> Option<At<i64>> {
        let value = self.get(key)?;
        let span = span_of(value.span());
        let DeValue::Integer(integer) = value.get_ref() else {
            self.wrong(key, value, "a whole number");
            return None;
        };
        let number = i64::from_str_radix(integer.as_str(), integer.radix()).ok();
        let number = number.filter(|number| (from..=to).contains(number));
        if number.is_none() {
            self.issue(
                span,
                format!("`{}` is out of range", shown(key)),
                format!("write a number from {from} to {to}"),
            );
        }
        number.map(|value| At { value, span })
    }

    /// `30s`, `5m`, `500ms`, `1h`, `2d`; never nothing.
    pub(crate) fn duration(&self, key: &str) -> Option<At<Duration>> {
        let text = self.word(key)?;
        let value = duration(&text.value);
        if value.is_none() {
            self.issue(
                text.span,
                format!("`{}` is no duration", shown(&text.value)),
                "write a number and a unit: `500ms`, `30s`, `5m`, `1h`, `2d`",
            );
        }
        value.map(|value| At { value, span: text.span })
    }

    /// One of a few words.
    pub(crate) fn choice<T: Copy>(&self, key: &str, choices: &[(&str, T)]) -> Option<At<T>> {
        let text = self.word(key)?;
        let found = choices.iter().find(|(name, _)| *name == text.value).map(|&(_, value)| value);
        if found.is_none() {
            let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
            self.issue(
                text.span,
                format!("`{}` is no value of `{}`", shown(&text.value), shown(key)),
                did_you_mean(&text.value, &names),
            );
        }
        found.map(|value| At { value, span: text.span })
    }

    pub(crate) fn section(&self, key: &str) -> Option<Section<'a>> {
        let (name, value) = self.table.iter().find(|(name, _)| name.get_ref() == key)?;
        let path = self.child(key);
        let DeValue::Table(table) = value.get_ref() else {
            self.wrong(key, value, &format!("a table: `[{path}]`"));
            return None;
        };
        let span = span_of(name.span()).to(extent(value, 0));
        Some(Section { name: format!("[{path}]"), span, table, issues: self.issues })
    }

    /// `[[key]]`, or a list of tables.
    pub(crate) fn sections(&self, key: &str) -> Vec<Section<'a>> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let path = self.child(key);
        let DeValue::Array(items) = value.get_ref() else {
            self.wrong(key, value, &format!("a list of tables: `[[{path}]]`"));
            return Vec::new();
        };
        let mut sections = Vec::new();
        for item in items {
            if let DeValue::Table(table) = item.get_ref() {
                let span = extent(item, 0);
                sections.push(Section { name: format!("[[{path}]]"), span, table, issues: self.issues });
            } else {
                self.wrong(key, item, &format!("a table: `[[{path}]]`"));
            }
        }
        sections
    }

    fn child(&self, key: &str) -> String {
        let own = self.name.trim_matches(['[', ']']);
        if own.is_empty() { shown(key) } else { format!("{own}.{}", shown(key)) }
    }

    /// The value as JSON: for probes that compare answers.
    pub(crate) fn json(&self, key: &str) -> Option<serde_json::Value> {
        json_of(self.get(key)?.get_ref(), 0)
    }

    /// Where the value of a key stands.
    pub(crate) fn value_span(&self, key: &str) -> Span {
        self.get(key).map_or(self.span, |value| span_of(value.span()))
    }
}

/// Foreign text in a message: short, and without anything that could redraw a terminal.
pub(crate) fn shown(text: &str) -> String {
    let mut out: String = text.chars().take(80).flat_map(char::escape_debug).collect();
    if text.chars().count() > 80 {
        out.push('…');
    }
    out
}

fn span_of(range: std::ops::Range<usize>) -> Span {
    Span::new(range.start, range.end)
}

/// The reader of the text stops at 80 levels; this never goes deeper than that.
const DEPTH: usize = 100;

/// From the header to the last value: what the parser calls a table's span is its header alone.
fn extent(value: &Spanned<DeValue<'_>>, depth: usize) -> Span {
    let own = span_of(value.span());
    if depth > DEPTH {
        return own;
    }
    match value.get_ref() {
        DeValue::Table(table) => table.iter().fold(own, |span, (key, inner)| {
            let key = span_of(key.span());
            // A dotted header repeats its parents' keys before this table starts.
            let span = if key.start >= own.start { span.to(key) } else { span };
            span.to(extent(inner, depth + 1))
        }),
        DeValue::Array(items) => items.iter().fold(own, |span, item| span.to(extent(item, depth + 1))),
        _ => own,
    }
}

fn kind_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

fn json_of(value: &DeValue<'_>, depth: usize) -> Option<serde_json::Value> {
    if depth > DEPTH {
        return None;
    }
    Some(match value {
        DeValue::String(text) => text.to_string().into(),
        DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix()).ok()?.into(),
        DeValue::Float(float) => float.as_str().parse::<f64>().ok()?.into(),
        DeValue::Boolean(flag) => (*flag).into(),
        DeValue::Datetime(date) => date.to_string().into(),
        DeValue::Array(items) => {
            items.iter().map(|item| json_of(item.get_ref(), depth + 1)).collect::<Option<Vec<_>>>()?.into()
        }
        DeValue::Table(table) => {
            // Sorted, so that the same value is the same text wherever it is written down.
            let mut sorted = BTreeMap::new();
            for (key, inner) in table {
                sorted.insert(key.get_ref().to_string(), json_of(inner.get_ref(), depth + 1)?);
            }
            serde_json::Map::from_iter(sorted).into()
        }
    })
}

/// A number and a unit.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits)?;
    let number: u64 = number.parse().ok()?;
    let millis = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    number.checked_mul(millis).filter(|&millis| millis > 0).map(Duration::from_millis)
}
