//! Telephone numbers.

use std::str::FromStr;

use phonenumber::{Mode, country};
use thiserror::Error;

use crate::domain::EntityWarning;

/// Most digits of a number with its country code.
///
/// # Source
/// ITU-T E.164, clause 6.1.
const MAX_DIGITS: usize = 15;
/// Fewest digits of a number that is valid only within a country, such as 110.
const MIN_LOCAL_DIGITS: usize = 3;
/// Fewest digits of a number with its country code: shorter ones are no subscriber's.
const MIN_GLOBAL_DIGITS: usize = 7;
/// What ties a number to the country within which it is valid.
///
/// # Source
/// RFC 3966, clause 5.1.5.
const CONTEXT: &str = ";phone-context=+";

/// The text names no country.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("region is {0:?}, expected two letters of a country such as CN")]
pub struct RegionError(String);

/// The country whose numbers are written without a country code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region(country::Id);

impl FromStr for Region {
    type Err = RegionError;

    /// Reads two letters of ISO 3166-1.
    fn from_str(text: &str) -> Result<Self, RegionError> {
        let letters = text.len() == 2 && text.bytes().all(|b| b.is_ascii_alphabetic());
        letters
            .then(|| text.to_ascii_uppercase().parse().ok())
            .flatten()
            .map(Self)
            .ok_or_else(|| RegionError(text.to_owned()))
    }
}

impl Region {
    /// How the normal form begins of numbers that are written with these first digits; none for
    /// what is no beginning of a number.
    pub fn begun_number(self, text: &str) -> Option<String> {
        let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        let is_number =
            digits.len() >= MIN_LOCAL_DIGITS && digits.bytes().all(|b| b.is_ascii_digit());
        is_number.then(|| format!("+{}{digits}", self.code()))
    }

    /// Its country code.
    fn code(self) -> u16 {
        let plan = phonenumber::metadata::DATABASE.by_id(self.0.as_ref());
        plan.map_or(0, |plan| plan.country_code())
    }
}

/// E.164, or the digits with the country in which they are dialled.
pub(super) fn normal(
    text: &str,
    region: Region,
) -> Result<(String, Vec<EntityWarning>), &'static str> {
    const EXPECTED: &str = "a telephone number of 3 to 15 digits";
    if let Some((digits, code)) = text.split_once(CONTEXT) {
        let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let fits = (MIN_LOCAL_DIGITS..=MAX_DIGITS).contains(&digits.len()) && code.len() <= 3;
        if is_digits(digits) && is_digits(code) && fits {
            return Ok((text.to_owned(), vec![EntityWarning::NotInPlan]));
        }
        return Err(EXPECTED);
    }
    let text = text.strip_prefix("tel:").unwrap_or(text);
    let mut digits = String::with_capacity(text.len());
    for (index, c) in text.char_indices() {
        match c {
            '0'..='9' => digits.push(c),
            '+' if index == 0 => {}
            ' ' | '-' | '.' | '(' | ')' | '/' | '\u{2010}'..='\u{2015}' | '\u{2212}' => {}
            _ => return Err(EXPECTED),
        }
    }
    let is_global = text.starts_with('+');
    // Longer than the longest number, for prefixes of networks and countries.
    if digits.len() < MIN_LOCAL_DIGITS || digits.len() > MAX_DIGITS + 8 {
        return Err(EXPECTED);
    }
    let dialled = if is_global {
        format!("+{digits}")
    } else {
        digits.clone()
    };
    if let Ok(number) = phonenumber::parse(Some(region.0), &dialled)
        && phonenumber::is_valid(&number)
    {
        let global = number.format().mode(Mode::E164).to_string();
        return Ok((global, Vec::new()));
    }
    out_of_plan(&digits, is_global, region).ok_or(EXPECTED)
}

/// A number that no plan knows: short codes are, and numbers that callers invent.
fn out_of_plan(
    digits: &str,
    is_global: bool,
    region: Region,
) -> Option<(String, Vec<EntityWarning>)> {
    let global = if is_global {
        Some(digits)
    } else {
        digits.strip_prefix("00")
    };
    let warnings = vec![EntityWarning::NotInPlan];
    let code = region.code().to_string();
    if let Some(global) = global {
        // A short code behind the country's own code is that short code.
        let local = global.strip_prefix(code.as_str());
        if let Some(local) = local.filter(|local| local.len() < MIN_GLOBAL_DIGITS)
            && local.len() >= MIN_LOCAL_DIGITS
        {
            return Some((format!("{local}{CONTEXT}{code}"), warnings));
        }
        let fits = (MIN_GLOBAL_DIGITS..=MAX_DIGITS).contains(&global.len());
        return (fits && !global.starts_with('0')).then(|| (format!("+{global}"), warnings));
    }
    let fits = (MIN_LOCAL_DIGITS..=MAX_DIGITS).contains(&digits.len());
    fits.then(|| (format!("{digits}{CONTEXT}{code}"), warnings))
}
