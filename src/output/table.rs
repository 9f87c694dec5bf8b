//! Several orgs at a glance: a line an org.

use textwrap::core::display_width;

use super::paint::{BAD, GOOD, WARNING, pad, paint};
use super::tally::Tally;
use super::text::TextStyle;
use super::words::{duration, foreign};
use crate::domain::report::{FleetReport, OrgReport, Outcome};

/// A name is cut after so many columns, so that the outcomes stand in one column.
const LONGEST_NAME: usize = 32;

/// What became of an org, in a few words: "cleared 1 of 3", "failed: permission_missing".
pub fn brief(org: &OrgReport) -> String {
    let tally = Tally::of(org);
    let because = |word: &str| match &org.error {
        Some(error) => format!("{word}: {}", error.trouble.code()),
        None => word.to_string(),
    };
    match org.outcome {
        Outcome::Clean => "clean".into(),
        Outcome::Cleared => format!("cleared {} of {}", tally.cleared, tally.total),
        Outcome::WouldClear => format!("would clear {} of {}", tally.would_clear, tally.total),
        Outcome::Failed => because("failed"),
        Outcome::Refused => because("refused"),
        Outcome::NotRun => because("not run"),
    }
}

/// The lines of the table: name, outcome in a few words, how long it took.
pub(super) fn lines(report: &FleetReport, style: TextStyle) -> Vec<String> {
    let rows: Vec<_> = report.orgs.iter().map(|org| (shorten(&foreign(&org.target)), brief(org), org)).collect();
    let names = rows.iter().map(|(name, _, _)| display_width(name)).max().unwrap_or_default();
    let words = rows.iter().map(|(_, words, _)| display_width(words)).max().unwrap_or_default();
    let line = |(name, brief, org): &(String, String, &OrgReport)| {
        let gap = " ".repeat(words - display_width(brief));
        let took = if org.api_requests > 0 { format!("{gap}  {}", duration(org.duration)) } else { String::new() };
        let brief = match org.outcome {
            Outcome::Cleared => paint(style.color, GOOD, brief),
            Outcome::WouldClear | Outcome::NotRun => paint(style.color, WARNING, brief),
            Outcome::Failed | Outcome::Refused => paint(style.color, BAD, brief),
            Outcome::Clean => brief.clone(),
        };
        format!("{}  {brief}{took}", pad(name, names))
    };
    rows.iter().map(line).collect()
}

fn shorten(name: &str) -> String {
    if display_width(name) <= LONGEST_NAME {
        return name.to_string();
    }
    name.chars().take(LONGEST_NAME - 1).chain(['…']).collect()
}
