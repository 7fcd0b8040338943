//! What machines read: JSON and SARIF, held against their published shapes.

use insta::assert_snapshot;
use serde_json::Value;

use super::{SARIF_SCHEMA, assert_valid, parsed};
use crate::report::{Report, json, sample, sarif};

#[test]
fn json_has_the_published_shape() {
    let out = json::render(&sample::report());
    assert_valid(json::SCHEMA, &out);
    assert_snapshot!(out, @"{
  \"version\": 1,
  \"summary\": {
    \"findings\": 4,
    \"files\": 2,
    \"notices\": [
      \"the base has no contract: this is its first introduction\"
    ]
  },
  \"findings\": [
    {
      \"rule\": \"contract/forbidden-column\",
      \"path\": \"scripts/sync data.ts\",
      \"line\": 3,
      \"column\": 41,
      \"end_line\": 3,
      \"end_column\": 46,
      \"message\": \"the script writes `services.price`, which its entry does not name\",
      \"help\": \"leave the column alone, or name it in the contract and have the change signed\",
      \"effects\": [
        {
          \"operation\": \"update\",
          \"table\": \"services\",
          \"columns\": [
            \"name\",
            \"price\"
          ]
        }
      ],
      \"trace\": [
        {
          \"path\": \"package.json\",
          \"line\": 3,
          \"label\": \"npm run sync\"
        },
        {
          \"path\": \"scripts/sync data.ts\",
          \"line\": 3,
          \"label\": \"db.service.update\"
        }
      ]
    },
    {
      \"rule\": \"contract/forbidden-column\",
      \"path\": \"scripts/sync data.ts\",
      \"line\": 4,
      \"column\": 41,
      \"end_line\": 4,
      \"end_column\": 46,
      \"message\": \"the script writes `services.price`, which its entry does not name\",
      \"help\": \"leave the column alone, or name it in the contract and have the change signed\",
      \"effects\": [
        {
          \"operation\": \"update\",
          \"table\": \"services\",
          \"columns\": [
            \"name\",
            \"price\"
          ]
        }
      ],
      \"trace\": [
        {
          \"path\": \"package.json\",
          \"line\": 3,
          \"label\": \"npm run sync\"
        },
        {
          \"path\": \"scripts/sync data.ts\",
          \"line\": 4,
          \"label\": \"db.service.update\"
        }
      ]
    },
    {
      \"rule\": \"bypass/env-switch\",
      \"path\": \"scripts/sync data.ts\",
      \"line\": 2,
      \"column\": 5,
      \"end_line\": 2,
      \"end_column\": 22,
      \"message\": \"`HURRY` decides whether the guard runs\",
      \"help\": \"remove the condition\",
      \"effects\": [],
      \"trace\": []
    },
    {
      \"rule\": \"bypass/hidden-text\",
      \"path\": \"scripts/h\u{202e}dden.ts\",
      \"line\": 1,
      \"column\": 12,
      \"end_line\": 1,
      \"end_column\": 19,
      \"message\": \"a bidirectional character\\nturns `eurt\u{202e}` around\",
      \"help\": \"write the text in the order in which it is read\",
      \"effects\": [
        {
          \"operation\": \"update\",
          \"table\": \"services\",
          \"columns\": [
            \"name\",
            \"price\"
          ]
        },
        {
          \"operation\": \"delete\",
          \"table\": null,
          \"columns\": null
        }
      ],
      \"trace\": []
    }
  ],
  \"coverage\": {
    \"checked\": 412,
    \"parsed\": 96,
    \"irrelevant\": 315,
    \"quarantined\": 0,
    \"unverifiable\": [
      {
        \"path\": \"db/übel.sql\",
        \"reason\": \"it is no text in any encoding that guard reads\"
      }
    ]
  }
}");
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
    assert_snapshot!(first, @r#"
{
  "ruleId": "contract/forbidden-column",
  "ruleIndex": 5,
  "level": "error",
  "message": {
    "text": "the script writes `services.price`, which its entry does not name\nNext step: leave the column alone, or name it in the contract and have the change signed"
  },
  "locations": [
    {
      "physicalLocation": {
        "artifactLocation": {
          "uri": "scripts/sync%20data.ts",
          "uriBaseId": "SRCROOT"
        },
        "region": {
          "startLine": 3,
          "startColumn": 41,
          "endLine": 3,
          "endColumn": 46
        }
      }
    }
  ],
  "relatedLocations": [
    {
      "physicalLocation": {
        "artifactLocation": {
          "uri": "contract/mutation.toml",
          "uriBaseId": "SRCROOT"
        },
        "region": {
          "startLine": 5,
          "startColumn": 14,
          "endLine": 5,
          "endColumn": 22
        }
      },
      "message": {
        "text": "only these columns may be written"
      }
    }
  ],
  "codeFlows": [
    {
      "threadFlows": [
        {
          "locations": [
            {
              "location": {
                "physicalLocation": {
                  "artifactLocation": {
                    "uri": "package.json",
                    "uriBaseId": "SRCROOT"
                  },
                  "region": {
                    "startLine": 3,
                    "startColumn": 5,
                    "endLine": 3,
                    "endColumn": 11
                  }
                },
                "message": {
                  "text": "npm run sync"
                }
              }
            },
            {
              "location": {
                "physicalLocation": {
                  "artifactLocation": {
                    "uri": "scripts/sync%20data.ts",
                    "uriBaseId": "SRCROOT"
                  },
                  "region": {
                    "startLine": 3,
                    "startColumn": 41,
                    "endLine": 3,
                    "endColumn": 46
                  }
                },
                "message": {
                  "text": "db.service.update"
                }
              }
            }
          ]
        }
      ]
    }
  ],
  "partialFingerprints": {
    "guard/v1": "a4f8734a7979961f81eec5523d1d51b4"
  }
}
"#);
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
