//! The service's jobs as text: a list, and one job with its report.

use std::io::{self, Write};

use jiff::Timestamp;
use textwrap::core::display_width;

use super::job_v1::{Job, State};
use super::paint::{BAD, BOLD, DIM, GOOD, WARNING, flow, pad, paint, wrap};
use super::text::TextStyle;
use super::when::{absolute, relative};
use super::words::{count, foreign, sentence};
use super::{kept, text};

/// The widest column of sandboxes' names; none is longer.
const WIDEST_SANDBOX: usize = 10;
/// What the facts about a job are called stands in a column of this width.
const LABEL: usize = 12;

/// Writes a line a job; below it why it is not done, what to do where somebody has to, and what it warned of.
pub fn write_list(jobs: &[Job], now: Timestamp, style: TextStyle, out: &mut impl Write) -> io::Result<()> {
    let widths = jobs.iter().map(|job| display_width(&foreign(&job.sandbox)));
    let width = widths.max().unwrap_or_default().min(WIDEST_SANDBOX);
    let indented = |text: &str, out: &mut dyn Write| {
        wrap(text, "    ", "    ", style.width).iter().try_for_each(|line| writeln!(out, "{line}"))
    };
    for job in jobs {
        let sandbox = paint(style.color, BOLD, &pad(&foreign(&job.sandbox), width));
        let gap = " ".repeat(State::Cancelled.word().len() - job.state.word().len());
        let line = format!("{}  {sandbox}  {}{gap}  {}", foreign(&job.id), state(job, style), progress(job, now));
        let parts: Vec<String> = line.split(", ").map(String::from).collect();
        flow(&parts, ", ", "    ", style.width).iter().try_for_each(|line| writeln!(out, "{line}"))?;
        if let Some(reason) = &job.reason {
            let label =
                if job.needs_attention { paint(style.color, WARNING, "Needs attention: ") } else { String::new() };
            indented(&format!("{label}{}", sentence(&foreign(&reason.message))), out)?;
            if job.wants_somebody() && !reason.hint.is_empty() {
                indented(&sentence(&foreign(&reason.hint)), out)?;
            }
        }
        for warning in &job.warnings {
            let label = paint(style.color, WARNING, "Warning:");
            indented(&format!("{label} {}", sentence(&foreign(&warning.message))), out)?;
        }
    }
    Ok(())
}

/// Writes what is known of a job, and what its last attempt did.
pub fn write_job(job: &Job, now: Timestamp, style: TextStyle, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{} · {}", paint(style.color, BOLD, &foreign(&job.sandbox)), foreign(&job.id))?;
    let attention = if job.needs_attention { paint(style.color, WARNING, ", needs attention") } else { String::new() };
    fact("State", &format!("{}{attention}", state(job, style)), style, out)?;
    for (label, text) in facts(job, now) {
        fact(label, &text, style, out)?;
    }
    for (index, received) in job.received.iter().enumerate() {
        let label = if index == 0 { "Deliveries" } else { "" };
        fact(label, &format!("{}  {}", absolute(received.accepted_at), foreign(&received.webhook_id)), style, out)?;
    }
    if let Some(reason) = &job.reason {
        let label = if matches!(job.state, State::Refused | State::Dead) { "Why" } else { "Last error" };
        fact(label, &sentence(&foreign(&reason.message)), style, out)?;
        if !reason.hint.is_empty() {
            fact("What to do", &foreign(&reason.hint), style, out)?;
        }
    }
    let Some(report) = &job.report else { return Ok(()) };
    writeln!(out)?;
    match kept::read(report) {
        Some(kept) => {
            writeln!(out, "{}", paint(style.color, BOLD, &last_attempt(kept.ended_at, now)))?;
            text::write_org(&kept.org, style, out)
        }
        None => writeln!(out, "  The report is of a version that can't be shown here; --json has it."),
    }
}

/// Above the report of the last attempt that came to an end: when that was, for another may be under way, or due.
pub fn last_attempt(ended_at: Timestamp, now: Timestamp) -> String {
    format!("Last finished attempt, {} ({})", absolute(ended_at), relative(ended_at, now))
}

fn fact(label: &str, text: &str, style: TextStyle, out: &mut impl Write) -> io::Result<()> {
    let indent = " ".repeat(2 + LABEL + 1);
    let first = format!("  {} ", paint(style.color, DIM, &pad(label, LABEL)));
    wrap(text, &first, &indent, style.width).iter().try_for_each(|line| writeln!(out, "{}", line.trim_end()))
}

/// What is known of a job beside its state and its reason: what it is called, and the fact. The page shows the same.
pub fn facts(job: &Job, now: Timestamp) -> Vec<(&'static str, String)> {
    let when = |at: Timestamp| format!("{} ({})", absolute(at), relative(at, now));
    let attempts = if job.state == State::Running {
        format!("{}, one is under way", job.attempts)
    } else {
        job.attempts.to_string()
    };
    let outcome = job.outcome.as_deref().filter(|_| job.state == State::Done).map(foreign);
    let due = job.due_at.filter(|_| job.state == State::Waiting);
    let deliveries = if job.deliveries == 1 { "delivery" } else { "deliveries" };
    let facts = [
        ("Outcome", outcome),
        ("Attempts", Some(attempts)),
        ("Next try", due.map(|at| if at > now { when(at) } else { "now".into() })),
        ("Gives up", Some(when(job.give_up_at)).filter(|_| !job.state.is_final())),
        ("Ended", job.finished_at.map(when)),
        ("Accepted", Some(format!("{}, told by {} {deliveries}", when(job.accepted_at), job.deliveries))),
        ("Expects org", Some(foreign(&job.organization_id))),
        ("Sandbox id", Some(foreign(&job.sandbox_id))),
    ];
    facts.into_iter().filter_map(|(label, fact)| Some((label, fact?))).collect()
}

/// How far a job has come, in a few words: "2 attempts, again in 12 min".
pub fn progress(job: &Job, now: Timestamp) -> String {
    let attempts = count(usize::try_from(job.attempts).unwrap_or(usize::MAX), "attempt");
    let due = job.due_at.filter(|at| *at > now).map(|at| relative(at, now));
    match (job.state, job.attempts) {
        (State::Waiting, 0) => format!("first attempt {}", due.unwrap_or_else(|| "due".into())),
        (State::Waiting, _) => format!("{attempts}, again {}", due.unwrap_or_else(|| "now".into())),
        (State::Running, number) => format!("attempt {number} under way"),
        (state, _) => {
            let outcome =
                job.outcome.as_deref().filter(|_| state == State::Done).map(|it| format!("{}, ", foreign(it)));
            let ended = job.finished_at.map(|at| format!(", ended {}", relative(at, now)));
            format!("{}{attempts}{}", outcome.unwrap_or_default(), ended.unwrap_or_default())
        }
    }
}

fn state(job: &Job, style: TextStyle) -> String {
    let word = job.state.word();
    match job.state {
        State::Done => paint(style.color, GOOD, word),
        State::Refused | State::Dead => paint(style.color, BAD, word),
        State::Waiting if job.needs_attention => paint(style.color, WARNING, word),
        State::Running => paint(style.color, BOLD, word),
        State::Waiting | State::Cancelled => word.to_string(),
    }
}
