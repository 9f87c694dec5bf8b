//! Getting a credential, having the org prove that it is a sandbox, and only then keeping it.
//!
//! What a login obtained and does not keep is revoked at the host that gave it. What was brought along is not.

mod failure;
mod keep;
mod listener;
mod logout;
mod opener;
mod page;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;
use url::Url;

use self::page::Page;
use crate::domain::login_refusal::LoginRefusal;
use crate::domain::org::Org;
use crate::domain::printable::excerpt;
use crate::salesforce::{
    BrowserApp, BrowserDestination, BrowserLogin, Client, Destination, Error, Ledger, Obtained, Transport,
};
use crate::secrets::{Credential, KeptSecret, Secret};

pub use failure::{Cause, LoginFailure};
pub use keep::{Keep, check_keyring};
pub use listener::{Listener, redirect_uri};
pub use logout::{LoggedOut, Revocation, log_out};
pub use opener::open;

/// A login that was proven and kept.
#[derive(Clone, Debug)]
pub struct LoggedIn {
    /// The org as it described itself.
    pub org: Org,
    /// The user, where the login told.
    pub username: Option<String>,
}

/// A login in the browser that was begun: lock 1 let it pass, and nothing was sent yet.
#[derive(Debug)]
pub struct Begun {
    login: BrowserLogin,
    app: BrowserApp,
    /// The address of the login page.
    pub address: Url,
}

/// Begins a login in the browser.
pub fn begin(destination: BrowserDestination, app: BrowserApp, timeout: Duration) -> Result<Begun, Error> {
    let ledger = Arc::new(Ledger::default());
    // The person has so long, and the org again.
    let deadline = Instant::now() + timeout * 2;
    let (login, address) = BrowserLogin::begin(destination, app.clone(), &Transport::default(), deadline, &ledger)?;
    Ok(Begun { login, app, address })
}

/// Waits for the browser, then proves and keeps what it brought, and tells the person in the browser.
///
/// When `stop` is cancelled the wait ends at once; a code that is being given for tokens is not abandoned, for they
/// would stay alive.
pub async fn finish(
    begun: Begun,
    listener: Listener,
    keep: &Keep,
    timeout: Duration,
    stop: &CancellationToken,
) -> Result<LoggedIn, LoginFailure> {
    let Begun { login, app, .. } = begun;
    let state = login.state().clone();
    let waiting = tokio::time::timeout(timeout, listener.callback(&state));
    let callback = match stop.run_until_cancelled(waiting).await {
        None => return Err(Cause::Interrupted.into()),
        Some(Err(_)) => return Err(Cause::NobodyCame(timeout).into()),
        Some(Ok(callback)) => callback,
    };
    let result = match &callback.answer {
        Err((error, description)) => Err(Cause::Salesforce(refused(error, description)).into()),
        Ok(code) => redeem(login, code, &app, keep, timeout, stop).await,
    };
    let page = match &result {
        Ok(LoggedIn { org, username }) => Page::logged_in(org, username.as_deref(), keep.entry()),
        Err(failure) => Page::failed(failure.title(), failure.paragraphs()),
    };
    callback.show(page).await;
    result
}

/// Tries a credential that is there, has the org prove what it is, and keeps the secret.
pub async fn keep_credential(
    destination: Destination,
    keep: &Keep,
    timeout: Duration,
    stop: &CancellationToken,
) -> Result<LoggedIn, LoginFailure> {
    let (client_id, username, secret) = match destination.credential.clone() {
        Credential::ClientCredentials { client_id, client_secret } => {
            (client_id, None, KeptSecret::ClientSecret(client_secret))
        }
        Credential::Jwt { client_id, username, key, .. } => (client_id, Some(username), KeptSecret::JwtKey(key)),
        Credential::RefreshToken { .. } | Credential::AccessToken { .. } | Credential::SalesforceCli { .. } => {
            return Err(Cause::NothingToKeep.into());
        }
    };
    let ledger = Arc::new(Ledger::default());
    let transport = Transport::default();
    let connecting = Client::connect(destination, &transport, Instant::now() + timeout, &ledger);
    let mut client = unless_stopped(connecting, timeout, stop).await?;
    let proven = prove(&mut client, timeout, stop).await;
    let result = match proven {
        Ok((org, told)) => {
            let username = username.or(told);
            keep.put(client_id, username.clone(), secret).await.map(|()| LoggedIn { org, username })
        }
        Err(cause) => Err(cause),
    };
    match result {
        Ok(logged_in) => Ok(logged_in),
        Err(cause) => Err(LoginFailure { cause, revoked: Some(client.revoke().await) }),
    }
}

async fn redeem(
    login: BrowserLogin,
    code: &Secret,
    app: &BrowserApp,
    keep: &Keep,
    timeout: Duration,
    stop: &CancellationToken,
) -> Result<LoggedIn, LoginFailure> {
    let obtained = login.exchange(code).await.map_err(Cause::Salesforce)?;
    match prove_and_keep(&obtained, app, keep, timeout, stop).await {
        Ok(logged_in) => Ok(logged_in),
        Err(cause) => Err(LoginFailure { cause, revoked: Some(obtained.revoke().await) }),
    }
}

async fn prove_and_keep(
    obtained: &Obtained,
    app: &BrowserApp,
    keep: &Keep,
    timeout: Duration,
    stop: &CancellationToken,
) -> Result<LoggedIn, Cause> {
    let mut client = obtained.client().map_err(Cause::Salesforce)?;
    let (org, username) = prove(&mut client, timeout, stop).await?;
    let token = obtained.refresh_token().ok_or(Cause::NoRefreshToken)?;
    let secret = KeptSecret::RefreshToken { token, client_secret: app.client_secret.clone() };
    keep.put(app.client_id.clone(), username.clone(), secret).await?;
    Ok(LoggedIn { org, username })
}

/// The org's proof, and the user's name, which is no reason to fail.
async fn prove(
    client: &mut Client,
    timeout: Duration,
    stop: &CancellationToken,
) -> Result<(Org, Option<String>), Cause> {
    let org = unless_stopped(client.prove_org(), timeout, stop).await?;
    let username = unless_stopped(client.username(), timeout, stop).await;
    match username {
        Ok(username) => Ok((org, username)),
        Err(Cause::Salesforce(error)) => {
            tracing::debug!(%error, "the org does not tell the user's name");
            Ok((org, None))
        }
        Err(cause) => Err(cause),
    }
}

async fn unless_stopped<T>(
    work: impl Future<Output = Result<T, Error>>,
    timeout: Duration,
    stop: &CancellationToken,
) -> Result<T, Cause> {
    match stop.run_until_cancelled(tokio::time::timeout(timeout, work)).await {
        None => Err(Cause::Interrupted),
        Some(Err(_)) => Err(Cause::NoAnswer(timeout)),
        Some(Ok(result)) => result.map_err(Cause::Salesforce),
    }
}

/// What Salesforce sent to the callback in place of a code.
fn refused(error: &str, description: &str) -> Error {
    let (error, description) = (excerpt(error, 80), excerpt(description, 200));
    let refusal = LoginRefusal::classify(&error, &description);
    let said = if description.is_empty() { format!(" ({error})") } else { format!(" ({error}: {description})") };
    Error::Login { refusal, said }
}
