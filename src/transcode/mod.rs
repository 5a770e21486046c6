//! Recordings that only ffmpeg reads, turned into PCM by a child process.
//!
//! This is the one place that starts a process. What ffmpeg gets and what it may do:
//! - the recording as an open file, so no name of ours or of the uploader's reaches it, and nothing
//!   in the recording can make it open another: no protocol but `file` and `pipe`, and only
//!   demultiplexers from a fixed list (no playlists, no `concat`, no devices);
//! - an empty environment, `/` as its folder, a process group of its own;
//! - limits on processor time, address space, output bytes, open files and wall-clock time; on
//!   timeout, and when the caller is gone, the whole group is killed;
//! - a nameless file for its output, which nobody has to clean up.
//!
//! The output is 16-bit PCM WAVE at the rate and the channels of the recording. Gaps in its time
//! stamps, and AMR's comfort noise, which ffmpeg does not make, become silence of their length, so
//! that later times stay true.

mod child;
mod coder;
mod error;
mod facts;
mod locate;
mod settings;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::path::{Path, PathBuf};

use child::{Ended, Job};

pub use coder::{Coder, CoderError};
pub use error::TranscodeError;
pub use facts::TranscodeFacts;
pub use settings::TranscodeSettings;

/// Demultiplexers that ffmpeg may use, by its names; what it finds outside them it refuses.
const DEMUXERS: &str = "aac,ac3,aiff,amr,ape,asf,asf_o,au,avi,caf,dss,flac,flv,gsm,\
    matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,mp3,mpeg,mpegts,nistsphere,ogg,qcp,voc,w64,wav,wv";

/// Protocols that ffmpeg may use: the open file that it is given, and its output.
const PROTOCOLS: &str = "file,pipe";

/// The open file as ffmpeg names it: unlike `pipe:0` it can be read from any place.
const INPUT: &str = "file:/dev/fd/0";

/// What ffmpeg is told before anything is written: what it may read, and how much it may say.
const INPUT_OPTIONS: &[&str] = &[
    "-nostdin",
    "-hide_banner",
    "-nostats",
    "-v",
    "repeat+level+info",
    "-protocol_whitelist",
    PROTOCOLS,
    "-format_whitelist",
    DEMUXERS,
    "-threads",
    "1",
    "-i",
    INPUT,
];

/// The first sound track alone, as 16-bit PCM in a WAVE file that is the same at each run.
const OUTPUT_OPTIONS: &[&str] = &[
    "-map",
    "0:a:0",
    "-vn",
    "-sn",
    "-dn",
    "-map_metadata",
    "-1",
    "-af",
    // Fills gaps in the time stamps of 15 ms and more, and changes nothing elsewhere.
    "aresample=async=1:min_hard_comp=0.015",
    "-c:a",
    "pcm_s16le",
    "-threads",
    "1",
    "-bitexact",
    "-f",
    "wav",
];

/// How much of a file is decoded to see whether it can be.
const CHECKED_SECONDS: &str = "1";

/// Longest answer of ffprobe, and longest tale of errors that is kept, in bytes.
const MAX_TEXT_BYTES: u64 = 64 * 1024;

/// Longest run of ffprobe, in seconds.
const PROBE_WAIT_S: u64 = 30;

/// An ffmpeg that was found and answered.
#[derive(Debug, Clone)]
pub struct Transcoder {
    ffmpeg: PathBuf,
    ffprobe: Option<PathBuf>,
    version: String,
    settings: TranscodeSettings,
}

/// A recording as PCM.
#[derive(Debug)]
pub struct Transcoded {
    /// WAVE, 16-bit PCM, rewound; its header does not state its length. The file has no name and
    /// is gone when it is closed.
    pub file: File,
    /// What the recording was.
    pub facts: TranscodeFacts,
}

impl Transcoder {
    /// Looks for ffmpeg where the settings say, or in `PATH`; none where there is none that runs.
    ///
    /// Starts it once to learn its version, so this may take some tenths of a second.
    pub fn find(settings: &TranscodeSettings) -> Option<Self> {
        if !cfg!(unix) {
            return None;
        }
        let ffmpeg = locate::ffmpeg(settings)?;
        let version = locate::version(&ffmpeg, settings)?;
        Some(Self {
            ffprobe: locate::ffprobe(&ffmpeg),
            ffmpeg,
            version,
            settings: settings.clone(),
        })
    }

    /// Version of ffmpeg, as it names itself.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Path of ffmpeg.
    pub fn program(&self) -> &Path {
        &self.ffmpeg
    }

    /// Decodes the first sound track of `input`, which is read from its start, wherever it stands;
    /// its position is shared with the caller's handle and undefined afterwards.
    ///
    /// The output lies, without a name, on the file system of `out_folder`. Blocks for as long as
    /// it takes, at most [`TranscodeSettings::max_wall_s`] and half a minute for ffprobe:
    /// call it on a thread that may block.
    ///
    /// # Errors
    /// `Refused` when ffmpeg does not read the recording, `TimedOut` and `TooLarge` when a limit is
    /// met, `Io` when the child cannot be started or the output cannot be written.
    pub fn to_wav(&self, input: &File, out_folder: &Path) -> Result<Transcoded, TranscodeError> {
        let probed = self.probe(input, out_folder);
        let (file, stderr) = self.decode(input, out_folder, &[])?;
        let facts = facts::gather(probed.as_deref(), &stderr, &self.version);
        Ok(Transcoded { file, facts })
    }

    /// Whether the beginning of `input` decodes: what does is worth keeping.
    ///
    /// # Errors
    /// As [`Self::to_wav`].
    pub fn check(&self, input: &File, out_folder: &Path) -> Result<(), TranscodeError> {
        self.decode(input, out_folder, &["-t", CHECKED_SECONDS])?;
        Ok(())
    }

    /// PCM, rewound, and what ffmpeg said; `bounds` are options of the output.
    fn decode(
        &self,
        input: &File,
        out_folder: &Path,
        bounds: &[&str],
    ) -> Result<(File, String), TranscodeError> {
        let mut output = tempfile::tempfile_in(out_folder)?;
        let arguments = [INPUT_OPTIONS, OUTPUT_OPTIONS, bounds, &["pipe:1"]].concat();
        let ended = run(
            &self.ffmpeg,
            &arguments,
            input,
            output.try_clone()?,
            &self.settings,
        )?;
        let bytes = output.seek(SeekFrom::End(0))?;
        if bytes >= self.settings.max_output_bytes {
            let limit_bytes = self.settings.max_output_bytes;
            return Err(TranscodeError::TooLarge { limit_bytes });
        }
        if !ended.is_success {
            return Err(TranscodeError::Refused {
                reason: facts::reason(&ended.stderr),
            });
        }
        if bytes <= facts::WAV_HEADER_BYTES {
            let reason = format!("it holds no sound: {}", facts::reason(&ended.stderr));
            return Err(TranscodeError::Refused { reason });
        }
        output.seek(SeekFrom::Start(0))?;
        Ok((output, ended.stderr))
    }

    /// What ffprobe says of `input`, as JSON; none where it is missing or has nothing to say, which
    /// ffmpeg will tell better.
    fn probe(&self, input: &File, out_folder: &Path) -> Option<String> {
        let ffprobe = self.ffprobe.as_ref()?;
        let mut output = tempfile::tempfile_in(out_folder).ok()?;
        let settings = TranscodeSettings {
            max_wall_s: self.settings.max_wall_s.min(PROBE_WAIT_S),
            max_cpu_s: self.settings.max_cpu_s.min(PROBE_WAIT_S),
            max_output_bytes: MAX_TEXT_BYTES,
            ..self.settings.clone()
        };
        let ended = run(
            ffprobe,
            &[
                "-hide_banner",
                "-v",
                "quiet",
                "-protocol_whitelist",
                PROTOCOLS,
                "-format_whitelist",
                DEMUXERS,
                "-select_streams",
                "a:0",
                "-show_entries",
                "format=format_name,duration,bit_rate:\
                     stream=codec_name,sample_rate,channels,bit_rate,duration",
                "-of",
                "json",
                INPUT,
            ],
            input,
            output.try_clone().ok()?,
            &settings,
        )
        .ok()?;
        output.seek(SeekFrom::Start(0)).ok()?;
        let text = std::io::read_to_string(output).ok()?;
        ended.is_success.then_some(text)
    }
}

/// Runs `program` on `input` from its start.
fn run(
    program: &Path,
    arguments: &[&str],
    input: &File,
    output: File,
    settings: &TranscodeSettings,
) -> Result<Ended, TranscodeError> {
    let mut input = input.try_clone()?;
    input.seek(SeekFrom::Start(0))?;
    child::run(Job {
        program,
        arguments,
        input,
        output,
        max_output_bytes: settings.max_output_bytes,
        settings,
    })
}

/// The transcoder for a file of `format`, as `DecodeError::NeedsTranscoder` names it.
///
/// # Errors
/// `NotInstalled` where there is none.
pub fn require<'a>(
    transcoder: Option<&'a Transcoder>,
    format: &'static str,
) -> Result<&'a Transcoder, TranscodeError> {
    transcoder.ok_or(TranscodeError::NotInstalled { format })
}
