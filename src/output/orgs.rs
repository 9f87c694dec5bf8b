//! The list of known orgs, and what the doctor found of them: as text and as JSON.

use std::io::{self, Write};

use serde::Serialize;
use textwrap::core::display_width;

use super::paint::{BAD, BOLD, GOOD, WARNING, pad, paint, wrap};
use super::text::TextStyle;
use super::words::{foreign, sentence};
use crate::domain::checkup::{Checkup, Listed, Passed};

/// The widest column of names; a longer name has a line of its own.
const WIDEST_NAME: usize = 20;

/// Writes two lines an org: its name and host; below them how it logs in and where the secret is, or what it lacks.
pub fn write_list(orgs: &[Listed], style: TextStyle, out: &mut impl Write) -> io::Result<()> {
    let widths = orgs.iter().map(|org| display_width(&foreign(&org.name))).filter(|width| *width <= WIDEST_NAME);
    let width = widths.max().unwrap_or_default();
    let indent = " ".repeat(width + 2);
    let further = format!("{indent}  ");
    for org in orgs {
        let (name, host) = (foreign(&org.name), org.host.as_deref().map(foreign).unwrap_or_default());
        let painted = paint(style.color, BOLD, &name);
        if display_width(&name) <= width {
            writeln!(out, "{}", format!("{painted}{}  {host}", pad("", width - display_width(&name))).trim_end())?;
        } else {
            writeln!(out, "{painted}")?;
            let hosts = Some(host).filter(|host| !host.is_empty());
            hosts.iter().try_for_each(|host| writeln!(out, "{indent}{host}"))?;
        }
        let lines = match &org.problem {
            Some(problem) => lacks(problem, style, &indent, &further),
            None => wrap(&login(org), &indent, &further, style.width),
        };
        lines.iter().try_for_each(|line| writeln!(out, "{line}"))?;
    }
    Ok(())
}

/// How an org logs in, and where the secret is.
fn login(org: &Listed) -> String {
    let method = org.method.as_deref().map(foreign).unwrap_or_default();
    let user = org.user.as_deref().map(|user| format!(" as {}", foreign(user))).unwrap_or_default();
    let secret = org.secret.as_deref().map(|place| format!(", from {}", foreign(place))).unwrap_or_default();
    format!("{method}{user}{secret}")
}

/// What an org lacks to log in.
fn lacks(problem: &str, style: TextStyle, indent: &str, further: &str) -> Vec<String> {
    let label = paint(style.color, WARNING, "No login:");
    let lines = problem.lines().enumerate().flat_map(|(index, line)| match index {
        0 => wrap(&format!("{label} {}", foreign(line)), indent, further, style.width),
        _ => wrap(foreign(line).trim_start(), further, further, style.width),
    });
    lines.collect()
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
    problem: Option<String>,
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
        problem: org.problem.as_deref().map(one_line),
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

fn one_line(text: &str) -> String {
    text.lines().map(str::trim).collect::<Vec<_>>().join("; ").replace(":;", ":")
}
