//! The logins in the keyring, which come behind flags, environment and files.

use std::path::PathBuf;
use std::sync::Arc;

use url::Url;

use super::choice::Chosen;
use super::places::Places;
use crate::secrets::{Credential, KeptLogin, KeptSecret, OsKeyring, RefreshTokenKeeper, SecretStore, StoreError};

/// The entry that orgs of the `[sandboxes]` template share, for a login that serves all of them.
pub const SHARED: &str = "[sandboxes]";

/// A login that the keyring has for an org.
pub(super) struct Kept {
    /// The entry's name.
    pub(super) entry: String,
    pub(super) login: KeptLogin,
}

/// The names of the entries that may hold an org's login, its own first.
pub(super) fn entries(chosen: &Chosen<'_>, instance_url: &Url) -> Vec<String> {
    match chosen {
        Chosen::Described => vec![host_of(instance_url)],
        Chosen::Named(section) => vec![section.name.clone()],
        Chosen::Sandbox { name, .. } => vec![name.clone(), SHARED.to_string()],
    }
}

/// The host of an address, with its port where that is not the standard one.
pub(super) fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_string(), |port| format!("{host}:{port}"))
}

/// Looks an org's login up.
pub(super) fn find(store: &dyn SecretStore, entries: &[String]) -> Result<Option<Kept>, StoreError> {
    for entry in entries {
        if let Some(login) = store.get(entry)? {
            return Ok(Some(Kept { entry: entry.clone(), login }));
        }
    }
    Ok(None)
}

impl Kept {
    /// The credential that it is; what the settings say of app, user and audience comes before what was kept.
    pub(super) fn credential(
        self,
        store: &Arc<dyn SecretStore>,
        places: &Places,
        host: &str,
        client_id: Option<String>,
        username: Option<String>,
        audience: Option<Url>,
    ) -> Result<Credential, String> {
        // A token or a secret is that of one app; a key may be that of several.
        let of_one_app = !matches!(self.login.secret, KeptSecret::JwtKey(_));
        if of_one_app && client_id.as_ref().is_some_and(|set| *set != self.login.client_id) {
            return Err(
                "it was made with another app than client_id names: log in again with `relay-scrub login`".into()
            );
        }
        let client_id = client_id.unwrap_or(self.login.client_id);
        Ok(match self.login.secret {
            KeptSecret::ClientSecret(client_secret) => Credential::ClientCredentials { client_id, client_secret },
            KeptSecret::JwtKey(key) => {
                let username = username.or(self.login.username).ok_or("there is no user name to go with its key")?;
                Credential::Jwt { client_id, username, key, audience }
            }
            KeptSecret::RefreshToken { client_secret, .. } => {
                let keeper = RefreshTokenKeeper::Store {
                    store: Arc::clone(store),
                    lock: lock_file(places, &self.entry),
                    name: self.entry,
                    host: host.to_string(),
                };
                Credential::RefreshToken { client_id, client_secret, keeper }
            }
        })
    }
}

/// The file that processes lock while they refresh with the same token. Its name has letters, digits and `-` alone.
pub fn lock_file(places: &Places, entry: &str) -> PathBuf {
    let folder = places.platform_folder.as_ref().unwrap_or(&places.working_directory);
    let name: String = entry.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    folder.join("relay-scrub").join("locks").join(format!("{name}.lock"))
}

/// The keyring of the user who runs the program.
pub fn keyring(places: &Places) -> Arc<dyn SecretStore> {
    Arc::new(OsKeyring::new(lock_file(places, "#names")))
}
