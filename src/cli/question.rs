//! In a terminal a scrub shows what it would clear and asks once, then clears that and nothing else.

use super::console::Console;
use super::error::CliError;
use super::prompt::{self, Typed};
use super::session::Session;
use super::signals::Signal;
use crate::domain::plan::Agreed;
use crate::domain::report::{FleetReport, Mode, OrgReport, Outcome};
use crate::domain::rule::Rule;
use crate::domain::trouble::Trouble;
use crate::output::text;
use crate::scrub::Order;

/// What was said to a question.
enum Answer {
    Yes,
    No,
    Interrupted(Signal),
}

/// How a scrub that asks ended.
pub(super) enum Asked {
    /// As a run that does not ask; the report is still to be shown. The signal is there if one cut it short.
    Ended(FleetReport, Option<Signal>),
    /// The user said no, or sent the signal: nothing was written since the question. What was found was shown.
    Declined(FleetReport, Option<Signal>),
}

/// Reads all orgs as a dry run does, shows what it found, asks, and clears. What is then found must be what was shown:
/// where it isn't, nothing is written, and it is shown and asked again.
pub(super) fn scrub_after_asking(session: &Session<'_>, orders: &[Order]) -> Result<Asked, CliError> {
    let (preview, signal) = session.run(orders.to_vec(), Mode::DryRun)?;
    if signal.is_some() {
        return Ok(Asked::Ended(preview, signal));
    }
    let mut report = FleetReport { mode: Mode::Scrub, ..preview };
    let mut open = indexes(&report, |org| org.outcome == Outcome::WouldClear);
    while !open.is_empty() {
        // At a second question, some orgs may have been cleared.
        let mode = if report.count(Outcome::Cleared) > 0 { Mode::Scrub } else { Mode::DryRun };
        show(session.console, &FleetReport { mode, ..report.clone() })?;
        let declined = |report, signal| Ok(Asked::Declined(FleetReport { mode, ..report }, signal));
        match ask(session, &report, &open)? {
            Answer::Yes => {}
            Answer::No => return declined(report, None),
            Answer::Interrupted(signal) => return declined(report, Some(signal)),
        }
        let agreed = open.iter().filter_map(|index| agreed(&orders[*index], &report.orgs[*index])).collect();
        let (done, signal) = session.run(agreed, Mode::Scrub)?;
        report.finished_at = done.finished_at;
        open.iter().zip(done.orgs).for_each(|(index, org)| report.orgs[*index] = org);
        if signal.is_some() {
            return Ok(Asked::Ended(report, signal));
        }
        open = indexes(&report, differs);
        if !open.is_empty() {
            session
                .console
                .say("What is there now is not what was shown, so nothing was written there. Looking again.");
            let again = open.iter().map(|index| orders[*index].clone()).collect();
            let (again, signal) = session.run(again, Mode::DryRun)?;
            if signal.is_some() {
                // What was cleared, and what was not because it differed, is told as it was found.
                return Ok(Asked::Ended(report, signal));
            }
            open.iter().zip(again.orgs).for_each(|(index, org)| report.orgs[*index] = org);
            open.retain(|index| report.orgs[*index].outcome == Outcome::WouldClear);
        }
    }
    Ok(Asked::Ended(report, None))
}

fn indexes(report: &FleetReport, test: impl Fn(&OrgReport) -> bool) -> Vec<usize> {
    (0..report.orgs.len()).filter(|index| test(&report.orgs[*index])).collect()
}

fn differs(org: &OrgReport) -> bool {
    org.error.as_ref().is_some_and(|error| error.trouble == Trouble::NotAsAgreed)
}

/// The order to clear what a report shows, and nothing else.
fn agreed(order: &Order, shown: &OrgReport) -> Option<Order> {
    let clears = shown.records.iter().map(|record| (record.id.clone(), record.changes.clone())).collect();
    let org = shown.org.as_ref()?.id.clone();
    Some(Order { agreed: Some(Agreed { org, clears }), ..order.clone() })
}

fn show(console: &Console, report: &FleetReport) -> Result<(), CliError> {
    let lost = |error| CliError::Result { to: "stdout".into(), error };
    let mut bytes = Vec::new();
    text::write(report, console.style(), &mut bytes).map_err(lost)?;
    console.product(&bytes).map_err(lost)
}

/// Asks once, and reads a line. Anything but `y` or `yes` is a no; so is the end of the input.
fn ask(session: &Session<'_>, report: &FleetReport, open: &[usize]) -> Result<Answer, CliError> {
    let records = open.iter().map(|index| report.orgs[*index].records.len()).sum();
    let orgs = if open.len() == 1 { "this org".to_string() } else { format!("{} orgs", open.len()) };
    let question = format!("\nClear {} in {orgs}? [y/N] ", Rule::email_relay().noun.count(records));
    let typed = prompt::ask(&session.runtime, session.console, &question);
    session.console.say("");
    Ok(match typed.map_err(CliError::System)? {
        Typed::Line(line) => yes(&line),
        Typed::End => Answer::No,
        Typed::Interrupted(signal) => Answer::Interrupted(signal),
    })
}

fn yes(line: &str) -> Answer {
    match line.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Answer::Yes,
        _ => Answer::No,
    }
}
