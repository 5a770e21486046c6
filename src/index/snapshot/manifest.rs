//! The manifest of a snapshot, sealed with a hash of its content.

use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::super::SnapshotError;
use super::file;
use crate::domain::{ModelId, Sha256, VoiceId};

/// Format that is read and written.
pub(super) const FORMAT: u32 = 3;

/// Most bytes of a manifest: it has a few short fields and parts, and a model's name is a folder's.
const MAX_BYTES: usize = 16 * 1024;

/// What a snapshot says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Content {
    pub(super) format: u32,
    pub(super) model: ModelId,
    pub(super) dimensions: u64,
    pub(super) watermark: u64,
    pub(super) mark: Option<VoiceId>,
    pub(super) names: u64,
    pub(super) names_sha256: Sha256,
    pub(super) parts: Vec<Part>,
}

/// What it says of one index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) count: u64,
    pub(super) vectors_sha256: Sha256,
    pub(super) ids_sha256: Sha256,
    pub(super) tags_sha256: Sha256,
}

impl Content {
    fn digest(&self) -> Sha256 {
        // A struct of numbers and text has a JSON form; if it had none, nothing would verify.
        Sha256::of(&serde_json::to_vec(self).unwrap_or_default())
    }
}

/// Content with its hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    pub(super) content: Content,
    content_sha256: Sha256,
}

impl Manifest {
    pub(super) fn seal(content: Content) -> Self {
        Self {
            content_sha256: content.digest(),
            content,
        }
    }

    pub(super) fn write(&self, path: &Path) -> Result<(), SnapshotError> {
        let text = serde_json::to_vec_pretty(self).map_err(damaged(path))?;
        file::replace(path, |out| out.write_all(&text))
    }

    pub(super) fn read(path: &Path) -> Result<Self, SnapshotError> {
        let text = match file::read_small(path, MAX_BYTES) {
            Err(SnapshotError::Io { path, source })
                if source.kind() == std::io::ErrorKind::NotFound =>
            {
                return Err(SnapshotError::Absent { path });
            }
            other => other?,
        };
        let value: serde_json::Value = serde_json::from_slice(&text).map_err(damaged(path))?;
        // The format comes first: another one may have other fields.
        let format = value
            .pointer("/content/format")
            .and_then(serde_json::Value::as_u64);
        if let Some(found) = format.and_then(|format| u32::try_from(format).ok())
            && found != FORMAT
        {
            return Err(SnapshotError::OtherFormat {
                expected: FORMAT,
                found,
            });
        }
        let manifest: Self = serde_json::from_value(value).map_err(damaged(path))?;
        let found = manifest.content.digest();
        if found != manifest.content_sha256 {
            return Err(file::other_hash(path, &manifest.content_sha256, &found));
        }
        // White space and the case of hexadecimal letters have no hash: they must be as written.
        if serde_json::to_vec_pretty(&manifest).map_err(damaged(path))? != text {
            let reason = "it is not written as this program writes it".to_owned();
            return Err(SnapshotError::Damaged {
                path: path.to_owned(),
                reason,
            });
        }
        Ok(manifest)
    }
}

fn damaged(path: &Path) -> impl FnOnce(serde_json::Error) -> SnapshotError {
    let path = path.to_owned();
    move |error| SnapshotError::Damaged {
        path,
        reason: error.to_string(),
    }
}
