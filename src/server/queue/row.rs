//! A job as the table has it, and as the program does. Pure.

use jiff::Timestamp;

use crate::domain::report::Warning;
use crate::server::job::{Job, JobId, Reason, State};

/// The columns of a job but its report, which may be long.
macro_rules! columns {
    () => {
        "id, sandbox, organization_id, sandbox_id, state, deliveries, accepted_at, opened_at, due_at, give_up_at, \
         attempts, needs_attention, reason_code, reason_message, reason_hint, outcome, warnings, finished_at"
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
    pub(super) warnings: Option<String>,
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
            warnings: warnings(row.warnings.as_deref()).ok_or_else(|| wrong("warnings"))?,
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

/// The warnings of their column; nothing where it is not as [`warnings_column`] writes it.
fn warnings(column: Option<&str>) -> Option<Vec<Warning>> {
    let pairs: Vec<(String, String)> = serde_json::from_str(column.unwrap_or("[]")).ok()?;
    Some(pairs.into_iter().map(|(code, message)| Warning { code: code.into(), message }).collect())
}

/// The column of the warnings.
pub(super) fn warnings_column(warnings: &[Warning]) -> String {
    let pairs = warnings.iter().map(|warning| serde_json::json!([text(&warning.code), text(&warning.message)]));
    serde_json::Value::from_iter(pairs).to_string()
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Change = fn(&mut JobRow);

    fn row() -> JobRow {
        JobRow {
            id: "01M877SYA1DM15J4A94E3WRH0T".into(),
            sandbox: "uat".into(),
            organization_id: "00D5e000000abcDEAQ".into(),
            sandbox_id: "0GQ5e0000000001".into(),
            state: "waiting".into(),
            deliveries: 2,
            accepted_at: 1,
            opened_at: 2,
            due_at: 3,
            give_up_at: 4,
            attempts: 5,
            needs_attention: 1,
            reason_code: Some("code".into()),
            reason_message: Some("message".into()),
            reason_hint: None,
            outcome: Some("failed".into()),
            warnings: None,
            finished_at: None,
            report: Some("{}".into()),
        }
    }

    fn read(change: impl FnOnce(&mut JobRow)) -> Result<Job, String> {
        let mut row = row();
        change(&mut row);
        Job::try_from(row).map_err(|error| error.to_string())
    }

    #[test]
    fn a_row_is_read_as_it_was_written() {
        let job = read(|_| {}).expect("a job");
        let at = |milliseconds| Timestamp::from_millisecond(milliseconds).expect("a time");
        assert_eq!(
            (job.id.as_str(), job.organization_id.as_str()),
            ("01M877SYA1DM15J4A94E3WRH0T", "00D5e000000abcDEAQ")
        );
        assert_eq!((job.state, job.deliveries, job.attempts, job.needs_attention), (State::Waiting, 2, 5, true));
        assert_eq!((job.accepted_at, job.opened_at, job.give_up_at), (at(1), at(2), at(4)));
        assert_eq!((job.due_at, job.finished_at), (Some(at(3)), None));
        let reason = Reason { code: "code".into(), message: "message".into(), hint: String::new() };
        assert_eq!((job.reason, job.report.as_deref()), (Some(reason), Some("{}")));
    }

    #[test]
    fn only_a_job_that_waits_is_due() {
        for state in State::ALL {
            let job = read(|row| row.state = state.word().into()).expect("a job");
            assert_eq!((job.state, job.due_at.is_some()), (state, state == State::Waiting));
        }
    }

    #[test]
    fn a_row_that_nobody_here_wrote_is_told_by_its_column() {
        let wrong: [(&str, Change); 8] = [
            ("id", |row| row.id = "1".into()),
            ("organization_id", |row| row.organization_id = "001".into()),
            ("state", |row| row.state = "asleep".into()),
            ("deliveries", |row| row.deliveries = -1),
            ("attempts", |row| row.attempts = i64::MAX),
            ("due_at", |row| row.due_at = i64::MAX),
            ("warnings", |row| row.warnings = Some("[1]".into())),
            ("finished_at", |row| row.finished_at = Some(i64::MIN)),
        ];
        for (column, change) in wrong {
            let error = read(change).expect_err(column);
            assert!(error.ends_with(&format!("{column} is not as relay-scrub writes it")), "{error}");
        }
    }

    proptest! {
        #[test]
        fn a_text_keeps_all_that_both_databases_can_keep(given in any::<String>()) {
            let kept = text(&given);
            prop_assert!(!kept.contains('\0'));
            let without: String = given.chars().filter(|character| *character != '\0').collect();
            prop_assert_eq!(kept, without);
        }

        #[test]
        fn warnings_go_into_their_column_and_come_back(given in prop::collection::vec(("[a-z_]+", "[^\0]*"), 0..4)) {
            let warning = |(code, message): (String, String)| Warning { code: code.into(), message };
            let given: Vec<Warning> = given.into_iter().map(warning).collect();
            prop_assert_eq!(warnings(Some(&warnings_column(&given))), Some(given));
        }

        #[test]
        fn a_reason_goes_into_its_columns_and_comes_back(code in "[a-z_]+", message in "[^\0]*", hint in "[^\0]*") {
            let given = Reason { code, message, hint };
            let [code, message, hint] = reason_columns(Some(&given));
            prop_assert_eq!(reason(code, message, hint), Some(given));
        }
    }
}
