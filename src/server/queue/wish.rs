//! What a person wants of a job.

use super::write::Write;
use super::{Queue, QueueError, Wish};
use crate::server::job::{JobId, State};

impl Queue {
    /// Lets a job that waits or has ended be due now. Its age and its attempts count anew.
    ///
    /// # Errors
    /// It may be so all the same.
    pub async fn retry(&self, id: &JobId) -> Result<Wish, QueueError> {
        let wish = self.within("let a job be tried again", self.retry_once(id)).await?;
        if wish == Wish::Done {
            self.wake();
        }
        Ok(wish)
    }

    async fn retry_once(&self, id: &JobId) -> Result<Wish, sqlx::Error> {
        let mut write = self.write().await?;
        let Some((_, sandbox)) = standing(&mut write, id).await? else {
            return Ok(Wish::NoSuchJob);
        };
        write.lock_sandbox(&sandbox).await?;
        if let Some(other) = waiting_beside(&mut write, id).await? {
            return Ok(Wish::AlreadyWaiting(other));
        }
        let changed = sqlx::query(
            "UPDATE jobs SET state = 'waiting', due_at = $1, opened_at = $1, give_up_at = $2, attempts = 0, \
             needs_attention = 0, finished_at = NULL WHERE id = $3 AND state <> 'running'",
        )
        .bind(write.now)
        .bind(write.now + self.give_up_after())
        .bind(id.as_str().to_owned())
        .execute(write.connection())
        .await?;
        finish(write, id, changed.rows_affected()).await
    }

    /// Takes a waiting job back.
    ///
    /// # Errors
    /// It may be so all the same.
    pub async fn cancel(&self, id: &JobId) -> Result<Wish, QueueError> {
        self.within("take a job back", async {
            let mut write = self.write().await?;
            let changed = sqlx::query(
                "UPDATE jobs SET state = 'cancelled', finished_at = $1, needs_attention = 0 \
                 WHERE id = $2 AND state = 'waiting'",
            )
            .bind(write.now)
            .bind(id.as_str().to_owned())
            .execute(write.connection())
            .await?;
            finish(write, id, changed.rows_affected()).await
        })
        .await
    }
}

/// Commits what was changed; where nothing was, says from which state it can't be.
async fn finish(mut write: Write, id: &JobId, changed: u64) -> Result<Wish, sqlx::Error> {
    if changed == 1 {
        write.commit().await?;
        return Ok(Wish::Done);
    }
    Ok(standing(&mut write, id).await?.map_or(Wish::NoSuchJob, |(state, _)| Wish::NotFrom(state)))
}

/// The job's state and its sandbox.
async fn standing(write: &mut Write, id: &JobId) -> Result<Option<(State, String)>, sqlx::Error> {
    let found: Option<(String, String)> = sqlx::query_as("SELECT state, sandbox FROM jobs WHERE id = $1")
        .bind(id.as_str().to_owned())
        .fetch_optional(write.connection())
        .await?;
    Ok(found.and_then(|(state, sandbox)| Some((State::of_word(&state)?, sandbox))))
}

/// Another waiting job for the org of this one, where this one has ended.
async fn waiting_beside(write: &mut Write, id: &JobId) -> Result<Option<JobId>, sqlx::Error> {
    let other: Option<String> = sqlx::query_scalar(
        "SELECT other.id FROM jobs JOIN jobs AS other ON other.sandbox = jobs.sandbox \
         AND other.organization_id = jobs.organization_id \
         WHERE jobs.id = $1 AND jobs.finished_at IS NOT NULL AND other.state = 'waiting' ORDER BY other.id LIMIT 1",
    )
    .bind(id.as_str().to_owned())
    .fetch_optional(write.connection())
    .await?;
    Ok(other.as_deref().and_then(JobId::parse))
}
