//! The searchable voices: the index, kept in step with the store's log of gallery changes.
//!
//! The index is derived: it is filled from the store at start, or from a snapshot that is checked
//! first, and follows the log before each search, so that what another process added is found too.

mod rows;
mod scope;
mod snapshots;
mod state;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use thiserror::Error;
use tokio::sync::Mutex;

use super::{ServiceError, off_executor};
use crate::domain::{Embedding, ModelId};
use crate::embedding::Compensator;
use crate::index::{CheckReport, IndexConfig, VoiceIndex};
use crate::runtime::available_cores;
use crate::store::{GalleryChange, GalleryEntry, Store};
use state::{BANDS, State};

/// Gallery changes read from the store at a time: some 16 MB of embeddings.
const BATCH: u32 = 20_000;

/// Why the gallery is not usable.
#[derive(Debug, Error)]
pub enum GalleryError {
    /// A lock was poisoned by a crash in another thread; restart.
    #[error("the index was left in the middle of a change by a crashed thread")]
    Poisoned,
}

/// The searchable voices of one model.
pub struct Gallery {
    state: RwLock<State>,
    following: Mutex<()>,
    building: AtomicBool,
    /// Whether a snapshot is being written in the background, or must not be.
    saving: AtomicBool,
    /// Held while a snapshot is written: two would remove each other's files.
    writing: std::sync::Mutex<()>,
    config: IndexConfig,
    model: ModelId,
    compensator: Arc<Compensator>,
    dimensions: usize,
    folder: PathBuf,
}

pub(super) use rows::ScoredVoice;
pub(super) use scope::{BandHits, GalleryQuery, GalleryScope};

impl Gallery {
    /// An empty gallery; snapshots lie in `folder`. The index holds compensated embeddings, the store
    /// those of the model.
    pub fn new(
        config: IndexConfig,
        model: ModelId,
        compensator: Arc<Compensator>,
        dimensions: usize,
        folder: &Path,
    ) -> Self {
        let compensated = compensator.compensated_id().clone();
        let empty = || VoiceIndex::new(config.clone(), compensated.clone(), dimensions);
        Self {
            state: RwLock::new(State::of([empty(), empty()])),
            following: Mutex::new(()),
            building: AtomicBool::new(false),
            saving: AtomicBool::new(false),
            writing: std::sync::Mutex::new(()),
            folder: folder.join(compensated.as_str()),
            config,
            model,
            compensator,
            dimensions,
        }
    }

    /// Voices that can be found.
    pub fn len(&self) -> usize {
        self.read().map_or(0, |state| state.len())
    }

    /// Whether no voice can be found.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Brings the index in step with the store. Cheap when nothing changed.
    ///
    /// # Errors
    /// The store cannot be read, or holds an embedding that the index refuses.
    pub async fn follow(self: &Arc<Self>, store: &dyn Store) -> Result<u64, ServiceError> {
        let _one_at_a_time = self.following.lock().await;
        loop {
            let after = self.read().map_err(poisoned)?.seq();
            let mut reader = store.reader().await?;
            let changes = reader.gallery_changes(&self.model, after, BATCH).await?;
            drop(reader);
            let full = changes.len() >= BATCH as usize;
            if !changes.is_empty() {
                let gallery = Arc::clone(self);
                off_executor(move || gallery.apply(changes)).await??;
            }
            if !full {
                self.build_graphs_where_wanted();
                self.save_where_worthwhile();
                return Ok(self.len() as u64);
            }
        }
    }

    /// Starts again from an empty index, and writes a snapshot when it is in step.
    ///
    /// # Errors
    /// As [`Gallery::follow`]; a snapshot that cannot be written.
    pub async fn rebuild(self: &Arc<Self>, store: &dyn Store) -> Result<u64, ServiceError> {
        let fresh = Arc::new(Self::new(
            self.config.clone(),
            self.model.clone(),
            Arc::clone(&self.compensator),
            self.dimensions,
            self.folder.parent().unwrap_or(&self.folder),
        ));
        fresh.saving.store(true, Ordering::Release);
        let voices = fresh.follow(store).await?;
        {
            let _one_at_a_time = self.following.lock().await;
            let mut rebuilt = fresh.write().map_err(poisoned)?;
            let mut present = self.write().map_err(poisoned)?;
            std::mem::swap(&mut *present, &mut *rebuilt);
        }
        let gallery = Arc::clone(self);
        off_executor(move || gallery.write_snapshot()).await??;
        Ok(voices)
    }

    /// Measures recall against the exact scan and that each voice finds itself.
    ///
    /// # Errors
    /// The index refused.
    pub async fn check(self: &Arc<Self>) -> Result<CheckReport, ServiceError> {
        let gallery = Arc::clone(self);
        off_executor(move || -> Result<_, ServiceError> {
            let state = gallery.read().map_err(poisoned)?;
            let [narrowband, wideband] = BANDS;
            let first = state.index(narrowband).check()?;
            Ok(first.and(&state.index(wideband).check()?))
        })
        .await?
    }

    fn apply(&self, changes: Vec<GalleryEntry>) -> Result<(), ServiceError> {
        let changes = self.compensated_changes(changes)?;
        let mut state = self.write().map_err(poisoned)?;
        for GalleryEntry { seq, change } in changes {
            let voice_id = match change {
                GalleryChange::Added(voice) => {
                    state.insert(&voice)?;
                    voice.voice_id
                }
                GalleryChange::Removed(voice_id) => {
                    state.remove(voice_id);
                    voice_id
                }
            };
            state.stand_at(seq, voice_id);
        }
        Ok(())
    }

    fn compensated(&self, embedding: &Embedding) -> Result<Embedding, ServiceError> {
        let done = self.compensator.apply(embedding);
        done.map_err(|error| ServiceError::Interrupted {
            detail: format!("an embedding of the gallery cannot be compensated: {error}"),
        })
    }

    /// The changes with compensated embeddings, made by all cores; searches go on meanwhile.
    fn compensated_changes(
        &self,
        mut changes: Vec<GalleryEntry>,
    ) -> Result<Vec<GalleryEntry>, ServiceError> {
        let share = changes.len().div_ceil(available_cores().get()).max(1);
        let compensate = |part: &mut [GalleryEntry]| -> Result<(), ServiceError> {
            for entry in part {
                if let GalleryChange::Added(voice) = &mut entry.change {
                    voice.embedding = self.compensated(&voice.embedding)?;
                }
            }
            Ok(())
        };
        std::thread::scope(|scope| {
            let parts = changes.chunks_mut(share);
            let running: Vec<_> = parts.map(|part| scope.spawn(|| compensate(part))).collect();
            running.into_iter().try_for_each(|thread| {
                thread.join().unwrap_or_else(|_| {
                    Err(ServiceError::Interrupted {
                        detail: "a thread that compensates embeddings panicked".to_owned(),
                    })
                })
            })
        })?;
        Ok(changes)
    }

    /// Builds graphs in the background where the gallery has outgrown the exact scan; searches go on
    /// meanwhile.
    fn build_graphs_where_wanted(self: &Arc<Self>) {
        let wanted = self.read().is_ok_and(|state| state.wants_graph().is_some());
        if wanted && !self.building.swap(true, Ordering::AcqRel) {
            let gallery = Arc::clone(self);
            tokio::task::spawn_blocking(move || {
                gallery.build_graphs();
                gallery.building.store(false, Ordering::Release);
            });
        }
    }

    /// Nobody waits for the build: it works on a copy.
    fn build_graphs(&self) {
        for _ in BANDS {
            let Ok(Some((band, copy))) = self.read().map(|state| {
                let band = state.wants_graph();
                band.map(|band| (band, state.index(band).copy()))
            }) else {
                return;
            };
            copy.rebuild_graph();
            if let Ok(state) = self.read()
                && !state.index(band).adopt_graph(&copy)
            {
                tracing::info!("the index was packed meanwhile, its graph is built again");
            }
        }
    }

    fn read(&self) -> Result<RwLockReadGuard<'_, State>, GalleryError> {
        self.state
            .read()
            .map_err(|_: PoisonError<_>| GalleryError::Poisoned)
    }

    fn write(&self) -> Result<RwLockWriteGuard<'_, State>, GalleryError> {
        self.state
            .write()
            .map_err(|_: PoisonError<_>| GalleryError::Poisoned)
    }
}

fn poisoned(error: GalleryError) -> ServiceError {
    ServiceError::Interrupted {
        detail: error.to_string(),
    }
}
