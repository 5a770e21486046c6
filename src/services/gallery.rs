//! The searchable voices: the index, kept in step with the store's log of gallery changes.
//!
//! The index is derived: it is filled from the store at start, or from a snapshot that is checked
//! first, and follows the log before each search, so that what another process added is found too.

mod rows;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use thiserror::Error;
use tokio::sync::Mutex;

use super::{ServiceError, off_executor};
use crate::domain::{Bandwidth, Embedding, ModelId, RecordingId, VoiceId};
use crate::embedding::Compensator;
use crate::index::{
    CheckReport, Hits, IndexConfig, IndexError, Mode, Query, SnapshotError, VoiceIndex, snapshot,
};
use crate::runtime::available_cores;
use crate::store::{GalleryChange, GalleryEntry, Reader, Store};

/// Gallery changes read from the store at a time: some 16 MB of embeddings.
const BATCH: u32 = 20_000;

/// Why the gallery is not usable.
#[derive(Debug, Error)]
pub enum GalleryError {
    /// A lock was poisoned by a crash in another thread; restart.
    #[error("the index was left in the middle of a change by a crashed thread")]
    Poisoned,
}

/// What the gallery knows of each voice beside its embedding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Member {
    recording_id: RecordingId,
    bandwidth: Bandwidth,
}

struct State {
    index: VoiceIndex,
    members: HashMap<VoiceId, Member>,
    narrowband: u64,
    /// Position in the store's log up to which the index is in step.
    seq: u64,
}

/// The searchable voices of one model.
pub struct Gallery {
    state: RwLock<State>,
    following: Mutex<()>,
    building: AtomicBool,
    config: IndexConfig,
    model: ModelId,
    compensator: Arc<Compensator>,
    dimensions: usize,
    folder: PathBuf,
}

/// Hits among the voices of one measured bandwidth.
#[derive(Debug, Clone)]
pub(super) struct BandHits {
    pub(super) bandwidth: Bandwidth,
    pub(super) hits: Hits,
}

pub(super) use rows::ScoredVoice;

/// Which voices a probe is searched against.
pub(super) struct GalleryQuery {
    pub(super) embedding: Embedding,
    pub(super) top_k: usize,
    pub(super) mode: Mode,
    pub(super) accept: Arc<dyn Fn(VoiceId, RecordingId) -> bool + Send + Sync>,
}

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
        let index = VoiceIndex::new(config.clone(), compensated.clone(), dimensions);
        let state = State {
            index,
            members: HashMap::new(),
            narrowband: 0,
            seq: 0,
        };
        Self {
            state: RwLock::new(state),
            following: Mutex::new(()),
            building: AtomicBool::new(false),
            folder: folder.join(compensated.as_str()),
            config,
            model,
            compensator,
            dimensions,
        }
    }

    /// Voices that can be found.
    pub fn len(&self) -> usize {
        self.read().map_or(0, |state| state.index.len())
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
            let after = self.read().map_err(poisoned)?.seq;
            let mut reader = store.reader().await?;
            let changes = reader.gallery_changes(&self.model, after, BATCH).await?;
            drop(reader);
            let full = changes.len() >= BATCH as usize;
            if !changes.is_empty() {
                let gallery = Arc::clone(self);
                off_executor(move || gallery.apply(changes)).await??;
            }
            if !full {
                self.build_graph_where_wanted();
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

    /// Opens the snapshot if there is a whole one, then follows the store; a snapshot that is
    /// missing, damaged, or of another model or store only costs the time to start from nothing.
    ///
    /// # Errors
    /// As [`Gallery::follow`].
    pub async fn open(self: &Arc<Self>, store: &dyn Store) -> Result<u64, ServiceError> {
        let gallery = Arc::clone(self);
        let opened = off_executor(move || {
            snapshot::open(
                &gallery.folder,
                &gallery.config,
                gallery.compensator.compensated_id(),
                gallery.dimensions,
            )
        })
        .await?;
        match opened {
            Ok((index, seq)) => self.take_snapshot(store, index, seq).await?,
            Err(SnapshotError::Absent { .. }) => {}
            Err(error) => {
                tracing::warn!(%error, "index snapshot is not used, the index is rebuilt");
            }
        }
        self.follow(store).await
    }

    /// Measures recall against the exact scan and that each voice finds itself.
    ///
    /// # Errors
    /// The index refused.
    pub async fn check(self: &Arc<Self>) -> Result<CheckReport, ServiceError> {
        let gallery = Arc::clone(self);
        off_executor(move || -> Result<_, ServiceError> {
            Ok(gallery.read().map_err(poisoned)?.index.check()?)
        })
        .await?
    }

    /// The best voices of each bandwidth, apart, since their scores mean different things.
    pub(super) async fn search(
        self: &Arc<Self>,
        query: GalleryQuery,
    ) -> Result<Vec<BandHits>, ServiceError> {
        let gallery = Arc::clone(self);
        off_executor(move || gallery.search_bands(&query)).await?
    }

    fn search_bands(&self, query: &GalleryQuery) -> Result<Vec<BandHits>, ServiceError> {
        let probe = self.compensated(&query.embedding)?;
        let state = self.read().map_err(poisoned)?;
        let wideband = (state.members.len() as u64).saturating_sub(state.narrowband);
        let counts = [
            (Bandwidth::Narrowband, state.narrowband),
            (Bandwidth::Wideband, wideband),
        ];
        let mut bands = Vec::with_capacity(counts.len());
        for (bandwidth, _) in counts.into_iter().filter(|(_, count)| *count > 0) {
            let members = &state.members;
            let accept = |id: VoiceId| {
                members.get(&id).is_some_and(|member| {
                    member.bandwidth == bandwidth && (query.accept)(id, member.recording_id)
                })
            };
            let hits = state.index.search(
                &probe,
                &Query {
                    top_k: query.top_k,
                    mode: query.mode,
                    accept: Some(&accept),
                },
            )?;
            bands.push(BandHits { bandwidth, hits });
        }
        Ok(bands)
    }

    fn apply(&self, changes: Vec<GalleryEntry>) -> Result<(), ServiceError> {
        let changes = self.compensated_changes(changes)?;
        let mut state = self.write().map_err(poisoned)?;
        for GalleryEntry { seq, change } in changes {
            match change {
                GalleryChange::Added(voice) => {
                    state.index.insert(voice.voice_id, &voice.embedding)?;
                    state.forget(voice.voice_id);
                    state.remember(voice.voice_id, voice.recording_id, voice.bandwidth);
                }
                GalleryChange::Removed(voice_id) => {
                    state.index.remove(voice_id);
                    state.forget(voice_id);
                }
            }
            state.seq = seq;
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

    /// Takes a snapshot's index, with what the store says of its voices. A snapshot that claims a
    /// later position than the store has belongs to another store.
    async fn take_snapshot(
        &self,
        store: &dyn Store,
        index: VoiceIndex,
        seq: u64,
    ) -> Result<(), ServiceError> {
        let mut reader = store.reader().await?;
        let members = snapshot_members(reader.as_mut(), &self.model, seq, &index).await?;
        let Some(members) = members else {
            tracing::warn!("index snapshot does not fit the store, the index is rebuilt");
            return Ok(());
        };
        let mut state = self.write().map_err(poisoned)?;
        state.narrowband = members
            .values()
            .filter(|member| member.bandwidth == Bandwidth::Narrowband)
            .count() as u64;
        state.index = index;
        state.members = members;
        state.seq = seq;
        Ok(())
    }

    fn write_snapshot(&self) -> Result<(), ServiceError> {
        let state = self.read().map_err(poisoned)?;
        snapshot::write(&self.folder, &state.index, state.seq)
            .map_err(|error| ServiceError::Index(IndexError::Snapshot(error)))
    }

    /// Builds the graph in the background where the gallery has outgrown the exact scan; searches
    /// go on meanwhile.
    fn build_graph_where_wanted(self: &Arc<Self>) {
        let wanted = self.read().is_ok_and(|state| state.index.wants_graph());
        if wanted && !self.building.swap(true, Ordering::AcqRel) {
            let gallery = Arc::clone(self);
            tokio::task::spawn_blocking(move || {
                gallery.build_graph();
                gallery.building.store(false, Ordering::Release);
            });
        }
    }

    /// Nobody waits for the build: it works on a copy.
    fn build_graph(&self) {
        let Ok(copy) = self.read().map(|state| state.index.copy()) else {
            return;
        };
        copy.rebuild_graph();
        if let Ok(state) = self.read()
            && !state.index.adopt_graph(&copy)
        {
            tracing::info!("the index was packed meanwhile, its graph is built again");
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

impl State {
    fn remember(&mut self, id: VoiceId, recording_id: RecordingId, bandwidth: Bandwidth) {
        self.members.insert(
            id,
            Member {
                recording_id,
                bandwidth,
            },
        );
        if bandwidth == Bandwidth::Narrowband {
            self.narrowband += 1;
        }
    }

    fn forget(&mut self, id: VoiceId) {
        if let Some(member) = self.members.remove(&id)
            && member.bandwidth == Bandwidth::Narrowband
        {
            self.narrowband = self.narrowband.saturating_sub(1);
        }
    }
}

/// Members of a snapshot's index as the store knows them at position `seq`; none when they do not
/// agree.
async fn snapshot_members(
    reader: &mut dyn Reader,
    model: &ModelId,
    seq: u64,
    index: &VoiceIndex,
) -> Result<Option<HashMap<VoiceId, Member>>, ServiceError> {
    if reader.gallery_seq().await? < seq {
        return Ok(None);
    }
    let members: HashMap<VoiceId, Member> = reader
        .gallery_members(model, seq)
        .await?
        .into_iter()
        .map(|member| {
            let facts = Member {
                recording_id: member.recording_id,
                bandwidth: member.bandwidth,
            };
            (member.voice_id, facts)
        })
        .collect();
    let fits = members.len() == index.len() && members.keys().all(|id| index.contains(*id));
    Ok(fits.then_some(members))
}

fn poisoned(error: GalleryError) -> ServiceError {
    ServiceError::Interrupted {
        detail: error.to_string(),
    }
}
