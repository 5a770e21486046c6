use super::check::MAX_SEGMENTS;
use super::{MAX_REASON_CHARS, check_person, check_segments};
use crate::domain::Segment;
use crate::services::ServiceError;
use proptest::prelude::*;

fn segment(channel: u16, start_ms: u64, end_ms: u64, label: Option<u16>) -> Segment {
    Segment {
        channel,
        start_ms,
        end_ms,
        label,
    }
}

fn found(segments: &[Segment]) -> Result<Vec<Segment>, &'static str> {
    check_segments(segments.to_vec(), 2, 10_000).map_err(|error| match error {
        ServiceError::Invalid { field, .. } => field,
        other => panic!("{other}"),
    })
}

#[test]
fn segments_come_back_in_order_and_untouched() {
    let mine = [
        segment(1, 0, 900, Some(2)),
        segment(0, 2000, 3000, None),
        segment(0, 1000, 2000, Some(0)),
        segment(0, 0, 1000, Some(0)),
    ];
    let expected = [mine[3], mine[2], mine[1], mine[0]];
    assert_eq!(found(&mine).unwrap(), expected);
    assert_eq!(found(&[]).unwrap(), []);
}

#[test]
fn where_two_voices_speak_at_once_is_overlap() {
    let mine = [
        segment(0, 0, 3000, Some(0)),
        segment(0, 2000, 5000, Some(1)),
    ];
    let expected = [
        segment(0, 0, 2000, Some(0)),
        segment(0, 2000, 3000, None),
        segment(0, 3000, 5000, Some(1)),
    ];
    assert_eq!(found(&mine).unwrap(), expected);
}

#[test]
fn what_cannot_be_is_refused_by_its_field() {
    for (segments, field) in [
        (vec![segment(2, 0, 10, Some(0))], "segments.channel"),
        (vec![segment(0, 10, 10, Some(0))], "segments.end_ms"),
        (vec![segment(0, 20, 10, Some(0))], "segments.end_ms"),
        (vec![segment(0, 0, 10_002, Some(0))], "segments.end_ms"),
        (
            vec![segment(0, 0, 10, Some(0)), segment(1, 0, 10, Some(0))],
            "segments.label",
        ),
        (
            vec![segment(0, 0, 10, Some(0)), segment(0, 9, 20, Some(0))],
            "segments",
        ),
        (
            vec![segment(0, 0, 10, Some(0)); MAX_SEGMENTS + 1],
            "segments",
        ),
    ] {
        assert_eq!(found(&segments).unwrap_err(), field);
    }
}

#[test]
fn a_correction_needs_somebody_and_a_reason() {
    for text in ["", "  ", &"x".repeat(501)] {
        assert!(check_person("reason", text, MAX_REASON_CHARS).is_err());
    }
    check_person("reason", "边界错误", MAX_REASON_CHARS).unwrap();
}

proptest! {
    #[test]
    fn nothing_overlaps_and_every_voice_keeps_what_is_its_alone(
        pieces in prop::collection::vec((0u64..50, 1u64..20, 0u16..3), 0..20),
    ) {
        let mut mine: Vec<Segment> = Vec::new();
        for (start, length, label) in pieces {
            let piece = segment(0, start * 100, (start + length) * 100, Some(label));
            let clashes = |s: &Segment| {
                s.label == piece.label && s.start_ms < piece.end_ms && piece.start_ms < s.end_ms
            };
            if !mine.iter().any(clashes) {
                mine.push(piece);
            }
        }
        let segments = found(&mine).unwrap();
        for pair in segments.windows(2) {
            prop_assert!(pair[0].end_ms <= pair[1].start_ms);
        }
        for at in (50..7000).step_by(100) {
            let holds = |s: &&Segment| s.start_ms <= at && at < s.end_ms;
            let speakers: Vec<&Segment> = mine.iter().filter(holds).collect();
            let expected = match speakers.as_slice() {
                [] => None,
                [only] => Some(only.label),
                _ => Some(None),
            };
            prop_assert_eq!(segments.iter().find(holds).map(|s| s.label), expected);
        }
    }
}
