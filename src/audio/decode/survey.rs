//! A look over a whole file for signs that its end is missing, where the container has no length.

use super::error::DecodeError;
use super::frames::{self, FRAME_HEADER_BYTES, FrameHeader};
use super::source::Source;

/// Where the structure of a file stops before the file promised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Flaw {
    /// Samples of each channel before the flaw, where it is not at the end of what decodes.
    pub(super) after_samples: Option<u64>,
    /// What was found and what was expected.
    pub(super) reason: String,
}

/// Bytes read at once.
const CHUNK_BYTES: usize = 256 * 1024;

/// Follows the frames from `offset` to the end of the file.
///
/// # Errors
/// When the reader fails.
pub(super) fn frames(
    source: &mut Source,
    mut offset: u64,
    first: FrameHeader,
) -> Result<Option<Flaw>, DecodeError> {
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut samples = 0;
    while offset < source.length() {
        let count = source.read_at(offset, &mut chunk)?;
        let bytes = chunk.get(..count).unwrap_or_default();
        let is_last = offset + count as u64 >= source.length();
        let mut position = 0usize;
        while let Some(rest) = bytes.get(position..).filter(|rest| !rest.is_empty()) {
            if !is_last && rest.len() < FRAME_HEADER_BYTES.max(frames::TAG_MARK_BYTES) {
                break;
            }
            let left = source.length() - offset - position as u64;
            let Some(header) =
                frames::parse_frame_header(rest).filter(|header| header.is_of_the_stream_of(first))
            else {
                return Ok(end_of_frames(rest, left, samples));
            };
            if header.length_bytes > left {
                let missing = header.length_bytes - left;
                let reason =
                    format!("the file ends {missing} bytes before the end of its last frame");
                return Ok(Some(Flaw {
                    after_samples: None,
                    reason,
                }));
            }
            samples += header.samples;
            // A frame is at most 8 KiB, so this cannot overflow.
            position += header.length_bytes as usize;
        }
        offset += position.max(1) as u64;
    }
    Ok(None)
}

fn end_of_frames(rest: &[u8], left: u64, samples: u64) -> Option<Flaw> {
    if frames::is_trailing_tag(rest) {
        return None;
    }
    if left < FRAME_HEADER_BYTES as u64 {
        let reason = format!("the file ends {left} bytes into a frame header");
        return Some(Flaw {
            after_samples: None,
            reason,
        });
    }
    let reason =
        format!("frames stop following one another {left} bytes before the end of the file");
    Some(Flaw {
        after_samples: Some(samples),
        reason,
    })
}

/// Longest Ogg page: header, segment table and 255 segments of 255 bytes.
const OGG_PAGE_BYTES: u64 = 27 + 255 + 255 * 255;

/// Looks at the last page of an Ogg file: a whole one ends the stream and says so.
///
/// # Source
/// RFC 3533, section 6: header type flag 0x04 marks the last page of a logical bitstream.
///
/// # Errors
/// When the reader fails.
pub(super) fn ogg(source: &mut Source) -> Result<Option<Flaw>, DecodeError> {
    let start = source.length().saturating_sub(OGG_PAGE_BYTES);
    let mut tail = vec![0; OGG_PAGE_BYTES as usize];
    let count = source.read_at(start, &mut tail)?;
    let tail = tail.get(..count).unwrap_or_default();
    let page = tail.windows(5).rposition(|window| window == b"OggS\0");
    let Some(page) = page.and_then(|at| tail.get(at..)) else {
        let reason = "the file does not end with an Ogg page".to_owned();
        return Ok(Some(Flaw {
            after_samples: None,
            reason,
        }));
    };
    let segments = page.get(26).map_or(0, |&count| usize::from(count));
    let body: usize = page
        .iter()
        .skip(27)
        .take(segments)
        .map(|&length| usize::from(length))
        .sum();
    let expected = 27 + segments + body;
    if page.len() < expected {
        let missing = expected - page.len();
        let reason = format!("the file ends {missing} bytes before the end of its last page");
        return Ok(Some(Flaw {
            after_samples: None,
            reason,
        }));
    }
    let ends_stream = page.get(5).is_some_and(|flags| flags & 4 != 0);
    Ok((!ends_stream).then(|| Flaw {
        after_samples: None,
        reason: "the last page does not end the stream, so pages after it are missing".to_owned(),
    }))
}

/// Most atoms at the top of an MP4 file.
const MAX_ATOMS: u32 = 1 << 20;

/// Follows the atoms at the top of an MP4 file; where the last one is cut, has `source` claim the
/// length that it should have.
///
/// # Source
/// ISO/IEC 14496-12, clause 4.2: a size of 1 is followed by a 64-bit size, and one of 0 reaches to
/// the end.
///
/// # Errors
/// When the reader fails.
pub(super) fn mp4(source: &mut Source, mut offset: u64) -> Result<Option<Flaw>, DecodeError> {
    for _ in 0..MAX_ATOMS {
        let mut header = [0; 16];
        let count = source.read_at(offset, &mut header)?;
        let [s0, s1, s2, s3, _, _, _, _, long @ ..] = header;
        let size = match u32::from_be_bytes([s0, s1, s2, s3]) {
            1 if count == header.len() => u64::from_be_bytes(long),
            short => u64::from(short),
        };
        if count < 8 || size < 8 {
            return Ok(None);
        }
        let end = offset.saturating_add(size);
        if end > source.length() {
            let missing = end - source.length();
            source.claim_length(end.min(i64::MAX as u64));
            let reason = format!("the file ends {missing} bytes before the end of its last atom");
            return Ok(Some(Flaw {
                after_samples: None,
                reason,
            }));
        }
        offset = end;
    }
    Ok(None)
}

/// Compares the length of an AIFF form with that of the file; where it is cut, has `source` claim
/// to be a stream, since the demultiplexer would otherwise look for chunks behind the audio.
///
/// # Errors
/// When the reader fails.
pub(super) fn aiff(source: &mut Source, offset: u64) -> Result<Option<Flaw>, DecodeError> {
    let mut header = [0; 8];
    source.read_at(offset, &mut header)?;
    let [_, _, _, _, s0, s1, s2, s3] = header;
    let end = offset + 8 + u64::from(u32::from_be_bytes([s0, s1, s2, s3]));
    if end <= source.length() {
        return Ok(None);
    }
    source.claim_stream();
    let missing = end - source.length();
    let reason = format!("the file ends {missing} bytes before the end of its form");
    Ok(Some(Flaw {
        after_samples: None,
        reason,
    }))
}

/// Most chunks of a CAF file.
const MAX_CHUNKS: u32 = 4096;

/// Follows the chunks of a CAF file; where its audio is cut, has the size of the audio read as
/// what is there, since the demultiplexer would otherwise look for chunks behind it.
///
/// # Source
/// Apple's Core Audio Format specification 1.0: a file header of 8 bytes, then chunks with a name
/// of four bytes and a 64-bit size, which is -1 for audio up to the end.
///
/// # Errors
/// When the reader fails.
pub(super) fn caf(source: &mut Source, offset: u64) -> Result<Option<Flaw>, DecodeError> {
    let mut position = offset + 8;
    for _ in 0..MAX_CHUNKS {
        let mut header = [0; 12];
        if source.read_at(position, &mut header)? < header.len() {
            break;
        }
        let [_, _, _, _, size @ ..] = header;
        let size = u64::from_be_bytes(size);
        let size_at = position + 4;
        position = position.saturating_add(12).saturating_add(size);
        if position > source.length() {
            let there = source.length().saturating_sub(size_at + 8);
            source.overlay(size_at, there.to_be_bytes());
            if size == u64::MAX {
                break;
            }
            let missing = position - source.length();
            let reason = format!("the file ends {missing} bytes before the end of its last chunk");
            return Ok(Some(Flaw {
                after_samples: None,
                reason,
            }));
        }
    }
    Ok(None)
}

/// Compares the length of the segment of a Matroska file with that of the file; where it is cut, has
/// `source` claim the length that it should have.
///
/// # Source
/// RFC 8794, clause 4, and RFC 9559, clause 5.1: the EBML header, then the segment.
///
/// # Errors
/// When the reader fails.
pub(super) fn matroska(source: &mut Source, offset: u64) -> Result<Option<Flaw>, DecodeError> {
    const SEGMENT: [u8; 4] = [0x18, 0x53, 0x80, 0x67];
    let mut header = [0; 12];
    source.read_at(offset, &mut header)?;
    let [_, _, _, _, size @ ..] = header;
    let Some((size, width)) = ebml_size(&size) else {
        return Ok(None);
    };
    let segment_at = (offset + 4 + width).saturating_add(size);
    source.read_at(segment_at.min(source.length()), &mut header)?;
    let [i0, i1, i2, i3, size @ ..] = header;
    let Some((size, width)) = ebml_size(&size) else {
        return Ok(None);
    };
    let end = segment_at.saturating_add(4 + width).saturating_add(size);
    if [i0, i1, i2, i3] != SEGMENT || end <= source.length() {
        return Ok(None);
    }
    let missing = end - source.length();
    source.claim_length(end);
    source.claim_stream();
    let reason = format!("the file ends {missing} bytes before the end of its segment");
    Ok(Some(Flaw {
        after_samples: None,
        reason,
    }))
}

/// A variable-length size and its own width in bytes; none where the size is "unknown".
fn ebml_size(bytes: &[u8; 8]) -> Option<(u64, u64)> {
    let width = u64::from(bytes.first()?.leading_zeros()) + 1;
    let shift = 64u64.checked_sub(8 * width)?;
    let size = (u64::from_be_bytes(*bytes) >> shift) & ((1 << (7 * width)) - 1);
    (size != (1 << (7 * width)) - 1).then_some((size, width))
}
