//! Where SQLite and PostgreSQL differ. Every other statement is the same text for both.

/// Which of the two it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// Begins a transaction that writes.
    ///
    /// SQLite takes the lock for writing at once, for a transaction that finds out later that it needs it can't wait for
    /// it. PostgreSQL is told to have the commit on disk before it answers, whatever the server's settings or a
    /// pooler between say, and to see what others have committed meanwhile.
    pub(super) fn begin(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN IMMEDIATE",
            Self::Postgres => "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL synchronous_commit = on",
        }
    }

    /// Asks the database's own clock, in milliseconds: replicas agree about it, whatever their clocks say.
    pub(super) fn now(self) -> &'static str {
        match self {
            Self::Sqlite => "SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER)",
            Self::Postgres => "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)",
        }
    }

    /// Lets one transaction at a time decide about new jobs of the sandbox `$1`, until it ends. SQLite has one writer
    /// anyway.
    pub(super) fn lock_sandbox(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some("SELECT 1 FROM (SELECT pg_advisory_xact_lock(hashtextextended($1, 0))) AS locked"),
        }
    }

    /// The place that is to be worked on next: `$1` is now, and `$2` when an attempt must have begun at the latest for
    /// the place to have rested. Under PostgreSQL it is locked, and those that others are about to claim are passed over.
    pub(super) fn next_place(self) -> &'static str {
        macro_rules! next_place {
            ($suffix:literal) => {
                concat!(
                    "SELECT places.place FROM jobs JOIN places ON places.place = jobs.place \
                     WHERE jobs.finished_at IS NULL AND jobs.due_at <= $1 \
                     AND (places.token IS NULL OR places.leased_until <= $1) AND places.begun_at <= $2 \
                     ORDER BY jobs.due_at LIMIT 1",
                    $suffix
                )
            };
        }
        match self {
            Self::Sqlite => next_place!(""),
            Self::Postgres => next_place!(" FOR NO KEY UPDATE OF places SKIP LOCKED"),
        }
    }

    /// The notice that is to be told next: `$1` is now.
    pub(super) fn next_notice(self) -> &'static str {
        macro_rules! next_notice {
            ($suffix:literal) => {
                concat!("SELECT id FROM notices WHERE due_at <= $1 ORDER BY due_at, id LIMIT 1", $suffix)
            };
        }
        match self {
            Self::Sqlite => next_notice!(""),
            Self::Postgres => next_notice!(" FOR UPDATE SKIP LOCKED"),
        }
    }
}
