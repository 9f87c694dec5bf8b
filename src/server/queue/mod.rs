//! The queue: every accepted job, on disk before it is acknowledged, and who is at work on it. The one module with SQL.
//!
//! The claim is on the *place* where a sandbox is reached (its host), not on a job: two scrubs of one org can't run at
//! once, and one login settles all jobs that wait for it. A claim is a lease: whoever holds it extends it while it
//! works, and when its process dies, the lease runs out and another worker takes the jobs up.

use std::time::Duration;

use jiff::Timestamp;

use super::job::{Job, JobId, Reason, State};

/// How many jobs of one sandbox wait beside each other, each for an org id of its own.
pub const WAITING_IDS: u32 = 8;

/// What became of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// A job of its own.
    New(JobId),
    /// It tells what a waiting job is for already.
    Joined(JobId),
    /// This very delivery was accepted before.
    Known(JobId),
    /// Too many jobs of this sandbox wait, each for another org: not accepted.
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
}

/// The right to work on a place, and the jobs that wait for it.
#[derive(Clone, Debug)]
pub struct Claim {
    /// Where: the host of the org, or what stands for it while the configuration knows none.
    pub place: String,
    /// Fences this claim off from an earlier or later one at the same place.
    pub token: String,
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
    /// When the next attempt is due, where it waits.
    pub due_at: Option<Timestamp>,
    /// Whether somebody has to change something.
    pub needs_attention: bool,
    /// Why it is not done.
    pub reason: Option<Reason>,
    /// The outcome for the org, as in reports.
    pub outcome: Option<String>,
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
    /// When the oldest job that waits or runs was accepted.
    pub oldest_open: Option<Timestamp>,
}
