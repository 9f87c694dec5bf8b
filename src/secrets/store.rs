//! Where logins are kept between runs.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use super::kept_login::KeptLogin;

/// A place that keeps logins by name: the OS keyring, or memory where a test wants one.
///
/// Its methods may wait for the system, or for a person who is asked for a password: call them where that is no harm.
pub trait SecretStore: fmt::Debug + Send + Sync {
    /// The login that is kept under a name, if there is one.
    fn get(&self, name: &str) -> Result<Option<KeptLogin>, StoreError>;
    /// Keeps a login under a name, in place of the one that was there. Afterwards there is the old one or the new one.
    fn put(&self, name: &str, login: &KeptLogin) -> Result<(), StoreError>;
    /// Removes a login; false if there was none.
    fn remove(&self, name: &str) -> Result<bool, StoreError>;
    /// The names under which something is kept.
    fn names(&self) -> Result<Vec<String>, StoreError>;
    /// Finds out whether something can be kept, and leaves nothing behind.
    fn check(&self) -> Result<(), StoreError> {
        self.names().map(drop)
    }
}

/// Why a store could not be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// There is no keyring on this machine, or in this session. The caller names what does without.
    #[error("there is no keyring here ({0})")]
    Absent(String),
    /// It is there, and locked, or access was denied.
    #[error("the keyring is locked, or denies access ({0})")]
    Locked(String),
    /// Anything else, in the platform's words.
    #[error("the keyring failed ({0})")]
    Failed(String),
    /// What is stored under the name can't be read by this version.
    #[error("{0}")]
    NotOurs(String),
}

/// A store in memory, for tests, and for a process that should leave nothing behind.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<BTreeMap<String, KeptLogin>>);

impl MemoryStore {
    fn logins(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, KeptLogin>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SecretStore for MemoryStore {
    fn get(&self, name: &str) -> Result<Option<KeptLogin>, StoreError> {
        Ok(self.logins().get(name).cloned())
    }

    fn put(&self, name: &str, login: &KeptLogin) -> Result<(), StoreError> {
        self.logins().insert(name.to_string(), login.clone());
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<bool, StoreError> {
        Ok(self.logins().remove(name).is_some())
    }

    fn names(&self) -> Result<Vec<String>, StoreError> {
        Ok(self.logins().keys().cloned().collect())
    }
}
