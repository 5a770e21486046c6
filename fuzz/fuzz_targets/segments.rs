//! A correction of who speaks when: what is taken is in order and overlaps nowhere.
#![no_main]

use voxtrace::domain::Segment;
use voxtrace::services::check_segments;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Ok(segments) = serde_json::from_slice::<Vec<Segment>>(data) else {
        return;
    };
    let speech = |segments: &[Segment]| -> u64 {
        segments.iter().map(|s| s.end_ms - s.start_ms).sum()
    };
    let given = segments.clone();
    let Ok(taken) = check_segments(segments, 8, 43_200_000) else {
        return;
    };
    for pair in taken.windows(2) {
        assert!(pair[0].channel <= pair[1].channel);
        assert!(pair[0].channel < pair[1].channel || pair[0].end_ms <= pair[1].start_ms);
    }
    assert!(taken.iter().all(|s| s.start_ms < s.end_ms));
    assert!(speech(&taken) <= speech(&given));
    // What was taken once is taken again, unchanged.
    assert_eq!(check_segments(taken.clone(), 8, 43_200_000).unwrap(), taken);
});
