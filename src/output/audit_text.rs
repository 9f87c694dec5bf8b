//! The report of an audit as a person reads it: what is against the advice, gravest first, with what to do about it.

use std::io::{self, Write};

use super::audit_words::{self, Open};
use super::paint::{BAD, BOLD, DIM, GOOD, WARNING, paint, wrap};
use super::text::{TextStyle, org_line};
use super::words::{count, duration, foreign, sentence};
use crate::domain::audit_report::{AuditReport, OrgAudit};
use crate::domain::finding::{Finding, Gap, Level};

/// What stands before the lines of a finding after its first.
const INDENT: &str = "        ";

/// Writes every org, a blank line between two; a line that sums it up where there are several; and at the end, by name, the
/// checks that could not be made.
pub fn write(report: &AuditReport, style: TextStyle, out: &mut impl Write) -> io::Result<()> {
    for (index, org) in report.orgs.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        org_lines(org, style).iter().try_for_each(|line| writeln!(out, "{line}"))?;
    }
    if report.orgs.len() != 1 {
        writeln!(out, "\n{}", audit_words::summary(report))?;
    }
    let not_made = audit_words::not_made(report).map(|line| paint(style.color, WARNING, &line));
    let lines = not_made.map(|line| wrap(&line, "", "  ", style.width)).unwrap_or_default();
    if !lines.is_empty() {
        writeln!(out)?;
    }
    lines.iter().try_for_each(|line| writeln!(out, "{line}"))
}

fn org_lines(org: &OrgAudit, style: TextStyle) -> Vec<String> {
    let mut lines = org_line(&org.target, org.org.as_ref(), style);
    for level in [Level::Fail, Level::Warn, Level::Info] {
        for finding in org.findings.iter().filter(|finding| finding.level == level) {
            lines.push(String::new());
            lines.extend(finding_lines(finding, style));
        }
    }
    lines.extend(open(org, style));
    lines.extend(in_order(org, style));
    if !org.findings.is_empty() {
        lines.push(String::new());
    }
    lines.extend(closing(org, style));
    lines
}

fn finding_lines(finding: &Finding, style: TextStyle) -> Vec<String> {
    let (word, color) = match finding.level {
        Level::Fail => ("FAIL", BAD),
        Level::Warn => ("WARN", WARNING),
        _ => ("INFO", BOLD),
    };
    let subject = finding.subject.as_deref().map(|subject| format!("  {}", foreign(subject))).unwrap_or_default();
    let mut lines = vec![format!("  {}  {}{subject}", paint(style.color, color, word), finding.check.id)];
    let paragraph = |text: &str| wrap(text, INDENT, INDENT, style.width);
    lines.extend(paragraph(&sentence(&foreign(&finding.seen))));
    lines.extend(paragraph(&format!("Advice: {}", finding.check.advice)));
    lines.extend(paragraph(&format!("Fix: {}", finding.check.fix)));
    lines.extend(paragraph(&paint(style.color, DIM, finding.check.link)));
    lines
}

/// What could not be told, with the reason; several things of one check and one reason in one line.
fn open(org: &OrgAudit, style: TextStyle) -> Vec<String> {
    let kinds = [
        (Gap::Hindered, "Not checked, though it was to be:", WARNING),
        (Gap::NotAsked, "Not checked without a flag:", BOLD),
        (Gap::Invisible, "Not checked, for it takes a person:", BOLD),
    ];
    let mut lines = Vec::new();
    for (gap, title, color) in kinds {
        let all = audit_words::open(org, gap);
        if all.is_empty() {
            continue;
        }
        lines.push(String::new());
        lines.push(format!("  {}", paint(style.color, color, title)));
        let line =
            |open: &Open| wrap(&format!("{}: {}", open.checks.join(", "), open.reason), "    ", INDENT, style.width);
        lines.extend(all.iter().flat_map(line));
    }
    lines
}

/// The checks of which every finding is as it should be, by name.
fn in_order(org: &OrgAudit, style: TextStyle) -> Vec<String> {
    let lists = [
        ("In order:", GOOD, audit_words::checks_of(org, &audit_words::IN_ORDER)),
        ("Not applicable:", DIM, audit_words::checks_of(org, &audit_words::NOT_APPLICABLE)),
    ];
    let mut lines = Vec::new();
    for (title, color, ids) in lists.into_iter().filter(|(.., ids)| !ids.is_empty()) {
        let line = format!("{} {}", paint(style.color, color, title), ids.join(", "));
        lines.push(String::new());
        lines.extend(wrap(&line, "  ", "    ", style.width));
    }
    lines
}

/// Warnings, why it was not looked at, the counts, and what it cost.
fn closing(org: &OrgAudit, style: TextStyle) -> Vec<String> {
    let mut lines = Vec::new();
    let labelled = |label: String, text: &str| wrap(&format!("{label} {text}"), "  ", "    ", style.width);
    for warning in &org.warnings {
        lines.extend(labelled(paint(style.color, WARNING, "Warning:"), &sentence(&foreign(&warning.message))));
    }
    if let Some([word, message, hint]) = audit_words::failure(org) {
        lines.extend(labelled(paint(style.color, BAD, &word), &message));
        lines.extend(wrap(&hint, "  ", "  ", style.width));
    } else {
        lines.extend(wrap(&format!("{}. Nothing was written.", audit_words::tally(&[org])), "  ", "  ", style.width));
    }
    let requests = usize::try_from(org.api_requests).unwrap_or(usize::MAX);
    if requests > 0 {
        lines.push(format!("  {}, {}.", count(requests, "request"), duration(org.duration)));
    }
    lines
}
