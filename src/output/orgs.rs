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

/// What the template is called in the list: as its section is.
const TEMPLATE: &str = "[sandboxes]";

/// Writes two lines an org: its name and host; below them how it logs in and where the secret is, or what it lacks. The
/// last is the host of the template for any other sandbox, where there is one.
pub fn write_list(orgs: &[Listed], template: Option<&str>, style: TextStyle, out: &mut impl Write) -> io::Result<()> {
    let names = orgs.iter().map(|org| foreign(&org.name)).chain(template.map(|_| TEMPLATE.into()));
    let widths = names.map(|name| display_width(&name)).filter(|width| *width <= WIDEST_NAME);
    let column = Column { width: widths.max().unwrap_or_default(), style };
    let (indent, further) = column.indents();
    for org in orgs {
        column.name(&foreign(&org.name), org.host.as_deref(), out)?;
        let lines = match &org.problem {
            Some(problem) => lacks(problem, style, &indent, &further),
            None => wrap(&login(org), &indent, &further, style.width),
        };
        lines.iter().try_for_each(|line| writeln!(out, "{line}"))?;
    }
    if let Some(host) = template {
        column.name(TEMPLATE, Some(host), out)?;
        let text = "any other sandbox; `relay-scrub login --check NAME` tries its login";
        wrap(text, &indent, &further, style.width).iter().try_for_each(|line| writeln!(out, "{line}"))?;
    }
    Ok(())
}

/// The names, as wide as the widest that is not too wide for a column.
struct Column {
    width: usize,
    style: TextStyle,
}

impl Column {
    /// What stands before the lines below a name, and before those that go on.
    fn indents(&self) -> (String, String) {
        let indent = " ".repeat(self.width + 2);
        let further = format!("{indent}  ");
        (indent, further)
    }

    /// Writes a name and a host, each on a line of its own where the name is too wide.
    fn name(&self, name: &str, host: Option<&str>, out: &mut impl Write) -> io::Result<()> {
        let host = host.map(foreign).unwrap_or_default();
        let painted = paint(self.style.color, BOLD, name);
        if display_width(name) <= self.width {
            let gap = pad("", self.width - display_width(name));
            return writeln!(out, "{}", format!("{painted}{gap}  {host}").trim_end());
        }
        writeln!(out, "{painted}")?;
        let hosts = Some(host).filter(|host| !host.is_empty());
        hosts.iter().try_for_each(|host| writeln!(out, "{}{host}", self.indents().0))
    }
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
        lines.extend(wrap(&foreign(&failure.hint()), "                  ", "                  ", style.width));
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
    /// For any other sandbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<Template<'a>>,
}

#[derive(Debug, Serialize)]
struct Template<'a> {
    /// With `{sandbox}` in it.
    host: &'a str,
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
pub fn write_json(orgs: &[Listed], template: Option<&str>, out: &mut impl Write) -> io::Result<()> {
    let template = template.map(|host| Template { host });
    let list = List { schema: "relay-scrub/orgs/v1", orgs: orgs.iter().map(org).collect(), template };
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
        hint: failure.hint(),
    });
    Check { ok: error.is_none(), steps: steps.collect(), error }
}

fn one_line(text: &str) -> String {
    text.lines().map(str::trim).collect::<Vec<_>>().join("; ").replace(":;", ":")
}
