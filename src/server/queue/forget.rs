//! Letting go of what is old.

use std::time::Duration;

use super::write::milliseconds;
use super::{Queue, QueueError};

/// How many jobs one transaction deletes: deliveries wait meanwhile.
const AT_ONCE: i64 = 200;
/// How long a place that no job names is remembered, for its rest: longer than a rest can be.
const PLACES: Duration = Duration::from_secs(2 * 24 * 60 * 60);

impl Queue {
    /// Deletes the jobs that have ended for longer than `keep`, with their deliveries and notices. Gives how many.
    ///
    /// # Errors
    /// Some may be gone; the next time takes the rest.
    pub async fn forget(&self, keep: Duration) -> Result<u64, QueueError> {
        let mut forgotten = 0;
        loop {
            let deleted = self.within("delete old jobs", self.forget_some(keep)).await?;
            forgotten += deleted;
            if deleted < AT_ONCE.unsigned_abs() {
                return Ok(forgotten);
            }
        }
    }

    async fn forget_some(&self, keep: Duration) -> Result<u64, sqlx::Error> {
        let mut write = self.write().await?;
        let deleted = sqlx::query(
            "DELETE FROM jobs WHERE finished_at IS NOT NULL AND id IN \
             (SELECT id FROM jobs WHERE finished_at < $1 ORDER BY finished_at LIMIT $2)",
        )
        .bind(write.now - milliseconds(keep))
        .bind(AT_ONCE)
        .execute(write.connection())
        .await?;
        sqlx::query(
            "DELETE FROM places WHERE token IS NULL AND begun_at < $1 \
             AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.place = places.place)",
        )
        .bind(write.now - milliseconds(PLACES))
        .execute(write.connection())
        .await?;
        write.commit().await?;
        Ok(deleted.rows_affected())
    }
}
