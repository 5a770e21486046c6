//! An index on disk: vectors, ids, and a manifest that says what they are.
//!
//! `vectors-HASH.f32` holds the rows `[N, D]` as little-endian f32, `ids-HASH.bin` the 16 bytes of
//! each row's voice id, both named by their SHA-256, and `manifest.json` names model, shape,
//! watermark and both hashes, with a hash of itself. The manifest is replaced last, so that a crash
//! leaves the old snapshot whole. The graph is not kept: it is built again.

mod file;
mod manifest;

use std::path::Path;

use manifest::{Content, FORMAT, Manifest};

use super::matrix::Matrix;
use super::{IndexConfig, SnapshotError, VoiceIndex};
use crate::domain::{Embedding, ModelId, Sha256, VoiceId};

const MANIFEST: &str = "manifest.json";

/// Bytes of a voice id.
const ID_BYTES: usize = 16;

/// Bytes of one value.
const VALUE_BYTES: usize = 4;

fn vectors_name(hash: &Sha256) -> String {
    format!("vectors-{hash}.f32")
}

fn ids_name(hash: &Sha256) -> String {
    format!("ids-{hash}.bin")
}

/// Writes `index` to `folder`, which is made if it is not there. `watermark` says up to which change
/// of the store the index is in step.
///
/// # Errors
/// The file system refuses; the snapshot that was there before stays whole.
pub fn write(folder: &Path, index: &VoiceIndex, watermark: u64) -> Result<(), SnapshotError> {
    std::fs::create_dir_all(folder).map_err(file::refused(folder))?;
    let matrix = index.matrix();
    let rows = || matrix.live().map(|(row, _)| matrix.row(row));
    let vectors = file::write(folder, vectors_name, |out| {
        rows()
            .flatten()
            .try_for_each(|value| out.write_all(&value.to_le_bytes()))
    })?;
    let ids = file::write(folder, ids_name, |out| {
        matrix
            .live()
            .try_for_each(|(_, id)| out.write_all(id.0.as_bytes()))
    })?;
    // The data files' names must be on disk before a manifest can speak of them.
    file::sync_folder(folder)?;
    let content = Content {
        format: FORMAT,
        model: index.model().clone(),
        dimensions: matrix.dimensions() as u64,
        count: matrix.live_rows() as u64,
        watermark,
        vectors_sha256: vectors,
        ids_sha256: ids,
    };
    Manifest::seal(content).write(&folder.join(MANIFEST))?;
    file::sync_folder(folder)?;
    file::remove_others(
        folder,
        &[MANIFEST, &vectors_name(&vectors), &ids_name(&ids)],
    )
}

/// Reads the snapshot in `folder` back, with its watermark.
///
/// # Errors
/// There is none, it belongs to another model or format, or a file is not to the bit what was
/// written. The index must then be rebuilt from the store.
pub fn open(
    folder: &Path,
    config: &IndexConfig,
    model: &ModelId,
    dimensions: usize,
) -> Result<(VoiceIndex, u64), SnapshotError> {
    let manifest = folder.join(MANIFEST);
    let content = Manifest::read(&manifest)?.content;
    if &content.model != model {
        return Err(SnapshotError::OtherModel {
            expected: model.clone(),
            found: content.model,
        });
    }
    if content.dimensions != dimensions as u64 {
        let found = usize::try_from(content.dimensions).unwrap_or(usize::MAX);
        return Err(SnapshotError::OtherLength {
            expected: dimensions,
            found,
        });
    }
    let too_large = || SnapshotError::Damaged {
        path: manifest.clone(),
        reason: format!(
            "{} rows are more than this machine can address",
            content.count
        ),
    };
    let count = usize::try_from(content.count).map_err(|_| too_large())?;
    let value_count = count.checked_mul(dimensions).ok_or_else(too_large)?;

    let ids_path = folder.join(ids_name(&content.ids_sha256));
    let ids: Vec<VoiceId> =
        file::read::<ID_BYTES, _>(&ids_path, count, &content.ids_sha256, |bytes| {
            VoiceId(uuid::Uuid::from_bytes(bytes))
        })?;
    let vectors_path = folder.join(vectors_name(&content.vectors_sha256));
    let values: Vec<f32> = file::read::<VALUE_BYTES, _>(
        &vectors_path,
        value_count,
        &content.vectors_sha256,
        f32::from_le_bytes,
    )?;
    for row in values.chunks_exact(dimensions.max(1)) {
        Embedding::from_unit(model.clone(), row.to_vec()).map_err(|error| {
            SnapshotError::Damaged {
                path: vectors_path.clone(),
                reason: error.to_string(),
            }
        })?;
    }
    let matrix =
        Matrix::from_rows(dimensions, values, ids).ok_or_else(|| SnapshotError::Damaged {
            path: ids_path,
            reason: "a voice comes twice".to_owned(),
        })?;
    Ok((
        VoiceIndex::from_matrix(config.clone(), model.clone(), matrix),
        content.watermark,
    ))
}

#[cfg(test)]
mod tests;
