//! Deliveries that come at the same time to SQLite, put on disk together.
//!
//! SQLite writes one transaction after the other, and each waits for the disk: a few milliseconds. So whatever came
//! while the disk was busy goes into the next transaction together, and nothing waits longer than for two of them.
//! PostgreSQL does that by itself, for the transactions of all its connections.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::{Accepted, LONGEST_CALL, Queue, QueueError};
use crate::server::job::Delivery;

/// How many deliveries one transaction takes at most, and how many more may wait for the next.
const AT_ONCE: usize = 256;

type Answer = Result<Accepted, Arc<sqlx::Error>>;

struct Asked {
    delivery: Delivery,
    place: String,
    answer: oneshot::Sender<Answer>,
}

/// Where deliveries are handed in. The task behind it ends with the last clone.
#[derive(Clone, Debug)]
pub(super) struct Batches(mpsc::Sender<Asked>);

impl Batches {
    /// Starts to write what is handed in.
    pub(super) fn start(queue: Queue) -> Self {
        let (sender, receiver) = mpsc::channel(AT_ONCE);
        tokio::spawn(write_all(queue, receiver));
        Self(sender)
    }

    /// Hands a delivery in, and waits until it is on disk.
    pub(super) async fn accept(
        &self,
        delivery: Delivery,
        place: String,
        doing: &'static str,
    ) -> Result<Accepted, QueueError> {
        let (answer, answered) = oneshot::channel();
        let asking = async {
            self.0.send(Asked { delivery, place, answer }).await.ok()?;
            answered.await.ok()
        };
        match tokio::time::timeout(LONGEST_CALL, asking).await {
            Ok(Some(Ok(accepted))) => Ok(accepted),
            Ok(Some(Err(source))) => Err(QueueError::Failed { doing, source }),
            // The task is gone with its runtime, or was too slow.
            Ok(None) | Err(_) => Err(QueueError::TooSlow(doing)),
        }
    }
}

async fn write_all(queue: Queue, mut receiver: mpsc::Receiver<Asked>) {
    let mut batch = Vec::with_capacity(AT_ONCE);
    while receiver.recv_many(&mut batch, AT_ONCE).await > 0 {
        // Who doesn't wait any more got an error, and sends again.
        batch.retain(|asked| !asked.answer.is_closed());
        let limit = LONGEST_CALL + Duration::from_secs(1);
        let written = tokio::time::timeout(limit, write_batch(&queue, &batch)).await;
        match written.unwrap_or(Err(sqlx::Error::PoolTimedOut)) {
            Ok(answers) => {
                for (asked, accepted) in batch.drain(..).zip(answers) {
                    asked.answer.send(Ok(accepted)).ok();
                }
            }
            Err(error) => {
                let error = Arc::new(error);
                for asked in batch.drain(..) {
                    asked.answer.send(Err(error.clone())).ok();
                }
            }
        }
    }
}

/// Writes a batch in one transaction: all of it, or nothing.
async fn write_batch(queue: &Queue, batch: &[Asked]) -> Result<Vec<Accepted>, sqlx::Error> {
    let mut write = queue.write().await?;
    let mut answers = Vec::with_capacity(batch.len());
    for asked in batch {
        let accepted = queue.accept_in(&mut write, &asked.delivery, &asked.place).await?;
        // SQLite has one writer: nothing can have come in between.
        answers.push(accepted.ok_or_else(|| sqlx::Error::Protocol("another writer".into()))?);
    }
    write.commit().await?;
    Ok(answers)
}
