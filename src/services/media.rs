//! Recordings are opened for the decoder: what only ffmpeg reads becomes PCM in a child process
//! first.

mod kept;

use std::fs::File;
use std::io::{BufReader, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;

use super::ServiceError;
use crate::audio::{DecodeError, DecodeLimits, DecodedBy, Decoder, FormatRow, formats};
use crate::domain::{Analysis, Clock, Segment, Sha256};
use crate::pipeline::{Analyser, PipelineError};
use crate::transcode::{TranscodeFacts, Transcoder, require};

use kept::KeptPcm;

/// Opens recordings, whoever decodes them.
pub struct MediaOpener {
    transcoder: Option<Transcoder>,
    limits: DecodeLimits,
    scratch: PathBuf,
    kept: Option<KeptPcm>,
}

/// A recording that the decoder reads.
#[derive(Debug)]
pub struct Media {
    file: File,
    original_bytes: u64,
    transcoded: Option<TranscodeFacts>,
}

impl MediaOpener {
    /// An opener that writes nameless files below `scratch` while it transcodes, and keeps nothing.
    pub fn new(transcoder: Option<Transcoder>, limits: DecodeLimits, scratch: &Path) -> Self {
        Self {
            transcoder,
            limits,
            scratch: scratch.to_owned(),
            kept: None,
        }
    }

    /// Keeps the PCM of what is listened to in `folder`, up to `max_bytes` of it; `clock` says what
    /// was used last.
    #[must_use]
    pub fn keeping(mut self, folder: &Path, max_bytes: u64, clock: Arc<dyn Clock>) -> Self {
        self.kept = Some(KeptPcm::new(folder, max_bytes, clock));
        self
    }

    /// The ffmpeg that there is.
    pub fn transcoder(&self) -> Option<&Transcoder> {
        self.transcoder.as_ref()
    }

    /// Every format that is known, and whether it is read here.
    pub fn formats(&self) -> impl Iterator<Item = (&'static FormatRow, bool)> + '_ {
        formats().iter().map(|row| {
            let is_read = match row.decoder {
                DecodedBy::InProcess => true,
                DecodedBy::Ffmpeg => self.transcoder.is_some(),
                DecodedBy::Refused => false,
            };
            (row, is_read)
        })
    }

    /// Whether the beginning of a file decodes: its container and codec are known, its header lies
    /// within the limits, and its first block, or its first second in ffmpeg, can be decoded. Leaves
    /// the position of `file` anywhere.
    ///
    /// # Errors
    /// `Pipeline` and `Transcode` by what is wrong with the bytes.
    pub fn check(&self, file: &File) -> Result<(), ServiceError> {
        match self.decoder(file) {
            Ok(mut decoder) => {
                decoder.next_block().map_err(PipelineError::from)?;
                Ok(())
            }
            Err(DecodeError::NeedsTranscoder { format }) => {
                let transcoder = self.require(file, format)?;
                Ok(transcoder.check(file, &self.scratch)?)
            }
            Err(error) => Err(PipelineError::from(error).into()),
        }
    }

    /// Opens a recording for its analysis.
    ///
    /// # Errors
    /// `Pipeline` and `Transcode` by what is wrong with the bytes.
    pub fn open(&self, file: File) -> Result<Media, ServiceError> {
        let original_bytes = size_of(&file)?;
        let format = match self.decoder(&file) {
            Ok(_) => {
                return Ok(Media {
                    file,
                    original_bytes,
                    transcoded: None,
                });
            }
            Err(DecodeError::NeedsTranscoder { format }) => format,
            Err(error) => return Err(PipelineError::from(error).into()),
        };
        let transcoder = self.require(&file, format)?;
        let made = transcoder.to_wav(&file, &self.scratch)?;
        Ok(Media {
            file: made.file,
            original_bytes,
            transcoded: Some(made.facts),
        })
    }

    /// Opens a stored recording to be heard or seen; PCM that ffmpeg made is kept for the next time.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_to_listen(&self, file: File, sha256: Sha256) -> Result<Decoder, ServiceError> {
        let refused = match self.decoder(&file) {
            Ok(decoder) => return Ok(decoder),
            Err(error) => error,
        };
        let (DecodeError::NeedsTranscoder { .. }, Some(kept)) = (&refused, &self.kept) else {
            let media = self.open(file)?;
            return Ok(self.decoder(&media.file).map_err(PipelineError::from)?);
        };
        let pcm = kept.get_or_make(sha256, || Ok(self.open(file)?.file))?;
        Ok(self.decoder(&pcm).map_err(PipelineError::from)?)
    }

    fn decoder(&self, file: &File) -> Result<Decoder, DecodeError> {
        let mut file = file.try_clone().map_err(DecodeError::Io)?;
        file.seek(SeekFrom::Start(0)).map_err(DecodeError::Io)?;
        Decoder::open(BufReader::new(file), &self.limits)
    }

    /// The transcoder, for a file that is no larger than any other may be.
    fn require(&self, file: &File, format: &'static str) -> Result<&Transcoder, ServiceError> {
        let found = size_of(file)?;
        let maximum = self.limits.max_bytes;
        if found > maximum {
            return Err(PipelineError::from(DecodeError::TooLarge { found, maximum }).into());
        }
        Ok(require(self.transcoder.as_ref(), format)?)
    }
}

impl Media {
    /// Its samples, channel by channel.
    ///
    /// # Errors
    /// The bytes cannot be decoded or read.
    pub fn decode(mut self, limits: &DecodeLimits) -> Result<Decoder, PipelineError> {
        self.file
            .seek(SeekFrom::Start(0))
            .map_err(DecodeError::Io)?;
        Ok(Decoder::open(BufReader::new(self.file), limits)?)
    }

    /// Analyses it: with the segments that are given, or those that it finds. Container, codec and
    /// bit rate are those of the recording, not of the PCM that was made of it.
    ///
    /// # Errors
    /// The bytes cannot be decoded or read; `Stopped` when `progress` said so.
    pub fn analyse(
        self,
        analyser: &Analyser,
        segments: Option<Vec<Segment>>,
        progress: &(dyn Fn(f32) -> ControlFlow<()> + Sync + '_),
    ) -> Result<Analysis, PipelineError> {
        let file = BufReader::new(self.file);
        let mut analysis = match segments {
            Some(segments) => analyser.analyse_segments(file, segments, progress)?,
            None => analyser.analyse(file, progress)?,
        };
        if let Some(facts) = self.transcoded {
            let average = average_bit_rate(self.original_bytes, analysis.media.duration_ms);
            analysis.media = facts.describe(analysis.media);
            analysis.media.bit_rate_bps = facts.bit_rate_bps.or(average);
            if let Some(parameters) = analysis.provenance.parameters.as_object_mut() {
                parameters.insert(
                    "transcoder".to_owned(),
                    json!({ "ffmpeg": facts.ffmpeg_version }),
                );
            }
        }
        Ok(analysis)
    }
}

fn average_bit_rate(bytes: u64, duration_ms: u64) -> Option<u64> {
    let bits = u128::from(bytes) * 8 * 1000;
    let rate = bits.checked_div(u128::from(duration_ms))?;
    u64::try_from(rate).ok()
}

fn size_of(file: &File) -> Result<u64, ServiceError> {
    let metadata = file.metadata().map_err(DecodeError::Io);
    Ok(metadata.map_err(PipelineError::from)?.len())
}
