//! Indexes of one model on disk: vectors, ids, and a manifest that says what they are.
//!
//! For each index, `vectors-HASH.f32` holds the rows `[N, D]` as little-endian f32, `ids-HASH.bin` the
//! 16 bytes of each row's voice id, `tags-HASH.bin` its tag as little-endian u32; `names-HASH.bin` has
//! the 16 bytes of what each tag stands for. All are named by their SHA-256. `manifest.json` names
//! model, shape, where the store stood, the indexes and all hashes, with a hash of itself. The manifest
//! is replaced last, so that a crash leaves the old snapshot whole. Vectors are mapped rather than
//! read, once their hash is seen to agree. Graphs are not kept: they are built again.

mod file;
mod manifest;

use std::path::Path;

use manifest::{Content, FORMAT, Manifest, Part};

use super::codes::Codes;
use super::matrix::Matrix;
use super::vectors::Vectors;
use super::{IndexConfig, Outline, SnapshotError, VoiceIndex};
use crate::domain::{Embedding, ModelId, Sha256, VoiceId};
use uuid::Uuid;

const MANIFEST: &str = "manifest.json";

/// Bytes of a voice id, and of what a tag stands for.
const ID_BYTES: usize = 16;

/// Bytes of a tag.
const TAG_BYTES: usize = 4;

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

fn tags_name(hash: &Sha256) -> String {
    format!("tags-{hash}.bin")
}

fn names_name(hash: &Sha256) -> String {
    format!("names-{hash}.bin")
}

/// What a snapshot is of, beside the voices.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// Up to which change of the store the indexes are in step.
    pub watermark: u64,
    /// The voice that this change was about, by which the store is known again.
    pub mark: Option<VoiceId>,
    /// What each tag stands for, by its number.
    pub names: Vec<Uuid>,
}

/// Gives the values `[N, D]` of these voices of the outline with this place.
pub type Values<'a> = &'a mut dyn FnMut(usize, std::ops::Range<usize>, &mut Vec<f32>) -> bool;

/// Writes indexes to `folder`, which is made if it is not there, each under its name. `values` is
/// asked for some thousand voices at a time, so that the caller need not hold a lock all the while.
///
/// # Errors
/// The file system refuses, or `values` no longer has them; the snapshot that was there before stays
/// whole.
pub fn write(
    folder: &Path,
    outlines: &[(&str, &Outline)],
    origin: &Origin,
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
    let names_sha256 = file::write(folder, names_name, |out| {
        let mut names = origin.names.iter();
        names.try_for_each(|name| out.write_all(name.as_bytes()))
    })?;
    // The data files' names must be on disk before a manifest can speak of them.
    file::sync_folder(folder)?;
    let files = parts.iter().flat_map(|part| {
        [
            vectors_name(&part.vectors_sha256),
            ids_name(&part.ids_sha256),
            tags_name(&part.tags_sha256),
        ]
    });
    let mut keep: Vec<String> = files.collect();
    keep.extend([MANIFEST.to_owned(), names_name(&names_sha256)]);
    let content = Content {
        format: FORMAT,
        model: first.model.clone(),
        dimensions: first.dimensions as u64,
        watermark: origin.watermark,
        mark: origin.mark,
        names: origin.names.len() as u64,
        names_sha256,
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
        ids.try_for_each(|(_, id, _)| out.write_all(id.0.as_bytes()))
    })?;
    let tags_sha256 = file::write(folder, tags_name, |out| {
        let mut tags = outline.rows.iter();
        tags.try_for_each(|(_, _, tag)| out.write_all(&tag.to_le_bytes()))
    })?;
    Ok(Part {
        name: name.to_owned(),
        count: count as u64,
        vectors_sha256,
        ids_sha256,
        tags_sha256,
    })
}

/// Opens the snapshot in `folder`: the indexes of these names in their order, and what they are of.
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
) -> Result<(Vec<VoiceIndex>, Origin), SnapshotError> {
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
    let counted = |count: u64, bytes: usize| {
        let addressed = usize::try_from(count).ok();
        addressed
            .filter(|count| count.checked_mul(bytes).is_some())
            .ok_or_else(|| {
                damaged(format!(
                    "{count} rows are more than this machine can address"
                ))
            })
    };
    let tagged = counted(content.names, ID_BYTES)?;
    let path = folder.join(names_name(&content.names_sha256));
    let names_of_tags =
        file::read::<ID_BYTES, _>(&path, tagged, &content.names_sha256, Uuid::from_bytes)?;
    let mut indexes = Vec::with_capacity(names.len());
    for part in &content.parts {
        let count = counted(part.count, dimensions * VALUE_BYTES)?;
        let matrix = open_part(folder, part, (count, tagged), dimensions)?;
        indexes.push(VoiceIndex::from_matrix(
            config.clone(),
            model.clone(),
            matrix,
        ));
    }
    let origin = Origin {
        watermark: content.watermark,
        mark: content.mark,
        names: names_of_tags,
    };
    Ok((indexes, origin))
}

fn open_part(
    folder: &Path,
    part: &Part,
    (count, tagged): (usize, usize),
    dimensions: usize,
) -> Result<Matrix, SnapshotError> {
    let ids_path = folder.join(ids_name(&part.ids_sha256));
    let ids: Vec<VoiceId> =
        file::read::<ID_BYTES, _>(&ids_path, count, &part.ids_sha256, |bytes| {
            VoiceId(uuid::Uuid::from_bytes(bytes))
        })?;
    let damaged = |path: &Path, reason: String| SnapshotError::Damaged {
        path: path.to_owned(),
        reason,
    };
    let path = folder.join(tags_name(&part.tags_sha256));
    let tags = file::read::<TAG_BYTES, _>(&path, count, &part.tags_sha256, u32::from_le_bytes)?;
    if let Some(tag) = tags.iter().find(|tag| **tag as usize >= tagged) {
        return Err(damaged(
            &path,
            format!("a tag is {tag}, there are {tagged}"),
        ));
    }
    let path = folder.join(vectors_name(&part.vectors_sha256));
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
    Matrix::from_rows(vectors, codes, ids, tags)
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
