//! Trying again: how often, how long between, and when to stop asking at all.

use std::time::{Duration, Instant};

use super::failure::Failure;

/// Attempts at connecting, the first one counted.
pub const ATTEMPTS: u32 = 3;

/// Failures in a row after which a long-running command stops asking.
pub const BREAKER_AFTER: u32 = 5;

/// The wait after attempt `attempt` (from 1): doubled each time, and anything between half and whole
/// of that, so that many runners do not come back at once.
#[must_use]
pub fn pause(base: Duration, attempt: u32, random: u8) -> Duration {
    let whole = base.saturating_mul(1 << attempt.saturating_sub(1).min(6));
    whole / 2 + whole.mul_f64(f64::from(random) / 510.0)
}

/// Does it until it holds, fails for good, or the attempts are used up. `wait` hears why it is tried again,
/// and says whether it is.
pub fn with_retry<T>(
    base: Duration,
    mut random: impl FnMut() -> u8,
    mut wait: impl FnMut(&Failure, Duration) -> bool,
    mut attempt: impl FnMut(u32) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let mut number = 1;
    loop {
        match attempt(number) {
            Err(failure)
                if failure.retry && number < ATTEMPTS && wait(&failure, pause(base, number, random())) =>
            {
                number += 1;
            }
            Err(mut failure) if number > 1 => {
                failure.message = format!("{} (after {number} attempts)", failure.message);
                return Err(failure);
            }
            other => return other,
        }
    }
}

/// Stops a long-running command from asking a database that does not answer.
#[derive(Clone, Debug)]
pub struct Breaker {
    failures: u32,
    opened: Option<Instant>,
    cool_down: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakerState {
    Closed,
    /// Not asked until the cool-down is over.
    Open,
    /// One question is let through; its answer decides.
    HalfOpen,
}

impl Breaker {
    #[must_use]
    pub fn new(cool_down: Duration) -> Self {
        Self { failures: 0, opened: None, cool_down }
    }

    #[must_use]
    pub fn state(&self, now: Instant) -> BreakerState {
        match self.opened {
            None => BreakerState::Closed,
            Some(opened) if now.saturating_duration_since(opened) < self.cool_down => BreakerState::Open,
            Some(_) => BreakerState::HalfOpen,
        }
    }

    pub fn succeeded(&mut self) {
        self.failures = 0;
        self.opened = None;
    }

    pub fn failed(&mut self, now: Instant) {
        self.failures = self.failures.saturating_add(1);
        if self.failures >= BREAKER_AFTER {
            self.opened = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::database::failure::Kind;
    use crate::io::database::url::Engine;

    fn tried(failure: &Failure) -> (u32, Vec<Duration>, Failure) {
        let (mut count, mut waits) = (0, Vec::new());
        let base = Duration::from_millis(100);
        let ended: Result<(), Failure> = with_retry(
            base,
            || 255,
            |_, wait| {
                waits.push(wait);
                true
            },
            |_| {
                count += 1;
                Err(failure.clone())
            },
        );
        (count, waits, ended.unwrap_err())
    }

    #[test]
    fn what_may_pass_is_tried_three_times_with_growing_pauses() {
        let (count, waits, ended) = tried(&Failure::coded(Engine::Postgres, "57P03", "starting up"));
        assert_eq!(count, 3);
        assert_eq!(waits, [Duration::from_millis(100), Duration::from_millis(200)]);
        assert_eq!(ended.to_string(), "starting up (after 3 attempts) (57P03)");
    }

    #[test]
    fn a_wrong_password_is_tried_once() {
        for failure in [Failure::coded(Engine::Mysql, "1045", "no"), Failure::of(Kind::Tls, "no")] {
            assert_eq!(tried(&failure).0, 1);
        }
    }

    #[test]
    fn pauses_lie_between_half_and_whole() {
        let base = Duration::from_millis(100);
        assert_eq!(pause(base, 1, 0), Duration::from_millis(50));
        assert_eq!(pause(base, 3, 255), Duration::from_millis(400));
    }

    #[test]
    fn five_failures_open_the_breaker_and_one_success_after_the_cool_down_closes_it() {
        let mut breaker = Breaker::new(Duration::from_secs(30));
        let start = Instant::now();
        for _ in 0..4 {
            breaker.failed(start);
        }
        assert_eq!(breaker.state(start), BreakerState::Closed);
        breaker.failed(start);
        assert_eq!(breaker.state(start), BreakerState::Open);
        let later = start + Duration::from_secs(31);
        assert_eq!(breaker.state(later), BreakerState::HalfOpen);
        breaker.failed(later);
        assert_eq!(breaker.state(later), BreakerState::Open);
        breaker.succeeded();
        assert_eq!(breaker.state(later), BreakerState::Closed);
    }
}
