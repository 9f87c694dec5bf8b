//! The list of known orgs, and what the doctor found of them: as text and as JSON.

use std::io::{self, Write};

use serde::Serialize;
use textwrap::core::display_width;

use super::paint::{BAD, BOLD, GOOD, WARNING, pad, paint, wrap};
use super::text::TextStyle;
use super::words::{foreign, sentence};
use crate::domain::checkup::{Checkup, Listed, Passed};

/// Writes a line an org: name, host, user, method, where the secret is.
pub fn write_list(orgs: &[Listed], style: TextStyle, out: &mut impl Write) -> io::Result<()> {
    let cells: Vec<[String; 5]> = orgs.iter().map(cells).collect();
    let widths: Vec<usize> =
        (0..5).map(|column| cells.iter().map(|row| display_width(&row[column])).max().unwrap_or_default()).collect();
    for (org, row) in orgs.iter().zip(&cells) {
        let name = paint(style.color, BOLD, &pad(&row[0], widths[0]));
        let rest: Vec<String> = row.iter().zip(&widths).skip(1).map(|(cell, width)| pad(cell, *width)).collect();
        let line = format!("{name}  {}", rest.join("  "));
        if display_width(line.trim_end()) <= style.width {
            writeln!(out, "{}", line.trim_end())?;
        } else {
            writeln!(out, "{}", paint(style.color, BOLD, &row[0]))?;
            for cell in row.iter().skip(1).filter(|cell| !cell.is_empty()) {
                writeln!(out, "  {cell}")?;
            }
        }
        if let Some(problem) = &org.problem {
            let text = format!("{} {}", paint(style.color, WARNING, "No login:"), foreign(problem));
            wrap(&text, "  ", "    ", style.width).iter().try_for_each(|line| writeln!(out, "{line}"))?;
        }
    }
    Ok(())
}

fn cells(org: &Listed) -> [String; 5] {
    let text = |text: &Option<String>| text.as_deref().map(foreign).unwrap_or_default();
    [foreign(&org.name), text(&org.host), text(&org.user), text(&org.method), text(&org.secret)]
}

/// Writes what the doctor found of each org that he looked at, a blank line between two.
pub fn write_checkups(orgs: &[Listed], style: TextStyle, out: &mut impl Write) -> io::Result<()> {
    for (index, checkup) in orgs.iter().filter_map(|org| org.checkup.as_ref()).enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        write_checkup(checkup, style, out)?;
    }
    Ok(())
}

/// A line a step, and at the first that failed what to do.
fn write_checkup(checkup: &Checkup, style: TextStyle, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}", paint(style.color, BOLD, &foreign(&checkup.target)))?;
    let mut lines = Vec::new();
    for Passed { step, seen } in &checkup.passed {
        let label = paint(style.color, GOOD, &format!("ok     {:<8}", step.as_str()));
        lines.extend(wrap(&format!("{label} {}", foreign(seen)), "  ", "                  ", style.width));
    }
    if let Some((step, failure)) = &checkup.failed {
        let label = paint(style.color, BAD, &format!("FAILED {:<8}", step.as_str()));
        let message = sentence(&foreign(&failure.message));
        lines.extend(wrap(&format!("{label} {message}"), "  ", "                  ", style.width));
        lines.extend(wrap(&foreign(&failure.trouble.hint()), "                  ", "                  ", style.width));
    }
    for warning in &checkup.warnings {
        let label = paint(style.color, WARNING, "Warning:");
        lines.extend(wrap(&format!("{label} {}", sentence(&foreign(&warning.message))), "  ", "    ", style.width));
    }
    lines.iter().try_for_each(|line| writeln!(out, "{line}"))
}

/// The list as JSON, `relay-scrub/orgs/v1`.
#[derive(Debug, Serialize)]
struct List<'a> {
    schema: &'static str,
    orgs: Vec<Org<'a>>,
}

#[derive(Debug, Serialize)]
struct Org<'a> {
    name: &'a str,
    host: Option<&'a str>,
    user: Option<&'a str>,
    method: Option<&'a str>,
    /// Where the secret is; never what it is.
    secret: Option<&'a str>,
    problem: Option<&'a str>,
    check: Option<Check<'a>>,
}

#[derive(Debug, Serialize)]
struct Check<'a> {
    ok: bool,
    steps: Vec<StepSeen<'a>>,
    error: Option<StepError<'a>>,
}

#[derive(Debug, Serialize)]
struct StepSeen<'a> {
    step: &'static str,
    seen: &'a str,
}

#[derive(Debug, Serialize)]
struct StepError<'a> {
    step: &'static str,
    code: &'static str,
    message: &'a str,
    hint: String,
}

/// Writes the list as JSON, what the doctor found with it.
pub fn write_json(orgs: &[Listed], out: &mut impl Write) -> io::Result<()> {
    let list = List { schema: "relay-scrub/orgs/v1", orgs: orgs.iter().map(org).collect() };
    writeln!(out, "{}", serde_json::to_string_pretty(&list)?)
}

fn org(org: &Listed) -> Org<'_> {
    Org {
        name: &org.name,
        host: org.host.as_deref(),
        user: org.user.as_deref(),
        method: org.method.as_deref(),
        secret: org.secret.as_deref(),
        problem: org.problem.as_deref(),
        check: org.checkup.as_ref().map(check),
    }
}

fn check(checkup: &Checkup) -> Check<'_> {
    let steps = checkup.passed.iter().map(|passed| StepSeen { step: passed.step.as_str(), seen: &passed.seen });
    let error = checkup.failed.as_ref().map(|(step, failure)| StepError {
        step: step.as_str(),
        code: failure.trouble.code(),
        message: &failure.message,
        hint: failure.trouble.hint(),
    });
    Check { ok: error.is_none(), steps: steps.collect(), error }
}
