//! Samples that were decoded and not yet given out.

use symphonia::core::audio::GenericAudioBufferRef;

/// Most frames of silence that stand for damaged packets in one place.
const MAX_SILENCE_FRAMES: u64 = 1 << 20;

/// A planar queue that lets nothing through but numbers from -1 to 1.
#[derive(Default)]
pub(super) struct Pending {
    planes: Vec<Vec<f32>>,
    start: usize,
    frames_in: u64,
    samples_in: u64,
    non_finite: u64,
    first_non_finite: Option<u64>,
}

impl Pending {
    /// Whether there is nothing to take.
    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn len(&self) -> usize {
        self.planes
            .first()
            .map_or(0, Vec::len)
            .saturating_sub(self.start)
    }

    /// Frames pushed so far, silence included.
    pub(super) fn frames_in(&self) -> u64 {
        self.frames_in
    }

    /// Samples decoded so far, over all channels.
    pub(super) fn samples_in(&self) -> u64 {
        self.samples_in
    }

    /// Samples that were no numbers.
    pub(super) fn non_finite(&self) -> u64 {
        self.non_finite
    }

    /// Frame of the first sample that was no number.
    pub(super) fn first_non_finite(&self) -> Option<u64> {
        self.first_non_finite
    }

    /// Adds frames of zeros.
    pub(super) fn push_silence(&mut self, channels: usize, frames: u64) {
        let frames = frames.min(MAX_SILENCE_FRAMES);
        self.make_room(channels);
        for plane in &mut self.planes {
            plane.resize(plane.len() + frames as usize, 0.0);
        }
        self.frames_in += frames;
    }

    /// Adds what a codec has just decoded.
    pub(super) fn push(&mut self, buffer: &GenericAudioBufferRef<'_>) {
        let (channels, frames) = (buffer.num_planes(), buffer.frames());
        self.make_room(channels);
        let mut targets: Vec<&mut [f32]> = Vec::with_capacity(channels);
        for plane in &mut self.planes {
            let old = plane.len();
            plane.resize(old + frames, 0.0);
            targets.push(plane.get_mut(old..).unwrap_or_default());
        }
        buffer.copy_to_slice_planar(&mut targets);
        let mut first = None;
        for plane in targets {
            let (count, position) = tame(plane);
            self.non_finite += count;
            first = first.into_iter().chain(position).min();
        }
        if self.first_non_finite.is_none() {
            self.first_non_finite = first.map(|position| self.frames_in + position as u64);
        }
        self.frames_in += frames as u64;
        self.samples_in += (frames * channels) as u64;
    }

    /// Takes at most `frames` frames; none when there are none.
    pub(super) fn take(&mut self, frames: usize) -> Option<Vec<Vec<f32>>> {
        let count = self.len().min(frames);
        if count == 0 {
            return None;
        }
        let end = self.start + count;
        if self.start == 0 && self.len() == count {
            return Some(self.planes.iter_mut().map(std::mem::take).collect());
        }
        let range = self.start..end;
        let taken = self
            .planes
            .iter()
            .map(|plane| plane.get(range.clone()).unwrap_or_default().to_vec())
            .collect();
        self.start = end;
        Some(taken)
    }

    /// Drops what was taken and has `channels` planes ready.
    fn make_room(&mut self, channels: usize) {
        for plane in &mut self.planes {
            plane.drain(..self.start.min(plane.len()));
        }
        self.start = 0;
        self.planes.resize_with(channels, Vec::new);
    }
}

/// Clips to full scale and silences what is no number; gives the count of those and the first.
fn tame(plane: &mut [f32]) -> (u64, Option<usize>) {
    // One pass that vectorises tells the usual case; a comparison with NaN is false.
    if plane
        .iter()
        .fold(true, |tame, sample| tame & (sample.abs() <= 1.0))
    {
        return (0, None);
    }
    let (mut count, mut first) = (0, None);
    for (position, sample) in plane.iter_mut().enumerate() {
        if sample.is_finite() {
            *sample = sample.clamp(-1.0, 1.0);
        } else {
            *sample = 0.0;
            count += 1;
            first.get_or_insert(position);
        }
    }
    (count, first)
}
