//! A job: one refresh of one sandbox, from the delivery that told of it to its end. Pure.

use std::fmt;

use jiff::Timestamp;

use crate::domain::id::OrgId;
use crate::domain::report::Warning;

/// What names a job, in answers, logs and on the page: a ULID.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(String);

impl JobId {
    /// The id of a job that begins now.
    pub fn generate() -> Self {
        Self(ulid::Ulid::generate().to_string())
    }

    /// What a person or the database gave, if it has the shape of an id; upper case, as ids are written.
    pub fn parse(text: &str) -> Option<Self> {
        ulid::Ulid::from_string(text).ok().map(|id| Self(id.to_string()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What a signed call of the sandbox says, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// `webhook-id`: the same for each attempt to deliver the same call. At most 128 bytes.
    pub webhook_id: String,
    /// `organizationId`: the new sandbox's own.
    pub organization_id: OrgId,
    /// `sandboxId`, as it came: the sandbox's record in production, which relay-scrub has no use for but to show it.
    pub sandbox_id: String,
    /// `sandboxName`, in lower case: 1 to 10 letters and digits.
    pub sandbox: String,
}

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// For its first attempt, or the next.
    Waiting,
    /// A worker is at it.
    Running,
    /// The sandbox is clean.
    Done,
    /// The guard refused: production, or an org that the configuration denies. Final.
    Refused,
    /// Given up: the time was over, or waiting can't help. Final.
    Dead,
    /// A person took it back. Final.
    Cancelled,
}

impl State {
    /// Every state, in the order in which a job comes to them.
    pub const ALL: [Self; 6] = [Self::Waiting, Self::Running, Self::Done, Self::Refused, Self::Dead, Self::Cancelled];

    /// The word for it: in the database, in JSON, in metrics, on the page.
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

    /// The state of a word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// Whether nothing more will happen by itself.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Waiting | Self::Running)
    }
}

/// Why a job is not done, of its last attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Stable name, as in reports.
    pub code: String,
    /// What happened.
    pub message: String,
    /// What to do.
    pub hint: String,
}

/// A job as the database has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Names it.
    pub id: JobId,
    /// The sandbox's name, in lower case.
    pub sandbox: String,
    /// The org that has to be found there.
    pub organization_id: OrgId,
    /// The sandbox's record in production, as the call had it.
    pub sandbox_id: String,
    /// Where it stands.
    pub state: State,
    /// How many deliveries told of it.
    pub deliveries: u32,
    /// When the first delivery was accepted.
    pub accepted_at: Timestamp,
    /// Since when it has been open: that, or when a person let it be tried again.
    pub opened_at: Timestamp,
    /// When the next attempt is due, while it waits.
    pub due_at: Option<Timestamp>,
    /// When it is given up.
    pub give_up_at: Timestamp,
    /// How many attempts were begun, since it has been open.
    pub attempts: u32,
    /// Whether somebody has to change something before it can work.
    pub needs_attention: bool,
    /// Why it is not done, of the last attempt.
    pub reason: Option<Reason>,
    /// The last attempt's outcome for the org, as in reports: `clean`, `cleared`, `failed`, `refused`.
    pub outcome: Option<String>,
    /// What the last attempt warned of, as in reports.
    pub warnings: Vec<Warning>,
    /// The last attempt's report in JSON, `relay-scrub/report/v1`. Only where one job is asked for: it may be long.
    pub report: Option<String>,
    /// When it came to its final state.
    pub finished_at: Option<Timestamp>,
}
