//! Telling somebody of jobs that need somebody: by a program, or by a signed webhook to an address.
//!
//! What is to be told was written with what it tells of, so it is told however this process ends: at least once, and
//! perhaps twice. Who is told can tell a repetition by the id.

mod command;
mod payload;
mod post;

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::metrics;
use super::queue::{Notice, Queue, QueueError};
use crate::config::Notify;
use crate::domain::printable::{excerpt, with_causes};

pub use self::command::is_there;
pub use self::payload::body;

/// The pauses between tries, those of jobs.
#[derive(Clone, Copy, Debug)]
pub struct Pauses {
    /// How often to look for what is to be told.
    pub poll: Duration,
    /// A notice that was taken is nobody else's for so long; a try may take two thirds of it.
    pub lease: Duration,
    /// After the first try that failed; each further one is twice as long.
    pub first: Duration,
    /// No pause is longer.
    pub longest: Duration,
    /// A notice that is so old is given up.
    pub give_up_after: Duration,
}

/// Who tells.
#[derive(Debug)]
pub struct Sender {
    notify: Notify,
    pauses: Pauses,
    queue: Queue,
}

/// What comes after a try that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Again(Duration),
    GiveUp,
}

/// Decides by the number of tries so far, this one among them, and the age of the notice.
fn next(tries: u32, age: Duration, pauses: Pauses) -> Next {
    let pause = pauses.first.saturating_mul(2_u32.saturating_pow(tries.saturating_sub(1))).min(pauses.longest);
    if age.saturating_add(pause) > pauses.give_up_after { Next::GiveUp } else { Next::Again(pause) }
}

impl Sender {
    /// A sender of what this queue has to tell.
    pub fn new(notify: Notify, pauses: Pauses, queue: Queue) -> Self {
        Self { notify, pauses, queue }
    }

    /// Tells whatever there is to tell, until it is to stop. A try under way is cut off then, and made again later.
    pub async fn run(&self, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            let told = match self.queue.notice(self.pauses.lease).await {
                Ok(Some(notice)) => self.tell(notice, stop).await.map(|()| true),
                Ok(None) => Ok(false),
                Err(error) => Err(error),
            };
            if let Err(error) = &told {
                tracing::warn!(error = with_causes(error), "notices have to wait for the database");
            }
            if !told.unwrap_or(false) {
                stop.run_until_cancelled(tokio::time::sleep(self.pauses.poll)).await;
            }
        }
    }

    async fn tell(&self, notice: Notice, stop: &CancellationToken) -> Result<(), QueueError> {
        let Some(tried) = stop.run_until_cancelled(self.try_once(&notice)).await else {
            // Another replica may take it up at once.
            return self.queue.put_notice_off(&notice, Duration::ZERO).await;
        };
        let (job, event, tries) = (notice.job.id.as_str(), notice.event.word(), notice.tries);
        let Err(reason) = tried else {
            metrics::notice_tried("told");
            tracing::info!(notice = notice.id, job, event, tries, "told");
            return self.queue.notice_told(&notice).await;
        };
        let age = Duration::try_from(jiff::Timestamp::now().duration_since(notice.made_at)).unwrap_or_default();
        let reason = excerpt(&reason, 300);
        match next(tries, age, self.pauses) {
            Next::Again(pause) => {
                metrics::notice_tried("failed");
                let again_in_s = pause.as_secs();
                tracing::warn!(notice = notice.id, job, event, tries, reason, again_in_s, "could not be told");
                self.queue.put_notice_off(&notice, pause).await
            }
            Next::GiveUp => {
                metrics::notice_tried("given_up");
                tracing::error!(notice = notice.id, job, event, tries, reason, "could not be told, and is given up");
                self.queue.notice_told(&notice).await
            }
        }
    }

    /// One try; what went wrong, in words.
    async fn try_once(&self, notice: &Notice) -> Result<(), String> {
        let body = body(notice).map_err(|error| error.to_string())?;
        let limit = self.pauses.lease * 2 / 3;
        match &self.notify {
            Notify::Command(words) => command::run(words, &body, limit).await,
            Notify::Url(url, secret) => post::send(url, secret, &notice.id, body, limit).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_the_longest_until_the_notice_is_given_up() {
        let seconds = Duration::from_secs;
        let pauses = Pauses {
            poll: seconds(1),
            lease: seconds(45),
            first: seconds(60),
            longest: seconds(3600),
            give_up_after: seconds(72 * 3600),
        };
        let table = [
            (1, 0, Next::Again(seconds(60))),
            (2, 60, Next::Again(seconds(120))),
            (6, 2000, Next::Again(seconds(1920))),
            (7, 4000, Next::Again(seconds(3600))),
            (u32::MAX, 5000, Next::Again(seconds(3600))),
            (70, 71 * 3600, Next::Again(seconds(3600))),
            (71, 71 * 3600 + 1, Next::GiveUp),
        ];
        for (tries, age, expected) in table {
            assert_eq!(next(tries, seconds(age), pauses), expected, "{tries} {age}");
        }
    }
}
