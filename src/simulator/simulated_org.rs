//! The handle by which a test looks at an org, changes it and puts trouble in its way.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::fault::{self, Fate, Fault};
use super::message::Request;
use super::relay::Relay;
use super::setup::{OrgKind, OrgSetup};
use super::state::{self, Grant, OrgState, Refusal};

/// An org that runs in this process; clones are handles to the same one.
#[derive(Clone, Debug)]
pub struct SimulatedOrg(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    url: String,
    state: Mutex<OrgState>,
    faults: Mutex<Vec<Fault>>,
    seen: Mutex<Vec<Seen>>,
    in_flight: AtomicUsize,
    peak: AtomicUsize,
    connections: AtomicUsize,
}

/// A request that arrived, as it arrived, whatever became of it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// `GET`, `POST`, …
    pub method: String,
    /// Before the `?`.
    pub path: String,
    /// After the `?`, as sent.
    pub query: String,
    /// The body as text.
    pub body: String,
    /// Names in lower case; the `authorization` header's value is not kept.
    pub headers: Vec<(String, String)>,
    /// It had an `authorization` header.
    pub authorized: bool,
    /// Of a Composite request: method, url and reference id of each subrequest.
    pub subrequests: Vec<(String, String, String)>,
    /// It came to the shared login host.
    pub at_login_host: bool,
    /// When it had been read.
    pub at: Instant,
}

/// How busy an org was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stats {
    /// The most requests that were being answered at once.
    pub peak_concurrent_requests: usize,
    /// Connections accepted at the org's own address.
    pub connections: usize,
}

/// Counts a request as being answered for as long as it lives.
pub(super) struct Flight(SimulatedOrg);

impl SimulatedOrg {
    pub(super) fn new(url: String, state: OrgState) -> Self {
        Self(Arc::new(Inner {
            url,
            state: Mutex::new(state),
            faults: Mutex::default(),
            seen: Mutex::default(),
            in_flight: AtomicUsize::new(0),
            peak: AtomicUsize::new(0),
            connections: AtomicUsize::new(0),
        }))
    }

    /// Where it listens, `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// `Organization.Id` in 18 characters.
    pub fn id(&self) -> String {
        self.state().id.clone()
    }

    /// The relays as the org holds them now, their passwords too.
    pub fn relays(&self) -> Vec<Relay> {
        self.state().records.relays.clone()
    }

    /// Adds a relay, or replaces the one with its id, and returns its id.
    pub fn put_relay(&self, relay: Relay) -> String {
        self.state().put_relay(relay)
    }

    /// Deletes a relay; false if there is none.
    pub fn delete_relay(&self, id: &str) -> bool {
        self.state().delete_relay(id)
    }

    /// Changes anything.
    pub fn edit<T>(&self, change: impl FnOnce(&mut OrgState) -> T) -> T {
        change(&mut self.state())
    }

    /// From now on this is a production org, under the same address, with the same records and sessions.
    pub fn become_production(&self) {
        self.state().become_production();
    }

    /// From now on this is another org under the same address, with the same records and sessions.
    pub fn set_identity(&self, id: &str, name: &str, kind: OrgKind) {
        self.edit(|state| {
            state.id = state::full(id);
            state.name = name.into();
            state.kind = kind;
        });
    }

    /// Another org takes the place of this one at the same address, as when a refreshed sandbox is activated.
    pub fn refresh(&self, setup: OrgSetup) {
        self.state().refresh(setup);
    }

    /// Every access token is dead from now on.
    pub fn expire_sessions(&self) {
        self.state().expire_sessions();
    }

    /// Opens a session without a login and returns its access token.
    pub fn open_session(&self, user: &str) -> String {
        self.state().open_session(user)
    }

    /// Makes a refresh token, as a login in the browser would.
    pub fn issue_refresh_token(&self, consumer_key: &str, user: &str) -> String {
        self.state().new_refresh_token(Grant { consumer_key: consumer_key.into(), user: user.into() })
    }

    /// How many access and refresh tokens are alive.
    pub fn live_tokens(&self) -> usize {
        let state = self.state();
        state.sessions.len() + state.refresh_tokens.len()
    }

    /// Every access and refresh token that the org ever gave out, dead ones too.
    pub fn tokens_issued(&self) -> Vec<String> {
        self.state().issued.clone()
    }

    /// Updates of one relay fail from now on, so often or always.
    pub fn refuse_updates(&self, relay_id: &str, status_code: &str, message: &str, times: Option<u32>) {
        self.state().refusals.push(Refusal {
            relay_id: relay_id.into(),
            status_code: status_code.into(),
            message: message.into(),
            times,
        });
    }

    /// One relay is locked for so many updates.
    pub fn lock_relay(&self, relay_id: &str, times: u32) {
        let message = "unable to obtain exclusive access to this record";
        self.refuse_updates(relay_id, "UNABLE_TO_LOCK_ROW", message, Some(times));
    }

    /// Puts trouble in the way of requests to come.
    pub fn fault(&self, fault: Fault) {
        lock(&self.0.faults).push(fault);
    }

    /// Takes away all trouble that has not happened yet.
    pub fn clear_faults(&self) {
        lock(&self.0.faults).clear();
    }

    /// Every request so far, in the order of arrival.
    pub fn requests(&self) -> Vec<Seen> {
        lock(&self.0.seen).clone()
    }

    /// Forgets the requests so far.
    pub fn forget_requests(&self) {
        lock(&self.0.seen).clear();
    }

    /// How busy it was.
    pub fn stats(&self) -> Stats {
        Stats {
            peak_concurrent_requests: self.0.peak.load(Ordering::Relaxed),
            connections: self.0.connections.load(Ordering::Relaxed),
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, OrgState> {
        lock(&self.0.state)
    }

    pub(super) fn count_connection(&self) {
        self.0.connections.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn enter(&self) -> Flight {
        let now = self.0.in_flight.fetch_add(1, Ordering::Relaxed) + 1;
        self.0.peak.fetch_max(now, Ordering::Relaxed);
        Flight(self.clone())
    }

    pub(super) fn fate(&self, request: &Request) -> Fate {
        fault::fate(&mut lock(&self.0.faults), request)
    }

    pub(super) fn record(&self, request: &Request, at_login_host: bool) {
        let mut headers = request.headers.clone();
        for (name, value) in &mut headers {
            if name == "authorization" {
                *value = "…".into();
            }
        }
        lock(&self.0.seen).push(Seen {
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.query.clone(),
            body: request.text(),
            headers,
            authorized: request.header("authorization").is_some(),
            subrequests: request.subrequests(),
            at_login_host,
            at: Instant::now(),
        });
    }
}

impl Flight {
    /// Requests being answered now, this one included.
    pub(super) fn concurrent(&self) -> usize {
        self.0.0.in_flight.load(Ordering::Relaxed)
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.0.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A test's script that panicked leaves nothing half done that matters here.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
