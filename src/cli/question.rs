//! In a terminal a scrub shows what it would clear and asks once, then clears that and nothing else.

use super::console::Console;
use super::error::CliError;
use super::session::{Ended, Session};
use super::signals::{self, Signal};
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
    /// As a run that does not ask; the report is still to be shown.
    Ended(Ended),
    /// The user said no: nothing was written. What was found was shown.
    Declined(FleetReport),
}

/// Reads all orgs as a dry run does, shows what it found, asks, and clears. What is then found must be what was shown:
/// where it isn't, nothing is written, and it is shown and asked again.
pub(super) fn scrub_after_asking(session: &Session<'_>, orders: &[Order]) -> Result<Asked, CliError> {
    let preview = match session.run(orders.to_vec(), Mode::DryRun)? {
        Ended::Reported(preview, None) => preview,
        ended => return Ok(Asked::Ended(ended)),
    };
    let mut report = FleetReport { mode: Mode::Scrub, ..preview };
    let mut open = indexes(&report, |org| org.outcome == Outcome::WouldClear);
    while !open.is_empty() {
        show(session.console, &FleetReport { mode: Mode::DryRun, ..report.clone() })?;
        match ask(session, &report, &open)? {
            Answer::Yes => {}
            Answer::No => return Ok(Asked::Declined(FleetReport { mode: Mode::DryRun, ..report })),
            Answer::Interrupted(signal) => return Ok(Asked::Ended(Ended::Left(signal))),
        }
        let agreed = open.iter().filter_map(|index| agreed(&orders[*index], &report.orgs[*index])).collect();
        let signal = match session.run(agreed, Mode::Scrub)? {
            Ended::Reported(done, signal) => {
                report.finished_at = done.finished_at;
                open.iter().zip(done.orgs).for_each(|(index, org)| report.orgs[*index] = org);
                signal
            }
            left @ Ended::Left(_) => return Ok(Asked::Ended(left)),
        };
        if signal.is_some() {
            return Ok(Asked::Ended(Ended::Reported(report, signal)));
        }
        open = indexes(&report, differs);
        if !open.is_empty() {
            session
                .console
                .say("What is there now is not what was shown, so nothing was written there. Looking again.");
            let again = open.iter().map(|index| orders[*index].clone()).collect();
            match session.run(again, Mode::DryRun)? {
                Ended::Reported(again, None) => {
                    open.iter().zip(again.orgs).for_each(|(index, org)| report.orgs[*index] = org);
                }
                ended => return Ok(Asked::Ended(ended)),
            }
            open.retain(|index| report.orgs[*index].outcome == Outcome::WouldClear);
        }
    }
    Ok(Asked::Ended(Ended::Reported(report, None)))
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
    session.console.ask(&format!("\nClear {} in {orgs}? [y/N] ", Rule::email_relay().noun.count(records)));
    let line = async {
        tokio::task::spawn_blocking(|| {
            let mut line = String::new();
            std::io::stdin().read_line(&mut line).map(|_| line)
        })
        .await
    };
    let answer = session.runtime.block_on(async {
        tokio::select! {
            line = line => Ok(yes(&line.map_err(std::io::Error::other)??)),
            signal = signals::first() => signal.map(Answer::Interrupted),
        }
    });
    session.console.say("");
    answer.map_err(CliError::System)
}

fn yes(line: &str) -> Answer {
    match line.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Answer::Yes,
        _ => Answer::No,
    }
}
