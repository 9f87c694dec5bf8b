//! Reports for GitHub Actions: a summary of the job in Markdown, annotations, and outputs of the step.

pub mod audit;
mod command;
mod markdown;

use std::fmt::Write;
use std::path::Path;

use self::command::{annotation, path_output};
use self::markdown::{LIMIT, code, escape, table_row};
use super::tally::listed;
use super::{sentence, words};
use crate::domain::diff::Change;
use crate::domain::report::{FleetReport, OrgReport, Outcome, RecordReport, RecordResult};

/// The Markdown for `$GITHUB_STEP_SUMMARY`: a table of the orgs, then the warnings and the diff of each that has any.
pub fn summary(report: &FleetReport) -> String {
    let mut page = format!("### relay-scrub\n\n{}\n\n", escape(&sentence::summary(report)));
    page.push_str("| Org | Outcome | Exposed | Cleared | Note |\n| --- | --- | ---: | ---: | --- |\n");
    for org in &report.orgs {
        page.push_str(&table_row(&[
            escape(&org.target),
            outcome(org.outcome).into(),
            org.exposed().to_string(),
            org.count(RecordResult::Cleared).to_string(),
            escape(&note(org)),
        ]));
    }
    for org in report.orgs.iter().filter(|org| !org.records.is_empty() || !org.warnings.is_empty()) {
        let details = details(org);
        if page.len() + details.len() > LIMIT {
            page.push_str("\nThe details of further orgs are in the JSON report.\n");
            break;
        }
        page.push_str(&details);
    }
    page
}

/// One line for each org that needs a look: an error where it did not succeed, a warning where a dry run found
/// something to clear, and one for each of its warnings. The other orgs get none.
pub fn annotations(report: &FleetReport) -> String {
    let mut lines = String::new();
    for org in &report.orgs {
        match org.outcome {
            Outcome::Failed | Outcome::Refused | Outcome::NotRun => {
                lines.push_str(&annotation("error", &org.target, &note(org)))
            }
            Outcome::WouldClear => lines.push_str(&annotation("warning", &org.target, &sentence::standing(org))),
            Outcome::Clean | Outcome::Cleared => {}
        }
        for warning in &org.warnings {
            lines.push_str(&annotation("warning", &org.target, &warning.message));
        }
    }
    lines
}

/// The lines for `$GITHUB_OUTPUT`: `outcome` (the gravest of the orgs'), `exposed`, `cleared`, and `report`, the path of
/// the JSON report where there is one.
///
/// `exposed` is empty where no relay was found exposed but an org was not read: a 0 there would be taken for clean.
pub fn outputs(report: &FleetReport, file: Option<&Path>) -> String {
    let exposed: usize = report.orgs.iter().map(OrgReport::exposed).sum();
    let all_read = report.orgs.iter().all(OrgReport::was_read);
    let exposed = if exposed == 0 && !all_read { String::new() } else { exposed.to_string() };
    let cleared: usize = report.orgs.iter().map(|org| org.count(RecordResult::Cleared)).sum();
    let outcome = report.gravest().map(words::code).unwrap_or_default();
    let mut lines = format!("outcome={outcome}\nexposed={exposed}\ncleared={cleared}\n");
    lines.push_str(&path_output("report", file));
    lines
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Clean => "✅ clean",
        Outcome::Cleared => "✅ cleared",
        Outcome::WouldClear => "⚠️ to clear",
        Outcome::Failed => "❌ failed",
        Outcome::Refused => "⛔ refused",
        Outcome::NotRun => "❌ not run",
    }
}

/// What happened, where it stands, what to do next.
fn note(org: &OrgReport) -> String {
    let mut parts = Vec::new();
    let failure = sentence::failure(org);
    if let Some((message, _)) = &failure {
        parts.push(format!("{} {message}", sentence::failure_word(org.outcome)));
    }
    parts.push(sentence::standing(org));
    parts.extend(failure.map(|(_, hint)| hint));
    parts.join(" ")
}

fn details(org: &OrgReport) -> String {
    let records = if org.records.is_empty() { String::new() } else { diffs(org) };
    markdown::details(&org.target, org.org.as_ref(), &org.warnings, &records)
}

fn diffs(org: &OrgReport) -> String {
    let mut table = String::from("| Record | Result | Field | Before | After |\n| --- | --- | --- | --- | --- |\n");
    let (listed, left_out) = listed(&org.records);
    listed.into_iter().for_each(|record| table.push_str(&record_rows(org, record)));
    if left_out > 0 {
        let _ = writeln!(table, "\n… and {left_out} more (the JSON report lists all)");
    }
    table
}

/// A row for each change; the first of them names the record.
fn record_rows(org: &OrgReport, record: &RecordReport) -> String {
    let name = format!("{}<br>{}", escape(&words::label(record)), record.id);
    let result = match sentence::record_note(org, record) {
        Some((word, rest)) => escape(&format!("{word} {rest}")),
        None => result(record.result).into(),
    };
    let mut first = Some([name, result]);
    let mut row = |rest: [String; 3]| table_row(&[first.take().unwrap_or_default().as_slice(), &rest].concat());
    if record.changes.is_empty() {
        return row(Default::default());
    }
    let cells = |change: &Change| {
        let after = match record.result {
            RecordResult::Cleared | RecordResult::WouldClear => code(&words::seen(&change.after)),
            RecordResult::Failed if org.verified.is_none() => "unknown".into(),
            RecordResult::Failed => "not cleared".into(),
            RecordResult::NotAttempted => "unchanged".into(),
            RecordResult::Gone => "deleted".into(),
        };
        [escape(&change.field), code(&words::seen(&change.before)), after]
    };
    record.changes.iter().map(|change| row(cells(change))).collect()
}

fn result(result: RecordResult) -> &'static str {
    match result {
        RecordResult::Cleared => "cleared",
        RecordResult::WouldClear => "would be cleared",
        RecordResult::Failed => "failed",
        RecordResult::NotAttempted => "not attempted",
        RecordResult::Gone => "gone",
    }
}
