//! Frames and windows on the channel's own time.

/// From one frame of the segmentation network to the next.
///
/// # Source
/// Receptive field of the network's filters (a convolution of stride 10 and three poolings of 3):
/// 270 samples apart, 991 samples long.
pub const FRAME_STEP_SAMPLES: u64 = 270;

/// Samples that one frame hears.
const FRAME_LENGTH_SAMPLES: u64 = 991;

/// Frames from one window to the next.
pub(super) const WINDOW_HOP_FRAMES: usize = 296;

/// From one window to the next, 4.995 s: half a window, rounded to whole frames, so that the frames
/// of all windows lie on one grid.
pub const WINDOW_HOP_SAMPLES: usize = WINDOW_HOP_FRAMES * FRAME_STEP_SAMPLES as usize;

/// The sample at the middle of a frame.
pub fn frame_centre(frame: usize) -> u64 {
    frame as u64 * FRAME_STEP_SAMPLES + FRAME_LENGTH_SAMPLES / 2
}

/// The frame whose middle is nearest to a sample.
pub(super) fn frame_at(sample: u64) -> usize {
    let from_first = sample.saturating_sub(FRAME_LENGTH_SAMPLES / 2 - FRAME_STEP_SAMPLES / 2);
    usize::try_from(from_first / FRAME_STEP_SAMPLES).unwrap_or(usize::MAX)
}

/// The sample between a frame and the one before it.
pub fn frame_start(frame: usize) -> u64 {
    frame_centre(frame) - FRAME_STEP_SAMPLES / 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_frame_holds_its_own_samples(frame in 1usize..1_000_000) {
            prop_assert_eq!(frame_at(frame_centre(frame)), frame);
            prop_assert_eq!(frame_at(frame_start(frame)), frame);
            prop_assert_eq!(frame_at(frame_start(frame) - 1), frame - 1);
        }
    }
}
