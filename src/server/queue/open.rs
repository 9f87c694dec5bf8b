//! Opening the database: the file, its rights, the tables.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{AnyConnection, AnyPool, ConnectOptions, Connection};

use super::batch::Batches;
use super::dialect::Dialect;
use super::file;
use super::{Limits, OpenError, Queue};
use crate::config::Database;

/// The tables, as they came to be. What has been released is never changed, only added to.
static TABLES: Migrator = sqlx::migrate!("src/server/queue/migrations");

/// How long to wait for a connection, and for SQLite's lock: the caller of the hook gives up after 10 s.
const PATIENCE: Duration = Duration::from_secs(3);
/// How many connections to PostgreSQL, and to SQLite for reading.
const CONNECTIONS: u32 = 8;
/// A connection is renewed after this time, so that one to a server that is no longer the first among its replicas goes.
const LIFETIME: Duration = Duration::from_secs(5 * 60);

impl Queue {
    /// Opens the database for the service, and makes its tables or brings them up to date. Several replicas may do so at
    /// once.
    ///
    /// # Errors
    /// When it can't be opened, or is not to be used; a database of a newer version is left as it is.
    pub async fn open(database: &Database, limits: Limits) -> Result<Self, OpenError> {
        if let Database::Sqlite(path) = database {
            file::prepare(path).map_err(|source| OpenError::File { shown: database.to_string(), source })?;
        }
        let shown = database.to_string();
        let (options, dialect, mut connection) = connect(database).await?;
        make_tables(&mut connection, dialect).await.map_err(|error| match error {
            MigrateError::VersionMissing(_) => OpenError::Newer { shown: shown.clone() },
            source => OpenError::Migrate { shown: shown.clone(), source },
        })?;
        let durable = is_durable(&mut connection, dialect).await;
        if !durable.map_err(|source| OpenError::Connect { shown: shown.clone(), source })? {
            return Err(OpenError::NotDurable { shown });
        }
        connection.close().await.ok();
        Ok(Self::on(&options, dialect, limits))
    }

    /// Opens a database that the service uses, to look and to wish. It makes nothing there, and changes no tables: the
    /// service that runs may be of another version.
    ///
    /// # Errors
    /// When it can't be opened, or is not the queue of this version.
    pub async fn open_existing(database: &Database, limits: Limits) -> Result<Self, OpenError> {
        let shown = database.to_string();
        if let Database::Sqlite(path) = database {
            match file::look(path) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(OpenError::NoQueue { shown }),
                Err(source) => return Err(OpenError::File { shown, source }),
            }
        }
        let (options, dialect, mut connection) = connect(database).await?;
        let version: Result<Option<i64>, sqlx::Error> =
            sqlx::query_scalar("SELECT MAX(version) FROM _sqlx_migrations").fetch_one(&mut connection).await;
        connection.close().await.ok();
        let newest = TABLES.iter().map(|migration| migration.version).max();
        match version {
            Ok(version) if version == newest => Ok(Self::on(&options, dialect, limits)),
            Ok(version) if version > newest => Err(OpenError::Newer { shown }),
            Ok(Some(_)) => Err(OpenError::Older { shown }),
            Ok(None) | Err(sqlx::Error::Database(_)) => Err(OpenError::NoQueue { shown }),
            Err(source) => Err(OpenError::Connect { shown, source }),
        }
    }

    fn on(options: &AnyConnectOptions, dialect: Dialect, limits: Limits) -> Self {
        let reading = pool(options, dialect, CONNECTIONS);
        let writing = match dialect {
            Dialect::Sqlite => pool(options, dialect, 1),
            Dialect::Postgres => reading.clone(),
        };
        let queue = Self { writing, reading, dialect, limits, woken: Arc::default(), batches: None };
        let batches = (dialect == Dialect::Sqlite).then(|| Batches::start(queue.clone()));
        Self { batches, ..queue }
    }
}

/// A first connection, to see what is there.
async fn connect(database: &Database) -> Result<(AnyConnectOptions, Dialect, AnyConnection), OpenError> {
    sqlx::any::install_default_drivers();
    let dialect = match database {
        Database::Sqlite(_) => Dialect::Sqlite,
        Database::Postgres(_) => Dialect::Postgres,
    };
    let connecting = async {
        let options = options(database)?;
        let mut connection = options.connect().await?;
        prepare(&mut connection, dialect).await?;
        Ok((options, dialect, connection))
    };
    let connected = tokio::time::timeout(PATIENCE, connecting).await;
    connected
        .unwrap_or_else(|_| Err(sqlx::Error::Io(io::ErrorKind::TimedOut.into())))
        .map_err(|source| OpenError::Connect { shown: database.to_string(), source })
}

/// Where to connect. Statements are not logged: they tell nothing to whoever reads the logs of a service.
fn options(database: &Database) -> Result<AnyConnectOptions, sqlx::Error> {
    let options: AnyConnectOptions = match database {
        Database::Sqlite(path) => file::url(path)?.parse()?,
        Database::Postgres(url) => url.expose().parse()?,
    };
    Ok(options.disable_statement_logging())
}

/// A connection is made when it is first needed. SQLite has one for writing: who waits for it waits in a fair queue.
fn pool(options: &AnyConnectOptions, dialect: Dialect, connections: u32) -> AnyPool {
    AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(PATIENCE)
        .max_lifetime(LIFETIME)
        .after_connect(move |connection, _| Box::pin(prepare(connection, dialect)))
        .connect_lazy_with(options.clone())
}

/// What each connection is told first: to have commits on disk, and how long to wait for what.
async fn prepare(connection: &mut AnyConnection, dialect: Dialect) -> Result<(), sqlx::Error> {
    let settings: &[&str] = match dialect {
        Dialect::Sqlite => &[
            "PRAGMA busy_timeout = 3000",
            "PRAGMA synchronous = FULL",
            "PRAGMA fullfsync = ON",
            "PRAGMA foreign_keys = ON",
        ],
        Dialect::Postgres => &[
            "SET synchronous_commit = on",
            "SET lock_timeout = '3s'",
            "SET statement_timeout = '10s'",
            "SET idle_in_transaction_session_timeout = '10s'",
        ],
    };
    for setting in settings {
        sqlx::query(*setting).execute(&mut *connection).await?;
    }
    Ok(())
}

/// PostgreSQL's own lock lets one replica at a time do this; SQLite's is the one for writing.
async fn make_tables(connection: &mut AnyConnection, dialect: Dialect) -> Result<(), MigrateError> {
    match dialect {
        Dialect::Sqlite => {
            let mut write = connection.begin_with(dialect.begin()).await?;
            TABLES.run_direct(None, &mut *write, false).await?;
            write.commit().await?;
            file::write_ahead(connection).await?;
        }
        Dialect::Postgres => {
            // Others may be at it, and what is large takes its time.
            for setting in ["SET lock_timeout = '5min'", "SET statement_timeout = 0"] {
                sqlx::query(setting).execute(&mut *connection).await?;
            }
            TABLES.run_direct(None, connection, false).await?;
        }
    }
    Ok(())
}

/// Whether a commit is on disk once it is acknowledged.
async fn is_durable(connection: &mut AnyConnection, dialect: Dialect) -> Result<bool, sqlx::Error> {
    match dialect {
        Dialect::Sqlite => Ok(true),
        Dialect::Postgres => {
            let fsync: String = sqlx::query_scalar("SELECT current_setting('fsync')").fetch_one(connection).await?;
            Ok(fsync == "on")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn sqlite_has_a_commit_on_disk_before_it_says_so() {
        let folder = tempfile::tempdir().expect("a folder");
        let database = Database::Sqlite(folder.path().join("a b?#%20.sqlite"));
        let second = Duration::from_secs(1);
        let limits = Limits { lease: second, rest: second, give_up_after: second, notices: false };
        let queue = Queue::open(&database, limits).await.expect("a queue");
        for pool in [&queue.writing, &queue.reading] {
            let ask = async |pragma| -> i64 { sqlx::query_scalar(pragma).fetch_one(pool).await.expect("a number") };
            let full = 2;
            assert_eq!(ask("PRAGMA synchronous").await, full);
            assert_eq!(ask("PRAGMA foreign_keys").await, 1);
            assert_eq!(ask("PRAGMA busy_timeout").await, 3000);
        }
        let mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&queue.writing).await.expect("a word");
        assert_eq!(mode, "wal");
    }
}
