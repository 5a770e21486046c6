//! The gallery on disk: taken at start, written when enough has changed.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use super::state::{BANDS, State};
use super::{Gallery, poisoned};
use crate::domain::Bandwidth;
use crate::index::snapshot::Origin;
use crate::index::{IndexError, SnapshotError, VoiceIndex, snapshot};
use crate::services::{ServiceError, off_executor};
use crate::store::Store;

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
            Ok((indexes, origin)) => self.take_snapshot(store, indexes, origin).await?,
            Err(SnapshotError::Absent { .. }) => {}
            Err(error) => {
                tracing::warn!(%error, "index snapshot is not used, the index is rebuilt");
            }
        }
        self.follow(store).await
    }

    /// Takes a snapshot's indexes, if the store's log has the same change where they stand. If not, the
    /// snapshot is of another store, or of one that was since taken back to an earlier day.
    async fn take_snapshot(
        &self,
        store: &dyn Store,
        indexes: Vec<VoiceIndex>,
        origin: Origin,
    ) -> Result<(), ServiceError> {
        let found = store
            .reader()
            .await?
            .gallery_voice_at(origin.watermark)
            .await?;
        let fits = found == origin.mark && (found.is_some() || origin.watermark == 0);
        let indexes = <[VoiceIndex; 2]>::try_from(indexes).ok();
        let state = indexes
            .filter(|_| fits)
            .and_then(|indexes| State::of_snapshot(indexes, origin));
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
        let (outlines, origin) = {
            let state = self.read().map_err(poisoned)?;
            let outlines = BANDS.map(|band| (name(band), state.index(band).outline()));
            (outlines, state.origin())
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
        snapshot::write(&self.folder, &named, &origin, &mut values)
            .map_err(|error| ServiceError::Index(IndexError::Snapshot(error)))?;
        self.write().map_err(poisoned)?.saved_at(origin.watermark);
        Ok(())
    }
}
