//! One org: prove, read, plan; then clear, read again, verify; and report, whatever happens.

mod clear;
mod failure;
mod journal;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use self::journal::Journal;
use crate::domain::plan::{Agreed, Policy, plan};
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

/// One org to scrub.
#[derive(Clone, Debug)]
pub struct Order {
    /// The org's name in messages and reports.
    pub name: String,
    /// Where it is, and what to log in with.
    pub destination: Destination,
    /// What the user was shown and agreed to. Where something else is found, nothing is written.
    pub agreed: Option<Agreed>,
}

/// What is being done with an org.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Getting a token.
    LoggingIn,
    /// Proving the org, and reading its records.
    Reading,
    /// Writing.
    Clearing,
    /// Reading again, to see that it is done.
    ReadingAgain,
}

/// What surrounds the work on one org.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// What all orgs have in common.
    pub settings: &'a Settings,
    /// Cancelled when the run is to stop: logins and reads end at once, and a write under way ends and is read back.
    pub stop: &'a CancellationToken,
    /// Told of each stage as it begins.
    pub on_stage: &'a (dyn Fn(Stage) + Sync),
}

/// Scrubs one org and reports what became of it. It never fails: a failure is a report.
pub async fn run(order: Order, surroundings: Surroundings<'_>) -> OrgReport {
    let begun = Instant::now();
    let settings = surroundings.settings;
    let ledger = Arc::new(Ledger::default());
    let mut journal = Journal::default();
    let name = order.name.clone();
    let work = work(order, surroundings, begun + settings.timeout, &ledger, &mut journal);
    let result = tokio::time::timeout(settings.timeout, work).await;
    let result = result.unwrap_or_else(|_| Err(failure::timed_out(settings.timeout)));
    journal.warn(ledger.take_warnings());
    journal.into_report(&name, settings, result, ledger.requests(), begun.elapsed())
}

async fn work(
    order: Order,
    surroundings: Surroundings<'_>,
    deadline: Instant,
    ledger: &Arc<Ledger>,
    journal: &mut Journal,
) -> Result<(), Failure> {
    let Surroundings { settings, stop, on_stage } = surroundings;
    let rule = &settings.rule;
    on_stage(Stage::LoggingIn);
    let connecting = Client::connect(order.destination, &settings.transport, deadline, ledger);
    let client = unless_stopped(stop, connecting).await?;
    on_stage(Stage::Reading);
    let (sandbox, reading) = unless_stopped(stop, client.prove(rule)).await?;
    journal.found(&sandbox, rule, plan(rule, settings.policy, &reading.records), &reading.unknown_credential_fields);
    if settings.mode == Mode::DryRun || journal.nothing_to_clear() {
        return Ok(());
    }
    if order.agreed.is_some_and(|agreed| !agreed.covers(&sandbox.org().id, journal.plan())) {
        return Err(failure::not_as_agreed());
    }
    clear_and_verify(sandbox, surroundings, journal).await
}

/// Clears what the journal's plan says, reads again, and lets [`verify`] judge by what was read.
///
/// A write whose answer was lost may have been carried out: reading tells, and what is left is written again.
async fn clear_and_verify(
    mut sandbox: Sandbox,
    surroundings: Surroundings<'_>,
    journal: &mut Journal,
) -> Result<(), Failure> {
    let Surroundings { settings, stop, on_stage } = surroundings;
    let rule = &settings.rule;
    let ids = journal.plan().ids_to_clear();
    if stop.is_cancelled() {
        return Err(failure::interrupted());
    }
    let mut attempts_left = WRITE_ATTEMPTS;
    loop {
        on_stage(Stage::Clearing);
        let order = clear::Order { rule, ids: &ids, partial: settings.partial, stop };
        let sent = clear::clear(&mut sandbox, &order, &mut journal.written).await.err();
        if let Some(error) = sent.as_ref().filter(|error| journal.is_untouched() || matches!(error, Error::Refused(_)))
        {
            return Err(error.into());
        }
        on_stage(Stage::ReadingAgain);
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
