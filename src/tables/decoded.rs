//! Bytes of a stated or found encoding, to UTF-8.

use std::io::Read;

use encoding_rs::{Decoder, DecoderResult, Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};
use serde::{Deserialize, Serialize};

use super::TableError;

/// Bytes read at a time.
const READ_BYTES: usize = 1 << 16;

/// In which encoding a table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TextEncoding {
    /// UTF-8, with or without a byte order mark.
    #[serde(rename = "utf-8")]
    Utf8,
    /// GB18030, which GBK and GB2312 are parts of.
    #[serde(rename = "gb18030", alias = "gbk", alias = "gb2312")]
    Gb18030,
    /// UTF-16, little-endian.
    #[serde(rename = "utf-16le")]
    Utf16Le,
    /// UTF-16, big-endian.
    #[serde(rename = "utf-16be")]
    Utf16Be,
}

impl TextEncoding {
    /// The name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Gb18030 => "gb18030",
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
        }
    }

    fn encoding(self) -> &'static Encoding {
        match self {
            Self::Utf8 => UTF_8,
            Self::Gb18030 => GB18030,
            Self::Utf16Le => UTF_16LE,
            Self::Utf16Be => UTF_16BE,
        }
    }
}

/// UTF-8 text of a table, a buffer at a time; the byte order mark is left out.
pub(super) struct Decoded<R> {
    source: R,
    decoder: Decoder,
    encoding: TextEncoding,
    input: Box<[u8]>,
    filled: usize,
    used: usize,
    /// Bytes of the source before `input[used]`.
    offset: u64,
    ended: bool,
    text: Box<[u8]>,
}

impl<R: Read> Decoded<R> {
    pub(super) fn new(source: R, encoding: TextEncoding) -> Self {
        Self {
            source,
            decoder: encoding.encoding().new_decoder_with_bom_removal(),
            encoding,
            input: vec![0; READ_BYTES].into_boxed_slice(),
            filled: 0,
            used: 0,
            offset: 0,
            ended: false,
            // Three bytes of UTF-8 for two of GBK or UTF-16 at most, and room for one character.
            text: vec![0; 3 * READ_BYTES + 16].into_boxed_slice(),
        }
    }

    /// The next piece of text; empty at the end.
    ///
    /// # Errors
    /// The bytes are not of the encoding, or cannot be read.
    pub(super) fn next_text(&mut self) -> Result<&str, TableError> {
        loop {
            if self.used == self.filled && !self.ended {
                self.filled = read_some(&mut self.source, &mut self.input)?;
                self.used = 0;
                self.ended = self.filled == 0;
            }
            let pending = self.input.get(self.used..self.filled).unwrap_or_default();
            let (result, read, written) = self.decoder.decode_to_utf8_without_replacement(
                pending,
                &mut self.text,
                self.ended,
            );
            self.used += read;
            self.offset += read as u64;
            if let DecoderResult::Malformed(length, beyond) = result {
                let at = self
                    .offset
                    .saturating_sub(u64::from(length) + u64::from(beyond));
                return Err(TableError::file(
                    format!("not {} at byte {at}", self.encoding.as_str()),
                    "text in UTF-8, or in GBK or GB18030",
                ));
            }
            if written > 0 || (self.ended && self.used == self.filled) {
                let text = self.text.get(..written).unwrap_or_default();
                return std::str::from_utf8(text)
                    .map_err(|error| TableError::file(error.to_string(), "text"));
            }
        }
    }
}

/// The encoding of a table from all of its bytes: that of its byte order mark, else UTF-8 where
/// every byte is, else GB18030 where every byte is.
///
/// # Errors
/// Neither fits, or the bytes cannot be read.
pub(super) fn detect(mut source: impl Read) -> Result<TextEncoding, TableError> {
    let mut first = [0u8; 3];
    let mut filled = 0;
    while filled < first.len() {
        let rest = first.get_mut(filled..).unwrap_or_default();
        match read_some(&mut source, rest)? {
            0 => break,
            read => filled += read,
        }
    }
    let first = first.get(..filled).unwrap_or_default();
    if first.is_empty() {
        return Err(TableError::file("empty", "a header and rows"));
    }
    let whole = first.chain(source);
    let marked = Encoding::for_bom(first).map(|(encoding, _)| encoding);
    if marked == Some(UTF_16LE) {
        return Ok(TextEncoding::Utf16Le);
    }
    if marked == Some(UTF_16BE) {
        return Ok(TextEncoding::Utf16Be);
    }
    let mut candidates = [TextEncoding::Utf8, TextEncoding::Gb18030].map(Candidate::new);
    candidates[1].is_open = marked.is_none();
    let mut whole = whole;
    let mut buffer = vec![0u8; READ_BYTES];
    loop {
        let read = read_some(&mut whole, &mut buffer)?;
        let bytes = buffer.get(..read).unwrap_or_default();
        let mut open = false;
        for candidate in &mut candidates {
            candidate.feed(bytes);
            open |= candidate.is_open;
        }
        if !open || read == 0 {
            break;
        }
    }
    candidates
        .iter()
        .find(|candidate| candidate.is_open)
        .map(|candidate| candidate.encoding)
        .ok_or_else(|| {
            let places = candidates.each_ref().map(|candidate| candidate.offset);
            TableError::file(
                format!(
                    "neither UTF-8 (byte {}) nor GB18030 (byte {})",
                    places[0], places[1]
                ),
                "text in UTF-8, or in GBK or GB18030",
            )
        })
}

/// An encoding that a table may be in.
struct Candidate {
    encoding: TextEncoding,
    decoder: Decoder,
    text: Box<[u8]>,
    offset: u64,
    is_open: bool,
}

impl Candidate {
    fn new(encoding: TextEncoding) -> Self {
        Self {
            encoding,
            decoder: encoding.encoding().new_decoder_with_bom_removal(),
            text: vec![0; 3 * READ_BYTES + 16].into_boxed_slice(),
            offset: 0,
            is_open: true,
        }
    }

    fn feed(&mut self, mut bytes: &[u8]) {
        let last = bytes.is_empty();
        while self.is_open {
            let (result, read, written) =
                self.decoder
                    .decode_to_utf8_without_replacement(bytes, &mut self.text, last);
            self.offset += read as u64;
            let text = self.text.get(..written).unwrap_or_default();
            if let DecoderResult::Malformed(length, beyond) = result {
                let back = u64::from(length) + u64::from(beyond);
                self.offset = self.offset.saturating_sub(back);
                self.is_open = false;
                return;
            }
            if is_unlikely(self.encoding, text) {
                self.is_open = false;
                return;
            }
            bytes = bytes.get(read..).unwrap_or_default();
            if bytes.is_empty() {
                return;
            }
        }
    }
}

/// Whether text came out of GB18030 that nobody writes: its private use area and control
/// characters of the upper half are what bytes of another encoding look like there.
fn is_unlikely(encoding: TextEncoding, text: &[u8]) -> bool {
    encoding == TextEncoding::Gb18030
        && std::str::from_utf8(text).is_ok_and(|text| {
            text.chars()
                .any(|c| matches!(c, '\u{80}'..='\u{9f}' | '\u{e000}'..='\u{f8ff}'))
        })
}

fn read_some(source: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<usize> {
    loop {
        match source.read(buffer) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}
