//! Money: an exact decimal and its currency, never a float.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

/// Parts of a unit that are kept: nine decimal places, more than any currency in use has.
const NANOS: u64 = 1_000_000_000;
/// Decimal places that are kept.
const PLACES: usize = 9;
/// Largest amount in whole units: beyond any transfer, and small enough that nine million of the
/// largest add up without an overflow.
const MAX_WHOLE: u64 = 1_000_000_000_000;

/// Why a text is no amount.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("amount is {found:?}, expected {expected}")]
pub struct AmountError {
    /// What was found.
    pub found: String,
    /// What an amount may be.
    pub expected: &'static str,
}

/// An amount of money from 0 to 10^12 units with up to nine decimal places, exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Amount {
    whole: u64,
    nanos: u32,
}

impl Amount {
    /// From whole units and billionths of a unit; none where either is out of range.
    pub const fn new(whole: u64, nanos: u32) -> Option<Self> {
        if whole > MAX_WHOLE || nanos as u64 >= NANOS {
            None
        } else {
            Some(Self { whole, nanos })
        }
    }

    /// The sum of many amounts, from the sums of their whole units and of their billionths.
    pub const fn of_sums(whole: u64, nanos: u64) -> Self {
        Self {
            whole: whole.saturating_add(nanos / NANOS),
            nanos: (nanos % NANOS) as u32,
        }
    }

    /// Whole units.
    pub const fn whole(self) -> u64 {
        self.whole
    }

    /// Billionths of a unit beyond the whole ones.
    pub const fn nanos(self) -> u32 {
        self.nanos
    }

    /// This amount and another; it stays at the largest number where it would pass it.
    pub const fn plus(self, other: Self) -> Self {
        let nanos = self.nanos as u64 + other.nanos as u64;
        Self::of_sums(self.whole.saturating_add(other.whole), nanos)
    }
}

impl FromStr for Amount {
    type Err = AmountError;

    /// Reads digits with an optional point and decimal places: `1234.56`.
    fn from_str(text: &str) -> Result<Self, AmountError> {
        let error = |expected| AmountError {
            found: text.to_owned(),
            expected,
        };
        let (whole, places) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(places) {
            return Err(error("digits with at most one decimal point"));
        }
        let places = places.trim_end_matches('0');
        if places.len() > PLACES {
            return Err(error("at most nine decimal places"));
        }
        let too_large = || error("at most 1000000000000");
        let whole: u64 = whole.parse().map_err(|_| too_large())?;
        let nanos: u32 = format!("{places:0<PLACES$}")
            .parse()
            .map_err(|_| error("digits with at most one decimal point"))?;
        Self::new(whole, nanos).ok_or_else(too_large)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.whole)?;
        if self.nanos == 0 {
            return Ok(());
        }
        let places = format!("{:0PLACES$}", self.nanos);
        write!(f, ".{}", places.trim_end_matches('0'))
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A currency: three capital letters as in ISO 4217, or up to eight capital letters and digits for
/// what is no state's money, such as `USDT`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency(String);

impl Currency {
    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Currency {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, AmountError> {
        let code = text.trim().to_ascii_uppercase();
        // What Chinese banks write in that column.
        let code = match code.as_str() {
            "人民币" | "人民币元" | "RMB" | "元" => "CNY".to_owned(),
            "美元" => "USD".to_owned(),
            "港币" | "港元" => "HKD".to_owned(),
            "欧元" => "EUR".to_owned(),
            _ => code,
        };
        let known = (3..=8).contains(&code.len())
            && code.starts_with(|c: char| c.is_ascii_uppercase())
            && code
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if known {
            Ok(Self(code))
        } else {
            Err(AmountError {
                found: text.to_owned(),
                expected: "a currency code such as CNY",
            })
        }
    }
}

impl TryFrom<String> for Currency {
    type Error = AmountError;

    fn try_from(text: String) -> Result<Self, AmountError> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.0
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_amount_is_exact_and_prints_without_trailing_zeros() {
        for (text, printed) in [
            ("1234.50", "1234.5"),
            ("0.000000001", "0.000000001"),
            ("7", "7"),
        ] {
            assert_eq!(text.parse::<Amount>().unwrap().to_string(), printed);
        }
        // A float would make 0.30000000000000004 of it.
        let sum = "0.1"
            .parse::<Amount>()
            .unwrap()
            .plus("0.2".parse().unwrap());
        assert_eq!(sum.to_string(), "0.3");
    }

    #[test]
    fn what_is_no_plain_decimal_is_refused() {
        for text in [
            "", "1e9", "1,234.56", "-5", "1.2.3", ".5", "5.", "NaN", "1 000", "１",
        ] {
            assert!(text.parse::<Amount>().is_err(), "{text}");
        }
        assert!("0.0000000001".parse::<Amount>().is_err());
        assert!("1000000000001".parse::<Amount>().is_err());
        assert!("99999999999999999999999".parse::<Amount>().is_err());
    }

    #[test]
    fn a_currency_is_a_code_or_what_banks_write_for_it() {
        assert_eq!("人民币".parse::<Currency>().unwrap().as_str(), "CNY");
        assert_eq!(" usd ".parse::<Currency>().unwrap().as_str(), "USD");
        for text in ["", "US", "U$D", "123", "TOOLONGCODE"] {
            assert!(text.parse::<Currency>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn sums_do_not_depend_on_the_order(
            parts in prop::collection::vec((0..=MAX_WHOLE, 0..NANOS as u32), 0..40)
        ) {
            let amounts: Vec<Amount> =
                parts.iter().map(|&(whole, nanos)| Amount::new(whole, nanos).unwrap()).collect();
            let forwards = amounts.iter().fold(Amount::default(), |sum, &one| sum.plus(one));
            let backwards = amounts.iter().rev().fold(Amount::default(), |sum, &one| sum.plus(one));
            let at_once = Amount::of_sums(
                parts.iter().map(|(whole, _)| whole).sum(),
                parts.iter().map(|&(_, nanos)| u64::from(nanos)).sum(),
            );
            prop_assert_eq!(forwards, backwards);
            prop_assert_eq!(forwards, at_once);
        }

        #[test]
        fn what_is_printed_reads_back(whole in 0..=MAX_WHOLE, nanos in 0..NANOS as u32) {
            let amount = Amount::new(whole, nanos).unwrap();
            prop_assert_eq!(amount.to_string().parse::<Amount>().unwrap(), amount);
        }
    }
}
