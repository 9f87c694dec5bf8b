//! What a conversation with an org leaves behind, whatever its end: how many requests, and which warnings.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::domain::report::Warning;

/// Shared by whoever talks to an org and whoever reports on it, so that a conversation cut short is told too.
#[derive(Debug, Default)]
pub struct Ledger {
    requests: AtomicU32,
    warnings: Mutex<Vec<Warning>>,
}

impl Ledger {
    /// HTTP requests sent so far, retries among them.
    pub fn requests(&self) -> u32 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Takes the warnings so far.
    pub fn take_warnings(&self) -> Vec<Warning> {
        std::mem::take(&mut self.warnings.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn count_request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    /// Takes one back that was not sent after all.
    pub(super) fn discount_request(&self) {
        self.requests.fetch_sub(1, Ordering::Relaxed);
    }

    pub(super) fn warn(&self, warning: Warning) {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).push(warning);
    }
}
