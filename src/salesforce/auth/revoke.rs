//! Ending a token, at the host that gave it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::Value as Json;
use url::Url;

use crate::domain::printable::excerpt;
use crate::salesforce::address::{AllowedHosts, Endpoint, Purpose, check};
use crate::salesforce::error::Error;
use crate::salesforce::http::{Http, Transport};
use crate::salesforce::ledger::Ledger;
use crate::secrets::Secret;

const PATH: &str = "/services/oauth2/revoke";

/// The time for it, tries and pauses included: it is the last thing that is done, and somebody waits.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// Ends a token at a host that lock 1 lets have it. One that is dead already is no error.
pub async fn revoke(host: &Url, token: &Secret, allowed: &AllowedHosts, transport: &Transport) -> Result<(), Error> {
    let endpoint = check(host, Purpose::Token, allowed)?;
    let http = transport.for_org(Instant::now() + PATIENCE, Arc::new(Ledger::default()));
    end(&http, &endpoint, token).await
}

pub(in crate::salesforce) async fn end(http: &Http, endpoint: &Endpoint, token: &Secret) -> Result<(), Error> {
    http.echoes.learn(token);
    let attempt = || async {
        let request = http.request(Method::POST, endpoint, PATH).await?.form(&[("token", token.expose())]).build();
        let request = request.map_err(|_| Error::Credential("the token can't be sent".into()))?;
        http.send(endpoint, request).await
    };
    let answer = tokio::time::timeout(PATIENCE, http.with_retries(attempt, Error::is_passing)).await;
    let answer = answer.unwrap_or_else(|_| {
        Err(Error::NoAnswer { host: endpoint.host().to_string(), reason: "no whole answer in time".into() })
    })?;
    if answer.status.is_success() {
        return Ok(());
    }
    let json = answer.json()?;
    match json.get("error").and_then(Json::as_str) {
        Some("unsupported_token_type" | "invalid_token") => Ok(()),
        Some(error) => Err(Error::Api { code: excerpt(error, 80), message: "the token was not revoked".into() }),
        None => Err(answer.unreadable(format!("no answer to a revocation (status {})", answer.status.as_u16()))),
    }
}
