//! The key that reports are signed with: a file of the data folder, made when it is first needed, or
//! the one that a setting names.
//!
//! ```text
//! DIR/keys/report.pem          the private key, for its owner alone
//! DIR/keys/<id>.pub.pem        the public key of each key that there ever was
//! ```

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use serde_json::json;
use thiserror::Error;

use super::{Actor, ServiceError};
use crate::audit;
use crate::domain::{Clock, Rng, Sha256};
use crate::report::{KEY_BYTES, KeyError, PublicKey, ReportKey};
use crate::store::Store;

/// Largest file that is read as a key: a PEM of Ed25519 has some 120 bytes, and some write words
/// around it.
const MAX_KEY_BYTES: u64 = 64 << 10;
const FOLDER: &str = "keys";
const PRIVATE_FILE: &str = "report.pem";
const PUBLIC_SUFFIX: &str = ".pub.pem";

/// Why there is no key to sign with, or to check with.
#[derive(Debug, Error)]
pub enum ReportKeyError {
    /// The file cannot be read.
    #[error("key {path} cannot be read: {source}")]
    Unreadable {
        /// File.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is much too large.
    #[error("key {path} is larger than {MAX_KEY_BYTES} bytes, expected a PEM file")]
    TooLarge {
        /// File.
        path: PathBuf,
    },
    /// The file is no key.
    #[error("key {path} cannot be used: {source}")]
    Damaged {
        /// File.
        path: PathBuf,
        /// Why.
        source: KeyError,
    },
    /// Everybody on the machine can read the private key.
    #[error(
        "key {path} has the mode {mode:03o}, expected one that others cannot read, such as 600"
    )]
    Exposed {
        /// File.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The key cannot be written.
    #[error("key {path} cannot be written: {source}")]
    Unwritable {
        /// File or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// Where the key is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReportKeyPlace {
    /// In this data folder, where it is made when it is first needed.
    Archive(PathBuf),
    /// In this file, which must be there.
    File(PathBuf),
}

impl ReportKeyPlace {
    /// The place that the setting `report.signing_key` names; an empty one is the data folder.
    pub fn of(setting: &Path, data: &Path) -> Self {
        if setting.as_os_str().is_empty() {
            Self::Archive(data.to_owned())
        } else {
            Self::File(setting.to_owned())
        }
    }

    /// Reads the key; none where the data folder has none yet.
    ///
    /// # Errors
    /// It cannot be read, is damaged, or lies open to everybody.
    pub fn read(&self) -> Result<Option<ReportKey>, ReportKeyError> {
        match self {
            Self::File(path) => read_report_key(path).map(Some),
            Self::Archive(data) => {
                let path = data.join(FOLDER).join(PRIVATE_FILE);
                match read_report_key(&path) {
                    Ok(key) => Ok(Some(key)),
                    Err(ReportKeyError::Unreadable { source, .. })
                        if source.kind() == ErrorKind::NotFound =>
                    {
                        Ok(None)
                    }
                    Err(error) => Err(error),
                }
            }
        }
    }

    /// The key, which is made in the data folder where there is none yet; that it was made stands in
    /// the audit chain.
    ///
    /// # Errors
    /// As [`Self::read`]; it cannot be written, or the audit row cannot.
    pub async fn settle(
        &self,
        store: &dyn Store,
        (clock, rng): (&dyn Clock, &dyn Rng),
        actor: &Actor,
    ) -> Result<ReportKey, ServiceError> {
        match (self.read()?, self) {
            (Some(key), _) => Ok(key),
            (None, Self::File(path)) => Err(ReportKeyError::Unreadable {
                path: path.clone(),
                source: ErrorKind::NotFound.into(),
            }
            .into()),
            (None, Self::Archive(data)) => {
                write_new_key(store, (clock, rng), actor, (data, Former::None)).await
            }
        }
    }

    /// Takes a new key in place of the one that is there. The public key of the old one stays, so
    /// that reports it signed are still recognised.
    ///
    /// # Errors
    /// `Invalid` where a setting names the key; as [`Self::settle`].
    pub async fn renew(
        &self,
        store: &dyn Store,
        (clock, rng): (&dyn Clock, &dyn Rng),
        actor: &Actor,
    ) -> Result<ReportKey, ServiceError> {
        let Self::Archive(data) = self else {
            return Err(ServiceError::Invalid {
                field: "report.signing_key",
                found: "a file, which is not Voxtrace's to replace".to_owned(),
                expected: "another file, named by the setting".to_owned(),
            });
        };
        let former = match self.read()? {
            Some(key) => Former::Replaced(key.public().id()),
            None => Former::None,
        };
        write_new_key(store, (clock, rng), actor, (data, former)).await
    }

    /// Public keys of the archive, the present one and those before it; none where a setting names
    /// the key.
    ///
    /// # Errors
    /// The folder or a file in it cannot be read.
    pub fn known(&self) -> Result<Vec<PublicKey>, ReportKeyError> {
        let data = match self {
            Self::File(path) => return Ok(vec![read_report_key(path)?.public()]),
            Self::Archive(data) => data.join(FOLDER),
        };
        let unreadable = |source| ReportKeyError::Unreadable {
            path: data.clone(),
            source,
        };
        let entries = match std::fs::read_dir(&data) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(unreadable)?,
        };
        let mut files = Vec::new();
        for entry in entries {
            let path = entry.map_err(unreadable)?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.ends_with(PUBLIC_SUFFIX) {
                files.push(path);
            }
        }
        files.sort_unstable();
        files.iter().map(|path| read_public_key(path)).collect()
    }
}

/// What a new key takes the place of.
#[derive(Clone, Copy)]
enum Former {
    None,
    Replaced(Sha256),
}

async fn write_new_key(
    store: &dyn Store,
    (clock, rng): (&dyn Clock, &dyn Rng),
    actor: &Actor,
    (data, former): (&Path, Former),
) -> Result<ReportKey, ServiceError> {
    let mut seed = [0; KEY_BYTES];
    rng.fill(&mut seed);
    let key = ReportKey::from_seed(seed);
    let mut work = store.begin().await?;
    if !keep(&data.join(FOLDER), &key, former)? {
        // Another process made one at the same moment: that is the key, and its row is there.
        drop(work);
        let there = ReportKeyPlace::Archive(data.to_owned()).read()?;
        return Ok(there.unwrap_or(key));
    }
    audit::record(
        work.as_mut(),
        clock,
        actor.as_str(),
        audit::action::REPORT_KEY_MADE,
        "report-key",
        json!({
            "key_id": key.public().id(),
            "replaces": match former {
                Former::None => None,
                Former::Replaced(id) => Some(id),
            },
        }),
    )
    .await?;
    work.commit().await?;
    Ok(key)
}

/// Writes both halves of a key; false where a first key was there already.
fn keep(folder: &Path, key: &ReportKey, former: Former) -> Result<bool, ReportKeyError> {
    let unwritable = |path: &Path| {
        let path = path.to_owned();
        |source| ReportKeyError::Unwritable { path, source }
    };
    std::fs::create_dir_all(folder).map_err(unwritable(folder))?;
    let private = folder.join(PRIVATE_FILE);
    // A temporary file is made for its owner alone, and comes under its name only when it is whole.
    let written = |text: String| -> std::io::Result<tempfile::NamedTempFile> {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        Ok(file)
    };
    let public = folder.join(format!("{}{PUBLIC_SUFFIX}", key.public().id()));
    // The public half first: a private key whose public half is missing would sign what the archive
    // does not know later.
    let file = written(key.public().to_pem()).map_err(unwritable(&public))?;
    file.persist(&public)
        .map_err(|error| unwritable(&public)(error.error))?;
    let file = written(key.to_pem()).map_err(unwritable(&private))?;
    let placed = match former {
        Former::None => file.persist_noclobber(&private),
        Former::Replaced(_) => file.persist(&private),
    };
    match placed {
        Ok(_) => {}
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => {
            std::fs::remove_file(&public).map_err(unwritable(&public))?;
            return Ok(false);
        }
        Err(error) => return Err(unwritable(&private)(error.error)),
    }
    // The names must survive a power cut too.
    #[cfg(unix)]
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(unwritable(folder))?;
    Ok(true)
}

/// Reads a private key.
///
/// # Errors
/// It cannot be read, is damaged, or lies open to everybody.
pub fn read_report_key(path: &Path) -> Result<ReportKey, ReportKeyError> {
    let text = read(path, Secrecy::Secret)?;
    ReportKey::from_pem(&text).map_err(|source| ReportKeyError::Damaged {
        path: path.to_owned(),
        source,
    })
}

/// Reads a public key.
///
/// # Errors
/// It cannot be read, or is damaged.
pub fn read_public_key(path: &Path) -> Result<PublicKey, ReportKeyError> {
    let text = read(path, Secrecy::Public)?;
    PublicKey::from_pem(&text).map_err(|source| ReportKeyError::Damaged {
        path: path.to_owned(),
        source,
    })
}

/// Who may read a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Secrecy {
    Secret,
    Public,
}

fn read(path: &Path, secrecy: Secrecy) -> Result<String, ReportKeyError> {
    let unreadable = |source| ReportKeyError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(unreadable)?;
    if secrecy == Secrecy::Secret {
        check_mode(path, &file.metadata().map_err(unreadable)?)?;
    }
    let mut bytes = Vec::new();
    file.take(MAX_KEY_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > MAX_KEY_BYTES {
        return Err(ReportKeyError::TooLarge {
            path: path.to_owned(),
        });
    }
    // What is no text holds no PEM, and is told so.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(unix)]
fn check_mode(path: &Path, facts: &std::fs::Metadata) -> Result<(), ReportKeyError> {
    use std::os::unix::fs::PermissionsExt;
    /// Whether others than owner and group may read or write.
    const OTHERS: u32 = 0o006;
    let mode = facts.permissions().mode() & 0o777;
    if mode & OTHERS != 0 && facts.is_file() {
        return Err(ReportKeyError::Exposed {
            path: path.to_owned(),
            mode,
        });
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_mode(_: &Path, _: &std::fs::Metadata) -> Result<(), ReportKeyError> {
    Ok(())
}

#[cfg(test)]
mod tests;
