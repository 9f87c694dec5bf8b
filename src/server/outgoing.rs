//! Requests of ours to addresses that the user gave: where notices go, and a service's own listeners.

use std::time::Duration;

use reqwest::{Client, redirect, retry};
use url::Url;

use crate::config::is_on_this_machine;
use crate::domain::printable::excerpt;

/// A client for this address alone. What is sent may be secret, so redirects are not followed, nothing but https leaves
/// this machine, and this machine itself is reached without a proxy.
///
/// # Errors
/// Where TLS can't be used on this machine.
pub fn client(address: &Url, limit: Duration) -> reqwest::Result<Client> {
    let builder = Client::builder()
        .user_agent(concat!("relay-scrub/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .timeout(limit);
    if is_on_this_machine(address) { builder.no_proxy().build() } else { builder.https_only(true).build() }
}

/// Why there was no answer, in words and without the address: there may be a key in its path.
pub fn reason(error: reqwest::Error) -> String {
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
