//! Where a proven login goes.

use std::path::PathBuf;
use std::sync::Arc;

use super::failure::Cause;
use crate::secrets::{KeptLogin, KeptSecret, SecretStore, StoreError, hold};

/// The entry that a login is kept in, and the host that it is for.
#[derive(Clone, Debug)]
pub struct Keep {
    store: Arc<dyn SecretStore>,
    entry: String,
    host: String,
    lock: PathBuf,
    shared: bool,
}

/// Finds out whether logins can be kept, before anybody takes the trouble to log in.
pub async fn check_keyring(store: &Arc<dyn SecretStore>) -> Result<(), StoreError> {
    in_store(store, |store| store.check()).await
}

impl Keep {
    /// An entry of one org.
    pub fn own(store: Arc<dyn SecretStore>, entry: String, host: String, lock: PathBuf) -> Self {
        Self { store, entry, host, lock, shared: false }
    }

    /// An entry of all orgs whose hosts fit one with `{sandbox}` in it. The user is that of each org's settings.
    pub fn shared(store: Arc<dyn SecretStore>, entry: String, host: String, lock: PathBuf) -> Self {
        Self { store, entry, host, lock, shared: true }
    }

    /// The entry's name.
    pub fn entry(&self) -> &str {
        &self.entry
    }

    pub(super) async fn put(
        &self,
        client_id: String,
        username: Option<String>,
        secret: KeptSecret,
    ) -> Result<(), Cause> {
        let username = username.filter(|_| !self.shared);
        let (entry, login) = (self.entry.clone(), KeptLogin { host: self.host.clone(), client_id, username, secret });
        // A run that refreshes with the old login would put it back in place of the new one.
        let failed = |error: std::io::Error| Cause::Keyring(StoreError::Failed(error.to_string()));
        let _held = hold(&self.lock).await.map_err(failed)?;
        in_store(&self.store, move |store| store.put(&entry, &login)).await.map_err(Cause::Keyring)
    }
}

/// Asks the store on a thread of its own: it may wait for the system, or for a person.
pub(super) async fn in_store<T: Send + 'static>(
    store: &Arc<dyn SecretStore>,
    ask: impl FnOnce(&dyn SecretStore) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let store = Arc::clone(store);
    let asked = tokio::task::spawn_blocking(move || ask(store.as_ref())).await;
    asked.unwrap_or_else(|error| Err(StoreError::Failed(error.to_string())))
}
