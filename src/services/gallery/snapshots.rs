//! The gallery on disk: taken at start, written when enough has changed.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use super::state::{BANDS, Recordings, State};
use super::{Gallery, poisoned};
use crate::domain::{Bandwidth, ModelId, VoiceId};
use crate::index::{IndexError, SnapshotError, VoiceIndex, snapshot};
use crate::services::{ServiceError, off_executor};
use crate::store::{Reader, Store};

/// Fewer changes than this are read from the store in less time than a snapshot is worth.
const FEW_CHANGES: u64 = 20_000;

/// A snapshot is written when one in so many voices has changed since the last.
const CHANGED_SHARE: u64 = 8;

fn name(band: Bandwidth) -> &'static str {
    match band {
        Bandwidth::Narrowband => "narrowband",
        Bandwidth::Wideband => "wideband",
    }
}

impl Gallery {
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
                &BANDS.map(name),
            )
        })
        .await?;
        match opened {
            Ok((indexes, seq)) => self.take_snapshot(store, indexes, seq).await?,
            Err(SnapshotError::Absent { .. }) => {}
            Err(error) => {
                tracing::warn!(%error, "index snapshot is not used, the index is rebuilt");
            }
        }
        self.follow(store).await
    }

    /// Takes a snapshot's indexes, with what the store says of their voices. A snapshot that claims a
    /// later position than the store has belongs to another store.
    async fn take_snapshot(
        &self,
        store: &dyn Store,
        indexes: Vec<VoiceIndex>,
        seq: u64,
    ) -> Result<(), ServiceError> {
        let mut reader = store.reader().await?;
        let state = fitting(reader.as_mut(), &self.model, seq, indexes).await?;
        match state {
            Some(state) => *self.write().map_err(poisoned)? = state,
            None => tracing::warn!("index snapshot does not fit the store, the index is rebuilt"),
        }
        Ok(())
    }

    /// Writes a snapshot in the background when starting without one would cost much more.
    pub(super) fn save_where_worthwhile(self: &Arc<Self>) {
        let worthwhile = self.read().is_ok_and(|state| {
            let changed = state.unsaved();
            changed >= FEW_CHANGES && changed >= state.len() as u64 / CHANGED_SHARE
        });
        if worthwhile && !self.saving.swap(true, Ordering::AcqRel) {
            let gallery = Arc::clone(self);
            tokio::task::spawn_blocking(move || {
                if let Err(error) = gallery.write_snapshot() {
                    tracing::warn!(%error, "index snapshot was not written");
                }
                gallery.saving.store(false, Ordering::Release);
            });
        }
    }

    /// Writes a snapshot. The indexes may be searched and changed meanwhile: what they hold now is
    /// written, and no lock is kept for longer than some thousand voices take.
    pub(super) fn write_snapshot(&self) -> Result<(), ServiceError> {
        let _one_at_a_time = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let (outlines, seq) = {
            let state = self.read().map_err(poisoned)?;
            let outlines = BANDS.map(|band| (name(band), state.index(band).outline()));
            (outlines, state.seq())
        };
        let named: Vec<_> = outlines
            .iter()
            .map(|(name, outline)| (*name, outline))
            .collect();
        let mut values = |place: usize, rows, out: &mut Vec<f32>| {
            let (Ok(state), Some(band), Some((_, outline))) =
                (self.read(), BANDS.get(place), outlines.get(place))
            else {
                return false;
            };
            state.index(*band).values_at(outline, rows, out)
        };
        snapshot::write(&self.folder, &named, seq, &mut values)
            .map_err(|error| ServiceError::Index(IndexError::Snapshot(error)))?;
        self.write().map_err(poisoned)?.saved_at(seq);
        Ok(())
    }
}

/// A snapshot's indexes with the recordings that the store names at position `seq`; none when they
/// do not agree.
async fn fitting(
    reader: &mut dyn Reader,
    model: &ModelId,
    seq: u64,
    indexes: Vec<VoiceIndex>,
) -> Result<Option<State>, ServiceError> {
    let Ok(mut indexes) = <[VoiceIndex; 2]>::try_from(indexes) else {
        return Ok(None);
    };
    if reader.gallery_seq().await? < seq {
        return Ok(None);
    }
    let members = reader.gallery_members(model, seq).await?;
    off_executor(move || {
        let mut recordings = Recordings::default();
        let mut numbers: HashMap<VoiceId, (Bandwidth, u32)> = HashMap::with_capacity(members.len());
        for member in members {
            if let Some(number) = recordings.number(member.recording_id) {
                numbers.insert(member.voice_id, (member.bandwidth, number));
            }
        }
        let voices: usize = indexes.iter().map(VoiceIndex::len).sum();
        let mut fits = voices == numbers.len();
        for (band, index) in BANDS.into_iter().zip(&mut indexes) {
            let number = |id| numbers.get(&id).filter(|(of, _)| *of == band);
            fits = fits && index.set_tags(|id| number(id).map(|(_, number)| *number));
        }
        fits.then(|| State::of_snapshot(indexes, recordings, seq))
    })
    .await
}
