//! Told by a signed webhook.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use relay_scrub::secrets::{Secret, WebhookSecret};
use relay_scrub::server::signature::Keys;
use serde_json::Value;
use url::Url;

use super::*;
use crate::support::shelf::done;

const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// What came: headers and body.
type Received = Arc<Mutex<Vec<(HeaderMap, String)>>>;

/// Who is told: it gives these answers, and then 204.
#[derive(Clone, Default)]
struct Receiver {
    received: Received,
    answers: Arc<Mutex<VecDeque<u16>>>,
    /// While this is held, nothing is answered.
    gate: Arc<tokio::sync::Mutex<()>>,
}

impl Receiver {
    async fn start(answers: &[u16]) -> (Self, Url) {
        let receiver = Self { answers: Arc::new(Mutex::new(answers.iter().copied().collect())), ..Self::default() };
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = format!("http://{}/told/planted-key", listener.local_addr().expect("an address"));
        let router = Router::new().fallback(receive).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (receiver, Url::parse(&address).expect("a URL"))
    }

    fn received(&self) -> Vec<(HeaderMap, String)> {
        self.received.lock().expect("what came").clone()
    }

    async fn wait_for(&self, number: usize) -> Vec<(HeaderMap, String)> {
        soon("told so often", async || Some(self.received()).filter(|received| received.len() >= number)).await
    }
}

async fn receive(Shared(receiver): Shared<Receiver>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    assert_eq!(uri.path(), "/told/planted-key");
    receiver.received.lock().expect("what came").push((headers, String::from_utf8_lossy(&body).into_owned()));
    let answer = receiver.answers.lock().expect("answers").pop_front();
    drop(receiver.gate.lock().await);
    let status = StatusCode::from_u16(answer.unwrap_or(204)).expect("a status");
    (status, [(header::LOCATION, "/elsewhere")]).into_response()
}

fn secrets() -> Vec<WebhookSecret> {
    WebhookSecret::parse_all(&Secret::new(SECRET.into())).expect("a secret")
}

fn by_webhook(url: &Url) -> Notify {
    Notify::Url(url.clone(), secrets().remove(0))
}

fn json(body: &str) -> Value {
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{error} in {body}"))
}

#[tokio::test]
async fn who_listens_is_told_once_of_each_job_that_needs_somebody_and_of_no_other() {
    let shelf = Shelf::new().await;
    let (receiver, url) = Receiver::start(&[]).await;
    let sending = Sending::start(by_webhook(&url), PAUSES, &shelf.queue);
    let dead = dead(&shelf, "dead").await;
    let refused = shelf.settled("prod", |id| ended(id, State::Refused, "it is production")).await;
    let failed = shelf.settled("uat", |id| again(id, "a permission is missing", true)).await;
    shelf.settled("later", |id| again(id, "not activated yet", false)).await;
    shelf.settled("done", |id| done(id, "cleared", crate::output::sample::cleared())).await;
    soon("all told", async || nothing_left(&shelf).await.then_some(())).await;

    let mut told: Vec<(String, String)> = receiver
        .received()
        .iter()
        .map(|(_, body)| json(body))
        .map(|body| {
            (body["type"].as_str().expect("text").into(), body["data"]["job"]["id"].as_str().expect("text").into())
        })
        .collect();
    told.sort();
    let expected = [("job.dead", &dead), ("job.failed", &failed), ("job.refused", &refused)];
    assert_eq!(told, expected.map(|(event, id)| (event.to_string(), id.to_string())));
    sending.end().await;
}

#[tokio::test]
async fn what_is_told_is_signed_and_says_what_is_documented() {
    let shelf = Shelf::new().await;
    let (receiver, url) = Receiver::start(&[]).await;
    let report = |id| {
        let report = Some(crate::support::shelf::report(crate::output::sample::partial()));
        relay_scrub::server::queue::Settled { report, ..again(id, "Salesforce rejected the change of 1 relay", true) }
    };
    let id = shelf.settled("uat", report).await;
    let sending = Sending::start(by_webhook(&url), PAUSES, &shelf.queue);
    let (headers, body) = receiver.wait_for(1).await.remove(0);

    let keys = Keys::new(&secrets()).expect("keys");
    let signed = keys.verify(&headers, body.as_bytes(), Timestamp::now()).expect("the signature holds");
    assert_eq!(signed.len(), 26, "an id of its own: {signed}");
    assert!(keys.verify(&headers, body.replace("uat", "dev").as_bytes(), Timestamp::now()).is_err());
    assert_eq!(headers["content-type"], "application/json");
    assert!(!body.contains("@acme.com"), "no user name, not even masked: {body}");
    let mut body = json(&body);
    assert_eq!(body["data"]["job"]["id"], id.as_str());
    for changing in ["/timestamp", "/data/job/id", "/data/job/accepted_at", "/data/job/give_up_at", "/data/job/due_at"]
    {
        *body.pointer_mut(changing).unwrap_or_else(|| panic!("{changing}")) = "…".into();
    }
    insta::assert_json_snapshot!("notice", body);
    sending.end().await;
}

#[tokio::test]
async fn what_was_not_taken_is_told_again_with_the_same_id_and_no_redirect_is_followed() {
    let shelf = Shelf::new().await;
    let (receiver, url) = Receiver::start(&[500, 302, 404, 429]).await;
    let id = dead(&shelf, "uat").await;
    let sending = Sending::start(by_webhook(&url), PAUSES, &shelf.queue);
    soon("told", async || nothing_left(&shelf).await.then_some(())).await;

    let received = receiver.received();
    assert_eq!(received.len(), 5, "four were not taken, the fifth was");
    let ids: Vec<_> = received.iter().map(|(headers, _)| headers["webhook-id"].clone()).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert!(received.iter().all(|(_, body)| json(body)["data"]["job"]["id"] == id.as_str()));
    sending.end().await;
}

#[tokio::test]
async fn what_was_being_told_when_the_process_was_asked_to_end_is_told_by_the_next() {
    let shelf = Shelf::new().await;
    let (receiver, url) = Receiver::start(&[]).await;
    dead(&shelf, "uat").await;
    let closed = receiver.gate.lock().await;
    let first = Sending::start(by_webhook(&url), PAUSES, &shelf.queue);
    receiver.wait_for(1).await;
    first.end().await;
    assert!(!nothing_left(&shelf).await, "nobody has said that it was taken");
    drop(closed);
    let second = Sending::start(by_webhook(&url), PAUSES, &shelf.queue);
    let received = receiver.wait_for(2).await;
    assert_eq!(received[0].0["webhook-id"], received[1].0["webhook-id"], "at least once: the repetition can be told");
    soon("told", async || nothing_left(&shelf).await.then_some(())).await;
    second.end().await;
}

#[tokio::test]
async fn what_a_killed_process_held_is_told_once_its_hold_is_over() {
    let shelf = Shelf::new().await;
    let (receiver, url) = Receiver::start(&[]).await;
    dead(&shelf, "uat").await;
    // As a process does that is killed before it has told.
    let held = shelf.queue.notice(Duration::from_millis(50)).await.expect("the database").expect("a notice");
    let sending = Sending::start(by_webhook(&url), PAUSES, &shelf.queue);
    let (headers, _) = receiver.wait_for(1).await.remove(0);
    assert_eq!(headers["webhook-id"], held.id.as_str());
    sending.end().await;
}

#[tokio::test]
async fn two_senders_do_not_tell_the_same_at_once() {
    let shelf = Shelf::new().await;
    let (receiver, url) = Receiver::start(&[]).await;
    for number in 0..20 {
        dead(&shelf, &format!("s{number}")).await;
    }
    let senders = [0, 1, 2].map(|_| Sending::start(by_webhook(&url), PAUSES, &shelf.queue));
    soon("all told", async || nothing_left(&shelf).await.then_some(())).await;
    assert_eq!(receiver.received().len(), 20);
    for sender in senders {
        sender.end().await;
    }
}

#[tokio::test]
async fn what_nobody_takes_is_given_up_in_the_end() {
    let shelf = Shelf::new().await;
    let closed = format!("http://127.0.0.1:{}/", crate::support::browser::free_port());
    dead(&shelf, "uat").await;
    let pauses = Pauses { give_up_after: Duration::from_millis(100), ..PAUSES };
    let url = Url::parse(&closed).expect("a URL");
    let sending = Sending::start(by_webhook(&url), pauses, &shelf.queue);
    soon("given up", async || nothing_left(&shelf).await.then_some(())).await;
    sending.end().await;
}
