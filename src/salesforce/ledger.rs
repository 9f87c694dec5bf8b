//! What a conversation with an org leaves behind, whatever its end: how many requests, which warnings, which org it was,
//! and what must not be cut off with it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;

use crate::domain::api_version::ApiVersion;
use crate::domain::org::Org;
use crate::domain::report::Warning;

/// Shared by whoever talks to an org and whoever reports on it, so that a conversation cut short is told too.
#[derive(Debug, Default)]
pub struct Ledger {
    requests: AtomicU32,
    notes: Mutex<Notes>,
    unfinished: TaskTracker,
}

#[derive(Debug, Default)]
struct Notes {
    warnings: Vec<Warning>,
    word: Option<(Org, ApiVersion)>,
    waits_for: Option<String>,
}

impl Ledger {
    /// HTTP requests sent so far, retries among them.
    pub fn requests(&self) -> u32 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Takes the warnings so far.
    pub fn take_warnings(&self) -> Vec<Warning> {
        std::mem::take(&mut self.notes().warnings)
    }

    /// The org as it first described itself, refused or not, and the API version that it did so in.
    pub fn word(&self) -> Option<(Org, ApiVersion)> {
        self.notes().word.clone()
    }

    /// What the conversation waited for last: a host, or what is in its place.
    pub fn waits_for(&self) -> Option<String> {
        self.notes().waits_for.clone()
    }

    /// Waits for what must come to its end although the conversation was cut short.
    pub async fn settled(&self) {
        self.unfinished.close();
        self.unfinished.wait().await;
    }

    pub(super) fn count_request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    /// Takes one back that was not sent after all.
    pub(super) fn discount_request(&self) {
        self.requests.fetch_sub(1, Ordering::Relaxed);
    }

    pub(super) fn warn(&self, warning: Warning) {
        self.notes().warnings.push(warning);
    }

    /// Notes an org's word. The first stays: what is planned and done belongs to that org.
    pub(super) fn note_word(&self, org: &Org, api_version: ApiVersion) {
        self.notes().word.get_or_insert_with(|| (org.clone(), api_version));
    }

    /// Notes what is waited for from now on.
    pub fn wait_for(&self, what: impl Into<String>) {
        self.notes().waits_for = Some(what.into());
    }

    /// Has work come to its end though whoever waits for it is dropped; see [`Ledger::settled`].
    pub(super) fn finish<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        self.unfinished.spawn(work)
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
