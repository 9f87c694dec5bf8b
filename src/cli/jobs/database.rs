//! The jobs in the service's database, whether or not a service runs on it.

use std::time::Duration;

use super::Wanted;
use crate::config::Database;
use crate::domain::printable::with_causes;
use crate::output::job_v1::{Job, Jobs};
use crate::server::job::JobId;
use crate::server::question::Question;
use crate::server::queue::{Limits, OpenError, Queue, QueueError};
use crate::server::shown;

/// The database.
pub(super) struct InDatabase(Queue);

impl InDatabase {
    /// Opens the database as it is: one that was made because its name was misspelt would say that there are no jobs.
    pub(super) async fn open(database: &Database, give_up_after: Duration) -> Result<Self, String> {
        let limits = Limits { lease: Duration::ZERO, rest: Duration::ZERO, give_up_after, notices: false };
        Queue::open_existing(database, limits).await.map(Self).map_err(|error| {
            let hint = match &error {
                OpenError::NoQueue { .. } => " Is it the one that your service uses? --database names another.",
                OpenError::File { .. } => {
                    " The service's user alone may open it: --service URL asks the service itself."
                }
                _ => "",
            };
            format!("{}.{hint}", with_causes(&error))
        })
    }

    pub(super) async fn list(&self, question: &Question) -> Result<Jobs, String> {
        let found = self.0.jobs(&question.filter()).await.map_err(away)?;
        Ok(shown::list(found, question.wanted()))
    }

    pub(super) async fn show(&self, id: &JobId) -> Result<Job, String> {
        let job = shown::look_up(&self.0, id).await.map_err(away)?;
        job.ok_or_else(|| said(&shown::no_such_job()))
    }

    pub(super) async fn wish(&self, wanted: Wanted, id: &JobId) -> Result<Job, String> {
        let wish = match wanted {
            Wanted::Retry => self.0.retry(id).await,
            Wanted::Cancel => self.0.cancel(id).await,
        };
        match shown::refusal(&wish.map_err(away)?) {
            Some(reason) => Err(said(&reason)),
            None => self.show(id).await,
        }
    }
}

/// A reason as a sentence or two.
pub(super) fn said(reason: &crate::output::job_v1::Reason) -> String {
    format!("{}. {}", reason.message.trim_end_matches('.'), reason.hint).trim_end().to_string()
}

fn away(error: QueueError) -> String {
    format!("{}. Nothing more was done; try again in a moment.", with_causes(&error))
}
