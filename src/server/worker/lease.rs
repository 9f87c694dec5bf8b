//! Keeping a claim while its places are worked on, and ending the work before somebody else can begin.

use std::time::{Duration, Instant};

use crate::domain::printable::with_causes;
use crate::server::queue::{Claim, Queue};

/// A claim that is kept by extending its lease.
pub(super) struct Lease<'a> {
    pub(super) queue: &'a Queue,
    pub(super) claim: &'a Claim,
    /// How long the claim holds without being extended.
    pub(super) length: Duration,
    /// When it began, at the latest.
    pub(super) begun: Instant,
}

impl Lease<'_> {
    /// Does the work while the claim is ours, and extends the lease meanwhile. Nothing where it could not be kept: the
    /// work was dropped then, before the lease was over.
    pub(super) async fn keep<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.lost() => None,
            done = work => Some(done),
        }
    }

    /// Extends the lease again and again. It returns when that no longer works and a sixth of the lease is left, so that
    /// what was sent last has come to its end when another begins.
    async fn lost(&self) {
        let mut begun = self.begun;
        let mut next = begun + self.length / 3;
        loop {
            let end = begun + self.length * 5 / 6;
            tokio::time::sleep_until(next.min(end).into()).await;
            let at = Instant::now();
            match tokio::time::timeout_at(end.into(), self.queue.extend(self.claim)).await {
                Ok(Ok(true)) => (begun, next) = (at, at + self.length / 3),
                Ok(Ok(false)) => {
                    tracing::warn!("another worker has this claim: the work is stopped");
                    return;
                }
                Ok(Err(error)) if at < end => {
                    let error = with_causes(&error);
                    tracing::warn!(error, "the claim could not be extended: trying again");
                    next = Instant::now() + self.length / 12;
                }
                Ok(Err(_)) | Err(_) => {
                    tracing::error!(
                        "the claim could not be extended in time: the work is stopped, to begin anew later"
                    );
                    return;
                }
            }
        }
    }
}
