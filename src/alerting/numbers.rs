//! One speaker on several numbers within a time.

use super::conditions::{Met, distinct, reaches};
use crate::domain::{
    AlertEvidence, AlertMatter, GroupId, HeardVoice, KnownVoice, NumberSide, SpeakerGrouped,
    VoiceHeard,
};

/// One call of the speaker, on a number.
#[derive(Debug, Clone, Copy)]
struct Call<'h> {
    voice: &'h HeardVoice,
    number: &'h str,
    why: Why<'h>,
}

/// Why a call counts as the speaker's.
#[derive(Debug, Clone, Copy)]
enum Why<'h> {
    /// It is the voice that was heard.
    Heard,
    /// It is like the voice that was heard.
    Alike(&'h AlertEvidence),
    /// It belongs to the same identity group.
    Grouped,
}

/// The calls of one window of time.
#[derive(Debug)]
struct Window<'h> {
    calls: Vec<Call<'h>>,
    /// Their numbers, each once.
    numbers: Vec<String>,
}

/// What a rule asks for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    pub(super) numbers: u32,
    pub(super) within_ms: u64,
    pub(super) side: NumberSide,
    pub(super) min_log10_lr: f64,
}

impl Asked {
    /// Whether the voice heard, with every voice alike and every one of its group, meets it.
    pub(super) fn by_voice(self, heard: &VoiceHeard) -> Option<Met> {
        let alike = heard
            .likenesses
            .iter()
            .filter(|likeness| reaches(&likeness.evidence, self.min_log10_lr));
        let is_alike = |known: &&KnownVoice| {
            alike
                .clone()
                .any(|likeness| likeness.voice.voice_id == known.voice.voice_id)
        };
        let counts = |known: &&KnownVoice| {
            let by_ratios = known.by_ratios_log10_lr;
            by_ratios.is_none_or(|worst| worst >= self.min_log10_lr)
        };
        let grouped = heard.same_speaker.iter().filter(counts);
        let grouped = grouped.filter(|known| !is_alike(known));
        let own = self.call(&heard.voice, Why::Heard)?;
        let others = alike
            .clone()
            .map(|likeness| (&likeness.voice, Why::Alike(&likeness.evidence)))
            .chain(grouped.map(|known| (&known.voice, Why::Grouped)))
            .filter_map(|(voice, why)| self.call(voice, why));
        let calls = std::iter::once(own).chain(others).collect();
        self.met(Some(&heard.voice), calls, heard.group_id)
    }

    /// Which of the speakers of a group meet it: the whole group where its worst pair reaches the
    /// least ratio, else each part that people confirmed.
    pub(super) fn by_group(self, grouped: &SpeakerGrouped) -> Vec<Met> {
        let whole = grouped
            .worst_log10_lr
            .is_none_or(|worst| worst >= self.min_log10_lr);
        let mut cores: Vec<u32> = grouped.voices.iter().map(|(core, _)| *core).collect();
        cores.sort_unstable();
        cores.dedup();
        let speakers = if whole {
            vec![cores]
        } else {
            cores.into_iter().map(|core| vec![core]).collect()
        };
        speakers
            .into_iter()
            .filter_map(|cores| {
                let own = grouped
                    .voices
                    .iter()
                    .filter(|(core, _)| cores.contains(core));
                let calls = own
                    .filter_map(|(_, voice)| self.call(voice, Why::Grouped))
                    .collect();
                self.met(None, calls, Some(grouped.group_id))
            })
            .collect()
    }

    fn call<'h>(self, voice: &'h HeardVoice, why: Why<'h>) -> Option<Call<'h>> {
        let number = match self.side {
            NumberSide::Caller => voice.caller.as_deref(),
            NumberSide::Callee => voice.callee.as_deref(),
        };
        number.map(|number| Call { voice, number, why })
    }

    fn met(
        self,
        around: Option<&HeardVoice>,
        calls: Vec<Call<'_>>,
        group_id: Option<GroupId>,
    ) -> Option<Met> {
        most_numbers(around, calls, self.within_ms)
            .filter(|found| found.numbers.len() >= self.numbers as usize)
            .map(|found| found.told(self.side, group_id))
    }
}

/// The window of `within_ms` that holds the most numbers, around a voice where one is given; the
/// earliest of several.
fn most_numbers<'h>(
    around: Option<&HeardVoice>,
    mut calls: Vec<Call<'h>>,
    within_ms: u64,
) -> Option<Window<'h>> {
    let within_ms = i64::try_from(within_ms).unwrap_or(i64::MAX);
    calls.sort_by_key(|call| (call.voice.heard_at, call.voice.voice_id));
    let mut best: Option<Window<'h>> = None;
    for first in &calls {
        let begin = first.voice.heard_at;
        let end = begin.plus_millis(within_ms);
        if around.is_some_and(|heard| begin > heard.heard_at || end < heard.heard_at) {
            continue;
        }
        let inside: Vec<Call<'h>> = calls
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
    /// Where every call counts by its group, what people confirmed holds it and there is none.
    fn told(self, side: NumberSide, group_id: Option<GroupId>) -> Met {
        let mut calls: Vec<&Call<'_>> = self.calls.iter().collect();
        calls.sort_by_key(|call| !matches!(call.why, Why::Heard));
        let weakest = calls
            .iter()
            .filter_map(|call| match call.why {
                Why::Alike(evidence) => Some(evidence),
                Why::Heard | Why::Grouped => None,
            })
            .min_by(|left, right| left.log10_lr.total_cmp(&right.log10_lr));
        let by_group = calls.iter().any(|call| matches!(call.why, Why::Grouped));
        let oldest = calls.iter().map(|call| call.voice.voice_id).min();
        let voice = oldest.map_or_else(String::new, |id| id.to_string());
        let cases: Vec<_> = calls.iter().filter_map(|call| call.voice.case_id).collect();
        let matter = AlertMatter {
            voice_ids: calls.iter().map(|call| call.voice.voice_id).collect(),
            recording_ids: calls.iter().map(|call| call.voice.recording_id).collect(),
            case_ids: distinct(&cases),
            group_id: group_id.filter(|_| by_group),
            numbers: self.numbers.clone(),
            ..AlertMatter::default()
        };
        let key = format!("voice/{voice}/{}", side.as_str());
        (key, matter, weakest.cloned())
    }
}
