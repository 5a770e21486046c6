//! Texts: width, case and spaces.

use unicode_normalization::UnicodeNormalization;

/// Rounds until lower case and NFKC leave each other's result alone; two are enough for every
/// character of Unicode 16, the rest is slack.
const ROUNDS: usize = 4;

/// NFKC without spaces at the ends: full-width digits and letters become plain ones.
pub(super) fn folded_width(text: &str) -> String {
    let folded: String = text.nfkc().filter(|c| !is_invisible(*c)).collect();
    folded.trim().to_owned()
}

/// Lower case, one space between words, none between two characters of which one is Chinese.
pub fn folded(text: &str) -> String {
    let mut now = folded_width(text);
    for _ in 0..ROUNDS {
        let next = spaced(&folded_width(&now.to_lowercase()));
        if next == now {
            break;
        }
        now = next;
    }
    now
}

/// Characters that carry no meaning and that spreadsheets and web pages leave behind: zero-width
/// ones, the byte order mark, the marks of writing direction and the soft hyphen.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn spaced(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        let touches = |c: Option<char>| c.is_some_and(is_chinese);
        let joined = touches(out.chars().next_back()) || touches(word.chars().next());
        if !out.is_empty() && !joined {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// Characters that are written without spaces between them.
fn is_chinese(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}' | '·')
}

/// The digits of a text that holds nothing but digits, spaces and hyphens.
pub(super) fn bare_digits(text: &str) -> Option<String> {
    let mut digits = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '0'..='9' => digits.push(c),
            ' ' | '-' | '\u{a0}' | '\u{2010}'..='\u{2015}' | '\u{2212}' => {}
            _ => return None,
        }
    }
    (!digits.is_empty()).then_some(digits)
}

/// Whether a text holds only letters, digits and these marks.
pub fn is_plain(text: &str, marks: &str) -> bool {
    text.chars()
        .all(|c| c.is_alphanumeric() || marks.contains(c))
}
