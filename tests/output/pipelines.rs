//! JUnit, SARIF and the outputs of a GitHub step: what they say, and above all that none of them says "clean" of an org
//! that is not known to be.

use std::path::Path;

use relay_scrub::domain::report::{FleetReport, Mode, OrgReport, Outcome, RecordResult};
use relay_scrub::output::{github, junit, sarif};
use serde_json::Value;

use super::{one, sample, samples};
use crate::support::junit::suites;

fn as_junit(report: &FleetReport) -> String {
    let mut out = Vec::new();
    junit::write(report, "0.1.0", &mut out).expect("a Vec takes everything");
    String::from_utf8(out).expect("UTF-8")
}

fn as_sarif(report: &FleetReport) -> String {
    let mut out = Vec::new();
    sarif::write(report, "0.1.0", &mut out).expect("a Vec takes everything");
    String::from_utf8(out).expect("UTF-8")
}

/// The findings of an org, as rule and level.
fn findings(report: &FleetReport) -> Vec<(String, String)> {
    let log: Value = serde_json::from_str(&as_sarif(report)).expect("JSON");
    let text = |value: &Value| value.as_str().expect("a text").to_string();
    let findings = log["runs"][0]["results"].as_array().expect("results");
    findings.iter().map(|finding| (text(&finding["ruleId"]), text(&finding["level"]))).collect()
}

#[test]
fn they_keep_their_shape() {
    insta::assert_snapshot!("junit", as_junit(&sample::everything()));
    let sarif = as_sarif(&sample::everything());
    insta::assert_snapshot!("sarif", sarif.replace(env!("CARGO_PKG_REPOSITORY"), "REPOSITORY"));
}

#[test]
fn an_org_that_did_not_succeed_has_an_error_and_a_record_that_holds_something_a_failure() {
    for org in samples().orgs {
        let suite = &suites(&as_junit(&one(org.clone())))[0];
        let of_org = if org.succeeded() { vec![] } else { vec!["error".to_string()] };
        assert_eq!(suite.cases[0], ("the org".into(), of_org), "{org:?}");
        let (records, left) = suite.cases[1..].split_at(org.records.len());
        assert_eq!(left.len(), org.left.len());
        for (record, (name, marks)) in org.left.iter().zip(left) {
            assert!(name.contains(&record.id.to_string()) && marks.is_empty(), "{name}: {marks:?}");
        }
        for (record, (name, marks)) in org.records.iter().zip(records) {
            assert!(name.contains(&record.id.to_string()), "{name}");
            let expected = match (record.result, record.exposed) {
                (RecordResult::Cleared, _) => vec![],
                (RecordResult::WouldClear, true) | (RecordResult::Failed | RecordResult::NotAttempted, _) => {
                    vec!["failure"]
                }
                (RecordResult::WouldClear, false) | (RecordResult::Gone, _) => vec!["skipped"],
            };
            assert_eq!(marks, &expected, "{record:?}");
        }
        let number =
            |mark: &str| suite.cases.iter().flat_map(|(_, marks)| marks).filter(|found| *found == mark).count();
        assert_eq!(suite.counts, [suite.cases.len(), number("failure"), number("error"), number("skipped")]);
    }
}

#[test]
fn a_run_without_findings_is_one_in_which_every_org_was_read_to_the_end_and_holds_nothing() {
    for org in samples().orgs {
        let holds = |record: &relay_scrub::domain::report::RecordReport| {
            !matches!(record.result, RecordResult::Cleared | RecordResult::Gone)
        };
        let fine = org.succeeded() && !org.records.iter().any(holds);
        let grave = findings(&one(org.clone())).iter().filter(|(_, level)| level != "note").count();
        assert_eq!(grave == 0, fine, "{org:?}");
    }
    let rules: Vec<_> = findings(&one(sample::would_clear(2))).into_iter().map(|(rule, _)| rule).collect();
    assert_eq!(rules, ["exposed-relay", "exposed-relay"]);
    assert_eq!(findings(&one(sample::failed())), [("org-not-done".to_string(), "error".to_string())]);
    assert_eq!(findings(&one(sample::cleared())), [("not-seen".to_string(), "note".to_string())]);
}

#[test]
fn a_finding_is_the_same_in_the_next_run_and_differs_from_every_other() {
    let prints = |report: &FleetReport| -> Vec<String> {
        let log: Value = serde_json::from_str(&as_sarif(report)).expect("JSON");
        let findings = log["runs"][0]["results"].as_array().expect("results");
        findings.iter().map(|finding| finding["partialFingerprints"].to_string()).collect()
    };
    let first = sample::fleet(Mode::DryRun, vec![sample::would_clear(3), sample::failed(), sample::not_run()]);
    let mut next = first.clone();
    next.run_id = "01JDB3Q0Z5W8K6M4N2P7R9T1V4".into();
    next.orgs.reverse();
    let (first, mut next) = (prints(&first), prints(&next));
    next.sort();
    let mut sorted = first.clone();
    sorted.sort();
    assert_eq!(sorted, next);
    sorted.dedup();
    assert_eq!(sorted.len(), 5, "{first:?}");
}

#[test]
fn findings_are_replaced_by_a_later_run_of_the_same_orgs_and_of_no_others() {
    let category = |mode, orgs: Vec<OrgReport>| {
        let log: Value = serde_json::from_str(&as_sarif(&sample::fleet(mode, orgs))).expect("JSON");
        let id = log["runs"][0]["automationDetails"]["id"].as_str().expect("an id").to_string();
        // GitHub takes what stands before the last slash.
        id.rsplit_once('/').expect("a category").0.to_string()
    };
    let all = category(Mode::DryRun, vec![sample::would_clear(1), sample::failed()]);
    assert_eq!(all, category(Mode::Scrub, vec![sample::failed(), sample::cleared()]));
    assert_ne!(all, category(Mode::Scrub, vec![sample::cleared()]));
    assert_ne!(all, category(Mode::Scrub, vec![sample::failed(), sample::cleared(), sample::clean(1)]));
}

#[test]
fn a_text_from_outside_stays_a_text_in_xml_and_json() {
    let hostile = "]]><failure/>&amp;\"'\u{fffe}\u{1b}[2J\n##[add-mask]x\u{ffff}";
    let report = sample::hostile(hostile);
    let text = as_junit(&report);
    assert!(!text.contains("##[") && !text.contains('\u{1b}') && !text.contains(['\u{fffe}', '\u{ffff}']), "{text}");
    for (suite, org) in suites(&text).iter().zip(&report.orgs) {
        assert_eq!(suite.name, "]]><failure/>&amp;\"'\u{fffd}[2J ## [add-mask]x\u{fffd}");
        assert_eq!(suite.cases.len(), 1 + org.records.len() + org.left.len());
        assert!(suite.cases.iter().all(|(_, marks)| marks.len() <= 1), "{suite:?}");
    }
    let log = as_sarif(&report);
    assert!(!log.contains("##[") && !log.contains('\u{1b}'), "{log}");
    serde_json::from_str::<Value>(&log).expect("JSON");
}

#[test]
fn user_names_are_masked_in_all_of_them() {
    let mut report = samples();
    report.orgs.push(sample::would_clear(3));
    let outputs = github::outputs(&report, Some(Path::new("report.json")));
    for text in [as_junit(&report), as_sarif(&report), outputs] {
        assert!(!text.contains(sample::LOCAL_PART), "{text}");
    }
    assert!(as_sarif(&report).contains("Username sm…@acme.com"));
}

#[test]
fn the_outputs_of_a_step_say_nothing_exposed_only_where_every_org_was_read() {
    let outputs = |orgs: Vec<OrgReport>| github::outputs(&sample::fleet(Mode::Scrub, orgs), None);
    assert_eq!(outputs(vec![sample::clean(3)]), "outcome=clean\nexposed=0\ncleared=0\n");
    assert_eq!(outputs(vec![sample::clean(3), sample::cleared()]), "outcome=cleared\nexposed=1\ncleared=1\n");
    assert_eq!(outputs(vec![sample::would_clear(2), sample::clean(0)]), "outcome=would_clear\nexposed=2\ncleared=0\n");
    for unknown in [sample::failed(), sample::refused(), sample::refused_address(), sample::not_run()] {
        let word = match unknown.outcome {
            Outcome::Failed => "failed",
            Outcome::Refused => "refused",
            _ => "not_run",
        };
        assert_eq!(outputs(vec![sample::clean(3), unknown]), format!("outcome={word}\nexposed=\ncleared=0\n"));
    }
    assert_eq!(outputs(vec![sample::not_run(), sample::partial()]), "outcome=failed\nexposed=5\ncleared=2\n");
    assert_eq!(outputs(vec![]), "outcome=\nexposed=0\ncleared=0\n");
}

#[test]
fn a_path_with_a_line_break_makes_no_output_of_its_own() {
    let report = one(sample::clean(1));
    assert!(github::outputs(&report, Some(Path::new("a b.json"))).ends_with("\nreport=a b.json\n"));
    let hostile = github::outputs(&report, Some(Path::new("a\noutcome=planted")));
    assert_eq!(hostile, github::outputs(&report, None));
}
