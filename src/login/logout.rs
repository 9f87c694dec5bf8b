//! Ending a login: at Salesforce, then in the keyring.

use std::path::Path;
use std::sync::Arc;

use url::{Host, Url};

use super::keep::in_store;
use crate::salesforce::{AllowedHosts, Error, Transport, revoke};
use crate::secrets::{KeptLogin, KeptSecret, SecretStore, StoreError, hold};

/// What became of one login.
#[derive(Debug)]
pub struct LoggedOut {
    /// What became of it at Salesforce.
    pub revocation: Revocation,
    /// Whether it was removed from the keyring, or why not.
    pub removed: Result<(), StoreError>,
}

/// What became of a login at Salesforce.
#[derive(Debug)]
pub enum Revocation {
    /// Its token is dead.
    Done,
    /// It has no token: a key or an app's secret, which is changed in the app's settings.
    Nothing {
        /// What it is.
        what: &'static str,
    },
    /// Its token may be alive.
    Failed(Error),
    /// It could not be read, so there is nothing to revoke it with.
    Unread(StoreError),
}

/// Revokes the refresh token of an entry, if it is one, and removes the entry, whatever became of the first.
///
/// Nothing where the keyring has no such entry.
pub async fn log_out(
    store: &Arc<dyn SecretStore>,
    entry: &str,
    lock: &Path,
    allowed: &AllowedHosts,
) -> Result<Option<LoggedOut>, StoreError> {
    // A run that is refreshing just now gets a new token, which is the one to revoke.
    let _held = hold(lock).await.map_err(|error| StoreError::Failed(error.to_string()))?;
    let name = entry.to_string();
    let revocation = match in_store(store, move |store| store.get(&name)).await {
        Ok(None) => return Ok(None),
        Ok(Some(login)) => end(&login, allowed).await,
        Err(error @ StoreError::NotOurs(_)) => Revocation::Unread(error),
        Err(error) => return Err(error),
    };
    let name = entry.to_string();
    let removed = in_store(store, move |store| store.remove(&name)).await.map(drop);
    Ok(Some(LoggedOut { revocation, removed }))
}

async fn end(login: &KeptLogin, allowed: &AllowedHosts) -> Revocation {
    let token = match &login.secret {
        KeptSecret::ClientSecret(_) => return Revocation::Nothing { what: "a consumer secret" },
        KeptSecret::JwtKey(_) => return Revocation::Nothing { what: "a private key" },
        KeptSecret::RefreshToken { token, .. } => token,
    };
    let revoked = match address(&login.host) {
        Ok(host) => revoke(&host, token, allowed, &Transport::default()).await,
        Err(error) => Err(error),
    };
    revoked.map_or_else(Revocation::Failed, |()| Revocation::Done)
}

/// The address of a host that a login remembers: plain http on this machine, as lock 1 has it, and https elsewhere.
fn address(host: &str) -> Result<Url, Error> {
    let unusable = || Error::Credential("the host that the login remembers is none".into());
    let address = Url::parse(&format!("https://{host}")).map_err(|_| unusable())?;
    match address.host().ok_or_else(unusable)? {
        Host::Domain("localhost") => {}
        Host::Ipv4(ip) if ip.is_loopback() => {}
        Host::Ipv6(ip) if ip.is_loopback() => {}
        _ => return Ok(address),
    }
    Url::parse(&format!("http://{host}")).map_err(|_| unusable())
}
