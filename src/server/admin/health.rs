//! What monitoring asks for: `/metrics` and `/readyz`. Neither wants the token, and neither shows a secret or a sandbox.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

use super::Admin;

/// The version of Prometheus' text format that is written.
const FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The figures, those of the queue as they are now. Where the database is away, the others are answered all the same.
pub(super) async fn metrics(State(admin): State<Arc<Admin>>) -> Response {
    let census = admin.queue.census().await;
    if let Err(error) = &census {
        tracing::warn!(%error, "the jobs can't be counted for /metrics");
    }
    let text = admin.metrics.render(census.as_ref().ok(), Timestamp::now());
    ([(header::CONTENT_TYPE, FORMAT)], text).into_response()
}

/// Whether deliveries are taken in: the database answers, and the service is not about to leave.
pub(super) async fn ready(State(admin): State<Arc<Admin>>) -> Response {
    if admin.stopping.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "shutting down\n").into_response();
    }
    match admin.queue.ping().await {
        Ok(()) => (StatusCode::OK, "ready\n").into_response(),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n").into_response()
        }
    }
}
