//! The jobs of a running service, asked for at its private listener.

use std::time::Duration;

use reqwest::{Client, Method, StatusCode};
use serde::de::DeserializeOwned;
use url::Url;

use super::Wanted;
use super::database::said;
use crate::domain::printable::excerpt;
use crate::output::job_v1::{Failed, Job, Jobs};
use crate::secrets::Secret;
use crate::server::job::JobId;
use crate::server::outgoing::{client, reason};
use crate::server::question::Question;

/// A service answers within this time, also where its database is slow.
const PATIENCE: Duration = Duration::from_secs(30);

/// The service.
pub(super) struct AtService {
    address: Url,
    token: Option<Secret>,
    client: Client,
}

impl AtService {
    /// A service at this address. Nothing is sent yet.
    pub(super) fn new(address: Url, token: Option<Secret>) -> Result<Self, String> {
        let client = client(&address, PATIENCE);
        let client = client.map_err(|error| format!("TLS can't be used on this machine: {}.", reason(error)))?;
        Ok(Self { address, token, client })
    }

    pub(super) async fn list(&self, question: &Question) -> Result<Jobs, String> {
        self.ask(Method::GET, "/v1/jobs", Some(&question.query())).await
    }

    pub(super) async fn show(&self, id: &JobId) -> Result<Job, String> {
        self.ask(Method::GET, &format!("/v1/jobs/{id}"), None).await
    }

    pub(super) async fn wish(&self, wanted: Wanted, id: &JobId) -> Result<Job, String> {
        let verb = match wanted {
            Wanted::Retry => "retry",
            Wanted::Cancel => "cancel",
        };
        self.ask(Method::POST, &format!("/v1/jobs/{id}/{verb}"), None).await
    }

    async fn ask<T: DeserializeOwned>(&self, method: Method, path: &str, query: Option<&str>) -> Result<T, String> {
        let mut address = self.address.clone();
        address.set_path(path);
        address.set_query(query.filter(|query| !query.is_empty()));
        let mut request = self.client.request(method, address);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.expose());
        }
        let response = request.send().await.map_err(|error| self.unreachable(error))?;
        let status = response.status();
        let body = response.bytes().await.map_err(|error| self.unreachable(error))?;
        if status.is_success() {
            return serde_json::from_slice(&body).map_err(|_| self.something_else());
        }
        match serde_json::from_slice::<Failed>(&body) {
            Ok(_) if status == StatusCode::UNAUTHORIZED => Err(self.not_let_in()),
            Ok(Failed { error }) => Err(excerpt(&said(&error), 500)),
            Err(_) if status == StatusCode::MISDIRECTED_REQUEST => Err(format!(
                "The service at {} is not known there by this name: start it with --admin-host {}.",
                self.address,
                self.address.host_str().unwrap_or("NAME")
            )),
            Err(_) => Err(self.something_else()),
        }
    }

    fn unreachable(&self, error: reqwest::Error) -> String {
        format!(
            "No answer from {}: {}. Does the service run, and is that its private listener (--admin-listen)?",
            self.address,
            reason(error)
        )
    }

    fn not_let_in(&self) -> String {
        let what = if self.token.is_some() { "does not take this admin token" } else { "wants the admin token" };
        format!("The service at {} {what}: --admin-token-file or RELAY_SCRUB_ADMIN_TOKEN gives it.", self.address)
    }

    fn something_else(&self) -> String {
        format!(
            "What answers at {} is not the private listener of this relay-scrub. Is it the one that the sandboxes call \
             (--listen), or a proxy?",
            self.address
        )
    }
}
