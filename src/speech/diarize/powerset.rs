//! Classes of the segmentation network to sets of local speakers.

/// Local speakers that the network tells in one window.
pub(super) const LOCAL_SPEAKERS: usize = 3;

/// The sets, in the network's order: nobody, each of three, each pair.
///
/// # Source
/// Contract of `models/segmentation-3.0`.
const CLASSES: [LocalSpeakers; 7] = [
    LocalSpeakers(0b000),
    LocalSpeakers(0b001),
    LocalSpeakers(0b010),
    LocalSpeakers(0b100),
    LocalSpeakers(0b011),
    LocalSpeakers(0b101),
    LocalSpeakers(0b110),
];

/// Number of classes.
pub(super) const CLASS_COUNT: usize = CLASSES.len();

/// Which of the three local speakers of a window are heard in one frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LocalSpeakers(u8);

impl LocalSpeakers {
    /// The set of the most probable class of a frame, from log-probabilities `[7]` in the order of
    /// the network's output; nobody where there are none.
    pub fn most_probable(log_probabilities: &[f32]) -> Self {
        let mut best: Option<(f32, Self)> = None;
        for (value, set) in log_probabilities.iter().zip(CLASSES) {
            if best.is_none_or(|(most, _)| *value > most) {
                best = Some((*value, set));
            }
        }
        best.map_or(Self::default(), |(_, set)| set)
    }

    /// Whether the local speaker is heard.
    pub fn contains(self, speaker: usize) -> bool {
        speaker < LOCAL_SPEAKERS && self.0 & (1 << speaker) != 0
    }

    /// How many are heard.
    pub fn count(self) -> usize {
        self.0.count_ones() as usize
    }

    /// The speakers that are heard, from 0.
    pub fn speakers(self) -> impl Iterator<Item = usize> {
        (0..LOCAL_SPEAKERS).filter(move |speaker| self.contains(*speaker))
    }

    #[cfg(test)]
    pub(super) fn of(speakers: &[usize]) -> Self {
        Self(speakers.iter().fold(0, |set, speaker| set | (1 << speaker)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_probable_class_names_its_speakers() {
        let mut values = [-9.0; CLASS_COUNT];
        values[5] = -0.1;
        let set = LocalSpeakers::most_probable(&values);
        assert_eq!(set.speakers().collect::<Vec<_>>(), [0, 2]);
        assert_eq!(LocalSpeakers::most_probable(&[]).count(), 0);
        assert_eq!(LocalSpeakers::most_probable(&[f32::NAN; 7]).count(), 0);
    }
}
