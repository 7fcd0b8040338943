//! Where something stands: byte spans, files, and the map from embedded text back to its host.

/// A half-open range of byte offsets in the decoded text of one file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    #[must_use]
    pub fn new(start: usize, end: usize) -> Self {
        let clamp = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self { start: clamp(start), end: clamp(end.max(start)) }
    }

    /// The smallest span that holds both.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    #[must_use]
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    #[must_use]
    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

/// A file of the analysed tree: an index into the path-sorted table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

impl FileId {
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A span in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    pub file: FileId,
    pub span: Span,
}

/// Maps offsets of a text that was cut out of a host file (a YAML block scalar, a JSON string, a
/// heredoc, a template) back to the host, so that every span in a flow is a span of a real file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OffsetMap {
    /// `(inner, host)`: from `inner` on, host offset = host + (offset - inner). Sorted by `inner`.
    segments: Vec<(u32, u32)>,
    /// Where it came from is not known byte by byte: everything in it is this span.
    whole: Option<Span>,
}

impl OffsetMap {
    /// The text is the host itself.
    #[must_use]
    pub fn identity() -> Self {
        Self::shifted(0)
    }

    /// The text starts at `host` and is otherwise the same.
    #[must_use]
    pub fn shifted(host: usize) -> Self {
        Self { segments: vec![(0, u32::try_from(host).unwrap_or(u32::MAX))], whole: None }
    }

    /// Starts empty; add segments in ascending order of `inner`.
    #[must_use]
    pub fn builder() -> Self {
        Self { segments: Vec::new(), whole: None }
    }

    /// Whatever stands in the text stands at this span.
    #[must_use]
    pub fn whole(span: Span) -> Self {
        Self { segments: Vec::new(), whole: Some(span) }
    }

    /// The inner text of `host` that a program reads as `text`, where the host starts at `start`:
    /// in quotes or without, with simple escapes, with the indentation of later lines left out.
    /// None where it is not that text.
    #[must_use]
    pub fn aligned(host: &str, start: usize, text: &str) -> Option<Self> {
        let mut openings = vec![0];
        openings.extend(
            host.char_indices()
                .filter(|(_, c)| matches!(c, '"' | '\'' | '`'))
                .map(|(at, c)| at + c.len_utf8())
                .take(2),
        );
        openings.into_iter().find_map(|from| Self::aligned_from(host, from, start, text))
    }

    fn aligned_from(host: &str, from: usize, start: usize, text: &str) -> Option<Self> {
        let mut map = Self::builder();
        map.push(0, start + from);
        let mut at = from;
        let mut new_line = false;
        for (inner, c) in text.char_indices() {
            let mut rest = host.get(at..)?;
            if rest.starts_with("\\\n") {
                at += 2;
                rest = host.get(at..)?;
                map.push(inner, start + at);
            }
            if new_line && !rest.starts_with(c) {
                at += rest.len() - rest.trim_start_matches([' ', '\t', '\r']).len();
                rest = host.get(at..)?;
                map.push(inner, start + at);
            }
            new_line = c == '\n';
            if rest.starts_with(c) && !(c == '\\' && rest.starts_with("\\\\")) {
                at += c.len_utf8();
                continue;
            }
            let escape = rest.strip_prefix('\\')?.chars().next()?;
            let meant = match escape {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                other => other,
            };
            if meant != c {
                return None;
            }
            at += 1 + escape.len_utf8();
            map.push(inner + c.len_utf8(), start + at);
        }
        Some(map)
    }

    /// Adds another text's map, which begins at `inner` of this one.
    pub fn append(&mut self, inner: usize, other: &Self) {
        for &(from, host) in &other.segments {
            self.push(inner + from as usize, host as usize);
        }
    }

    pub fn push(&mut self, inner: usize, host: usize) {
        let clamp = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        self.segments.push((clamp(inner), clamp(host)));
    }

    #[must_use]
    pub fn host(&self, inner: usize) -> usize {
        if let Some(whole) = self.whole {
            return whole.start as usize;
        }
        let inner = u32::try_from(inner).unwrap_or(u32::MAX);
        let at = self.segments.partition_point(|&(start, _)| start <= inner);
        match at.checked_sub(1).map(|i| self.segments[i]) {
            Some((start, host)) => host.saturating_add(inner - start) as usize,
            None => self.segments.first().map_or(inner, |&(_, host)| host) as usize,
        }
    }

    /// The host span of an inner range. The end is mapped through the last byte inside, so that a
    /// range that ends where a line was cut does not swallow the host's indentation.
    #[must_use]
    pub fn span(&self, range: std::ops::Range<usize>) -> Span {
        if let Some(whole) = self.whole {
            return whole;
        }
        let start = self.host(range.start);
        let end = if range.end > range.start { self.host(range.end - 1) + 1 } else { start };
        Span::new(start, end)
    }

    /// This map after an inner one: for text embedded in embedded text.
    #[must_use]
    pub fn compose(&self, inner: &Self) -> Self {
        if let Some(whole) = self.whole.or(inner.whole) {
            return Self::whole(whole);
        }
        let mut out = Self::builder();
        for (index, &(start, middle)) in inner.segments.iter().enumerate() {
            let next = inner.segments.get(index + 1).map_or(u32::MAX, |s| s.0);
            out.push(start as usize, self.host(middle as usize));
            for &(outer, host) in &self.segments {
                if outer > middle && outer - middle < next - start {
                    out.push((start + (outer - middle)) as usize, host as usize);
                }
            }
        }
        out
    }
}

/// Turns byte offsets into lines and columns, both from 1; columns count characters.
#[derive(Debug)]
pub struct Lines {
    starts: Vec<u32>,
}

impl Lines {
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut starts = vec![0];
        let bytes = text.as_bytes();
        for (at, byte) in bytes.iter().enumerate() {
            // A lone CR ends a line, too: old Mac files exist, and an editor shows them so.
            if *byte == b'\n' || (*byte == b'\r' && bytes.get(at + 1) != Some(&b'\n')) {
                starts.push(u32::try_from(at + 1).unwrap_or(u32::MAX));
            }
        }
        Self { starts }
    }

    #[must_use]
    pub fn position(&self, text: &str, offset: u32) -> (usize, usize) {
        let line = self.starts.partition_point(|&start| start <= offset).max(1);
        let start = self.starts[line - 1] as usize;
        let end = (offset as usize).min(text.len());
        let column = text.get(start..end).map_or(end.saturating_sub(start), |s| s.chars().count());
        (line, column + 1)
    }
}
