//! What a scrub, or its dry run, leaves exposed.
//!
//! Only what is wrong is a finding: a relay that was cleared is none, and code scanning then closes the one of before. So
//! an org that could not be read is a finding too; its silence would close all that were known of it.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::log::{Configuration, Finding, Invocation, Level, Message, Rule, RuleProperties};
use super::{Subject, digest, finding, write_log};
use crate::domain::report::{FleetReport, OrgReport, RecordReport, RecordResult};
use crate::output::sentence;
use crate::output::words::{foreign, held, label};

/// A kind of finding: its id, level, what it says, and what to do.
struct Kind {
    id: &'static str,
    level: Level,
    says: &'static str,
    help: &'static str,
}

/// What a scrub and its dry run can find. A finding names its kind by the index here.
const KINDS: [Kind; 4] = [
    Kind {
        id: "exposed-relay",
        level: Level::Error,
        says: "An email relay of a sandbox holds credentials of production.",
        help: "Clear it: relay-scrub scrub ORG",
    },
    Kind {
        id: "relay-not-rewritten",
        level: Level::Warning,
        says: "An email relay that shows no credential was to be rewritten, and was not: it may still hold a password.",
        help: "Run it again: relay-scrub scrub ORG --every-relay",
    },
    Kind {
        id: "org-not-done",
        level: Level::Error,
        says: "An org could not be scrubbed, or not to the end; what it holds may be unknown.",
        help: "relay-scrub login --check ORG says where it ends and what to do.",
    },
    Kind {
        id: "not-seen",
        level: Level::Note,
        says: "An org may hold a credential that was not seen.",
        help: "The finding says why. relay-scrub scrub ORG --every-relay rewrites passwords that no query shows.",
    },
];
/// The warnings that tell of credentials which may be there.
const UNSEEN: [&str; 2] = ["password_unknowable", "unknown_credential_fields"];

const EXPOSED: usize = 0;
const NOT_REWRITTEN: usize = 1;
const ORG_NOT_DONE: usize = 2;
const NOT_SEEN: usize = 3;

/// Writes the findings.
///
/// # Errors
/// Those of `out`.
pub fn write(report: &FleetReport, tool_version: &str, out: &mut impl Write) -> io::Result<()> {
    let invocation = Invocation {
        execution_successful: report.orgs.iter().all(OrgReport::succeeded),
        start_time_utc: report.started_at.to_string(),
        end_time_utc: report.finished_at.to_string(),
        tool_execution_notifications: Vec::new(),
    };
    let id = format!("{}{}", category(report), report.run_id);
    let findings = report.orgs.iter().flat_map(findings).collect();
    write_log(tool_version, KINDS.iter().map(rule).collect(), id, invocation, findings, out)
}

/// What a later run has to share for its findings to replace those of this one: the orgs that were looked at, by whichever
/// of dry run and scrub. Were it less, a run of one org would close what is known of all the others.
fn category(report: &FleetReport) -> String {
    let mut targets: Vec<&str> = report.orgs.iter().map(|org| org.target.as_str()).collect();
    targets.sort_unstable();
    format!("relay-scrub/relays/{}/", digest(&targets.join("\n")))
}

fn rule(kind: &Kind) -> Rule {
    Rule {
        id: kind.id.into(),
        short_description: Message { text: kind.says.into() },
        full_description: Message { text: kind.says.into() },
        help: Message { text: kind.help.into() },
        help_uri: None,
        default_configuration: Configuration { level: kind.level },
        properties: RuleProperties { tags: ["security"] },
    }
}

fn findings(org: &OrgReport) -> Vec<Finding> {
    let mut findings: Vec<Finding> = org.records.iter().filter_map(|record| relay_finding(org, record)).collect();
    if !org.succeeded() {
        let standing = sentence::standing(org);
        let text = match sentence::failure(org) {
            Some((message, hint)) => format!("{} {message} {standing} {hint}", sentence::failure_word(org.outcome)),
            None => standing,
        };
        let code = org.error.as_ref().map_or("", |error| error.trouble.code());
        findings.push(of_org(ORG_NOT_DONE, org, "", &text, [("error", code.to_string())]));
    }
    let warnings = org.warnings.iter().filter(|warning| UNSEEN.contains(&&*warning.code));
    findings.extend(warnings.map(|warning| {
        of_org(NOT_SEEN, org, &warning.code, &foreign(&warning.message), [("warning", warning.code.to_string())])
    }));
    findings
}

/// A finding of a record that holds something at the end, or may.
fn relay_finding(org: &OrgReport, record: &RecordReport) -> Option<Finding> {
    let kind = match (record.result, record.exposed) {
        (RecordResult::Cleared | RecordResult::Gone, _) | (RecordResult::WouldClear, false) => return None,
        (RecordResult::WouldClear | RecordResult::Failed | RecordResult::NotAttempted, true) => EXPOSED,
        (RecordResult::Failed | RecordResult::NotAttempted, false) => NOT_REWRITTEN,
    };
    let mut text = format!("The relay {} holds: {}.", label(record), held(record));
    if let Some((word, rest)) = sentence::record_note(org, record) {
        let _ = write!(text, " {word} {rest}");
    }
    let properties = [("object", foreign(&record.object)), ("record", record.id.to_string())];
    Some(of_org(kind, org, record.id.as_str(), &text, properties))
}

/// A finding of a kind, about something of an org.
fn of_org<const N: usize>(
    kind: usize,
    org: &OrgReport,
    name: &str,
    text: &str,
    properties: [(&'static str, String); N],
) -> Finding {
    let subject = Subject { target: &org.target, org: org.org.as_ref(), name };
    finding((KINDS[kind].id, Some(kind)), KINDS[kind].level, subject, text, properties)
}
