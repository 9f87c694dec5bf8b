//! A report of one org in words, for whoever lays them out himself: the service's page.

use super::tally::listed;
use super::{sentence, words};
use crate::domain::report::{OrgReport, RecordReport, RecordResult};

/// What became of an org, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Which org answered: its name, kind, id and host.
    pub org: Option<String>,
    /// The records, those that failed first.
    pub records: Vec<ToldRecord>,
    /// How many records are left out, for there are too many to look at.
    pub left_out: usize,
    /// What should be known although it is no failure.
    pub warnings: Vec<String>,
    /// Where the org stands at the end.
    pub standing: String,
    /// What it cost, where anything was sent.
    pub cost: Option<String>,
}

/// What became of a record, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldRecord {
    /// Which one it is.
    pub label: String,
    /// Its id.
    pub id: String,
    /// The result.
    pub result: RecordResult,
    /// What result and diff do not say.
    pub note: Option<String>,
    /// The diff.
    pub changes: Vec<ToldChange>,
}

/// One field of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldChange {
    /// Its name.
    pub field: String,
    /// What it was, and still is where nothing follows.
    pub before: String,
    /// What it is now.
    pub after: Option<String>,
}

/// Tells what became of an org.
pub fn tell(report: &OrgReport) -> Told {
    let (records, left_out) = listed(&report.records);
    let parts = |org: &crate::domain::org::Org| {
        let kind = format!("{} {}", words::kind(org.kind), org.id);
        [words::foreign(&org.name), kind, words::host(&org.instance_url)].join(" · ")
    };
    Told {
        org: report.org.as_ref().map(parts),
        records: records.into_iter().map(|each| record(report, each)).collect(),
        left_out,
        warnings: report.warnings.iter().map(|each| words::sentence(&words::foreign(&each.message))).collect(),
        standing: sentence::standing(report),
        cost: sentence::cost(report),
    }
}

fn record(report: &OrgReport, record: &RecordReport) -> ToldRecord {
    let changed = matches!(record.result, RecordResult::Cleared | RecordResult::WouldClear);
    // Of a record that is gone nothing is left to show.
    let shown = record.changes.iter().filter(|_| record.result != RecordResult::Gone);
    let changes = shown.map(|change| ToldChange {
        field: words::foreign(&change.field),
        before: words::seen(&change.before),
        after: changed.then(|| words::seen(&change.after)),
    });
    ToldRecord {
        label: words::label(record),
        id: record.id.to_string(),
        result: record.result,
        note: sentence::record_note(report, record).map(|(word, rest)| match word.strip_suffix(':') {
            // The word is the result's own.
            Some(_) => capital(&rest),
            None => format!("{word} {rest}"),
        }),
        changes: changes.collect(),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
