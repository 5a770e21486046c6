//! What a voice is fit for, from what was measured of it.

use serde::{Deserialize, Serialize};

use crate::domain::{
    ChannelQuality, Judgement, MediaFacts, NetSpeech, Suitability, SuitabilityReason, Verdict,
    VoiceQuality,
};

use super::MinimumSpeech;

/// Measures from which a voice is used with caution, and from which it is not used. Ratios are
/// fractions from 0 to 1.
///
/// # Source
/// ENFSI, "Methodological guidelines for best practice in forensic semiautomatic and automatic
/// speaker recognition", 2015, clause 3.4 names the measures that a laboratory must set bounds for.
/// Those of noise and clipping follow from error rates by the rule of
/// `scripts/measure_suitability.py`, on one half of its speakers; those of level, music, offset, bit
/// rate and cross-talk are ours and stand on no error rate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SuitabilityThresholds {
    /// Speech above noise, in dB: caution below; default 15.
    pub snr_caution_db: f32,
    /// Not used below; default 5.
    pub snr_reject_db: f32,
    /// Samples at full scale: caution above; default 0.03.
    pub clipping_caution: f32,
    /// Not used above; default 0.4.
    pub clipping_reject: f32,
    /// Level of the speech, in dB relative to full scale: caution below; default -45.
    pub level_caution_dbfs: f32,
    /// Not used below; default -65.
    pub level_reject_dbfs: f32,
    /// Music beside the speech of the channel: caution above; default 0.3.
    pub music_caution: f32,
    /// Mean sample: caution beyond; default 0.05.
    pub dc_offset_caution: f32,
    /// Bits a second of a compressed recording and channel: caution below; default 8000.
    pub bit_rate_caution_bps: u64,
    /// Cross-talk above this level below the original: caution; default -30 dB,
    pub cross_talk_caution_db: f32,
    /// where it is heard in at least this share of the other's seconds; default 0.3.
    pub cross_talk_share: f32,
}

impl Default for SuitabilityThresholds {
    fn default() -> Self {
        Self {
            snr_caution_db: 15.0,
            snr_reject_db: 5.0,
            clipping_caution: 0.03,
            clipping_reject: 0.4,
            level_caution_dbfs: -45.0,
            level_reject_dbfs: -65.0,
            music_caution: 0.3,
            dc_offset_caution: 0.05,
            bit_rate_caution_bps: 8000,
            cross_talk_caution_db: -30.0,
            cross_talk_share: 0.3,
        }
    }
}

/// What was measured of a voice and its surroundings.
#[derive(Debug, Clone, Copy)]
pub struct VoiceMeasures<'a> {
    /// Net speech.
    pub net_speech: NetSpeech,
    /// Of the voice.
    pub voice: &'a VoiceQuality,
    /// Of its channel.
    pub channel: &'a ChannelQuality,
    /// Of the recording.
    pub media: &'a MediaFacts,
}

impl SuitabilityThresholds {
    /// What the voice is fit for. Whoever has too little speech for a purpose is rejected for it;
    /// other reasons count the same for every purpose, but that an automatic link, which nobody has
    /// asked for, is not made where an enrolment would be made with caution.
    pub fn judge(&self, measures: &VoiceMeasures<'_>, minimum: &MinimumSpeech) -> Suitability {
        let common = self.reasons(measures);
        let judge = |minimum: NetSpeech| {
            let found = measures.net_speech;
            let short = (found < minimum).then(|| {
                let message = format!("{found} of net speech, expected at least {minimum}");
                (Verdict::Reject, reason("too_little_speech", message))
            });
            judged(short.into_iter().chain(common.iter().cloned()).collect())
        };
        let mut linking = judge(minimum.link());
        if linking.verdict == Verdict::Caution {
            linking.verdict = Verdict::Reject;
        }
        Suitability {
            search: judge(minimum.search()),
            enrolment: judge(minimum.enrol()),
            linking,
        }
    }

    fn reasons(&self, measures: &VoiceMeasures<'_>) -> Vec<(Verdict, SuitabilityReason)> {
        let VoiceMeasures {
            voice,
            channel,
            media,
            ..
        } = *measures;
        let mut found = Vec::new();
        if let Some(snr_db) = voice.wada_snr_db.or(voice.snr_db) {
            let bounds = (self.snr_caution_db, self.snr_reject_db);
            below(&mut found, "low_snr", "dB above the noise", snr_db, bounds);
        }
        let bounds = (self.level_caution_dbfs, self.level_reject_dbfs);
        let level = voice.speech_level_dbfs;
        below(&mut found, "too_quiet", "dB of full scale", level, bounds);
        let clipping = voice.clipping_ratio.unwrap_or(channel.clipping_ratio);
        if clipping > self.clipping_caution {
            let verdict = if clipping > self.clipping_reject {
                Verdict::Reject
            } else {
                Verdict::Caution
            };
            let message = format!(
                "{:.1} % of the samples are clipped, expected at most {:.1} %",
                100.0 * clipping,
                100.0 * self.clipping_caution
            );
            found.push((verdict, reason("clipped", message)));
        }
        let mut caution = |code, message| found.push((Verdict::Caution, reason(code, message)));
        if let Some(music) = channel
            .music_ratio
            .filter(|music| *music > self.music_caution)
        {
            let message = format!("{:.0} % of the channel is music", 100.0 * music);
            caution("music", message);
        }
        if channel.dc_offset.abs() > self.dc_offset_caution {
            let message = format!("the mean sample is {:.3}, expected 0", channel.dc_offset);
            caution("dc_offset", message);
        }
        if let Some(bit_rate) = media.bit_rate_bps {
            let a_channel = bit_rate / u64::from(media.channels.max(1));
            if a_channel < self.bit_rate_caution_bps {
                let least = self.bit_rate_caution_bps;
                let message = format!("{a_channel} bit/s, expected at least {least}");
                caution("low_bit_rate", message);
            }
        }
        if let Some(damage) = &media.damage {
            caution(
                "damaged",
                format!("from {} ms on: {}", damage.at_ms, damage.reason),
            );
        }
        if let Some(talk) = channel.cross_talk
            && talk.level_db >= self.cross_talk_caution_db
            && talk.ratio >= self.cross_talk_share
        {
            let message = format!(
                "channel {} is heard in {:.0} % of its seconds, {:.0} dB below",
                talk.from_channel,
                100.0 * talk.ratio,
                -talk.level_db
            );
            caution("cross_talk", message);
        }
        found
    }
}

fn reason(code: &str, message: String) -> SuitabilityReason {
    SuitabilityReason {
        code: code.to_owned(),
        message,
    }
}

/// A measure that is better the larger it is, in `unit`; bounds are those of caution and rejection.
fn below(
    found: &mut Vec<(Verdict, SuitabilityReason)>,
    code: &str,
    unit: &str,
    value: f32,
    (caution, reject): (f32, f32),
) {
    if value >= caution {
        return;
    }
    let verdict = if value < reject {
        Verdict::Reject
    } else {
        Verdict::Caution
    };
    let message = format!("{value:.1} {unit}, expected at least {caution:.1}");
    found.push((verdict, reason(code, message)));
}

fn judged(mut found: Vec<(Verdict, SuitabilityReason)>) -> Judgement {
    found.sort_by(|(left, _), (right, _)| right.cmp(left));
    Judgement {
        verdict: found
            .first()
            .map_or(Verdict::Accept, |(verdict, _)| *verdict),
        reasons: found.into_iter().map(|(_, reason)| reason).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Bandwidth, SampleRate};

    fn voice() -> VoiceQuality {
        VoiceQuality {
            bandwidth: Bandwidth::Narrowband,
            high_band_db: -90.0,
            speech_level_dbfs: -22.0,
            snr_db: Some(40.0),
            wada_snr_db: Some(30.0),
            clipping_ratio: Some(0.0),
            band_top_hz: Some(3400.0),
        }
    }

    fn channel() -> ChannelQuality {
        ChannelQuality {
            level_dbfs: -25.0,
            peak_dbfs: -3.0,
            clipping_ratio: 0.0,
            dc_offset: 0.0,
            speech_ratio: 0.6,
            silence_ratio: Some(0.3),
            tone_ratio: Some(0.0),
            music_ratio: Some(0.0),
            cross_talk: None,
            codec_trace: None,
        }
    }

    fn media() -> MediaFacts {
        MediaFacts {
            container: "wav".to_owned(),
            codec: "pcm_alaw".to_owned(),
            sample_rate: SampleRate::new(8000).unwrap(),
            channels: 1,
            decoder: Some("in_process".to_owned()),
            bits_per_sample: Some(8),
            bit_rate_bps: Some(64_000),
            duration_ms: 30_000,
            damage: None,
        }
    }

    fn judge(seconds: u64, voice: &VoiceQuality) -> Suitability {
        let measures = VoiceMeasures {
            net_speech: NetSpeech::from_millis(1000 * seconds),
            voice,
            channel: &channel(),
            media: &media(),
        };
        SuitabilityThresholds::default().judge(&measures, &MinimumSpeech::default())
    }

    #[test]
    fn a_good_voice_is_fit_for_everything() {
        let found = judge(20, &voice());
        for judgement in [found.search, found.enrolment, found.linking] {
            assert_eq!(
                (judgement.verdict, judgement.reasons.len()),
                (Verdict::Accept, 0)
            );
        }
    }

    #[test]
    fn little_speech_serves_a_search_before_an_enrolment_and_a_link() {
        let found = judge(2, &voice());
        assert_eq!(found.search.verdict, Verdict::Accept);
        assert_eq!(found.enrolment.verdict, Verdict::Reject);
        assert_eq!(found.enrolment.reasons[0].code, "too_little_speech");
        assert_eq!(judge(3, &voice()).enrolment.verdict, Verdict::Accept);
        assert_eq!(judge(3, &voice()).linking.verdict, Verdict::Reject);
    }

    #[test]
    fn noise_is_a_caution_for_people_and_no_ground_for_a_link() {
        let noisy = VoiceQuality {
            wada_snr_db: Some(9.0),
            ..voice()
        };
        let found = judge(20, &noisy);
        assert_eq!(found.search.verdict, Verdict::Caution);
        assert_eq!(found.linking.verdict, Verdict::Reject);
        assert_eq!(found.linking.reasons[0].code, "low_snr");
    }

    #[test]
    fn the_gravest_reason_comes_first() {
        let bad = VoiceQuality {
            wada_snr_db: Some(9.0),
            clipping_ratio: Some(0.5),
            ..voice()
        };
        let found = judge(20, &bad).search;
        assert_eq!(found.verdict, Verdict::Reject);
        let codes: Vec<&str> = found
            .reasons
            .iter()
            .map(|reason| reason.code.as_str())
            .collect();
        assert_eq!(codes, ["clipped", "low_snr"]);
    }
}
