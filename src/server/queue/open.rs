//! Opening the database: the file, its rights, the tables.

use std::sync::Arc;
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{AnyConnection, AnyPool, ConnectOptions, Connection};

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
    /// Opens the database, and makes its tables or brings them up to date. Several replicas may do so at once.
    ///
    /// # Errors
    /// When it can't be opened, or is not to be used; a database of a newer version is left as it is.
    pub async fn open(database: &Database, limits: Limits) -> Result<Self, OpenError> {
        sqlx::any::install_default_drivers();
        let shown = database.to_string();
        let dialect = match database {
            Database::Sqlite(path) => {
                file::prepare(path).map_err(|source| OpenError::File { path: shown.clone(), source })?;
                Dialect::Sqlite
            }
            Database::Postgres(_) => Dialect::Postgres,
        };
        let connect = |source| OpenError::Connect { shown: shown.clone(), source };
        let options = options(database).map_err(connect)?;
        let mut connection = tokio::time::timeout(PATIENCE, options.connect())
            .await
            .map_err(|_| connect(sqlx::Error::PoolTimedOut))?
            .map_err(connect)?;
        prepare(&mut connection, dialect).await.map_err(connect)?;
        make_tables(&mut connection, dialect).await.map_err(|error| match error {
            MigrateError::VersionMissing(_) => OpenError::Newer { shown: shown.clone() },
            source => OpenError::Migrate { shown: shown.clone(), source },
        })?;
        if !is_durable(&mut connection, dialect).await.map_err(connect)? {
            return Err(OpenError::NotDurable { shown });
        }
        connection.close().await.map_err(connect)?;
        let reading = pool(&options, dialect, CONNECTIONS);
        let writing = match dialect {
            Dialect::Sqlite => pool(&options, dialect, 1),
            Dialect::Postgres => reading.clone(),
        };
        Ok(Self { writing, reading, dialect, limits, woken: Arc::default() })
    }
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
        Dialect::Postgres => TABLES.run_direct(None, connection, false).await?,
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
