//! Indexes of one model on disk: vectors, ids, and a manifest that says what they are.
//!
//! For each index, `vectors-HASH.f32` holds the rows `[N, D]` as little-endian f32, `ids-HASH.bin` the
//! 16 bytes of each row's voice id, both named by their SHA-256. `manifest.json` names model, shape,
//! watermark, the indexes and all hashes, with a hash of itself. The manifest is replaced last, so
//! that a crash leaves the old snapshot whole. Vectors are mapped rather than read, once their hash
//! is seen to agree. Graphs are not kept: they are built again.

mod file;
mod manifest;

use std::path::Path;

use manifest::{Content, FORMAT, Manifest, Part};

use super::codes::Codes;
use super::matrix::Matrix;
use super::vectors::Vectors;
use super::{IndexConfig, Outline, SnapshotError, VoiceIndex};
use crate::domain::{Embedding, ModelId, Sha256, VoiceId};

const MANIFEST: &str = "manifest.json";

/// Bytes of a voice id.
const ID_BYTES: usize = 16;

/// Voices whose values are asked for at once: some 3 MB of them.
const ROWS_AT_ONCE: usize = 4096;

/// Bytes of one value.
const VALUE_BYTES: usize = 4;

fn vectors_name(hash: &Sha256) -> String {
    format!("vectors-{hash}.f32")
}

fn ids_name(hash: &Sha256) -> String {
    format!("ids-{hash}.bin")
}

/// Gives the values `[N, D]` of these voices of the outline with this place.
pub type Values<'a> = &'a mut dyn FnMut(usize, std::ops::Range<usize>, &mut Vec<f32>) -> bool;

/// Writes indexes to `folder`, which is made if it is not there, each under its name. `watermark`
/// says up to which change of the store the outlines are in step; `values` is asked for some
/// thousand voices at a time, so that the caller need not hold a lock all the while.
///
/// # Errors
/// The file system refuses, or `values` no longer has them; the snapshot that was there before stays
/// whole.
pub fn write(
    folder: &Path,
    outlines: &[(&str, &Outline)],
    watermark: u64,
    values: Values<'_>,
) -> Result<(), SnapshotError> {
    let Some((_, first)) = outlines.first() else {
        return Ok(());
    };
    std::fs::create_dir_all(folder).map_err(file::refused(folder))?;
    let mut parts = Vec::with_capacity(outlines.len());
    for (place, (name, outline)) in outlines.iter().enumerate() {
        let mut values = |rows, out: &mut Vec<f32>| values(place, rows, out);
        parts.push(write_part(folder, name, outline, &mut values)?);
    }
    // The data files' names must be on disk before a manifest can speak of them.
    file::sync_folder(folder)?;
    let files = parts.iter().flat_map(|part| {
        [
            vectors_name(&part.vectors_sha256),
            ids_name(&part.ids_sha256),
        ]
    });
    let mut keep: Vec<String> = files.collect();
    keep.push(MANIFEST.to_owned());
    let content = Content {
        format: FORMAT,
        model: first.model.clone(),
        dimensions: first.dimensions as u64,
        watermark,
        parts,
    };
    Manifest::seal(content).write(&folder.join(MANIFEST))?;
    file::sync_folder(folder)?;
    file::remove_others(folder, &keep)
}

fn write_part(
    folder: &Path,
    name: &str,
    outline: &Outline,
    values: &mut dyn FnMut(std::ops::Range<usize>, &mut Vec<f32>) -> bool,
) -> Result<Part, SnapshotError> {
    let count = outline.rows.len();
    let vectors_sha256 = file::write(folder, vectors_name, |out| {
        let mut part = Vec::new();
        for start in (0..count).step_by(ROWS_AT_ONCE) {
            part.clear();
            if !values(start..(start + ROWS_AT_ONCE).min(count), &mut part) {
                return Err(std::io::Error::other("the index was packed meanwhile"));
            }
            for value in &part {
                out.write_all(&value.to_le_bytes())?;
            }
        }
        Ok(())
    })?;
    let ids_sha256 = file::write(folder, ids_name, |out| {
        let mut ids = outline.rows.iter();
        ids.try_for_each(|(_, id)| out.write_all(id.0.as_bytes()))
    })?;
    Ok(Part {
        name: name.to_owned(),
        count: count as u64,
        vectors_sha256,
        ids_sha256,
    })
}

/// Opens the snapshot in `folder`: the indexes of these names in their order, with tags of 0, and
/// the watermark.
///
/// # Errors
/// There is none, it belongs to another model or format, or a file is not to the bit what was
/// written. The indexes must then be rebuilt from the store.
pub fn open(
    folder: &Path,
    config: &IndexConfig,
    model: &ModelId,
    dimensions: usize,
    names: &[&str],
) -> Result<(Vec<VoiceIndex>, u64), SnapshotError> {
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
    let damaged = |reason: String| SnapshotError::Damaged {
        path: manifest.clone(),
        reason,
    };
    let found: Vec<&str> = content
        .parts
        .iter()
        .map(|part| part.name.as_str())
        .collect();
    if found != names {
        return Err(damaged(format!("it has {found:?}, expected {names:?}")));
    }
    let mut indexes = Vec::with_capacity(names.len());
    for part in &content.parts {
        let count = usize::try_from(part.count)
            .ok()
            .filter(|count| count.checked_mul(dimensions * VALUE_BYTES).is_some())
            .ok_or_else(|| {
                let count = part.count;
                damaged(format!(
                    "{count} rows are more than this machine can address"
                ))
            })?;
        let matrix = open_part(folder, part, count, dimensions)?;
        indexes.push(VoiceIndex::from_matrix(
            config.clone(),
            model.clone(),
            matrix,
        ));
    }
    Ok((indexes, content.watermark))
}

fn open_part(
    folder: &Path,
    part: &Part,
    count: usize,
    dimensions: usize,
) -> Result<Matrix, SnapshotError> {
    let ids_path = folder.join(ids_name(&part.ids_sha256));
    let ids: Vec<VoiceId> =
        file::read::<ID_BYTES, _>(&ids_path, count, &part.ids_sha256, |bytes| {
            VoiceId(uuid::Uuid::from_bytes(bytes))
        })?;
    let path = folder.join(vectors_name(&part.vectors_sha256));
    let damaged = |path: &Path, reason: String| SnapshotError::Damaged {
        path: path.to_owned(),
        reason,
    };
    let mapped = file::map(&path, count, dimensions * VALUE_BYTES)?;
    let hash = || file::check(&path, &mapped, &part.vectors_sha256);
    let read = || coded(&mapped, dimensions).map_err(|reason| damaged(&path, reason));
    // One thread hashes while the other makes the codes.
    let (hashed, coded) = std::thread::scope(|scope| {
        let other = std::thread::Builder::new()
            .name("index".to_owned())
            .spawn_scoped(scope, hash);
        let coded = read();
        let hashed = other.ok().and_then(|thread| thread.join().ok());
        (hashed.unwrap_or_else(hash), coded)
    });
    hashed?;
    let codes = coded?;
    let vectors = Vectors::of_map(dimensions, mapped)
        .ok_or_else(|| damaged(&path, "this machine cannot read it in place".to_owned()))?;
    Matrix::from_rows(vectors, codes, ids)
        .ok_or_else(|| damaged(&ids_path, "a voice comes twice".to_owned()))
}

/// The rows in eight bits; a reason where one is no embedding.
fn coded(mapped: &[u8], dimensions: usize) -> Result<Codes, String> {
    let mut codes = Codes::new(dimensions);
    let mut row = Vec::with_capacity(dimensions);
    for bytes in mapped.chunks_exact((dimensions * VALUE_BYTES).max(1)) {
        row.clear();
        let values = bytes.as_chunks::<VALUE_BYTES>().0.iter();
        row.extend(values.map(|bytes| f32::from_le_bytes(*bytes)));
        Embedding::check_unit(&row).map_err(|error| error.to_string())?;
        codes.push(&row);
    }
    Ok(codes)
}

#[cfg(test)]
mod tests;
