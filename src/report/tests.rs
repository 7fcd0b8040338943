//! What people see, as it stands on the screen.

mod machine;

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
    assert_snapshot!(text::render(&sample::report(), &Look::plain()), @r#"
error[contract/forbidden-column]: the script writes `services.price`, which its entry does not name
 --> scripts/sync data.ts:3:41
  |
3 | await db.service.update({ data: { name, price } });
  |                                         ^^^^^ update services(name, price)
  |
 ::: contract/mutation.toml:5:14
  |
5 | columns    = ["name"]
  |              -------- only these columns may be written
  |
  = reached: 1. package.json:3 npm run sync
             2. scripts/sync data.ts:3 db.service.update
  = help: leave the column alone, or name it in the contract and have the change signed

error[contract/forbidden-column]: the script writes `services.price`, which its entry does not name
 --> scripts/sync data.ts:4:41
  |
4 | await db.service.update({ data: { name, price } });
  |                                         ^^^^^ update services(name, price)
  |
 ::: contract/mutation.toml:5:14
  |
5 | columns    = ["name"]
  |              -------- only these columns may be written
  |
  = reached: 1. package.json:3 npm run sync
             2. scripts/sync data.ts:4 db.service.update
  = help: leave the column alone, or name it in the contract and have the change signed

error[bypass/env-switch]: `HURRY` decides whether the guard runs
 --> scripts/sync data.ts:2:5
  |
2 | if (process.env.HURRY) skip();
  |     ^^^^^^^^^^^^^^^^^
  |
  = help: remove the condition

error[bypass/hidden-text]: a bidirectional character
                           turns `eurt\u{202e}` around
 --> scripts/h\u{202e}dden.ts:1:12
  |
1 | const ok = "\u{202e}eurt"; // 100% sure: a,b
  |            ^^^^^^^^^^^^^^
  |
  = effects: update services(name, price)
             delete a table that only the run knows
  = help: write the text in the order in which it is read

note: the base has no contract: this is its first introduction
4 findings in 2 files; checked 412 files: 96 parsed, 315 without anything that touches a database, 1 unverifiable
More about a rule: guard explain contract/forbidden-column
"#);
}

#[test]
fn a_place_in_a_long_line_keeps_its_real_column() {
    use crate::report::FileView;
    use crate::words::finding::Finding;
    use crate::words::span::{FileId, Place, Span};
    let mut report = Report::default();
    report.files.insert(FileId(0), FileView::new("a.js", format!("{}wipe()", "x;".repeat(50_000))));
    let at = Place { file: FileId(0), span: Span::new(100_000, 100_006) };
    report.findings.push(Finding::new("contract/undeclared-mutation", at, "m", "h"));
    let out = text::render(&report, &Look::plain());
    assert!(out.contains("--> a.js:1:100001\n"), "{out}");
    assert!(out.contains("wipe()") && out.len() < 1000, "{out}");
}

#[test]
fn a_clean_report_says_what_was_checked() {
    assert_snapshot!(text::render(&Report::default(), &Look::plain()), @r#"
no findings; checked 0 files: 0 parsed, 0 without anything that touches a database, 0 unverifiable
"#);
}

#[test]
fn an_agent_gets_one_line_a_finding() {
    assert_snapshot!(agent::render(&sample::report()), @r#"
scripts/sync data.ts:3:41 contract/forbidden-column the script writes `services.price`, which its entry does not name — next: leave the column alone, or name it in the contract and have the change signed
scripts/sync data.ts:4:41 contract/forbidden-column the script writes `services.price`, which its entry does not name — next: leave the column alone, or name it in the contract and have the change signed
scripts/sync data.ts:2:5 bypass/env-switch `HURRY` decides whether the guard runs — next: remove the condition
scripts/h\u{202e}dden.ts:1:12 bypass/hidden-text a bidirectional character turns `eurt\u{202e}` around — next: write the text in the order in which it is read
note: the base has no contract: this is its first introduction
4 findings in 2 files; checked 412 files: 96 parsed, 315 without anything that touches a database, 1 unverifiable
"#);
}

#[test]
fn annotations_are_escaped_and_worst_first() {
    assert_snapshot!(github::render(&sample::report()), @"::error file=scripts/h\u{202e}dden.ts,line=1,endLine=1,col=12,endColumn=19,title=bypass/hidden-text::a bidirectional character%0Aturns `eurt\\u{202e}` around%0Aeffect: update services(name, price)%0Aeffect: delete a table that only the run knows%0Anext: write the text in the order in which it is read
::error file=scripts/sync data.ts,line=2,endLine=2,col=5,endColumn=22,title=bypass/env-switch::`HURRY` decides whether the guard runs%0Anext: remove the condition
::error file=scripts/sync data.ts,line=3,endLine=3,col=41,endColumn=46,title=contract/forbidden-column::the script writes `services.price`, which its entry does not name%0Aeffect: update services(name, price)%0Acontract/mutation.toml:5: only these columns may be written%0Anext: leave the column alone, or name it in the contract and have the change signed
::error file=scripts/sync data.ts,line=4,endLine=4,col=41,endColumn=46,title=contract/forbidden-column::the script writes `services.price`, which its entry does not name%0Aeffect: update services(name, price)%0Acontract/mutation.toml:5: only these columns may be written%0Anext: leave the column alone, or name it in the contract and have the change signed
::notice title=guard::the base has no contract: this is its first introduction
4 findings in 2 files; checked 412 files: 96 parsed, 315 without anything that touches a database, 1 unverifiable");
}

#[test]
fn the_job_summary_is_a_table() {
    assert_snapshot!(github::summary(&sample::report()), @r#"
## guard check

4 findings in 2 files; checked 412 files: 96 parsed, 315 without anything that touches a database, 1 unverifiable

| rule | place | what | next step |
|---|---|---|---|
| bypass/hidden-text | scripts/h\u{202e}dden.ts:1 | a bidirectional character<br>turns \`eurt\u{202e}\` around | write the text in the order in which it is read |
| bypass/env-switch | scripts/sync data.ts:2 | \`HURRY\` decides whether the guard runs | remove the condition |
| contract/forbidden-column | scripts/sync data.ts:3 | the script writes \`services.price\`, which its entry does not name | leave the column alone, or name it in the contract and have the change signed |
| contract/forbidden-column | scripts/sync data.ts:4 | the script writes \`services.price\`, which its entry does not name | leave the column alone, or name it in the contract and have the change signed |

### Could not be read

- db/übel.sql: it is no text in any encoding that guard reads

the base has no contract: this is its first introduction
"#);
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

#[test]
fn several_lines_are_marked_from_start_to_end() {
    let out = text::render(&one_finding("f(\n  a,\n  b\n);\n", 0, 14), &Look::plain());
    assert_snapshot!(out, @r#"
error[contract/unverifiable]: m
 --> a.ts:1:1
  |
1 | / f(
2 | |   a,
3 | |   b
4 | | );
  | |__^
  |
  = help: h

1 finding in 1 file; checked 0 files: 0 parsed, 0 without anything that touches a database, 0 unverifiable
More about a rule: guard explain contract/unverifiable
"#);
}

#[test]
fn a_finding_in_a_file_that_nobody_handed_over_is_still_printed() {
    let mut report = one_finding("x", 0, 1);
    report.files.clear();
    for out in [text::render(&report, &Look::plain()), agent::render(&report), github::render(&report)] {
        assert!(out.contains("contract/unverifiable"), "{out}");
    }
    assert_valid(json::SCHEMA, &json::render(&report));
    assert_valid(SARIF_SCHEMA, &sarif::render(&report));
}

fn one_finding(source: &str, start: usize, end: usize) -> Report {
    use crate::report::FileView;
    use crate::words::finding::Finding;
    use crate::words::span::{FileId, Place, Span};
    let mut report = Report::default();
    report.files.insert(FileId(0), FileView::new("a.ts", source));
    let at = Place { file: FileId(0), span: Span::new(start, end) };
    report.findings.push(Finding::new("contract/unverifiable", at, "m", "h"));
    report
}

proptest::proptest! {
    #[test]
    fn no_source_and_no_span_makes_a_form_fail(
        source in "(?s).{0,80}|[a\t\r\né\u{202e}]{0,40}", start in 0_usize..90, length in 0_usize..90,
    ) {
        let report = one_finding(&source, start, start + length);
        let out = text::render(&report, &Look::plain());
        proptest::prop_assert!(out.contains("a.ts:"), "{}", out);
        proptest::prop_assert!(!out.chars().any(|c| c != '\n' && crate::report::visible::is_hidden(c)), "{:?}", out);
        assert_valid(json::SCHEMA, &json::render(&report));
        assert_valid(SARIF_SCHEMA, &sarif::render(&report));
        proptest::prop_assert!(github::render(&report).starts_with("::error file=a.ts,"));
    }
}
