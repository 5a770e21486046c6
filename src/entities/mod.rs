//! What people write, to normal forms by which it is found again.
//!
//! The same number in two ways of writing is one entity; two numbers are never one. Where a value is
//! odd but may be what was meant, such as a card whose check digit fails, it is taken with a
//! warning; where it can be no value of its kind, it is refused with what was found and expected.
//!
//! Invariant: a normal form of a normal form is itself.

mod check_digit;
mod device;
mod phone;
mod text;
mod web;

use thiserror::Error;

pub use phone::{Region, RegionError};
pub use text::{folded, is_plain};

use crate::domain::{EntityKind, EntityWarning};

/// Longest value, in characters.
pub const MAX_VALUE_CHARS: usize = 512;

/// A value in its normal form.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NormalForm {
    /// Kind.
    pub kind: EntityKind,
    /// The form.
    pub value: String,
    /// What a person should know of the value.
    pub warnings: Vec<EntityWarning>,
}

/// Why a text is no value of its kind.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{} is {found}, expected {expected}", kind.as_str())]
pub struct FormError {
    /// Kind that it should be of.
    pub kind: EntityKind,
    /// What was found.
    pub found: String,
    /// What is expected.
    pub expected: &'static str,
}

/// The normal form of a value.
///
/// Every kind: NFKC, so that full-width digits and letters are plain ones, without spaces at the
/// ends. Then `phone`: E.164, or the digits with the country as `phone-context` (RFC 3966) where the
/// number is valid only within a country. `account`: digits alone where it is a number of digits,
/// else folded text. `device`: `imei:`, `imsi:` or `mac:`. `url`: RFC 3986, without `http:` and
/// `https:`, which lead to one page. `address`: the canonical address where it is an IP address.
/// Others: lower case, one space between words and none between Chinese characters.
///
/// # Errors
/// The text is empty, too long, or can be no value of its kind.
pub fn normal_form(
    kind: EntityKind,
    written: &str,
    region: Region,
) -> Result<NormalForm, FormError> {
    let refuse = |found: String, expected| FormError {
        kind,
        found,
        expected,
    };
    let chars = written.chars().count();
    if chars > MAX_VALUE_CHARS {
        return Err(refuse(
            format!("{chars} characters long"),
            "at most 512 characters",
        ));
    }
    let text = text::folded_width(written);
    if text.is_empty() {
        return Err(refuse("empty".to_owned(), "a value"));
    }
    if let Some(control) = text.chars().find(|c| c.is_control()) {
        return Err(refuse(
            format!("a text with control character U+{:04X}", control as u32),
            "a text without control characters",
        ));
    }
    let (value, warnings) = match kind {
        EntityKind::Phone => phone::normal(&text, region),
        EntityKind::Account => device::account(&text),
        EntityKind::Device => device::device(&text),
        EntityKind::Cell => device::cell(&text),
        EntityKind::Address => Ok((web::address(&text), Vec::new())),
        EntityKind::Url => web::url(&text).map(|url| (url, Vec::new())),
        EntityKind::App | EntityKind::Organisation | EntityKind::Person => {
            Ok((text::folded(&text), Vec::new()))
        }
    }
    .map_err(|expected| refuse(format!("{text:?}"), expected))?;
    // Folding may leave more characters than were written, and a form must read back.
    if value.is_empty() || value.chars().count() > MAX_VALUE_CHARS {
        return Err(refuse(
            format!("{text:?}"),
            "a value of 1 to 512 characters",
        ));
    }
    Ok(NormalForm {
        kind,
        value,
        warnings,
    })
}

#[cfg(test)]
mod tests;
