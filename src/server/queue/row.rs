//! A job as the table has it, and as the program does. Pure.

use jiff::Timestamp;

use crate::server::job::{Job, JobId, Reason, State};

/// The columns of a job but its report, which may be long.
macro_rules! columns {
    () => {
        "id, sandbox, organization_id, sandbox_id, state, deliveries, accepted_at, opened_at, due_at, give_up_at, \
         attempts, needs_attention, reason_code, reason_message, reason_hint, outcome, finished_at"
    };
}
pub(super) use columns;

/// A row of `jobs`.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub(super) struct JobRow {
    pub(super) id: String,
    pub(super) sandbox: String,
    pub(super) organization_id: String,
    pub(super) sandbox_id: String,
    pub(super) state: String,
    pub(super) deliveries: i64,
    pub(super) accepted_at: i64,
    pub(super) opened_at: i64,
    pub(super) due_at: i64,
    pub(super) give_up_at: i64,
    pub(super) attempts: i64,
    pub(super) needs_attention: i64,
    pub(super) reason_code: Option<String>,
    pub(super) reason_message: Option<String>,
    pub(super) reason_hint: Option<String>,
    pub(super) outcome: Option<String>,
    pub(super) finished_at: Option<i64>,
    #[sqlx(default)]
    pub(super) report: Option<String>,
}

/// A row that this program did not write.
#[derive(Debug, thiserror::Error)]
#[error("the row of job {id} can't be read: {column} is not as relay-scrub writes it")]
pub(super) struct Unreadable {
    id: String,
    column: &'static str,
}

impl From<Unreadable> for sqlx::Error {
    fn from(error: Unreadable) -> Self {
        Self::Decode(Box::new(error))
    }
}

impl TryFrom<JobRow> for Job {
    type Error = Unreadable;

    fn try_from(row: JobRow) -> Result<Self, Unreadable> {
        let wrong = |column| Unreadable { id: row.id.clone(), column };
        let time = |column, at| Timestamp::from_millisecond(at).map_err(|_| wrong(column));
        let count = |column, number| u32::try_from(number).map_err(|_| wrong(column));
        let state = State::of_word(&row.state).ok_or_else(|| wrong("state"))?;
        Ok(Self {
            id: JobId::parse(&row.id).ok_or_else(|| wrong("id"))?,
            organization_id: row.organization_id.parse().map_err(|_| wrong("organization_id"))?,
            state,
            deliveries: count("deliveries", row.deliveries)?,
            accepted_at: time("accepted_at", row.accepted_at)?,
            opened_at: time("opened_at", row.opened_at)?,
            due_at: (state == State::Waiting).then(|| time("due_at", row.due_at)).transpose()?,
            give_up_at: time("give_up_at", row.give_up_at)?,
            attempts: count("attempts", row.attempts)?,
            needs_attention: row.needs_attention != 0,
            reason: reason(row.reason_code.clone(), row.reason_message.clone(), row.reason_hint.clone()),
            finished_at: row.finished_at.map(|at| time("finished_at", at)).transpose()?,
            sandbox: row.sandbox,
            sandbox_id: row.sandbox_id,
            outcome: row.outcome,
            report: row.report,
        })
    }
}

/// The reason of three columns, which are set together.
pub(super) fn reason(code: Option<String>, message: Option<String>, hint: Option<String>) -> Option<Reason> {
    Some(Reason { code: code?, message: message.unwrap_or_default(), hint: hint.unwrap_or_default() })
}

/// A text as both databases can keep it: PostgreSQL has no place for the character 0.
pub(super) fn text(text: &str) -> String {
    text.replace('\0', "")
}

/// The three columns of a reason.
pub(super) fn reason_columns(reason: Option<&Reason>) -> [Option<String>; 3] {
    let column = |of: fn(&Reason) -> &str| reason.map(|reason| text(of(reason)));
    [column(|reason| &reason.code), column(|reason| &reason.message), column(|reason| &reason.hint)]
}
