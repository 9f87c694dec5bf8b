//! The report of an audit as JSON, `relay-scrub/audit/v1`.

use std::io::{self, Write};

use super::audit_v1 as v1;
use super::json;
use crate::domain::audit_report::{AuditOutcome, AuditReport, OrgAudit};
use crate::domain::finding::{Finding, Gap, Level};
use crate::domain::printable::printable;

/// Writes the report, indented, with a line break at its end.
pub fn write(report: &AuditReport, tool_version: &str, out: &mut impl Write) -> io::Result<()> {
    json::write_pretty(&convert(report, tool_version), out)
}

/// The JSON Schema (draft 2020-12) of the report.
pub fn schema() -> serde_json::Value {
    json::schema_of::<v1::Report>()
}

fn convert(report: &AuditReport, tool_version: &str) -> v1::Report {
    v1::Report {
        schema: v1::Schema::V1,
        run_id: report.run_id.clone(),
        tool_version: tool_version.to_string(),
        started_at: json::time(report.started_at),
        finished_at: json::time(report.finished_at),
        summary: v1::Summary {
            orgs: report.orgs.len(),
            audited: report.count(AuditOutcome::Audited),
            failed: report.count(AuditOutcome::Failed),
            refused: report.count(AuditOutcome::Refused),
            not_run: report.count(AuditOutcome::NotRun),
            findings: levels(report),
        },
        orgs: report.orgs.iter().map(org_entry).collect(),
    }
}

fn levels(report: &AuditReport) -> v1::Levels {
    let count = |test: fn(Level) -> bool| report.orgs.iter().map(|org| org.count(test)).sum();
    v1::Levels {
        fail: count(|level| level == Level::Fail),
        warn: count(|level| level == Level::Warn),
        info: count(|level| level == Level::Info),
        not_checked: count(|level| matches!(level, Level::NotChecked(_))),
        ok: count(|level| level == Level::Ok),
        not_applicable: count(|level| level == Level::NotApplicable),
    }
}

fn org_entry(org: &OrgAudit) -> v1::OrgEntry {
    v1::OrgEntry {
        target: printable(&org.target),
        org: org.org.as_ref().map(json::described),
        api_version: org.api_version.as_deref().map(printable),
        outcome: match org.outcome() {
            AuditOutcome::Audited => v1::Outcome::Audited,
            AuditOutcome::Failed => v1::Outcome::Failed,
            AuditOutcome::Refused => v1::Outcome::Refused,
            AuditOutcome::NotRun => v1::Outcome::NotRun,
        },
        findings: org.findings.iter().map(finding).collect(),
        api_requests: org.api_requests,
        duration_ms: u64::try_from(org.duration.as_millis()).unwrap_or(u64::MAX),
        warnings: org.warnings.iter().map(json::warning).collect(),
        error: org.error.as_ref().map(json::error),
    }
}

fn finding(finding: &Finding) -> v1::Finding {
    let (level, not_checked) = match finding.level {
        Level::Fail => (v1::Level::Fail, None),
        Level::Warn => (v1::Level::Warn, None),
        Level::Info => (v1::Level::Info, None),
        Level::Ok => (v1::Level::Ok, None),
        Level::NotApplicable => (v1::Level::NotApplicable, None),
        Level::NotChecked(gap) => (v1::Level::NotChecked, Some(reason(gap))),
    };
    v1::Finding {
        check: finding.check.id.to_string(),
        level,
        not_checked,
        subject: finding.subject.as_deref().map(printable),
        seen: printable(&finding.seen),
        advice: finding.check.advice.to_string(),
        fix: finding.check.fix.to_string(),
        link: finding.check.link.to_string(),
    }
}

fn reason(gap: Gap) -> v1::NotChecked {
    match gap {
        Gap::Hindered => v1::NotChecked::Hindered,
        Gap::NotAsked => v1::NotChecked::NotAsked,
        Gap::Invisible => v1::NotChecked::Invisible,
    }
}
