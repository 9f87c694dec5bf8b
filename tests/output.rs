//! What users see of a report: text, JSON and GitHub's formats, as whole pages.

mod jobs;
mod pipelines;
pub(crate) mod sample;

use proptest::prelude::*;
use relay_scrub::domain::report::{FleetReport, Mode, OrgReport, RecordResult};
use relay_scrub::output::text::TextStyle;
use relay_scrub::output::{github, json, text};
use serde_json::Value;

fn plain(report: &FleetReport, width: usize) -> String {
    render(report, TextStyle { color: false, width })
}

fn render(report: &FleetReport, style: TextStyle) -> String {
    let mut out = Vec::new();
    text::write(report, style, &mut out).expect("a Vec takes everything");
    String::from_utf8(out).expect("UTF-8")
}

fn one(org: OrgReport) -> FleetReport {
    sample::fleet(Mode::Scrub, vec![org])
}

fn as_json(report: &FleetReport) -> String {
    let mut out = Vec::new();
    json::write(report, "0.1.0", &mut out).expect("a Vec takes everything");
    String::from_utf8(out).expect("UTF-8")
}

fn parsed(report: &FleetReport) -> Value {
    serde_json::from_str(&as_json(report)).expect("JSON")
}

/// Every sample, one after the other.
fn samples() -> FleetReport {
    let mut report = sample::everything();
    report.orgs.extend([sample::clean(0), sample::clean(1), sample::cleared_every(), sample::would_clear(1)]);
    report
}

#[test]
fn each_outcome_reads_well_at_80_columns() {
    insta::assert_snapshot!("text_clean", plain(&one(sample::clean(3)), 80));
    insta::assert_snapshot!("text_clean_one", plain(&one(sample::clean(1)), 80));
    insta::assert_snapshot!("text_no_relays", plain(&one(sample::clean(0)), 80));
    insta::assert_snapshot!("text_cleared", plain(&one(sample::cleared()), 80));
    insta::assert_snapshot!("text_cleared_every", plain(&one(sample::cleared_every()), 80));
    insta::assert_snapshot!("text_would_clear", plain(&one(sample::would_clear(1)), 80));
    insta::assert_snapshot!("text_partial", plain(&one(sample::partial()), 80));
    insta::assert_snapshot!("text_unconfirmed", plain(&one(sample::unconfirmed()), 80));
    insta::assert_snapshot!("text_interrupted", plain(&one(sample::interrupted()), 80));
    insta::assert_snapshot!("text_failed", plain(&one(sample::failed()), 80));
    insta::assert_snapshot!("text_refused", plain(&one(sample::refused()), 80));
    insta::assert_snapshot!("text_refused_address", plain(&one(sample::refused_address()), 80));
    insta::assert_snapshot!("text_not_run", plain(&one(sample::not_run()), 80));
}

#[test]
fn several_orgs_read_well_in_colour_and_on_a_wide_terminal() {
    let report = sample::everything();
    let color = render(&report, TextStyle { color: true, width: 80 });
    insta::assert_snapshot!("text_everything_color", color.replace('\u{1b}', "␛"));
    insta::assert_snapshot!("text_everything_140", plain(&report, 140));
}

#[test]
fn colour_changes_nothing_but_colour() {
    for report in [samples(), sample::hostile("Müller & Söhne 株式会社")] {
        for width in [40, 80, 140] {
            let colored = render(&report, TextStyle { color: true, width });
            assert_eq!(anstream::adapter::strip_str(&colored).to_string(), plain(&report, width));
        }
    }
}

#[test]
fn a_line_is_wider_than_the_terminal_only_where_a_word_is() {
    for line in plain(&samples(), 80).lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

#[test]
fn every_org_ends_with_where_it_stands() {
    for org in samples().orgs {
        let text = plain(&one(org.clone()), 80);
        let last = text.lines().last().expect("a line");
        assert!(last.ends_with(" s.") || org.api_requests == 0 && last == "  No request was sent.", "{text}");
    }
}

#[test]
fn nothing_was_written_is_said_only_where_no_write_can_have_been() {
    let mut org = sample::partial();
    org.records.retain(|record| matches!(record.result, RecordResult::Gone | RecordResult::NotAttempted));
    assert!(plain(&one(org), 80).contains("Cleared 0 of 4 relays; 1 is still exposed, 1 was deleted meanwhile."));
    for org in [sample::partial(), sample::unconfirmed(), sample::cleared(), sample::cleared_every()] {
        assert!(!plain(&one(org), 80).contains("Nothing was written"));
    }
}

#[test]
fn a_dry_run_of_several_orgs_sums_up() {
    let report = sample::fleet(Mode::DryRun, vec![sample::clean(2), sample::would_clear(1)]);
    let text = plain(&report, 80);
    let last = text.lines().last().expect("a line");
    assert_eq!(last, "2 orgs: 1 clean, 1 to clear. 1 relay exposed. Nothing was written.");
    let report = sample::fleet(Mode::Scrub, vec![sample::clean(2), sample::clean(0)]);
    assert!(plain(&report, 80).ends_with("\n\n2 orgs: 2 clean. No relay is exposed.\n"));
}

#[test]
fn of_many_records_the_first_twenty_are_listed_and_every_failed_one() {
    let many = plain(&one(sample::would_clear(450)), 80);
    assert_eq!(many.matches("RequiredVerify").count(), 20);
    assert!(many.contains("\n  … and 430 more (--json lists all)\n"), "{many}");
    assert_eq!(parsed(&one(sample::would_clear(450)))["orgs"][0]["records"].as_array().map(Vec::len), Some(450));

    let mut report = one(sample::would_clear(450));
    let failed = sample::unconfirmed().records[0].result;
    report.orgs[0].records.iter_mut().rev().take(30).for_each(|record| record.result = failed);
    let many = plain(&report, 80);
    assert_eq!(many.matches("Failed: it was not read again").count(), 30);
    assert!(many.contains("… and 420 more"), "{many}");
}

#[test]
fn a_value_too_wide_for_two_columns_stands_above_the_other() {
    let mut report = one(sample::cleared());
    let wide = "someone.with.a.very.long.name@mail.subsidiary.acme.example.com";
    report.orgs[0].records[0].changes[1].before = relay_scrub::domain::diff::Seen::Text(wide.into());
    let text = plain(&report, 80);
    assert!(text.contains(&format!("    - Username       {wide}\n    + Username       (none)\n")), "{text}");
    assert!(plain(&report, 140).contains(&format!("- Username       {wide}    + Username       (none)\n")));
}

#[test]
fn the_json_report_keeps_its_shape() {
    insta::assert_snapshot!("json_cleared", as_json(&one(sample::cleared())));
    insta::assert_snapshot!("json_refused", as_json(&one(sample::refused())));
    insta::assert_json_snapshot!("json_schema", json::schema());
}

#[test]
fn every_report_fits_the_schema() {
    let schema = json::schema();
    jsonschema::draft202012::meta::validate(&schema).expect("a valid schema");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let dry_run = sample::fleet(Mode::DryRun, vec![sample::would_clear(2)]);
    for report in [samples(), dry_run, sample::fleet(Mode::Scrub, Vec::new()), sample::hostile("\u{1b}]0;x\n##[a]b")] {
        validator.validate(&parsed(&report)).expect("fits");
    }
}

#[test]
fn the_schema_takes_added_fields_and_nothing_that_is_wrong_or_missing() {
    let validator = jsonschema::options().should_validate_formats(true).build(&json::schema()).expect("a schema");
    let good = parsed(&one(sample::cleared()));
    let changed = |pointer: &str, value: Value| {
        let mut report = good.clone();
        *report.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = value;
        validator.is_valid(&report)
    };
    let wrong = [
        ("/schema", "relay-scrub/report/v2"),
        ("/mode", "dry_run"),
        ("/started_at", "yesterday"),
        ("/orgs/0/outcome", "done"),
        ("/orgs/0/verified", "yes"),
        ("/orgs/0/api_version", "v68"),
        ("/orgs/0/org/kind", "prod"),
        ("/orgs/0/org/id", "00D"),
        ("/orgs/0/records/0/result", "ok"),
        ("/orgs/0/records/0/exposed", "true"),
        ("/orgs/0/api_requests", "4"),
    ];
    for (pointer, value) in wrong {
        assert!(!changed(pointer, value.into()), "{pointer} = {value}");
    }
    assert!(!changed("/orgs/0/records/0/changes/0/before", 5.into()));
    assert!(!changed("/orgs/0/duration_ms", (-1).into()));
    assert!(changed("/orgs/0/verified", Value::Null));
    for (pointer, field) in
        [("", "run_id"), ("/orgs/0", "error"), ("/orgs/0", "verified"), ("/orgs/0/records/0", "error")]
    {
        let mut report = good.clone();
        let object = report.pointer_mut(pointer).and_then(Value::as_object_mut).expect("an object");
        object.remove(field).expect("a field");
        assert!(!validator.is_valid(&report), "without {field}");
    }
    let mut report = good.clone();
    report["orgs"][0]["a_later_field"] = true.into();
    assert!(validator.is_valid(&report));
}

#[test]
fn the_fields_of_the_product_contract_are_there() {
    let report = parsed(&one(sample::cleared()));
    assert_eq!(report["schema"], "relay-scrub/report/v1");
    assert_eq!(report["finished_at"], "2026-11-23T09:00:00.412Z");
    assert_eq!(report["summary"]["records_cleared"], 1);
    let changes = serde_json::json!([
        {"field": "IsRequireAuth", "before": true, "after": false},
        {"field": "Username", "before": "sm…@acme.com", "after": null},
        {"field": "Password", "before": "write-only", "after": null}
    ]);
    assert_eq!(report["orgs"][0]["records"][0]["changes"], changes);
    let about = serde_json::json!({"Host": "smtp.acme.com", "Port": "587", "TlsSetting": "RequiredVerify"});
    assert_eq!(report["orgs"][0]["records"][0]["about"], about);
    assert_eq!(report["orgs"][0]["error"], Value::Null);
}

#[test]
fn github_gets_a_table_the_diffs_and_an_annotation_where_one_is_due() {
    insta::assert_snapshot!("github_summary", github::summary(&sample::everything()));
    insta::assert_snapshot!("github_annotations", github::annotations(&sample::everything()));
    assert_eq!(github::annotations(&one(sample::clean(3))), "");
    let dry_run = sample::fleet(Mode::DryRun, vec![sample::would_clear(1)]);
    let expected = "::warning title=relay-scrub%3A uat::Would clear 1 of 3 relays. Nothing was written.\n";
    assert_eq!(github::annotations(&dry_run), expected);
}

#[test]
fn a_step_summary_stays_below_githubs_limit() {
    let mut failed = sample::would_clear(500);
    let result = sample::unconfirmed().records[0].result;
    failed.records.iter_mut().for_each(|record| record.result = result);
    let summary = github::summary(&sample::fleet(Mode::Scrub, vec![failed; 40]));
    assert!(summary.len() < 1 << 20, "{}", summary.len());
    assert!(summary.contains("are in the JSON report"));
}

#[test]
fn hostile_text_stays_text_in_the_step_summary() {
    let harmless = github::summary(&sample::hostile("x"));
    let hostile = github::summary(&sample::hostile("|</details><img src=x>`[a](b)`\n\n# h\n| - |\r\n```\n@acme"));
    let structure = |page: &str, mark: char| page.matches(mark).count();
    for mark in ['|', '<', '>', '`', '[', '\n', '@'] {
        assert_eq!(structure(&hostile, mark), structure(&harmless, mark), "{mark:?}");
    }
}

#[test]
fn a_masked_user_name_is_nowhere_in_full() {
    let report = samples();
    let pages = [
        plain(&report, 80),
        render(&report, TextStyle { color: true, width: 140 }),
        as_json(&report),
        github::summary(&report),
        github::annotations(&report),
    ];
    for page in &pages {
        assert!(!page.contains(sample::LOCAL_PART), "{page}");
    }
    assert!(pages[0].contains("sm…@acme.com"));
}

/// Texts made of what the formats and terminals take for more than text, mixed with anything else.
fn nasty() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        Just("\u{1b}[31m".to_string()),
        Just("\u{9b}2J".to_string()),
        Just("\r\n".to_string()),
        Just("\u{2028}".to_string()),
        Just(" ::error title=x::".to_string()),
        Just("##[add-mask]e".to_string()),
        Just("%0A,:|<`".to_string()),
        any::<String>(),
    ];
    prop::collection::vec(pieces, 0..6).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_text_breaks_out_of_its_line_or_steers_a_terminal_or_runner(text in nasty()) {
        let report = sample::hostile(&text);
        let harmless = github::annotations(&sample::hostile("x"));
        let annotations = github::annotations(&report);
        prop_assert_eq!(annotations.lines().count(), harmless.lines().count());
        for (line, like) in annotations.lines().zip(harmless.lines()) {
            let start = like.split("title=").next().expect("a start");
            prop_assert!(line.starts_with(start), "{}", line);
            prop_assert_eq!(line.split("::").nth(1).map(|head| head.contains([':', ','])), Some(false));
        }
        for page in [plain(&report, 40), as_json(&report), annotations, github::summary(&report)] {
            let control = |c: char| c.is_control() && c != '\n';
            prop_assert!(!page.contains(control), "{:?}", page);
        }
        for page in [plain(&report, 40), as_json(&report)] {
            prop_assert!(!page.contains("##["), "{}", page);
            prop_assert!(!page.lines().any(|line| line.trim_start().starts_with("::error")), "{}", page);
        }
    }
}
