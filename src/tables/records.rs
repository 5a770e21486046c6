//! Rows of a table, one at a time, under a limit.

use std::io::Read;

use csv_core::ReadRecordResult;

use super::TableError;
use super::decoded::{Decoded, TextEncoding};

/// Longest row, in bytes of UTF-8: hundreds of columns. A longer one is a quotation mark that is
/// never closed, or no table.
pub const MAX_ROW_BYTES: usize = 1 << 16;
/// Most columns.
const MAX_COLUMNS: usize = 1024;

/// A row.
#[derive(Debug, Clone, Copy)]
pub struct Record<'r> {
    /// Line of the file on which it begins; the first is 1.
    pub row: u64,
    /// The row as it stands in the file, without the end of the line.
    pub raw: &'r str,
    fields: &'r str,
    ends: &'r [usize],
}

impl<'r> Record<'r> {
    /// Number of its fields.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether it has no field.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// A field without spaces, tabs and what spreadsheets put around texts: `="0123"`.
    pub fn get(&self, index: usize) -> Option<&'r str> {
        let end = *self.ends.get(index)?;
        let start = match index.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        let text = self.fields.get(start..end)?.trim();
        let text = text
            .strip_prefix("=\"")
            .and_then(|text| text.strip_suffix('"'))
            .unwrap_or(text);
        Some(text.trim())
    }

    /// Every field.
    pub fn iter(&self) -> impl Iterator<Item = &'r str> + '_ {
        (0..self.len()).filter_map(|index| self.get(index))
    }
}

/// Reads rows. Empty lines are no rows.
pub struct Records<R> {
    text: Decoded<R>,
    core: csv_core::Reader,
    /// What was decoded and not yet read.
    pending: Vec<u8>,
    used: usize,
    ended: bool,
    raw: Vec<u8>,
    fields: Vec<u8>,
    ends: Vec<usize>,
    line: u64,
    after_return: bool,
}

impl<R: Read> Records<R> {
    /// Rows of `source`, fields between `delimiter`.
    pub fn new(source: R, encoding: TextEncoding, delimiter: u8) -> Self {
        Self {
            text: Decoded::new(source, encoding),
            core: csv_core::ReaderBuilder::new().delimiter(delimiter).build(),
            pending: Vec::new(),
            used: 0,
            ended: false,
            raw: Vec::new(),
            fields: vec![0; MAX_ROW_BYTES],
            ends: vec![0; MAX_COLUMNS],
            line: 1,
            after_return: false,
        }
    }

    /// The next row; none at the end.
    ///
    /// # Errors
    /// The bytes are not of the encoding, hold a NUL, or a row is longer than [`MAX_ROW_BYTES`].
    pub fn next_record(&mut self) -> Result<Option<Record<'_>>, TableError> {
        self.raw.clear();
        let (mut written, mut fields) = (0, 0);
        loop {
            if self.used == self.pending.len() && !self.ended {
                self.refill()?;
            }
            let input = self.pending.get(self.used..).unwrap_or_default();
            let (result, read, out, ends) = self.core.read_record(
                input,
                self.fields.get_mut(written..).unwrap_or_default(),
                self.ends.get_mut(fields..).unwrap_or_default(),
            );
            self.raw
                .extend_from_slice(input.get(..read).unwrap_or_default());
            self.used += read;
            written += out;
            fields += ends;
            if self.raw.len() > MAX_ROW_BYTES {
                return Err(self.too_long("longer than 65536 bytes"));
            }
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => {
                    return Err(self.too_long("longer than 65536 bytes"));
                }
                ReadRecordResult::OutputEndsFull => {
                    return Err(self.too_long("of more than 1024 columns"));
                }
                ReadRecordResult::Record => break,
                ReadRecordResult::End => return Ok(None),
            }
        }
        let blank = self
            .raw
            .iter()
            .take_while(|b| matches!(b, b'\r' | b'\n'))
            .count();
        let (before, row) = self.raw.split_at_checked(blank).unwrap_or_default();
        self.line += count_lines(before, &mut self.after_return);
        let line = self.line;
        self.line += count_lines(row, &mut self.after_return);
        let text = |bytes| {
            std::str::from_utf8(bytes).map_err(|error| TableError::file(error.to_string(), "text"))
        };
        Ok(Some(Record {
            row: line,
            raw: text(row)?.trim_end_matches(['\r', '\n']),
            fields: text(self.fields.get(..written).unwrap_or_default())?,
            ends: self.ends.get(..fields).unwrap_or_default(),
        }))
    }

    fn refill(&mut self) -> Result<(), TableError> {
        let text = self.text.next_text()?;
        if text.contains('\0') {
            return Err(TableError::file(
                format!("a text with a NUL byte after line {}", self.line),
                "text in UTF-8, or in GBK or GB18030",
            ));
        }
        self.pending.clear();
        self.pending.extend_from_slice(text.as_bytes());
        self.used = 0;
        self.ended = text.is_empty();
        Ok(())
    }

    fn too_long(&self, what: &str) -> TableError {
        TableError::file(
            format!("a row {what} from line {}", self.line),
            "rows of at most 65536 bytes and 1024 columns; look for a quotation mark that is not closed",
        )
    }
}

/// Ends of lines, however they are written: LF, CR, or both as one.
fn count_lines(bytes: &[u8], after_return: &mut bool) -> u64 {
    let mut lines = 0;
    for byte in bytes {
        lines += u64::from(*byte == b'\r' || (*byte == b'\n' && !*after_return));
        *after_return = *byte == b'\r';
    }
    lines
}
