//! What an attempt at an org means for one of the jobs that waited for it. Pure.

use std::time::Duration;

use super::advice::advice;
use crate::domain::id::OrgId;
use crate::domain::refusal::Refusal;
use crate::domain::report::{Failure, OrgReport, Outcome};
use crate::domain::trouble::Trouble;
use crate::server::job::State;
use crate::server::retry::{Attempt, Limits, Next, Pace, course, next};

/// How a job goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) state: State,
    /// How long to wait, where it waits.
    pub(super) again_in: Option<Duration>,
    pub(super) needs_attention: bool,
}

/// The report of an attempt as it is for the job of one org.
///
/// What became of another org says nothing of this one, but that it could not be reached yet. What is refused for good is
/// so for every job at this address.
pub(super) fn of_job(report: &OrgReport, job: &OrgId) -> OrgReport {
    let trouble = report.error.as_ref().map(|error| &error.trouble);
    let actual = match trouble {
        Some(trouble) if course(trouble).pace == Pace::Final => None,
        Some(Trouble::Refused(Refusal::NotTheExpectedOrg { actual, .. })) => Some(actual),
        _ => report.org.as_ref().map(|org| &org.id).filter(|id| *id != job),
    };
    let mut report = match actual {
        Some(actual) => another_org(report, job, actual),
        None => report.clone(),
    };
    if let Some(failure) = &mut report.error {
        failure.advice = advice(&failure.trouble);
    }
    report
}

fn another_org(report: &OrgReport, job: &OrgId, actual: &OrgId) -> OrgReport {
    let refusal = Refusal::NotTheExpectedOrg { expected: vec![job.clone()], actual: actual.clone() };
    let message = refusal.to_string();
    OrgReport {
        outcome: Outcome::Refused,
        verified: None,
        records: Vec::new(),
        left: Vec::new(),
        records_read: 0,
        warnings: Vec::new(),
        error: Some(Failure::new(Trouble::Refused(refusal), message)),
        ..report.clone()
    }
}

/// How a job goes on after an attempt with this report, which is the one [`of_job`].
pub(super) fn verdict(
    report: &OrgReport,
    number: u32,
    left: Option<Duration>,
    limits: &Limits,
    random: u32,
) -> Verdict {
    let unexplained;
    let failure = match (&report.error, report.outcome) {
        (None, Outcome::Clean | Outcome::Cleared) => return Verdict::finished(State::Done),
        (Some(failure), _) => failure,
        (None, _) => {
            unexplained = Failure::new(Trouble::Internal, "the report gives no reason");
            &unexplained
        }
    };
    match next(&Attempt { number, failure, left }, limits, random) {
        Next::Again { pause, needs_attention } => {
            Verdict { state: State::Waiting, again_in: Some(pause), needs_attention }
        }
        Next::Refused => Verdict::finished(State::Refused),
        Next::Dead => Verdict::finished(State::Dead),
    }
}

impl Verdict {
    /// A state that is final speaks for itself.
    fn finished(state: State) -> Self {
        Self { state, again_in: None, needs_attention: false }
    }
}
