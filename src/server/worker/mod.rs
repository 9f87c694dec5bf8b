//! The workers: claim a place, scrub its org as the command line does, and settle the jobs that waited for it.
//!
//! One loop claims, and each claim is worked on in a task of its own, so that a defect in one is trouble of that one's
//! jobs. Whatever ends the process between two steps leaves a claim behind whose lease runs out.

mod advice;
mod lease;
mod settle;
mod verdict;
mod visit;

use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::orgs::Orgs;
use super::queue::{Claim, Queue, QueueError};
use super::retry;
use crate::domain::printable::with_causes;
use crate::salesforce::Transport;
use crate::scrub::Stop;

/// The pauses and limits of the workers.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How many places are worked on at a time.
    pub workers: usize,
    /// How long to wait, with nothing to do, before the queue is asked again.
    pub poll: Duration,
    /// How long a claim holds without being extended: as the queue has it.
    pub lease: Duration,
    /// Whether relays that show no credential are rewritten too.
    pub every_relay: bool,
    /// The pauses between two attempts at a job.
    pub retry: retry::Limits,
}

/// How the service ends. Who asks for a later one has asked for those before.
#[derive(Clone, Debug, Default)]
pub struct Shutdown {
    /// Nothing is begun any more; what was begun goes on.
    pub begun: CancellationToken,
    /// In order: logins and reads end, a write ends and is read back, and jobs that are not done are handed back. At once:
    /// nothing is waited for.
    pub stop: Stop,
}

/// Works on what the queue has. Clones of it share its connections.
#[derive(Clone, Debug)]
pub struct Workers {
    queue: Queue,
    orgs: Orgs,
    transport: Transport,
    settings: Settings,
}

impl Workers {
    /// Workers for this queue, at these orgs.
    pub fn new(queue: Queue, orgs: Orgs, transport: Transport, settings: Settings) -> Self {
        Self { queue, orgs, transport, settings }
    }

    /// Works until the service ends, and no job is worked on any more. A database that is away is waited for.
    pub async fn run(&self, shutdown: &Shutdown) {
        let mut visits = JoinSet::new();
        let mut is_away = false;
        while !shutdown.begun.is_cancelled() {
            if visits.len() >= self.settings.workers.max(1) {
                shutdown.begun.run_until_cancelled(visits.join_next()).await;
                continue;
            }
            while visits.try_join_next().is_some() {}
            let at = Instant::now();
            let claimed = self.queue.claim().await;
            note(&claimed, &mut is_away);
            match claimed {
                // One that comes when the end has begun already is handed back by its visit.
                Ok(Some(claim)) => {
                    let (workers, shutdown) = (self.clone(), shutdown.clone());
                    visits.spawn(async move { workers.visit(claim, at, &shutdown).await });
                }
                Ok(None) => {
                    shutdown.begun.run_until_cancelled(self.queue.wait(self.settings.poll)).await;
                }
                Err(_) => {
                    shutdown.begun.run_until_cancelled(tokio::time::sleep(self.settings.poll)).await;
                }
            }
        }
        while visits.join_next().await.is_some() {}
    }
}

/// Says once that the database is away, and once that it is back.
fn note(claimed: &Result<Option<Claim>, QueueError>, is_away: &mut bool) {
    match claimed {
        Err(error) if !*is_away => {
            let error = with_causes(error);
            tracing::error!(error, "no job can be taken up: waiting for the database");
        }
        Ok(_) if *is_away => tracing::info!("the database answers again"),
        _ => {}
    }
    *is_away = claimed.is_err();
}
