//! The one place that asks what time it is.

use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since 1970-01-01T00:00:00Z. A clock set before that counts as that.
#[must_use]
pub fn now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_secs()).ok())
        .unwrap_or(0)
}

/// Seconds since the epoch of a moment in UTC; none for a date that no calendar has.
#[must_use]
pub fn seconds(year: i64, month: i64, day: i64, hour: i64, minute: i64, second: i64) -> Option<i64> {
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let days_in_month = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    let inside = (1..=9999).contains(&year)
        && (1..=days_in_month).contains(&day)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..=60).contains(&second);
    if !inside {
        return None;
    }
    // Years are counted from March, so that the leap day is the last day of its year.
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let of_era = shifted.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = of_era * 365 + of_era / 4 - of_era / 100 + day_of_year;
    let days = era * 146_097 + day_of_era - 719_468;
    Some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_moments_have_their_known_seconds() {
        assert_eq!(seconds(1970, 1, 1, 0, 0, 0), Some(0));
        assert_eq!(seconds(2000, 2, 29, 12, 0, 0), Some(951_825_600));
        assert_eq!(seconds(2026, 11, 21, 2, 52, 59), Some(1_795_229_579));
    }

    #[test]
    fn a_day_that_does_not_exist_has_no_seconds() {
        assert_eq!(seconds(2025, 2, 29, 0, 0, 0), None);
        assert_eq!(seconds(2025, 13, 1, 0, 0, 0), None);
        assert_eq!(seconds(2025, 4, 31, 0, 0, 0), None);
        assert_eq!(seconds(2025, 1, 1, 24, 0, 0), None);
    }
}
