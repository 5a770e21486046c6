use super::*;
use crate::speech::diarize::turns::Run;

/// A turn of whole windows' local speakers, 100 frames a window.
fn turn(locals: &[Local], frames: usize, angle: f32) -> Turn {
    Turn {
        runs: locals
            .iter()
            .map(|local| Run {
                start: local.0 * 1000 + local.1 * 100,
                end: local.0 * 1000 + local.1 * 100 + frames,
                local: *local,
            })
            .collect(),
        embedding: Some(vec![angle.cos(), angle.sin()]),
    }
}

fn speakers(turns: &[Turn]) -> Vec<u16> {
    let config = DiarizationConfig::default().for_model(None);
    let found = assign(turns, &[], config.merge_above_narrowband, &config);
    let heard = turns.iter().map(|turn| found.frames[turn.runs[0].start]);
    heard
        .map(|heard| match heard {
            Heard::One(speaker) => speaker,
            Heard::Nobody | Heard::Several => u16::MAX,
        })
        .collect()
}

#[test]
fn turns_that_sound_alike_are_one_speaker() {
    let turns = [
        turn(&[(0, 0)], 100, 0.0),
        turn(&[(0, 1)], 100, 2.0),
        turn(&[(1, 1)], 100, 0.1),
        turn(&[(2, 0)], 100, 2.1),
    ];
    assert_eq!(speakers(&turns), [0, 1, 0, 1]);
}

#[test]
fn one_local_speaker_may_be_two_people() {
    let turns = [turn(&[(0, 0)], 90, 0.0), turn(&[(1, 0)], 90, 2.0)];
    assert_eq!(speakers(&turns), [0, 1]);
}

#[test]
fn two_of_one_window_with_enough_speech_must_be_more_alike() {
    let angle = 0.65f32.acos();
    let turns = [turn(&[(0, 0)], 100, 0.0), turn(&[(0, 1)], 100, angle)];
    assert_eq!(speakers(&turns), [0, 1]);
    // With little speech in the window, the window knows less than the voice.
    let turns = [turn(&[(0, 0)], 70, 0.0), turn(&[(0, 1)], 70, angle)];
    assert_eq!(speakers(&turns), [0, 0]);
}

#[test]
fn a_short_turn_goes_to_the_nearest_voice() {
    let mut silent = turn(&[(3, 0)], 10, 0.0);
    silent.embedding = None;
    let turns = [
        turn(&[(0, 0)], 100, 0.0),
        turn(&[(1, 1)], 100, 2.0),
        turn(&[(2, 0)], 20, 1.9),
        silent,
    ];
    assert_eq!(speakers(&turns), [0, 1, 1, 1]);
}

#[test]
fn a_phantom_is_folded_and_a_quiet_party_is_not() {
    let long = |window| turn(&[(window, 0), (window + 1, 0), (window + 2, 0)], 100, 0.0);
    let mut turns: Vec<Turn> = (0..6).map(|n| long(4 * n)).collect();
    turns.push(turn(&[(40, 0)], 70, 2.0));
    assert_eq!(speakers(&turns)[6], 0, "a 25th of the speech");
    let two = [turn(&[(0, 0)], 100, 0.0), turn(&[(9, 0)], 70, 2.0)];
    assert_eq!(speakers(&two), [0, 1], "two fifths of the speech");
}

#[test]
fn more_speakers_than_allowed_are_folded() {
    let turns = [turn(&[(0, 0)], 200, 0.0), turn(&[(1, 0)], 100, 2.0)];
    let config = DiarizationConfig {
        max_speakers: 1,
        ..DiarizationConfig::default()
    };
    let found = assign(&turns, &[], 0.5, &config);
    assert_eq!(found.speakers(), 1);
}

#[test]
fn overlap_is_nobodys_own() {
    let turns = [turn(&[(0, 0)], 100, 0.0)];
    let found = assign(&turns, &[(100, 120)], 0.5, &DiarizationConfig::default());
    assert_eq!(found.frames.len(), 120);
    assert_eq!(found.frames[110], Heard::Several);
}

#[test]
fn nobody_is_heard_without_turns() {
    let found = assign(&[], &[], 0.5, &DiarizationConfig::default());
    assert_eq!(found, FrameSpeakers::default());
}
