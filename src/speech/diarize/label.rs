//! Speech divided among the speakers who are heard in it.

use super::assign::{FrameSpeakers, Heard};
use super::config::DiarizationConfig;
use super::timeline::{FRAME_STEP_SAMPLES, frame_at, frame_start};
use crate::speech::SpeechSegment;

/// A stretch of speech of one speaker, or of several at once, in samples from the channel's start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LabelledSegment {
    /// The stretch.
    pub speech: SpeechSegment,
    /// The speaker, from 0; none where several speak.
    pub speaker: Option<u16>,
}

/// Divides `speech`, which ascends without overlap, among the speakers of its frames.
///
/// A frame of speech in which nobody is told apart belongs to the speaker nearest to it in the same
/// stretch, or else in the channel; where nobody is told apart at all, everything is speaker 0.
pub fn label(
    speech: &[SpeechSegment],
    frames: &FrameSpeakers,
    config: &DiarizationConfig,
) -> Vec<LabelledSegment> {
    let min_turn = (u64::from(config.min_turn_ms) * 16).div_ceil(FRAME_STEP_SAMPLES) as usize;
    let mut labelled = Vec::with_capacity(speech.len());
    for stretch in speech {
        let first = frame_at(stretch.start);
        let last = frame_at(stretch.end.saturating_sub(1)).max(first);
        let mut states: Vec<Heard> = (first..=last)
            .map(|frame| frames.frames.get(frame).copied().unwrap_or(Heard::Nobody))
            .collect();
        if states.iter().all(|heard| *heard == Heard::Nobody) {
            states.fill(Heard::One(nearest_speaker(frames, first, last)));
        }
        fill_gaps(&mut states);
        let mut runs = runs_of(&states);
        drop_short_turns(&mut runs, min_turn);
        let count = runs.len();
        let mut from = first;
        for (number, (heard, length)) in runs.into_iter().enumerate() {
            let start = if number == 0 {
                stretch.start
            } else {
                frame_start(from)
            };
            from += length;
            let end = if number + 1 == count {
                stretch.end
            } else {
                frame_start(from)
            };
            let speaker = match heard {
                Heard::One(speaker) => Some(speaker),
                Heard::Nobody | Heard::Several => None,
            };
            let speech = SpeechSegment { start, end };
            if end > start {
                labelled.push(LabelledSegment { speech, speaker });
            }
        }
    }
    labelled
}

/// The speaker heard nearest to `first..=last`; the earlier one among equals, 0 where there is none.
fn nearest_speaker(frames: &FrameSpeakers, first: usize, last: usize) -> u16 {
    let one = |heard: &Heard| match heard {
        Heard::One(speaker) => Some(*speaker),
        Heard::Nobody | Heard::Several => None,
    };
    let before = frames.frames.iter().take(first).rev().enumerate();
    let before = before
        .filter_map(|(at, heard)| Some((at, one(heard)?)))
        .next();
    let after = frames.frames.iter().skip(last + 1).enumerate();
    let after = after
        .filter_map(|(at, heard)| Some((at, one(heard)?)))
        .next();
    match (before, after) {
        (Some((near, speaker)), Some((far, _))) if near <= far => speaker,
        (_, Some((_, speaker))) | (Some((_, speaker)), None) => speaker,
        (None, None) => 0,
    }
}

/// Frames in which nobody is told apart take what is nearest, the earlier among equals.
fn fill_gaps(states: &mut [Heard]) {
    let known: Vec<usize> = (0..states.len())
        .filter(|at| states[*at] != Heard::Nobody)
        .collect();
    let mut next = 0;
    for at in 0..states.len() {
        while known.get(next).is_some_and(|place| *place < at) {
            next += 1;
        }
        if states[at] != Heard::Nobody {
            continue;
        }
        let before = next.checked_sub(1).and_then(|place| known.get(place));
        let nearest = match (before, known.get(next)) {
            (Some(before), Some(after)) if at - before <= after - at => before,
            (_, Some(place)) | (Some(place), None) => place,
            (None, None) => return,
        };
        states[at] = states[*nearest];
    }
}

fn runs_of(states: &[Heard]) -> Vec<(Heard, usize)> {
    states
        .chunk_by(|left, right| left == right)
        .filter_map(|run| run.first().map(|heard| (*heard, run.len())))
        .collect()
}

/// Turns shorter than `min_turn` frames go to the longer run beside them; the shortest first.
/// Overlap is never given to one speaker.
fn drop_short_turns(runs: &mut Vec<(Heard, usize)>, min_turn: usize) {
    loop {
        let short = runs
            .iter()
            .enumerate()
            .filter(|(_, (heard, length))| *heard != Heard::Several && *length < min_turn)
            .min_by_key(|(at, (_, length))| (*length, *at));
        let Some((at, (_, length))) = short.map(|(at, run)| (at, *run)) else {
            return;
        };
        let length_at = |place: Option<usize>| {
            place
                .and_then(|place| runs.get(place))
                .map_or(0, |(_, length)| *length)
        };
        let (before, after) = (at.checked_sub(1), at + 1);
        if runs.len() == 1 {
            return;
        }
        let into = match before {
            Some(before) if length_at(Some(before)) >= length_at(Some(after)) => before,
            _ => after,
        };
        runs[into].1 += length;
        runs.remove(at);
        join_equals(runs);
    }
}

fn join_equals(runs: &mut Vec<(Heard, usize)>) {
    runs.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 += next.1;
        }
        same
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speech::diarize::timeline::frame_centre;
    use proptest::prelude::*;

    use Heard::{Nobody, One, Several};

    fn config() -> DiarizationConfig {
        DiarizationConfig {
            min_turn_ms: 50,
            ..DiarizationConfig::default()
        }
    }

    fn stretch(first: usize, last: usize) -> SpeechSegment {
        SpeechSegment {
            start: frame_centre(first),
            end: frame_centre(last) + 1,
        }
    }

    fn speakers(found: &[LabelledSegment]) -> Vec<Option<u16>> {
        found.iter().map(|segment| segment.speaker).collect()
    }

    fn frames(runs: &[(Heard, usize)]) -> FrameSpeakers {
        FrameSpeakers::of(
            runs.iter()
                .flat_map(|(heard, count)| std::iter::repeat_n(*heard, *count))
                .collect(),
        )
    }

    #[test]
    fn speech_is_cut_where_the_speaker_changes() {
        let frames = frames(&[(One(0), 20), (Several, 5), (One(1), 20)]);
        let found = label(&[stretch(0, 44)], &frames, &config());
        assert_eq!(speakers(&found), [Some(0), None, Some(1)]);
        assert_eq!(found[0].speech.end, frame_start(20));
        assert_eq!(found[2].speech.start, frame_start(25));
    }

    #[test]
    fn speech_in_which_nobody_is_told_apart_goes_to_the_nearest() {
        let frames = frames(&[(One(0), 10), (Nobody, 30), (One(1), 10)]);
        let found = label(&[stretch(12, 15), stretch(30, 38)], &frames, &config());
        assert_eq!(speakers(&found), [Some(0), Some(1)]);
    }

    #[test]
    fn speech_without_any_speaker_is_one_voice() {
        let found = label(&[stretch(0, 9)], &FrameSpeakers::default(), &config());
        assert_eq!(speakers(&found), [Some(0)]);
    }

    #[test]
    fn a_turn_of_a_moment_goes_to_its_surroundings_and_overlap_stays() {
        let frames = frames(&[
            (One(0), 20),
            (One(1), 2),
            (One(0), 20),
            (Several, 1),
            (One(0), 9),
        ]);
        let found = label(&[stretch(0, 51)], &frames, &config());
        assert_eq!(speakers(&found), [Some(0), None, Some(0)]);
    }

    proptest! {
        #[test]
        fn labels_cover_the_speech_and_nothing_else(
            runs in prop::collection::vec((0u16..4, 1usize..30), 1..20),
            stretches in prop::collection::vec((1usize..40, 1usize..60), 1..10),
        ) {
            let heard = |code| match code {
                0 => Nobody,
                3 => Several,
                code => One(code),
            };
            let runs: Vec<(Heard, usize)> =
                runs.into_iter().map(|(code, count)| (heard(code), count)).collect();
            let mut at = 0u64;
            let mut speech = Vec::new();
            for (gap, length) in stretches {
                let start = at + gap as u64 * 97;
                at = start + length as u64 * 131;
                speech.push(SpeechSegment { start, end: at });
            }
            let found = label(&speech, &frames(&runs), &config());
            let mut pieces = found.iter();
            for stretch in &speech {
                let mut from = stretch.start;
                while from < stretch.end {
                    let piece = pieces.next().unwrap().speech;
                    prop_assert_eq!(piece.start, from);
                    prop_assert!(piece.end > piece.start && piece.end <= stretch.end);
                    from = piece.end;
                }
            }
            prop_assert!(pieces.next().is_none());
        }
    }
}
