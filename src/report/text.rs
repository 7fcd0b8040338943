//! The terminal view: source with the labelled span, the contract's line, the way there, the next
//! step.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::report::excerpt::{self, Excerpt};
use crate::report::{Report, visible};
use crate::words::finding::Finding;
use crate::words::span::Place;

/// More effects than this of one finding are counted, not listed.
const MOST_EFFECTS: usize = 8;
/// A longer trace keeps its start and its end, which are what a reader looks for.
const MOST_STEPS: usize = 12;

/// How the output may look; worked out by who knows the terminal and the environment.
#[derive(Clone, Debug)]
pub struct Look {
    pub colour: bool,
    pub width: usize,
}

impl Look {
    /// For pipes, files and tests.
    #[must_use]
    pub fn plain() -> Self {
        Self { colour: false, width: 100 }
    }

    /// The usual three words on colour: `NO_COLOR` forbids, `CLICOLOR_FORCE` demands, else the
    /// terminal decides.
    #[must_use]
    pub fn decide(terminal: bool, variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
        let forced = variable("CLICOLOR_FORCE").is_some_and(|value| !matches!(value.as_str(), "" | "0"));
        let dumb = variable("TERM").is_some_and(|value| value == "dumb");
        let colour = !set("NO_COLOR") && (forced || (terminal && !dumb));
        let width = variable("COLUMNS").and_then(|value| value.parse().ok()).unwrap_or(100);
        Self { colour, width: usize::clamp(width, 60, 200) }
    }
}

#[must_use]
pub fn render(report: &Report, look: &Look) -> String {
    let renderer = if look.colour { Renderer::styled() } else { Renderer::plain() }
        .decor_style(DecorStyle::Ascii)
        .term_width(look.width);
    let mut out = String::new();
    for finding in &report.findings {
        out.push_str(&one(report, finding, &renderer));
        out.push_str("\n\n");
    }
    for notice in &report.notices {
        out.push_str("note: ");
        out.push_str(&visible::block(notice));
        out.push('\n');
    }
    out.push_str(&report.closing());
    out.push('\n');
    if let Some(first) = report.findings.first() {
        out.push_str("More about a rule: guard explain ");
        out.push_str(first.rule);
        out.push('\n');
    }
    out
}

/// What is drawn of one place.
struct Drawn {
    path: String,
    line: usize,
    column: usize,
    excerpt: Excerpt,
    label: String,
}

impl Drawn {
    /// The renderer counts the column in the excerpt, which is another one than the file's where a
    /// long line was cut or a hidden character was spelt out.
    fn with_own_column(&self, rendered: String) -> String {
        let before = self.excerpt.text.get(..self.excerpt.range.start).unwrap_or("");
        let drawn = before.chars().count() + 1;
        if drawn == self.column {
            return rendered;
        }
        let Self { path, line, column, .. } = self;
        rendered.replacen(&format!("{path}:{line}:{drawn}"), &format!("{path}:{line}:{column}"), 1)
    }
}

fn draw(report: &Report, at: Place, label: String) -> Drawn {
    let located = report.locate(at);
    let source = report.files.get(&at.file).map_or("", |file| file.text.as_str());
    let path = visible::line(located.path).into_owned();
    Drawn { path, line: located.line, column: located.column, excerpt: excerpt::cut(source, at.span), label }
}

fn one(report: &Report, finding: &Finding, renderer: &Renderer) -> String {
    let place = draw(report, finding.at, primary_label(finding));
    let policy =
        finding.policy.as_ref().map(|step| draw(report, step.at, visible::line(&step.label).into_owned()));
    let mut group = Level::ERROR
        .primary_title(visible::block(&finding.message))
        .id(finding.rule)
        .element(snippet(&place, AnnotationKind::Primary));
    if let Some(policy) = &policy {
        group = group.element(snippet(policy, AnnotationKind::Context));
    }
    if let Some(text) = effects(finding) {
        group = group.element(Level::NOTE.with_name("effects").message(text));
    }
    if let Some(text) = trace(report, finding) {
        group = group.element(Level::NOTE.with_name("reached").message(text));
    }
    if !finding.help.is_empty() {
        group = group.element(Level::HELP.message(visible::block(&finding.help)));
    }
    let groups: [Group<'_>; 1] = [group];
    let mut out = renderer.render(&groups);
    for drawn in std::iter::once(&place).chain(&policy) {
        out = drawn.with_own_column(out);
    }
    out
}

fn snippet(drawn: &Drawn, kind: AnnotationKind) -> Snippet<'_, annotate_snippets::Annotation<'_>> {
    let label = (!drawn.label.is_empty()).then_some(drawn.label.as_str());
    Snippet::source(drawn.excerpt.text.as_str())
        .line_start(drawn.line)
        .path(drawn.path.as_str())
        .fold(false)
        .annotation(kind.span(drawn.excerpt.range.clone()).label(label))
}

/// One effect stands at the span; several are listed below it.
fn primary_label(finding: &Finding) -> String {
    match finding.effects.as_slice() {
        [only] => visible::line(&only.describe()).into_owned(),
        _ => String::new(),
    }
}

fn effects(finding: &Finding) -> Option<String> {
    let [_, _, ..] = finding.effects.as_slice() else { return None };
    let mut lines: Vec<String> = finding
        .effects
        .iter()
        .take(MOST_EFFECTS)
        .map(|e| visible::line(&e.describe()).into_owned())
        .collect();
    let left = finding.effects.len().saturating_sub(MOST_EFFECTS);
    if left > 0 {
        lines.push(format!("and {left} more"));
    }
    Some(lines.join("\n"))
}

fn trace(report: &Report, finding: &Finding) -> Option<String> {
    if finding.trace.is_empty() {
        return None;
    }
    let total = finding.trace.len();
    let mut lines = Vec::new();
    for (index, step) in finding.trace.iter().enumerate() {
        let hidden = total > MOST_STEPS && (MOST_STEPS / 2..total - MOST_STEPS / 2).contains(&index);
        if hidden {
            if index == MOST_STEPS / 2 {
                lines.push(format!("… {} steps …", total - MOST_STEPS));
            }
            continue;
        }
        let at = report.locate(step.at);
        let path = visible::line(at.path);
        lines.push(format!("{}. {path}:{} {}", index + 1, at.line, visible::line(&step.label)));
    }
    Some(lines.join("\n"))
}
