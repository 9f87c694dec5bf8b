//! `/v1/jobs`, for programs: JSON in every answer, errors too.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::admin::Admin;
use super::job::JobId;
use super::question::Question;
use super::queue::{Queue, QueueError, Wish};
use super::shown;
use crate::output::job_v1 as v1;

/// `GET /v1/jobs`: newest first, without reports.
pub(super) async fn list(
    State(admin): State<Arc<Admin>>,
    RawQuery(query): RawQuery,
) -> Result<Json<v1::Jobs>, Problem> {
    let question = Question::parse(&query.unwrap_or_default()).map_err(Problem::unfit)?;
    let jobs = admin.queue.jobs(&question.filter()).await?;
    Ok(Json(shown::list(jobs, question.wanted())))
}

/// `GET /v1/jobs/{id}`: a job with its report.
pub(super) async fn job(State(admin): State<Arc<Admin>>, Path(id): Path<String>) -> Result<Json<v1::Job>, Problem> {
    Ok(Json(found(&admin.queue, &id).await?))
}

/// `POST /v1/jobs/{id}/retry`: due now, its age and its attempts counted anew. The answer is the job as it is then.
pub(super) async fn retry(State(admin): State<Arc<Admin>>, Path(id): Path<String>) -> Result<Json<v1::Job>, Problem> {
    wished(&id, "retry", async |id| admin.queue.retry(id).await).await?;
    Ok(Json(found(&admin.queue, &id).await?))
}

/// `POST /v1/jobs/{id}/cancel`: a job that waits is taken back. The answer is the job as it is then.
pub(super) async fn cancel(State(admin): State<Arc<Admin>>, Path(id): Path<String>) -> Result<Json<v1::Job>, Problem> {
    wished(&id, "cancel", async |id| admin.queue.cancel(id).await).await?;
    Ok(Json(found(&admin.queue, &id).await?))
}

/// The job of an id, with its report.
///
/// # Errors
/// What to answer where there is none.
pub(super) async fn found(queue: &Queue, id: &str) -> Result<v1::Job, Problem> {
    let id = JobId::parse(id).ok_or_else(Problem::no_such_job)?;
    shown::look_up(queue, &id).await?.ok_or_else(Problem::no_such_job)
}

/// Does what a person wants of the job of an id; `verb` is for the log.
///
/// # Errors
/// What to answer where it can't be done.
pub(super) async fn wished(
    id: &str,
    verb: &'static str,
    wish: impl AsyncFnOnce(&JobId) -> Result<Wish, QueueError>,
) -> Result<(), Problem> {
    let id = JobId::parse(id).ok_or_else(Problem::no_such_job)?;
    let refusal = shown::refusal(&wish(&id).await?);
    match refusal {
        None => {
            tracing::info!(job = %id, verb, "a person's wish was done");
            Ok(())
        }
        Some(reason) if reason.code == shown::NO_SUCH_JOB => Err(Problem::no_such_job()),
        Some(reason) => Err(Problem { status: StatusCode::CONFLICT, reason }),
    }
}

/// Why something that was asked for is not done, and with which status.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    reason: v1::Reason,
}

impl Problem {
    /// A problem of this name, in words.
    pub(super) fn new(status: StatusCode, code: &str, message: &str) -> Self {
        let reason = v1::Reason { code: code.into(), message: message.into(), hint: String::new() };
        Self { status, reason }
    }

    /// With what to do about it.
    pub(super) fn hint(mut self, hint: &str) -> Self {
        self.reason.hint = hint.into();
        self
    }

    /// The question can't be understood.
    pub(super) fn unfit(message: String) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "unfit_question", &message)
    }

    fn no_such_job() -> Self {
        let reason = shown::no_such_job();
        Self { status: StatusCode::NOT_FOUND, reason }
    }

    /// For a page: the status, what it is about, what happened and what to do.
    pub(super) fn in_words(self) -> (StatusCode, String, Vec<String>) {
        let title = match self.status {
            StatusCode::NOT_FOUND => "Not found",
            StatusCode::SERVICE_UNAVAILABLE => "Not now",
            _ => "That can't be done",
        };
        let mut paragraphs = vec![self.reason.message, self.reason.hint];
        paragraphs.retain(|text| !text.is_empty());
        for paragraph in &mut paragraphs {
            let first = paragraph.chars().next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
            let rest: String = paragraph.chars().skip(1).collect();
            *paragraph = format!("{first}{}.", rest.trim_end_matches('.'));
        }
        (self.status, title.into(), paragraphs)
    }
}

impl From<QueueError> for Problem {
    fn from(error: QueueError) -> Self {
        tracing::warn!(%error, "the database did not answer a question about jobs");
        let message = "the database does not answer, so nothing can be said of the jobs";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "database_away", message).hint("Try again in a moment.")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = Json(v1::Failed { error: self.reason });
        let again = (self.status == StatusCode::SERVICE_UNAVAILABLE).then_some([(header::RETRY_AFTER, "5")]);
        (self.status, again.into_iter().next(), body).into_response()
    }
}
