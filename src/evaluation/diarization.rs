//! Who speaks when, against a reference: diarization error rate and speaker counts.
//!
//! # Source
//! NIST, "The 2009 (RT-09) Rich Transcription Meeting Recognition Evaluation Plan", clause 6.1: the
//! error is missed speech, false alarm and confusion over the reference's speech, each counted for
//! every speaker, under the mapping of speakers that gives the least error, outside a collar around
//! the reference's boundaries.

mod mapping;
mod rttm;

pub use rttm::{RttmError, Turn, parse_rttm};

use mapping::best_mapping;

/// Time that was judged, in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DiarizationErrors {
    /// Speech of the reference, counted for each speaker.
    pub speech_ms: u64,
    /// Speech of the reference that nobody was found for.
    pub missed_ms: u64,
    /// Speakers found where the reference has none, or fewer.
    pub false_alarm_ms: u64,
    /// Speech given to the wrong speaker.
    pub confused_ms: u64,
}

impl DiarizationErrors {
    /// Diarization error rate: the three errors over the reference's speech; none without speech.
    pub fn rate(&self) -> Option<f64> {
        let errors = self.missed_ms + self.false_alarm_ms + self.confused_ms;
        (self.speech_ms > 0).then(|| errors as f64 / self.speech_ms as f64)
    }

    /// The sum over two recordings.
    pub fn plus(self, other: Self) -> Self {
        Self {
            speech_ms: self.speech_ms + other.speech_ms,
            missed_ms: self.missed_ms + other.missed_ms,
            false_alarm_ms: self.false_alarm_ms + other.false_alarm_ms,
            confused_ms: self.confused_ms + other.confused_ms,
        }
    }
}

/// Judges the turns that were found against those of a reference. Within `collar_ms` of a boundary
/// of the reference nothing is judged.
pub fn diarization_errors(reference: &[Turn], found: &[Turn], collar_ms: u64) -> DiarizationErrors {
    let (reference_names, reference) = joined(reference);
    let (found_names, found) = joined(found);
    let pieces = pieces(&reference, &found, collar_ms);
    let mut together = vec![vec![0u64; found_names]; reference_names];
    for piece in &pieces {
        for speaker in &piece.reference {
            for other in &piece.found {
                together[*speaker][*other] += piece.length_ms;
            }
        }
    }
    let mapping = best_mapping(&together);
    let mut errors = DiarizationErrors::default();
    for piece in &pieces {
        let (speakers, found) = (piece.reference.len() as u64, piece.found.len() as u64);
        let right = piece
            .reference
            .iter()
            .filter(|speaker| mapping[**speaker].is_some_and(|other| piece.found.contains(&other)))
            .count() as u64;
        errors.speech_ms += speakers * piece.length_ms;
        errors.missed_ms += speakers.saturating_sub(found) * piece.length_ms;
        errors.false_alarm_ms += found.saturating_sub(speakers) * piece.length_ms;
        errors.confused_ms += (speakers.min(found) - right) * piece.length_ms;
    }
    errors
}

/// How many different speakers there are.
pub fn speaker_count(turns: &[Turn]) -> usize {
    let mut names: Vec<&str> = turns.iter().map(|turn| turn.speaker.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names.len()
}

/// Turns with numbered speakers; those of one speaker that touch or overlap are one.
fn joined(turns: &[Turn]) -> (usize, Vec<(usize, u64, u64)>) {
    let mut names: Vec<&str> = turns.iter().map(|turn| turn.speaker.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let mut numbered: Vec<(usize, u64, u64)> = turns
        .iter()
        .filter(|turn| turn.end_ms > turn.start_ms)
        .filter_map(|turn| {
            let speaker = names.binary_search(&turn.speaker.as_str()).ok()?;
            Some((speaker, turn.start_ms, turn.end_ms))
        })
        .collect();
    numbered.sort_unstable();
    numbered.dedup_by(|next, kept| {
        let one = next.0 == kept.0 && next.1 <= kept.2;
        if one {
            kept.2 = kept.2.max(next.2);
        }
        one
    });
    (names.len(), numbered)
}

/// A stretch in which nothing changes.
struct Piece {
    length_ms: u64,
    reference: Vec<usize>,
    found: Vec<usize>,
}

fn pieces(
    reference: &[(usize, u64, u64)],
    found: &[(usize, u64, u64)],
    collar_ms: u64,
) -> Vec<Piece> {
    // What happens when: collars open and close, speakers of either side begin and end.
    let mut events: Vec<(u64, Event)> = Vec::new();
    for (speaker, start, end) in reference {
        events.push((*start, Event::Reference(*speaker, 1)));
        events.push((*end, Event::Reference(*speaker, -1)));
        for boundary in [start, end] {
            events.push((boundary.saturating_sub(collar_ms), Event::Collar(1)));
            events.push((boundary + collar_ms, Event::Collar(-1)));
        }
    }
    for (speaker, start, end) in found {
        events.push((*start, Event::Found(*speaker, 1)));
        events.push((*end, Event::Found(*speaker, -1)));
    }
    events.sort_by_key(|(at, _)| *at);
    let mut now = State::default();
    let mut pieces = Vec::new();
    let mut before = 0;
    for (at, event) in events {
        if at > before && now.collars == 0 && !now.is_silent() {
            pieces.push(Piece {
                length_ms: at - before,
                reference: now.reference.clone(),
                found: now.found.clone(),
            });
        }
        before = at;
        now.take(event);
    }
    pieces
}

#[derive(Debug, Clone, Copy)]
enum Event {
    Collar(i64),
    Reference(usize, i64),
    Found(usize, i64),
}

#[derive(Default)]
struct State {
    collars: i64,
    reference: Vec<usize>,
    found: Vec<usize>,
}

impl State {
    fn is_silent(&self) -> bool {
        self.reference.is_empty() && self.found.is_empty()
    }

    fn take(&mut self, event: Event) {
        let change = |speakers: &mut Vec<usize>, speaker, by| {
            if by > 0 {
                speakers.push(speaker);
            } else {
                speakers.retain(|other| *other != speaker);
            }
        };
        match event {
            Event::Collar(by) => self.collars += by,
            Event::Reference(speaker, by) => change(&mut self.reference, speaker, by),
            Event::Found(speaker, by) => change(&mut self.found, speaker, by),
        }
    }
}

#[cfg(test)]
mod tests;
