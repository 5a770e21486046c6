//! The format chunk of a WAVE file.

use symphonia::core::codecs::audio::AudioCodecId;
use symphonia::core::codecs::audio::well_known as codecs;

use super::error::DecodeError;
use super::foreign;
use super::limits::DecodeLimits;
use super::source::Source;

/// How samples are laid out.
#[derive(Debug, Clone, Copy)]
pub(super) struct WavFormat {
    /// Codec.
    pub(super) codec: AudioCodecId,
    /// Channels; within the limits.
    pub(super) channels: u16,
    /// Rate; within the limits.
    pub(super) sample_rate_hz: u32,
    /// Smallest unit that can be decoded by itself, in bytes; not zero.
    pub(super) block_bytes: u64,
    /// Frames in such a unit; not zero.
    pub(super) frames_per_block: u64,
    /// Widths for the codecs of integer PCM.
    pub(super) width: Option<Width>,
    /// Bits a sample as the header says, where the codec has such a number.
    pub(super) bits_per_sample: Option<u16>,
}

/// Bits of a decoded and of a stored sample.
#[derive(Debug, Clone, Copy)]
pub(super) struct Width {
    /// Bits of the container.
    pub(super) decoded_bits: u32,
    /// Bits in its low end that are used.
    pub(super) coded_bits: u32,
}

/// The numbers of the chunk.
struct Fields {
    tag: u16,
    channels: u16,
    sample_rate_hz: u32,
    block_align: u16,
    bits: u16,
    is_extensible: bool,
}

/// Marks a format chunk whose real tag is in its extension.
const EXTENSIBLE: u16 = 0xfffe;

impl WavFormat {
    /// Reads the chunk of `length` bytes at `start`.
    ///
    /// # Source
    /// Microsoft's WAVEFORMATEX and WAVEFORMATEXTENSIBLE structures.
    ///
    /// # Errors
    /// `Malformed`, `UnsupportedCodec`, `ChannelsOutOfRange`, `SampleRateOutOfRange` or `Io`.
    pub(super) fn read(
        source: &mut Source,
        start: u64,
        length: u64,
        limits: &DecodeLimits,
    ) -> Result<Self, DecodeError> {
        let mut bytes = [0; 40];
        let wanted = bytes
            .len()
            .min(usize::try_from(length).unwrap_or(usize::MAX));
        let count = source.read_at(start, bytes.get_mut(..wanted).unwrap_or_default())?;
        if count < 14 {
            return Err(malformed(format!(
                "its format chunk has {count} bytes, expected 16 or more"
            )));
        }
        let fields = Fields::parse(&bytes);
        check_ranges(
            u64::from(fields.channels),
            u64::from(fields.sample_rate_hz),
            limits,
        )?;
        fields.layout()
    }
}

/// Checks channels and rate against the limits.
///
/// # Errors
/// `ChannelsOutOfRange` or `SampleRateOutOfRange`.
pub(super) fn check_ranges(
    channels: u64,
    sample_rate_hz: u64,
    limits: &DecodeLimits,
) -> Result<(), DecodeError> {
    let maximum = limits.max_channels;
    if channels == 0 || channels > u64::from(maximum) {
        return Err(DecodeError::ChannelsOutOfRange {
            found: channels,
            maximum,
        });
    }
    let (minimum_hz, maximum_hz) = (limits.min_sample_rate_hz.max(1), limits.max_sample_rate_hz);
    if sample_rate_hz < u64::from(minimum_hz) || sample_rate_hz > u64::from(maximum_hz) {
        let found_hz = sample_rate_hz;
        return Err(DecodeError::SampleRateOutOfRange {
            found_hz,
            minimum_hz,
            maximum_hz,
        });
    }
    Ok(())
}

fn malformed(reason: String) -> DecodeError {
    DecodeError::Malformed {
        container: "wav",
        reason,
    }
}

impl Fields {
    fn parse(bytes: &[u8; 40]) -> Self {
        let [
            t0,
            t1,
            c0,
            c1,
            r0,
            r1,
            r2,
            r3,
            _,
            _,
            _,
            _,
            a0,
            a1,
            b0,
            b1,
            rest @ ..,
        ] = *bytes;
        let tag = u16::from_le_bytes([t0, t1]);
        let is_extensible = tag == EXTENSIBLE;
        // The extension: its size, valid bits, a channel mask, and a GUID that begins with the tag.
        let [_, _, _, _, _, _, _, _, s0, s1, ..] = rest;
        Self {
            tag: if is_extensible {
                u16::from_le_bytes([s0, s1])
            } else {
                tag
            },
            channels: u16::from_le_bytes([c0, c1]),
            sample_rate_hz: u32::from_le_bytes([r0, r1, r2, r3]),
            block_align: u16::from_le_bytes([a0, a1]),
            bits: u16::from_le_bytes([b0, b1]),
            is_extensible,
        }
    }

    fn layout(&self) -> Result<WavFormat, DecodeError> {
        match self.tag {
            1 => self.integer(),
            3 => match self.bits {
                32 => Ok(self.fixed(codecs::CODEC_ID_PCM_F32LE, 4)),
                64 => Ok(self.fixed(codecs::CODEC_ID_PCM_F64LE, 8)),
                bits => Err(self.unsupported(&format!("floating-point PCM of {bits} bits"))),
            },
            6 => Ok(self.fixed(codecs::CODEC_ID_PCM_ALAW, 1)),
            7 => Ok(self.fixed(codecs::CODEC_ID_PCM_MULAW, 1)),
            // A block starts with 7 (MS) or 4 (IMA) bytes a channel that hold its first samples.
            2 => self.adpcm(codecs::CODEC_ID_ADPCM_MS, 7, 2),
            0x11 => self.adpcm(codecs::CODEC_ID_ADPCM_IMA_WAV, 4, 1),
            tag => Err(match foreign::wave_tag(tag) {
                Some(format) => DecodeError::NeedsTranscoder { format },
                None => self.unsupported(&format!("0x{tag:04x}")),
            }),
        }
    }

    fn integer(&self) -> Result<WavFormat, DecodeError> {
        let by_bits = self.bits.div_ceil(8);
        let by_block = self.block_align / self.channels.max(1);
        // A block that cannot hold its samples is a careless writer's; the bits decide then.
        let sample_bytes = if by_block >= by_bits && by_block <= 4 {
            by_block
        } else {
            by_bits
        };
        let codec = match sample_bytes {
            1 => codecs::CODEC_ID_PCM_U8,
            2 => codecs::CODEC_ID_PCM_S16LE,
            3 => codecs::CODEC_ID_PCM_S24LE,
            4 => codecs::CODEC_ID_PCM_S32LE,
            _ => return Err(self.unsupported(&format!("integer PCM of {} bits", self.bits))),
        };
        let decoded_bits = u32::from(sample_bytes) * 8;
        // Samples narrower than their container sit at its high end, except in the plain header
        // that some recorders write for 24 bits in 4 bytes.
        let is_low = !self.is_extensible && self.bits == 24 && sample_bytes == 4;
        let coded_bits = if is_low { 24 } else { decoded_bits };
        let mut format = self.fixed(codec, u64::from(sample_bytes));
        format.width = Some(Width {
            decoded_bits,
            coded_bits,
        });
        Ok(format)
    }

    fn fixed(&self, codec: AudioCodecId, sample_bytes: u64) -> WavFormat {
        WavFormat {
            codec,
            channels: self.channels,
            sample_rate_hz: self.sample_rate_hz,
            block_bytes: sample_bytes * u64::from(self.channels),
            frames_per_block: 1,
            width: None,
            bits_per_sample: Some(self.bits).filter(|&bits| bits > 0),
        }
    }

    fn adpcm(
        &self,
        codec: AudioCodecId,
        header_bytes: u64,
        header_frames: u64,
    ) -> Result<WavFormat, DecodeError> {
        let channels = u64::from(self.channels);
        if self.bits != 4 || channels > 2 {
            let what = format!("ADPCM of {} bits and {channels} channels", self.bits);
            return Err(self.unsupported(&what));
        }
        let block_bytes = u64::from(self.block_align);
        let Some(body) = block_bytes
            .checked_sub(header_bytes * channels)
            .filter(|&body| body > 0)
        else {
            return Err(malformed(format!(
                "its ADPCM blocks have {block_bytes} bytes"
            )));
        };
        Ok(WavFormat {
            frames_per_block: body * 2 / channels + header_frames,
            block_bytes,
            ..self.fixed(codec, 1)
        })
    }

    fn unsupported(&self, codec: &str) -> DecodeError {
        DecodeError::UnsupportedCodec {
            container: "wav",
            codec: codec.to_owned(),
        }
    }
}
