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
        let accepted = self.within("keep a delivery", self.accept_once(delivery, place)).await?;
        if matches!(accepted, Accepted::New(_)) {
            self.wake();
        }
        Ok(accepted)
    }

    async fn accept_once(&self, delivery: &Delivery, place: &str) -> Result<Accepted, sqlx::Error> {
        loop {
            let mut write = self.write().await?;
            write.lock_sandbox(&delivery.sandbox).await?;
            if let Some(known) = known(&mut write, &delivery.webhook_id).await? {
                return Ok(Accepted::Known(known));
            }
            let accepted = match join(&mut write, delivery).await? {
                Some(id) => Accepted::Joined(id),
                None if open_jobs(&mut write, &delivery.sandbox).await? >= OPEN_JOBS => return Ok(Accepted::Full),
                None => Accepted::New(self.insert(&mut write, delivery, place).await?),
            };
            if let Accepted::New(id) | Accepted::Joined(id) = &accepted
                && insert_delivery(&mut write, delivery, id).await?
            {
                write.commit().await?;
                return Ok(accepted);
            }
            // The same id came at the same time for another sandbox: its job is there now.
            write.rollback().await?;
        }
    }

    async fn insert(&self, write: &mut Write, delivery: &Delivery, place: &str) -> Result<JobId, sqlx::Error> {
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

async fn known(write: &mut Write, webhook_id: &str) -> Result<Option<JobId>, sqlx::Error> {
    let job: Option<String> = sqlx::query_scalar("SELECT job FROM deliveries WHERE webhook_id = $1")
        .bind(text(webhook_id))
        .fetch_optional(write.connection())
        .await?;
    Ok(job.as_deref().and_then(JobId::parse))
}

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

async fn open_jobs(write: &mut Write, sandbox: &str) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT COUNT(*) FROM jobs WHERE sandbox = $1 AND finished_at IS NULL")
        .bind(text(sandbox))
        .fetch_one(write.connection())
        .await
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
