use std::io::Read;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

fn store() -> (TempDir, BlobStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = BlobStore::open(folder.path()).unwrap();
    (folder, store)
}

fn put(store: &BlobStore, bytes: &[u8]) -> StoredBlob {
    let mut incoming = store.begin().unwrap();
    incoming.write(bytes).unwrap();
    incoming.finish().unwrap()
}

fn incoming_files(folder: &TempDir) -> usize {
    std::fs::read_dir(folder.path().join("incoming"))
        .unwrap()
        .count()
}

#[test]
fn a_blob_lies_under_its_digest_and_reads_back() {
    let (folder, store) = store();
    let stored = put(&store, b"abc");
    let name = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(
        stored,
        StoredBlob {
            sha256: name.parse().unwrap(),
            size_bytes: 3
        }
    );
    assert_eq!(
        store.path(stored.sha256),
        folder.path().join("blobs/ba/78").join(name)
    );
    assert!(store.exists(stored.sha256).unwrap());
    let mut read = Vec::new();
    store
        .open_blob(stored.sha256)
        .unwrap()
        .read_to_end(&mut read)
        .unwrap();
    assert_eq!(read, b"abc");
    assert_eq!(store.verify(stored.sha256).unwrap(), 3);
    assert_eq!(incoming_files(&folder), 0);
}

#[test]
fn a_sealed_blob_cannot_be_opened_for_writing_by_mistake() {
    let (_folder, store) = store();
    let stored = put(&store, b"abc");
    let metadata = std::fs::metadata(store.path(stored.sha256)).unwrap();
    assert!(metadata.permissions().readonly());
}

#[test]
fn a_blob_that_is_dropped_leaves_nothing() {
    let (folder, store) = store();
    let mut incoming = store.begin().unwrap();
    incoming.write(b"half").unwrap();
    assert_eq!(incoming_files(&folder), 1);
    drop(incoming);
    assert_eq!(incoming_files(&folder), 0);
    assert_eq!(
        std::fs::read_dir(folder.path().join("blobs"))
            .unwrap()
            .count(),
        0
    );
}

#[test]
fn a_blob_above_the_limit_is_refused_and_one_at_the_limit_is_not() {
    let (folder, store) = store();
    let mut incoming = store.begin_at_most(4).unwrap();
    incoming.write(b"abcd").unwrap();
    assert!(matches!(
        incoming.write(b"e"),
        Err(BlobError::TooLarge { max_bytes: 4 })
    ));
    assert_eq!(incoming.size_bytes(), 4);
    drop(incoming);
    assert_eq!(incoming_files(&folder), 0);
    let mut incoming = store.begin_at_most(4).unwrap();
    incoming.write(b"abcd").unwrap();
    assert_eq!(incoming.finish().unwrap().size_bytes, 4);
}

#[test]
fn the_same_bytes_twice_are_one_blob() {
    let (folder, store) = store();
    let first = put(&store, b"abc");
    let before = std::fs::metadata(store.path(first.sha256))
        .unwrap()
        .modified()
        .unwrap();
    assert_eq!(put(&store, b"abc"), first);
    let after = std::fs::metadata(store.path(first.sha256))
        .unwrap()
        .modified()
        .unwrap();
    assert_eq!(before, after);
    assert_eq!(incoming_files(&folder), 0);
}

#[test]
fn a_truncated_blob_is_found_damaged_and_mended_by_the_same_upload() {
    let (_folder, store) = store();
    let stored = put(&store, b"abc");
    let path = store.path(stored.sha256);
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, b"ab").unwrap();
    assert!(matches!(
        store.verify(stored.sha256),
        Err(BlobError::Damaged { .. })
    ));
    assert_eq!(put(&store, b"abc"), stored);
    assert_eq!(store.verify(stored.sha256).unwrap(), 3);
}

#[test]
fn a_blob_that_is_not_there_is_missing() {
    let (_folder, store) = store();
    let absent = Sha256::of(b"absent");
    assert!(!store.exists(absent).unwrap());
    assert!(
        matches!(store.open_blob(absent), Err(BlobError::Missing { sha256 }) if sha256 == absent)
    );
    assert!(matches!(
        store.verify(absent),
        Err(BlobError::Missing { .. })
    ));
}

#[test]
fn a_sweep_removes_abandoned_files_and_spares_one_being_written() {
    let (folder, store) = store();
    std::fs::write(folder.path().join("incoming/abandoned"), b"half").unwrap();
    let mut incoming = store.begin().unwrap();
    incoming.write(b"abc").unwrap();
    assert_eq!(BlobStore::open(folder.path()).unwrap().sweep().unwrap(), 1);
    assert_eq!(incoming_files(&folder), 1);
    assert_eq!(incoming.finish().unwrap().size_bytes, 3);
    assert_eq!(store.sweep().unwrap(), 0);
}

#[test]
fn sweepers_and_writers_at_once_lose_no_upload() {
    let (folder, store) = store();
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0u8..4)
            .map(|writer| {
                let store = store.clone();
                scope.spawn(move || {
                    (0u8..50)
                        .map(|round| put(&store, &[writer, round]))
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        let sweeper = scope.spawn(|| {
            while writers.iter().any(|writer| !writer.is_finished()) {
                store.sweep().unwrap();
            }
            writers
                .into_iter()
                .flat_map(|writer| writer.join().unwrap())
                .collect::<Vec<_>>()
        });
        for stored in sweeper.join().unwrap() {
            assert_eq!(store.verify(stored.sha256).unwrap(), 2);
        }
    });
    assert_eq!(incoming_files(&folder), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn chunks_do_not_matter(bytes in prop::collection::vec(any::<u8>(), 0..2000), chunk in 1usize..700) {
        let (_folder, store) = store();
        let mut incoming = store.begin().unwrap();
        for chunk in bytes.chunks(chunk) {
            incoming.write(chunk).unwrap();
        }
        let stored = incoming.finish().unwrap();
        prop_assert_eq!(stored.sha256, Sha256::of(&bytes));
        prop_assert_eq!(stored.size_bytes, bytes.len() as u64);
        prop_assert_eq!(store.verify(stored.sha256).unwrap(), bytes.len() as u64);
    }
}
