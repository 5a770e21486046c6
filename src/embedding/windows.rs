//! How a long voice is cut into windows.

use std::ops::Range;

/// Up to this many frames (20 s) go through the network at once.
///
/// # Source
/// `scripts/measure_windows.py`; the figures are in the card of the model.
pub const WINDOW_LIMIT_FRAMES: usize = 2000;

/// Windows that cover `frames` without gap or overlap, none longer than the limit, all of one
/// length but for the last, which may be a few frames shorter: so at most two lengths of input
/// alternate, and the memory that a session needs is bounded.
pub(super) fn windows(frames: usize) -> impl ExactSizeIterator<Item = Range<usize>> {
    let count = frames.div_ceil(WINDOW_LIMIT_FRAMES).max(1);
    let length = frames.div_ceil(count);
    (0..count).map(move |index| {
        let start = (index * length).min(frames);
        start..(start + length).min(frames)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_short_voice_is_one_window() {
        assert!(windows(2000).eq(std::iter::once(0..2000)));
        assert_eq!(windows(2001).collect::<Vec<_>>(), [0..1001, 1001..2001]);
    }

    proptest! {
        #[test]
        fn windows_cover_every_frame_once_within_the_limit(frames in 1usize..1_000_000) {
            let mut next = 0;
            for window in windows(frames) {
                prop_assert_eq!(window.start, next);
                prop_assert!(window.len() <= WINDOW_LIMIT_FRAMES);
                prop_assert!(frames < WINDOW_LIMIT_FRAMES || window.len() > WINDOW_LIMIT_FRAMES / 3);
                next = window.end;
            }
            prop_assert_eq!(next, frames);
        }
    }
}
