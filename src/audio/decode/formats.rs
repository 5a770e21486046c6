//! What is decoded, by whom, for people to read.

use serde::Serialize;

/// Who decodes a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DecodedBy {
    /// This process.
    InProcess,
    /// A child process, where ffmpeg is installed.
    Ffmpeg,
    /// Nobody; the note says how to convert.
    Refused,
}

/// One format that recordings come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct FormatRow {
    /// What people call it.
    pub name: &'static str,
    /// Containers that it comes in.
    pub containers: &'static [&'static str],
    /// Codecs that are decoded in them.
    pub codecs: &'static [&'static str],
    /// Who decodes it.
    pub decoder: DecodedBy,
    /// What a person should know; may be empty.
    pub note: &'static str,
}

const fn row(
    name: &'static str,
    containers: &'static [&'static str],
    codecs: &'static [&'static str],
    decoder: DecodedBy,
    note: &'static str,
) -> FormatRow {
    FormatRow {
        name,
        containers,
        codecs,
        decoder,
        note,
    }
}

const ROWS: [FormatRow; 29] = {
    use DecodedBy::{Ffmpeg, InProcess, Refused};
    [
        row(
            "WAV",
            &["RIFF", "RF64", "BW64"],
            &[
                "PCM 8 to 32 bits",
                "float 32 and 64 bits",
                "A-law",
                "mu-law",
                "IMA ADPCM",
                "MS ADPCM",
            ],
            InProcess,
            "",
        ),
        row(
            "AIFF",
            &["AIFF", "AIFF-C"],
            &["PCM", "float", "A-law", "mu-law"],
            InProcess,
            "",
        ),
        row(
            "CAF",
            &["CAF"],
            &["PCM", "float", "A-law", "mu-law", "ALAC", "Opus"],
            InProcess,
            "",
        ),
        row(
            "FLAC",
            &["FLAC", "Ogg", "Matroska"],
            &["FLAC"],
            InProcess,
            "",
        ),
        row(
            "MP3",
            &["bare frames"],
            &["MPEG layer I, II and III"],
            InProcess,
            "ID3 tags are passed over",
        ),
        row("AAC", &["ADTS"], &["AAC-LC"], InProcess, ""),
        row(
            "M4A and MP4",
            &["MP4", "MOV", "3GP"],
            &["AAC-LC", "ALAC", "MP3", "FLAC", "Opus"],
            InProcess,
            "the sound of a video is taken, its pictures are passed over",
        ),
        row(
            "Matroska and WebM",
            &["Matroska", "WebM"],
            &["Opus", "Vorbis", "FLAC", "AAC-LC", "MP3", "PCM"],
            InProcess,
            "the last Opus packet is not trimmed: up to 20 ms more than was recorded",
        ),
        row("Ogg Vorbis", &["Ogg"], &["Vorbis"], InProcess, ""),
        row(
            "Opus",
            &["Ogg", "WebM", "Matroska", "MP4", "CAF"],
            &["Opus, mono and stereo"],
            InProcess,
            "decoded at 48 kHz",
        ),
        row(
            "AMR-NB",
            &["AMR", "3GP", "MOV"],
            &["AMR-NB"],
            Ffmpeg,
            "comfort-noise frames are read as silence of their length",
        ),
        row(
            "AMR-WB",
            &["AMR-WB", "3GP"],
            &["AMR-WB"],
            Ffmpeg,
            "comfort-noise frames are read as silence of their length",
        ),
        row(
            "GSM 06.10",
            &["bare frames", "WAV"],
            &["GSM 06.10"],
            Ffmpeg,
            "bare frames are known by sixteen of them in a row",
        ),
        row("G.722", &["WAV"], &["G.722"], Ffmpeg, RAW),
        row("G.723.1", &["WAV"], &["G.723.1"], Ffmpeg, RAW),
        row("G.726", &["WAV", "AU"], &["G.726"], Ffmpeg, RAW),
        row("G.729", &["WAV"], &["G.729"], Ffmpeg, RAW),
        row(
            "Windows Media",
            &["ASF", "WAV"],
            &["WMA 1, 2, Pro, Lossless, Voice"],
            Ffmpeg,
            "protected files are refused",
        ),
        row("AVI", &["AVI"], &["any that ffmpeg reads"], Ffmpeg, ""),
        row(
            "Flash video",
            &["FLV"],
            &["MP3", "AAC", "Speex", "Nellymoser", "PCM"],
            Ffmpeg,
            "",
        ),
        row(
            "MPEG transport stream",
            &["TS", "M2TS"],
            &["MPEG layer II", "AAC", "AC-3"],
            Ffmpeg,
            "the first sound track is taken",
        ),
        row(
            "MPEG program stream",
            &["MPG", "VOB"],
            &["MPEG layer II", "AC-3"],
            Ffmpeg,
            "the first sound track is taken",
        ),
        row(
            "MP4, MOV, Matroska, Ogg, CAF and AIFF-C with other codecs",
            &["MP4", "MOV", "Matroska", "Ogg", "CAF", "AIFF-C"],
            &["AC-3", "Speex", "HE-AAC", "any that ffmpeg reads"],
            Ffmpeg,
            "",
        ),
        row("Speex", &["Ogg", "FLV", "WAV"], &["Speex"], Ffmpeg, ""),
        row(
            "Sun audio, Creative Voice, Wave64, NIST SPHERE",
            &["AU", "VOC", "W64", "SPHERE"],
            &["PCM", "A-law", "mu-law", "any that ffmpeg reads"],
            Ffmpeg,
            "",
        ),
        row(
            "WavPack, Monkey's Audio",
            &["WV", "APE"],
            &["WavPack", "Monkey's Audio"],
            Ffmpeg,
            "",
        ),
        row("Dictation", &["DSS", "DS2"], &["DSS SP"], Ffmpeg, ""),
        row("QCP", &["QCP"], &["QCELP", "EVRC"], Ffmpeg, ""),
        row(
            "SILK v3",
            &["SLK", "AUD"],
            &["SILK"],
            Refused,
            "voice messages of WeChat and QQ: turn them into PCM with silk_v3_decoder, then into WAV",
        ),
    ]
};

const RAW: &str = "bare files have no mark of their own and are not recognised";

/// Every format, those decoded in process first.
pub fn formats() -> &'static [FormatRow] {
    &ROWS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_says_what_it_needs_to() {
        for row in formats() {
            assert!(!row.name.is_empty() && !row.containers.is_empty() && !row.codecs.is_empty());
            assert!(
                row.decoder != DecodedBy::Refused || !row.note.is_empty(),
                "{}",
                row.name
            );
        }
    }
}
