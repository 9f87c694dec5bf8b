//! The private listener: the status page for people, `/v1/jobs` for programs, `/metrics` and `/readyz` for monitoring.

mod entrance;
mod health;
mod name;
mod origin;
mod pages;
mod session;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use tokio_util::sync::CancellationToken;

use self::name::KnownNames;
use self::session::AdminToken;
use super::api;
use super::metrics::Metrics;
use super::queue::Queue;
use crate::secrets::Secret;

/// No form that is sent here is larger.
const LARGEST_BODY: usize = 4096;

/// How the private listener is set up.
#[derive(Clone, Debug)]
pub struct AdminSettings {
    /// The address that is listened on.
    pub listen: SocketAddr,
    /// The names beside the machine's own by which it may be asked, in lower case.
    pub hosts: Vec<String>,
    /// What lets in. Without it everybody is let in, which is for loopback alone.
    pub token: Option<Secret>,
    /// Whether it speaks TLS itself, so that a browser may keep the cookie for TLS alone.
    pub tls: bool,
}

/// What the private listener works with.
#[derive(Debug)]
pub struct Admin {
    names: KnownNames,
    token: Option<AdminToken>,
    tls: bool,
    pub(super) queue: Queue,
    metrics: Metrics,
    stopping: CancellationToken,
}

impl Admin {
    /// Puts it together. From when `stopping` is cancelled the service is not ready any more.
    pub fn new(settings: AdminSettings, queue: Queue, metrics: Metrics, stopping: CancellationToken) -> Self {
        let AdminSettings { listen, hosts, token, tls } = settings;
        let token = token.map(AdminToken::new);
        Self { names: KnownNames::new(listen, hosts), token, tls, queue, metrics, stopping }
    }
}

/// Everything that the private listener answers.
pub fn router(admin: Arc<Admin>) -> Router {
    let guarded = Router::new()
        .route("/", get(pages::list))
        .route("/jobs/{id}", get(pages::job))
        .route("/jobs/{id}/retry", post(pages::retry))
        .route("/jobs/{id}/cancel", post(pages::cancel))
        .route("/v1/jobs", get(api::list))
        .route("/v1/jobs/{id}", get(api::job))
        .route("/v1/jobs/{id}/retry", post(api::retry))
        .route("/v1/jobs/{id}/cancel", post(api::cancel))
        .route_layer(from_fn_with_state(Arc::clone(&admin), entrance::let_in));
    Router::new()
        .route("/sign-in", post(pages::sign_in))
        .route("/sign-out", post(pages::sign_out))
        .route("/metrics", get(health::metrics))
        .route("/readyz", get(health::ready))
        .merge(guarded)
        .fallback(pages::nothing_here)
        .method_not_allowed_fallback(pages::not_so)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(from_fn_with_state(Arc::clone(&admin), entrance::know))
        .layer(from_fn(entrance::protect))
        .with_state(admin)
}
