//! One claim, worked on: which org, one scrub, and what it means for each job.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::task::JoinSet;
use tracing::Instrument;
use ulid::Ulid;

use super::lease::Lease;
use super::verdict::of_job;
use super::{Shutdown, Workers};
use crate::domain::diff::Usernames;
use crate::domain::plan::Policy;
use crate::domain::printable::with_causes;
use crate::domain::report::{Failure, Mode, OrgReport, Outcome};
use crate::domain::rule::Rule;
use crate::domain::trouble::Trouble;
use crate::scrub::{self, Order, Settings, Stop, Surroundings};
use crate::server::job::Job;
use crate::server::metrics;
use crate::server::queue::Claim;

/// What to do about an org that may have one id only.
const NO_EXPECTED_ID: &str = "Take expect_org_id out of the settings of this sandbox: each call says which org it is of, \
                              and the service writes to that one alone. A waiting job is tried again by itself.";

/// A job, and the attempt that was made for it.
pub(super) struct Tried {
    pub(super) job: Job,
    pub(super) org: OrgReport,
    pub(super) run: Run,
}

/// What one attempt is called in logs and reports, and when it was made.
#[derive(Clone)]
pub(super) struct Run {
    pub(super) id: String,
    pub(super) started_at: Timestamp,
    pub(super) finished_at: Timestamp,
}

/// Jobs that one login at one org settles.
struct Group {
    order: Order,
    timeout: Duration,
    jobs: Vec<Job>,
}

impl Workers {
    /// Works on a claim that was asked for `at` that moment, and ends it, unless it was lost meanwhile.
    pub(super) async fn visit(&self, claim: Claim, at: Instant, shutdown: &Shutdown) {
        let jobs: Vec<&str> = claim.jobs.iter().map(|job| job.id.as_str()).collect();
        // At the highest level, so that whatever is logged at all says of which jobs it is.
        let span = tracing::error_span!("claim", place = claim.place, jobs = jobs.join(" "));
        self.work_and_settle(&claim, at, shutdown).instrument(span).await;
    }

    async fn work_and_settle(&self, claim: &Claim, at: Instant, shutdown: &Shutdown) {
        if shutdown.begun.is_cancelled() {
            return self.hand_back(claim).await;
        }
        let lease = Lease { queue: &self.queue, claim, length: self.settings.lease, begun: at };
        let work = alone(self.clone().work(claim.clone(), shutdown.stop.clone()));
        let Some(worked) = lease.keep(work).await else { return };
        let tried = worked.unwrap_or_else(|| {
            let failure = Failure::new(Trouble::Internal, "the work on this job panicked");
            claim.jobs.iter().map(|job| not_begun(job.clone(), &failure)).collect()
        });
        if tried.is_empty() && shutdown.stop.in_order.is_cancelled() {
            return self.hand_back(claim).await;
        }
        self.settle(claim, at, tried, &shutdown.stop).await;
    }

    /// What was tried. A job that is left out was moved to another place, or cut short.
    async fn work(self, claim: Claim, stop: Stop) -> Vec<Tried> {
        let mut tried = Vec::new();
        for group in self.groups(&claim, &mut tried).await {
            if !stop.in_order.is_cancelled() {
                self.scrub(group, &stop, &mut tried).await;
            }
        }
        tried
    }

    /// The orgs of the claim's jobs. As a rule it is one; more sandboxes than one have one host only where its address
    /// is an instance's of old. Jobs that the settings have no org for are tried with that.
    async fn groups(&self, claim: &Claim, tried: &mut Vec<Tried>) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        let mut left = claim.jobs.clone();
        while let Some(sandbox) = left.first().map(|job| job.sandbox.clone()) {
            let (jobs, others): (Vec<Job>, Vec<Job>) = left.into_iter().partition(|job| job.sandbox == sandbox);
            left = others;
            match self.orgs.find(&sandbox).await {
                Err(failure) => tried.extend(jobs.into_iter().map(|job| not_begun(job, &failure))),
                Ok(found) if found.place != claim.place => self.relocate(claim, &jobs, &found.place).await,
                Ok(found) => match groups.iter_mut().find(|group| group.order.name == found.order.name) {
                    Some(group) => group.jobs.extend(jobs),
                    None => groups.push(Group { order: found.order, timeout: found.timeout, jobs }),
                },
            }
        }
        groups
    }

    /// Moves jobs to the place where the settings have their org now. One that can't be moved is due again.
    async fn relocate(&self, claim: &Claim, jobs: &[Job], place: &str) {
        for job in jobs {
            match self.queue.relocate(claim, &job.id, place).await {
                Ok(_) => tracing::info!(job = %job.id, place, "the settings lead elsewhere now: the job is moved"),
                Err(error) => {
                    let error = with_causes(&error);
                    tracing::warn!(error, job = %job.id, "the job could not be moved to where its sandbox is now");
                }
            }
        }
    }

    /// One scrub, for whichever of the jobs the org is that of. Nothing is tried where it is cut short with nothing done.
    async fn scrub(&self, group: Group, stop: &Stop, tried: &mut Vec<Tried>) {
        let Group { mut order, timeout, mut jobs } = group;
        let name = order.name.clone();
        if let [expected] = order.destination.expected.org_ids.as_slice() {
            for job in jobs.extract_if(.., |job| job.organization_id != *expected) {
                let message = format!(
                    "expect_org_id of {name} is {expected}, and the call came from {}: a refresh gives a sandbox a new id",
                    job.organization_id
                );
                let failure = Failure::new(Trouble::Configuration, message);
                tried.push(not_begun(job, &Failure { advice: Some(NO_EXPECTED_ID), ..failure }));
            }
        }
        if jobs.is_empty() {
            return;
        }
        order.destination.expected.org_ids = jobs.iter().map(|job| job.organization_id.clone()).collect();
        order.destination.expected.asks_others = true;
        let settings = self.scrub_settings(timeout);
        let mut run = Run::begin();
        let surroundings = Surroundings { settings: &settings, stop, on_stage: &|_| {} };
        let span = tracing::error_span!("org", org = name, run = run.id);
        // On the heap, for it is too large to be handed from one future to the next.
        let report = Box::pin(scrub::run(order, surroundings)).instrument(span.clone()).await;
        run.finished_at = Timestamp::now();
        span.in_scope(|| tell(&report));
        if report.error.as_ref().is_some_and(|error| error.trouble == Trouble::Interrupted) {
            return;
        }
        let of = |job: Job| Tried { org: of_job(&report, &job.organization_id), run: run.clone(), job };
        tried.extend(jobs.into_iter().map(of));
    }

    /// As `relay-scrub scrub ORG --yes` has them, with `--every-relay` where the service has it.
    fn scrub_settings(&self, timeout: Duration) -> Settings {
        Settings {
            rule: Rule::email_relay(),
            policy: Policy { every_record: self.settings.every_relay, usernames: Usernames::Masked },
            mode: Mode::Scrub,
            partial: false,
            timeout,
            transport: self.transport.clone(),
        }
    }
}

impl Run {
    fn begin() -> Self {
        let now = Timestamp::now();
        Self { id: Ulid::generate().to_string(), started_at: now, finished_at: now }
    }
}

/// Does the work in a task of its own, which ends when this is dropped. Nothing where it panicked.
async fn alone<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Option<T> {
    let mut task = JoinSet::new();
    task.spawn(work.in_current_span());
    task.join_next().await?.ok()
}

/// A job for which no org was contacted.
fn not_begun(job: Job, failure: &Failure) -> Tried {
    let outcome = if matches!(failure.trouble, Trouble::Refused(_)) { Outcome::Refused } else { Outcome::Failed };
    let org = OrgReport { outcome, ..OrgReport::not_run(job.sandbox.clone(), failure.clone()) };
    Tried { job, org, run: Run::begin() }
}

/// One line for each attempt.
fn tell(report: &OrgReport) {
    let OrgReport { outcome, api_requests, duration, error, .. } = report;
    let outcome = outcome.as_str();
    metrics::scrub_ended(outcome, *duration);
    let duration_ms = duration.as_millis();
    match error {
        None => tracing::info!(outcome, api_requests, duration_ms, "tried"),
        Some(Failure { trouble, message, .. }) => {
            tracing::info!(outcome, api_requests, duration_ms, code = trouble.code(), message, "tried");
        }
    }
}
