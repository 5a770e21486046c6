//! Accounts, devices and cells: numbers with check digits, and ids that networks give.

use super::check_digit::{is_luhn, luhn_digit};
use super::text::{bare_digits, folded, is_plain};
use crate::domain::EntityWarning;

/// Digits of a card number.
///
/// # Source
/// ISO/IEC 7812-1, clause 4: at most 19; no card in use has fewer than 12.
const CARD_DIGITS: std::ops::RangeInclusive<usize> = 12..=19;
/// Digits of an IMEI without its check digit: type allocation code and serial number.
///
/// # Source
/// 3GPP TS 23.003, clause 6.2.1.
const IMEI_BODY: usize = 14;
/// Mobile country code of the mainland of China, with which its IMSIs begin.
const CHINA_MCC: &str = "460";

type Normal = Result<(String, Vec<EntityWarning>), &'static str>;

/// A card or account. Many account numbers are no card numbers, so a failing check digit is a
/// warning.
pub(super) fn account(text: &str) -> Normal {
    let Some(digits) = bare_digits(text) else {
        let folded = folded(text);
        if is_exponential(&folded) {
            return Err("every digit: a spreadsheet has cut some off and left an exponent");
        }
        let known =
            is_plain(&folded, "@._-+:/ #*()&'") && folded.chars().any(char::is_alphanumeric);
        return if known {
            Ok((folded, Vec::new()))
        } else {
            Err("digits, or a name of letters, digits and @ . _ - + : /")
        };
    };
    if digits.len() > 32 {
        return Err("at most 32 digits");
    }
    let suspicious = CARD_DIGITS.contains(&digits.len()) && !is_luhn(&digits);
    let warnings = suspicious.then_some(EntityWarning::LuhnFailed);
    Ok((digits, warnings.into_iter().collect()))
}

/// Whether a spreadsheet made a number of it: `6.22e+18`.
fn is_exponential(text: &str) -> bool {
    text.split_once('e').is_some_and(|(digits, exponent)| {
        let exponent = exponent.trim_start_matches(['+', '-']);
        digits.contains('.')
            && digits.chars().all(|c| c.is_ascii_digit() || c == '.')
            && !exponent.is_empty()
            && exponent.chars().all(|c| c.is_ascii_digit())
    })
}

/// A device: `imei:` with its check digit, `imsi:`, `mac:`, or `id:` with another id as it is.
pub(super) fn device(text: &str) -> Normal {
    const EXPECTED: &str =
        "an IMEI of 14 to 16 digits, imsi: and 14 or 15 digits, a MAC address, or id: and an id";
    let folded = folded(text);
    let (scheme, rest) = match folded.split_once(':') {
        Some((scheme @ ("imei" | "imsi" | "mac" | "id"), rest)) => (scheme, rest.trim()),
        Some(_) | None => ("", folded.as_str()),
    };
    let digits = bare_digits(rest);
    match (scheme, digits) {
        ("imei" | "", Some(digits)) => imei(&digits).ok_or(EXPECTED),
        ("imsi", Some(digits)) if (14..=15).contains(&digits.len()) => {
            Ok((format!("imsi:{digits}"), Vec::new()))
        }
        ("mac" | "", _) if mac(rest).is_some() => {
            Ok((format!("mac:{}", mac(rest).unwrap_or_default()), Vec::new()))
        }
        ("id", _) if !rest.is_empty() && is_plain(rest, "._-:/ ") => {
            Ok((format!("id:{rest}"), Vec::new()))
        }
        ("" | "imei" | "imsi" | "mac" | "id", _) | (_, _) => Err(EXPECTED),
    }
}

/// Fifteen digits, the last computed where it is missing (14 digits), zeroed as networks send it,
/// or in the place of a software version (16 digits).
///
/// # Source
/// 3GPP TS 23.003, clauses 6.2.1 and 6.2.2: the check digit is not transmitted, and a zero stands
/// in its place.
fn imei(digits: &str) -> Option<(String, Vec<EntityWarning>)> {
    let body = digits.get(..IMEI_BODY)?;
    let computed = || format!("imei:{body}{}", luhn_digit(body));
    match digits.len() {
        14 | 16 => Some((computed(), vec![EntityWarning::CheckDigitComputed])),
        15 if is_luhn(digits) => {
            let odd = digits.starts_with(CHINA_MCC);
            let warnings = odd.then_some(EntityWarning::MayBeImsi);
            Some((format!("imei:{digits}"), warnings.into_iter().collect()))
        }
        15 if digits.starts_with(CHINA_MCC) => Some((
            format!("imei:{digits}"),
            vec![EntityWarning::MayBeImsi, EntityWarning::LuhnFailed],
        )),
        15 if digits.ends_with('0') => Some((computed(), vec![EntityWarning::CheckDigitComputed])),
        15 => Some((format!("imei:{digits}"), vec![EntityWarning::LuhnFailed])),
        _ => None,
    }
}

/// Twelve hexadecimal digits in pairs.
fn mac(text: &str) -> Option<String> {
    let digits: String = text
        .chars()
        .filter(|c| !matches!(c, ':' | '-' | '.'))
        .collect();
    let marked = digits.len() < text.len();
    let hex = digits.len() == 12 && digits.bytes().all(|b| b.is_ascii_hexdigit());
    if !hex || !marked {
        return None;
    }
    let pairs: Vec<&str> = (0..6)
        .filter_map(|pair| digits.get(2 * pair..2 * pair + 2))
        .collect();
    Some(pairs.join(":"))
}

/// A cell: its parts, such as country, network, area and cell, with hyphens between them.
pub(super) fn cell(text: &str) -> Normal {
    let upper = folded(text).to_uppercase();
    let parts: Vec<&str> = upper
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|part| !part.is_empty())
        .collect();
    let named = upper
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || " -_.,:/|".contains(c));
    if parts.is_empty() || !named {
        return Err("a cell id of digits and Latin letters, such as 460-00-9365-12345");
    }
    Ok((parts.join("-"), Vec::new()))
}
