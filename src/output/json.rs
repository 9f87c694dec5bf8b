//! The report as JSON, `relay-scrub/report/v1`, and its JSON Schema.

use std::io::{self, Write};

use jiff::Timestamp;
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema};
use serde::Serialize;

use super::report_v1 as v1;
use crate::domain::diff::{Change, Seen};
use crate::domain::org::{Org, OrgKind};
use crate::domain::printable::printable;
use crate::domain::report::{Failure, FleetReport, Mode, OrgReport, Outcome, RecordReport, RecordResult, Warning};

/// Writes the report, indented, with a line break at its end.
pub fn write(report: &FleetReport, tool_version: &str, out: &mut impl Write) -> io::Result<()> {
    write_pretty(&convert(report, tool_version), out)
}

/// Writes a report of any format.
///
/// The runner of GitHub Actions takes `##[name]` anywhere in a line of a job's output for a command, so no `##[` is
/// written. Outside of strings JSON has no `#`, and inside of one the escape reads as the same text.
pub(super) fn write_pretty(report: &impl Serialize, out: &mut impl Write) -> io::Result<()> {
    let text = serde_json::to_string_pretty(report)?;
    writeln!(out, "{}", text.replace("##[", "##\\u005b"))
}

/// The JSON Schema (draft 2020-12) of the report. It allows fields that it does not name, for v1 may get more.
pub fn schema() -> serde_json::Value {
    schema_of::<v1::Report>()
}

/// The JSON Schema of a report of any format.
pub(super) fn schema_of<Report: JsonSchema>() -> serde_json::Value {
    let settings =
        SchemaSettings::draft2020_12().for_serialize().with_transform(RecursiveTransform(without_rust_formats));
    settings.into_generator().into_root_schema_for::<Report>().to_value()
}

/// Takes out `uint64` and its like, which no draft knows and strict validators reject.
fn without_rust_formats(schema: &mut Schema) {
    if schema.get("format").and_then(|format| format.as_str()).is_some_and(|format| format.starts_with("uint")) {
        schema.remove("format");
    }
}

fn convert(report: &FleetReport, tool_version: &str) -> v1::Report {
    v1::Report {
        schema: v1::Schema::V1,
        run_id: report.run_id.clone(),
        tool_version: tool_version.to_string(),
        mode: match report.mode {
            Mode::Scrub => v1::Mode::Scrub,
            Mode::DryRun => v1::Mode::DryRun,
        },
        started_at: time(report.started_at),
        finished_at: time(report.finished_at),
        summary: summary(report),
        orgs: report.orgs.iter().map(org_entry).collect(),
    }
}

/// RFC 3339 with `Z`, cut to the millisecond.
pub(super) fn time(timestamp: Timestamp) -> String {
    Timestamp::from_millisecond(timestamp.as_millisecond()).unwrap_or(timestamp).to_string()
}

fn summary(report: &FleetReport) -> v1::Summary {
    v1::Summary {
        orgs: report.orgs.len(),
        clean: report.count(Outcome::Clean),
        cleared: report.count(Outcome::Cleared),
        would_clear: report.count(Outcome::WouldClear),
        failed: report.count(Outcome::Failed),
        refused: report.count(Outcome::Refused),
        not_run: report.count(Outcome::NotRun),
        records_exposed: report.orgs.iter().map(OrgReport::exposed).sum(),
        records_cleared: report.orgs.iter().map(|org| org.count(RecordResult::Cleared)).sum(),
    }
}

fn org_entry(org: &OrgReport) -> v1::OrgEntry {
    v1::OrgEntry {
        target: printable(&org.target),
        org: org.org.as_ref().map(described),
        api_version: org.api_version.as_deref().map(printable),
        outcome: match org.outcome {
            Outcome::Clean => v1::Outcome::Clean,
            Outcome::Cleared => v1::Outcome::Cleared,
            Outcome::WouldClear => v1::Outcome::WouldClear,
            Outcome::Failed => v1::Outcome::Failed,
            Outcome::Refused => v1::Outcome::Refused,
            Outcome::NotRun => v1::Outcome::NotRun,
        },
        verified: org.verified,
        records_read: org.records_read,
        records: org.records.iter().map(record).collect(),
        api_requests: org.api_requests,
        duration_ms: u64::try_from(org.duration.as_millis()).unwrap_or(u64::MAX),
        warnings: org.warnings.iter().map(warning).collect(),
        error: org.error.as_ref().map(error),
    }
}

pub(super) fn described(org: &Org) -> v1::Org {
    v1::Org {
        id: org.id.to_string(),
        name: printable(&org.name),
        kind: match org.kind {
            OrgKind::Sandbox => v1::OrgKind::Sandbox,
            OrgKind::Scratch => v1::OrgKind::Scratch,
            OrgKind::Production => v1::OrgKind::Production,
            OrgKind::DeveloperEdition => v1::OrgKind::DeveloperEdition,
            OrgKind::Trial => v1::OrgKind::Trial,
        },
        is_sandbox: org.is_sandbox,
        instance_url: printable(&org.instance_url),
    }
}

fn record(record: &RecordReport) -> v1::Record {
    v1::Record {
        rule: record.rule.clone(),
        object: record.object.clone(),
        id: record.id.to_string(),
        about: record.about.iter().map(|(field, value)| (printable(field), printable(value))).collect(),
        exposed: record.exposed,
        result: match record.result {
            RecordResult::Cleared => v1::RecordResult::Cleared,
            RecordResult::WouldClear => v1::RecordResult::WouldClear,
            RecordResult::Failed => v1::RecordResult::Failed,
            RecordResult::NotAttempted => v1::RecordResult::NotAttempted,
            RecordResult::Gone => v1::RecordResult::Gone,
        },
        changes: record.changes.iter().map(change).collect(),
        error: record.error.as_deref().map(printable),
    }
}

fn change(change: &Change) -> v1::Change {
    v1::Change { field: printable(&change.field), before: value(&change.before), after: value(&change.after) }
}

fn value(seen: &Seen) -> v1::Value {
    match seen {
        Seen::Nothing => v1::Value::Nothing(()),
        Seen::Boolean(value) => v1::Value::Boolean(*value),
        Seen::Text(text) => v1::Value::Text(printable(text)),
        Seen::WriteOnly => v1::Value::Text("write-only".into()),
    }
}

pub(super) fn warning(warning: &Warning) -> v1::Warning {
    v1::Warning { code: warning.code.to_string(), message: printable(&warning.message) }
}

pub(super) fn error(failure: &Failure) -> v1::Error {
    v1::Error {
        code: failure.trouble.code().to_string(),
        message: printable(&failure.message),
        hint: printable(&failure.hint()),
    }
}
