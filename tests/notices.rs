//! Notices: who is told of jobs that need somebody, and how.

#[cfg(unix)]
mod command;
mod webhook;

use std::time::Duration;

use relay_scrub::config::Notify;
use relay_scrub::server::job::{JobId, State};
use relay_scrub::server::notice::{Pauses, Sender};
use relay_scrub::server::queue::Queue;
use tokio_util::sync::CancellationToken;

use crate::support::shelf::{Shelf, again, ended};

/// Pauses that keep no test waiting.
const PAUSES: Pauses = Pauses {
    poll: Duration::from_millis(5),
    lease: Duration::from_secs(45),
    first: Duration::from_millis(5),
    longest: Duration::from_millis(20),
    give_up_after: Duration::from_secs(60),
};

/// A sender at work, until its value goes.
struct Sending {
    stop: CancellationToken,
    running: tokio::task::JoinHandle<()>,
}

impl Sending {
    fn start(notify: Notify, pauses: Pauses, queue: &Queue) -> Self {
        let (stop, sender) = (CancellationToken::new(), Sender::new(notify, pauses, queue.clone()));
        let stopped = stop.clone();
        Self { stop, running: tokio::spawn(async move { sender.run(&stopped).await }) }
    }

    /// Lets it end in order.
    async fn end(self) {
        self.stop.cancel();
        self.running.await.expect("it ends");
    }
}

/// Looks again and again until something is there.
async fn soon<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let looking = async {
        loop {
            match look().await {
                Some(found) => return found,
                None => tokio::time::sleep(Duration::from_millis(5)).await,
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), looking).await.unwrap_or_else(|_| panic!("never {what}"))
}

/// Whether nothing is left to tell, held or not.
async fn nothing_left(shelf: &Shelf) -> bool {
    let path = shelf.folder.path().join("jobs.db");
    let pool = sqlx::SqlitePool::connect(&format!("sqlite:{}", path.display())).await.expect("the database");
    let left: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM notices").fetch_one(&pool).await.expect("a number");
    pool.close().await;
    left == 0
}

/// A job that was given up.
async fn dead(shelf: &Shelf, sandbox: &str) -> JobId {
    shelf.settled(sandbox, |id| ended(id, State::Dead, "no connection to acme--uat.sandbox.my.salesforce.com")).await
}
