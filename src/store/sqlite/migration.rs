//! Brings a database file to the present format.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

use sqlx::SqlitePool;
use sqlx::migrate::{MigrateError, Migrator};

use super::entity_texts;
use crate::store::StoreError;

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// Applies the migrations that the file lacks; one process at a time, since two that start together
/// would both try.
pub(super) async fn migrate(writer: &SqlitePool, database: &Path) -> Result<(), StoreError> {
    let lock = lock_beside(database).await?;
    let outcome = brought_up(writer).await;
    drop(lock);
    outcome
}

/// The migrations, and then what is derived and has to hold all that there is.
async fn brought_up(writer: &SqlitePool) -> Result<(), StoreError> {
    MIGRATIONS.run(writer).await.map_err(fault)?;
    entity_texts::follow_entities(writer).await
}

async fn lock_beside(database: &Path) -> Result<File, StoreError> {
    let mut name = database.as_os_str().to_owned();
    name.push("-migration.lock");
    let path = PathBuf::from(name);
    let shown = path.display().to_string();
    let locked = tokio::task::spawn_blocking(move || {
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)?;
        file.lock()?;
        Ok(file)
    });
    match locked.await {
        Ok(Ok(file)) => Ok(file),
        Ok(Err(source)) => Err(StoreError::File {
            action: "lock",
            path: shown,
            source,
        }),
        Err(error) => Err(StoreError::Unavailable {
            detail: error.to_string(),
        }),
    }
}

fn fault(error: MigrateError) -> StoreError {
    let newest = MIGRATIONS
        .iter()
        .map(|migration| migration.version)
        .max()
        .unwrap_or(0);
    let detail = match error {
        MigrateError::Execute(error) => return error.into(),
        MigrateError::VersionMissing(found) if found > newest => format!(
            "its format is {found}, expected at most {newest}: a newer version of Voxtrace wrote it"
        ),
        // The crate may add kinds of errors, none of which a retry would cure.
        error => error.to_string(),
    };
    StoreError::Corrupt {
        what: "database",
        detail,
    }
}
