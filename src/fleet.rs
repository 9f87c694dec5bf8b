//! Many orgs side by side: bounded, isolated from each other, reported in the order asked for.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::task::{Id, JoinError, JoinSet};
use tracing::Instrument;
use ulid::Ulid;

use crate::domain::report::{Failure, FleetReport, OrgReport, Outcome};
use crate::domain::trouble::Trouble;
use crate::scrub::{self, Order, Settings, Stage, Stop, Surroundings};

/// Told of the progress of a run, org by org; `index` is the org's place in the order asked for.
pub trait Observer: Send + Sync {
    /// An org comes to a stage.
    fn stage(&self, index: usize, stage: Stage);
    /// An org is done.
    fn done(&self, index: usize, report: &OrgReport);
}

/// An observer for those who don't look.
#[derive(Clone, Copy, Debug)]
pub struct Unobserved;

impl Observer for Unobserved {
    fn stage(&self, _index: usize, _stage: Stage) {}

    fn done(&self, _index: usize, _report: &OrgReport) {}
}

/// How a run treats its orgs as a whole.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How many orgs at once.
    pub concurrency: usize,
    /// Begin no more orgs once one has failed or was refused.
    pub fail_fast: bool,
}

/// Scrubs every org, and reports on every one, those that were not begun among them.
///
/// When the run is to [`Stop`], no more orgs are begun, and those under way end with a report of what is known of them.
pub async fn run(
    orders: Vec<Order>,
    settings: Settings,
    pace: Pace,
    observer: Arc<dyn Observer>,
    stop: &Stop,
) -> FleetReport {
    let (run_id, started_at, mode) = (Ulid::generate().to_string(), Timestamp::now(), settings.mode);
    tracing::info!(run_id, orgs = orders.len(), "the run begins");
    let mut reports: Vec<Option<OrgReport>> = orders.iter().map(|_| None).collect();
    let names: Vec<String> = orders.iter().map(|order| order.name.clone()).collect();
    let settings = Arc::new(settings);
    let mut waiting = orders.into_iter().enumerate();
    let mut running = Running::default();
    let mut failed = false;
    loop {
        while running.len() < pace.concurrency.max(1) && !stop.in_order.is_cancelled() && !(pace.fail_fast && failed) {
            let Some((index, order)) = waiting.next() else { break };
            running.begin(index, order, Arc::clone(&settings), Arc::clone(&observer), stop.clone());
        }
        let Some((index, report)) = running.next(&names).await else { break };
        failed |= matches!(report.outcome, Outcome::Failed | Outcome::Refused);
        observer.done(index, &report);
        reports[index] = Some(report);
    }
    let not_begun = not_begun(stop.in_order.is_cancelled());
    let orgs = reports.into_iter().zip(names);
    let orgs =
        orgs.map(|(report, name)| report.unwrap_or_else(|| OrgReport::not_run(name, not_begun.clone()))).collect();
    FleetReport { run_id, mode, started_at, finished_at: Timestamp::now(), orgs }
}

fn not_begun(interrupted: bool) -> Failure {
    if interrupted {
        Failure::new(Trouble::Interrupted, "the run was stopped before this org was begun")
    } else {
        Failure::new(Trouble::FailFast, "another org failed first, and --fail-fast was given")
    }
}

/// The orgs under way. Each is a task of its own, so that even a defect in one leaves the others alone.
#[derive(Default)]
struct Running {
    tasks: JoinSet<OrgReport>,
    indexes: HashMap<Id, usize>,
}

impl Running {
    fn len(&self) -> usize {
        self.tasks.len()
    }

    fn begin(&mut self, index: usize, order: Order, settings: Arc<Settings>, observer: Arc<dyn Observer>, stop: Stop) {
        // At the highest level, so that whatever is logged at all says of which org it is.
        let span = tracing::error_span!("org", org = order.name);
        let work = async move {
            let on_stage = |stage| observer.stage(index, stage);
            scrub::run(order, Surroundings { settings: &settings, stop: &stop, on_stage: &on_stage }).await
        };
        let task = self.tasks.spawn(work.instrument(span));
        self.indexes.insert(task.id(), index);
    }

    async fn next(&mut self, names: &[String]) -> Option<(usize, OrgReport)> {
        let (id, report) = match self.tasks.join_next_with_id().await? {
            Ok((id, report)) => (id, Ok(report)),
            Err(error) => (error.id(), Err(error)),
        };
        let index = self.indexes.remove(&id)?;
        Some((index, report.unwrap_or_else(|error| defect(&names[index], &error))))
    }
}

/// The report of an org whose task panicked. What it panicked with stays out: it could hold anything.
fn defect(name: &str, error: &JoinError) -> OrgReport {
    let what = if error.is_panic() { "panicked" } else { "was cancelled" };
    let failure = Failure::new(Trouble::Internal, format!("the work on this org {what}"));
    OrgReport { outcome: Outcome::Failed, ..OrgReport::not_run(name.to_string(), failure) }
}
