//! Packets to samples: what the codec makes of them, and what is wrong with them.

use symphonia::core::audio::GenericAudioBufferRef;
use symphonia::core::packet::Packet;
use symphonia::core::units::Timestamp;

use super::codec::{Codec, Fault};
use super::demux::{Demuxer, Next};
use super::error::{DecodeError, Place};
use super::limits::DecodeLimits;
use super::pending::Pending;
use super::sniff::Container;
use super::wav_format;
use crate::domain::{Damage, SampleRate};

/// Packets in a row that may fail to decode before reading stops.
const MAX_BAD_PACKETS: u64 = 32;

/// One sample in this many may be no number.
const MAX_NON_FINITE_ONE_IN: u64 = 100;

/// Frames by which a lossy container may promise more than it holds: encoders count the frames that
/// they put in front of and behind the audio.
const PROMISE_TOLERANCE_FRAMES: u64 = 4608;

/// What the first decoded packet says; later ones must agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spec {
    pub(super) channels: u16,
    pub(super) sample_rate: SampleRate,
}

/// The demultiplexer, the codec and what they have delivered.
pub(super) struct Feed {
    pub(super) demuxer: Demuxer,
    codec: Codec,
    pub(super) codec_name: &'static str,
    limits: DecodeLimits,
    /// Length of the whole file.
    file_bytes: u64,
    pub(super) spec: Option<Spec>,
    pub(super) pending: Pending,
    packets: u64,
    /// Packets in a row that failed, not yet filled with silence.
    bad_packets: u64,
    /// Frames that those packets stood for.
    lost_frames: u64,
    /// Whether some packet failed before; only the first is reported.
    is_spotted: bool,
    last_packet_frames: usize,
    /// Where the next packet should start, in frames of the container.
    next_start: Option<Timestamp>,
    is_ended: bool,
    /// Faults by the frame at which they were found.
    pub(super) flaws: Vec<(u64, String)>,
}

/// One packet, decoded.
enum Decoded {
    /// Samples went to `pending`.
    Frames,
    /// The packet held no samples.
    Nothing,
    /// The packet is damaged.
    Bad(String),
    /// Nothing after this packet can be read.
    Broken(String),
}

impl Feed {
    pub(super) fn new(
        demuxer: Demuxer,
        limits: &DecodeLimits,
        file_bytes: u64,
    ) -> Result<Self, DecodeError> {
        let codec = Codec::new(demuxer.container, &demuxer.parameters)?;
        Ok(Self {
            codec_name: codec.name(),
            demuxer,
            codec,
            limits: limits.clone(),
            file_bytes,
            spec: None,
            pending: Pending::default(),
            packets: 0,
            bad_packets: 0,
            lost_frames: 0,
            is_spotted: false,
            last_packet_frames: 0,
            next_start: None,
            is_ended: false,
            flaws: Vec::new(),
        })
    }

    /// Decodes until there are frames to give or the end is reached.
    pub(super) fn refill(&mut self) -> Result<(), DecodeError> {
        while !self.is_ended && self.pending.is_empty() {
            match self.demuxer.next_packet()? {
                Next::End(flaw) => self.end(flaw)?,
                Next::Packet(packet) => {
                    self.packets += 1;
                    if self.packets > self.limits.max_packets {
                        return Err(DecodeError::TooManyPackets {
                            maximum: self.limits.max_packets,
                        });
                    }
                    if self.demuxer.is_ours(&packet) {
                        self.accept(&packet)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn accept(&mut self, packet: &Packet) -> Result<(), DecodeError> {
        self.bridge_gap(packet);
        match self.decode(packet)? {
            Decoded::Nothing => Ok(()),
            Decoded::Frames => self.check_length(),
            Decoded::Bad(reason) => {
                self.bad_packets += 1;
                self.lost_frames += self.codec.frames_lost(packet, self.last_packet_frames) as u64;
                if !self.is_spotted {
                    self.is_spotted = true;
                    let at = self.pending.frames_in();
                    self.flaws
                        .push((at, format!("a packet cannot be decoded: {reason}")));
                }
                if self.bad_packets > MAX_BAD_PACKETS {
                    self.end(None)
                } else {
                    Ok(())
                }
            }
            Decoded::Broken(reason) => self.end(Some(reason)),
        }
    }

    /// Puts silence where the demultiplexer has passed over damaged frames.
    fn bridge_gap(&mut self, packet: &Packet) {
        let expected = self
            .next_start
            .replace(packet.pts.saturating_add(packet.dur));
        let (Some(expected), Some(spec)) = (expected, self.spec) else {
            return;
        };
        let gap = self.demuxer.gap_before(packet, expected);
        if gap > 0 {
            if !self.is_spotted {
                self.is_spotted = true;
                let at = self.pending.frames_in();
                self.flaws
                    .push((at, format!("{gap} frames are missing and read as silence")));
            }
            self.pending.push_silence(usize::from(spec.channels), gap);
        }
    }

    fn decode(&mut self, packet: &Packet) -> Result<Decoded, DecodeError> {
        let Self { codec, pending, .. } = self;
        let buffer = match codec.decode(packet) {
            Ok(buffer) => buffer,
            Err(Fault::Bad(reason)) => return Ok(Decoded::Bad(reason)),
            Err(Fault::Broken(reason)) => return Ok(Decoded::Broken(reason)),
        };
        if buffer.frames() == 0 {
            return Ok(Decoded::Nothing);
        }
        let spec = read_spec(&buffer, &self.limits)?;
        match self.spec {
            None => self.spec = Some(spec),
            Some(first) if first == spec => {}
            Some(first) => {
                return Ok(Decoded::Broken(format!(
                    "the stream changes from {} channels at {} to {} at {}",
                    first.channels, first.sample_rate, spec.channels, spec.sample_rate
                )));
            }
        }
        pending.push_silence(usize::from(spec.channels), self.lost_frames);
        (self.bad_packets, self.lost_frames) = (0, 0);
        self.last_packet_frames = buffer.frames();
        pending.push(&buffer);
        Ok(Decoded::Frames)
    }

    /// Holds what was decoded so far, silence included, against the limits.
    fn check_length(&self) -> Result<(), DecodeError> {
        let Some(spec) = self.spec else { return Ok(()) };
        let place = Place::Packet(self.packets);
        let maximum_ms = self.limits.max_duration_ms;
        let frames = self.pending.frames_in();
        let ms = u128::from(frames) * 1000 / u128::from(spec.sample_rate.hz());
        if ms > u128::from(maximum_ms) {
            return Err(DecodeError::TooLong { maximum_ms, place });
        }
        let samples = frames.saturating_mul(u64::from(spec.channels));
        let maximum = self.limits.max_samples;
        if samples > maximum {
            return Err(DecodeError::TooManySamples { maximum, place });
        }
        let maximum = self.limits.max_samples_per_byte;
        if samples > self.limits.free_samples && samples / maximum.max(1) > self.file_bytes {
            return Err(DecodeError::ExpandsTooFar {
                samples,
                file_bytes: self.file_bytes,
                maximum,
                place,
            });
        }
        Ok(())
    }

    /// Weighs what was read against what was promised.
    fn end(&mut self, flaw: Option<String>) -> Result<(), DecodeError> {
        self.is_ended = true;
        let frames = self.pending.frames_in();
        if let Some(reason) = flaw {
            self.flaws.push((frames, reason));
        }
        if let Some(flaw) = self.demuxer.flaw.take() {
            let at = flaw
                .after_samples
                .map_or(frames, |samples| samples.min(frames));
            self.flaws.push((at, flaw.reason));
        }
        if self.flaws.is_empty()
            && let Some(promised) = self.demuxer.promised_frames
            && frames + self.tolerance_frames() < promised
        {
            let reason = format!("the container promises {promised} frames and holds {frames}");
            self.flaws.push((frames, reason));
        }
        let (bad, samples) = (self.pending.non_finite(), self.pending.samples_in());
        if bad.saturating_mul(MAX_NON_FINITE_ONE_IN) > samples {
            let reason = format!(
                "{bad} of its {samples} samples are no numbers, expected at most one in \
                 {MAX_NON_FINITE_ONE_IN}"
            );
            return Err(DecodeError::Malformed {
                container: self.demuxer.container.name(),
                reason,
            });
        }
        Ok(())
    }

    fn tolerance_frames(&self) -> u64 {
        match self.codec_name {
            // Writers of CAF count whole packets, and the last is rarely full.
            "alac" if self.demuxer.container == Container::Caf => PROMISE_TOLERANCE_FRAMES,
            "flac" | "alac" => 0,
            name if name.starts_with("pcm_") => 0,
            _ => PROMISE_TOLERANCE_FRAMES,
        }
    }

    pub(super) fn damage(&self, to_ms: impl Fn(u64) -> u64) -> Option<Damage> {
        let mut flaws = self.flaws.clone();
        if let Some(at) = self.pending.first_non_finite() {
            let count = self.pending.non_finite();
            flaws.push((
                at,
                format!("{count} samples are no numbers and are read as silence"),
            ));
        }
        flaws.sort_by_key(|(at, _)| *at);
        let (at, _) = flaws.first()?;
        let at_ms = to_ms(*at);
        let reasons: Vec<_> = flaws.iter().map(|(_, reason)| reason.as_str()).collect();
        Some(Damage {
            at_ms,
            reason: reasons.join("; "),
        })
    }
}

fn read_spec(
    buffer: &GenericAudioBufferRef<'_>,
    limits: &DecodeLimits,
) -> Result<Spec, DecodeError> {
    let (planes, rate_hz) = (buffer.num_planes(), buffer.spec().rate());
    wav_format::check_ranges(planes as u64, u64::from(rate_hz), limits)?;
    let out_of_range = DecodeError::ChannelsOutOfRange {
        found: planes as u64,
        maximum: limits.max_channels,
    };
    match (u16::try_from(planes), SampleRate::new(rate_hz)) {
        (Ok(channels), Some(sample_rate)) => Ok(Spec {
            channels,
            sample_rate,
        }),
        _ => Err(out_of_range),
    }
}
