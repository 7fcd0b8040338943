//! SARIF 2.1.0: an own model of the part that code scanning reads, and nothing else.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::report::json::pretty;
use crate::report::{Located, Report};
use crate::rules::registry::{self, Rule};
use crate::words::finding::Finding;
use crate::words::span::Place;

const ROOT: &str = "SRCROOT";

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool<'a>,
    invocations: [Invocation; 1],
    original_uri_base_ids: BTreeMap<&'static str, BaseId>,
    column_kind: &'static str,
    results: Vec<Outcome<'a>>,
}

#[derive(Serialize)]
struct BaseId {
    description: Message,
}

#[derive(Serialize)]
struct Tool<'a> {
    driver: Driver<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver<'a> {
    name: &'static str,
    semantic_version: &'static str,
    rules: Vec<Descriptor<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor<'a> {
    id: &'a str,
    name: String,
    short_description: Message,
    full_description: Message,
    help: Help<'a>,
    default_configuration: Configuration,
    properties: Properties<'a>,
}

#[derive(Serialize)]
struct Help<'a> {
    text: &'a str,
    markdown: &'a str,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
    rank: f64,
}

#[derive(Serialize)]
struct Properties<'a> {
    tags: [&'a str; 2],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_execution_notifications: Vec<Notification>,
}

#[derive(Serialize)]
struct Notification {
    level: &'static str,
    message: Message,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    locations: Vec<Location>,
}

#[derive(Clone, Serialize)]
struct Message {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome<'a> {
    rule_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    level: &'static str,
    message: Message,
    locations: [Location; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    code_flows: Vec<CodeFlow>,
    partial_fingerprints: BTreeMap<&'static str, String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CodeFlow {
    thread_flows: [ThreadFlow; 1],
}

#[derive(Serialize)]
struct ThreadFlow {
    locations: Vec<FlowLocation>,
}

#[derive(Serialize)]
struct FlowLocation {
    location: Location,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactLocation {
    uri: String,
    uri_base_id: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
}

#[must_use]
pub fn render(report: &Report) -> String {
    let base = Message { text: "The root of the repository.".to_owned() };
    let run = Run {
        tool: Tool {
            driver: Driver {
                name: "guard",
                semantic_version: env!("CARGO_PKG_VERSION"),
                rules: registry::RULES.iter().map(descriptor).collect(),
            },
        },
        invocations: [Invocation {
            // Findings are a success of the tool; the exit code says the rest.
            execution_successful: true,
            tool_execution_notifications: notifications(report),
        }],
        original_uri_base_ids: BTreeMap::from([(ROOT, BaseId { description: base })]),
        column_kind: "unicodeCodePoints",
        results: results(report),
    };
    let schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
    pretty(&Log { schema, version: "2.1.0", runs: [run] })
}

fn descriptor(rule: &'static Rule) -> Descriptor<'static> {
    Descriptor {
        id: rule.id,
        name: camel(rule.id),
        short_description: Message { text: sentence(rule.summary) },
        full_description: Message { text: registry::meaning(rule).to_owned() },
        help: Help { text: rule.page, markdown: rule.page },
        default_configuration: Configuration { level: "error", rank: f64::from(100 - rule.rank.min(100)) },
        properties: Properties { tags: ["database", rule.category()] },
    }
}

/// `bypass/env-switch` as the name that viewers show: `BypassEnvSwitch`.
fn camel(id: &str) -> String {
    id.split(['/', '-'])
        .map(|word| {
            let mut letters = word.chars();
            letters
                .next()
                .map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
        })
        .collect()
}

fn sentence(summary: &str) -> String {
    let mut letters = summary.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}

fn notifications(report: &Report) -> Vec<Notification> {
    let unread = report.coverage.unverifiable.iter().map(|file| Notification {
        level: "error",
        message: Message { text: file.reason.clone() },
        locations: vec![Location {
            physical_location: PhysicalLocation { artifact_location: artifact(&file.path), region: None },
            message: None,
        }],
    });
    let notices = report.notices.iter().map(|notice| Notification {
        level: "note",
        message: Message { text: notice.clone() },
        locations: Vec::new(),
    });
    unread.chain(notices).collect()
}

fn results(report: &Report) -> Vec<Outcome<'_>> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    report.findings.iter().map(|finding| outcome(report, finding, &mut seen)).collect()
}

fn outcome<'a>(report: &'a Report, finding: &'a Finding, seen: &mut BTreeMap<String, usize>) -> Outcome<'a> {
    let mut text = finding.message.clone();
    if !finding.help.is_empty() {
        let _ = write!(text, "\nNext step: {}", finding.help);
    }
    let steps: Vec<FlowLocation> = finding
        .trace
        .iter()
        .map(|step| FlowLocation { location: location(report, step.at, Some(&step.label)) })
        .collect();
    let flow = (!steps.is_empty()).then_some(CodeFlow { thread_flows: [ThreadFlow { locations: steps }] });
    Outcome {
        rule_id: finding.rule,
        rule_index: registry::index(finding.rule),
        level: "error",
        message: Message { text },
        locations: [location(report, finding.at, None)],
        related_locations: finding
            .policy
            .iter()
            .map(|step| location(report, step.at, Some(&step.label)))
            .collect(),
        code_flows: flow.into_iter().collect(),
        partial_fingerprints: BTreeMap::from([("guard/v1", fingerprint(report, finding, seen))]),
    }
}

fn location(report: &Report, at: Place, label: Option<&str>) -> Location {
    let located = report.locate(at);
    Location {
        physical_location: PhysicalLocation {
            artifact_location: artifact(located.path),
            region: Some(region(located)),
        },
        message: label.map(|text| Message { text: text.to_owned() }),
    }
}

fn region(at: Located<'_>) -> Region {
    Region { start_line: at.line, start_column: at.column, end_line: at.end_line, end_column: at.end_column }
}

fn artifact(path: &str) -> ArtifactLocation {
    ArtifactLocation { uri: percent_encode(path), uri_base_id: ROOT }
}

/// A path as a relative URI reference: everything but unreserved characters and `/` is encoded,
/// so that no name is taken for a scheme, a query or a fragment.
fn percent_encode(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// The same finding after lines were added above it: rule, path, the line without its white
/// space, and which of several equal ones it is.
fn fingerprint(report: &Report, finding: &Finding, seen: &mut BTreeMap<String, usize>) -> String {
    let at = report.locate(finding.at);
    let source = report.files.get(&finding.at.file).map_or("", |file| file.text.as_str());
    let start = finding.at.span.start as usize;
    let before = source.get(..start).and_then(|s| s.rfind(['\n', '\r'])).map_or(0, |at| at + 1);
    let rest = source.get(before..).unwrap_or("");
    let line = rest.split(['\n', '\r']).next().unwrap_or("");
    let content = line.split_whitespace().collect::<Vec<_>>().join(" ");
    let key = format!("{}\0{}\0{content}", finding.rule, at.path);
    let occurrence = seen.entry(key.clone()).or_insert(0);
    *occurrence += 1;
    let digest = Sha256::digest(format!("{key}\0{occurrence}").as_bytes());
    digest.iter().take(16).fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}
