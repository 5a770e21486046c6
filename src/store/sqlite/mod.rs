//! The store in one SQLite file: what a single machine needs.
//!
//! The write-ahead log lets readers look while one writer writes, and `synchronous = FULL` makes a
//! commit durable before it is answered. Several processes may use the file at once: inside a
//! process one connection writes and callers queue for it, between processes SQLite's own lock
//! decides, waited for up to [`SqliteOptions::wait`].

mod alerts;
mod analysis;
mod audit;
mod calibrations;
mod call_numbers;
mod cases;
mod columns;
mod deliveries;
mod entities;
mod entity_places;
mod entity_search;
mod entity_texts;
mod event_writing;
mod events;
mod fault;
mod gallery;
mod groups;
mod idempotency;
mod imports;
mod jobs;
mod link_graph;
mod links;
mod listing;
mod migration;
mod populations;
mod queue;
mod recordings;
mod revisions;
mod rules;
mod scopes;
mod searches;
mod series;
mod session;
mod subjects;
mod voices;
mod watch_lists;
mod webhooks;

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::pool::PoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Row, Sqlite, SqlitePool};

use self::session::Session;
use super::{Reader, Store, StoreError, UnitOfWork};

/// Rows that SQLite's thread may be ahead of the caller: enough that neither waits for the other
/// row by row, little enough that embeddings stay below a megabyte.
const ROWS_AHEAD: usize = 1000;

/// How a SQLite store is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SqliteOptions {
    /// Looks that can be open at a time; more wait. At least 1.
    pub readers: u32,
    /// How long a call waits for its turn to write or look before it is told `Unavailable`.
    pub wait: Duration,
}

impl Default for SqliteOptions {
    /// Eight looks, and a wait of half a minute: longer than any unit of work, shorter than a
    /// person's patience.
    fn default() -> Self {
        Self {
            readers: 8,
            wait: Duration::from_secs(30),
        }
    }
}

/// A store in one SQLite file.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    /// Exactly one connection, so that acquiring it is the queue of writers.
    writer: SqlitePool,
    readers: SqlitePool,
}

impl SqliteStore {
    /// Opens the database file, or makes it, and brings it to the present format.
    ///
    /// # Errors
    /// `Unavailable` when the file cannot be opened; `Corrupt` when it is no database of ours, is
    /// damaged, or was written by a newer version.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_with(path, SqliteOptions::default()).await
    }

    /// As [`SqliteStore::open`], with options.
    ///
    /// # Errors
    /// As [`SqliteStore::open`].
    pub async fn open_with(path: &Path, options: SqliteOptions) -> Result<Self, StoreError> {
        let connect = SqliteConnectOptions::new()
            .filename(path)
            .foreign_keys(true)
            .busy_timeout(options.wait)
            .synchronous(SqliteSynchronous::Full);
        let writing = connect
            .clone()
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal);
        let writer = pool(1, options.wait).connect_with(writing).await?;
        migration::migrate(&writer, path).await?;
        let reading = connect
            .create_if_missing(false)
            .pragma("query_only", "ON")
            .row_buffer_size(ROWS_AHEAD);
        let readers = pool(options.readers.max(1), options.wait)
            .connect_with(reading)
            .await?;
        Ok(Self { writer, readers })
    }
}

/// Connections are kept for ever and not tried before use: they lead to a file, not over a network.
fn pool(connections: u32, wait: Duration) -> PoolOptions<Sqlite> {
    PoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(wait)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
}

#[async_trait]
impl Store for SqliteStore {
    async fn reader(&self) -> Result<Box<dyn Reader + '_>, StoreError> {
        Ok(Box::new(Session::new(self.readers.begin().await?)))
    }

    async fn begin(&self) -> Result<Box<dyn UnitOfWork + '_>, StoreError> {
        // A deferred transaction that reads first could not be made a writing one later once
        // another process has written, so the lock is taken at the start.
        Ok(Box::new(Session::new(
            self.writer.begin_with("BEGIN IMMEDIATE").await?,
        )))
    }

    async fn check(&self) -> Result<(), StoreError> {
        let mut look = self.readers.begin().await?;
        let found: String = sqlx::query_scalar("PRAGMA quick_check(1)")
            .fetch_one(&mut *look)
            .await?;
        if found != "ok" {
            return Err(StoreError::Corrupt {
                what: "database",
                detail: found,
            });
        }
        let dangling = sqlx::query("PRAGMA foreign_key_check")
            .fetch_optional(&mut *look)
            .await?;
        match dangling {
            None => Ok(()),
            Some(row) => {
                let table: String = row.try_get(0)?;
                let detail = format!("a row of {table} refers to one that does not exist");
                Err(StoreError::Corrupt {
                    what: "database",
                    detail,
                })
            }
        }
    }

    async fn close(&self) {
        self.readers.close().await;
        // The last connection moves the write-ahead log into the database file.
        self.writer.close().await;
    }
}
