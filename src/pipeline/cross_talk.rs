//! Each pair of channels compared, and what each channel holds of the others.

use super::voices::VoiceTrack;
use crate::audio::CrossTalkMeter;
use crate::domain::{ChannelAnalysis, CrossTalk as Found};

/// Channels whose pairs are compared; a recording of more is no call between parties.
const MAX_CHANNELS: usize = 4;

/// The pairs of a recording's channels.
pub(super) struct CrossTalk {
    pairs: Vec<((usize, usize), CrossTalkMeter)>,
}

impl CrossTalk {
    pub(super) fn between(channels: usize) -> Self {
        let channels = if channels <= MAX_CHANNELS {
            channels
        } else {
            0
        };
        let pairs =
            (0..channels).flat_map(|left| (left + 1..channels).map(move |right| (left, right)));
        Self {
            pairs: pairs
                .map(|pair| (pair, CrossTalkMeter::default()))
                .collect(),
        }
    }

    /// Takes what each channel was pushed last.
    pub(super) fn push(&mut self, tracks: &[VoiceTrack]) {
        for ((left, right), meter) in &mut self.pairs {
            if let (Some(left), Some(right)) = (tracks.get(*left), tracks.get(*right)) {
                meter.push(left.resampled(), right.resampled());
            }
        }
    }

    /// Says in each channel which other one is heard most.
    pub(super) fn report(self, channels: &mut [ChannelAnalysis]) {
        for ((left, right), meter) in self.pairs {
            let [in_right, in_left] = meter.report();
            for (from, to, report) in [(left, right, in_right), (right, left, in_left)] {
                let (Some(report), Some(channel)) = (report, channels.get_mut(to)) else {
                    continue;
                };
                let found = Found {
                    from_channel: u16::try_from(from).unwrap_or(u16::MAX),
                    level_db: report.level_db,
                    delay_ms: report.delay_ms,
                    ratio: report.ratio,
                };
                let heard = &mut channel.quality.cross_talk;
                if heard.is_none_or(|other| other.level_db < found.level_db) {
                    *heard = Some(found);
                }
            }
        }
    }
}
