//! A job of the queue as others get to see it.

use super::job::{Job, JobId, Reason, State};
use super::queue::{Queue, QueueError, Wish};
use crate::domain::printable::printable;
use crate::domain::report::Warning;
use crate::output::job_v1 as v1;

impl From<State> for v1::State {
    fn from(state: State) -> Self {
        match state {
            State::Waiting => Self::Waiting,
            State::Running => Self::Running,
            State::Done => Self::Done,
            State::Refused => Self::Refused,
            State::Dead => Self::Dead,
            State::Cancelled => Self::Cancelled,
        }
    }
}

impl From<&Reason> for v1::Reason {
    fn from(reason: &Reason) -> Self {
        Self { code: printable(&reason.code), message: printable(&reason.message), hint: printable(&reason.hint) }
    }
}

impl From<&Warning> for v1::Warning {
    fn from(warning: &Warning) -> Self {
        Self { code: printable(&warning.code), message: printable(&warning.message) }
    }
}

impl From<&Job> for v1::Job {
    fn from(job: &Job) -> Self {
        Self {
            id: job.id.to_string(),
            sandbox: job.sandbox.clone(),
            organization_id: job.organization_id.to_string(),
            sandbox_id: printable(&job.sandbox_id),
            state: job.state.into(),
            needs_attention: job.needs_attention,
            attempts: job.attempts,
            deliveries: job.deliveries,
            accepted_at: job.accepted_at,
            due_at: job.due_at,
            give_up_at: job.give_up_at,
            finished_at: job.finished_at,
            outcome: job.outcome.as_deref().map(printable),
            reason: job.reason.as_ref().map(Into::into),
            warnings: job.warnings.iter().map(Into::into).collect(),
            received: Vec::new(),
            report: job.report.as_deref().and_then(|report| serde_json::from_str(report).ok()),
        }
    }
}

/// How many deliveries of a job are shown, the newest.
const RECEIVED: u32 = 20;

/// A job with its report and its deliveries.
///
/// # Errors
/// When the database can't be asked.
pub async fn look_up(queue: &Queue, id: &JobId) -> Result<Option<v1::Job>, QueueError> {
    let Some(job) = queue.job(id).await? else { return Ok(None) };
    let received = queue.deliveries(id, RECEIVED).await?;
    let received = received
        .into_iter()
        .map(|(webhook_id, accepted_at)| v1::Received { webhook_id: printable(&webhook_id), accepted_at });
    Ok(Some(v1::Job { received: received.collect(), ..(&job).into() }))
}

/// A page of a list: of the jobs that [`super::question::Question::filter`] found, as many as are wanted.
pub fn list(mut found: Vec<Job>, wanted: u32) -> v1::Jobs {
    let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
    let more = found.len() > wanted;
    found.truncate(wanted);
    let next = found.last().filter(|_| more).map(|job| job.id.to_string());
    v1::Jobs { schema: v1::Schema::V1, jobs: found.iter().map(Into::into).collect(), next }
}

/// The code of a refusal of what is wanted of a job that is not there.
pub const NO_SUCH_JOB: &str = "no_such_job";

/// There is no job of this id.
pub fn no_such_job() -> v1::Reason {
    v1::Reason {
        code: NO_SUCH_JOB.into(),
        message: "there is no such job".into(),
        hint: "Jobs that have ended are removed after --keep-jobs.".into(),
    }
}

/// Why a person's wish was not done; nothing where it was.
pub fn refusal(wish: &Wish) -> Option<v1::Reason> {
    let reason = |code: &str, message: String, hint: &str| v1::Reason { code: code.into(), message, hint: hint.into() };
    Some(match wish {
        Wish::Done => return None,
        Wish::NoSuchJob => no_such_job(),
        Wish::NotFrom(State::Running) => {
            let message = "the job is under way, so it can't be tried again or cancelled now";
            reason("job_is_running", message.into(), "Wait until the attempt has ended; it takes minutes at most.")
        }
        Wish::NotFrom(state) => {
            reason("job_has_ended", format!("the job is {} already, and so can't be cancelled", state.word()), "")
        }
        Wish::AlreadyWaiting(other) => {
            let message = format!("another job waits for the same org of this sandbox already: {other}");
            reason("already_waiting", message, "That job does what this one would; let it be tried now instead.")
        }
    })
}
