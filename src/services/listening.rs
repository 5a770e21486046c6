//! A recording is heard and seen: its bytes, a playable version of them, and its waveform.

use std::fs::File;
use std::io::Write;
use std::sync::Arc;

use super::receiving::newest_job;
use super::{ServiceError, Services, off_executor};
use crate::audio::{DecodeError, Decoder};
use crate::domain::{ChannelAnalysis, JobId, Recording, RecordingId};
use crate::pipeline::PipelineError;
use crate::store::StoreError;

/// Most points of a waveform.
const MAX_POINTS: u32 = 20_000;
/// Bits a sample of the playable version.
const WAV_BITS: u16 = 16;
/// Length of a canonical WAV header.
/// # Source
/// Multimedia Programming Interface and Data Specifications 1.0, "RIFF WAVE".
const WAV_HEADER_BYTES: u32 = 44;

/// The waveform of one channel: the lowest and the highest sample in each of `points` equal parts.
#[derive(Debug, Clone, PartialEq)]
pub struct Peaks {
    /// Channel index from 0.
    pub channel: u16,
    /// Duration of the recording, in milliseconds.
    pub duration_ms: u64,
    /// Where the parts begin, in milliseconds.
    pub start_ms: u64,
    /// Where they end, in milliseconds.
    pub end_ms: u64,
    /// Lowest sample of each part, -1 to 1.
    pub min: Vec<f32>,
    /// Highest sample of each part, -1 to 1.
    pub max: Vec<f32>,
}

/// Which part of a waveform.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PeakRange {
    /// From, in milliseconds.
    pub start_ms: u64,
    /// Up to; the end where there is none.
    pub end_ms: Option<u64>,
}

/// A recording decoded to 16-bit PCM WAV, for players that do not know its codec.
pub struct WavBody {
    /// The bytes, in a file that vanishes when it is closed.
    pub file: File,
    /// Its size.
    pub size_bytes: u64,
}

impl Services {
    /// One recording.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn recording(&self, id: RecordingId) -> Result<Recording, ServiceError> {
        let mut reader = self.store.reader().await?;
        reader
            .recording(id)
            .await?
            .ok_or_else(|| ServiceError::not_found("recording", id))
    }

    /// One recording with its channels and its newest analyse job.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn recording_detail(
        &self,
        id: RecordingId,
    ) -> Result<(Recording, Vec<ChannelAnalysis>, Option<JobId>), ServiceError> {
        let mut reader = self.store.reader().await?;
        let recording = reader
            .recording(id)
            .await?
            .ok_or_else(|| ServiceError::not_found("recording", id))?;
        let channels = reader.channels(id).await?;
        let job_id = newest_job(reader.as_mut(), id).await?;
        Ok((recording, channels, job_id))
    }

    /// The sealed bytes of a recording.
    ///
    /// # Errors
    /// `NotFound`; the blob cannot be read.
    pub async fn audio(&self, id: RecordingId) -> Result<(Recording, File), ServiceError> {
        let recording = self.recording(id).await?;
        let blobs = Arc::clone(&self.blobs);
        let sha256 = recording.sha256;
        let file = off_executor(move || blobs.open_blob(sha256)).await?;
        Ok((recording, file.map_err(StoreError::from)?))
    }

    /// A recording as 16-bit PCM WAV with the rate and channels that it has.
    ///
    /// # Errors
    /// `NotFound`; the bytes cannot be decoded, or are longer than a WAV can be.
    pub async fn audio_as_wav(
        &self,
        id: RecordingId,
    ) -> Result<(Recording, WavBody), ServiceError> {
        let (recording, file) = self.audio(id).await?;
        let media = Arc::clone(&self.media);
        let sha256 = recording.sha256;
        let folder = self.settings.data.join("incoming");
        let body = off_executor(move || -> Result<WavBody, ServiceError> {
            let mut decoder = media.open_to_listen(file, sha256)?;
            let target = tempfile::tempfile_in(&folder)
                .map_err(|source| file_error("create a temporary file in", &folder, source))?;
            write_wav(&mut decoder, target).map_err(|error| error.into_service(&folder))
        })
        .await??;
        Ok((recording, body))
    }

    /// The waveform of one channel.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` channel or number of points; the bytes cannot be decoded.
    pub async fn peaks(
        &self,
        id: RecordingId,
        channel: u16,
        points: u32,
        range: PeakRange,
    ) -> Result<Peaks, ServiceError> {
        if range.end_ms.is_some_and(|end_ms| end_ms <= range.start_ms) {
            return Err(ServiceError::Invalid {
                field: "end_ms",
                found: format!("{:?} after start_ms {}", range.end_ms, range.start_ms),
                expected: "an end after the start".to_owned(),
            });
        }
        if !(1..=MAX_POINTS).contains(&points) {
            return Err(ServiceError::Invalid {
                field: "points",
                found: points.to_string(),
                expected: format!("1 to {MAX_POINTS}"),
            });
        }
        let (recording, file) = self.audio(id).await?;
        let media = Arc::clone(&self.media);
        off_executor(move || -> Result<Peaks, ServiceError> {
            let mut decoder = media.open_to_listen(file, recording.sha256)?;
            let channels = decoder.channels();
            if channel >= channels {
                return Err(ServiceError::Invalid {
                    field: "channel",
                    found: channel.to_string(),
                    expected: format!("0 to {}", channels.saturating_sub(1)),
                });
            }
            let rate = u64::from(decoder.sample_rate().hz());
            let at = |ms: u64| ms.saturating_mul(rate) / 1000;
            let (start, end) = (at(range.start_ms), range.end_ms.map_or(u64::MAX, at));
            let mut folded = PeakFolder::new(points as usize);
            let mut position = 0u64;
            while let Some(block) = decoder.next_block().map_err(PipelineError::from)? {
                let channel = block.channels().get(usize::from(channel));
                let samples = channel.map_or(&[][..], Vec::as_slice);
                let within = |edge: u64| {
                    let offset = edge.saturating_sub(position);
                    usize::try_from(offset)
                        .unwrap_or(usize::MAX)
                        .min(samples.len())
                };
                folded.push(samples.get(within(start)..within(end)).unwrap_or_default());
                position += samples.len() as u64;
            }
            let duration_ms = decoder.facts().duration_ms;
            let end_ms = range.end_ms.unwrap_or(duration_ms).min(duration_ms);
            let (min, max) = folded.finish();
            Ok(Peaks {
                channel,
                duration_ms,
                start_ms: range.start_ms.min(end_ms),
                end_ms,
                min,
                max,
            })
        })
        .await?
    }
}

/// Folds a stream of unknown length into at most `points` parts: when twice as many small parts are
/// full, neighbours are merged and the parts become twice as long. Memory does not grow.
struct PeakFolder {
    points: usize,
    samples_a_part: u64,
    in_part: u64,
    parts: Vec<(f32, f32)>,
}

impl PeakFolder {
    fn new(points: usize) -> Self {
        Self {
            points,
            samples_a_part: 1,
            in_part: 0,
            parts: Vec::new(),
        }
    }

    fn push(&mut self, samples: &[f32]) {
        for &sample in samples {
            if self.in_part == 0 {
                if self.parts.len() == 2 * self.points {
                    self.halve();
                }
                if self.in_part == 0 {
                    self.parts.push((sample, sample));
                }
            }
            if let Some((low, high)) = self.parts.last_mut() {
                *low = low.min(sample);
                *high = high.max(sample);
            }
            self.in_part += 1;
            if self.in_part == self.samples_a_part {
                self.in_part = 0;
            }
        }
    }

    fn halve(&mut self) {
        self.parts = self.parts.chunks(2).map(merged).collect();
        self.samples_a_part *= 2;
    }

    /// Lowest and highest of each part; no more than `points` of them.
    fn finish(self) -> (Vec<f32>, Vec<f32>) {
        let parts = if self.parts.len() > self.points {
            self.parts.chunks(2).map(merged).collect()
        } else {
            self.parts
        };
        parts.into_iter().unzip()
    }
}

fn merged(parts: &[(f32, f32)]) -> (f32, f32) {
    parts
        .iter()
        .fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), part| {
            (low.min(part.0), high.max(part.1))
        })
}

/// Why no playable version could be written.
enum WavError {
    Decode(DecodeError),
    TooLong { data_bytes: u64 },
    Write(std::io::Error),
}

impl WavError {
    fn into_service(self, folder: &std::path::Path) -> ServiceError {
        match self {
            Self::Decode(error) => PipelineError::from(error).into(),
            Self::TooLong { data_bytes } => ServiceError::Invalid {
                field: "as",
                found: format!("{data_bytes} bytes of samples"),
                expected: format!("at most {} in a WAV", u32::MAX - WAV_HEADER_BYTES),
            },
            Self::Write(source) => file_error("write a temporary file in", folder, source),
        }
    }
}

fn write_wav(decoder: &mut Decoder, file: File) -> Result<WavBody, WavError> {
    let channels = decoder.channels();
    let rate = decoder.sample_rate().hz();
    let mut writer = std::io::BufWriter::new(file);
    writer
        .write_all(&[0u8; WAV_HEADER_BYTES as usize])
        .map_err(WavError::Write)?;
    let mut data_bytes: u64 = 0;
    while let Some(block) = decoder.next_block().map_err(WavError::Decode)? {
        for frame in 0..block.frames() {
            for channel in block.channels() {
                let sample = channel.get(frame).copied().unwrap_or(0.0);
                let pcm = (sample.clamp(-1.0, 1.0) * f32::from(i16::MAX)).round() as i16;
                writer
                    .write_all(&pcm.to_le_bytes())
                    .map_err(WavError::Write)?;
            }
        }
        data_bytes += block.frames() as u64 * u64::from(channels) * u64::from(WAV_BITS / 8);
        if data_bytes > u64::from(u32::MAX - WAV_HEADER_BYTES) {
            return Err(WavError::TooLong { data_bytes });
        }
    }
    let mut file = writer
        .into_inner()
        .map_err(|error| WavError::Write(error.into_error()))?;
    let header = wav_header(channels, rate, data_bytes as u32);
    std::io::Seek::rewind(&mut file).map_err(WavError::Write)?;
    file.write_all(&header).map_err(WavError::Write)?;
    std::io::Seek::rewind(&mut file).map_err(WavError::Write)?;
    Ok(WavBody {
        file,
        size_bytes: data_bytes + u64::from(WAV_HEADER_BYTES),
    })
}

fn wav_header(channels: u16, rate: u32, data_bytes: u32) -> Vec<u8> {
    let frame_bytes = channels.saturating_mul(WAV_BITS / 8);
    let mut header = Vec::with_capacity(WAV_HEADER_BYTES as usize);
    header.extend_from_slice(b"RIFF");
    header.extend_from_slice(&(data_bytes + WAV_HEADER_BYTES - 8).to_le_bytes());
    header.extend_from_slice(b"WAVEfmt ");
    header.extend_from_slice(&16u32.to_le_bytes());
    header.extend_from_slice(&1u16.to_le_bytes());
    header.extend_from_slice(&channels.to_le_bytes());
    header.extend_from_slice(&rate.to_le_bytes());
    header.extend_from_slice(&rate.saturating_mul(u32::from(frame_bytes)).to_le_bytes());
    header.extend_from_slice(&frame_bytes.to_le_bytes());
    header.extend_from_slice(&WAV_BITS.to_le_bytes());
    header.extend_from_slice(b"data");
    header.extend_from_slice(&data_bytes.to_le_bytes());
    header
}

pub(super) fn file_error(
    action: &'static str,
    path: &std::path::Path,
    source: std::io::Error,
) -> ServiceError {
    ServiceError::Store(StoreError::File {
        action,
        path: path.display().to_string(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn peaks_hold_the_extremes_and_no_more_points_than_asked(
            samples in prop::collection::vec(-1f32..1.0, 1..5000),
            points in 1usize..200,
        ) {
            let mut folder = PeakFolder::new(points);
            for chunk in samples.chunks(17) {
                folder.push(chunk);
            }
            let (min, max) = folder.finish();
            prop_assert!(min.len() <= points && min.len() == max.len());
            prop_assert!(2 * min.len() >= points.min(samples.len()));
            let lowest = samples.iter().copied().fold(f32::INFINITY, f32::min);
            let highest = samples.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            prop_assert_eq!(min.iter().copied().fold(f32::INFINITY, f32::min), lowest);
            prop_assert_eq!(max.iter().copied().fold(f32::NEG_INFINITY, f32::max), highest);
        }
    }
}
