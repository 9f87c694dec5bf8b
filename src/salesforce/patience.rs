//! How long to wait: for a connection, for an answer, and between tries.

use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBuilder};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

/// Limits on waiting. The defaults are for people and pipelines; tests bring their own.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For a connection, TLS included.
    pub connect: Duration,
    /// For one request, from its sending to the last byte of its answer.
    ///
    /// Salesforce itself ends a call after ten minutes; none of ours should take one.
    pub request: Duration,
    /// For one call of the Salesforce CLI, which itself waits for the org.
    pub salesforce_cli: Duration,
    /// The first pause between tries; each further one is up to twice as long, with jitter.
    pub first_pause: Duration,
    /// No pause is longer, unless the server asks for it.
    pub longest_pause: Duration,
    /// How often a request is sent at most.
    pub tries: usize,
}

/// When no request of a conversation is tried again any more.
#[derive(Clone, Debug)]
pub struct Until {
    /// No pause is made that would end later.
    pub deadline: Instant,
    /// Cancelled when the run is to stop: a pause ends at once, and the error stands.
    pub stop: CancellationToken,
}

impl From<Instant> for Until {
    fn from(deadline: Instant) -> Self {
        Self { deadline, stop: CancellationToken::new() }
    }
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            request: Duration::from_secs(60),
            salesforce_cli: Duration::from_secs(60),
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(20),
            tries: 5,
        }
    }
}

impl Patience {
    pub(super) fn pauses(&self) -> impl Iterator<Item = Duration> + Send + use<> {
        ExponentialBuilder::default()
            .with_min_delay(self.first_pause)
            .with_max_delay(self.longest_pause)
            .with_max_times(self.tries.saturating_sub(1))
            .with_jitter()
            .build()
    }
}

/// Decides how long to pause before the next try: as long as the server asks, at least as long as planned.
///
/// Nothing where the tries are used up, or where the pause would end after the time that is left: then it is better to
/// say so at once than to be stopped asleep.
pub(super) fn next_pause(planned: Option<Duration>, asked: Option<Duration>, left: Duration) -> Option<Duration> {
    let pause = planned?.max(asked.unwrap_or_default());
    (pause < left).then_some(pause)
}

/// Reads `Retry-After`, which is a number of seconds or a date.
pub(super) fn parse_retry_after(header: &str, now: Timestamp) -> Option<Duration> {
    let header = header.trim();
    if let Ok(seconds) = header.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = Timestamp::try_from(httpdate::parse_http_date(header).ok()?).ok()?;
    Some(Duration::try_from(date.duration_since(now)).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn retry_after_is_read_in_both_forms() {
        let now: Timestamp = "2026-11-23T09:00:00Z".parse().expect("a time");
        let table = [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("Mon, 23 Nov 2026 09:01:30 GMT", Some(90)),
            ("Mon, 23 Nov 2026 08:00:00 GMT", Some(0)),
            ("soon", None),
            ("-1", None),
            ("", None),
        ];
        for (header, seconds) in table {
            assert_eq!(parse_retry_after(header, now), seconds.map(Duration::from_secs), "{header}");
        }
    }

    #[test]
    fn the_server_may_lengthen_a_pause_and_never_past_the_time_left() {
        assert_eq!(next_pause(Some(SECOND), None, 10 * SECOND), Some(SECOND));
        assert_eq!(next_pause(Some(SECOND), Some(5 * SECOND), 10 * SECOND), Some(5 * SECOND));
        assert_eq!(next_pause(Some(3 * SECOND), Some(SECOND), 10 * SECOND), Some(3 * SECOND));
        assert_eq!(next_pause(Some(SECOND), Some(3600 * SECOND), 10 * SECOND), None);
        assert_eq!(next_pause(None, Some(SECOND), 10 * SECOND), None);
    }
}
