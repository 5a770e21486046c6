use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::PathBuf;

use super::*;

mod damage;
mod foreign;
mod formats;
mod fuzz;
mod limits;
mod opus;
mod wav;

/// Everything that can be decoded from `bytes`, `[C][N]`, and what was found.
fn decode(bytes: &[u8]) -> Result<(Vec<Vec<f32>>, MediaFacts), DecodeError> {
    decode_under(bytes, &DecodeLimits::default())
}

fn decode_under(
    bytes: &[u8],
    limits: &DecodeLimits,
) -> Result<(Vec<Vec<f32>>, MediaFacts), DecodeError> {
    let mut decoder = Decoder::open(Cursor::new(bytes.to_vec()), limits)?;
    let mut signal = vec![Vec::new(); usize::from(decoder.channels())];
    while let Some(block) = decoder.next_block()? {
        assert!((1..=BLOCK_FRAMES).contains(&block.frames()));
        for (channel, samples) in signal.iter_mut().zip(block.channels()) {
            assert_eq!(samples.len(), block.frames());
            assert!(samples.iter().all(|x| (-1.0..=1.0).contains(x)));
            channel.extend_from_slice(samples);
        }
    }
    Ok((signal, decoder.finish()))
}

fn sample_file(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden/formats")
        .join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every format sample that decodes, with the container and codec that must be told.
const SAMPLES: [(&str, &str, &str); 23] = [
    ("u8.wav", "wav", "pcm_u8"),
    ("s16.wav", "wav", "pcm_s16le"),
    ("s24.wav", "wav", "pcm_s24le"),
    ("s32.wav", "wav", "pcm_s32le"),
    ("f32.wav", "wav", "pcm_f32le"),
    ("f64.wav", "wav", "pcm_f64le"),
    ("alaw.wav", "wav", "pcm_alaw"),
    ("mulaw.wav", "wav", "pcm_mulaw"),
    ("ima-adpcm.wav", "wav", "adpcm_ima_wav"),
    ("ms-adpcm.wav", "wav", "adpcm_ms"),
    ("s16.flac", "flac", "flac"),
    ("mpeg2.mp3", "mp3", "mp3"),
    ("lc.m4a", "mp4", "aac"),
    ("lc.aac", "adts", "aac"),
    ("vorbis.ogg", "ogg", "vorbis"),
    ("s16.aiff", "aiff", "pcm_s16be"),
    ("s16.caf", "caf", "pcm_s16le"),
    ("flac.mka", "matroska", "flac"),
    ("opus.ogg", "ogg", "opus"),
    ("opus.webm", "matroska", "opus"),
    ("opus.mp4", "mp4", "opus"),
    ("alac.m4a", "mp4", "alac"),
    ("alac.caf", "caf", "alac"),
];

/// A WAVE file with a plain header over `data`.
struct WavBytes {
    tag: u16,
    channels: u16,
    rate_hz: u32,
    bits: u16,
    /// What the header says instead of the real length.
    data_length: Option<u32>,
}

impl Default for WavBytes {
    fn default() -> Self {
        Self {
            tag: 1,
            channels: 1,
            rate_hz: 8_000,
            bits: 16,
            data_length: None,
        }
    }
}

impl WavBytes {
    fn over(&self, data: &[u8]) -> Vec<u8> {
        let block = self.channels.wrapping_mul(self.bits / 8);
        let mut bytes = b"RIFF".to_vec();
        bytes.extend((36 + data.len() as u32).to_le_bytes());
        bytes.extend(b"WAVEfmt \x10\0\0\0");
        bytes.extend(self.tag.to_le_bytes());
        bytes.extend(self.channels.to_le_bytes());
        bytes.extend(self.rate_hz.to_le_bytes());
        bytes.extend(self.rate_hz.wrapping_mul(u32::from(block)).to_le_bytes());
        bytes.extend(block.to_le_bytes());
        bytes.extend(self.bits.to_le_bytes());
        bytes.extend(b"data");
        bytes.extend(self.data_length.unwrap_or(data.len() as u32).to_le_bytes());
        bytes.extend(data);
        bytes
    }
}

/// `samples` of a quiet tone as 16-bit little-endian bytes.
fn tone(samples: usize) -> Vec<u8> {
    (0..samples)
        .flat_map(|n| (((n as f32 * 0.3).sin() * 8000.0) as i16).to_le_bytes())
        .collect()
}

fn code_of(bytes: &[u8]) -> &'static str {
    decode(bytes)
        .map(|(_, facts)| facts)
        .expect_err("it decodes")
        .code()
}

/// A reader that fails after some bytes, as a dying disk does.
struct DyingDisk {
    bytes: Cursor<Vec<u8>>,
    good: u64,
}

impl Read for DyingDisk {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.good.saturating_sub(self.bytes.position());
        if left == 0 {
            return Err(io::Error::other("bad sector"));
        }
        let count = buffer.len().min(left as usize);
        self.bytes.read(&mut buffer[..count])
    }
}

impl Seek for DyingDisk {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.bytes.seek(position)
    }
}

#[test]
fn a_fault_of_the_reader_is_worth_a_retry() {
    for (name, _, _) in SAMPLES {
        let bytes = sample_file(name);
        for good in [0, 2_000] {
            let disk = DyingDisk {
                bytes: Cursor::new(bytes.clone()),
                good,
            };
            let outcome = Decoder::open(disk, &DecodeLimits::default()).and_then(|mut decoder| {
                while decoder.next_block()?.is_some() {}
                Ok(())
            });
            let error = outcome.expect_err(name);
            assert_eq!(
                (error.code(), error.is_permanent()),
                ("io", false),
                "{name}: {error}"
            );
        }
    }
}
