//! Reports as JUnit XML, which pipelines show beside their tests: a suite for each org.
//!
//! Each suite begins with a case for the org itself: without it an org that could not be read would be an empty suite, and
//! an empty suite looks like a good one.
//!
//! The form is the one that Jenkins describes (`junit-10.xsd` of its xUnit plugin), which the others read too.

pub mod audit;
mod relays;

use std::io::{self, Write};
use std::time::Duration;

use jiff::Timestamp;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::words::{self, foreign};
use crate::domain::org::Org;
use crate::domain::report::Warning;

pub use self::relays::write;

/// An org, and what was tested of it.
struct Suite {
    name: String,
    begun: Timestamp,
    took: Duration,
    properties: Vec<(&'static str, String)>,
    cases: Vec<Case>,
}

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

fn write_suites(suites: &[Suite], out: &mut impl Write) -> io::Result<()> {
    let mut writer = Writer::new_with_indent(&mut *out, b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let [tests, failures, errors, _] = counts(suites.iter().flat_map(|suite| &suite.cases));
    let attributes = [("name", "relay-scrub"), ("tests", &tests), ("failures", &failures), ("errors", &errors)];
    writer
        .create_element("testsuites")
        .with_attributes(attributes)
        .write_inner_content(|writer| suites.iter().try_for_each(|suite| write_suite(writer, suite)))?;
    writeln!(out)
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

fn write_suite<W: Write>(writer: &mut Writer<W>, suite: &Suite) -> io::Result<()> {
    let (name, begun, took) = (text(&suite.name), suite.begun.to_string(), seconds(suite.took));
    let [tests, failures, errors, skipped] = counts(suite.cases.iter());
    let counts = [("tests", &tests), ("failures", &failures), ("errors", &errors), ("skipped", &skipped)];
    let element = writer.create_element("testsuite").with_attribute(("name", name.as_str()));
    let element = element.with_attributes(counts.map(|(name, count)| (name, count.as_str())));
    let element = element.with_attributes([("timestamp", begun.as_str()), ("time", took.as_str())]);
    element.write_inner_content(|writer| {
        writer.create_element("properties").write_inner_content(|writer| {
            for (name, value) in &suite.properties {
                let attributes = [("name", *name), ("value", &text(value))];
                writer.create_element("property").with_attributes(attributes).write_empty()?;
            }
            Ok(())
        })?;
        suite.cases.iter().try_for_each(|case| write_case(writer, case, &name))
    })?;
    Ok(())
}

/// What else there is to say of an org.
fn properties(
    outcome: &str,
    [run_id, tool_version]: [&str; 2],
    org: Option<&Org>,
    warnings: &[Warning],
) -> Vec<(&'static str, String)> {
    let mut properties = vec![
        ("outcome", outcome.to_string()),
        ("run_id", run_id.to_string()),
        ("tool_version", tool_version.to_string()),
    ];
    if let Some(known) = org {
        properties.push(("org_id", known.id.to_string()));
        properties.push(("org_name", known.name.clone()));
        properties.push(("org_kind", words::kind(known.kind).to_string()));
        properties.push(("host", words::host(&known.instance_url)));
    }
    properties.extend(warnings.iter().map(|warning| ("warning", warning.message.clone())));
    properties
}

/// What is said of an org, with its warnings: what shows reports shows a case's output, and mostly no properties.
fn with_warnings(said: Option<String>, warnings: &[Warning]) -> Option<String> {
    let warnings = warnings.iter().map(|warning| format!("Warning: {}", words::sentence(&foreign(&warning.message))));
    let lines: Vec<_> = said.into_iter().chain(warnings).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
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
            writer.create_element("system-out").write_text_content(BytesText::new(&lines(output)))?;
        }
        Ok(())
    })?;
    Ok(())
}

fn write_reason<W: Write>(writer: &mut Writer<W>, element: &str, reason: &Reason) -> io::Result<()> {
    let (kind, message, details) = (text(&reason.kind), text(&reason.message), lines(&reason.details));
    let element = writer.create_element(element).with_attributes([("type", kind.as_str()), ("message", &message)]);
    element.write_text_content(BytesText::new(&details))?;
    Ok(())
}

/// A text that XML can hold: two characters are left that are no control characters and that it can't.
fn text(text: &str) -> String {
    foreign(text).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

/// As [`text`], of several lines of our own, each of which is made safe for itself.
fn lines(of: &str) -> String {
    of.split('\n').map(text).collect::<Vec<_>>().join("\n")
}

/// Seconds with three digits behind the point, which is all that the schema takes.
fn seconds(duration: Duration) -> String {
    format!("{:.3}", duration.as_secs_f64())
}
