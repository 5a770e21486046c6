//! The smallest unit of each currency: fen of a yuan, none below a yen, fils of a dinar.

use super::amount::{Amount, Currency};

/// Decimal places of the currencies that are not counted in hundredths.
///
/// # Source
/// ISO 4217, table A.1 (list one), column "minor unit", compared code by code with the list published
/// on 2026-01-01 (178 codes); the currencies without entry there, such as funds and metals, have no
/// smallest unit and are counted in hundredths here like every other code.
const PLACES: [(&str, u32); 26] = [
    ("BHD", 3),
    ("BIF", 0),
    ("CLF", 4),
    ("CLP", 0),
    ("DJF", 0),
    ("GNF", 0),
    ("IQD", 3),
    ("ISK", 0),
    ("JOD", 3),
    ("JPY", 0),
    ("KMF", 0),
    ("KRW", 0),
    ("KWD", 3),
    ("LYD", 3),
    ("OMR", 3),
    ("PYG", 0),
    ("RWF", 0),
    ("TND", 3),
    ("UGX", 0),
    ("UYI", 0),
    ("UYW", 4),
    ("VND", 0),
    ("VUV", 0),
    ("XAF", 0),
    ("XOF", 0),
    ("XPF", 0),
];
/// Decimal places of every other currency.
const USUAL_PLACES: u32 = 2;
/// Decimal places of an [`Amount`].
const AMOUNT_PLACES: u32 = 9;

impl Currency {
    /// Decimal places of its smallest unit: 2 for most, 0 for yen, 3 for dinars.
    pub fn minor_places(&self) -> u32 {
        PLACES
            .iter()
            .find(|(code, _)| *code == self.as_str())
            .map_or(USUAL_PLACES, |(_, places)| *places)
    }
}

impl Amount {
    /// Whole smallest units of a currency; what is less than one is left out, and what is too large
    /// stays at the largest number.
    pub fn in_minor_units(self, currency: &Currency) -> i64 {
        let places = currency.minor_places();
        let per_unit = 10i64.pow(places);
        let nanos_per_minor = 10i64.pow(AMOUNT_PLACES - places);
        let whole = i64::try_from(self.whole()).unwrap_or(i64::MAX);
        let minor = i64::from(self.nanos()) / nanos_per_minor;
        whole.saturating_mul(per_unit).saturating_add(minor)
    }

    /// The amount as it is written in a currency: with all places of its smallest unit, and with more
    /// where the amount has more.
    pub fn written_in(self, currency: &Currency) -> String {
        let exact = self.to_string();
        let (whole, places) = exact.split_once('.').unwrap_or((&exact, ""));
        let width = currency.minor_places() as usize;
        if width == 0 && places.is_empty() {
            return whole.to_owned();
        }
        format!("{whole}.{places:0<width$}")
    }
}

/// So many smallest units of a currency, as a decimal of whole ones: 12345 fen are `123.45`.
pub fn decimal_of_minor_units(minor: i64, currency: &Currency) -> String {
    let places = currency.minor_places() as usize;
    let sign = if minor < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", minor.unsigned_abs(), width = places + 1);
    let (whole, part) = digits.split_at(digits.len() - places);
    if part.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{part}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn currency(code: &str) -> Currency {
        code.parse().unwrap()
    }

    #[test]
    fn each_currency_is_counted_in_its_own_smallest_unit() {
        for (text, code, minor, written) in [
            ("1234.5", "CNY", 123_450, "1234.50"),
            ("1234.5", "JPY", 1234, "1234.5"),
            ("1234", "JPY", 1234, "1234"),
            ("50000", "KRW", 50_000, "50000"),
            ("1.5", "KWD", 1500, "1.500"),
            ("0.0005", "BHD", 0, "0.0005"),
            ("2", "CLF", 20_000, "2.0000"),
            ("7.125", "USDT", 712, "7.125"),
            (
                "1000000000000",
                "CNY",
                100_000_000_000_000,
                "1000000000000.00",
            ),
        ] {
            let amount: Amount = text.parse().unwrap();
            let currency = currency(code);
            assert_eq!(amount.in_minor_units(&currency), minor, "{text} {code}");
            assert_eq!(amount.written_in(&currency), written, "{text} {code}");
        }
        for (minor, code, decimal) in [
            (5, "CNY", "0.05"),
            (-12_345, "USD", "-123.45"),
            (5, "VND", "5"),
            (1500, "TND", "1.500"),
        ] {
            assert_eq!(decimal_of_minor_units(minor, &currency(code)), decimal);
        }
    }

    #[test]
    fn the_table_is_in_order_and_holds_no_usual_currency() {
        let codes: Vec<&str> = PLACES.iter().map(|(code, _)| *code).collect();
        let mut sorted = codes.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(codes, sorted);
        assert!(PLACES.iter().all(|(_, places)| *places != USUAL_PLACES));
        assert!(codes.iter().all(|code| currency(code).as_str() == *code));
    }

    proptest! {
        #[test]
        fn what_is_counted_and_written_reads_back(
            minor in 0i64..1_000_000_000_000, at in 0usize..PLACES.len(),
        ) {
            let currency = currency(PLACES[at].0);
            let amount: Amount = decimal_of_minor_units(minor, &currency).parse().unwrap();
            prop_assert_eq!(amount.in_minor_units(&currency), minor);
            prop_assert_eq!(amount.written_in(&currency), decimal_of_minor_units(minor, &currency));
        }
    }
}
