//! The report as a person reads it in a terminal.

use std::io::{self, Write};

use textwrap::core::display_width;

use super::paint::{AFTER, BAD, BEFORE, BOLD, DIM, GOOD, WARNING, flow, pad, paint, prose, wrap};
use super::tally::listed;
use super::{sentence, table, words};
use crate::domain::diff::Change;
use crate::domain::org::Org;
use crate::domain::report::{FleetReport, OrgReport, Outcome, RecordReport, RecordResult};

/// How the text is to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextStyle {
    /// Whether to write ANSI colours. Whoever writes to a terminal decides that, see `NO_COLOR`.
    pub color: bool,
    /// How many columns there are; 80 where nobody knows.
    pub width: usize,
}

/// Writes every org, a blank line between two, and a table with a line that sums it up where there are several.
pub fn write(report: &FleetReport, style: TextStyle, out: &mut impl Write) -> io::Result<()> {
    for (index, org) in report.orgs.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        write_org(org, style, out)?;
    }
    if report.orgs.len() != 1 {
        if !report.orgs.is_empty() {
            writeln!(out)?;
            table::lines(report, style).iter().try_for_each(|line| writeln!(out, "{line}"))?;
            writeln!(out)?;
        }
        wrap(&sentence::summary(report), "", "", style.width).iter().try_for_each(|line| writeln!(out, "{line}"))?;
    }
    Ok(())
}

/// Writes one org: what it is, each record with its diff, warnings, and where it stands.
pub fn write_org(org: &OrgReport, style: TextStyle, out: &mut impl Write) -> io::Result<()> {
    let mut lines = header(org, style);
    lines.extend(records(org, style));
    if !org.records.is_empty() {
        lines.push(String::new());
    }
    lines.extend(closing(org, style));
    lines.iter().try_for_each(|line| writeln!(out, "{line}"))
}

fn header(org: &OrgReport, style: TextStyle) -> Vec<String> {
    org_line(&org.target, org.org.as_ref(), style)
}

/// What is meant, and which org that was found to be.
pub(super) fn org_line(target: &str, org: Option<&Org>, style: TextStyle) -> Vec<String> {
    let target = words::foreign(target);
    let mut parts = vec![paint(style.color, BOLD, &target)];
    if let Some(known) = org {
        let host = words::host(&known.instance_url);
        parts.push(words::foreign(&known.name));
        parts.push(format!("{} {}", words::kind(known.kind), paint(style.color, DIM, known.id.as_str())));
        if host != target {
            parts.push(host);
        }
    }
    parts.retain(|part| !part.is_empty());
    flow(&parts, " · ", "  ", style.width)
}

/// The records, a blank line between two.
fn records(org: &OrgReport, style: TextStyle) -> Vec<String> {
    let (listed, left_out) = listed(&org.records);
    let columns = Columns::of(&listed, style.width);
    let mut lines: Vec<String> = Vec::new();
    for record in listed {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.extend(heading(record, style));
        lines.extend(note(org, record, style));
        lines.extend(columns.diff(record, style));
    }
    if left_out > 0 {
        lines.extend([String::new(), format!("  … and {left_out} more (--json lists all)")]);
    }
    lines
}

fn heading(record: &RecordReport, style: TextStyle) -> Vec<String> {
    let id = paint(style.color, DIM, record.id.as_str());
    let parts = [format!("  {}", words::label(record)), id];
    flow(&parts, "  ", "  ", style.width)
}

fn note(org: &OrgReport, record: &RecordReport, style: TextStyle) -> Vec<String> {
    let Some((word, rest)) = sentence::record_note(org, record) else { return Vec::new() };
    let paint_with = match record.result {
        RecordResult::Failed => BAD,
        RecordResult::NotAttempted => WARNING,
        RecordResult::Cleared | RecordResult::WouldClear | RecordResult::Gone => DIM,
    };
    wrap(&format!("{} {rest}", paint(style.color, paint_with, word)), "    ", "    ", style.width)
}

/// The widths that make the diffs of an org's records stand in the same columns.
struct Columns {
    field: usize,
    before: usize,
    side_by_side: bool,
}

impl Columns {
    fn of(records: &[&RecordReport], width: usize) -> Self {
        let changes = || records.iter().flat_map(|record| &record.changes);
        let widest = |text: &dyn Fn(&Change) -> String| {
            changes().map(|change| display_width(&text(change))).max().unwrap_or_default()
        };
        let field = widest(&|change| words::foreign(&change.field));
        let before = widest(&|change| words::seen(&change.before));
        let after = widest(&|change| words::seen(&change.after));
        // Two cells, each a sign, a name and a value; four columns before each.
        let side_by_side = 4 + 2 + field + 2 + before + 4 + 2 + field + 2 + after <= width;
        Self { field, before, side_by_side }
    }

    /// Before and after beside each other, or one above the other where that is too wide; what it still is, for a
    /// record that was not changed.
    fn diff(&self, record: &RecordReport, style: TextStyle) -> Vec<String> {
        let cell = |sign: &str, field: &str, value: &str| {
            format!("{sign}{}  {value}", pad(&words::foreign(field), self.field))
        };
        let line = |change: &Change| match record.result {
            RecordResult::Gone => Vec::new(),
            RecordResult::Failed | RecordResult::NotAttempted => {
                vec![format!("      {}", cell("", &change.field, &words::seen(&change.before)))]
            }
            RecordResult::Cleared | RecordResult::WouldClear => {
                let before = words::seen(&change.before);
                let before = if self.side_by_side { pad(&before, self.before) } else { before };
                let before = paint(style.color, BEFORE, &cell("- ", &change.field, &before));
                let after = paint(style.color, AFTER, &cell("+ ", &change.field, &words::seen(&change.after)));
                if self.side_by_side {
                    vec![format!("    {before}    {after}")]
                } else {
                    vec![format!("    {before}"), format!("    {after}")]
                }
            }
        };
        record.changes.iter().flat_map(line).collect()
    }
}

/// Warnings, what failed and what to do about it, and where the org stands.
fn closing(org: &OrgReport, style: TextStyle) -> Vec<String> {
    let mut lines = Vec::new();
    let labelled = |label: String, text: &str| wrap(&format!("{label} {text}"), "  ", "    ", style.width);
    for warning in &org.warnings {
        let message = words::sentence(&words::foreign(&warning.message));
        lines.extend(labelled(paint(style.color, WARNING, "Warning:"), &message));
    }
    if let Some((message, hint)) = sentence::failure(org) {
        lines.extend(labelled(paint(style.color, BAD, sentence::failure_word(org.outcome)), &message));
        lines.extend(wrap(&hint, "  ", "  ", style.width));
    }
    lines.extend(standing(org, style));
    lines
}

/// Where the org stands and what it cost, the cost on a line of its own where it would be broken.
fn standing(org: &OrgReport, style: TextStyle) -> Vec<String> {
    let sentence = sentence::standing(org);
    let (first, rest) = sentence.split_once(' ').unwrap_or((&sentence, ""));
    let first = match org.outcome {
        Outcome::Cleared => paint(style.color, GOOD, first),
        Outcome::WouldClear => paint(style.color, WARNING, first),
        Outcome::Clean | Outcome::Failed | Outcome::Refused | Outcome::NotRun => first.to_string(),
    };
    let mut lines = wrap(&format!("{first} {rest}"), "  ", "  ", style.width);
    let last = lines.pop().into_iter();
    lines.extend(flow(&last.chain(sentence::cost(org)).collect::<Vec<_>>(), " ", "  ", prose(style.width)));
    lines
}
