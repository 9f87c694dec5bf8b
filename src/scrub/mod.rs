//! One org: prove, read, plan; then clear, read again, verify; and report, whatever happens.

mod clear;
mod failure;
mod journal;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use self::journal::Journal;
use crate::domain::plan::{Policy, plan};
use crate::domain::report::{Failure, Mode, OrgReport, verify};
use crate::domain::rule::Rule;
use crate::salesforce::{Client, Destination, Error, Ledger, Sandbox, Transport};

/// How often a write is attempted whose answer was lost. Between two attempts the org is read, so the truth is known.
const WRITE_ATTEMPTS: usize = 3;

/// What all orgs of a run have in common.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What to clear.
    pub rule: Rule,
    /// What the user wants beyond the rule.
    pub policy: Policy,
    /// Whether to write.
    pub mode: Mode,
    /// Leave out records that fail by their own fault, and clear the others.
    pub partial: bool,
    /// For the whole org.
    pub timeout: Duration,
    /// The connections of the run.
    pub transport: Transport,
}

/// Scrubs one org and reports what became of it. It never fails: a failure is a report.
///
/// When `stop` is cancelled, logins and reads end at once, and a write that is under way ends and is read back.
pub async fn run(target: &str, destination: Destination, settings: &Settings, stop: &CancellationToken) -> OrgReport {
    let begun = Instant::now();
    let ledger = Arc::new(Ledger::default());
    let mut journal = Journal::default();
    let work = work(destination, settings, stop, begun + settings.timeout, &ledger, &mut journal);
    let result = tokio::time::timeout(settings.timeout, work)
        .await
        .unwrap_or_else(|_| Err(failure::timed_out(settings.timeout)));
    journal.warn(ledger.take_warnings());
    journal.into_report(target, settings, result, ledger.requests(), begun.elapsed())
}

async fn work(
    destination: Destination,
    settings: &Settings,
    stop: &CancellationToken,
    deadline: Instant,
    ledger: &Arc<Ledger>,
    journal: &mut Journal,
) -> Result<(), Failure> {
    let rule = &settings.rule;
    let connecting = Client::connect(destination, &settings.transport, deadline, ledger);
    let client = unless_stopped(stop, connecting).await?;
    let (sandbox, reading) = unless_stopped(stop, client.prove(rule)).await?;
    journal.found(&sandbox, rule, plan(rule, settings.policy, &reading.records), &reading.unknown_credential_fields);
    if settings.mode == Mode::DryRun || journal.nothing_to_clear() {
        return Ok(());
    }
    clear_and_verify(sandbox, settings, stop, journal).await
}

/// Clears what the journal's plan says, reads again, and lets [`verify`] judge by what was read.
///
/// A write whose answer was lost may have been carried out: reading tells, and what is left is written again.
async fn clear_and_verify(
    mut sandbox: Sandbox,
    settings: &Settings,
    stop: &CancellationToken,
    journal: &mut Journal,
) -> Result<(), Failure> {
    let rule = &settings.rule;
    let ids = journal.plan().ids_to_clear();
    if stop.is_cancelled() {
        return Err(failure::interrupted());
    }
    let mut attempts_left = WRITE_ATTEMPTS;
    loop {
        let order = clear::Order { rule, ids: &ids, partial: settings.partial, stop };
        let sent = clear::clear(&mut sandbox, &order, &mut journal.written).await.err();
        if let Some(error) = sent.as_ref().filter(|error| journal.is_untouched() || matches!(error, Error::Refused(_)))
        {
            return Err(error.into());
        }
        let again = sandbox.read(rule).await.map_err(|error| failure::unconfirmed(sent.as_ref(), &error))?;
        let verdict = verify(rule, settings.policy, journal.plan(), &journal.written, &again.records);
        let failure = failure::after_write(rule, &verdict, &journal.written, sent.as_ref(), stop.is_cancelled());
        attempts_left -= 1;
        let is_lost = sent.is_some_and(|error| error.may_have_been_carried_out());
        // A stopped run keeps what this reading showed, and sends no more.
        if failure.is_some() && attempts_left > 0 && is_lost && !stop.is_cancelled() {
            tracing::info!("the answer to the write was lost, and something is left: writing again");
            clear::take_stock(&mut journal.written, &verdict);
            continue;
        }
        journal.verdict = Some(verdict);
        return failure.map_or(Ok(()), Err);
    }
}

/// Waits for a login or a read, which can be dropped at any moment, unless the run is stopped.
async fn unless_stopped<T>(
    stop: &CancellationToken,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Failure> {
    match stop.run_until_cancelled(work).await {
        Some(result) => result.map_err(|error| Failure::from(&error)),
        None => Err(failure::interrupted()),
    }
}
