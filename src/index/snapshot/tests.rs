use std::fs;
use std::path::PathBuf;

use super::*;
use crate::index::synthetic::embeddings;
use crate::index::{Mode, Query};
use tempfile::TempDir;
use uuid::Uuid;

const DIMENSIONS: usize = 24;

fn model() -> ModelId {
    ModelId::new("test")
}

fn index(count: usize) -> VoiceIndex {
    let mut index = VoiceIndex::new(IndexConfig::default(), model(), DIMENSIONS);
    for (number, values) in embeddings(count, DIMENSIONS, 4, 1).into_iter().enumerate() {
        let embedding = Embedding::from_raw(model(), values).unwrap();
        index
            .insert(
                VoiceId(Uuid::from_u128(number as u128)),
                number as u32 % 3,
                &embedding,
            )
            .unwrap();
    }
    index
}

fn written(count: usize) -> (TempDir, VoiceIndex) {
    let folder = tempfile::tempdir().unwrap();
    let mut index = index(count);
    index.remove(VoiceId(Uuid::from_u128(3)));
    save(&folder, &index, 77);
    (folder, index)
}

/// Beside the index an empty one, as an archive has it that knows one bandwidth.
const NAMES: [&str; 2] = ["voices", "none"];

fn save(folder: &TempDir, index_to_save: &VoiceIndex, watermark: u64) {
    let empty = index(0);
    let indexes = [index_to_save, &empty];
    let outlines = indexes.map(VoiceIndex::outline);
    let parts = [(NAMES[0], &outlines[0]), (NAMES[1], &outlines[1])];
    let origin = Origin {
        watermark,
        ..origin()
    };
    write(folder.path(), &parts, &origin, &mut |place, rows, out| {
        indexes[place].values_at(&outlines[place], rows, out)
    })
    .unwrap();
}

fn origin() -> Origin {
    Origin {
        watermark: 77,
        mark: Some(VoiceId(Uuid::from_u128(49))),
        names: [70, 71, 72].map(Uuid::from_u128).to_vec(),
    }
}

fn reopen(folder: &TempDir) -> Result<(VoiceIndex, u64), SnapshotError> {
    let config = IndexConfig::default();
    let opened = open(folder.path(), &config, &model(), DIMENSIONS, &NAMES);
    opened.map(|(mut indexes, found)| {
        assert_eq!(indexes.pop().map(|index| index.len()), Some(0));
        let watermark = found.watermark;
        assert_eq!(
            found,
            Origin {
                watermark,
                ..origin()
            }
        );
        (indexes.remove(0), watermark)
    })
}

fn files(folder: &TempDir) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
}

#[test]
fn a_snapshot_reads_back_with_the_same_answers() {
    let (folder, index) = written(50);
    let (read, watermark) = reopen(&folder).unwrap();
    assert_eq!((read.len(), watermark), (49, 77));
    assert!(!read.contains(VoiceId(Uuid::from_u128(3))));
    for number in [0, 1, 2, 4, 49] {
        let id = VoiceId(Uuid::from_u128(number));
        assert_eq!(read.tag_of(id), Some(number as u32 % 3));
    }
    let query = Query {
        top_k: 20,
        mode: Mode::Exact,
        among: None,
    };
    for values in embeddings(10, DIMENSIONS, 1, 2) {
        let probe = Embedding::from_raw(model(), values).unwrap();
        assert_eq!(
            read.search(&probe, &query).unwrap(),
            index.search(&probe, &query).unwrap()
        );
    }
}

#[test]
fn an_empty_index_has_a_snapshot() {
    let folder = tempfile::tempdir().unwrap();
    save(&folder, &index(0), 0);
    assert_eq!(reopen(&folder).unwrap().0.len(), 0);
}

#[test]
fn a_new_snapshot_takes_the_place_of_the_old_one() {
    let (folder, mut index) = written(50);
    fs::write(folder.path().join(".tmpleft"), b"half").unwrap();
    index.remove(VoiceId(Uuid::from_u128(4)));
    save(&folder, &index, 78);
    let (read, watermark) = reopen(&folder).unwrap();
    assert_eq!((read.len(), watermark), (48, 78));
    assert_eq!(files(&folder).len(), 8);
}

#[test]
fn a_write_that_stops_before_the_manifest_leaves_the_old_snapshot() {
    let (folder, mut index) = written(50);
    let manifest = fs::read(folder.path().join(MANIFEST)).unwrap();
    let old: Vec<(PathBuf, Vec<u8>)> = files(&folder)
        .into_iter()
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect();
    index.remove(VoiceId(Uuid::from_u128(4)));
    save(&folder, &index, 78);
    for (path, bytes) in old {
        fs::write(path, bytes).unwrap();
    }
    fs::write(folder.path().join(MANIFEST), manifest).unwrap();
    let (read, watermark) = reopen(&folder).unwrap();
    assert_eq!((read.len(), watermark), (49, 77));
}

#[test]
fn a_folder_without_a_manifest_has_no_snapshot() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(reopen(&folder), Err(SnapshotError::Absent { .. })));
}

#[test]
fn another_model_or_length_is_refused() {
    let (folder, _) = written(10);
    let config = IndexConfig::default();
    let other = open(
        folder.path(),
        &config,
        &ModelId::new("other"),
        DIMENSIONS,
        &NAMES,
    );
    assert!(matches!(other, Err(SnapshotError::OtherModel { .. })));
    let longer = open(folder.path(), &config, &model(), 192, &NAMES);
    assert!(matches!(
        longer,
        Err(SnapshotError::OtherLength {
            expected: 192,
            found: 24
        })
    ));
}

#[test]
fn another_format_is_refused_by_its_number() {
    let (folder, _) = written(10);
    let path = folder.path().join(MANIFEST);
    let text = fs::read_to_string(&path)
        .unwrap()
        .replace("\"format\": 3", "\"format\": 2");
    fs::write(&path, text).unwrap();
    assert!(matches!(
        reopen(&folder),
        Err(SnapshotError::OtherFormat {
            expected: 3,
            found: 2
        })
    ));
}

#[test]
fn a_manifest_that_claims_more_rows_than_the_files_hold_is_refused() {
    let (folder, _) = written(10);
    let path = folder.path().join(MANIFEST);
    let mut content = Manifest::read(&path).unwrap().content;
    content.parts[0].count = u64::MAX / 8;
    Manifest::seal(content).write(&path).unwrap();
    assert!(matches!(
        reopen(&folder),
        Err(SnapshotError::Damaged { .. })
    ));
}

#[test]
fn a_tag_that_stands_for_nothing_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let index = index(10);
    let outline = index.outline();
    let mut origin = origin();
    origin.names.pop();
    let parts = [("voices", &outline), ("none", &outline)];
    write(folder.path(), &parts, &origin, &mut |_, rows, out| {
        index.values_at(&outline, rows, out)
    })
    .unwrap();
    assert!(matches!(
        reopen(&folder),
        Err(SnapshotError::Damaged { .. })
    ));
}

#[test]
fn a_missing_shortened_or_lengthened_file_is_refused() {
    let (folder, _) = written(10);
    for path in files(&folder) {
        let whole = fs::read(&path).unwrap();
        let longer = [whole.as_slice(), b"x"].concat();
        let shorter = [0, whole.len().saturating_sub(1)].map(|end| &whole[..end]);
        let other = shorter.into_iter().chain([longer.as_slice()]);
        // A file of no bytes cannot be shortened.
        for bytes in other.filter(|bytes| *bytes != whole) {
            fs::write(&path, bytes).unwrap();
            assert!(
                reopen(&folder).is_err(),
                "{} of {} bytes",
                path.display(),
                bytes.len()
            );
        }
        fs::remove_file(&path).unwrap();
        assert!(reopen(&folder).is_err(), "{} is missing", path.display());
        fs::write(&path, &whole).unwrap();
        assert!(reopen(&folder).is_ok());
    }
}

#[test]
fn every_flipped_bit_is_refused() {
    let (folder, _) = written(5);
    for path in files(&folder) {
        let mut bytes = fs::read(&path).unwrap();
        for position in 0..bytes.len() {
            bytes[position] ^= 1 << (position % 8);
            fs::write(&path, &bytes).unwrap();
            assert!(reopen(&folder).is_err(), "{} at {position}", path.display());
            bytes[position] ^= 1 << (position % 8);
        }
        fs::write(&path, &bytes).unwrap();
    }
}

#[test]
fn indexes_of_other_names_are_refused() {
    let (folder, _) = written(10);
    let config = IndexConfig::default();
    for names in [&NAMES[..1], &["none", "voices"]] {
        let other = open(folder.path(), &config, &model(), DIMENSIONS, names);
        assert!(matches!(other, Err(SnapshotError::Damaged { .. })));
    }
}

#[test]
fn an_index_from_a_snapshot_is_added_to_removed_from_and_packed() {
    let (folder, _) = written(200);
    let (mut read, _) = reopen(&folder).unwrap();
    let mut fresh = index(200);
    fresh.remove(VoiceId(Uuid::from_u128(3)));
    let late = embeddings(40, DIMENSIONS, 4, 9);
    for index in [&mut read, &mut fresh] {
        for (number, values) in late.iter().enumerate() {
            let embedding = Embedding::from_raw(model(), values.clone()).unwrap();
            let id = VoiceId(Uuid::from_u128(190 + number as u128));
            index.insert(id, 1, &embedding).unwrap();
        }
        // Above a quarter of the rows: they are packed.
        for number in 0..100 {
            index.remove(VoiceId(Uuid::from_u128(number)));
        }
        assert_eq!(index.len(), 130);
        assert!(index.check().unwrap().tombstones < 60);
    }
    let query = Query {
        top_k: 130,
        mode: Mode::Exact,
        among: None,
    };
    for values in late {
        let probe = Embedding::from_raw(model(), values).unwrap();
        assert_eq!(
            read.search(&probe, &query).unwrap(),
            fresh.search(&probe, &query).unwrap()
        );
    }
}
