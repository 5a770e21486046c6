//! Amounts and durations as tables write them.

use crate::domain::Amount;

/// Longest duration: a year. What is longer is a time in the wrong column.
const MAX_DURATION_MS: u64 = 366 * 24 * 60 * 60 * 1000;

/// An amount with a decimal point, and commas between groups of three digits where there are any.
/// A sign of a currency before it is left out; a minus is not, since the direction says it.
///
/// # Errors
/// What is expected.
pub(super) fn amount(text: &str) -> Result<Amount, &'static str> {
    const EXPECTED: &str = "an amount such as 1234.56 or 1,234.56, without sign and exponent";
    let text = crate::entities::folded(text);
    let bare = text.trim_start_matches(['¥', '$', '€', '£']).trim();
    let bare = bare.strip_suffix('元').unwrap_or(bare).trim();
    let (whole, places) = match bare.split_once('.') {
        Some((whole, places)) => (whole, Some(places)),
        None => (bare, None),
    };
    let whole = if whole.contains(',') {
        ungrouped(whole).ok_or(EXPECTED)?
    } else {
        whole.to_owned()
    };
    let plain = match places {
        Some(places) => format!("{whole}.{places}"),
        None => whole,
    };
    plain.parse().map_err(|_| EXPECTED)
}

/// Digits without the commas between groups of three; none where a comma stands elsewhere, as in
/// the decimal comma of `1,5`.
fn ungrouped(text: &str) -> Option<String> {
    let mut groups = text.split(',');
    let first = groups.next()?;
    let mut digits = (1..=3).contains(&first.len()).then(|| first.to_owned())?;
    for group in groups {
        if group.len() != 3 {
            return None;
        }
        digits.push_str(group);
    }
    Some(digits)
}

/// A duration: whole seconds, `hh:mm:ss`, `mm:ss`, or in Chinese units.
///
/// # Errors
/// What is expected.
pub(super) fn duration_ms(text: &str) -> Result<u64, &'static str> {
    const EXPECTED: &str = "seconds, hh:mm:ss or 1时2分3秒, of at most 366 days";
    let text = crate::entities::folded(text);
    let seconds = if text.contains(':') {
        clock(&text)
    } else if text.contains(['时', '分', '秒']) {
        chinese(&text)
    } else {
        text.parse::<u64>().ok()
    };
    seconds
        .and_then(|seconds| seconds.checked_mul(1000))
        .filter(|&ms| ms <= MAX_DURATION_MS)
        .ok_or(EXPECTED)
}

fn clock(text: &str) -> Option<u64> {
    let parts: Vec<&str> = text.split(':').collect();
    if !(2..=3).contains(&parts.len()) {
        return None;
    }
    let mut seconds = 0u64;
    for (place, part) in parts.iter().enumerate() {
        let value: u64 = part.parse().ok()?;
        if place > 0 && value >= 60 {
            return None;
        }
        seconds = seconds.checked_mul(60)?.checked_add(value)?;
    }
    Some(seconds)
}

fn chinese(text: &str) -> Option<u64> {
    let mut rest = text;
    let mut seconds = 0u64;
    for (units, each) in [
        (["小时", "时"], 3600),
        (["分钟", "分"], 60),
        (["秒钟", "秒"], 1),
    ] {
        let Some((unit, at)) = units
            .iter()
            .find_map(|unit| rest.find(unit).map(|at| (unit, at)))
        else {
            continue;
        };
        let value: u64 = rest.get(..at)?.trim().parse().ok()?;
        seconds = seconds.checked_add(value.checked_mul(each)?)?;
        rest = rest.get(at + unit.len()..)?;
    }
    rest.trim().is_empty().then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_with_groups_and_signs_of_currencies() {
        for (text, exact) in [
            ("1,234.56", "1234.56"),
            ("1234.5", "1234.5"),
            ("¥ 12,345,678", "12345678"),
            ("５００元", "500"),
            ("0.30", "0.3"),
        ] {
            assert_eq!(amount(text).unwrap().to_string(), exact, "{text}");
        }
    }

    #[test]
    fn amounts_that_may_be_read_in_two_ways_are_refused() {
        for text in [
            "1e9", "-5", "1,5", "1.234,56", "12,34", "1,2345", ",500", "", "abc", "1 2",
        ] {
            assert!(amount(text).is_err(), "{text}");
        }
    }

    #[test]
    fn durations_are_read_in_seconds_on_a_clock_and_in_chinese() {
        for (text, seconds) in [
            ("75", 75),
            ("01:15", 75),
            ("1:02:03", 3723),
            ("1分15秒", 75),
            ("1小时2分钟3秒", 3723),
            ("2时", 7200),
        ] {
            assert_eq!(duration_ms(text).unwrap(), seconds * 1000, "{text}");
        }
        for text in [
            "-1",
            "1.5",
            "1:60",
            "1:2:3:4",
            "秒",
            "3秒1分",
            "99999999999999999999",
            "40000000",
        ] {
            assert!(duration_ms(text).is_err(), "{text}");
        }
    }
}
