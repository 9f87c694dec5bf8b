//! Where a refresh token is kept, and how the one that replaces it gets there.
//!
//! An org with refresh token rotation kills the old token the moment it gives a new one, so the new one is on disk
//! before anything is done with the session that came with it, and two processes never refresh at once.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, OwnedMutexGuard};

use super::kept_login::{KeptLogin, KeptSecret};
use super::secret::Secret;
use super::sfdx_auth_url::SfdxAuthUrl;
use super::store::{SecretStore, StoreError};

/// How often a lock held by another process is tried.
const LOCK_POLL: Duration = Duration::from_millis(50);

/// Where a refresh token comes from, and where a new one goes.
#[derive(Clone, Debug)]
pub enum RefreshTokenKeeper {
    /// A file, which is replaced when the token is rotated.
    File(PathBuf),
    /// A file with an SFDX auth URL, which is replaced by one with the new token when it is rotated.
    SfdxAuthUrlFile(PathBuf),
    /// The environment, which can't be written back to: a rotated token serves this process, and is lost with it.
    Environment {
        /// The variable's name.
        variable: String,
        /// The token that is alive now, shared by all clones.
        token: Arc<Mutex<Secret>>,
    },
    /// A login in a store, whose token is replaced there when it is rotated.
    Store {
        /// The store.
        store: Arc<dyn SecretStore>,
        /// The name of the login.
        name: String,
        /// The host that its token goes to: a login that was replaced meanwhile by one for another is not used.
        host: String,
        /// A file that two processes never lock at once. Its folder is made if it isn't there.
        lock: PathBuf,
    },
}

/// A refresh token, held so that no other process refreshes with it until this value is dropped.
#[derive(Debug)]
pub struct KeptRefreshToken {
    token: Secret,
    place: Place,
}

#[derive(Debug)]
enum Place {
    File { path: PathBuf, url: Option<SfdxAuthUrl>, _lock: File },
    Environment { variable: String, token: OwnedMutexGuard<Secret> },
    Store { store: Arc<dyn SecretStore>, name: String, login: KeptLogin, _lock: File },
}

/// Whether a new refresh token was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// It replaced the old one.
    Kept,
    /// It could not be: the old one is dead, and the variable named still holds it.
    Lost {
        /// The environment variable.
        variable: String,
    },
}

/// A refresh token could not be read or replaced.
#[derive(Debug, thiserror::Error)]
pub enum RefreshTokenError {
    /// The file that keeps it, or the one that is locked meanwhile, could not be used.
    #[error("the refresh token file {} could not be {what}: {error}", path.display())]
    File {
        /// What was to be done with it.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// The store could not be used.
    #[error("the refresh token {name} could not be {what}: {error}")]
    Store {
        /// What was to be done with it.
        what: &'static str,
        /// The login's name in the store.
        name: String,
        /// Why not.
        error: StoreError,
    },
    /// The store has no refresh token under this name any more.
    #[error("the keyring has no refresh token {0} any more: log in again")]
    Vanished(String),
}

impl RefreshTokenKeeper {
    /// A token that came from an environment variable.
    pub fn environment(variable: String, token: Secret) -> Self {
        Self::Environment { variable, token: Arc::new(Mutex::new(token)) }
    }

    /// The file that is locked while the token is held.
    pub fn lock_file(&self) -> Option<PathBuf> {
        match self {
            Self::Environment { .. } => None,
            Self::File(path) | Self::SfdxAuthUrlFile(path) => Some(beside(path, "lock")),
            Self::Store { lock, .. } => Some(lock.clone()),
        }
    }

    /// Takes the token, and waits until no other process holds it.
    ///
    /// The file is read under the lock, so a token that another process has just rotated is seen.
    pub async fn take(&self) -> Result<KeptRefreshToken, RefreshTokenError> {
        match self {
            Self::Environment { variable, token } => {
                let token = Arc::clone(token).lock_owned().await;
                let place = |token| Place::Environment { variable: variable.clone(), token };
                Ok(KeptRefreshToken { token: token.clone(), place: place(token) })
            }
            Self::File(path) | Self::SfdxAuthUrlFile(path) => {
                let failed = |what| move |error| RefreshTokenError::File { what, path: path.clone(), error };
                let lock = lock(&beside(path, "lock")).await.map_err(failed("locked"))?;
                let text = std::fs::read_to_string(path).map_err(failed("read"))?;
                let text = Secret::new(text.trim_start_matches('\u{feff}').trim().to_string());
                let url = match self {
                    Self::SfdxAuthUrlFile(_) => {
                        Some(SfdxAuthUrl::parse(&text).map_err(invalid).map_err(failed("read"))?)
                    }
                    _ => None,
                };
                Ok(KeptRefreshToken {
                    token: url.as_ref().map_or(text, |url| url.refresh_token.clone()),
                    place: Place::File { path: path.clone(), url, _lock: lock },
                })
            }
            Self::Store { store, name, host, lock: path } => {
                let failed = |error| RefreshTokenError::File { what: "locked", path: path.clone(), error };
                let Held(lock) = hold(path).await.map_err(failed)?;
                let found = in_store(store, name, "read", |store, name| store.get(name)).await?;
                let vanished = || RefreshTokenError::Vanished(name.clone());
                let login = found.filter(|login| login.serves(host)).ok_or_else(vanished)?;
                let KeptSecret::RefreshToken { token, .. } = &login.secret else { return Err(vanished()) };
                let token = token.clone();
                Ok(KeptRefreshToken {
                    token,
                    place: Place::Store { store: Arc::clone(store), name: name.clone(), login, _lock: lock },
                })
            }
        }
    }
}

impl KeptRefreshToken {
    /// The token to refresh with.
    pub fn token(&self) -> &Secret {
        &self.token
    }

    /// Keeps the token that replaces this one, atomically and readable by its owner alone.
    pub async fn replace(&mut self, new: Secret) -> Result<Rotation, RefreshTokenError> {
        let rotation = match &mut self.place {
            Place::Environment { variable, token } => {
                **token = new.clone();
                Rotation::Lost { variable: variable.clone() }
            }
            Place::File { path, url, .. } => {
                let url = url.clone().map(|url| SfdxAuthUrl { refresh_token: new.clone(), ..url }.to_text());
                write_private(path, url.as_ref().unwrap_or(&new).expose())
                    .map_err(|error| RefreshTokenError::File { what: "replaced", path: path.clone(), error })?;
                Rotation::Kept
            }
            Place::Store { store, name, login, .. } => {
                let client_secret = match &login.secret {
                    KeptSecret::RefreshToken { client_secret, .. } => client_secret.clone(),
                    KeptSecret::ClientSecret(_) | KeptSecret::JwtKey(_) => None,
                };
                let secret = KeptSecret::RefreshToken { token: new.clone(), client_secret };
                let login = KeptLogin { secret, ..login.clone() };
                in_store(store, name, "replaced", move |store, name| store.put(name, &login)).await?;
                Rotation::Kept
            }
        };
        self.token = new;
        Ok(rotation)
    }
}

fn invalid(wrong: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("it {wrong}"))
}

/// Asks the store on a thread of its own: it may wait for the system, or for a person.
async fn in_store<T: Send + 'static>(
    store: &Arc<dyn SecretStore>,
    name: &str,
    what: &'static str,
    ask: impl FnOnce(&dyn SecretStore, &str) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, RefreshTokenError> {
    let (store, owned) = (Arc::clone(store), name.to_string());
    let asked = tokio::task::spawn_blocking(move || ask(store.as_ref(), &owned)).await;
    let asked = asked.unwrap_or_else(|error| Err(StoreError::Failed(error.to_string())));
    asked.map_err(|error| RefreshTokenError::Store { what, name: name.to_string(), error })
}

/// A lock that no other process has until this value is dropped.
#[derive(Debug)]
pub struct Held(File);

/// Waits until no other process holds the lock of a login in a store. Its folder is made if it isn't there.
pub async fn hold(path: &Path) -> io::Result<Held> {
    path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
    lock(path).await.map(Held)
}

/// As [`hold`], where waiting does no harm: what is done under the lock takes no longer than a moment.
pub(super) fn hold_now(path: &Path) -> io::Result<File> {
    path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
    let file = private_options().create(true).truncate(false).open(path)?;
    file.lock()?;
    Ok(file)
}

async fn lock(path: &Path) -> io::Result<File> {
    let file = private_options().create(true).truncate(false).open(path)?;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => tokio::time::sleep(LOCK_POLL).await,
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

/// Writes beside the file, syncs, and renames over it: after a crash there is the old token or the new one.
fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let new = beside(path, "new");
    match std::fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = private_options().create_new(true).open(&new)?;
    writeln!(file, "{text}")?;
    file.sync_all()?;
    std::fs::rename(&new, path)?;
    match path.parent() {
        Some(folder) if cfg!(unix) => sync_folder(folder),
        _ => Ok(()),
    }
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(folder)?.sync_all()
}

fn private_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".");
    name.push(ending);
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_rotated_token_replaces_the_old_one_in_a_file_of_its_owner_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("token");
        std::fs::write(&path, "old\n").expect("a token");
        let keeper = RefreshTokenKeeper::File(path.clone());

        let mut kept = keeper.take().await.expect("the token");
        assert_eq!(kept.token().expose(), "old");
        assert_eq!(kept.replace(Secret::new("new".into())).await.expect("replaced"), Rotation::Kept);
        drop(kept);

        assert_eq!(keeper.take().await.expect("the token").token().expose(), "new");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&path).expect("the file").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[tokio::test]
    async fn a_token_is_held_by_one_at_a_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("token");
        std::fs::write(&path, "old").expect("a token");
        let keeper = RefreshTokenKeeper::File(path);

        let held = keeper.take().await.expect("the token");
        let second = tokio::time::timeout(Duration::from_millis(120), keeper.take()).await;
        assert!(second.is_err(), "a second one took the token while the first held it");
        drop(held);
        keeper.take().await.expect("the token is free again");
    }
}
