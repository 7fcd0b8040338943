//! Decodes the five ways to write a scalar in YAML, keeping the way back to the file.

use crate::words::span::OffsetMap;

pub(super) struct Decoded {
    pub(super) text: String,
    pub(super) map: OffsetMap,
}

/// Collects text and adds a segment wherever the distance to the host changes.
struct Writer {
    text: String,
    map: OffsetMap,
    next_host: Option<usize>,
}

impl Writer {
    fn new() -> Self {
        Self { text: String::new(), map: OffsetMap::builder(), next_host: None }
    }

    fn put(&mut self, text: &str, host: usize) {
        if text.is_empty() {
            return;
        }
        if self.next_host != Some(host) {
            self.map.push(self.text.len(), host);
        }
        self.text.push_str(text);
        self.next_host = Some(host + text.len());
    }

    /// Text that is longer than what stands for it in the file: no part of it lies behind that.
    fn put_within(&mut self, text: &str, host: usize, length: usize) {
        let start = self.text.len();
        self.put(text, host);
        for more in length..text.len() {
            self.map.push(start + more, host + length.saturating_sub(1));
            self.next_host = None;
        }
    }

    fn end(mut self, host: usize) -> Decoded {
        if self.text.is_empty() {
            self.map.push(0, host);
        }
        Decoded { text: self.text, map: self.map }
    }
}

/// Lines with their offset in the text, without their ends.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        (start, line.strip_suffix('\n').map_or(line, |l| l.strip_suffix('\r').unwrap_or(l)))
    })
}

/// Joins the lines of a plain or quoted scalar: one break is a space, more are breaks less one.
/// `emit` writes the inner text of one line.
fn folded(raw: &str, host: usize, emit: impl Fn(&mut Writer, &str, usize) -> bool) -> Decoded {
    let mut out = Writer::new();
    let mut blank = 0;
    let mut first = true;
    let mut glued = false;
    let last_start = raw.rfind('\n').map_or(0, |at| at + 1);
    for (start, line) in lines(raw) {
        let mut from = start;
        let mut body = line;
        if start != 0 {
            body = line.trim_start_matches([' ', '\t']);
            from = start + (line.len() - body.len());
        }
        if start != last_start {
            // White space before an escaped break belongs to the text; `\` protects it.
            body = body.trim_end_matches([' ', '\t']);
        }
        if body.is_empty() && start != 0 && start != last_start {
            blank += 1;
            continue;
        }
        if !first && !glued {
            if blank == 0 {
                out.put(" ", host + start.saturating_sub(1));
            } else {
                for _ in 0..blank {
                    out.put("\n", host + start.saturating_sub(1));
                }
            }
        }
        first = false;
        blank = 0;
        glued = emit(&mut out, body, host + from);
    }
    out.end(host)
}

pub(super) fn plain(raw: &str, host: usize) -> Decoded {
    folded(raw, host, |out, line, at| {
        out.put(line, at);
        false
    })
}

pub(super) fn single_quoted(raw: &str, host: usize) -> Decoded {
    let inner = raw.strip_prefix('\'').unwrap_or(raw);
    let inner = inner.strip_suffix('\'').unwrap_or(inner);
    let start = host + usize::from(raw.starts_with('\''));
    folded(inner, start, |out, line, at| {
        let mut from = 0;
        while let Some(found) = line.get(from..).and_then(|rest| rest.find("''")) {
            let end = from + found + 1;
            out.put(line.get(from..end).unwrap_or(""), at + from);
            from = end + 1;
        }
        out.put(line.get(from..).unwrap_or(""), at + from);
        false
    })
}

pub(super) fn double_quoted(raw: &str, host: usize) -> Decoded {
    let inner = raw.strip_prefix('"').unwrap_or(raw);
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    let start = host + usize::from(raw.starts_with('"'));
    folded(inner, start, |out, line, at| {
        let mut chars = line.char_indices();
        while let Some((index, c)) = chars.next() {
            if c != '\\' {
                let mut buffer = [0; 4];
                out.put(c.encode_utf8(&mut buffer), at + index);
                continue;
            }
            let Some((_, escape)) = chars.next() else { return true };
            let mut code = |digits: usize| {
                let mut value = 0;
                for _ in 0..digits {
                    value = value * 16 + chars.next().and_then(|(_, d)| d.to_digit(16)).unwrap_or(0);
                }
                char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER)
            };
            let decoded = match escape {
                'n' => '\n',
                't' | '\t' => '\t',
                'r' => '\r',
                '0' => '\0',
                'a' => '\u{7}',
                'b' => '\u{8}',
                'v' => '\u{b}',
                'f' => '\u{c}',
                'e' => '\u{1b}',
                'N' => '\u{85}',
                '_' => '\u{a0}',
                'L' => '\u{2028}',
                'P' => '\u{2029}',
                'x' => code(2),
                'u' => code(4),
                'U' => code(8),
                other => other,
            };
            let mut buffer = [0; 4];
            let length = 1 + escape.len_utf8();
            out.put_within(decoded.encode_utf8(&mut buffer), at + index, length);
        }
        false
    })
}

/// `|` and `>` with their chomping and indentation indicators.
pub(super) fn block(raw: &str, host: usize, parent: usize) -> Decoded {
    let mut all = lines(raw);
    let header = all.next().map_or("", |(_, line)| line);
    let indicators = header.split('#').next().unwrap_or("");
    let fold = indicators.starts_with('>');
    let chomp = indicators.chars().find(|c| matches!(c, '-' | '+'));
    let explicit = indicators.chars().find_map(|c| c.to_digit(10)).map(|n| parent + n as usize);
    let body: Vec<(usize, &str)> = all.collect();
    let spaces = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let indent = explicit.unwrap_or_else(|| {
        body.iter().find(|(_, line)| !line.trim_matches(' ').is_empty()).map_or(0, |(_, line)| spaces(line))
    });

    let mut out = Writer::new();
    let mut breaks: Vec<usize> = Vec::new();
    let mut last_more = false;
    let mut started = false;
    for &(start, line) in &body {
        let cut = indent.min(spaces(line));
        let text = line.get(cut..).unwrap_or("");
        // The last line of a file may have no end; its break is the last byte then.
        let line_end = host + (start + line.len()).min(raw.len().saturating_sub(1));
        if text.is_empty() {
            breaks.push(line_end);
            continue;
        }
        let more = text.starts_with([' ', '\t']);
        // A fold turns a single break between two ordinary lines into a space, and swallows one
        // of several; around lines that are indented further nothing folds.
        if fold && started && !more && !last_more {
            if let [only] = breaks.as_slice() {
                out.put(" ", *only);
            } else {
                for at in breaks.iter().skip(1) {
                    out.put("\n", *at);
                }
            }
        } else {
            for at in &breaks {
                out.put("\n", *at);
            }
        }
        breaks.clear();
        out.put(text, host + start + cut);
        breaks.push(line_end);
        last_more = more;
        started = true;
    }
    match chomp {
        Some('-') => {}
        Some(_) => {
            for at in &breaks {
                out.put("\n", *at);
            }
        }
        None if started => {
            if let Some(at) = breaks.first() {
                out.put("\n", *at);
            }
        }
        None => {}
    }
    out.end(host + raw.len())
}
