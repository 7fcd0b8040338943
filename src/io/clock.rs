//! The one place that asks what time it is, and the one that waits. No wait is blind: it looks at a
//! condition again and again, has a deadline, and ends early when the condition cannot come true.

use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// What a look at the condition showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look<T, E> {
    Holds(T),
    /// Not yet, and why.
    Not(String),
    /// It cannot come true any more.
    Never(E),
}

/// How a wait ended without its condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unmet<E> {
    Never(E),
    /// The deadline passed; why it was not so yet at the last look.
    Late(String),
}

/// Looks until it holds, cannot hold, or the time is up; the last look is after the deadline, so that
/// what came true in time is seen. `tell` hears every look that did not hold.
pub fn poll<T, E>(
    deadline: Instant,
    every: Duration,
    mut look: impl FnMut() -> Look<T, E>,
    mut tell: impl FnMut(&str),
) -> Result<T, Unmet<E>> {
    loop {
        let late = Instant::now() >= deadline;
        match look() {
            Look::Holds(value) => return Ok(value),
            Look::Never(why) => return Err(Unmet::Never(why)),
            Look::Not(why) if late => return Err(Unmet::Late(why)),
            Look::Not(why) => tell(&why),
        }
        thread::sleep(every.min(deadline.saturating_duration_since(Instant::now())));
    }
}

/// The pause between two attempts of something that is tried again.
pub fn between_attempts(pause: Duration) {
    thread::sleep(pause);
}

/// Milliseconds since 1970-01-01T00:00:00Z.
#[must_use]
pub fn now_in_millis() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).ok();
    since.and_then(|since| i64::try_from(since.as_millis()).ok()).unwrap_or(0)
}

/// A moment as `2026-11-21T02:52:59.120Z`.
#[must_use]
pub fn written_with_millis(millis: i64) -> String {
    let text = written(millis.div_euclid(1000));
    format!("{}.{:03}Z", text.trim_end_matches('Z'), millis.rem_euclid(1000))
}

/// Seconds since 1970-01-01T00:00:00Z. A clock set before that counts as that.
#[must_use]
pub fn now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_secs()).ok())
        .unwrap_or(0)
}

/// The moment that a web server names: `Sun, 06 Nov 1994 08:49:37 GMT`.
#[must_use]
pub fn of_http(text: &str) -> Option<i64> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (_, rest) = text.split_once(", ")?;
    let mut words = rest.split(' ');
    let day = words.next()?.parse().ok()?;
    let month = words.next()?;
    let month = i64::try_from(MONTHS.iter().position(|name| *name == month)?).ok()? + 1;
    let year = words.next()?.parse().ok()?;
    let mut time = words.next()?.split(':').map(|part| part.parse::<i64>().ok());
    let (hour, minute, second) = (time.next()??, time.next()??, time.next()??);
    (words.next() == Some("GMT")).then(|| seconds(year, month, day, hour, minute, second))?
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

/// A moment as `2026-11-21T02:52:59Z`.
#[must_use]
pub fn written(seconds: i64) -> String {
    let days = seconds.div_euclid(86_400);
    let of_day = seconds.rem_euclid(86_400);
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (of_day / 3600, of_day % 3600 / 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_moments_have_their_known_seconds() {
        assert_eq!(seconds(1970, 1, 1, 0, 0, 0), Some(0));
        assert_eq!(seconds(2000, 2, 29, 12, 0, 0), Some(951_825_600));
        assert_eq!(seconds(2026, 11, 21, 2, 52, 59), Some(1_795_229_579));
        assert_eq!(of_http("Sat, 21 Nov 2026 02:52:59 GMT"), Some(1_795_229_579));
        for odd in
            ["", "Sat, 21 Nov 2026", "Sat, 21 Now 2026 02:52:59 GMT", "Sat, 21 Nov 2026 02:52 GMT", "x, y"]
        {
            assert_eq!(of_http(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_moment_is_written_as_it_is_read() {
        for moment in [0, 951_825_600, 1_795_229_579, 4_107_542_399] {
            let text = written(moment);
            let number = |from: usize, to: usize| text[from..to].parse::<i64>().unwrap();
            let read = seconds(
                number(0, 4),
                number(5, 7),
                number(8, 10),
                number(11, 13),
                number(14, 16),
                number(17, 19),
            );
            assert_eq!(read, Some(moment), "{text}");
        }
        assert_eq!(written(1_795_229_579), "2026-11-21T02:52:59Z");
    }

    #[test]
    fn a_day_that_does_not_exist_has_no_seconds() {
        assert_eq!(seconds(2025, 2, 29, 0, 0, 0), None);
        assert_eq!(seconds(2025, 13, 1, 0, 0, 0), None);
        assert_eq!(seconds(2025, 4, 31, 0, 0, 0), None);
        assert_eq!(seconds(2025, 1, 1, 24, 0, 0), None);
    }
}
