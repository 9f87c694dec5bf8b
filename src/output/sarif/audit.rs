//! What an audit found: a rule for each check.
//!
//! What was not checked is a notification, and never nothing. A check that was to be made and could not be is a finding as
//! well, and so is an org that was not looked at: readers that know findings alone would take their silence for a pass.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::log::{
    Configuration, Finding, Invocation, Level, Message, Notification, Rule, RuleProperties, RuleReference,
};
use super::{Subject, digest, finding, write_log};
use crate::domain::audit_report::{AuditReport, OrgAudit, Scope};
use crate::domain::checks::CHECKS;
use crate::domain::finding::{Check, Finding as Found, Gap, Level as Grade};
use crate::output::audit_words::{self, failure, seen};
use crate::output::words::foreign;

/// The rules that are no check, behind those that are.
const NOT_AUDITED: (&str, Option<usize>) = ("org-not-audited", Some(CHECKS.len()));
const HINDERED: (&str, Option<usize>) = ("check-not-made", Some(CHECKS.len() + 1));

/// Writes the findings.
///
/// # Errors
/// Those of `out`.
pub fn write(report: &AuditReport, tool_version: &str, out: &mut impl Write) -> io::Result<()> {
    let invocation = Invocation {
        execution_successful: report.orgs.iter().all(OrgAudit::was_audited),
        start_time_utc: report.started_at.to_string(),
        end_time_utc: report.finished_at.to_string(),
        tool_execution_notifications: report.orgs.iter().flat_map(notifications).collect(),
    };
    let id = format!("{}{}", category(report), report.run_id);
    write_log(tool_version, rules(), id, invocation, report.orgs.iter().flat_map(findings).collect(), out)
}

/// What a later run has to share for its findings to replace those of this one: the orgs, and what it looks at.
fn category(report: &AuditReport) -> String {
    let mut targets: Vec<&str> = report.orgs.iter().map(|org| org.target.as_str()).collect();
    targets.sort_unstable();
    let Scope { dns, relays, messages } = report.scope;
    let looks = [(dns, "dns"), (relays, "relays"), (messages, "messages")];
    let looks: Vec<&str> = looks.iter().filter(|(looks, _)| *looks).map(|(_, what)| *what).collect();
    format!("relay-scrub/audit/{}/", digest(&format!("{}\n\n{}", targets.join("\n"), looks.join("\n"))))
}

/// Where a check stands among the rules.
fn place(id: &str) -> Option<usize> {
    CHECKS.iter().position(|check| check.id == id)
}

fn rules() -> Vec<Rule> {
    let of_check = |check: &&'static Check| {
        let help = format!("{} Fix: {} It cannot see: {}.", check.advice, check.fix, check.cannot_see);
        rule(check.id, [check.asks, check.advice, &help], Some(check.link), Level::Warning)
    };
    let not_audited = "An org could not be looked at: nothing is known of its email relay.";
    let login = "relay-scrub login --check ORG says where it ends and what to do; production takes --allow-production.";
    let hindered = "A check was to be made and could not be: what it would have found is not known.";
    let permission = "The finding says why: mostly a permission is missing, or a server gave no answer.";
    let others = [
        rule(NOT_AUDITED.0, [not_audited, not_audited, login], None, Level::Error),
        rule(HINDERED.0, [hindered, hindered, permission], None, Level::Warning),
    ];
    CHECKS.iter().map(of_check).chain(others).collect()
}

fn rule(id: &str, [short, full, help]: [&str; 3], help_uri: Option<&'static str>, level: Level) -> Rule {
    Rule {
        id: id.into(),
        short_description: Message { text: short.into() },
        full_description: Message { text: full.into() },
        help: Message { text: help.into() },
        help_uri,
        default_configuration: Configuration { level },
        properties: RuleProperties { tags: ["security"] },
    }
}

fn findings(org: &OrgAudit) -> Vec<Finding> {
    let subject = Subject { target: &org.target, org: org.org.as_ref(), name: "" };
    let not_audited = org.error.as_ref().zip(failure(org)).map(|(error, reason)| {
        let code = [("error", error.trouble.code().to_string())];
        finding(NOT_AUDITED, Level::Error, subject, &reason.join(" "), code)
    });
    not_audited.into_iter().chain(org.findings.iter().filter_map(|found| of_check(subject, found))).collect()
}

/// What a check found that is not as it should be, or that it could not be made.
fn of_check<'a>(org: Subject<'a>, found: &'a Found) -> Option<Finding> {
    let Check { id, fix, .. } = found.check;
    let (level, hindered) = match found.level {
        Grade::Fail => (Level::Error, false),
        Grade::Warn => (Level::Warning, false),
        Grade::Info => (Level::Note, false),
        Grade::NotChecked(Gap::Hindered) => (Level::Warning, true),
        Grade::NotChecked(_) | Grade::Ok | Grade::NotApplicable => return None,
    };
    let about = found.subject.as_deref();
    let mut properties = vec![("level", audit_words::level(found.level).to_string())];
    properties.extend(about.map(|about| ("subject", foreign(about))));
    let mut finding = if hindered {
        let name = about.map_or_else(|| id.to_string(), |about| format!("{id}/{about}"));
        properties.push(("check", id.to_string()));
        let text = format!("{id} could not be checked. {}", seen(found));
        finding(HINDERED, level, Subject { name: &name, ..org }, &text, [])
    } else {
        let text = format!("{id}: {} Fix: {fix}", seen(found));
        finding((id, place(id)), level, Subject { name: about.unwrap_or_default(), ..org }, &text, [])
    };
    finding.properties.extend(properties);
    Some(finding)
}

/// What was not looked at: the org, or what a check of it asks.
fn notifications(org: &OrgAudit) -> Vec<Notification> {
    let target = foreign(&org.target);
    let not_audited = org.error.as_ref().zip(failure(org)).map(|(error, reason)| Notification {
        associated_rule: Some(RuleReference { id: NOT_AUDITED.0, index: NOT_AUDITED.1 }),
        level: Level::Error,
        message: Message { text: format!("{target}: {}", reason.join(" ")) },
        properties: BTreeMap::from([("org", target.clone()), ("error", error.trouble.code().to_string())]),
    });
    let open = org.findings.iter().filter_map(|found| {
        let Grade::NotChecked(gap) = found.level else { return None };
        let (level, because) = match gap {
            Gap::Hindered => (Level::Warning, "hindered"),
            Gap::NotAsked => (Level::Note, "not_asked"),
            Gap::Invisible => (Level::Note, "invisible"),
        };
        let id = found.check.id;
        Some(Notification {
            associated_rule: Some(RuleReference { id, index: place(id) }),
            level,
            message: Message { text: format!("{target}: {id} was not checked. {}", seen(found)) },
            properties: BTreeMap::from([("org", target.clone()), ("not_checked", because.into())]),
        })
    });
    not_audited.into_iter().chain(open).collect()
}
