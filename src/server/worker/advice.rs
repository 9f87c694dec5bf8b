//! What a person is to do about a job, where that is not what it is after a run by hand: nobody typed the org's id, and a
//! job that waits is tried again by itself. Pure.

use crate::domain::refusal::Refusal;
use crate::domain::trouble::Trouble;

/// What to do next, in a few sentences; nothing where the trouble's own hint fits a job too.
pub(super) fn advice(trouble: &Trouble) -> Option<&'static str> {
    Some(match trouble {
        Trouble::Refused(refusal) => return of_refusal(refusal),
        Trouble::Throttled | Trouble::Unconfirmed => "A waiting job is tried again by itself.",
        Trouble::TimedOut => {
            "A waiting job is tried again by itself. If the org is slow, set a longer timeout in [defaults]."
        }
        Trouble::StillExposed => {
            "Something puts the credentials back, or the change did not take: look at what else runs after a refresh. A \
             waiting job is tried again by itself."
        }
        Trouble::Rejected => {
            "The record is as it was: correct it in Setup > Email Relay. A waiting job is tried again by itself."
        }
        _ => return None,
    })
}

fn of_refusal(refusal: &Refusal) -> Option<&'static str> {
    Some(match refusal {
        Refusal::NotTheExpectedOrg { .. } => {
            "Salesforce has not activated the new sandbox yet, or the call was of another org. There is nothing to \
             correct: a waiting job is tried again by itself. If the sandbox was activated long ago, look at who \
             called; `relay-scrub jobs cancel` takes the job back."
        }
        Refusal::NotASandbox { .. } | Refusal::DeniedOrg { .. } => {
            "Look first at who called, and with which sandbox's name: the call led to an org that relay-scrub never \
             changes, perhaps production. Is the address that the settings have for this sandbox right? Once it is, \
             `relay-scrub jobs retry` has the job tried again."
        }
        Refusal::ProofFailed { .. } => {
            "The org changed while relay-scrub was at work: a refresh was activated, perhaps. Salesforce carried out \
             nothing of that request. A waiting job is tried again by itself."
        }
        Refusal::OtherOrg { .. } => {
            "Something between the service and Salesforce mixes up orgs, or the sandbox was refreshed just now. A \
             waiting job is tried again by itself."
        }
        _ => return None,
    })
}
