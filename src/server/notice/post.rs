//! Telling by a webhook, signed as the Standard Webhooks specification says.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::CONTENT_TYPE;
use url::Url;

use crate::secrets::WebhookSecret;
use crate::server::outgoing::{client, reason};
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
