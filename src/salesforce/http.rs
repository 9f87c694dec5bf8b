//! Sends one request, and tries again as the error itself decides.

use std::error::Error as _;
use std::future::Future;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use reqwest::{Client, Request, Response, StatusCode, redirect, retry};
use tokio::sync::OnceCell;
use url::Url;

use super::address::{Endpoint, shown};
use super::echo::Echoes;
use super::error::Error;
use super::ledger::Ledger;
use super::patience::{Patience, Until, next_pause, parse_retry_after};
use crate::domain::printable::excerpt;

/// No sane answer is larger: 2,000 relays are about one megabyte.
const LARGEST_ANSWER: usize = 8 * 1024 * 1024;

/// The figure that counts requests, where somebody counts: the service does.
const REQUESTS: &str = "relay_scrub_salesforce_requests_total";

/// The connections of a whole run, shared by all orgs.
///
/// Made on first use, for reading the system's certificates takes time that a refused address doesn't need, and plain
/// http (which is for this machine alone) doesn't either.
#[derive(Clone, Debug, Default)]
pub struct Transport {
    patience: Patience,
    outside: Arc<OnceCell<Client>>,
    loopback: Arc<OnceCell<Client>>,
    plain: Arc<OnceCell<Client>>,
}

/// One org's view of the transport: it notes the org's requests and knows when its time is over.
#[derive(Clone, Debug)]
pub(super) struct Http {
    transport: Transport,
    until: Until,
    pub(super) ledger: Arc<Ledger>,
    pub(super) echoes: Arc<Echoes>,
}

/// An answer, read whole. Its body is as it came: [`Answer::json`] and [`Answer::without_secrets`] hide what it may echo.
pub(super) struct Answer {
    echoes: Arc<Echoes>,
    pub(super) host: String,
    pub(super) status: StatusCode,
    pub(super) content_type: String,
    pub(super) body: Vec<u8>,
}

impl Transport {
    /// A transport with these limits.
    pub fn new(patience: Patience) -> Self {
        Self { patience, ..Self::default() }
    }

    pub(super) fn for_org(&self, until: impl Into<Until>, ledger: Arc<Ledger>) -> Http {
        Http { transport: self.clone(), until: until.into(), ledger, echoes: Arc::default() }
    }

    async fn client(&self, endpoint: &Endpoint) -> Result<&Client, Error> {
        let cell = match (endpoint.is_loopback(), endpoint.is_plain()) {
            (false, _) => &self.outside,
            (true, false) => &self.loopback,
            (true, true) => &self.plain,
        };
        cell.get_or_try_init(async || build(self.patience, endpoint))
            .await
            .map_err(|error| Error::NoCertificates(reason(&error)))
    }
}

/// Redirects are never followed, for they would carry a credential to a host that nobody checked; this machine is
/// reached without a proxy, and `localhost` is this machine whatever a name server says.
fn build(patience: Patience, endpoint: &Endpoint) -> reqwest::Result<Client> {
    let builder = Client::builder()
        .user_agent(concat!("relay-scrub/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .connect_timeout(patience.connect)
        .timeout(patience.request)
        .pool_idle_timeout(Duration::from_secs(30))
        .pool_max_idle_per_host(1);
    if !endpoint.is_loopback() {
        return builder.https_only(true).build();
    }
    let this_machine: [SocketAddr; 2] = [(Ipv4Addr::LOCALHOST, 0).into(), (Ipv6Addr::LOCALHOST, 0).into()];
    let builder = builder.no_proxy().resolve_to_addrs("localhost", &this_machine);
    // No certificate is trusted, and so none is read, where none will be shown.
    if endpoint.is_plain() { builder.tls_certs_only([]).build() } else { builder.https_only(true).build() }
}

impl Http {
    pub(super) fn patience(&self) -> Patience {
        self.transport.patience
    }

    /// A builder of a request to a path of an address.
    pub(super) async fn request(
        &self,
        method: reqwest::Method,
        endpoint: &Endpoint,
        path: &str,
    ) -> Result<reqwest::RequestBuilder, Error> {
        Ok(self.transport.client(endpoint).await?.request(method, endpoint.at(path)))
    }

    /// Sends a request once, and reads its answer whole. Statuses that say "not now" and redirects are errors here.
    pub(super) async fn send(&self, endpoint: &Endpoint, request: Request) -> Result<Answer, Error> {
        let client = self.transport.client(endpoint).await?;
        let (method, path) = (request.method().clone(), request.url().path().to_string());
        let begun = Instant::now();
        self.ledger.wait_for(endpoint.host());
        self.ledger.count_request();
        // SOAP tells its reasons in XML, with status 500 always.
        let reasons_in = if path.starts_with("/services/Soap/") { "xml" } else { "json" };
        let result = self.receive(endpoint.host(), reasons_in, client.execute(request).await).await;
        // Counted before, for whoever gives up meanwhile can't tell; without a connection nothing was sent after all.
        if matches!(result, Err(Error::NoConnection { .. } | Error::Untrusted { .. })) {
            self.ledger.discount_request();
        }
        metrics::counter!(REQUESTS, "result" => outcome(&result)).increment(1);
        let elapsed = begun.elapsed().as_millis();
        match &result {
            Ok(answer) => {
                tracing::debug!(%method, path, status = answer.status.as_u16(), elapsed_ms = elapsed, "answered")
            }
            Err(error) => tracing::debug!(%method, path, %error, elapsed_ms = elapsed, "not answered"),
        }
        result
    }

    async fn receive(&self, host: &str, reasons_in: &str, sent: reqwest::Result<Response>) -> Result<Answer, Error> {
        let response = sent.map_err(|error| lost(host, &error))?;
        let status = response.status();
        if status.is_redirection() {
            let to = response.headers().get(LOCATION).and_then(|to| to.to_str().ok()).map(redirect_target);
            let what = format!("a redirect to {}, which is not followed", to.unwrap_or_else(|| "nowhere".into()));
            return Err(Error::Unreadable { host: host.to_string(), what });
        }
        let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let content_type = content_type.unwrap_or_default().to_ascii_lowercase();
        // Any other fault of the server's comes with a reason, or says no more than that.
        let gives_no_reason = status.is_server_error() && !content_type.contains(reasons_in);
        if gives_no_reason || matches!(status.as_u16(), 429 | 502 | 503 | 504) {
            let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
            let retry_after = retry_after.and_then(|value| parse_retry_after(value, Timestamp::now()));
            return Err(Error::Busy { host: host.to_string(), status: status.as_u16(), retry_after });
        }
        let (echoes, host) = (Arc::clone(&self.echoes), host.to_string());
        Ok(Answer { body: body(&host, response).await?, echoes, host, status, content_type })
    }

    /// Repeats `attempt` while its error is one that `again` accepts, with growing pauses or those the server asks for.
    /// An attempt under way ends when the run is to stop; a pause does not.
    pub(super) async fn with_retries<T, F>(
        &self,
        mut attempt: impl FnMut() -> F,
        again: impl Fn(&Error) -> bool,
    ) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let mut pauses = self.transport.patience.pauses();
        loop {
            let error = match attempt().await {
                Err(error) if again(&error) => error,
                result => return result,
            };
            let left = self.until.deadline.saturating_duration_since(Instant::now());
            let Some(pause) = next_pause(pauses.next(), error.retry_after(), left) else { return Err(error) };
            tracing::info!(%error, pause_ms = pause.as_millis(), "trying again");
            if self.until.stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
                return Err(error);
            }
        }
    }
}

/// What became of a request, in a word: the status of its answer, or why there was none that could be read.
fn outcome(result: &Result<Answer, Error>) -> String {
    match result {
        Ok(answer) => answer.status.as_u16().to_string(),
        Err(Error::Busy { status, .. }) => status.to_string(),
        Err(Error::NoConnection { .. }) => "no_connection".into(),
        Err(Error::Untrusted { .. }) => "certificate_not_trusted".into(),
        Err(Error::NoAnswer { .. }) => "no_answer".into(),
        Err(_) => "unreadable_answer".into(),
    }
}

async fn body(host: &str, mut response: Response) -> Result<Vec<u8>, Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| lost(host, &error))? {
        if body.len() + chunk.len() > LARGEST_ANSWER {
            let what = format!("more than {} MiB", LARGEST_ANSWER / 1024 / 1024);
            return Err(Error::Unreadable { host: host.to_string(), what });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn lost(host: &str, error: &reqwest::Error) -> Error {
    let host = host.to_string();
    if let Some(reason) = untrusted(error) {
        return Error::Untrusted { host, reason };
    }
    if error.is_connect() || error.is_builder() {
        Error::NoConnection { host, reason: reason(error) }
    } else {
        Error::NoAnswer { host, reason: reason(error) }
    }
}

/// Where a redirect leads, without path and query, in which sessions are handed on.
fn redirect_target(location: &str) -> String {
    if Url::parse(location).is_ok() { shown(location) } else { "another page of its own".into() }
}

/// The reason why a certificate was not accepted, where that is the cause of an error.
fn untrusted(error: &reqwest::Error) -> Option<String> {
    let mut cause = error.source();
    while let Some(error) = cause {
        // An I/O error that wraps another one shows that one's source, and not the wrapped one itself.
        let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let tls = wrapped.and_then(|error| error.downcast_ref()).or_else(|| error.downcast_ref());
        if let Some(rustls::Error::InvalidCertificate(reason)) = tls {
            return Some(excerpt(&reason.to_string(), 160));
        }
        cause = wrapped.map(|error| error as &dyn std::error::Error).or_else(|| error.source());
    }
    None
}

/// The innermost causes of a network error, in words, without the address.
fn reason(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return if error.is_connect() { "no connection in time".into() } else { "no whole answer in time".into() };
    }
    let mut causes = Vec::new();
    let mut source = error.source();
    while let Some(cause) = source {
        causes.push(cause.to_string());
        source = cause.source();
    }
    let innermost = causes.pop().unwrap_or_else(|| "the request could not be sent".into());
    excerpt(&innermost, 160)
}

impl Answer {
    /// The body as JSON, without the secrets that it may echo, or what it is instead.
    pub(super) fn json(&self) -> Result<serde_json::Value, Error> {
        let mut json = self.parse()?;
        self.echoes.hide_in(&mut json);
        Ok(json)
    }

    /// A text of the body, decoded, without the secrets that it may echo. In the body itself they may stand encoded.
    pub(super) fn without_secrets(&self, text: &str) -> String {
        self.echoes.hide(text)
    }

    fn parse(&self) -> Result<serde_json::Value, Error> {
        serde_json::from_slice(&self.body).map_err(|error| {
            let what = match (self.body.is_empty(), self.content_type.as_str()) {
                (true, _) => format!("status {} without a body", self.status.as_u16()),
                (false, kind) if kind.starts_with("text/html") => {
                    format!("a web page (status {})", self.status.as_u16())
                }
                (false, _) if error.is_eof() => "JSON that is cut off".to_string(),
                (false, _) => format!("no JSON (status {})", self.status.as_u16()),
            };
            self.unreadable(what)
        })
    }

    pub(super) fn unreadable(&self, what: impl Into<String>) -> Error {
        Error::Unreadable { host: self.host.clone(), what: what.into() }
    }
}
