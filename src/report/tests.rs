//! What people and machines see, as it stands on the screen.

use insta::assert_snapshot;
use serde_json::Value;

use crate::report::text::Look;
use crate::report::{Report, agent, github, json, sample, sarif, text};

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).expect("it is JSON")
}

fn assert_valid(schema: &str, document: &str) {
    let validator = jsonschema::validator_for(&parsed(schema)).expect("the schema is one");
    let document = parsed(document);
    let errors: Vec<String> =
        validator.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

const SARIF_SCHEMA: &str = include_str!("../../tests/schema/sarif-2.1.0.json");

#[test]
fn the_terminal_shows_source_policy_trace_and_next_step() {
    assert_snapshot!(text::render(&sample::report(), &Look::plain()), @"");
}

#[test]
fn a_clean_report_says_what_was_checked() {
    assert_snapshot!(text::render(&Report::default(), &Look::plain()), @"");
}

#[test]
fn an_agent_gets_one_line_a_finding() {
    assert_snapshot!(agent::render(&sample::report()), @"");
}

#[test]
fn json_has_the_published_shape() {
    let out = json::render(&sample::report());
    assert_valid(json::SCHEMA, &out);
    assert_snapshot!(out, @"");
}

#[test]
fn an_empty_report_is_valid_too() {
    assert_valid(json::SCHEMA, &json::render(&Report::default()));
    assert_valid(SARIF_SCHEMA, &sarif::render(&Report::default()));
}

#[test]
fn the_schema_refuses_a_line_of_zero() {
    let out = json::render(&sample::report()).replacen("\"line\": 3", "\"line\": 0", 1);
    let validator = jsonschema::validator_for(&parsed(json::SCHEMA)).expect("the schema is one");
    assert!(!validator.is_valid(&parsed(&out)));
}

#[test]
fn sarif_is_valid_and_its_rules_are_all_there() {
    let out = sarif::render(&sample::report());
    assert_valid(SARIF_SCHEMA, &out);
    let log = parsed(&out);
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    assert_eq!(rules.len(), crate::rules::registry::RULES.len());
    for result in run["results"].as_array().expect("results") {
        let index = usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("a small one");
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert_eq!(result["locations"].as_array().map(Vec::len), Some(1));
    }
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    assert_eq!(
        run["invocations"][0]["toolExecutionNotifications"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
            ["uri"],
        "db/%C3%BCbel.sql"
    );
}

#[test]
fn sarif_results_look_like_this() {
    let log = parsed(&sarif::render(&sample::report()));
    let first = serde_json::to_string_pretty(&log["runs"][0]["results"][0]).expect("JSON");
    assert_snapshot!(first, @"");
}

#[test]
fn equal_findings_have_different_fingerprints_that_new_lines_above_do_not_change() {
    let prints = |report: &Report| -> Vec<Value> {
        let log = parsed(&sarif::render(report));
        let results = log["runs"][0]["results"].as_array().cloned().expect("results");
        results.iter().map(|result| result["partialFingerprints"]["guard/v1"].clone()).collect()
    };
    let before = prints(&sample::report());
    assert_ne!(before[0], before[1]);

    let mut moved = sample::report();
    for file in moved.files.values_mut() {
        *file = crate::report::FileView::new(file.path.clone(), format!("\n\n{}", file.text));
    }
    for finding in &mut moved.findings {
        finding.at.span = crate::words::span::Span::new(
            finding.at.span.start as usize + 2,
            finding.at.span.end as usize + 2,
        );
    }
    assert_eq!(prints(&moved), before);
}

#[test]
fn annotations_are_escaped_and_worst_first() {
    assert_snapshot!(github::render(&sample::report()), @"");
}

#[test]
fn the_job_summary_is_a_table() {
    assert_snapshot!(github::summary(&sample::report()), @"");
}

#[test]
fn no_form_lets_a_hidden_character_reach_a_screen() {
    let report = sample::report();
    // The runner finds the file by its real name, which therefore stays as it is.
    let annotations = github::render(&report).replace("file=scripts/h\u{202e}dden.ts", "");
    for out in
        [text::render(&report, &Look::plain()), agent::render(&report), annotations, github::summary(&report)]
    {
        assert!(!out.contains('\u{202e}'), "{out}");
        assert!(!out.chars().any(|c| c.is_control() && c != '\n'), "{out:?}");
    }
}

#[test]
fn colour_is_for_terminals_and_the_two_variables_have_their_say() {
    let look = |terminal: bool, set: &'static [(&str, &str)]| {
        Look::decide(terminal, |name| {
            set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
        .colour
    };
    assert!(look(true, &[]));
    assert!(!look(false, &[]));
    assert!(!look(true, &[("NO_COLOR", "1")]));
    assert!(look(true, &[("NO_COLOR", "")]));
    assert!(look(false, &[("CLICOLOR_FORCE", "1")]));
    assert!(!look(false, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(!look(true, &[("TERM", "dumb")]));
}

#[test]
fn an_agent_is_known_by_its_variable() {
    let with = |name: &'static str, value: &'static str| {
        agent::is_agent(|asked| (asked == name).then(|| value.to_owned()))
    };
    assert!(with("CLAUDECODE", "1"));
    assert!(with("CURSOR_AGENT", "1"));
    assert!(!with("CLAUDECODE", "0"));
    assert!(!with("HOME", "/root"));
}
