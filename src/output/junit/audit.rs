//! What an audit found: a case for each check.
//!
//! What fails here is what `--fail-on` ends the program with 10 for (without it, findings of the level `fail`), so that a
//! pipeline which reads the report and one which reads the exit code say the same. A check that could not be made is an
//! error, and one that was not to be made is skipped: neither passes.

use std::io::{self, Write};

use super::{Case, CaseResult, Reason, Suite, properties, with_warnings, write_suites};
use crate::domain::audit_report::{AuditReport, OrgAudit};
use crate::domain::finding::{Check, Finding, Gap, Level};
use crate::output::audit_words::{by_check, code, failure, level, seen};

/// What the org's own case says where it was looked at.
const LOOKED_AT: &str = "It was looked at. Nothing was written.";

/// Writes the report; `gate` is `--fail-on`.
///
/// # Errors
/// Those of `out`.
pub fn write(report: &AuditReport, gate: Option<Level>, tool_version: &str, out: &mut impl Write) -> io::Result<()> {
    let gate = gate.unwrap_or(Level::Fail);
    let suite = |org: &OrgAudit| Suite {
        name: org.target.clone(),
        begun: report.started_at,
        took: org.duration,
        properties: properties(code(org.outcome()), [&report.run_id, tool_version], org.org.as_ref(), &org.warnings),
        cases: std::iter::once(org_case(org))
            .chain(by_check(org).into_iter().map(|(check, found)| check_case(check, &found, gate)))
            .collect(),
    };
    write_suites(&report.orgs.iter().map(suite).collect::<Vec<_>>(), out)
}

/// The org itself: an error where it was not looked at.
fn org_case(org: &OrgAudit) -> Case {
    let (result, output) = match (failure(org), &org.error) {
        (Some([word, message, details]), Some(error)) => {
            let kind = error.trouble.code().into();
            (CaseResult::Error(Reason { kind, message: format!("{word} {message}"), details }), None)
        }
        _ => (CaseResult::Passed, Some(LOOKED_AT.into())),
    };
    Case { name: "the org".into(), result, output: with_warnings(output, &org.warnings) }
}

fn check_case(check: &Check, found: &[&Finding], gate: Level) -> Case {
    let is_hindered = |finding: &&&Finding| finding.level == Level::NotChecked(Gap::Hindered);
    let is_open = |finding: &&&Finding| matches!(finding.level, Level::NotChecked(_));
    let of = |test: &dyn Fn(&&&Finding) -> bool| found.iter().filter(test).copied().collect::<Vec<&Finding>>();
    let failed = of(&|finding| !is_hindered(finding) && finding.level.reaches(gate));
    let (hindered, open) = (of(&is_hindered), of(&is_open));
    let judged = found.iter().any(|finding| finding.level != Level::NotApplicable);
    let result = match (failed.as_slice(), hindered.as_slice(), open.as_slice()) {
        ([_, ..], _, _) => CaseResult::Failed(reason(check, &failed, found)),
        (_, [_, ..], _) => CaseResult::Error(reason(check, &hindered, found)),
        (_, _, [_, ..]) => CaseResult::Skipped(one_line(&open)),
        _ if judged => CaseResult::Passed,
        _ => CaseResult::Skipped(one_line(found)),
    };
    let output = match result {
        CaseResult::Failed(_) | CaseResult::Error(_) => None,
        _ => Some(told(check, found)),
    };
    Case { name: check.id.into(), result, output }
}

fn one_line(found: &[&Finding]) -> String {
    found.iter().map(|finding| seen(finding)).collect::<Vec<_>>().join(" ")
}

/// Why a check does not pass: the gravest of what decides it, and everything that it found, with what to do.
fn reason(check: &Check, deciding: &[&Finding], found: &[&Finding]) -> Reason {
    let rank = |finding: &&&Finding| Level::ALL.iter().position(|each| *each == finding.level);
    let gravest = deciding.iter().min_by_key(rank);
    let more = deciding.len().saturating_sub(1);
    let more = if more == 0 { String::new() } else { format!(" (and {more} more)") };
    Reason {
        kind: gravest.map_or("", |finding| level(finding.level)).into(),
        message: format!("{}{more}", gravest.map(|finding| seen(finding)).unwrap_or_default()),
        details: told(check, found),
    }
}

/// Everything that a check found, a line each; the advice and what to do where anything is against it.
fn told(check: &Check, found: &[&Finding]) -> String {
    let mut lines: Vec<String> =
        found.iter().map(|finding| format!("{}: {}", level(finding.level), seen(finding))).collect();
    if found.iter().any(|finding| matches!(finding.level, Level::Fail | Level::Warn | Level::Info)) {
        lines.push(format!("Advice: {}", check.advice));
        lines.push(format!("Fix: {}", check.fix));
        lines.push(check.link.into());
    }
    lines.join("\n")
}
