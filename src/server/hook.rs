//! The public listener: the hook that sandboxes call, and whether the service is alive. It answers nothing else.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http_body_util::BodyExt;
use ipnet::IpNet;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::answer::{Answer, LARGEST_BODY};
use super::delivery::Unusable;
use super::forwarded::{client, counted};
use super::job::Delivery;
use super::limits::{Rate, TooMany};
use super::orgs::Orgs;
use super::queue::{Accepted, Queue};
use super::signature::Keys;
use super::{delivery, metrics};

/// Where the class of the sandbox posts to.
pub const PATH: &str = "/v1/sandbox-post-copy";

/// Of a body that is too large, so much is read all the same, for a sender that writes on does not see the answer.
const MOST_READ: usize = 16 * LARGEST_BODY;

/// What the hook works with.
pub struct Hook {
    /// Where deliveries are kept.
    pub queue: Queue,
    /// What they are signed with. It may change while the service runs.
    pub keys: Arc<RwLock<Keys>>,
    /// Where their sandboxes are reached.
    pub orgs: Orgs,
    /// How many are taken from one address.
    pub by_address: Rate,
    /// How many are taken for one sandbox, once their signature held.
    pub by_sandbox: Rate,
    /// The proxies whose word for the caller's address is taken.
    pub proxies: Arc<[IpNet]>,
    /// How long a body may take.
    pub patience: Duration,
    /// From when this is cancelled, nothing is taken in.
    pub stopping: CancellationToken,
}

/// The two routes of the public listener.
pub fn router(hook: Arc<Hook>) -> Router {
    Router::new().route(PATH, post(take)).route("/healthz", get(healthy)).with_state(hook)
}

/// For a proxy or a platform that asks whether to send requests here.
async fn healthy(State(hook): State<Arc<Hook>>) -> Response {
    match hook.stopping.is_cancelled() {
        false => (StatusCode::OK, "ok\n").into_response(),
        true => (StatusCode::SERVICE_UNAVAILABLE, "shutting down\n").into_response(),
    }
}

async fn take(State(hook): State<Arc<Hook>>, ConnectInfo(peer): ConnectInfo<SocketAddr>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let caller = client(peer.ip(), &head.headers, &hook.proxies);
    let (answer, delivery) = match hook.read(caller, &head.headers, body).await {
        Ok(delivery) => (hook.keep(&delivery).await, Some(delivery)),
        Err(answer) => (answer, None),
    };
    let status = answer.status();
    metrics::delivery_answered(status.as_u16());
    tell(caller, &answer, delivery.as_ref());
    answer.into_response()
}

/// One line a delivery. A refusal for want of a signature or for its number is no news to be woken by.
fn tell(caller: IpAddr, answer: &Answer, delivery: Option<&Delivery>) {
    let status = answer.status().as_u16();
    let (id, sandbox) = delivery.map_or(("", ""), |delivery| (delivery.webhook_id.as_str(), delivery.sandbox.as_str()));
    let reason = answer.reason();
    match answer {
        Answer::Accepted(job) => tracing::info!(%caller, status, webhook_id = id, sandbox, %job, "delivery"),
        // A check by `hook send`, which gets its answer as it wants it.
        Answer::Unusable(Unusable::Nothing) => tracing::info!(%caller, status, reason, "check"),
        Answer::TooMany { .. } | Answer::Stopping | Answer::Broken => {
            tracing::info!(%caller, status, webhook_id = id, sandbox, reason, "delivery");
        }
        _ => tracing::warn!(%caller, status, webhook_id = id, sandbox, reason, "delivery"),
    }
}

impl Hook {
    /// The delivery of a request, if it may be taken. Nothing of the body is parsed before its signature held.
    async fn read(&self, caller: IpAddr, headers: &HeaderMap, body: Body) -> Result<Delivery, Answer> {
        if self.stopping.is_cancelled() {
            return Err(Answer::Stopping);
        }
        let too_many = |of| move |limit: TooMany| Answer::TooMany { of, retry_after: limit.retry_after };
        self.by_address.count(&counted(caller)).map_err(too_many("from this address"))?;
        let read = tokio::time::timeout(self.patience, read_body(body)).await;
        let body = read.unwrap_or(Err(Answer::TooSlow))?;
        let id = self.verify(headers, &body)?;
        let delivery = delivery::read(&id, &body).map_err(Answer::Unusable)?;
        self.by_sandbox.count(&delivery.sandbox).map_err(too_many("for this sandbox"))?;
        Ok(delivery)
    }

    fn verify(&self, headers: &HeaderMap, body: &[u8]) -> Result<String, Answer> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.verify(headers, body, Timestamp::now()).map(str::to_string).map_err(Answer::Unsigned)
    }

    async fn keep(&self, delivery: &Delivery) -> Answer {
        let place = self.orgs.place(&delivery.sandbox).await;
        match self.queue.accept(delivery, &place).await {
            Ok(Accepted::New(job) | Accepted::Joined(job) | Accepted::Known(job)) => Answer::Accepted(job),
            Ok(Accepted::Full) => Answer::Full,
            Err(error) => Answer::Away(error),
        }
    }
}

/// The whole body, if it is not too large.
async fn read_body(mut body: Body) -> Result<Bytes, Answer> {
    let (mut kept, mut length) = (Vec::new(), 0_usize);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Answer::Broken)?;
        let Ok(data) = frame.into_data() else { continue };
        length += data.len();
        match length {
            0..=LARGEST_BODY => kept.extend_from_slice(&data),
            _ if length > MOST_READ => break,
            _ => kept = Vec::new(),
        }
    }
    if length > LARGEST_BODY { Err(Answer::TooLarge) } else { Ok(kept.into()) }
}
