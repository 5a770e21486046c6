//! One voice on several numbers within a time.

use super::conditions::{Met, distinct, reaches};
use crate::domain::{AlertEvidence, AlertMatter, HeardVoice, NumberSide, VoiceHeard};

/// One call of the voice, on a number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sighting<'h> {
    voice: &'h HeardVoice,
    number: &'h str,
    /// How much it is like the voice heard; none for that one itself.
    evidence: Option<&'h AlertEvidence>,
}

/// The calls of one window of time.
#[derive(Debug)]
pub(super) struct Window<'h> {
    calls: Vec<Sighting<'h>>,
    /// Their numbers, each once.
    pub(super) numbers: Vec<String>,
}

/// The voice heard, and every voice that is like it, as far as their numbers are known.
pub(super) fn sightings(
    heard: &VoiceHeard,
    side: NumberSide,
    min_log10_lr: f64,
) -> Vec<Sighting<'_>> {
    let alike = heard
        .likenesses
        .iter()
        .filter(|likeness| reaches(&likeness.evidence, min_log10_lr))
        .map(|likeness| (&likeness.voice, Some(&likeness.evidence)));
    std::iter::once((&heard.voice, None))
        .chain(alike)
        .filter_map(|(voice, evidence)| {
            let number = match side {
                NumberSide::Caller => voice.caller.as_deref(),
                NumberSide::Callee => voice.callee.as_deref(),
            };
            number.map(|number| Sighting {
                voice,
                number,
                evidence,
            })
        })
        .collect()
}

/// The window of `within_ms` around the voice heard that holds the most numbers; the earliest of
/// several. None where the number of the voice heard is not known.
pub(super) fn most_numbers<'h>(
    heard: &HeardVoice,
    mut calls: Vec<Sighting<'h>>,
    within_ms: u64,
) -> Option<Window<'h>> {
    let within_ms = i64::try_from(within_ms).unwrap_or(i64::MAX);
    if !calls.iter().any(|call| call.evidence.is_none()) {
        return None;
    }
    calls.sort_by_key(|call| (call.voice.heard_at, call.voice.voice_id));
    let mut best: Option<Window<'h>> = None;
    for first in &calls {
        let begin = first.voice.heard_at;
        let end = begin.plus_millis(within_ms);
        if begin > heard.heard_at || end < heard.heard_at {
            continue;
        }
        let inside: Vec<Sighting<'h>> = calls
            .iter()
            .filter(|call| (begin..=end).contains(&call.voice.heard_at))
            .copied()
            .collect();
        let texts: Vec<String> = inside.iter().map(|call| call.number.to_owned()).collect();
        let numbers = distinct(&texts);
        let is_better = best
            .as_ref()
            .is_none_or(|known| numbers.len() > known.numbers.len());
        if is_better {
            best = Some(Window {
                calls: inside,
                numbers,
            });
        }
    }
    best
}

impl Window<'_> {
    /// What an alert says of it. The weakest likeness is the evidence: the finding holds no better.
    pub(super) fn told(self, side: NumberSide) -> Met {
        let heard_first = |call: &&Sighting<'_>| call.evidence.is_some();
        let mut calls: Vec<&Sighting<'_>> = self.calls.iter().collect();
        calls.sort_by_key(heard_first);
        let weakest = calls
            .iter()
            .filter_map(|call| call.evidence)
            .min_by(|left, right| left.log10_lr.total_cmp(&right.log10_lr));
        let oldest = calls.iter().map(|call| call.voice.voice_id).min();
        let voice = oldest.map_or_else(String::new, |id| id.to_string());
        let cases: Vec<_> = calls.iter().filter_map(|call| call.voice.case_id).collect();
        let matter = AlertMatter {
            voice_ids: calls.iter().map(|call| call.voice.voice_id).collect(),
            recording_ids: calls.iter().map(|call| call.voice.recording_id).collect(),
            case_ids: distinct(&cases),
            numbers: self.numbers.clone(),
            ..AlertMatter::default()
        };
        let key = format!("voice/{voice}/{}", side.as_str());
        (key, matter, weakest.cloned())
    }
}
