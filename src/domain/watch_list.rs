//! Watch lists: subjects, numbers and accounts that somebody has a ground to be told about.

use serde::{Deserialize, Serialize};

use super::ids::{SubjectId, WatchListId, WatchMemberId};
use super::time::Timestamp;

/// Digits below which a text is no telephone number: emergency numbers have three.
const MIN_NUMBER_DIGITS: usize = 3;
/// Most digits of a telephone number, with room for extensions.
///
/// # Source
/// ITU-T E.164 (11/2010) clause 6.2.1: an international number has at most 15 digits.
const MAX_NUMBER_DIGITS: usize = 20;
/// Shortest and longest account, in characters: an IBAN has at most 34 (ISO 13616-1), payment
/// platforms use longer names.
const ACCOUNT_CHARS: std::ops::RangeInclusive<usize> = 3..=64;

/// Why somebody is watched, for how long, and who answers for it. Who is on it is a matter of its
/// [`WatchMember`]s.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchList {
    /// Id.
    pub id: WatchListId,
    /// Name.
    pub name: String,
    /// What it is for.
    pub purpose: String,
    /// Legal ground.
    pub ground: String,
    /// Who answers for it: a unit or a role.
    pub owner: String,
    /// When it ceases to be in force.
    pub expires_at: Timestamp,
    /// Counts edits from 1; the entity tag.
    pub version: u32,
    /// When it was made.
    pub created_at: Timestamp,
}

impl WatchList {
    /// Whether it is in force at `now`.
    pub fn in_force(&self, now: Timestamp) -> bool {
        now < self.expires_at
    }
}

/// Who or what is watched. Numbers and accounts are normalised.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
pub enum WatchedValue {
    /// A subject, by the voice.
    Subject(SubjectId),
    /// A telephone number; see [`normalised_number`].
    Number(String),
    /// An account; see [`normalised_account`].
    Account(String),
}

impl WatchedValue {
    /// The name of the kind in the API and the database.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Subject(_) => "subject",
            Self::Number(_) => "number",
            Self::Account(_) => "account",
        }
    }

    /// The value as text.
    pub fn text(&self) -> String {
        match self {
            Self::Subject(id) => id.to_string(),
            Self::Number(text) | Self::Account(text) => text.clone(),
        }
    }
}

/// One member of a watch list. A removed one stays, with its times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchMember {
    /// Id.
    pub id: WatchMemberId,
    /// List.
    pub watch_list_id: WatchListId,
    /// Who or what.
    pub value: WatchedValue,
    /// Why this one.
    pub reason: String,
    /// When it was put on the list.
    pub added_at: Timestamp,
    /// When it was taken off.
    pub removed_at: Option<Timestamp>,
}

/// A member of a list in force, as rules need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchedEntry {
    /// List.
    pub watch_list_id: WatchListId,
    /// Who or what.
    pub value: WatchedValue,
}

/// A telephone number as it is compared: digits, after a plus where it is international. Spaces,
/// hyphens, dots, slashes and brackets go, and a leading `00` becomes the plus. None for what is no
/// number, such as a withheld one.
///
/// Whether a national number and an international one are the same line is not decided here: that
/// needs the country that was called from.
pub fn normalised_number(text: &str) -> Option<String> {
    let kept: String = text
        .chars()
        .filter(|c| !matches!(c, ' ' | '\u{a0}' | '-' | '.' | '/' | '(' | ')'))
        .collect();
    let (plus, digits) = match kept.strip_prefix('+').or_else(|| kept.strip_prefix("00")) {
        Some(digits) => ("+", digits),
        None => ("", kept.as_str()),
    };
    let is_number = (MIN_NUMBER_DIGITS..=MAX_NUMBER_DIGITS).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| format!("{plus}{digits}"))
}

/// An account as it is compared: letters in upper case, digits, and `@ _ + :` of payment platforms;
/// spaces, hyphens and dots go. None for what is no account.
pub fn normalised_account(text: &str) -> Option<String> {
    let kept: String = text
        .chars()
        .filter(|c| !matches!(c, ' ' | '\u{a0}' | '-' | '.'))
        .flat_map(char::to_uppercase)
        .collect();
    let is_account = ACCOUNT_CHARS.contains(&kept.chars().count())
        && kept
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '@' | '_' | '+' | ':'));
    is_account.then_some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ways_of_writing_a_number_are_one_number() {
        for text in ["+86 138 0013-8000", "0086 13800138000", "+86(138)0013.8000"] {
            assert_eq!(normalised_number(text).as_deref(), Some("+8613800138000"));
        }
        assert_eq!(normalised_number("110").as_deref(), Some("110"));
        assert_eq!(
            normalised_number("021/6543 210").as_deref(),
            Some("0216543210")
        );
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in [
            "",
            "withheld",
            "+",
            "12",
            "1".repeat(21).as_str(),
            "+86x138",
            "１３８００",
        ] {
            assert_eq!(normalised_number(text), None, "{text}");
        }
    }

    #[test]
    fn ways_of_writing_an_account_are_one_account() {
        for text in ["6222 0000-1111 2222", "6222000011112222"] {
            assert_eq!(
                normalised_account(text).as_deref(),
                Some("6222000011112222")
            );
        }
        assert_eq!(
            normalised_account("shop_1@pay").as_deref(),
            Some("SHOP_1@PAY")
        );
        assert_eq!(normalised_account("a\nb c d"), None);
        assert_eq!(normalised_account("--"), None);
    }

    proptest! {
        #[test]
        fn normalising_twice_is_normalising_once(text in "\\PC{0,40}") {
            for normalise in [normalised_number, normalised_account] {
                if let Some(once) = normalise(&text) {
                    prop_assert_eq!(normalise(&once), Some(once.clone()));
                }
            }
        }
    }
}
