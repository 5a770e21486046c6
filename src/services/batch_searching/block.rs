//! The answers of a block of probes, by one reading of the gallery.

use std::collections::HashMap;
use std::sync::Arc;

use super::Batch;
use crate::domain::{
    Bandwidth, BatchCandidate, BatchLine, BatchVoice, Embedding, Evidence, RecordingId, Voice,
    VoiceId,
};
use crate::index::Hit;
use crate::scoring::Side;
use crate::services::candidates::{by_rank, may_be_missed};
use crate::services::gallery::{BandHits, GalleryScope};
use crate::services::search_scope::gallery_size;
use crate::services::searching::MOST_FETCHED;
use crate::services::{ServiceError, Services};
use crate::store::Reader;

/// A probe whose hits have been found.
struct Asked<'a> {
    probe: &'a Voice,
    /// Voices of its own recording among those searched.
    own: &'a [Bandwidth],
    /// How many of each bandwidth were fetched; none where no more will be.
    fetched: Option<usize>,
}

impl Services {
    /// The lines of some probes, in their order. A voice that is gone by now has none.
    pub(super) async fn batch_block(
        &self,
        reader: &mut dyn Reader,
        batch: &Batch,
        scope: &Arc<GalleryScope>,
        ids: &[VoiceId],
    ) -> Result<Vec<BatchLine>, ServiceError> {
        let voices = reader.voices(ids, self.clock.now()).await?;
        let ids: Vec<VoiceId> = voices.iter().map(|voice| voice.id).collect();
        let embeddings = self.gallery.compensated_of(&ids)?;
        let minimum = self.settings.minimum_speech.search();
        let mut lines: Vec<Option<BatchLine>> = vec![None; voices.len()];
        let mut open: Vec<(usize, &Voice, Embedding)> = Vec::new();
        for (place, (voice, embedding)) in voices.iter().zip(embeddings).enumerate() {
            let enough = voice.net_speech >= minimum;
            match embedding.filter(|_| enough) {
                Some(embedding) => open.push((place, voice, embedding)),
                None => {
                    let line = BatchLine::NoAnswer {
                        probe: in_short(voice),
                        reason: if enough {
                            "its voiceprint is gone".to_owned()
                        } else {
                            format!("{} of net speech, expected {minimum}", voice.net_speech)
                        },
                    };
                    if let Some(slot) = lines.get_mut(place) {
                        *slot = Some(line);
                    }
                }
            }
        }
        let wanted = batch.request.top_k as usize;
        let own = self.own_voices(reader, &open, scope).await?;
        let most_own = own.values().map(Vec::len).max().unwrap_or(0);
        let most = wanted.saturating_mul(MOST_FETCHED as usize) + most_own;
        let mut fetched = wanted + most_own;
        while !open.is_empty() {
            let probes = open.iter().map(|(_, _, probe)| probe.clone()).collect();
            let found = self
                .gallery
                .search_many(probes, fetched, Arc::clone(scope))
                .await?;
            let mut again = Vec::new();
            for ((place, voice, probe), bands) in open.into_iter().zip(found) {
                let is_last = fetched >= most;
                let asked = Asked {
                    probe: voice,
                    own: own.get(&voice.recording_id).map_or(&[][..], Vec::as_slice),
                    fetched: (!is_last).then_some(fetched),
                };
                match self.batch_answer(reader, batch, asked, &bands).await? {
                    None => again.push((place, voice, probe)),
                    Some(line) => {
                        if let Some(slot) = lines.get_mut(place) {
                            *slot = Some(line);
                        }
                    }
                }
            }
            open = again;
            // Each time is a scan of the whole gallery, whatever it fetches.
            fetched = most;
        }
        Ok(lines.into_iter().flatten().collect())
    }

    /// The voices of each probe's recording that are searched with all others, and must be left out.
    async fn own_voices(
        &self,
        reader: &mut dyn Reader,
        probes: &[(usize, &Voice, Embedding)],
        scope: &GalleryScope,
    ) -> Result<HashMap<RecordingId, Vec<Bandwidth>>, ServiceError> {
        let mut own = HashMap::new();
        for (_, voice, _) in probes {
            let id = voice.recording_id;
            if own.contains_key(&id) {
                continue;
            }
            let voices = reader.voices_of_recording(id, self.clock.now()).await?;
            let ids: Vec<VoiceId> = voices.iter().map(|voice| voice.id).collect();
            let bands = self.gallery.bandwidths_of(&ids)?;
            let searched = ids
                .iter()
                .zip(bands)
                .filter_map(|(voice, band)| band.filter(|band| scope.takes(*voice, id, *band)));
            own.insert(id, searched.collect());
        }
        Ok(own)
    }

    /// The answer of one probe; none where more must be fetched to know it.
    async fn batch_answer(
        &self,
        reader: &mut dyn Reader,
        batch: &Batch,
        asked: Asked<'_>,
        bands: &[BandHits],
    ) -> Result<Option<BatchLine>, ServiceError> {
        let Asked {
            probe,
            own,
            fetched,
        } = asked;
        let side = |voice: &Voice| Side::of(voice.net_speech, &voice.quality);
        let hits = || bands.iter().flat_map(|band| &band.hits.hits);
        let ids: Vec<VoiceId> = hits().map(|hit| hit.voice_id).collect();
        let voices: HashMap<VoiceId, Voice> = reader
            .voices(&ids, self.clock.now())
            .await?
            .into_iter()
            .map(|voice| (voice.id, voice))
            .collect();
        let of_others = |hit: &&Hit| {
            let voice = voices.get(&hit.voice_id);
            voice.is_some_and(|voice| voice.recording_id != probe.recording_id)
        };
        let mut ranked: Vec<(Hit, Evidence)> = Vec::with_capacity(ids.len());
        for hit in hits().filter(of_others) {
            if let Some(voice) = voices.get(&hit.voice_id) {
                let evidence = batch
                    .calibration
                    .evidence(hit.score, side(probe), side(voice))?;
                ranked.push((*hit, evidence));
            }
        }
        ranked.sort_by(by_rank);
        if let Some(fetched) = fetched {
            let limits = (fetched, batch.request.top_k as usize);
            if may_be_missed(&batch.calibration, side(probe), bands, &ranked, limits) {
                return Ok(None);
            }
        }
        let size = gallery_size(bands).without(own);
        let least = batch.request.min_log10_lr.unwrap_or(f64::NEG_INFINITY);
        let kept = (1..=batch.request.top_k)
            .zip(ranked)
            .filter(|(_, (_, evidence))| evidence.log10_lr >= least);
        let candidates = kept
            .filter_map(|(rank, (hit, evidence))| {
                Some(BatchCandidate {
                    rank,
                    voice: in_short(voices.get(&hit.voice_id)?),
                    score: hit.score,
                    log10_lr: evidence.log10_lr,
                    expected_false: batch.calibration.expected_false(
                        evidence.llr,
                        probe.quality.bandwidth,
                        size.narrowband,
                        size.wideband,
                    ),
                })
            })
            .collect();
        Ok(Some(BatchLine::Answer {
            probe: in_short(probe),
            gallery_size: size.narrowband + size.wideband,
            candidates,
        }))
    }
}

fn in_short(voice: &Voice) -> BatchVoice {
    BatchVoice {
        voice_id: voice.id,
        recording_id: voice.recording_id,
        case_id: voice.case_id,
        channel: voice.channel,
        label: voice.label,
        subject_id: voice.subject_id,
        net_speech_ms: voice.net_speech,
        bandwidth: voice.quality.bandwidth,
    }
}
