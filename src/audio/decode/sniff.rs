//! What a file is, from its content; its name is never asked.

use super::error::DecodeError;
use super::foreign;
use super::frames::{self, FrameFamily, FrameHeader};
use super::source::Source;

/// A container that is read here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Container {
    /// RIFF, RF64 or BW64 with a WAVE form.
    Wav,
    /// FORM with an AIFF or AIFC form.
    Aiff,
    /// Core Audio Format.
    Caf,
    /// Native FLAC.
    Flac,
    /// Ogg.
    Ogg,
    /// ISO base media: MP4, M4A, MOV, 3GP.
    Mp4,
    /// Matroska or WebM.
    Matroska,
    /// Bare MPEG audio frames.
    Mpeg,
    /// Bare AAC frames.
    Adts,
}

impl Container {
    /// Short name, as in `MediaFacts`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Wav => "wav",
            Self::Aiff => "aiff",
            Self::Caf => "caf",
            Self::Flac => "flac",
            Self::Ogg => "ogg",
            Self::Mp4 => "mp4",
            Self::Matroska => "matroska",
            Self::Mpeg => "mp3",
            Self::Adts => "adts",
        }
    }
}

/// What was found, and where its first byte is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sniffed {
    /// Container.
    pub(super) container: Container,
    /// Bytes before it: tags.
    pub(super) offset: u64,
    /// The first frame, where the container is a bare stream of frames.
    pub(super) first_frame: Option<FrameHeader>,
}

/// Bytes that are looked at: room for four of the longest ADTS frames.
const HEAD_BYTES: usize = 48 * 1024;

/// Most bytes of padding between an ID3 tag and the first frame.
const MAX_PADDING_BYTES: usize = 16 * 1024;

/// Most ID3 tags in front of the audio.
const MAX_TAGS: u32 = 4;

/// Finds out what the source is.
///
/// # Errors
/// `EmptyFile`, `NeedsTranscoder`, `ConvertFirst`, `UnknownFormat` with a guess at what it is instead, or `Io`.
pub(super) fn sniff(source: &mut Source) -> Result<Sniffed, DecodeError> {
    let mut head = vec![0; HEAD_BYTES];
    let mut offset = 0;
    for _ in 0..=MAX_TAGS {
        let count = source.read_at(offset, &mut head)?;
        let bytes = head.get(..count).unwrap_or_default();
        if bytes.is_empty() && offset == 0 {
            return Err(DecodeError::EmptyFile);
        }
        if let Some(error) = (offset == 0).then(|| foreign::refusal(bytes)).flatten() {
            return Err(error);
        }
        if let Some(container) = by_magic(bytes) {
            return Ok(Sniffed {
                container,
                offset,
                first_frame: None,
            });
        }
        let Some(tag_bytes) = id3_length(bytes) else {
            return stream_of_frames(bytes, offset).ok_or_else(|| DecodeError::UnknownFormat {
                found: describe(bytes, offset),
            });
        };
        offset += tag_bytes;
    }
    Err(DecodeError::UnknownFormat {
        found: format!("more than {MAX_TAGS} tags in a row"),
    })
}

fn by_magic(bytes: &[u8]) -> Option<Container> {
    let mark = bytes.first_chunk::<4>()?;
    let form = bytes.get(8..12).unwrap_or_default();
    match (mark, form) {
        (b"RIFF" | b"RF64" | b"BW64", b"WAVE") => Some(Container::Wav),
        (b"FORM", b"AIFF" | b"AIFC") => Some(Container::Aiff),
        (b"caff", _) => Some(Container::Caf),
        (b"fLaC", _) => Some(Container::Flac),
        (b"OggS", _) => Some(Container::Ogg),
        (b"\x1a\x45\xdf\xa3", _) => Some(Container::Matroska),
        _ if bytes.get(4..8) == Some(b"ftyp") => Some(Container::Mp4),
        _ => None,
    }
}

fn stream_of_frames(bytes: &[u8], offset: u64) -> Option<Sniffed> {
    let padding = match offset {
        0 => 0,
        _ => bytes
            .iter()
            .take(MAX_PADDING_BYTES)
            .take_while(|&&byte| byte == 0)
            .count(),
    };
    let first_frame = frames::stream_at_start(bytes.get(padding..)?)?;
    let container = match first_frame.family {
        FrameFamily::Mpeg => Container::Mpeg,
        FrameFamily::Adts => Container::Adts,
    };
    let offset = offset + padding as u64;
    Some(Sniffed {
        container,
        offset,
        first_frame: Some(first_frame),
    })
}

/// Length of the ID3v2 tag at the start, header and footer included, in bytes.
///
/// # Source
/// ID3 tag version 2.4.0, main structure, clause 3.1: the size is four bytes of seven bits.
fn id3_length(bytes: &[u8]) -> Option<u64> {
    let [b'I', b'D', b'3', 2..=4, _, flags, size @ ..] = bytes.first_chunk::<10>()? else {
        return None;
    };
    if size.iter().any(|byte| byte & 0x80 != 0) {
        return None;
    }
    let body = size
        .iter()
        .fold(0, |sum, &byte| (sum << 7) | u64::from(byte));
    let footer = if flags & 0x10 == 0 { 0 } else { 10 };
    Some(10 + body + footer)
}

/// A guess at what was uploaded instead, for the person who uploaded it.
fn describe(bytes: &[u8], offset: u64) -> String {
    const KNOWN: [(&[u8], &str); 4] = [
        (b"PK\x03\x04", "a ZIP archive"),
        (b"%PDF", "a PDF document"),
        (b"\x89PNG", "a PNG picture"),
        (b"\xff\xd8\xff", "a JPEG picture"),
    ];
    if let Some((_, name)) = KNOWN.iter().find(|(mark, _)| bytes.starts_with(mark)) {
        return (*name).to_owned();
    }
    if offset > 0 {
        return "an ID3 tag without frames after it".to_owned();
    }
    let is_text = |byte: &u8| matches!(byte, 0x20..=0x7e | b'\t' | b'\r' | b'\n' | 0x80..);
    let start = bytes.get(..512.min(bytes.len())).unwrap_or_default();
    if start.iter().all(is_text)
        && std::str::from_utf8(start).map_or_else(|error| error.error_len().is_none(), |_| true)
    {
        return "text".to_owned();
    }
    let first = start.get(..4.min(start.len())).unwrap_or_default();
    format!("bytes {}", hex::encode(first))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    fn sniff_bytes(bytes: &[u8]) -> Result<Sniffed, DecodeError> {
        sniff(&mut Source::new(Cursor::new(bytes.to_vec())).unwrap())
    }

    #[test]
    fn no_bytes_are_an_empty_file() {
        assert_eq!(sniff_bytes(b"").unwrap_err().code(), "empty_file");
    }

    #[test]
    fn text_is_named_as_text() {
        let error = sniff_bytes("录音 call 12 of the evening\n".as_bytes()).unwrap_err();
        assert_eq!(error.code(), "unknown_format");
        assert!(error.to_string().contains("found text"), "{error}");
    }

    #[test]
    fn amr_is_named_as_amr() {
        let error = sniff_bytes(b"#!AMR\n\x3c\x00").unwrap_err();
        assert_eq!(error.code(), "needs_transcoder");
        assert!(error.to_string().contains("AMR"), "{error}");
    }

    #[test]
    fn a_tag_without_frames_is_no_audio_format() {
        let bytes = [b"ID3\x04\x00\x00\x00\x00\x00\x10".as_slice(), &[7; 64]].concat();
        assert_eq!(sniff_bytes(&bytes).unwrap_err().code(), "unknown_format");
    }

    proptest! {
        #[test]
        fn random_bytes_are_no_stream_of_frames(bytes in prop::collection::vec(any::<u8>(), 1..4096)) {
            let found = sniff_bytes(&bytes);
            prop_assert!(found.is_err(), "{:?}", found);
        }

        #[test]
        fn a_lone_sync_word_in_random_bytes_is_no_stream(
            mut bytes in prop::collection::vec(any::<u8>(), 2048..4096),
        ) {
            bytes[..4].copy_from_slice(&[0xff, 0xfb, 0x90, 0x64]);
            prop_assert!(sniff_bytes(&bytes).is_err());
        }
    }
}
