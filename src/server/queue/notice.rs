//! What somebody is to be told about a job: written with what it tells of, told at least once.

use std::time::Duration;

use jiff::Timestamp;

use super::row::{JobRow, columns, reason, reason_columns};
use super::write::{Write, milliseconds};
use super::{Queue, QueueError, Settled};
use crate::server::job::{Job, JobId, Reason, State};

/// What there is to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A job needs attention, for a reason that it had not before. It goes on trying.
    Failed,
    /// A job was given up.
    Dead,
    /// The guard refused.
    Refused,
}

impl Event {
    const ALL: [Self; 3] = [Self::Failed, Self::Dead, Self::Refused];

    /// Its name: in the database, and in what is sent.
    pub fn word(self) -> &'static str {
        match self {
            Self::Failed => "job.failed",
            Self::Dead => "job.dead",
            Self::Refused => "job.refused",
        }
    }
}

/// Something to tell. It is told at least once: what follows from it may follow twice.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// Names it: `webhook-id` of what is sent, the same at each try.
    pub id: String,
    /// What.
    pub event: Event,
    /// When it came to be so.
    pub made_at: Timestamp,
    /// Why, as it was then.
    pub reason: Option<Reason>,
    /// How many times it was taken to be told, this one among them.
    pub tries: u32,
    /// The job as it is now, without its report.
    pub job: Job,
}

/// What is to be told of a job that comes from one standing to the next.
pub(super) fn event(before: &Job, settled: &Settled) -> Option<Event> {
    match settled.state {
        State::Dead => Some(Event::Dead),
        State::Refused => Some(Event::Refused),
        State::Waiting | State::Running if settled.needs_attention => {
            let code = |reason: &Option<Reason>| reason.as_ref().map(|reason| reason.code.clone());
            let told = before.needs_attention && code(&before.reason) == code(&settled.reason);
            (!told).then_some(Event::Failed)
        }
        _ => None,
    }
}

/// Writes a notice, due at once.
pub(super) async fn insert(write: &mut Write, settled: &Settled, event: Event) -> Result<(), sqlx::Error> {
    let [code, message, hint] = reason_columns(settled.reason.as_ref());
    sqlx::query(
        "INSERT INTO notices (id, job, event, made_at, reason_code, reason_message, reason_hint, due_at, tries) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $4, 0)",
    )
    .bind(JobId::generate().to_string())
    .bind(settled.id.as_str().to_owned())
    .bind(event.word())
    .bind(write.now)
    .bind(code)
    .bind(message)
    .bind(hint)
    .execute(write.connection())
    .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct NoticeRow {
    job: String,
    event: String,
    made_at: i64,
    reason_code: Option<String>,
    reason_message: Option<String>,
    reason_hint: Option<String>,
    tries: i64,
}

impl Queue {
    /// Takes the notice that is due for longest. Unless it is told or put off, it is due again after `hold`, so
    /// that it is told though this process dies.
    ///
    /// # Errors
    /// Then it may be due only after `hold`.
    pub async fn notice(&self, hold: Duration) -> Result<Option<Notice>, QueueError> {
        self.within("give out a notice", async {
            let mut write = self.write().await?;
            let id: Option<String> = sqlx::query_scalar(self.dialect().next_notice())
                .bind(write.now)
                .fetch_optional(write.connection())
                .await?;
            let Some(id) = id else {
                return Ok(None);
            };
            let rows: Vec<NoticeRow> = sqlx::query_as(
                "UPDATE notices SET due_at = $1, tries = tries + 1 WHERE id = $2 \
                 RETURNING job, event, made_at, reason_code, reason_message, reason_hint, tries",
            )
            .bind(write.now + milliseconds(hold))
            .bind(id.clone())
            .fetch_all(write.connection())
            .await?;
            write.commit().await?;
            match rows.into_iter().next() {
                Some(row) => self.read_notice(id, row).await,
                None => Ok(None),
            }
        })
        .await
    }

    async fn read_notice(&self, id: String, row: NoticeRow) -> Result<Option<Notice>, sqlx::Error> {
        let wrong = || sqlx::Error::Decode(format!("the row of notice {id} is not as relay-scrub writes it").into());
        let event = Event::ALL.into_iter().find(|event| event.word() == row.event).ok_or_else(wrong)?;
        let made_at = Timestamp::from_millisecond(row.made_at).map_err(|_| wrong())?;
        let tries = u32::try_from(row.tries).map_err(|_| wrong())?;
        let job: Option<JobRow> = sqlx::query_as(concat!("SELECT ", columns!(), " FROM jobs WHERE id = $1"))
            .bind(row.job)
            .fetch_optional(self.reading())
            .await?;
        let job = job.map(Job::try_from).transpose()?;
        let reason = reason(row.reason_code, row.reason_message, row.reason_hint);
        Ok(job.map(|job| Notice { id, event, made_at, reason, tries, job }))
    }

    /// It was told, or is given up: it is not due again.
    ///
    /// # Errors
    /// Then it is told once more.
    pub async fn notice_told(&self, notice: &Notice) -> Result<(), QueueError> {
        self.within("take a notice from the list", async {
            let mut write = self.write().await?;
            sqlx::query("DELETE FROM notices WHERE id = $1")
                .bind(notice.id.clone())
                .execute(write.connection())
                .await?;
            write.commit().await
        })
        .await
    }

    /// It could not be told: it is due again after `pause`.
    ///
    /// # Errors
    /// Then it is due when the hold is over.
    pub async fn put_notice_off(&self, notice: &Notice, pause: Duration) -> Result<(), QueueError> {
        self.within("put a notice off", async {
            let mut write = self.write().await?;
            sqlx::query("UPDATE notices SET due_at = $1 WHERE id = $2")
                .bind(write.now + milliseconds(pause))
                .bind(notice.id.clone())
                .execute(write.connection())
                .await?;
            write.commit().await
        })
        .await
    }
}
