//! Frame headers of bare MPEG audio and ADTS streams, and a survey of a whole file of them.
//!
//! Such files have no header, so anything with a sync word in it could pass for one. A file is
//! taken for a stream of frames only when several headers follow one another at exactly the
//! distance that each announces, all with the same version, layer, rate and channels.

/// Which family of frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FrameFamily {
    /// MPEG-1, 2 or 2.5 audio, layer I, II or III.
    Mpeg,
    /// AAC in ADTS.
    Adts,
}

/// One frame header, as far as it tells frames of one stream from chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FrameHeader {
    /// Family.
    pub(super) family: FrameFamily,
    /// The bits that all frames of one stream share.
    signature: u32,
    /// Length of the whole frame, header included, in bytes.
    pub(super) length_bytes: u64,
    /// Samples of each channel in one frame.
    pub(super) samples: u64,
}

impl FrameHeader {
    /// Whether both can belong to one stream.
    pub(super) fn is_of_the_stream_of(self, other: Self) -> bool {
        self.family == other.family && self.signature == other.signature
    }
}

/// Bit rates in kbit/s by index, for MPEG-1 layers I, II, III and MPEG-2 layers I, II and III.
///
/// # Source
/// ISO/IEC 11172-3, clause 2.4.2.3, and ISO/IEC 13818-3, clause 2.4.2.3.
const BIT_RATES_KBPS: [[u64; 16]; 5] = [
    [
        0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448, 0,
    ],
    [
        0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 0,
    ],
    [
        0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0,
    ],
    [
        0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256, 0,
    ],
    [
        0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0,
    ],
];

/// Sample rates of MPEG-1 by index; MPEG-2 has half and MPEG-2.5 a quarter of them.
const MPEG1_RATES_HZ: [u64; 3] = [44_100, 48_000, 32_000];

/// Bytes that [`parse_frame_header`] needs.
pub(super) const FRAME_HEADER_BYTES: usize = 7;

/// The header at the start of `bytes`, if there is one.
pub(super) fn parse_frame_header(bytes: &[u8]) -> Option<FrameHeader> {
    let word = u32::from_be_bytes(bytes.first_chunk::<4>().copied()?);
    if word >> 20 == 0xfff && (word >> 17) & 3 == 0 {
        return parse_adts(bytes.first_chunk::<FRAME_HEADER_BYTES>()?);
    }
    (word >> 21 == 0x7ff).then(|| parse_mpeg(word)).flatten()
}

/// # Source
/// ISO/IEC 11172-3, clause 2.4.1.3; the version with both bits clear is the unofficial MPEG-2.5.
fn parse_mpeg(word: u32) -> Option<FrameHeader> {
    let version = (word >> 19) & 3;
    let layer = (word >> 17) & 3;
    let padding = u64::from((word >> 9) & 1);
    let rate_shift = match version {
        3 => 0,
        2 => 1,
        0 => 2,
        _ => return None,
    };
    let is_mpeg1 = version == 3;
    let row = match (layer, is_mpeg1) {
        (3, true) => 0,
        (2, true) => 1,
        (1, true) => 2,
        (3, false) => 3,
        (2 | 1, false) => 4,
        _ => return None,
    };
    let kbps = *BIT_RATES_KBPS.get(row)?.get(((word >> 12) & 15) as usize)?;
    let rate_hz = *MPEG1_RATES_HZ.get(((word >> 10) & 3) as usize)? >> rate_shift;
    // A rate index of 0 is "free format", which no recorder is known to write.
    if kbps == 0 {
        return None;
    }
    let length_bytes = match (layer, is_mpeg1) {
        (3, _) => (12_000 * kbps / rate_hz + padding) * 4,
        (1, false) => 72_000 * kbps / rate_hz + padding,
        _ => 144_000 * kbps / rate_hz + padding,
    };
    let is_mono = u32::from((word >> 6) & 3 == 3);
    let signature = (version << 8) | (layer << 6) | (((word >> 10) & 3) << 4) | is_mono;
    let samples = match (layer, is_mpeg1) {
        (3, _) => 384,
        (1, false) => 576,
        _ => 1152,
    };
    Some(FrameHeader {
        family: FrameFamily::Mpeg,
        signature,
        length_bytes,
        samples,
    })
}

/// # Source
/// ISO/IEC 13818-7, clause 6.2.
fn parse_adts(bytes: &[u8; FRAME_HEADER_BYTES]) -> Option<FrameHeader> {
    let [_, flags, a, b, c, d, _] = bytes.map(u32::from);
    let rate_index = (a >> 2) & 15;
    let length_bytes = ((b & 3) << 11) | (c << 3) | (d >> 5);
    let header_bytes = if flags & 1 == 1 { 7 } else { 9 };
    if rate_index > 12 || length_bytes <= header_bytes {
        return None;
    }
    let channels = ((a & 1) << 2) | (b >> 6);
    let signature = ((flags & 0xf) << 12) | ((a >> 2) << 4) | channels;
    let length_bytes = u64::from(length_bytes);
    Some(FrameHeader {
        family: FrameFamily::Adts,
        signature,
        length_bytes,
        samples: 1024,
    })
}

/// Frames in a row that make a stream, when the file has room for them.
pub(super) const FRAMES_IN_A_ROW: u32 = 4;

/// Fewest frames that make a stream, in a file that ends after them.
const FRAMES_AT_LEAST: u32 = 2;

/// The header of the stream that starts at the start of `bytes`, if several frames follow one
/// another there. `bytes` must hold [`FRAMES_IN_A_ROW`] of the longest frames, or the whole file.
pub(super) fn stream_at_start(bytes: &[u8]) -> Option<FrameHeader> {
    let first = parse_frame_header(bytes)?;
    let mut offset = 0u64;
    let mut frames = 0;
    while frames < FRAMES_IN_A_ROW {
        let rest = usize::try_from(offset)
            .ok()
            .and_then(|offset| bytes.get(offset..));
        let Some(rest) = rest.filter(|rest| rest.len() >= FRAME_HEADER_BYTES) else {
            return (frames >= FRAMES_AT_LEAST).then_some(first);
        };
        match parse_frame_header(rest) {
            Some(header) if header.is_of_the_stream_of(first) => offset += header.length_bytes,
            // What follows the last frame of a short file is a tag.
            _ if frames >= FRAMES_AT_LEAST && is_trailing_tag(rest) => return Some(first),
            _ => return None,
        }
        frames += 1;
    }
    Some(first)
}

/// Bytes that [`is_trailing_tag`] needs.
pub(super) const TAG_MARK_BYTES: usize = 11;

/// Whether `bytes` begin a tag of the kinds that follow the last frame.
pub(super) fn is_trailing_tag(bytes: &[u8]) -> bool {
    [b"TAG".as_slice(), b"APETAGEX", b"LYRICSBEGIN", b"3DI"]
        .iter()
        .any(|mark| bytes.starts_with(mark))
        || bytes.iter().all(|&byte| byte == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_3_frame_of_128_kbps_at_44100_hz_has_417_bytes() {
        let header = parse_frame_header(&[0xff, 0xfb, 0x90, 0x00, 0, 0, 0]).unwrap();
        assert_eq!(
            (header.family, header.length_bytes),
            (FrameFamily::Mpeg, 417)
        );
    }

    #[test]
    fn an_adts_header_gives_its_frame_length() {
        // AAC-LC, 44.1 kHz, stereo, 371 bytes, no checksum.
        let header = parse_frame_header(&[0xff, 0xf1, 0x50, 0x80, 0x2e, 0x7f, 0xfc]).unwrap();
        assert_eq!(
            (header.family, header.length_bytes),
            (FrameFamily::Adts, 371)
        );
    }

    #[test]
    fn one_frame_header_is_no_stream() {
        let mut bytes = vec![0xaa; 4096];
        bytes[..4].copy_from_slice(&[0xff, 0xfb, 0x90, 0x00]);
        assert_eq!(stream_at_start(&bytes), None);
    }

    #[test]
    fn two_adjacent_streams_of_different_rate_are_no_stream() {
        let mut bytes = vec![0; 4096];
        bytes[..4].copy_from_slice(&[0xff, 0xfb, 0x90, 0x00]);
        bytes[417..421].copy_from_slice(&[0xff, 0xfb, 0x94, 0x00]);
        assert_eq!(stream_at_start(&bytes), None);
    }
}
