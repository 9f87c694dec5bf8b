//! What a person's browser asks for.

use std::sync::Arc;

use axum::Form;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;
use serde::Deserialize;

use super::{Admin, session};
use crate::output::job_v1;
use crate::secrets::Secret;
use crate::server::api::{Problem, found, wished};
use crate::server::page::{self, Counts};
use crate::server::question::Question;
use crate::server::queue::Census;
use crate::server::shown;

/// The list of jobs.
pub(super) async fn list(State(admin): State<Arc<Admin>>, RawQuery(query): RawQuery) -> Response {
    match list_of(&admin, &query.unwrap_or_default()).await {
        Ok((question, jobs, census)) => {
            page::list(&question, &jobs, &Counts::of(&census), Timestamp::now(), admin.has_sessions()).into_response()
        }
        Err(problem) => told(&admin, problem),
    }
}

async fn list_of(admin: &Admin, query: &str) -> Result<(Question, job_v1::Jobs, Census), Problem> {
    let question = Question::parse(query).map_err(Problem::unfit)?;
    let jobs = admin.queue.jobs(&question.filter()).await?;
    let census = admin.queue.census().await?;
    let jobs = shown::list(jobs, question.wanted());
    Ok((question, jobs, census))
}

/// One job.
pub(super) async fn job(State(admin): State<Arc<Admin>>, Path(id): Path<String>) -> Response {
    match found(&admin.queue, &id).await {
        Ok(job) => page::job(&job, Timestamp::now(), admin.has_sessions()).into_response(),
        Err(problem) => told(&admin, problem),
    }
}

/// The button that lets a job be tried now.
pub(super) async fn retry(State(admin): State<Arc<Admin>>, Path(id): Path<String>) -> Response {
    let wish = wished(&id, "retry", async |id| admin.queue.retry(id).await).await;
    done(&admin, &id, wish)
}

/// The button that takes a job back.
pub(super) async fn cancel(State(admin): State<Arc<Admin>>, Path(id): Path<String>) -> Response {
    let wish = wished(&id, "cancel", async |id| admin.queue.cancel(id).await).await;
    done(&admin, &id, wish)
}

/// Shows the job after what was done, at its own address: a reload does nothing again.
fn done(admin: &Admin, id: &str, wish: Result<(), Problem>) -> Response {
    match wish {
        Ok(()) => Redirect::to(&format!("/jobs/{id}")).into_response(),
        Err(problem) => told(admin, problem),
    }
}

/// What a person types to be let in.
#[derive(Deserialize)]
pub(super) struct SignIn {
    token: String,
    #[serde(default)]
    then: String,
}

/// Gives a cookie to who has the token, and leads to where they wanted to go.
pub(super) async fn sign_in(
    State(admin): State<Arc<Admin>>,
    headers: HeaderMap,
    Form(SignIn { token, then }): Form<SignIn>,
) -> Response {
    let given = Secret::new(token.trim().to_string());
    let cookie = match &admin.token {
        Some(token) if token.is(&given) => token.cookie(Timestamp::now(), admin.is_secure(&headers)),
        _ => None,
    };
    match cookie {
        Some(cookie) => ([(header::SET_COOKIE, cookie)], Redirect::to(local(&then))).into_response(),
        None => {
            tracing::warn!("somebody gave a wrong admin token");
            (StatusCode::UNAUTHORIZED, page::sign_in(local(&then), true)).into_response()
        }
    }
}

/// Takes the cookie away.
pub(super) async fn sign_out(State(admin): State<Arc<Admin>>, headers: HeaderMap) -> Response {
    ([(header::SET_COOKIE, session::no_cookie(admin.is_secure(&headers)))], Redirect::to("/")).into_response()
}

/// Pages of our own alone: another address would lead who signs in away from here.
fn local(path: &str) -> &str {
    let is_job = |id: &str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if path.strip_prefix("/jobs/").is_some_and(is_job) { path } else { "/" }
}

/// Any other address.
pub(super) async fn nothing_here(State(admin): State<Arc<Admin>>, uri: Uri) -> Response {
    fit(&admin, &uri, Problem::new(StatusCode::NOT_FOUND, "not_found", "there is nothing at this address"))
}

/// An address of ours, asked in a way that it has no answer to.
pub(super) async fn not_so(State(admin): State<Arc<Admin>>, uri: Uri) -> Response {
    fit(
        &admin,
        &uri,
        Problem::new(StatusCode::METHOD_NOT_ALLOWED, "wrong_method", "this address is not asked that way"),
    )
}

/// A problem as whoever asks there can read it.
fn fit(admin: &Admin, uri: &Uri, problem: Problem) -> Response {
    if uri.path().starts_with("/v1/") { problem.into_response() } else { told(admin, problem) }
}

/// A problem as a page.
fn told(admin: &Admin, problem: Problem) -> Response {
    let (status, title, paragraphs) = problem.in_words();
    (status, page::notice(&title, &paragraphs, admin.has_sessions())).into_response()
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn a_sign_in_leads_nowhere_but_to_pages_of_our_own() {
        assert_eq!(local("/jobs/01JDB3Q0Z5W8K6M4N2P7R9T1V3"), "/jobs/01JDB3Q0Z5W8K6M4N2P7R9T1V3");
        for foreign in
            ["//evil.example", "https://evil.example", "/\\evil.example", "/jobs/../x", "/jobs/", "", "/metrics"]
        {
            assert_eq!(local(foreign), "/", "{foreign}");
        }
    }
}
