//! Any work on many orgs: bounded, each org isolated from the others, reported in the order asked for.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::task::{Id, JoinError, JoinSet};
use tracing::Instrument;
use ulid::Ulid;

use crate::domain::report::Failure;
use crate::domain::trouble::Trouble;
use crate::scrub::{Order, Stop};

/// Told of the progress of a run, org by org; `index` is the org's place in the order asked for.
pub trait Observer<Report>: Send + Sync {
    /// An org is begun.
    fn begun(&self, index: usize);
    /// An org comes to a stage, which is said in a word or two.
    fn stage(&self, index: usize, stage: &'static str);
    /// An org is done.
    fn done(&self, index: usize, report: &Report);
}

/// An observer for those who don't look.
#[derive(Clone, Copy, Debug)]
pub struct Unobserved;

impl<Report> Observer<Report> for Unobserved {
    fn begun(&self, _index: usize) {}

    fn stage(&self, _index: usize, _stage: &'static str) {}

    fn done(&self, _index: usize, _report: &Report) {}
}

/// How a run treats its orgs as a whole.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How many orgs at once.
    pub concurrency: usize,
    /// Begin no more orgs once one has failed or was refused.
    pub fail_fast: bool,
}

/// What is done with each org of a run.
pub trait Work: Send + Sync + 'static {
    /// What it makes of an org.
    type Report: Send + 'static;

    /// Does it to one org. A failure is a report.
    fn run(
        &self,
        order: Order,
        stop: &Stop,
        on_stage: &(dyn Fn(&'static str) + Sync),
    ) -> impl Future<Output = Self::Report> + Send;

    /// The report of an org that was not begun.
    fn not_begun(name: String, failure: Failure) -> Self::Report;

    /// The report of an org whose work was lost by a defect of our own.
    fn lost(name: String, failure: Failure) -> Self::Report;

    /// True if the org failed or was refused.
    fn failed(report: &Self::Report) -> bool;
}

/// What became of the orgs, one report for each, in the order asked for.
#[derive(Debug)]
pub struct Run<Report> {
    /// Names the run in logs and reports.
    pub run_id: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Timestamp,
    /// One for each org, those that were not begun among them.
    pub orgs: Vec<Report>,
}

/// Does the work to every org, and reports on every one.
///
/// When the run is to [`Stop`], no more orgs are begun, and those under way end with a report of what is known of them.
pub async fn run_all<W: Work>(
    work: W,
    orders: Vec<Order>,
    pace: Pace,
    observer: Arc<dyn Observer<W::Report>>,
    stop: &Stop,
) -> Run<W::Report> {
    let (run_id, started_at) = (Ulid::generate().to_string(), Timestamp::now());
    tracing::info!(run_id, orgs = orders.len(), "the run begins");
    let mut reports: Vec<Option<W::Report>> = orders.iter().map(|_| None).collect();
    let names: Vec<String> = orders.iter().map(|order| order.name.clone()).collect();
    let mut waiting = orders.into_iter().enumerate();
    let mut running = Running::new(work, Arc::clone(&observer), stop.clone());
    let mut failed = false;
    loop {
        while running.len() < pace.concurrency.max(1) && !stop.in_order.is_cancelled() && !(pace.fail_fast && failed) {
            let Some((index, order)) = waiting.next() else { break };
            observer.begun(index);
            running.begin(index, order);
        }
        let Some((index, report)) = running.next(&names).await else { break };
        failed |= W::failed(&report);
        observer.done(index, &report);
        reports[index] = Some(report);
    }
    let not_begun = not_begun(stop.in_order.is_cancelled());
    let orgs = reports.into_iter().zip(names);
    let orgs = orgs.map(|(report, name)| report.unwrap_or_else(|| W::not_begun(name, not_begun.clone()))).collect();
    Run { run_id, started_at, finished_at: Timestamp::now(), orgs }
}

fn not_begun(interrupted: bool) -> Failure {
    if interrupted {
        Failure::new(Trouble::Interrupted, "the run was stopped before this org was begun")
    } else {
        Failure::new(Trouble::FailFast, "another org failed first, and --fail-fast was given")
    }
}

/// The orgs under way. Each is a task of its own, so that even a defect in one leaves the others alone.
struct Running<W: Work> {
    work: Arc<W>,
    observer: Arc<dyn Observer<W::Report>>,
    stop: Stop,
    tasks: JoinSet<W::Report>,
    indexes: HashMap<Id, usize>,
}

impl<W: Work> Running<W> {
    fn new(work: W, observer: Arc<dyn Observer<W::Report>>, stop: Stop) -> Self {
        Self { work: Arc::new(work), observer, stop, tasks: JoinSet::new(), indexes: HashMap::new() }
    }

    fn len(&self) -> usize {
        self.tasks.len()
    }

    fn begin(&mut self, index: usize, order: Order) {
        // At the highest level, so that whatever is logged at all says of which org it is.
        let span = tracing::error_span!("org", org = order.name);
        let (work, observer, stop) = (Arc::clone(&self.work), Arc::clone(&self.observer), self.stop.clone());
        let task = async move { work.run(order, &stop, &|stage| observer.stage(index, stage)).await };
        let task = self.tasks.spawn(task.instrument(span));
        self.indexes.insert(task.id(), index);
    }

    async fn next(&mut self, names: &[String]) -> Option<(usize, W::Report)> {
        let (id, report) = match self.tasks.join_next_with_id().await? {
            Ok((id, report)) => (id, Ok(report)),
            Err(error) => (error.id(), Err(error)),
        };
        let index = self.indexes.remove(&id)?;
        Some((index, report.unwrap_or_else(|error| W::lost(names[index].clone(), defect(&error)))))
    }
}

/// Why a task gave no report. What it panicked with stays out: it could hold anything.
fn defect(error: &JoinError) -> Failure {
    let what = if error.is_panic() { "panicked" } else { "was cancelled" };
    Failure::new(Trouble::Internal, format!("the work on this org {what}"))
}
