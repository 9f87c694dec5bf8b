//! What fails here.

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
        /// Why.
        #[source]
        source: sqlx::Error,
    },
}

/// Why the queue can't be opened. The service does not start.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder or the file can't be made or opened, or has a name that is no text.
    #[error("the database {path} could not be made or opened")]
    File {
        /// Where.
        path: String,
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
