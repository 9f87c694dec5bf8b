//! When a job that did not succeed is tried again, and when never: one decision. Pure.
//!
//! The table of kinds, for people, is `docs/retries.md`; a test holds it against [`course`].

use std::time::Duration;

use crate::domain::cli_trouble::CliTrouble;
use crate::domain::login_refusal::Waiting;
use crate::domain::refusal::Refusal;
use crate::domain::report::Failure;
use crate::domain::trouble::Trouble;

/// Nothing waits longer because Salesforce, or whoever answers in its place, asks for it: one day.
const LONGEST_ASKED: Duration = Duration::from_secs(24 * 60 * 60);
/// The part of a pause that chance may take away, so that jobs that failed together don't come together again.
const JITTER: f64 = 0.25;

/// The pauses between two attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// After the first attempt; each further one is twice as long.
    pub first: Duration,
    /// No pause is longer, unless Salesforce asks for it: the slow end.
    pub longest: Duration,
}

/// How long to wait after a kind of trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Short at first, and longer each time: it may pass by itself at any moment.
    Growing,
    /// The longest pause at once: it passes late, or when somebody has changed something.
    Slow,
    /// Never again.
    Final,
}

/// Whether a person has to look after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attention {
    /// No: it passes by itself.
    Never,
    /// Once its pauses have grown to the longest: until then it may pass by itself, and mostly does.
    Later,
    /// At once: it can't pass by itself, or must be known.
    AtOnce,
}

/// What a kind of trouble means for a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Course {
    /// How long to wait.
    pub pace: Pace,
    /// Whether a person has to look after it.
    pub attention: Attention,
}

/// What is known of an attempt that did not succeed.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// Which one it was, counted from 1.
    pub number: u32,
    /// Why it did not succeed.
    pub failure: &'a Failure,
    /// How long until the job is given up; nothing where that time is over.
    pub left: Option<Duration>,
}

/// How a job goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It is tried again.
    Again {
        /// After this time.
        pause: Duration,
        /// Whether a person has to look after it.
        needs_attention: bool,
    },
    /// The guard refused it, and that can't change.
    Refused,
    /// It is given up.
    Dead,
}

/// Decides how a job goes on after an attempt that did not succeed; `random` is any number at random.
///
/// The last attempt is made when the job's time is over, however long a pause would have been; only what Salesforce asks
/// to wait is waited for beyond.
pub fn next(attempt: &Attempt<'_>, limits: &Limits, random: u32) -> Next {
    let Course { pace, attention } = course(&attempt.failure.trouble);
    if pace == Pace::Final {
        return Next::Refused;
    }
    let Some(left) = attempt.left.filter(|left| !left.is_zero()) else { return Next::Dead };
    let planned = match pace {
        Pace::Growing => grown(attempt.number, limits),
        Pace::Slow | Pace::Final => limits.longest,
    };
    let asked = attempt.failure.retry_after.unwrap_or_default().min(LONGEST_ASKED);
    let needs_attention = match attention {
        Attention::Never => false,
        Attention::Later => planned >= limits.longest,
        Attention::AtOnce => true,
    };
    let chance = f64::from(random) / f64::from(u32::MAX);
    let pause = planned.mul_f64(1.0 - JITTER * chance).min(left).max(asked);
    Next::Again { pause, needs_attention }
}

fn grown(attempt: u32, limits: &Limits) -> Duration {
    let doublings = attempt.saturating_sub(1).min(31);
    limits.first.saturating_mul(1 << doublings).min(limits.longest)
}

/// What a kind of trouble means for a job.
pub fn course(trouble: &Trouble) -> Course {
    use Attention::{AtOnce, Later, Never};
    use Pace::{Growing, Slow};
    let (pace, attention) = match trouble {
        Trouble::Refused(refusal) => return course_of_refusal(refusal),
        Trouble::SalesforceCli(trouble) => return course_of_cli(trouble),
        Trouble::Login(refusal) => match refusal.advice().waiting {
            Waiting::Helps => (Slow, Never),
            Waiting::MayHelp => (Growing, Later),
            Waiting::Useless => (Slow, AtOnce),
        },
        // Before a new sandbox is activated, its address leads to nothing.
        Trouble::Throttled | Trouble::Unavailable => (Growing, Never),
        Trouble::DailyLimit => (Slow, Never),
        Trouble::Unreadable | Trouble::TimedOut | Trouble::Unconfirmed => (Growing, Later),
        // None of these comes about in the service; a job of which they are said must not be lost for it.
        Trouble::Interrupted | Trouble::FailFast | Trouble::NotAsAgreed => (Growing, Later),
        Trouble::Api | Trouble::StillExposed | Trouble::Internal => (Growing, AtOnce),
        Trouble::Configuration
        | Trouble::Credential
        | Trouble::SessionEnded
        | Trouble::Permission
        | Trouble::ApiDisabled
        | Trouble::NoCertificates
        | Trouble::Untrusted
        | Trouble::ApiVersion
        | Trouble::Rejected => (Slow, AtOnce),
    };
    Course { pace, attention }
}

fn course_of_refusal(refusal: &Refusal) -> Course {
    use Attention::{AtOnce, Later, Never};
    use Pace::{Final, Growing, Slow};
    let (pace, attention) = match refusal {
        // What says that it is none, stays that.
        Refusal::NotASandbox { .. } | Refusal::DeniedOrg { .. } => (Final, AtOnce),
        // Something stands between here and Salesforce that may make the next write one to anywhere.
        Refusal::WrittenWithoutProof { .. } => (Final, AtOnce),
        // The old sandbox answers until the new one is activated, which a person may do days later.
        Refusal::NotTheExpectedOrg { .. } => (Growing, Never),
        // The old and the new sandbox answer in turn.
        Refusal::ForeignInstance { .. } | Refusal::OtherOrg { .. } | Refusal::ProofFailed { .. } => (Growing, Later),
        Refusal::NoWord { .. } => (Slow, AtOnce),
        // What the settings say.
        Refusal::Address { .. }
        | Refusal::PlainHttp { .. }
        | Refusal::LoginAddress { .. }
        | Refusal::OddPort { .. }
        | Refusal::AllowedHost { .. }
        | Refusal::NotTheExpectedSandbox { .. } => (Slow, AtOnce),
    };
    Course { pace, attention }
}

fn course_of_cli(trouble: &CliTrouble) -> Course {
    let (pace, attention) = match trouble {
        CliTrouble::Unreachable | CliTrouble::TimedOut => (Pace::Growing, Attention::Later),
        CliTrouble::NotStarted
        | CliTrouble::UnknownAlias { .. }
        | CliTrouble::Expired { .. }
        | CliTrouble::TooOld
        | CliTrouble::Unreadable
        | CliTrouble::Failed => (Pace::Slow, Attention::AtOnce),
    };
    Course { pace, attention }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);
    const HOUR: Duration = Duration::from_secs(60 * 60);
    const LIMITS: Limits = Limits { first: MINUTE, longest: HOUR };

    fn after(trouble: Trouble, number: u32, left: Option<Duration>, random: u32) -> Next {
        let failure = Failure::new(trouble, "");
        next(&Attempt { number, failure: &failure, left }, &LIMITS, random)
    }

    fn asked(wait: Duration, left: Duration) -> Next {
        let failure = Failure { retry_after: Some(wait), ..Failure::new(Trouble::Throttled, "") };
        next(&Attempt { number: 1, failure: &failure, left: Some(left) }, &LIMITS, 0)
    }

    fn again(pause: Duration, needs_attention: bool) -> Next {
        Next::Again { pause, needs_attention }
    }

    #[test]
    fn pauses_grow_from_a_minute_to_an_hour_and_chance_shortens_them_by_a_quarter_at_most() {
        let minutes = [1, 2, 4, 8, 16, 32, 60, 60];
        for (number, minutes) in (1..).zip(minutes) {
            assert_eq!(after(Trouble::Unavailable, number, Some(72 * HOUR), 0), again(minutes * MINUTE, false));
            assert_eq!(
                after(Trouble::Unavailable, number, Some(72 * HOUR), u32::MAX),
                again(minutes * MINUTE * 3 / 4, false)
            );
        }
        assert_eq!(after(Trouble::Unavailable, u32::MAX, Some(72 * HOUR), 0), again(HOUR, false));
        assert_eq!(after(Trouble::Permission, 1, Some(72 * HOUR), 0), again(HOUR, true));
        assert_eq!(after(Trouble::DailyLimit, 1, Some(72 * HOUR), 0), again(HOUR, false));
    }

    #[test]
    fn what_may_pass_needs_attention_once_its_pauses_have_grown() {
        for (number, needs_attention) in [(1, false), (6, false), (7, true), (8, true)] {
            let Next::Again { needs_attention: needs, .. } = after(Trouble::TimedOut, number, Some(72 * HOUR), 7)
            else {
                panic!("it is tried again");
            };
            assert_eq!(needs, needs_attention, "{number}");
        }
    }

    #[test]
    fn the_last_attempt_is_made_when_the_time_is_over_and_none_after() {
        assert_eq!(after(Trouble::Permission, 9, Some(MINUTE), 0), again(MINUTE, true));
        assert_eq!(after(Trouble::Unavailable, 9, Some(Duration::ZERO), 0), Next::Dead);
        assert_eq!(after(Trouble::Unavailable, 9, None, 0), Next::Dead);
    }

    #[test]
    fn nothing_comes_before_salesforce_asks_for_it() {
        assert_eq!(asked(5 * MINUTE, 72 * HOUR), again(5 * MINUTE, false));
        assert_eq!(asked(2 * HOUR, 72 * HOUR), again(2 * HOUR, false));
        assert_eq!(asked(2 * HOUR, HOUR), again(2 * HOUR, false), "beyond the job's time");
        assert_eq!(asked(Duration::MAX, 72 * HOUR), again(LONGEST_ASKED, false), "but not for ever");
    }

    #[test]
    fn what_is_refused_for_good_is_so_at_any_age() {
        let id = || "00D5e000000abcD".parse().expect("an id");
        for left in [Some(HOUR), None] {
            assert_eq!(after(Trouble::Refused(Refusal::DeniedOrg { id: id() }), 1, left, 0), Next::Refused);
        }
        let other = Refusal::NotTheExpectedOrg { expected: vec![id()], actual: id() };
        assert_eq!(after(Trouble::Refused(other), 1, Some(HOUR), 0), again(MINUTE, false));
    }

    proptest! {
        #[test]
        fn no_pause_is_beyond_its_bounds(
            number in any::<u32>(),
            random in any::<u32>(),
            first_ms in 1..100_000_u64,
            longest_ms in 1..10_000_000_u64,
            left_ms in 1..300_000_000_u64,
        ) {
            let limits = Limits { first: Duration::from_millis(first_ms), longest: Duration::from_millis(longest_ms) };
            let left = Duration::from_millis(left_ms);
            let failure = Failure::new(Trouble::Unavailable, "");
            let next = next(&Attempt { number, failure: &failure, left: Some(left) }, &limits, random);
            let Next::Again { pause, .. } = next else { panic!("{next:?}") };
            prop_assert!(pause <= limits.longest.min(left), "{:?}", pause);
            prop_assert!(pause >= limits.first.min(limits.longest).mul_f64(0.74).min(left), "{:?}", pause);
        }
    }
}
