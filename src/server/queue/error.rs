//! What fails here.

use std::sync::Arc;

/// The database could not do it. The caller tries again later; the hook answers 503.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// It did not answer in time. What was asked for may have happened all the same.
    #[error("the database did not answer in time while it should {0}")]
    TooSlow(&'static str),
    /// It can't be reached, or refused.
    #[error("the database could not {doing}")]
    Failed {
        /// What it should have done.
        doing: &'static str,
        /// Why. Deliveries that were written together share it.
        #[source]
        source: Arc<sqlx::Error>,
    },
}

/// Why the queue can't be opened. The service does not start.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder or the file can't be made or opened, or has a name that is no text.
    #[error("the database {shown} could not be made or opened")]
    File {
        /// Which.
        shown: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It can't be reached, or doesn't let us in.
    #[error("the database {shown} could not be opened")]
    Connect {
        /// Which, without a password.
        shown: String,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// A newer relay-scrub has been at work on it, and this one doesn't know what it changed: it was left alone.
    #[error("the database {shown} was made by a newer version of relay-scrub, and was left as it is")]
    Newer {
        /// Which.
        shown: String,
    },
    /// Its tables are those of an older version; the service of this one brings them up to date when it starts.
    #[error("the database {shown} was made by an older version of relay-scrub; serve brings it up to date")]
    Older {
        /// Which.
        shown: String,
    },
    /// There is no queue: the service has never run on it.
    #[error("there is no queue in {shown}: serve makes it when it first starts")]
    NoQueue {
        /// Which.
        shown: String,
    },
    /// The tables can't be made: perhaps something else lives there.
    #[error("the tables of the database {shown} could not be made")]
    Migrate {
        /// Which.
        shown: String,
        /// Why.
        #[source]
        source: sqlx::migrate::MigrateError,
    },
    /// PostgreSQL runs with `fsync = off`: what it says is committed may be lost with the power.
    #[error("the database server of {shown} has fsync switched off, and could lose a job that it has acknowledged")]
    NotDurable {
        /// Which.
        shown: String,
    },
}
