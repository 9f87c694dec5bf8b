//! An audit for GitHub Actions.

use std::fmt::Write;
use std::path::Path;

use super::command::{annotation, path_output};
use super::markdown::{self, LIMIT, escape, table_row};
use crate::domain::audit_report::{AuditOutcome, AuditReport, OrgAudit};
use crate::domain::finding::{Check, Finding, Gap, Level};
use crate::output::audit_words::{self, Open, by_check, checks_of, failure, hindered, open, seen};

/// The levels that are against the advice, or worth knowing, the gravest first.
const FINDINGS: [Level; 3] = [Level::Fail, Level::Warn, Level::Info];

/// How many things of one check, or of one reason, are listed.
const LISTED: usize = 20;

/// The Markdown for `$GITHUB_STEP_SUMMARY`: a table of the orgs, then what was found of each that was looked at.
pub fn summary(report: &AuditReport) -> String {
    let mut page = format!("### relay-scrub audit\n\n{}\n\n", escape(&audit_words::summary(report)));
    page.push_str("| Org | Outcome | Fail | Warn | Info | Not checked | Note |\n");
    page.push_str("| --- | --- | ---: | ---: | ---: | ---: | --- |\n");
    report.orgs.iter().for_each(|org| page.push_str(&org_row(org)));
    for org in report.orgs.iter().filter(|org| !org.findings.is_empty() || !org.warnings.is_empty()) {
        let details = markdown::details(&org.target, org.org.as_ref(), &org.warnings, &found(org));
        if page.len() + details.len() > LIMIT {
            page.push_str("\nThe details of further orgs are in the JSON report.\n");
            break;
        }
        page.push_str(&details);
    }
    page
}

/// One line for each org that was not looked at, for each check of an org that found something against the advice, and for
/// the checks of an org that could not be made; the gravest first, for of many GitHub shows ten.
pub fn annotations(report: &AuditReport) -> String {
    let mut lines: [String; 4] = Default::default();
    let [not_audited, failures, hindered, warnings] = &mut lines;
    for org in &report.orgs {
        if let Some(reason) = failure(org) {
            not_audited.push_str(&annotation("error", &org.target, &reason.join(" ")));
        }
        for (check, found) in by_check(org) {
            let about = format!("{}: {}", org.target, check.id);
            let has = |wanted| found.iter().any(|finding| finding.level == wanted);
            if has(Level::Fail) {
                failures.push_str(&annotation("error", &about, &advice(check, &found)));
            } else if has(Level::Warn) {
                warnings.push_str(&annotation("warning", &about, &advice(check, &found)));
            }
        }
        let reasons = reasons(org, Gap::Hindered);
        if !reasons.is_empty() {
            let about = format!("{}: could not be checked", org.target);
            hindered.push_str(&annotation("warning", &about, &reasons.join(" ")));
        }
        for warning in &org.warnings {
            warnings.push_str(&annotation("warning", &org.target, &warning.message));
        }
    }
    lines.concat()
}

/// What could not be told, for which reason, with the checks that it is about.
fn reasons(org: &OrgAudit, gap: Gap) -> Vec<String> {
    listed(open(org, gap).iter().map(|Open { reason, checks }| format!("{}: {reason}", checks.join(", "))).collect())
}

/// The lines for `$GITHUB_OUTPUT`: `outcome` (the gravest of the orgs'), how many findings there are of `fail`, `warn` and
/// `info`, how many `not_checked`, and `report`, the path of the JSON report where there is one.
///
/// A count is empty where it would be 0 and something that was to be looked at was not: it would be taken for none.
pub fn outputs(report: &AuditReport, file: Option<&Path>) -> String {
    let mut lines = format!("outcome={}\n", report.gravest().map(audit_words::code).unwrap_or_default());
    let count = |test: fn(Level) -> bool| report.orgs.iter().map(|org| org.count(test)).sum::<usize>();
    let counts = [
        ("fail", count(|level| level == Level::Fail)),
        ("warn", count(|level| level == Level::Warn)),
        ("info", count(|level| level == Level::Info)),
        ("not_checked", count(|level| matches!(level, Level::NotChecked(_)))),
    ];
    for (name, number) in counts {
        let number = if number == 0 && !report.is_complete() { String::new() } else { number.to_string() };
        // Writing to a String cannot fail; the same holds below.
        let _ = writeln!(lines, "{name}={number}");
    }
    lines + &path_output("report", file)
}

/// A row of the table of orgs. Of an org that was not looked at nothing is counted: a 0 would be taken for none.
fn org_row(org: &OrgAudit) -> String {
    let counts = FINDINGS.map(|wanted| org.count(|level| level == wanted));
    let open = org.count(|level| matches!(level, Level::NotChecked(_)));
    let counted = |number: usize| if org.was_audited() { number.to_string() } else { String::new() };
    table_row(&[
        escape(&org.target),
        outcome(org).into(),
        counted(counts[0]),
        counted(counts[1]),
        counted(counts[2]),
        counted(open),
        escape(&note(org)),
    ])
}

fn outcome(org: &OrgAudit) -> &'static str {
    let against = org.count(|level| matches!(level, Level::Fail | Level::Warn)) + hindered(org);
    match org.outcome() {
        AuditOutcome::Audited if against > 0 => "⚠️ looked at",
        AuditOutcome::Audited => "✅ looked at",
        AuditOutcome::Failed => "❌ failed",
        AuditOutcome::Refused => "⛔ refused",
        AuditOutcome::NotRun => "❌ not run",
    }
}

/// Why it was not looked at; or the checks that found something, and those that could not be made.
fn note(org: &OrgAudit) -> String {
    if let Some(reason) = failure(org) {
        return reason.join(" ");
    }
    let of = |test: &dyn Fn(Level) -> bool| {
        let all = by_check(org).into_iter().filter(|(_, found)| found.iter().any(|finding| test(finding.level)));
        all.map(|(check, _)| check.id).collect::<Vec<_>>().join(", ")
    };
    let kinds = [
        ("Against the advice", of(&|level| matches!(level, Level::Fail | Level::Warn))),
        ("Could not be checked", of(&|level| level == Level::NotChecked(Gap::Hindered))),
    ];
    let told = kinds.iter().filter(|(_, ids)| !ids.is_empty()).map(|(word, ids)| format!("{word}: {ids}."));
    told.collect::<Vec<_>>().join(" ")
}

/// What a check found that is not as it should be, and what to do.
fn advice(check: &Check, found: &[&Finding]) -> String {
    format!("{} {} Fix: {}", against(found).join(" "), check.advice, check.fix)
}

/// What is not as it should be, the gravest first.
fn against(found: &[&Finding]) -> Vec<String> {
    let of = |wanted: Level| found.iter().filter(move |finding| finding.level == wanted).map(|finding| seen(finding));
    listed(FINDINGS.into_iter().flat_map(of).collect())
}

/// The first of them, and how many more there are.
fn listed(mut texts: Vec<String>) -> Vec<String> {
    let more = texts.len().saturating_sub(LISTED);
    texts.truncate(LISTED);
    if more > 0 {
        texts.push(format!("… and {more} more (the JSON report lists all)."));
    }
    texts
}

/// A table of what was found, then what was not checked, and what is in order.
fn found(org: &OrgAudit) -> String {
    let mut section = String::new();
    let has = |found: &[&Finding], wanted| found.iter().any(|finding| finding.level == wanted);
    let mut checks = by_check(org);
    let rank = |found: &[&Finding]| FINDINGS.into_iter().position(|wanted| has(found, wanted));
    checks.retain(|(_, found)| rank(found).is_some());
    checks.sort_by_key(|(_, found)| rank(found));
    if !checks.is_empty() {
        section.push_str("| Level | Check | Seen | What to do |\n| --- | --- | --- | --- |\n");
        checks.iter().for_each(|(check, found)| section.push_str(&check_row(check, found)));
        section.push('\n');
    }
    let gaps = [
        (Gap::Hindered, "⚠️ Not checked, though it was to be"),
        (Gap::NotAsked, "Not checked without a flag"),
        (Gap::Invisible, "Not checked, for it takes a person"),
    ];
    for (gap, title) in gaps {
        for reason in reasons(org, gap) {
            let _ = writeln!(section, "- {title}: {}", escape(&reason));
        }
    }
    let fine =
        [("In order", [Level::Ok, Level::NotApplicable].as_slice()), ("Not applicable", &[Level::NotApplicable])];
    for (title, wanted) in fine {
        let checks = checks_of(org, wanted);
        if !checks.is_empty() {
            let _ = writeln!(section, "- {title}: {}", escape(&checks.join(", ")));
        }
    }
    section
}

fn check_row(check: &Check, found: &[&Finding]) -> String {
    let has = |wanted| found.iter().any(|finding| finding.level == wanted);
    let level = match (has(Level::Fail), has(Level::Warn)) {
        (true, _) => "❌ fail",
        (_, true) => "⚠️ warn",
        _ => "info",
    };
    let Check { id, advice, fix, link, .. } = check;
    let seen: Vec<String> = against(found).iter().map(|seen| escape(seen)).collect();
    let cells = [
        level.into(),
        format!("[{id}]({link})"),
        seen.join("<br>"),
        format!("{}<br>Fix: {}", escape(advice), escape(fix)),
    ];
    table_row(&cells)
}
