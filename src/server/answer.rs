//! What a delivery is answered with. Pure.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::delivery::Unusable;
use super::job::JobId;
use super::queue::QueueError;
use super::signature::Unsigned;
use crate::domain::printable::with_causes;

/// The largest body of a delivery, in bytes: what the class sends has some hundred.
pub(super) const LARGEST_BODY: usize = 64 * 1024;

/// When to come back where nothing tells it better, in seconds: the database is away, another replica takes over.
const SOON: u64 = 10;
/// When to come back where jobs of the sandbox have to end first, in seconds.
const LATER: u64 = 300;

/// What became of a delivery.
#[derive(Debug)]
pub(super) enum Answer {
    /// Its job is on disk.
    Accepted(JobId),
    /// Nobody who has the secret sent it, as far as can be told. Why is for the log alone.
    Unsigned(Unsigned),
    /// It is signed, and says nothing that could be done.
    Unusable(Unusable),
    /// The body is larger than [`LARGEST_BODY`].
    TooLarge,
    /// The body didn't come in time.
    TooSlow,
    /// The connection broke before the body was there. Nobody reads the answer.
    Broken,
    /// The sender has sent too many, and may come back in so many seconds.
    TooMany {
        /// Who counts as the sender.
        of: &'static str,
        /// In seconds.
        retry_after: u64,
    },
    /// As many jobs of the sandbox are open as may be.
    Full,
    /// The database is away, or too slow. The delivery may be on disk all the same.
    Away(QueueError),
    /// The service is about to leave.
    Stopping,
}

impl Answer {
    /// The status, as the contract has it.
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Accepted(_) => StatusCode::ACCEPTED,
            Self::Unsigned(_) => StatusCode::UNAUTHORIZED,
            Self::Unusable(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow | Self::Broken => StatusCode::REQUEST_TIMEOUT,
            Self::TooMany { .. } | Self::Full => StatusCode::TOO_MANY_REQUESTS,
            Self::Away(_) | Self::Stopping => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// In how many seconds the sender may come back.
    fn retry_after(&self) -> Option<u64> {
        match self {
            Self::TooMany { retry_after, .. } => Some(*retry_after),
            Self::Full => Some(LATER),
            Self::Away(_) | Self::Stopping => Some(SOON),
            _ => None,
        }
    }

    /// What the sender is told. One without the secret learns nothing.
    fn told(&self) -> Option<String> {
        Some(match self {
            Self::Accepted(_) | Self::Unsigned(_) | Self::Broken => return None,
            Self::Unusable(reason) => reason.to_string(),
            Self::TooLarge => format!("the body is over {} KiB", LARGEST_BODY / 1024),
            Self::TooSlow => "the body did not come in time".into(),
            Self::TooMany { of, .. } => format!("too many deliveries {of}"),
            Self::Full => "as many jobs of this sandbox are open as may be".into(),
            Self::Away(_) => "the database is away".into(),
            Self::Stopping => "shutting down".into(),
        })
    }

    /// What the log says beside the status; empty where that says it all.
    pub(super) fn reason(&self) -> String {
        match self {
            Self::Unsigned(reason) => reason.to_string(),
            Self::Broken => "the connection broke".into(),
            Self::Away(error) => with_causes(error),
            other => other.told().unwrap_or_default(),
        }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let body = match (&self, self.told()) {
            (Self::Accepted(job), _) => Some(json!({"job": job.as_str()})),
            (_, told) => told.map(|told| json!({"error": told})),
        };
        let status = self.status();
        let mut response = match body {
            Some(body) => (status, axum::Json(body)).into_response(),
            None => status.into_response(),
        };
        if let Some(seconds) = self.retry_after() {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
