//! What ffmpeg and ffprobe say of a recording, as facts.

use serde::{Deserialize, Serialize};

use crate::domain::{Damage, MediaFacts};

/// Length of the header in front of the samples, in bytes.
pub(super) const WAV_HEADER_BYTES: u64 = 44;

/// Longest reason, in characters.
const MAX_REASON_CHARS: usize = 200;

/// Most different errors that are kept.
const MAX_WARNINGS: usize = 4;

/// Milliseconds by which a container may promise more than comes out: encoders' delay and padding.
const PROMISE_TOLERANCE_MS: u64 = 250;

/// What a recording was before it became PCM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TranscodeFacts {
    /// Container, by ffmpeg's name; `unknown` where it does not say.
    pub container: String,
    /// Codec, by ffmpeg's name; `unknown` where it does not say.
    pub codec: String,
    /// Bit rate of the sound track, or of the whole file where that is all that is known, in bit/s.
    pub bit_rate_bps: Option<u64>,
    /// Rate of the sound track, in Hz.
    pub sample_rate_hz: Option<u32>,
    /// Channels of the sound track.
    pub channels: Option<u16>,
    /// Length that the container states, in milliseconds; none where it only lets one estimate.
    pub stated_duration_ms: Option<u64>,
    /// Version of the ffmpeg that decoded.
    pub ffmpeg_version: String,
    /// Frames that ffmpeg could not decode and that are silence or missing in the output.
    pub faulty_frames: u64,
    /// Different errors that ffmpeg met, the first few, each in one line.
    pub warnings: Vec<String>,
}

impl TranscodeFacts {
    /// The facts of the recording itself, from those of its PCM: container and codec are the
    /// recording's, and what ffmpeg stumbled over is damage.
    pub fn describe(&self, pcm: MediaFacts) -> MediaFacts {
        let promised = self
            .stated_duration_ms
            .filter(|promised| pcm.duration_ms + PROMISE_TOLERANCE_MS < *promised);
        let mut reasons: Vec<String> = pcm.damage.iter().map(|d| d.reason.clone()).collect();
        if let Some(promised) = promised {
            let held = pcm.duration_ms;
            reasons.push(format!(
                "the container promises {promised} ms and holds {held} ms"
            ));
        }
        if self.faulty_frames > 0 && !self.has_comfort_noise() {
            reasons.push(format!(
                "ffmpeg met {} errors: {}",
                self.faulty_frames,
                self.warnings.join("; ")
            ));
        }
        // ffmpeg does not say where; the start is the only time before which all is surely read.
        let at_ms = match &pcm.damage {
            _ if self.faulty_frames > 0 => 0,
            Some(damage) => damage.at_ms,
            None => pcm.duration_ms,
        };
        MediaFacts {
            container: self.container.clone(),
            codec: self.codec.clone(),
            decoder: Some(format!("ffmpeg {}", self.ffmpeg_version)),
            bits_per_sample: None,
            damage: (!reasons.is_empty()).then(|| Damage {
                at_ms,
                reason: reasons.join("; "),
            }),
            ..pcm
        }
    }

    /// Whether errors are what ffmpeg always says of this codec in pauses: it knows no comfort
    /// noise, and those frames become silence of their length.
    fn has_comfort_noise(&self) -> bool {
        matches!(self.codec.as_str(), "amr_nb" | "amr_wb")
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Probe {
    streams: Vec<ProbedStream>,
    format: ProbedFormat,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ProbedStream {
    codec_name: Option<String>,
    sample_rate: Option<String>,
    channels: Option<u16>,
    bit_rate: Option<String>,
    duration: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ProbedFormat {
    format_name: Option<String>,
    bit_rate: Option<String>,
    duration: Option<String>,
}

/// The facts from ffprobe's JSON where there is any, from ffmpeg's own words elsewhere.
pub(super) fn gather(probed: Option<&str>, stderr: &str, version: &str) -> TranscodeFacts {
    let probe: Probe = probed
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    let stream = probe.streams.into_iter().next().unwrap_or_default();
    let told = Told::read(stderr);
    let number = |text: &Option<String>| text.as_ref().and_then(|text| text.parse().ok());
    let name = |text: Option<String>, told: Option<String>| {
        text.or(told)
            .filter(|name| is_name(name))
            .unwrap_or_else(|| "unknown".to_owned())
    };
    let container = probe.format.format_name.or(told.container);
    let container = name(container.map(|names| first_name(&names)), None);
    let (faulty_frames, warnings) = errors(stderr);
    TranscodeFacts {
        codec: name(stream.codec_name, told.codec),
        bit_rate_bps: number(&stream.bit_rate)
            .or(told.bit_rate_bps)
            .or(number(&probe.format.bit_rate)),
        sample_rate_hz: number(&stream.sample_rate)
            .and_then(|hz: u64| hz.try_into().ok())
            .or(told.sample_rate_hz),
        channels: stream.channels.or(told.channels),
        stated_duration_ms: stream
            .duration
            .or(probe.format.duration)
            .filter(|_| states_its_length(&container))
            .and_then(|text| to_ms(&text)),
        container,
        ffmpeg_version: version.to_owned(),
        faulty_frames,
        warnings,
    }
}

/// ffmpeg names a container by every name that it has: `mov,mp4,m4a,3gp,3g2,mj2`.
fn first_name(names: &str) -> String {
    match names.split(',').next().unwrap_or_default() {
        "mov" => "mp4".to_owned(),
        name => name.to_owned(),
    }
}

/// Whether ffprobe's duration comes from a number in the file: elsewhere it comes from the size of
/// the file and a bit rate, or, in AVI, from counts that writers get wrong.
fn states_its_length(container: &str) -> bool {
    matches!(container, "mp4" | "asf" | "matroska" | "caf")
}

fn is_name(text: &str) -> bool {
    (1..=32).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

fn to_ms(seconds: &str) -> Option<u64> {
    let seconds: f64 = seconds.parse().ok()?;
    (0.0..1e9)
        .contains(&seconds)
        .then(|| (seconds * 1000.0).round() as u64)
}

/// What ffmpeg says of its input while it opens it.
#[derive(Debug, Default, PartialEq)]
struct Told {
    container: Option<String>,
    codec: Option<String>,
    bit_rate_bps: Option<u64>,
    sample_rate_hz: Option<u32>,
    channels: Option<u16>,
}

impl Told {
    fn read(stderr: &str) -> Self {
        let mut told = Self::default();
        for line in stderr.lines().map(without_level) {
            if let Some(rest) = line.strip_prefix("Input #0, ") {
                told.container = rest.split(", from").next().map(str::to_owned);
            } else if let Some((_, rest)) = line.split_once("Audio: ")
                && line.trim_start().starts_with("Stream #0:")
                && told.codec.is_none()
            {
                told.read_stream(rest);
            }
        }
        told
    }

    /// Reads `amr_nb (amrnb / 0x..), 8000 Hz, mono, flt, 12 kb/s`.
    fn read_stream(&mut self, text: &str) {
        let end = text.find([' ', ',']).unwrap_or(text.len());
        self.codec = text.get(..end).map(str::to_owned);
        for part in text.split(", ") {
            let mut words = part.split_whitespace();
            match (words.next(), words.next()) {
                (Some(number), Some("Hz")) => self.sample_rate_hz = number.parse().ok(),
                (Some(number), Some("kb/s")) => {
                    self.bit_rate_bps = number.parse().ok().map(|kbps: u64| kbps * 1000);
                }
                (Some("mono"), _) => self.channels = Some(1),
                (Some("stereo"), _) => self.channels = Some(2),
                (Some(number), Some("channels")) => self.channels = number.parse().ok(),
                _ => {}
            }
        }
    }
}

/// A line without the `[info] ` in front.
fn without_level(line: &str) -> &str {
    line.split_once("[info] ")
        .filter(|(before, _)| !before.contains(' ') || before.starts_with('['))
        .map_or(line, |(_, rest)| rest)
        .trim_start()
}

/// How many errors ffmpeg told, and the first few that differ.
fn errors(stderr: &str) -> (u64, Vec<String>) {
    let (mut count, mut different) = (0, Vec::new());
    for text in error_lines(stderr) {
        count += 1;
        if different.len() < MAX_WARNINGS && !different.contains(&text) {
            different.push(text);
        }
    }
    (count, different)
}

/// Why ffmpeg failed, in one line and without paths.
pub(super) fn reason(stderr: &str) -> String {
    let mut lines: Vec<String> = error_lines(stderr).collect();
    lines.dedup();
    match lines.as_slice() {
        [] => "it gave no reason".to_owned(),
        [only] => only.clone(),
        [first, .., last] => shorten(&format!("{first}; {last}")),
    }
}

fn error_lines(stderr: &str) -> impl Iterator<Item = String> + '_ {
    stderr.lines().filter_map(|line| {
        // The part of ffmpeg that speaks comes first, as in `[amrnb @ 0x55c8] [error] ...`.
        let line = match line.split_once("] [") {
            Some((_, rest)) if !line.starts_with("[info]") => rest,
            _ => line.strip_prefix('[')?,
        };
        let text = ["error] ", "fatal] ", "panic] "]
            .iter()
            .find_map(|level| line.strip_prefix(level))?;
        let text = plain(text);
        (!text.is_empty()).then_some(text)
    })
}

/// `text` in one line of visible characters, with every path taken out.
fn plain(text: &str) -> String {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .map(|word| if word.contains('/') { "(path)" } else { word })
        .collect();
    let text = words.join(" ");
    shorten(text.trim_start_matches("(path) "))
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(MAX_REASON_CHARS) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_has_no_paths_and_one_line() {
        let stderr = "[info] Input #0\n[mov @ 0x55] [error] moov atom not found\r\n\
                      [error] file:/dev/fd/0: Invalid data found when processing input\n";
        assert_eq!(
            reason(stderr),
            "moov atom not found; Invalid data found when processing input"
        );
        assert_eq!(reason(""), "it gave no reason");
    }

    #[test]
    fn a_long_reason_is_shortened() {
        let stderr = format!("[error] {}", "录 ".repeat(300));
        assert_eq!(reason(&stderr).chars().count(), MAX_REASON_CHARS + 3);
    }

    #[test]
    fn ffmpeg_is_understood_without_ffprobe() {
        let stderr = "[info] Input #0, asf, from 'file:/dev/fd/0':\n\
             [info]   Duration: 00:00:01.51, start: 0.000000, bitrate: 36 kb/s\n\
             [info]   Stream #0:0: Audio: wmav2 (a[1][0][0] / 0x0161), 8000 Hz, 1 channels, fltp, 24 kb/s\n\
             [info]   Stream #0:1: Audio: mp3, 44100 Hz, stereo\n";
        let facts = gather(None, stderr, "5.1");
        assert_eq!(
            (facts.container.as_str(), facts.codec.as_str()),
            ("asf", "wmav2")
        );
        assert_eq!(facts.bit_rate_bps, Some(24_000));
        assert_eq!(facts.stated_duration_ms, None);
        assert_eq!(
            (facts.sample_rate_hz, facts.channels),
            (Some(8_000), Some(1))
        );
        assert_eq!((facts.faulty_frames, facts.warnings.len()), (0, 0));
    }

    #[test]
    fn a_name_that_is_none_is_unknown() {
        let json = r#"{"streams":[{"codec_name":"<b>"}],"format":{"format_name":"mov,mp4"}}"#;
        let facts = gather(Some(json), "", "5.1");
        assert_eq!(
            (facts.container.as_str(), facts.codec.as_str()),
            ("mp4", "unknown")
        );
    }

    fn pcm(duration_ms: u64) -> MediaFacts {
        MediaFacts {
            container: "wav".to_owned(),
            codec: "pcm_s16le".to_owned(),
            sample_rate: crate::domain::SampleRate::new(8_000).unwrap(),
            channels: 1,
            decoder: Some("in_process".to_owned()),
            bits_per_sample: Some(16),
            bit_rate_bps: None,
            duration_ms,
            damage: None,
        }
    }

    #[test]
    fn a_container_that_promises_more_is_damaged() {
        let json = |name| {
            format!(
                r#"{{"streams":[{{"codec_name":"amr_nb","duration":"4.0"}}],"format":{{"format_name":"{name}"}}}}"#
            )
        };
        let facts = gather(Some(&json("mov,mp4")), "", "5.1").describe(pcm(2_000));
        let damage = facts.damage.unwrap();
        assert_eq!(damage.at_ms, 2_000);
        assert!(damage.reason.contains("4000 ms"), "{damage:?}");
        assert_eq!(
            (facts.container.as_str(), facts.bits_per_sample),
            ("mp4", None)
        );
        let facts = gather(Some(&json("amr")), "", "5.1").describe(pcm(2_000));
        assert_eq!(facts.damage, None);
    }

    #[test]
    fn errors_of_amr_are_its_comfort_noise_and_of_others_damage() {
        let describe = |codec: &str| {
            let json = format!(r#"{{"streams":[{{"codec_name":"{codec}"}}]}}"#);
            gather(Some(&json), "[error] x\n", "5.1").describe(pcm(2_000))
        };
        assert_eq!(describe("amr_nb").damage, None);
        let damage = describe("wmav2").damage.unwrap();
        assert_eq!(
            (damage.at_ms, damage.reason.as_str()),
            (0, "ffmpeg met 1 errors: x")
        );
    }

    #[test]
    fn errors_are_counted_and_the_first_few_kept() {
        let stderr = "[a @ 0x1] [error] x\n[a @ 0x1] [error] x\n[error] y\n[warning] z\n\
                      [info]   title : [error] of nobody\n";
        assert_eq!(errors(stderr), (3, vec!["x".to_owned(), "y".to_owned()]));
    }
}
