//! What became of relays: a case for each that was read.
//!
//! A case passes where its record showed no credential when it was read last, so a dry run fails each that it would clear.
//! What no reading can show, a password without a user name, is a warning in the org's own case.

use std::io::{self, Write};

use super::{Case, CaseResult, Reason, Suite, properties, with_warnings, write_suites};
use crate::domain::report::{FleetReport, LeftRecord, OrgReport, RecordReport, RecordResult};
use crate::output::sentence;
use crate::output::words::{self, held, label, label_of};

/// Writes the report.
///
/// # Errors
/// Those of `out`.
pub fn write(report: &FleetReport, tool_version: &str, out: &mut impl Write) -> io::Result<()> {
    let suite = |org: &OrgReport| Suite {
        name: org.target.clone(),
        begun: report.started_at,
        took: org.duration,
        properties: properties(
            words::code(org.outcome),
            [&report.run_id, tool_version],
            org.org.as_ref(),
            &org.warnings,
        ),
        cases: std::iter::once(org_case(org))
            .chain(org.records.iter().map(|record| record_case(org, record)))
            .chain(org.left.iter().map(left_case))
            .collect(),
    };
    write_suites(&report.orgs.iter().map(suite).collect::<Vec<_>>(), out)
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
    Case { name: "the org".into(), result, output: with_warnings(Some(standing), &org.warnings) }
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

fn left_case(record: &LeftRecord) -> Case {
    Case {
        name: format!("{} {}", label_of(&record.object, &record.about), record.id),
        result: CaseResult::Passed,
        output: Some("It showed no credential when it was read, and was left as it is.".into()),
    }
}
