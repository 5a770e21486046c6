//! WAVE files: our own walk over the chunks, so that a header that lies does not decide.
//!
//! The walk finds the format and where the samples really are; the codecs turn the bytes into
//! samples. A data chunk of length 0 or 0xFFFFFFFF comes from a writer that could not seek back to
//! its header, and means "to the end of the file".

use symphonia::core::audio::Channels;
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, Timestamp};

use super::error::{DecodeError, Place};
use super::limits::DecodeLimits;
use super::source::Source;
use super::wav_format::WavFormat;

const CONTAINER: &str = "wav";

/// Frames of PCM in one packet.
const FRAMES_PER_PACKET: u64 = 4096;

/// Most chunks in front of the samples.
const MAX_CHUNKS: u32 = 4096;

/// Bytes of a chunk's name and length.
const CHUNK_HEADER_BYTES: u64 = 8;

/// The samples of a WAVE file as packets for a codec.
pub(super) struct WavPackets {
    source: Source,
    format: WavFormat,
    position: u64,
    end: u64,
    blocks_read: u64,
    flaw: Option<String>,
}

impl WavPackets {
    /// Reads the chunks from `offset` up to the samples.
    ///
    /// # Errors
    /// `Malformed`, `UnsupportedCodec`, `ChannelsOutOfRange`, `SampleRateOutOfRange`, `TooLong`,
    /// `NoAudio` or `Io`.
    pub(super) fn open(
        mut source: Source,
        offset: u64,
        limits: &DecodeLimits,
    ) -> Result<Self, DecodeError> {
        let (format, data) = walk(&mut source, offset, limits)?;
        let extent = Extent::measure(&mut source, data)?;
        let block = format.block_bytes;
        let blocks = extent.bytes / block;
        if blocks == 0 {
            let reason = format!("its data chunk holds {} bytes", extent.bytes);
            return Err(DecodeError::NoAudio {
                container: CONTAINER,
                reason,
            });
        }
        let frames = blocks.saturating_mul(format.frames_per_block);
        if frames.saturating_mul(1000) / u64::from(format.sample_rate_hz.max(1))
            > limits.max_duration_ms
        {
            return Err(DecodeError::TooLong {
                maximum_ms: limits.max_duration_ms,
                place: Place::Header,
            });
        }
        let partial = extent.bytes % block;
        let flaw = extent.flaw.or_else(|| {
            (partial != 0 && extent.is_promised)
                .then(|| format!("the data ends {partial} bytes into a frame of {block} bytes"))
        });
        let position = data.start;
        let end = data.start + blocks * block;
        Ok(Self {
            source,
            format,
            position,
            end,
            blocks_read: 0,
            flaw,
        })
    }

    /// What the codec must know.
    pub(super) fn codec_parameters(&self) -> AudioCodecParameters {
        let mut parameters = AudioCodecParameters::new();
        parameters
            .for_codec(self.format.codec)
            .with_sample_rate(self.format.sample_rate_hz)
            .with_channels(Channels::Discrete(self.format.channels))
            .with_frames_per_block(self.format.frames_per_block)
            .with_max_frames_per_packet(self.blocks_per_packet() * self.format.frames_per_block);
        if let Some(width) = self.format.width {
            parameters
                .with_bits_per_sample(width.decoded_bits)
                .with_bits_per_coded_sample(width.coded_bits);
        }
        parameters
    }

    /// Bits a sample as the header says, where the codec has such a number.
    pub(super) fn bits_per_sample(&self) -> Option<u16> {
        self.format.bits_per_sample
    }

    /// The next packet; none at the end.
    ///
    /// # Errors
    /// When the reader fails.
    pub(super) fn next_packet(&mut self) -> std::io::Result<Option<Packet>> {
        let block = self.format.block_bytes;
        let blocks = ((self.end - self.position) / block).min(self.blocks_per_packet());
        if blocks == 0 {
            return Ok(None);
        }
        // At most `FRAMES_PER_PACKET` frames of 8 bytes and the limit's channels, or one block of
        // 64 KiB.
        let mut data = vec![0; (blocks * block) as usize];
        if self.blocks_read == 0 {
            use std::io::{Seek, SeekFrom};
            self.source.seek(SeekFrom::Start(self.position))?;
        }
        let filled = self.source.fill(&mut data)? as u64;
        let whole = filled / block;
        if whole < blocks {
            self.end = self.position + whole * block;
            self.flaw = Some("the file became shorter while it was read".to_owned());
            data.truncate((whole * block) as usize);
        }
        if whole == 0 {
            return Ok(None);
        }
        let per_block = self.format.frames_per_block;
        let start = i64::try_from(self.blocks_read * per_block).unwrap_or(i64::MAX);
        self.position += whole * block;
        self.blocks_read += whole;
        Ok(Some(Packet::new(
            0,
            Timestamp::new(start),
            Duration::new(whole * per_block),
            data,
        )))
    }

    /// What the header promised and the file does not hold.
    pub(super) fn flaw(&self) -> Option<&str> {
        self.flaw.as_deref()
    }

    fn blocks_per_packet(&self) -> u64 {
        (FRAMES_PER_PACKET / self.format.frames_per_block).max(1)
    }
}

/// The data chunk as its header describes it.
#[derive(Debug, Clone, Copy)]
struct DataChunk {
    /// Offset of the first sample.
    start: u64,
    /// Length that the header states; none where it says "to the end".
    promised: Option<u64>,
}

/// The data chunk as it is.
struct Extent {
    bytes: u64,
    /// Whether the header stated the length.
    is_promised: bool,
    flaw: Option<String>,
}

impl Extent {
    fn measure(source: &mut Source, data: DataChunk) -> Result<Self, DecodeError> {
        let available = source.length().saturating_sub(data.start);
        let Some(promised) = data.promised else {
            return Ok(Self {
                bytes: available,
                is_promised: false,
                flaw: None,
            });
        };
        if promised == 0 {
            // A finished file without samples has chunks, or nothing, where samples would be.
            let is_empty = available == 0 || chunk_follows(source, data.start)?;
            let bytes = if is_empty { 0 } else { available };
            return Ok(Self {
                bytes,
                is_promised: false,
                flaw: None,
            });
        }
        if promised > available {
            let flaw = format!(
                "the header promises {promised} bytes of audio and the file holds {available}"
            );
            return Ok(Self {
                bytes: available,
                is_promised: true,
                flaw: Some(flaw),
            });
        }
        let padded = data.start + promised + promised % 2;
        let trailing = source.length().saturating_sub(padded);
        let is_sound = trailing < CHUNK_HEADER_BYTES
            || chunk_follows(source, padded)?
            || chunk_follows(source, data.start + promised)?;
        if is_sound {
            return Ok(Self {
                bytes: promised,
                is_promised: true,
                flaw: None,
            });
        }
        // A header that promises too little must not lose what was recorded.
        let flaw = format!(
            "{trailing} bytes follow the {promised} bytes of audio that the header promises and \
             belong to no chunk, they are read as audio"
        );
        Ok(Self {
            bytes: available,
            is_promised: false,
            flaw: Some(flaw),
        })
    }
}

/// Whether a chunk with a plausible name and a length within the file is at `offset`.
fn chunk_follows(source: &mut Source, offset: u64) -> Result<bool, DecodeError> {
    let mut header = [0; CHUNK_HEADER_BYTES as usize];
    if source.read_at(offset, &mut header)? < header.len() {
        return Ok(false);
    }
    let [name @ .., a, b, c, d] = header;
    let is_name = name.iter().all(|byte| matches!(byte, b' '..=b'~'));
    let length = u64::from(u32::from_le_bytes([a, b, c, d]));
    Ok(is_name && offset + CHUNK_HEADER_BYTES + length <= source.length())
}

fn malformed(reason: String) -> DecodeError {
    DecodeError::Malformed {
        container: CONTAINER,
        reason,
    }
}

/// Walks to the data chunk.
fn walk(
    source: &mut Source,
    offset: u64,
    limits: &DecodeLimits,
) -> Result<(WavFormat, DataChunk), DecodeError> {
    let mut format = None;
    let mut long_data_bytes = None;
    let mut position = offset + 12;
    for _ in 0..MAX_CHUNKS {
        let mut header = [0; 9];
        let count = source.read_at(position, &mut header)?;
        if count < CHUNK_HEADER_BYTES as usize {
            return Err(malformed("it ends before its data chunk".to_owned()));
        }
        // Some writers forget the byte that pads a chunk of odd length; others write it.
        let [pad, shifted @ ..] = header;
        let is_padded = pad == 0 && position > offset + 12;
        let (name_and_length, start) = if is_padded && count == header.len() {
            (shifted, position + 1 + CHUNK_HEADER_BYTES)
        } else {
            let [unshifted @ .., _] = header;
            (unshifted, position + CHUNK_HEADER_BYTES)
        };
        let [n0, n1, n2, n3, l0, l1, l2, l3] = name_and_length;
        let length = u64::from(u32::from_le_bytes([l0, l1, l2, l3]));
        match &[n0, n1, n2, n3] {
            b"fmt " => format = Some(WavFormat::read(source, start, length, limits)?),
            b"ds64" => long_data_bytes = read_ds64(source, start)?,
            b"data" => {
                let format = format
                    .ok_or_else(|| malformed("its data comes before its format".to_owned()))?;
                let promised = match (length, long_data_bytes) {
                    (0xffff_ffff, long) => long,
                    (short, _) => Some(short),
                };
                return Ok((format, DataChunk { start, promised }));
            }
            _ => {}
        }
        position = start + length;
        if position > source.length() {
            let name = String::from_utf8_lossy(&[n0, n1, n2, n3])
                .escape_default()
                .to_string();
            return Err(malformed(format!(
                "chunk {name} of {length} bytes ends behind the end of the file"
            )));
        }
    }
    Err(malformed(format!(
        "more than {MAX_CHUNKS} chunks come before its data"
    )))
}

/// Length of the data chunk of an RF64 file.
///
/// # Source
/// EBU Tech 3306, clause 3.2: the second 64-bit number of the `ds64` chunk.
fn read_ds64(source: &mut Source, start: u64) -> Result<Option<u64>, DecodeError> {
    let mut bytes = [0; 16];
    let count = source.read_at(start, &mut bytes)?;
    let length = bytes.last_chunk::<8>().copied().map(u64::from_le_bytes);
    Ok(length.filter(|&length| count == bytes.len() && length != u64::MAX))
}
