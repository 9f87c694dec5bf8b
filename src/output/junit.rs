//! The report as JUnit XML, which pipelines show beside their tests: a suite for each org, a case for each record.
//!
//! A case passes where its record is known to hold nothing at the end, so a dry run fails each that it would clear. Each
//! suite begins with a case for the org itself: without it an org that could not be read would be an empty suite, and an
//! empty suite looks like a good one.
//!
//! The form is the one that Jenkins describes (`junit-10.xsd` of its xUnit plugin), which the others read too.

use std::io::{self, Write};
use std::time::Duration;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::words::{foreign, label};
use super::{sentence, words};
use crate::domain::report::{FleetReport, OrgReport, RecordReport, RecordResult};

/// What is tested, and how it ended.
struct Case {
    name: String,
    result: CaseResult,
    /// What there is to say of it whatever the result.
    output: Option<String>,
}

enum CaseResult {
    Passed,
    /// It was looked at, and is not as it should be.
    Failed(Reason),
    /// It could not be looked at, or not be changed.
    Error(Reason),
    /// There is nothing to judge.
    Skipped(String),
}

/// Why a case did not pass: a word for programs, a line for lists, and the rest.
struct Reason {
    kind: String,
    message: String,
    details: String,
}

/// Writes the report.
///
/// # Errors
/// Those of `out`.
pub fn write(report: &FleetReport, tool_version: &str, out: &mut impl Write) -> io::Result<()> {
    let suites: Vec<(&OrgReport, Vec<Case>)> = report.orgs.iter().map(|org| (org, cases(org))).collect();
    let mut writer = Writer::new_with_indent(&mut *out, b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let [tests, failures, errors, _] = counts(suites.iter().flat_map(|(_, cases)| cases));
    let attributes = [("name", "relay-scrub"), ("tests", &tests), ("failures", &failures), ("errors", &errors)];
    writer.create_element("testsuites").with_attributes(attributes).write_inner_content(|writer| {
        suites.iter().try_for_each(|(org, cases)| write_suite(writer, report, org, cases, tool_version))
    })?;
    writeln!(out)
}

fn cases(org: &OrgReport) -> Vec<Case> {
    std::iter::once(org_case(org)).chain(org.records.iter().map(|record| record_case(org, record))).collect()
}

/// The org itself: an error where it did not succeed.
fn org_case(org: &OrgReport) -> Case {
    let standing = sentence::standing(org);
    let result = match sentence::failure(org) {
        Some((message, hint)) => CaseResult::Error(Reason {
            kind: org.error.as_ref().map_or("", |error| error.trouble.code()).into(),
            message: format!("{} {message}", sentence::failure_word(org.outcome)),
            details: format!("{standing} {hint}"),
        }),
        None if org.succeeded() => CaseResult::Passed,
        None => {
            let kind = words::code(org.outcome).into();
            CaseResult::Error(Reason { kind, message: standing.clone(), details: String::new() })
        }
    };
    Case { name: "the org".into(), result, output: Some(standing) }
}

fn record_case(org: &OrgReport, record: &RecordReport) -> Case {
    let note = sentence::record_note(org, record).map(|(word, rest)| format!("{word} {rest}"));
    let failed = || {
        let kind = if record.exposed { "exposed" } else { "not_rewritten" }.into();
        let message = note.clone().unwrap_or_else(|| "It holds credentials of production.".into());
        CaseResult::Failed(Reason { kind, message, details: held(record) })
    };
    let result = match record.result {
        RecordResult::Cleared => CaseResult::Passed,
        RecordResult::WouldClear if record.exposed => failed(),
        RecordResult::Failed | RecordResult::NotAttempted => failed(),
        RecordResult::WouldClear | RecordResult::Gone => CaseResult::Skipped(note.clone().unwrap_or_default()),
    };
    Case { name: format!("{} {}", label(record), record.id), result, output: None }
}

/// What a record held when it was read: "IsRequireAuth true, Username sm…@acme.com, Password (unreadable)".
pub(super) fn held(record: &RecordReport) -> String {
    let changes = record.changes.iter();
    let changes = changes.map(|change| format!("{} {}", foreign(&change.field), words::seen(&change.before)));
    changes.collect::<Vec<_>>().join(", ")
}

/// How many cases there are, and how many of them failed, ended in an error, or were skipped.
fn counts<'a>(cases: impl Iterator<Item = &'a Case>) -> [String; 4] {
    let mut counts = [0_usize; 4];
    for case in cases {
        counts[0] += 1;
        match case.result {
            CaseResult::Passed => {}
            CaseResult::Failed(_) => counts[1] += 1,
            CaseResult::Error(_) => counts[2] += 1,
            CaseResult::Skipped(_) => counts[3] += 1,
        }
    }
    counts.map(|count| count.to_string())
}

fn write_suite<W: Write>(
    writer: &mut Writer<W>,
    report: &FleetReport,
    org: &OrgReport,
    cases: &[Case],
    tool_version: &str,
) -> io::Result<()> {
    let (name, begun, took) = (text(&org.target), report.started_at.to_string(), seconds(org.duration));
    let [tests, failures, errors, skipped] = counts(cases.iter());
    let counts = [("tests", &tests), ("failures", &failures), ("errors", &errors), ("skipped", &skipped)];
    let suite = writer.create_element("testsuite").with_attribute(("name", name.as_str()));
    let suite = suite.with_attributes(counts.map(|(name, count)| (name, count.as_str())));
    let suite = suite.with_attributes([("timestamp", begun.as_str()), ("time", took.as_str())]);
    suite.write_inner_content(|writer| {
        let properties = properties(report, org, tool_version);
        writer.create_element("properties").write_inner_content(|writer| {
            for (name, value) in &properties {
                let attributes = [("name", *name), ("value", value.as_str())];
                writer.create_element("property").with_attributes(attributes).write_empty()?;
            }
            Ok(())
        })?;
        cases.iter().try_for_each(|case| write_case(writer, case, &name))
    })?;
    Ok(())
}

fn properties(report: &FleetReport, org: &OrgReport, tool_version: &str) -> Vec<(&'static str, String)> {
    let mut properties = vec![
        ("outcome", words::code(org.outcome).to_string()),
        ("run_id", report.run_id.clone()),
        ("tool_version", tool_version.to_string()),
    ];
    if let Some(known) = &org.org {
        properties.push(("org_id", known.id.to_string()));
        properties.push(("org_name", text(&known.name)));
        properties.push(("org_kind", words::kind(known.kind).to_string()));
        properties.push(("host", text(&words::host(&known.instance_url))));
    }
    properties.extend(org.warnings.iter().map(|warning| ("warning", text(&warning.message))));
    properties
}

fn write_case<W: Write>(writer: &mut Writer<W>, case: &Case, suite: &str) -> io::Result<()> {
    let name = text(&case.name);
    let element = writer.create_element("testcase").with_attributes([("name", name.as_str()), ("classname", suite)]);
    element.write_inner_content(|writer| {
        match &case.result {
            CaseResult::Passed => {}
            CaseResult::Failed(reason) => write_reason(writer, "failure", reason)?,
            CaseResult::Error(reason) => write_reason(writer, "error", reason)?,
            CaseResult::Skipped(message) => {
                let message = text(message);
                writer.create_element("skipped").with_attribute(("message", message.as_str())).write_empty()?;
            }
        }
        if let Some(output) = &case.output {
            writer.create_element("system-out").write_text_content(BytesText::new(&text(output)))?;
        }
        Ok(())
    })?;
    Ok(())
}

fn write_reason<W: Write>(writer: &mut Writer<W>, element: &str, reason: &Reason) -> io::Result<()> {
    let (kind, message, details) = (text(&reason.kind), text(&reason.message), text(&reason.details));
    let element = writer.create_element(element).with_attributes([("type", kind.as_str()), ("message", &message)]);
    element.write_text_content(BytesText::new(&details))?;
    Ok(())
}

/// A text that XML can hold: two characters are left that are no control characters and that it can't.
fn text(text: &str) -> String {
    foreign(text).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

/// Seconds with three digits behind the point, which is all that the schema takes.
fn seconds(duration: Duration) -> String {
    format!("{:.3}", duration.as_secs_f64())
}
