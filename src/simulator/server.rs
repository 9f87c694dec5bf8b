//! The HTTP around the orgs: listeners, connections, and answers that are kept, delayed or lost.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use super::delivery::{self, Answer};
use super::fault::Delivery;
use super::message::{Body, Request, Response};
use super::org::{Occasion, decoded};
use super::simulated_org::{SimulatedOrg, lock};
use super::token::unverified_claims;

/// What all listeners share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) login_url: String,
    pub(super) latency: Latency,
    pub(super) connection_latency: Latency,
    pub(super) orgs: std::sync::Mutex<Vec<SimulatedOrg>>,
    pub(super) stop: CancellationToken,
}

/// A pause that can be changed while requests are being answered.
#[derive(Debug, Default)]
pub(super) struct Latency(AtomicU64);

/// Where a connection came in.
#[derive(Clone, Debug)]
pub(super) enum Entrance {
    /// The address of one org.
    Org(SimulatedOrg),
    /// The login host of all of them.
    LoginHost,
}

impl Latency {
    pub(super) fn set(&self, pause: Duration) {
        self.0.store(u64::try_from(pause.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    fn get(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::Relaxed))
    }
}

/// Accepts connections until the simulator is dropped.
pub(super) async fn serve(listener: TcpListener, entrance: Entrance, shared: Arc<Shared>) {
    let stop = shared.stop.clone();
    let accepting = async {
        loop {
            // An error belongs to one connection that is gone already, not to the listener.
            if let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(connection(stream, entrance.clone(), shared.clone()));
            }
        }
    };
    stop.run_until_cancelled(accepting).await;
}

async fn connection(stream: TcpStream, entrance: Entrance, shared: Arc<Shared>) {
    if let Entrance::Org(org) = &entrance {
        org.count_connection();
    }
    let stop = shared.stop.clone();
    let serving = async {
        pause(shared.connection_latency.get()).await;
        let _ = stream.set_nodelay(true);
        let service = service_fn(|request| respond(request, &entrance, &shared));
        // An error is what the client is meant to see: the connection ends.
        let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
    };
    stop.run_until_cancelled(serving).await;
}

/// Answers one request; an error closes the connection without an answer.
async fn respond(incoming: hyper::Request<Incoming>, entrance: &Entrance, shared: &Shared) -> io::Result<Answer> {
    let request = read(incoming).await?;
    let at_login_host = matches!(entrance, Entrance::LoginHost);
    let org = match entrance {
        Entrance::Org(org) => Some(org.clone()),
        Entrance::LoginHost => shared.org_of_login(&request),
    };
    let Some(org) = org else {
        pause(shared.latency.get()).await;
        let unknown = Response::oauth_error(400, "invalid_client_id", "client identifier invalid");
        return Ok(delivery::answer(&request, unknown, false));
    };
    let flight = org.enter();
    org.record(&request, at_login_host);
    let fate = org.fate(&request);
    pause(shared.latency.get() + fate.delay).await;

    let occasion = Occasion {
        now_ms: now_ms(),
        concurrent: flight.concurrent(),
        at_login_host,
        login_url: shared.login_url.clone(),
    };
    let is_carried_out =
        !matches!(fate.delivery, Some(Delivery::Instead { .. } | Delivery::Reset | Delivery::HangBefore));
    let (mut response, gzip) = org.edit(|state| {
        fate.before.iter().for_each(|script| script(state));
        let response = is_carried_out.then(|| state.answer(&request, &occasion));
        fate.after.iter().for_each(|script| script(state));
        (response, state.quirks.gzip)
    });
    if let Some(Body::Json(body)) = response.as_mut().map(|response| &mut response.body) {
        fate.alter.iter().for_each(|edit| edit(body));
    }
    delivery::deliver(&request, response, fate.delivery, gzip).await
}

async fn read(incoming: hyper::Request<Incoming>) -> io::Result<Request> {
    let (parts, body) = incoming.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes().to_vec();
    let headers = parts.headers.iter();
    let headers =
        headers.map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
    Ok(Request {
        method: parts.method.to_string(),
        path: parts.uri.path().to_string(),
        query: parts.uri.query().unwrap_or_default().to_string(),
        headers: headers.collect(),
        body,
    })
}

impl Shared {
    /// The org that a request to the login host is meant for: the one that knows the token, the code, or user and app.
    ///
    /// The host stands for test.salesforce.com, so production orgs are not found by it.
    fn org_of_login(&self, request: &Request) -> Option<SimulatedOrg> {
        let form: Vec<_> = decoded(&request.query).into_iter().chain(decoded(&request.text())).collect();
        let get = |name: &str| form.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
        let claims = unverified_claims(get("assertion")).unwrap_or_default();
        let user = claims["sub"].as_str().unwrap_or_default();
        let app = claims["iss"].as_str().unwrap_or_else(|| get("client_id"));
        let orgs: Vec<SimulatedOrg> = lock(&self.orgs).clone();
        let mut orgs: Vec<(u8, SimulatedOrg)> = orgs
            .into_iter()
            .filter_map(|org| {
                let state = org.state();
                let knows_token = state.refresh_tokens.contains_key(get("refresh_token"))
                    || state.codes.contains_key(get("code"))
                    || state.sessions.contains_key(get("token"));
                let rank = match (knows_token, state.app(app).is_some(), state.user(user).is_some()) {
                    (true, ..) => 3,
                    (_, true, true) => 2,
                    (_, true, false) => 1,
                    _ => 0,
                };
                let found = rank > 0 && state.kind.is_sandbox();
                drop(state);
                found.then_some((rank, org))
            })
            .collect();
        orgs.sort_by_key(|(rank, _)| std::cmp::Reverse(*rank));
        orgs.into_iter().map(|(_, org)| org).next()
    }
}

async fn pause(pause: Duration) {
    if !pause.is_zero() {
        tokio::time::sleep(pause).await;
    }
}

/// Waits for ever; the client's patience or the end of the simulator ends it.
pub(super) async fn hang() -> Infallible {
    std::future::pending().await
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
