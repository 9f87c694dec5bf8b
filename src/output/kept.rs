//! Reports that were kept as JSON, read back.

use std::time::Duration;

use jiff::Timestamp;

use super::report_v1 as v1;
use crate::domain::diff::{Change, Seen};
use crate::domain::org::{Org, OrgKind};
use crate::domain::report::{Failure, OrgReport, Outcome, RecordReport, RecordResult, Warning};
use crate::domain::trouble::Trouble;

/// A report of one org that was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// When the run ended.
    pub ended_at: Timestamp,
    /// What became of the org.
    pub org: OrgReport,
}

/// Reads back what became of the one org of a report, and when. Nothing where it is no report of this version with one
/// org.
///
/// Records that were left alone are not in it. Why it did not succeed is left out, but for a defect of our own, after which nothing may be taken for granted: an
/// error's kind has more in it than its code, and whoever keeps a report keeps the reason beside it.
pub fn read(report: &serde_json::Value) -> Option<Kept> {
    let report: v1::Report = serde::Deserialize::deserialize(report).ok()?;
    let ended_at = report.finished_at.parse().ok()?;
    let [org] = <[v1::OrgEntry; 1]>::try_from(report.orgs).ok()?;
    let internal = |error: v1::Error| {
        (error.code == Trouble::Internal.code()).then(|| Failure::new(Trouble::Internal, error.message))
    };
    let org = OrgReport {
        target: org.target,
        org: match org.org {
            Some(org) => Some(described(org)?),
            None => None,
        },
        api_version: org.api_version,
        outcome: outcome(org.outcome),
        verified: org.verified,
        records: org.records.into_iter().map(record).collect::<Option<_>>()?,
        left: Vec::new(),
        records_read: org.records_read,
        api_requests: org.api_requests,
        duration: Duration::from_millis(org.duration_ms),
        warnings: org.warnings.into_iter().map(|one| Warning { code: one.code.into(), message: one.message }).collect(),
        error: org.error.and_then(internal),
    };
    Some(Kept { ended_at, org })
}

fn described(org: v1::Org) -> Option<Org> {
    let kind = match org.kind {
        v1::OrgKind::Sandbox => OrgKind::Sandbox,
        v1::OrgKind::Scratch => OrgKind::Scratch,
        v1::OrgKind::Production => OrgKind::Production,
        v1::OrgKind::DeveloperEdition => OrgKind::DeveloperEdition,
        v1::OrgKind::Trial => OrgKind::Trial,
    };
    let id = org.id.parse().ok()?;
    Some(Org { id, name: org.name, kind, is_sandbox: org.is_sandbox, instance_url: org.instance_url })
}

fn outcome(outcome: v1::Outcome) -> Outcome {
    match outcome {
        v1::Outcome::Clean => Outcome::Clean,
        v1::Outcome::Cleared => Outcome::Cleared,
        v1::Outcome::WouldClear => Outcome::WouldClear,
        v1::Outcome::Failed => Outcome::Failed,
        v1::Outcome::Refused => Outcome::Refused,
        v1::Outcome::NotRun => Outcome::NotRun,
    }
}

fn record(record: v1::Record) -> Option<RecordReport> {
    Some(RecordReport {
        rule: record.rule,
        object: record.object,
        id: record.id.parse().ok()?,
        about: record.about.into_iter().collect(),
        exposed: record.exposed,
        result: match record.result {
            v1::RecordResult::Cleared => RecordResult::Cleared,
            v1::RecordResult::WouldClear => RecordResult::WouldClear,
            v1::RecordResult::Failed => RecordResult::Failed,
            v1::RecordResult::NotAttempted => RecordResult::NotAttempted,
            v1::RecordResult::Gone => RecordResult::Gone,
        },
        changes: record.changes.into_iter().map(change).collect(),
        error: record.error,
    })
}

fn change(change: v1::Change) -> Change {
    Change { field: change.field, before: seen(change.before), after: seen(change.after) }
}

fn seen(value: v1::Value) -> Seen {
    match value {
        v1::Value::Boolean(value) => Seen::Boolean(value),
        v1::Value::Text(text) if text == "write-only" => Seen::WriteOnly,
        v1::Value::Text(text) => Seen::Text(text),
        v1::Value::Nothing(()) => Seen::Nothing,
    }
}
