//! What every request to the private listener passes.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

use super::{Admin, origin};
use crate::server::api::Problem;
use crate::server::page;

/// What every answer says to browsers: keep nothing, guess no types, show it in no frame, tell no other site.
const PROTECTION: [(HeaderName, &str); 5] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    // With `no-referrer` a browser would hide the origin of our own forms too.
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Adds the headers that protect an answer.
pub(super) async fn protect(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in PROTECTION {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(policy) = HeaderValue::from_str(&page::CONTENT_SECURITY_POLICY) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// Answers only who asks by a known name, and lets no foreign page change anything.
pub(super) async fn know(State(admin): State<Arc<Admin>>, request: Request, next: Next) -> Response {
    let Some(host) = asked_for(&request).filter(|host| admin.names.knows(host)) else {
        let text =
            "relay-scrub is not known here by the name that it was asked by. --admin-host NAME makes a name known.\n";
        return (StatusCode::MISDIRECTED_REQUEST, text).into_response();
    };
    if !origin::is_own(request.method(), &host, request.headers()) {
        let text =
            "This was sent by the page of another site, and nothing was done. Use the buttons of the status page.\n";
        return (StatusCode::FORBIDDEN, text).into_response();
    }
    next.run(request).await
}

/// The host that a request is for: the one of its address where it has one (HTTP/2), else its only `Host`.
fn asked_for(request: &Request) -> Option<String> {
    if let Some(authority) = request.uri().authority() {
        return Some(authority.to_string());
    }
    let mut hosts = request.headers().get_all(header::HOST).into_iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().ok().map(str::to_owned),
        _ => None,
    }
}

/// Lets in who has the token, or was given a cookie for it.
pub(super) async fn let_in(State(admin): State<Arc<Admin>>, request: Request, next: Next) -> Response {
    if admin.lets_in(request.headers()) {
        return next.run(request).await;
    }
    let path = request.uri().path();
    if path.starts_with("/v1/") {
        let problem = Problem::new(StatusCode::UNAUTHORIZED, "not_signed_in", "the admin token is missing or wrong")
            .hint(
                "Send it as Authorization: Bearer TOKEN; it is the content of the file that --admin-token-file names.",
            );
        return ([(header::WWW_AUTHENTICATE, "Bearer")], problem).into_response();
    }
    // What was to be done is not done after a sign-in; a page is shown then.
    let then = if request.method().is_safe() { path } else { "/" };
    (StatusCode::UNAUTHORIZED, page::sign_in(then, false)).into_response()
}

impl Admin {
    /// Whether a request brings what lets in.
    fn lets_in(&self, headers: &HeaderMap) -> bool {
        self.token.as_ref().is_none_or(|token| token.lets_in(headers, Timestamp::now()))
    }

    /// Whether people sign in here at all, so that a page can offer to sign out.
    pub(super) fn has_sessions(&self) -> bool {
        self.token.is_some()
    }

    /// Whether a browser may send the cookie over TLS alone. A proxy in front that has taken the TLS away says so; who
    /// says so falsely keeps their own cookie from themselves.
    pub(super) fn is_secure(&self, headers: &HeaderMap) -> bool {
        self.tls || headers.get("x-forwarded-proto").is_some_and(|protocol| protocol == "https")
    }
}
