//! Writing down what became of the jobs of a claim.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use ulid::Ulid;

use super::Workers;
use super::verdict::{Verdict, verdict};
use super::visit::{Run, Tried};
use crate::domain::printable::{printable, with_causes};
use crate::domain::report::{Failure, FleetReport, Mode};
use crate::output::json;
use crate::scrub::Stop;
use crate::server::job::{Job, Reason, State};
use crate::server::queue::{Claim, Settled};

impl Workers {
    /// Settles the jobs that were tried, and lets the others wait. It goes on until that is written, unless the service
    /// ends: then the jobs are taken up again when the lease is over.
    pub(super) async fn settle(&self, claim: &Claim, at: Instant, tried: Vec<Tried>, stop: &Stop) {
        let elapsed = SignedDuration::try_from(at.elapsed()).unwrap_or(SignedDuration::MAX);
        let now = claim.at.saturating_add(elapsed).unwrap_or(claim.at);
        let settled: Vec<Settled> = tried.iter().map(|tried| self.settled(tried, now)).collect();
        loop {
            match self.queue.settle(claim, &settled).await {
                Ok(true) => {
                    for (tried, settled) in tried.iter().zip(&settled) {
                        tell(&tried.job, settled);
                    }
                    return;
                }
                Ok(false) => {
                    tracing::warn!("another worker has this claim, or it is settled already: nothing was written");
                    return;
                }
                Err(error) => {
                    let error = with_causes(&error);
                    tracing::error!(error, "what became of the jobs could not be written: trying again");
                }
            }
            let pause = tokio::time::sleep(self.settings.poll);
            if stop.in_order.run_until_cancelled(pause).await.is_none() {
                tracing::error!("what became of the jobs was not written: they are tried again when the lease is over");
                return;
            }
        }
    }

    /// Gives a claim back, its jobs as they were.
    pub(super) async fn hand_back(&self, claim: &Claim) {
        match self.queue.hand_back(claim).await {
            Ok(()) => tracing::info!("the jobs are handed back"),
            Err(error) => {
                let error = with_causes(&error);
                tracing::error!(
                    error,
                    "the jobs could not be handed back: they are tried again when the lease is over"
                );
            }
        }
    }

    fn settled(&self, tried: &Tried, now: Timestamp) -> Settled {
        let Tried { job, org, .. } = tried;
        let left = Duration::try_from(job.give_up_at.duration_since(now)).ok();
        let Verdict { state, again_in, needs_attention } =
            verdict(org, job.attempts, left, &self.settings.retry, chance());
        Settled {
            id: job.id.clone(),
            state,
            again_in,
            needs_attention,
            reason: org.error.as_ref().map(reason),
            outcome: Some(org.outcome.as_str().to_string()),
            warnings: org.warnings.clone(),
            report: report(tried),
        }
    }
}

fn reason(failure: &Failure) -> Reason {
    Reason {
        code: failure.trouble.code().to_string(),
        message: printable(&failure.message),
        hint: printable(&failure.hint()),
    }
}

/// The report as `scrub --json` prints it.
fn report(tried: &Tried) -> Option<String> {
    let Run { id: run_id, started_at, finished_at } = tried.run.clone();
    let report = FleetReport { run_id, mode: Mode::Scrub, started_at, finished_at, orgs: vec![tried.org.clone()] };
    let mut bytes = Vec::new();
    json::write(&report, env!("CARGO_PKG_VERSION"), &mut bytes).ok()?;
    String::from_utf8(bytes).ok()
}

/// A number at random: the lowest bits of an id, for that is what they are.
fn chance() -> u32 {
    u32::try_from(Ulid::generate().random() & u128::from(u32::MAX)).unwrap_or_default()
}

fn tell(job: &Job, settled: &Settled) {
    let Job { id, sandbox, attempts, .. } = job;
    let state = settled.state.word();
    let code = settled.reason.as_ref().map_or("", |reason| reason.code.as_str());
    let again_in_s = settled.again_in.map(|pause| pause.as_secs());
    let is_bad = settled.needs_attention || matches!(settled.state, State::Refused | State::Dead);
    if is_bad {
        tracing::warn!(job = %id, sandbox, attempts, state, code, again_in_s, "settled: somebody has to look after it");
    } else {
        tracing::info!(job = %id, sandbox, attempts, state, code, again_in_s, "settled");
    }
}
