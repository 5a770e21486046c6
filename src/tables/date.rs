//! How a table writes times.

use jiff::civil;
use jiff::tz::{Disambiguation, TimeZone};
use serde::{Deserialize, Serialize};

use crate::domain::Timestamp;

/// How a column writes times. A column has one way; what stands in another is refused row by row,
/// since the same digits may mean two days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum DateFormat {
    /// Year first, hyphens.
    #[serde(rename = "YYYY-MM-DD hh:mm:ss")]
    YearHyphen,
    /// Year first, slashes.
    #[serde(rename = "YYYY/MM/DD hh:mm:ss")]
    YearSlash,
    /// Year first, dots.
    #[serde(rename = "YYYY.MM.DD hh:mm:ss")]
    YearDot,
    /// Year first, Chinese units.
    #[serde(rename = "YYYY年MM月DD日 hh:mm:ss")]
    YearChinese,
    /// Fourteen digits, or eight and a time of day.
    #[serde(rename = "YYYYMMDDhhmmss")]
    Compact,
    /// Day first, slashes.
    #[serde(rename = "DD/MM/YYYY hh:mm:ss")]
    DaySlash,
    /// Month first, slashes.
    #[serde(rename = "MM/DD/YYYY hh:mm:ss")]
    MonthSlash,
    /// Day first, dots.
    #[serde(rename = "DD.MM.YYYY hh:mm:ss")]
    DayDot,
    /// Day first, hyphens.
    #[serde(rename = "DD-MM-YYYY hh:mm:ss")]
    DayHyphen,
    /// Month first, hyphens.
    #[serde(rename = "MM-DD-YYYY hh:mm:ss")]
    MonthHyphen,
    /// With an offset from UTC, as in RFC 3339.
    #[serde(rename = "RFC 3339")]
    Rfc3339,
    /// Seconds since 1970; only where a mapping says so.
    #[serde(rename = "unix")]
    Unix,
    /// Milliseconds since 1970; only where a mapping says so.
    #[serde(rename = "unix_ms")]
    UnixMs,
}

impl DateFormat {
    /// Every format.
    pub const ALL: [Self; 13] = [
        Self::YearHyphen,
        Self::YearSlash,
        Self::YearDot,
        Self::YearChinese,
        Self::Compact,
        Self::DaySlash,
        Self::MonthSlash,
        Self::DayDot,
        Self::DayHyphen,
        Self::MonthHyphen,
        Self::Rfc3339,
        Self::Unix,
        Self::UnixMs,
    ];

    /// The name in a mapping.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::YearHyphen => "YYYY-MM-DD hh:mm:ss",
            Self::YearSlash => "YYYY/MM/DD hh:mm:ss",
            Self::YearDot => "YYYY.MM.DD hh:mm:ss",
            Self::YearChinese => "YYYY年MM月DD日 hh:mm:ss",
            Self::Compact => "YYYYMMDDhhmmss",
            Self::DaySlash => "DD/MM/YYYY hh:mm:ss",
            Self::MonthSlash => "MM/DD/YYYY hh:mm:ss",
            Self::DayDot => "DD.MM.YYYY hh:mm:ss",
            Self::DayHyphen => "DD-MM-YYYY hh:mm:ss",
            Self::MonthHyphen => "MM-DD-YYYY hh:mm:ss",
            Self::Rfc3339 => "RFC 3339",
            Self::Unix => "unix",
            Self::UnixMs => "unix_ms",
        }
    }

    /// The formats in which a text is a time, that is to say may be one: two where day and month
    /// may change places, none where it is no time.
    pub(super) fn candidates(text: &str) -> Vec<Self> {
        let marked = match mark_of(text) {
            Some('年') => vec![Self::YearChinese],
            Some('-') => vec![
                Self::YearHyphen,
                Self::Rfc3339,
                Self::DayHyphen,
                Self::MonthHyphen,
            ],
            Some('/') => vec![Self::YearSlash, Self::DaySlash, Self::MonthSlash],
            Some('.') => vec![Self::YearDot, Self::DayDot],
            _ => vec![Self::Compact],
        };
        let utc = TimeZone::UTC;
        let fits = |format: &Self| format.read(text, &utc).is_ok();
        marked.into_iter().filter(fits).collect()
    }

    /// Whether a mapping must say which of the two is meant.
    pub(super) const fn sibling(self) -> Option<Self> {
        match self {
            Self::DaySlash => Some(Self::MonthSlash),
            Self::MonthSlash => Some(Self::DaySlash),
            Self::DayHyphen => Some(Self::MonthHyphen),
            Self::MonthHyphen => Some(Self::DayHyphen),
            Self::YearHyphen | Self::YearSlash | Self::YearDot | Self::YearChinese => None,
            Self::Compact | Self::DayDot | Self::Rfc3339 | Self::Unix | Self::UnixMs => None,
        }
    }

    /// Reads a time of this format; `zone` is where its clock hung.
    ///
    /// # Errors
    /// What is expected.
    pub(super) fn read(self, text: &str, zone: &TimeZone) -> Result<Timestamp, &'static str> {
        let wrong = self.as_str();
        let (order, mark) = match self {
            Self::YearHyphen => (Order::Year, '-'),
            Self::YearSlash => (Order::Year, '/'),
            Self::YearDot => (Order::Year, '.'),
            Self::YearChinese => {
                return local(&chinese(text).ok_or(wrong)?, Order::Year, '-', zone).ok_or(wrong)?;
            }
            Self::DaySlash => (Order::Day, '/'),
            Self::MonthSlash => (Order::Month, '/'),
            Self::DayDot => (Order::Day, '.'),
            Self::DayHyphen => (Order::Day, '-'),
            Self::MonthHyphen => (Order::Month, '-'),
            Self::Compact => return compact(text, zone).ok_or(wrong)?,
            Self::Rfc3339 => return Timestamp::parse(text).map_err(|_| wrong),
            Self::Unix => {
                let seconds: i64 = text.parse().map_err(|_| wrong)?;
                return in_range(seconds.checked_mul(1000).ok_or(wrong)?).ok_or(wrong);
            }
            Self::UnixMs => {
                return in_range(text.parse().map_err(|_| wrong)?).ok_or(wrong);
            }
        };
        local(text, order, mark, zone).ok_or(wrong)?
    }
}

/// What comes first in a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Year,
    Day,
    Month,
}

/// Why a time that is written well is none: the outer option is about the format.
type Read = Option<Result<Timestamp, &'static str>>;

/// The first character that is no digit.
fn mark_of(text: &str) -> Option<char> {
    text.chars()
        .find(|c| !c.is_ascii_digit())
        .filter(|c| *c != ' ')
}

/// Chinese units as marks: `2026年1月2日 3时4分5秒` as `2026-1-2 3:4:5`.
fn chinese(text: &str) -> Option<String> {
    let (date, time) = text.split_once('日')?;
    let date = date.replacen('年', "-", 1).replacen('月', "-", 1);
    let time = time
        .trim()
        .replace(['时', '点'], ":")
        .replace('分', ":")
        .replace('秒', "");
    Some(format!("{date} {}", time.trim_end_matches(':')))
}

fn compact(text: &str, zone: &TimeZone) -> Read {
    let digits: String = text
        .chars()
        .filter(|c| !matches!(c, ' ' | ':' | 'T'))
        .collect();
    if !digits.bytes().all(|b| b.is_ascii_digit()) || !matches!(digits.len(), 12 | 14) {
        return None;
    }
    let part = |from: usize, to: usize| digits.get(from..to);
    let seconds = part(12, 14).unwrap_or("00");
    let text = format!(
        "{}-{}-{} {}:{}:{seconds}",
        part(0, 4)?,
        part(4, 6)?,
        part(6, 8)?,
        part(8, 10)?,
        part(10, 12)?
    );
    local(&text, Order::Year, '-', zone)
}

/// A day and a time of day, seconds and their fraction where they are written.
fn local(text: &str, order: Order, mark: char, zone: &TimeZone) -> Read {
    let text = text.trim();
    let (day, time) = text.split_once([' ', 'T'])?;
    let mut parts = day.split(mark);
    let parts = [
        parts.next()?,
        parts.next()?,
        parts.next()?,
        parts.next().unwrap_or(""),
    ];
    let [first, second, third, ""] = parts else {
        return None;
    };
    let (year, month, day) = match order {
        Order::Year => (first, second, third),
        Order::Day => (third, second, first),
        Order::Month => (third, first, second),
    };
    if year.len() != 4 {
        return None;
    }
    let date = civil::Date::new(number(year)?, number(month)?, number(day)?).ok()?;
    let mut parts = time.trim().split(':');
    let (hour, minute) = (number(parts.next()?)?, number(parts.next()?)?);
    let seconds = parts.next().unwrap_or("0");
    if parts.next().is_some() {
        return None;
    }
    let (second, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let millis = fraction.get(..fraction.len().min(3))?;
    let millis: i32 = format!("{millis:0<3}").parse().ok()?;
    let clock = civil::Time::new(hour, minute, number(second)?, millis * 1_000_000).ok()?;
    let zoned = zone
        .to_ambiguous_zoned_datetime(date.to_datetime(clock))
        .disambiguate(Disambiguation::Reject);
    Some(match zoned {
        Ok(zoned) => in_range(zoned.timestamp().as_millisecond()).ok_or("a time from 1970 to 9999"),
        Err(_) => Err("a local time that comes once: clocks were changed at this hour"),
    })
}

/// One to four digits as a number.
fn number<T: std::str::FromStr>(text: &str) -> Option<T> {
    let digits = (1..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// A time of this era: one before 1970 is a zero that a table filled in, or a wrong column.
fn in_range(millis: i64) -> Option<Timestamp> {
    const END_OF_9999: i64 = 253_402_300_799_999;
    (1..=END_OF_9999)
        .contains(&millis)
        .then(|| Timestamp::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shanghai() -> TimeZone {
        jiff::tz::TimeZoneDatabase::bundled()
            .get("Asia/Shanghai")
            .unwrap()
    }

    fn read(format: DateFormat, text: &str) -> Result<String, &'static str> {
        format.read(text, &shanghai()).map(|time| time.to_string())
    }

    #[test]
    fn times_are_of_the_zone_that_is_stated() {
        for (format, text) in [
            (DateFormat::YearHyphen, "2026-03-01 08:05:09"),
            (DateFormat::YearSlash, "2026/3/1 8:05:09"),
            (DateFormat::YearDot, "2026.03.01 08:05:09"),
            (DateFormat::YearChinese, "2026年3月1日 08:05:09"),
            (DateFormat::YearChinese, "2026年03月01日8时5分9秒"),
            (DateFormat::Compact, "20260301080509"),
            (DateFormat::Compact, "20260301 08:05:09"),
            (DateFormat::DaySlash, "01/03/2026 08:05:09"),
            (DateFormat::MonthSlash, "03/01/2026 08:05:09"),
            (DateFormat::Rfc3339, "2026-03-01T00:05:09Z"),
            (DateFormat::Unix, "1772323509"),
            (DateFormat::UnixMs, "1772323509000"),
        ] {
            assert_eq!(
                read(format, text).as_deref(),
                Ok("2026-03-01T00:05:09.000Z"),
                "{text}"
            );
        }
        assert_eq!(
            read(DateFormat::YearHyphen, "2026-03-01T08:05:09.25").as_deref(),
            Ok("2026-03-01T00:05:09.250Z")
        );
        assert_eq!(
            read(DateFormat::YearHyphen, "2026-03-01 08:05").as_deref(),
            Ok("2026-03-01T00:05:00.000Z")
        );
    }

    #[test]
    fn what_is_no_time_or_comes_twice_is_refused() {
        for text in [
            "",
            "2026-02-30 00:00:00",
            "2026-03-01",
            "26-03-01 00:00:00",
            "2026-03-01 24:00:00",
            "2026-03-01 00:60:00",
            "1969-12-31 00:00:00",
            "2026-03-01 00:00:00:00",
            "2026-03-01-01 00:00:00",
            "２０２６-03-01 00:00:00",
        ] {
            assert!(read(DateFormat::YearHyphen, text).is_err(), "{text}");
        }
        let berlin = jiff::tz::TimeZoneDatabase::bundled()
            .get("Europe/Berlin")
            .unwrap();
        let twice = DateFormat::YearHyphen
            .read("2025-10-26 02:30:00", &berlin)
            .unwrap_err();
        assert!(twice.contains("clocks were changed"), "{twice}");
    }

    #[test]
    fn a_day_that_may_be_a_month_has_two_candidates() {
        assert_eq!(
            DateFormat::candidates("03/04/2026 00:00:01"),
            [DateFormat::DaySlash, DateFormat::MonthSlash]
        );
        assert_eq!(
            DateFormat::candidates("13/04/2026 00:00:01"),
            [DateFormat::DaySlash]
        );
        assert_eq!(
            DateFormat::candidates("2026-04-13T00:00:01+08:00"),
            [DateFormat::Rfc3339]
        );
        assert_eq!(DateFormat::candidates("yesterday"), []);
    }

    proptest! {
        #[test]
        fn any_text_is_a_time_or_refused(text in "\\PC{0,24}|[0-9/:. 年月日-]{0,24}") {
            for format in DateFormat::ALL {
                let _ = format.read(&text, &TimeZone::UTC);
            }
            let _ = DateFormat::candidates(&text);
        }
    }
}
