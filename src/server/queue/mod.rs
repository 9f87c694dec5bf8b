//! The queue: every accepted job, on disk before it is acknowledged, and who is at work on it. The one module with SQL.
//!
//! The claim is on the *place* where a sandbox is reached (its host), not on a job: two scrubs of one org can't run at
//! once, and one login settles all jobs that wait for it. A claim is a lease: whoever holds it extends it while it
//! works, and when its process dies, the lease runs out and another worker takes the jobs up.

mod accept;
mod batch;
mod claim;
mod dialect;
mod error;
mod file;
mod forget;
mod look;
mod notice;
mod open;
mod row;
mod wish;
mod write;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use sqlx::AnyPool;
use tokio::sync::Notify;

pub use self::error::{OpenError, QueueError};
pub use self::notice::{Event, Notice};

use self::batch::Batches;
use self::dialect::Dialect;
use super::job::{Job, JobId, Reason, State};
use crate::domain::report::Warning;

/// How many jobs of one sandbox are open at most, waiting or running, and so how many org ids wait beside each other.
/// Whoever has the webhook's secret can make no more of them, and a job that is open is never pushed out.
pub const OPEN_JOBS: i64 = 8;

/// How long one call waits for the database at most, all in all: the caller of the hook gives up after 10 s.
const LONGEST_CALL: Duration = Duration::from_secs(6);

/// The queue. Clones of it are the same queue.
///
/// A method that gives an error may be called again: each does nothing a second time.
#[derive(Clone, Debug)]
pub struct Queue {
    writing: AnyPool,
    reading: AnyPool,
    dialect: Dialect,
    limits: Limits,
    woken: Arc<Notify>,
    batches: Option<Batches>,
}

/// What became of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// A job of its own.
    New(JobId),
    /// It tells what a waiting job is for already.
    Joined(JobId),
    /// This very delivery was accepted before.
    Known(JobId),
    /// [`OPEN_JOBS`] jobs of this sandbox are open, and none of them stands for this delivery: not accepted.
    Full,
}

/// The pauses and limits of the queue.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long a claim holds without being extended.
    pub lease: Duration,
    /// The least time between the begins of two attempts at one place.
    pub rest: Duration,
    /// How old a job grows before it is given up.
    pub give_up_after: Duration,
    /// Whether somebody wants to be told of jobs that need attention; else no notices are written.
    pub notices: bool,
}

/// The right to work on a place, and the jobs that wait for it.
#[derive(Clone, Debug)]
pub struct Claim {
    /// Where: the host of the org, or what stands for it while the configuration knows none.
    pub place: String,
    /// Fences this claim off from an earlier or later one at the same place.
    pub token: String,
    /// When it began, by the database's clock.
    pub at: Timestamp,
    /// The jobs to settle by one login, oldest first.
    pub jobs: Vec<Job>,
}

/// How a claimed job goes on.
#[derive(Clone, Debug)]
pub struct Settled {
    /// Which.
    pub id: JobId,
    /// The state that it comes to: waiting, or a final one.
    pub state: State,
    /// How long to wait for the next attempt, where it waits; none is at once. It is counted by the database's clock.
    pub again_in: Option<Duration>,
    /// Whether somebody has to change something.
    pub needs_attention: bool,
    /// Why it is not done.
    pub reason: Option<Reason>,
    /// The outcome for the org, as in reports.
    pub outcome: Option<String>,
    /// What the attempt warned of.
    pub warnings: Vec<Warning>,
    /// The report in JSON.
    pub report: Option<String>,
}

/// Which jobs to list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// In one of these states; all where it is empty.
    pub states: Vec<State>,
    /// Of this sandbox, in lower case.
    pub sandbox: Option<String>,
    /// Only those that need attention.
    pub needs_attention: bool,
    /// Older than this one: where the next page begins.
    pub before: Option<JobId>,
    /// At most so many, newest first.
    pub limit: u32,
}

/// What became of a person's wish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// It is so now.
    Done,
    /// There is no such job.
    NoSuchJob,
    /// It can't be, from where the job stands.
    NotFrom(State),
    /// Another job for the same org of this sandbox waits already.
    AlreadyWaiting(JobId),
}

/// The figures for the metrics.
#[derive(Clone, Debug, Default)]
pub struct Census {
    /// How many jobs are in each state, with the outcome where there is one.
    pub jobs: Vec<(State, Option<String>, u64)>,
    /// How many need attention.
    pub needing_attention: u64,
    /// Since when the oldest job that waits or runs has been open.
    pub oldest_open: Option<Timestamp>,
}

impl Queue {
    /// Waits until there may be something to claim: a delivery came, or a job was let free, in this process. At most
    /// `longest`, for other replicas have deliveries too, pauses end, and leases run out.
    pub async fn wait(&self, longest: Duration) {
        tokio::time::timeout(longest, self.woken.notified()).await.ok();
    }

    /// Ends all connections. What is asked for afterwards fails.
    pub async fn close(&self) {
        self.writing.close().await;
        self.reading.close().await;
    }

    fn wake(&self) {
        self.woken.notify_one();
    }

    fn reading(&self) -> &AnyPool {
        &self.reading
    }

    fn dialect(&self) -> Dialect {
        self.dialect
    }

    fn limits(&self) -> &Limits {
        &self.limits
    }

    fn give_up_after(&self) -> i64 {
        write::milliseconds(self.limits.give_up_after)
    }

    /// Does something within [`LONGEST_CALL`], and says what it was when it fails.
    async fn within<T>(
        &self,
        doing: &'static str,
        work: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, QueueError> {
        match tokio::time::timeout(LONGEST_CALL, work).await {
            Ok(done) => done.map_err(|source| QueueError::Failed { doing, source: Arc::new(source) }),
            Err(_) => Err(QueueError::TooSlow(doing)),
        }
    }
}
