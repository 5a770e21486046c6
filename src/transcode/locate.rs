//! Finding ffmpeg and asking its version.

use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::TranscodeSettings;
use super::child::{self, Job};

/// Longest wait for a version, in seconds.
const VERSION_WAIT_S: u64 = 10;

/// The program of the settings, or the first in `PATH`.
pub(super) fn ffmpeg(settings: &TranscodeSettings) -> Option<PathBuf> {
    if settings.ffmpeg.as_os_str().is_empty() {
        return in_path("ffmpeg");
    }
    std::path::absolute(&settings.ffmpeg)
        .ok()
        .filter(|path| path.is_file())
}

/// The ffprobe beside `ffmpeg`, or the first in `PATH`.
pub(super) fn ffprobe(ffmpeg: &Path) -> Option<PathBuf> {
    let beside = ffmpeg.with_file_name("ffprobe");
    if beside.is_file() {
        return Some(beside);
    }
    in_path("ffprobe")
}

fn in_path(name: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}

/// What `ffmpeg` calls its version; none where it does not run.
pub(super) fn version(ffmpeg: &Path, settings: &TranscodeSettings) -> Option<String> {
    let mut output = tempfile::tempfile().ok()?;
    let ended = child::run(Job {
        program: ffmpeg,
        arguments: &["-version"],
        input: File::open("/dev/null").ok()?,
        output: output.try_clone().ok()?,
        max_output_bytes: super::MAX_TEXT_BYTES,
        settings: &TranscodeSettings {
            max_wall_s: VERSION_WAIT_S,
            max_cpu_s: VERSION_WAIT_S,
            ..settings.clone()
        },
    })
    .ok()?;
    output.seek(SeekFrom::Start(0)).ok()?;
    let text = std::io::read_to_string(output).ok()?;
    let first = text.lines().next()?.strip_prefix("ffmpeg version ")?;
    let version = first.split_whitespace().next()?;
    ended.is_success.then(|| version.to_owned())
}
