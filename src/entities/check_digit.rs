//! The check digit of card numbers and of IMEIs.

/// Sum of the Luhn algorithm over digits from right to left, of which the first counts twice when
/// `doubled_first`.
fn luhn_sum(digits: &str, doubled_first: bool) -> u32 {
    let values = digits.bytes().rev().map(|byte| u32::from(byte - b'0'));
    values
        .enumerate()
        .map(|(place, digit)| {
            if (place % 2 == 0) == doubled_first {
                let doubled = 2 * digit;
                doubled / 10 + doubled % 10
            } else {
                digit
            }
        })
        .sum()
}

/// Whether the last digit is the check digit of those before; `digits` holds only ASCII digits.
///
/// # Source
/// ISO/IEC 7812-1, annex B: the sum over all digits, each second one from the right doubled and its
/// digits added up, is a multiple of ten.
pub(super) fn is_luhn(digits: &str) -> bool {
    luhn_sum(digits, false).is_multiple_of(10)
}

/// The check digit that belongs behind these digits.
///
/// # Source
/// As [`is_luhn`]; for IMEIs 3GPP TS 23.003, annex B.
pub(super) fn luhn_digit(digits: &str) -> char {
    let rest = luhn_sum(digits, true) % 10;
    char::from_digit((10 - rest) % 10, 10).unwrap_or('0')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_examples_of_the_standards_hold() {
        // ISO/IEC 7812-1 annex B, and the IMEI of 3GPP TS 23.003 annex B.
        assert!(is_luhn("4992739871 6".replace(' ', "").as_str()));
        assert!(!is_luhn("49927398717"));
        assert_eq!(luhn_digit("26053179311383"), '7');
    }

    proptest! {
        #[test]
        fn a_computed_digit_holds_and_one_changed_digit_does_not(
            digits in "[0-9]{1,18}", place in 0usize..18, step in 1u8..10
        ) {
            let whole = format!("{digits}{}", luhn_digit(&digits));
            prop_assert!(is_luhn(&whole));
            let place = place % whole.len();
            let mut bytes = whole.into_bytes();
            bytes[place] = b'0' + (bytes[place] - b'0' + step) % 10;
            let changed = String::from_utf8(bytes).unwrap();
            prop_assert!(!is_luhn(&changed));
        }
    }
}
