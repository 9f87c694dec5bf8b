//! Taking a delivery in.

use super::row::text;
use super::write::Write;
use super::{Accepted, OPEN_JOBS, Queue, QueueError};
use crate::server::job::{Delivery, JobId};

impl Queue {
    /// Keeps a delivery: when this returns, the job is on disk. `place` is where its sandbox is reached by now.
    ///
    /// A waiting job of the same sandbox and org stands for this delivery too. One that is running doesn't: it may have
    /// read before the refresh was over.
    ///
    /// # Errors
    /// The delivery may have been kept all the same; sent again with its id, it finds its job.
    pub async fn accept(&self, delivery: &Delivery, place: &str) -> Result<Accepted, QueueError> {
        const DOING: &str = "keep a delivery";
        let accepted = match &self.batches {
            Some(batches) => batches.accept(delivery.clone(), place.to_owned(), DOING).await?,
            None => self.within(DOING, self.accept_alone(delivery, place)).await?,
        };
        if matches!(accepted, Accepted::New(_)) {
            self.wake();
        }
        Ok(accepted)
    }

    /// Keeps a delivery in a transaction of its own.
    async fn accept_alone(&self, delivery: &Delivery, place: &str) -> Result<Accepted, sqlx::Error> {
        loop {
            let mut write = self.write().await?;
            match self.accept_in(&mut write, delivery, place).await? {
                Some(accepted) => {
                    write.commit().await?;
                    return Ok(accepted);
                }
                None => write.rollback().await?,
            }
        }
    }

    /// Keeps a delivery once the transaction is committed. None: the same id came at the same moment for another
    /// sandbox; the transaction is to be rolled back, and the next one finds its job.
    pub(super) async fn accept_in(
        &self,
        write: &mut Write,
        delivery: &Delivery,
        place: &str,
    ) -> Result<Option<Accepted>, sqlx::Error> {
        write.lock_sandbox(&delivery.sandbox).await?;
        let (known, open) = known_and_open(write, delivery).await?;
        if let Some(known) = known {
            return Ok(Some(Accepted::Known(known)));
        }
        let joined = if open > 0 { join(write, delivery).await? } else { None };
        let (id, accepted) = match joined {
            Some(id) => (id.clone(), Accepted::Joined(id)),
            None if open >= OPEN_JOBS => return Ok(Some(Accepted::Full)),
            None => {
                let id = self.insert_job(write, delivery, place).await?;
                (id.clone(), Accepted::New(id))
            }
        };
        Ok(insert_delivery(write, delivery, &id).await?.then_some(accepted))
    }

    async fn insert_job(&self, write: &mut Write, delivery: &Delivery, place: &str) -> Result<JobId, sqlx::Error> {
        let id = JobId::generate();
        write.insert_place(place).await?;
        sqlx::query(
            "INSERT INTO jobs (id, place, sandbox, organization_id, sandbox_id, state, deliveries, accepted_at, \
             opened_at, due_at, give_up_at, attempts, needs_attention) \
             VALUES ($1, $2, $3, $4, $5, 'waiting', 1, $6, $6, $6, $7, 0, 0)",
        )
        .bind(id.as_str().to_owned())
        .bind(place.to_owned())
        .bind(text(&delivery.sandbox))
        .bind(delivery.organization_id.as_str().to_owned())
        .bind(text(&delivery.sandbox_id))
        .bind(write.now)
        .bind(write.now + self.give_up_after())
        .execute(write.connection())
        .await?;
        Ok(id)
    }
}

/// The job that this very delivery has already, and how many jobs of its sandbox are open.
async fn known_and_open(write: &mut Write, delivery: &Delivery) -> Result<(Option<JobId>, i64), sqlx::Error> {
    let (known, open): (Option<String>, i64) = sqlx::query_as(
        "SELECT (SELECT job FROM deliveries WHERE webhook_id = $1), \
         (SELECT COUNT(*) FROM jobs WHERE sandbox = $2 AND finished_at IS NULL)",
    )
    .bind(text(&delivery.webhook_id))
    .bind(text(&delivery.sandbox))
    .fetch_one(write.connection())
    .await?;
    Ok((known.as_deref().and_then(JobId::parse), open))
}

/// Counts the delivery to the job that waits for its org, where there is one.
async fn join(write: &mut Write, delivery: &Delivery) -> Result<Option<JobId>, sqlx::Error> {
    let joined: Vec<String> = sqlx::query_scalar(
        "UPDATE jobs SET deliveries = deliveries + 1 WHERE state = 'waiting' AND id = (SELECT MAX(id) FROM jobs \
         WHERE sandbox = $1 AND organization_id = $2 AND state = 'waiting') RETURNING id",
    )
    .bind(text(&delivery.sandbox))
    .bind(delivery.organization_id.as_str().to_owned())
    .fetch_all(write.connection())
    .await?;
    Ok(joined.first().and_then(|id| JobId::parse(id)))
}

async fn insert_delivery(write: &mut Write, delivery: &Delivery, id: &JobId) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query(
        "INSERT INTO deliveries (webhook_id, job, accepted_at) VALUES ($1, $2, $3) ON CONFLICT (webhook_id) DO NOTHING",
    )
    .bind(text(&delivery.webhook_id))
    .bind(id.as_str().to_owned())
    .bind(write.now)
    .execute(write.connection())
    .await?;
    Ok(inserted.rows_affected() == 1)
}
