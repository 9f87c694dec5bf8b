//! How many requests are taken from one sender.

use std::hash::{BuildHasher, Hash, RandomState};
use std::num::NonZeroU32;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};

/// How many senders are told apart. Whoever calls makes the keys, so there must be an end to them: they are hashed into so
/// many counters, by a hash that nobody outside knows. Two senders may share one; then they share the rate.
const COUNTERS: u64 = 1 << 16;

/// A rate for each sender: so many requests in a minute, all of them at once if need be, and then evenly.
///
/// Its memory has a bound, of a few MB, however many senders there are.
pub struct Rate<C: Clock = DefaultClock> {
    limiter: RateLimiter<u64, DefaultKeyedStateStore<u64>, C, NoOpMiddleware<C::Instant>>,
    clock: C,
    hasher: RandomState,
}

/// The sender must wait, for so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany {
    /// At least 1.
    pub retry_after: u64,
}

impl Rate {
    /// So many requests of one sender in a minute.
    pub fn per_minute(requests: NonZeroU32) -> Self {
        Self::with_clock(requests, DefaultClock::default())
    }
}

impl<C: Clock + Clone> Rate<C> {
    fn with_clock(requests: NonZeroU32, clock: C) -> Self {
        let limiter = RateLimiter::new(Quota::per_minute(requests), DefaultKeyedStateStore::default(), clock.clone());
        Self { limiter, clock, hasher: RandomState::new() }
    }

    /// Counts a request of this sender, unless there are too many already.
    pub fn count(&self, sender: &impl Hash) -> Result<(), TooMany> {
        let counter = self.hasher.hash_one(sender) % COUNTERS;
        self.limiter.check_key(&counter).map_err(|until| {
            let wait = until.wait_time_from(self.clock.now());
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            TooMany { retry_after: seconds.max(1) }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use governor::clock::FakeRelativeClock;

    use super::*;

    fn rate(requests: u32) -> (Rate<FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        (Rate::with_clock(NonZeroU32::new(requests).expect("a number"), clock.clone()), clock)
    }

    #[test]
    fn a_sender_that_calls_too_often_is_told_when_to_come_back_and_others_are_not_hindered() {
        let (rate, clock) = rate(2);
        assert_eq!([rate.count(&"a"), rate.count(&"a")], [Ok(()), Ok(())]);
        assert_eq!(rate.count(&"a"), Err(TooMany { retry_after: 30 }));
        assert_eq!(rate.count(&"b"), Ok(()));
        clock.advance(Duration::from_millis(29_500));
        assert_eq!(rate.count(&"a"), Err(TooMany { retry_after: 1 }));
        clock.advance(Duration::from_millis(500));
        assert_eq!(rate.count(&"a"), Ok(()));
        assert_eq!(rate.count(&"a"), Err(TooMany { retry_after: 30 }));
    }

    #[test]
    fn the_memory_has_a_bound_however_many_senders_there_are() {
        let (rate, _) = rate(1);
        for sender in 0..4 * COUNTERS {
            let _ = rate.count(&sender);
        }
        assert!(rate.limiter.len() as u64 <= COUNTERS, "{}", rate.limiter.len());
    }
}
