//! A transaction that writes.

use std::time::Duration;

use jiff::Timestamp;
use sqlx::{Any, AnyConnection, Transaction};

use super::Queue;
use super::dialect::Dialect;

/// A transaction that writes, and the time at which it began. Dropped, it leaves nothing behind.
pub(super) struct Write {
    transaction: Transaction<'static, Any>,
    dialect: Dialect,
    /// By the database's clock, in milliseconds since 1970.
    pub(super) now: i64,
}

impl Queue {
    /// Begins to write.
    pub(super) async fn write(&self) -> Result<Write, sqlx::Error> {
        let mut transaction = self.writing.begin_with(self.dialect.begin()).await?;
        let now = sqlx::query_scalar(self.dialect.now()).fetch_one(&mut *transaction).await?;
        Ok(Write { transaction, dialect: self.dialect, now })
    }
}

impl Write {
    /// What statements run on.
    pub(super) fn connection(&mut self) -> &mut AnyConnection {
        &mut self.transaction
    }

    /// When it began.
    pub(super) fn at(&self) -> Result<Timestamp, sqlx::Error> {
        Timestamp::from_millisecond(self.now).map_err(|error| sqlx::Error::Decode(Box::new(error)))
    }

    /// Waits until no other transaction decides about new jobs of this sandbox.
    pub(super) async fn lock_sandbox(&mut self, sandbox: &str) -> Result<(), sqlx::Error> {
        if let Some(lock) = self.dialect.lock_sandbox() {
            sqlx::query(lock).bind(sandbox.to_owned()).execute(self.connection()).await?;
        }
        Ok(())
    }

    /// Makes sure that the place is known.
    pub(super) async fn insert_place(&mut self, place: &str) -> Result<(), sqlx::Error> {
        sqlx::query(
            "INSERT INTO places (place, leased_until, begun_at) VALUES ($1, 0, 0) ON CONFLICT (place) DO NOTHING",
        )
        .bind(place.to_owned())
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Puts it on disk.
    pub(super) async fn commit(self) -> Result<(), sqlx::Error> {
        self.transaction.commit().await
    }

    /// Leaves nothing behind.
    pub(super) async fn rollback(self) -> Result<(), sqlx::Error> {
        self.transaction.rollback().await
    }
}

/// As the database counts. What is longer than a number can hold never ends anyway.
pub(super) fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4).min(i64::MAX / 4)
}
