//! One org: prove, read, plan; then clear, read again, verify; and report, whatever happens.

mod clear;
mod failure;
mod journal;
mod order;
mod stop;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use self::journal::Journal;
use crate::domain::plan::{Policy, plan};
use crate::domain::report::{Failure, Mode, OrgReport, verify};
use crate::domain::rule::Rule;
use crate::salesforce::{Client, Error, Ledger, Sandbox, Transport, Until};

pub use self::order::{HostRefused, Order, allowed_hosts, check_orgs, expected};
pub use self::stop::Stop;

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

/// What is being done with an org.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// Getting a token.
    #[default]
    LoggingIn,
    /// Proving the org, and reading its records.
    Reading,
    /// Writing.
    Clearing,
    /// Reading again, to see that it is done.
    ReadingAgain,
}

impl Stage {
    /// What it is doing, in a word or two.
    pub fn words(self) -> &'static str {
        match self {
            Self::LoggingIn => "logging in",
            Self::Reading => "reading",
            Self::Clearing => "clearing",
            Self::ReadingAgain => "reading again",
        }
    }
}

/// What surrounds the work on one org.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// What all orgs have in common.
    pub settings: &'a Settings,
    /// Asks for an end before its time.
    pub stop: &'a Stop,
    /// Told of each stage as it begins.
    pub on_stage: &'a (dyn Fn(Stage) + Sync),
}

impl Surroundings<'_> {
    fn enter(self, journal: &mut Journal, stage: Stage) {
        journal.stage = stage;
        (self.on_stage)(stage);
    }
}

/// Scrubs one org and reports what became of it. It never fails: a failure is a report, whatever cut the work short.
pub async fn run(order: Order, surroundings: Surroundings<'_>) -> OrgReport {
    let begun = Instant::now();
    let Surroundings { settings, stop, .. } = surroundings;
    let ledger = Arc::new(Ledger::default());
    let mut journal = Journal::default();
    let name = order.name.clone();
    let until = Until { deadline: begun + settings.timeout, stop: stop.in_order.clone() };
    let work = work(order, surroundings, until, &ledger, &mut journal);
    let in_time = async {
        let ended = tokio::time::timeout(settings.timeout, unless_it_panics(work)).await;
        // What the work began and must not be cut off may take longer.
        ledger.settled().await;
        ended
    };
    let result = match stop.at_once.run_until_cancelled(in_time).await {
        Some(Ok(result)) => result,
        Some(Err(_)) => Err(failure::timed_out(settings.timeout, journal.stage, ledger.waits_for())),
        None => Err(failure::left(journal.stage, journal.is_untouched())),
    };
    journal.into_report(&name, settings, result, &ledger, begun.elapsed())
}

/// Turns a panic into a failure, so that what was noted until then is told.
async fn unless_it_panics<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let mut work = std::pin::pin!(work);
    std::future::poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)));
        polled.unwrap_or_else(|_| Poll::Ready(Err(failure::defect())))
    })
    .await
}

async fn work(
    order: Order,
    surroundings: Surroundings<'_>,
    until: Until,
    ledger: &Arc<Ledger>,
    journal: &mut Journal,
) -> Result<(), Failure> {
    let Surroundings { settings, stop, .. } = surroundings;
    let rule = &settings.rule;
    surroundings.enter(journal, Stage::LoggingIn);
    let connecting = Client::connect(order.destination, &settings.transport, until, ledger);
    let client = unless_stopped(stop, connecting).await?;
    surroundings.enter(journal, Stage::Reading);
    let (sandbox, reading) = unless_stopped(stop, client.prove(rule)).await?;
    journal.found(rule, plan(rule, settings.policy, &reading.records), &reading.unknown_credential_fields);
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
    let Surroundings { settings, stop, .. } = surroundings;
    let rule = &settings.rule;
    let ids = journal.plan().ids_to_clear();
    if stop.in_order.is_cancelled() {
        return Err(failure::interrupted());
    }
    let mut attempts_left = WRITE_ATTEMPTS;
    loop {
        surroundings.enter(journal, Stage::Clearing);
        let order = clear::Order { rule, ids: &ids, partial: settings.partial, stop };
        let sent = clear::clear(&mut sandbox, &order, &mut journal.written).await.err();
        if let Some(error) = sent.as_ref().filter(|error| journal.is_untouched() || matches!(error, Error::Refused(_)))
        {
            return Err(error.into());
        }
        surroundings.enter(journal, Stage::ReadingAgain);
        let again = sandbox.read(rule).await.map_err(|error| failure::unconfirmed(sent.as_ref(), &error))?;
        let verdict = verify(rule, settings.policy, journal.plan(), &journal.written, &again.records);
        let failure =
            failure::after_write(rule, &verdict, &journal.written, sent.as_ref(), stop.in_order.is_cancelled());
        attempts_left -= 1;
        let is_lost = sent.is_some_and(|error| error.may_have_been_carried_out());
        // A stopped run keeps what this reading showed, and sends no more.
        if failure.is_some() && attempts_left > 0 && is_lost && !stop.in_order.is_cancelled() {
            tracing::info!("the answer to the write was lost, and something is left: writing again");
            clear::take_stock(&mut journal.written, &verdict);
            continue;
        }
        journal.verdict = Some(verdict);
        return failure.map_or(Ok(()), Err);
    }
}

/// Waits for a login or a read, which can be dropped at any moment, unless the run is stopped.
async fn unless_stopped<T>(stop: &Stop, work: impl Future<Output = Result<T, Error>>) -> Result<T, Failure> {
    match stop.in_order.run_until_cancelled(work).await {
        Some(result) => result.map_err(|error| Failure::from(&error)),
        None => Err(failure::interrupted()),
    }
}
