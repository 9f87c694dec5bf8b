//! Why an org did not succeed, in words. Pure.

use std::time::Duration;

use crate::domain::report::{Failure, RecordResult, Verdict, Written};
use crate::domain::rule::Rule;
use crate::domain::trouble::Trouble;
use crate::salesforce::Error;
use crate::scrub::Stage;

/// Why an org is not clean although it was written to and read again; nothing if it is clean.
///
/// `sent` is the error that ended the writing, and `written` what was heard of each record of the plan.
pub(super) fn after_write(
    rule: &Rule,
    verdict: &Verdict,
    written: &[Written],
    sent: Option<&Error>,
    stopped: bool,
) -> Option<Failure> {
    if verdict.verified {
        return None;
    }
    if let Some(error) = sent {
        return Some(error.into());
    }
    let open =
        verdict.records.iter().filter(|record| !matches!(record.result, RecordResult::Cleared | RecordResult::Gone));
    let counted = rule.noun.count(open.count());
    if stopped && written.contains(&Written::NotSent) {
        return Some(Failure::new(Trouble::Interrupted, format!("stopped with {counted} not cleared")));
    }
    let rejections = verdict.records.iter().zip(written).filter_map(|(record, written)| match written {
        Written::No(reason) if record.result == RecordResult::Failed => Some(reason),
        _ => None,
    });
    Some(match rejections.min_by_key(|reason| reason.starts_with("rolled back")) {
        Some(reason) => {
            Failure::new(Trouble::Rejected, format!("Salesforce's rules left {counted} uncleared: {reason}"))
        }
        None => Failure::new(Trouble::StillExposed, format!("read again after the write, {counted} exposed")),
    })
}

/// A write was sent, and the org could not be read again.
pub(super) fn unconfirmed(sent: Option<&Error>, reading: &Error) -> Failure {
    let sent = sent.map_or_else(|| "the change was made".to_string(), |error| format!("the change was sent ({error})"));
    let trouble = match reading {
        Error::Refused(refusal) => Trouble::Refused(refusal.clone()),
        _ => Trouble::Unconfirmed,
    };
    let message = format!("{sent}, and reading again failed: {reading}");
    Failure { retry_after: reading.retry_after(), ..Failure::new(trouble, message) }
}

/// The time for the org was over.
pub(super) fn timed_out(after: Duration, stage: Stage, waits_for: Option<String>) -> Failure {
    let waiting = waits_for.map_or_else(String::new, |what| format!(", waiting for {what}"));
    Failure::new(
        Trouble::TimedOut,
        format!("not finished after {} s: it was {}{waiting}", after.as_secs_f32(), stage.words()),
    )
}

/// The run was stopped before this org was done.
pub(super) fn interrupted() -> Failure {
    Failure::new(Trouble::Interrupted, "stopped before it was finished")
}

/// The run was left before this org was done, and nothing was waited for.
pub(super) fn left(stage: Stage, is_untouched: bool) -> Failure {
    let doing = stage.words();
    if is_untouched {
        Failure::new(Trouble::Interrupted, format!("left at once, while it was {doing}"))
    } else {
        Failure::new(
            Trouble::Unconfirmed,
            format!("left at once, while it was {doing}: the change may or may not have been made"),
        )
    }
}

/// The work panicked. What it panicked with stays out: it could hold anything.
pub(super) fn defect() -> Failure {
    Failure::new(Trouble::Internal, "the work on this org panicked")
}

/// Something else was found than what the user agreed to.
pub(super) fn not_as_agreed() -> Failure {
    Failure::new(Trouble::NotAsAgreed, "what is there now is not what was shown, so nothing was written")
}
