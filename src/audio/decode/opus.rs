//! Opus: packets to samples at 48 kHz, with what the identification header says of them.
//!
//! Every Opus stream is decoded at 48 kHz, whatever rate went into its encoder; the resampler takes
//! it on from there. The frames that the encoder needs to settle are cut off in front (pre-skip),
//! and those that fill its last packet behind, where the container tells their number.

use opus_rs::OpusDecoder;
use symphonia::core::audio::{
    AsGenericAudioBufferRef, AudioBuffer, AudioMut, AudioSpec, Channels, GenericAudioBufferRef,
};
use symphonia::core::packet::Packet;

use super::sniff::Container;

/// Rate of everything that is decoded, in Hz.
const RATE_HZ: u32 = 48_000;

/// Most frames of one packet: 120 ms.
///
/// # Source
/// RFC 6716, section 3.4, requirement R5.
const MAX_PACKET_FRAMES: usize = 5_760;

/// Frames at 48 kHz in one Opus frame, by the configuration in the first five bits of a packet.
///
/// # Source
/// RFC 6716, section 3.1, table 2.
const FRAMES_BY_CONFIGURATION: [usize; 32] = [
    480, 960, 1_920, 2_880, 480, 960, 1_920, 2_880, 480, 960, 1_920, 2_880, 480, 960, 480, 960,
    120, 240, 480, 960, 120, 240, 480, 960, 120, 240, 480, 960, 120, 240, 480, 960,
];

/// Shortest identification header, in bytes.
const HEAD_BYTES: usize = 19;

/// What the identification header says.
///
/// # Source
/// RFC 7845, section 5.1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct OpusHead {
    /// Channels.
    pub(super) channels: u8,
    /// Frames to cut off in front.
    pre_skip: usize,
    /// Factor on every sample.
    gain: f32,
    /// How more than two channels are spread over streams; 0 for mono and stereo.
    family: u8,
}

impl OpusHead {
    /// Reads the header as `container` has it; none where it is none.
    ///
    /// # Source
    /// Encapsulation of Opus in ISO base media, version 0.8.1, section 4.3.2: MP4 turns the bytes
    /// of its numbers round, and the demultiplexer hands them on like that.
    pub(super) fn parse(bytes: &[u8], container: Container) -> Option<Self> {
        let word = match container {
            Container::Mp4 => u16::from_be_bytes,
            _ => u16::from_le_bytes,
        };
        let head: &[u8; HEAD_BYTES] = bytes.first_chunk()?;
        let [magic @ .., _, channels, s0, s1, _, _, _, _, g0, g1, family] = head;
        if magic != b"OpusHead" || *channels == 0 {
            return None;
        }
        // The gain is in 1/256 of a decibel.
        let gain_db = f32::from(word([*g0, *g1]).cast_signed()) / 256.0;
        Some(Self {
            channels: *channels,
            pre_skip: usize::from(word([*s0, *s1])),
            gain: 10f32.powf(gain_db / 20.0),
            family: *family,
        })
    }

    /// Whether one stream holds all its channels.
    pub(super) fn is_mono_or_stereo(self) -> bool {
        self.family == 0 && self.channels <= 2
    }
}

/// Frames that a packet holds, by its own first bytes; none where they break the rules.
pub(super) fn packet_frames(packet: &[u8]) -> Option<usize> {
    let (&toc, rest) = packet.split_first()?;
    let per_frame = *FRAMES_BY_CONFIGURATION.get(usize::from(toc >> 3))?;
    let count = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => usize::from(rest.first()? & 0x3f),
    };
    Some(per_frame * count).filter(|frames| (1..=MAX_PACKET_FRAMES).contains(frames))
}

/// The decoder of one mono or stereo stream.
pub(super) struct OpusCodec {
    decoder: OpusDecoder,
    head: OpusHead,
    /// Frames that are still to be cut off in front.
    skip: usize,
    interleaved: Vec<f32>,
    buffer: AudioBuffer<f32>,
}

impl OpusCodec {
    /// A decoder for what `head` describes.
    ///
    /// # Errors
    /// When the channels are not one or two.
    pub(super) fn new(head: OpusHead) -> Result<Self, String> {
        let channels = usize::from(head.channels);
        let decoder = OpusDecoder::new(RATE_HZ as i32, channels)
            .map_err(|reason| reason.to_ascii_lowercase())?;
        let spec = AudioSpec::new(RATE_HZ, Channels::Discrete(u16::from(head.channels)));
        Ok(Self {
            decoder,
            head,
            skip: head.pre_skip,
            interleaved: vec![0.0; MAX_PACKET_FRAMES * channels],
            buffer: AudioBuffer::new(spec, MAX_PACKET_FRAMES),
        })
    }

    /// Decodes one packet; the buffer is empty where all of it is cut off.
    ///
    /// # Errors
    /// When the packet is damaged; what it should have held is [`Self::lose`]d then.
    pub(super) fn decode(&mut self, packet: &Packet) -> Result<GenericAudioBufferRef<'_>, String> {
        let data: &[u8] = packet.data.as_ref();
        let frames = packet_frames(data).ok_or("its first bytes state no length")?;
        let channels = usize::from(self.head.channels);
        let target = self
            .interleaved
            .get_mut(..frames * channels)
            .unwrap_or_default();
        let frames = self
            .decoder
            .decode(data, frames, target)
            .map_err(|reason| reason.to_ascii_lowercase())?;
        self.buffer.clear();
        self.buffer.render_uninit(Some(frames));
        for (channel, plane) in self.buffer.iter_planes_mut().enumerate() {
            let samples = self.interleaved.iter().skip(channel).step_by(channels);
            for (target, sample) in plane.iter_mut().zip(samples) {
                *target = sample * self.head.gain;
            }
        }
        let front = self.skip.min(frames);
        self.skip -= front;
        let behind = usize::try_from(packet.trim_end.get()).unwrap_or(frames);
        self.buffer.trim(front, behind.min(frames - front));
        Ok(self.buffer.as_generic_audio_buffer_ref())
    }

    /// Frames of silence that stand for a packet that was lost.
    pub(super) fn lose(&mut self, packet: &Packet) -> Option<usize> {
        let frames = packet_frames(packet.data.as_ref())?;
        let front = self.skip.min(frames);
        self.skip -= front;
        Some(frames - front)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn head(pre_skip: u16, gain: i16) -> Vec<u8> {
        let mut bytes = b"OpusHead\x01\x01".to_vec();
        bytes.extend(pre_skip.to_le_bytes());
        bytes.extend(16_000u32.to_le_bytes());
        bytes.extend(gain.to_le_bytes());
        bytes.push(0);
        bytes
    }

    #[test]
    fn a_gain_of_1536_doubles_nearly() {
        let parsed = OpusHead::parse(&head(312, 1536), Container::Ogg).unwrap();
        assert_eq!((parsed.channels, parsed.pre_skip), (1, 312));
        assert!((parsed.gain - 1.995).abs() < 1e-3, "{}", parsed.gain);
    }

    #[test]
    fn a_head_cut_short_is_none() {
        let bytes = head(312, 0);
        assert_eq!(OpusHead::parse(&bytes[..18], Container::Ogg), None);
    }

    #[test]
    fn a_packet_states_its_length() {
        // 20 ms of wideband SILK, one frame; 2.5 ms of CELT, 48 frames; 60 ms, three frames.
        assert_eq!(packet_frames(&[9 << 3]), Some(960));
        assert_eq!(packet_frames(&[(16 << 3) | 3, 48]), Some(5_760));
        assert_eq!(packet_frames(&[(3 << 3) | 3, 3]), None);
        assert_eq!(packet_frames(&[]), None);
    }

    #[test]
    fn pre_skip_is_cut_from_as_many_packets_as_it_spans() {
        let mut codec =
            OpusCodec::new(OpusHead::parse(&head(1_000, 0), Container::Ogg).unwrap()).unwrap();
        let lengths: Vec<usize> = (0..3)
            .map(|_| {
                let packet = Packet::new(
                    0,
                    Default::default(),
                    Default::default(),
                    vec![9 << 3, 0, 0, 0],
                );
                codec.decode(&packet).unwrap().frames()
            })
            .collect();
        assert_eq!(lengths, [0, 920, 960]);
    }

    proptest! {
        #[test]
        fn any_packet_gives_what_it_states_or_an_error(
            packets in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 1..20),
        ) {
            let mut codec = OpusCodec::new(OpusHead::parse(&head(0, 0), Container::Ogg).unwrap()).unwrap();
            for bytes in packets {
                let stated = packet_frames(&bytes);
                let packet = Packet::new(0, Default::default(), Default::default(), bytes);
                if let Ok(buffer) = codec.decode(&packet) {
                    prop_assert_eq!(Some(buffer.frames()), stated);
                }
            }
        }
    }
}
