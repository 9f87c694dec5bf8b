//! A job of the webhook service as JSON, version 1: in the answers of the service, in `jobs --json`, in notices. Fields
//! may be added; none is renamed, removed or given another meaning.
//!
//! They are the format's own and not the queue's, so that a change within cannot change what others parse. `jobs` reads
//! them back from a running service.

use serde::{Deserialize, Serialize};

/// Several jobs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Jobs {
    /// Name and version of this format.
    pub schema: Schema,
    /// Newest first, without their reports.
    pub jobs: Vec<Job>,
    /// Where there are more: what `before` has to be for the next page.
    pub next: Option<String>,
}

/// Name and version of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Schema {
    /// The one there is.
    #[serde(rename = "relay-scrub/jobs/v1")]
    V1,
}

/// A job. Times are RFC 3339 in UTC.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Names it.
    pub id: String,
    /// The sandbox's name, in lower case.
    pub sandbox: String,
    /// The org that has to be found there, 18 characters.
    pub organization_id: String,
    /// The sandbox's record in production, as the call had it.
    pub sandbox_id: String,
    /// Where it stands.
    pub state: State,
    /// Whether somebody has to change something before it can work.
    pub needs_attention: bool,
    /// How many attempts were begun.
    pub attempts: u32,
    /// How many deliveries told of it.
    pub deliveries: u32,
    /// When the first delivery was accepted.
    pub accepted_at: jiff::Timestamp,
    /// When the next attempt is due, while it waits.
    pub due_at: Option<jiff::Timestamp>,
    /// When it is given up.
    pub give_up_at: jiff::Timestamp,
    /// When it came to its final state.
    pub finished_at: Option<jiff::Timestamp>,
    /// The last attempt's outcome for the org, as in reports.
    pub outcome: Option<String>,
    /// Why it is not done, of the last attempt.
    pub reason: Option<Reason>,
    /// What the last attempt warned of, although it is no failure.
    #[serde(default)]
    pub warnings: Vec<Warning>,
    /// The newest deliveries that told of it, twenty at most. Lists leave them out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub received: Vec<Received>,
    /// The last attempt's report, `relay-scrub/report/v1`. Lists leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<serde_json::Value>,
}

/// A delivery that was accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {
    /// `webhook-id`, as the sandbox had it.
    pub webhook_id: String,
    /// When it was accepted.
    pub accepted_at: jiff::Timestamp,
}

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// For its first attempt, or the next.
    Waiting,
    /// A worker is at it.
    Running,
    /// The sandbox is clean.
    Done,
    /// The guard refused. Final.
    Refused,
    /// Given up. Final.
    Dead,
    /// A person took it back. Final.
    Cancelled,
}

/// Why a job is not done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Stable name, as in reports.
    pub code: String,
    /// What happened.
    pub message: String,
    /// What to do next.
    pub hint: String,
}

/// What somebody should know although it is no failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// Stable name, as in reports.
    pub code: String,
    /// What it is.
    pub message: String,
}

/// The answer of the service where it does not do what was asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Failed {
    /// Why.
    pub error: Reason,
}

impl Job {
    /// Whether nothing will come of it until somebody has done something.
    pub fn wants_somebody(&self) -> bool {
        self.needs_attention || matches!(self.state, State::Refused | State::Dead)
    }
}

impl State {
    /// The word for it, as in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Dead => "dead",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing more will happen by itself.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Waiting | Self::Running)
    }
}
