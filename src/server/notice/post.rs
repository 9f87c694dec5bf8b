//! Telling by a webhook, signed as the Standard Webhooks specification says.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, redirect, retry};
use url::{Host, Url};

use crate::domain::printable::excerpt;
use crate::secrets::WebhookSecret;
use crate::server::signature;

/// Posts the notice, and waits for so long at most. Any status of 200 to 299 says that it was taken.
///
/// # Errors
/// What went wrong, in words, without the address: there may be a key in its path.
pub(super) async fn send(
    url: &Url,
    secret: &WebhookSecret,
    id: &str,
    body: String,
    limit: Duration,
) -> Result<(), String> {
    let signed = signature::sign(secret, id, Timestamp::now(), body.as_bytes()).map_err(|error| error.to_string())?;
    let client = client(url, limit).map_err(|error| format!("TLS can't be used on this machine: {}", reason(error)))?;
    let mut request = client.post(url.clone()).header(CONTENT_TYPE, "application/json").body(body);
    for (name, value) in signed {
        request = request.header(name, value);
    }
    let host = url.host_str().unwrap_or_default();
    let response = request.send().await.map_err(|error| format!("no answer from {host}: {}", reason(error)))?;
    let status = response.status();
    if status.is_success() { Ok(()) } else { Err(format!("{host} answered {status}")) }
}

/// Redirects are not followed: the notice is for the address that was given. This machine is reached without a proxy.
fn client(url: &Url, limit: Duration) -> reqwest::Result<Client> {
    let builder = Client::builder()
        .user_agent(concat!("relay-scrub/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .timeout(limit);
    let is_near = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    if is_near { builder.no_proxy().build() } else { builder.https_only(true).build() }
}

/// The innermost cause, in words.
fn reason(error: reqwest::Error) -> String {
    let error = error.without_url();
    if error.is_timeout() {
        return "none in time".into();
    }
    let mut cause: &dyn std::error::Error = &error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    excerpt(&cause.to_string(), 160)
}
