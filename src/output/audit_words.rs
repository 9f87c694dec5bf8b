//! What is said of an audit in words; text, step summary, annotations, JUnit and SARIF share them.

use super::words::{count, foreign, sentence};
use crate::domain::audit_report::{AuditOutcome, AuditReport, OrgAudit};
use crate::domain::finding::{Check, Finding, Gap, Level};

/// The levels of a check that is in order, for [`checks_of`].
pub(super) const IN_ORDER: [Level; 2] = [Level::Ok, Level::NotApplicable];
/// Those of a check that is about nothing here.
pub(super) const NOT_APPLICABLE: [Level; 1] = [Level::NotApplicable];

/// What could not be told for one reason: the reason, and the checks that it keeps from being made.
pub(super) struct Open {
    pub(super) reason: String,
    pub(super) checks: Vec<&'static str>,
}

/// What became of an org, in a few words: "1 fail, 2 warn, 9 not checked", "failed: permission_missing".
pub fn brief(org: &OrgAudit) -> String {
    let because = |word: &str| match &org.error {
        Some(error) => format!("{word}: {}", error.trouble.code()),
        None => word.to_string(),
    };
    match org.outcome() {
        AuditOutcome::Audited => found(org),
        AuditOutcome::Failed => because("failed"),
        AuditOutcome::Refused => because("refused"),
        AuditOutcome::NotRun => because("not run"),
    }
}

fn found(org: &OrgAudit) -> String {
    let grave = [(Level::Fail, "fail"), (Level::Warn, "warn"), (Level::Info, "info")];
    let grave = grave.map(|(wanted, word)| (org.count(|level| level == wanted), word));
    let mut parts: Vec<String> =
        grave.iter().filter(|(number, _)| *number > 0).map(|(number, word)| format!("{number} {word}")).collect();
    if parts.is_empty() {
        parts.push("no finding".into());
    }
    let open = org.count(|level| matches!(level, Level::NotChecked(_)));
    let hindered = hindered(org);
    match (open, hindered) {
        (0, _) => {}
        (_, 0) => parts.push(format!("{open} not checked")),
        _ => parts.push(format!("{open} not checked, {hindered} of them could not be")),
    }
    parts.join(", ")
}

/// How many findings are of checks that were to be made and could not be.
pub(super) fn hindered(org: &OrgAudit) -> usize {
    org.count(|level| level == Level::NotChecked(Gap::Hindered))
}

/// The checks of a run that were to be made and could not be, by name; nothing where there is none. Without a gate the exit
/// code says nothing of them, so that who reads the end of a report alone has to see them there.
pub(super) fn not_made(report: &AuditReport) -> Option<String> {
    let of_org = |org: &OrgAudit| {
        let mut checks: Vec<&str> = Vec::new();
        for finding in org.findings.iter().filter(|finding| finding.level == Level::NotChecked(Gap::Hindered)) {
            if !checks.contains(&finding.check.id) {
                checks.push(finding.check.id);
            }
        }
        let name = if report.orgs.len() > 1 { format!("{}: ", foreign(&org.target)) } else { String::new() };
        (!checks.is_empty()).then(|| format!("{name}{}", checks.join(", ")))
    };
    let orgs: Vec<String> = report.orgs.iter().filter_map(of_org).collect();
    let told = "the exit code tells of them with --fail-on alone";
    (!orgs.is_empty()).then(|| format!("Checks that were to be made and could not be ({told}): {}.", orgs.join("; ")))
}

/// The outcome as the JSON report has it.
pub(super) fn code(outcome: AuditOutcome) -> &'static str {
    match outcome {
        AuditOutcome::Audited => "audited",
        AuditOutcome::Failed => "failed",
        AuditOutcome::Refused => "refused",
        AuditOutcome::NotRun => "not_run",
    }
}

/// The level as the JSON report has it.
pub(super) fn level(level: Level) -> &'static str {
    match level {
        Level::Fail => "fail",
        Level::Warn => "warn",
        Level::Info => "info",
        Level::NotChecked(_) => "not_checked",
        Level::Ok => "ok",
        Level::NotApplicable => "not_applicable",
    }
}

/// Why an org was not looked at, with a word before it; and what to do next.
pub(super) fn failure(org: &OrgAudit) -> Option<[String; 3]> {
    let error = org.error.as_ref()?;
    let word = match org.outcome() {
        AuditOutcome::Refused => "Refused:",
        AuditOutcome::NotRun => "Not run:",
        AuditOutcome::Failed | AuditOutcome::Audited => "Failed:",
    };
    Some([word.into(), sentence(&foreign(&error.message)), foreign(&error.hint())])
}

/// What a finding is about, and what was seen: "smtp.acme.com:587: TLS is off."
pub(super) fn seen(finding: &Finding) -> String {
    let subject = finding.subject.as_deref().map(|subject| format!("{}: ", foreign(subject))).unwrap_or_default();
    format!("{subject}{}", sentence(&foreign(&finding.seen)))
}

/// Each check that this org answered, with all that it found, in the order of the findings.
pub(super) fn by_check(org: &OrgAudit) -> Vec<(&'static Check, Vec<&Finding>)> {
    let mut checks: Vec<(&'static Check, Vec<&Finding>)> = Vec::new();
    for finding in &org.findings {
        match checks.iter_mut().find(|(check, _)| check.id == finding.check.id) {
            Some((_, found)) => found.push(finding),
            None => checks.push((finding.check, vec![finding])),
        }
    }
    checks
}

/// What could not be told, several checks of one reason together.
pub(super) fn open(org: &OrgAudit, gap: Gap) -> Vec<Open> {
    let mut all: Vec<Open> = Vec::new();
    for finding in org.findings.iter().filter(|finding| finding.level == Level::NotChecked(gap)) {
        let reason = seen(finding);
        match all.iter_mut().find(|known| known.reason == reason) {
            Some(known) => known.checks.push(finding.check.id),
            None => all.push(Open { reason, checks: vec![finding.check.id] }),
        }
    }
    all
}

/// The checks of which every finding is of a wanted level, and at least one of the first of these.
pub(super) fn checks_of(org: &OrgAudit, wanted: &[Level]) -> Vec<&'static str> {
    let all = by_check(org).into_iter().filter(|(_, found)| {
        let has = |level| found.iter().any(|finding| finding.level == level);
        wanted.first().copied().is_some_and(has) && found.iter().all(|finding| wanted.contains(&finding.level))
    });
    all.map(|(check, _)| check.id).collect()
}

/// A run of several orgs in one line: "2 orgs, 1 looked at: 1 fail, 2 warn, …"
pub(super) fn summary(report: &AuditReport) -> String {
    let all: Vec<&OrgAudit> = report.orgs.iter().collect();
    let (orgs, audited) = (count(report.orgs.len(), "org"), report.count(AuditOutcome::Audited));
    format!("{orgs}, {audited} looked at: {}.", tally(&all))
}

/// "1 fail, 2 warn, 0 info; 12 in order, 3 not checked, 1 not applicable": findings, and of those that are well the
/// checks, as they are listed.
pub(super) fn tally(orgs: &[&OrgAudit]) -> String {
    let findings = |test: fn(Level) -> bool| orgs.iter().map(|org| org.count(test)).sum::<usize>();
    let checks = |wanted: &[Level]| orgs.iter().map(|org| checks_of(org, wanted).len()).sum::<usize>();
    format!(
        "{} fail, {} warn, {} info; {} in order, {} not checked, {} not applicable",
        findings(|level| level == Level::Fail),
        findings(|level| level == Level::Warn),
        findings(|level| level == Level::Info),
        checks(&IN_ORDER),
        findings(|level| matches!(level, Level::NotChecked(_))),
        checks(&NOT_APPLICABLE),
    )
}
