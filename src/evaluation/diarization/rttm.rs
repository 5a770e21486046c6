//! References as RTTM: one turn a line.

use thiserror::Error;

/// One turn of one speaker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// Name of the speaker.
    pub speaker: String,
    /// Start, in milliseconds from the start of the recording.
    pub start_ms: u64,
    /// End, in milliseconds.
    pub end_ms: u64,
}

/// Why a reference cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}: {field} is {found:?}, expected {expected}")]
pub struct RttmError {
    /// Line, from 1.
    pub line: usize,
    /// Field of the line.
    pub field: &'static str,
    /// What stands there.
    pub found: String,
    /// What may stand there.
    pub expected: &'static str,
}

/// Reads the `SPEAKER` lines of an RTTM file; other lines are passed over.
///
/// # Errors
/// A line without start, duration or speaker.
///
/// # Source
/// NIST, RT-09 evaluation plan, appendix A: type, file, channel, start and duration in seconds,
/// two fields, speaker.
pub fn parse_rttm(text: &str) -> Result<Vec<Turn>, RttmError> {
    let mut turns = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let fields: Vec<&str> = line.split_whitespace().collect();
        if fields.first() != Some(&"SPEAKER") {
            continue;
        }
        let field = |place: usize| fields.get(place).copied().unwrap_or_default();
        let time = |place: usize, name: &'static str| {
            let seconds = field(place).parse::<f64>().ok();
            // A day is beyond any recording and far from where rounding matters.
            let seconds = seconds.filter(|seconds| (0.0..=86_400.0).contains(seconds));
            seconds.ok_or_else(|| RttmError {
                line: number,
                field: name,
                found: field(place).to_owned(),
                expected: "seconds from 0 to 86400",
            })
        };
        let (start, duration) = (time(3, "start")?, time(4, "duration")?);
        if field(7).is_empty() {
            return Err(RttmError {
                line: number,
                field: "speaker",
                found: line.to_owned(),
                expected: "a name as the eighth field",
            });
        }
        let in_ms = |seconds: f64| (seconds * 1000.0).round() as u64;
        turns.push(Turn {
            speaker: field(7).to_owned(),
            start_ms: in_ms(start),
            end_ms: in_ms(start + duration),
        });
    }
    Ok(turns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_turn() {
        let text = ";; a comment\nSPEAKER call 1 1.250 0.5005 <NA> <NA> caller <NA> <NA>\n";
        let turn = Turn {
            speaker: "caller".to_owned(),
            start_ms: 1250,
            end_ms: 1751,
        };
        assert_eq!(parse_rttm(text).unwrap(), [turn]);
    }

    #[test]
    fn a_line_without_a_number_is_named() {
        for (line, field) in [
            ("SPEAKER call 1 x 1 <NA> <NA> a", "start"),
            ("SPEAKER call 1 0 -1 <NA> <NA> a", "duration"),
            ("SPEAKER call 1 0 1e9 <NA> <NA> a", "duration"),
            ("SPEAKER call 1 0 1", "speaker"),
        ] {
            let error = parse_rttm(&format!("\n{line}")).unwrap_err();
            assert_eq!((error.line, error.field), (2, field));
        }
    }
}
