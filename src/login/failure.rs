//! Why a login came to nothing, in words. Pure.

use std::time::Duration;

use crate::domain::refusal::Refusal;
use crate::salesforce::Error;
use crate::secrets::StoreError;

/// A login that came to nothing, and what became of the tokens that it had obtained.
#[derive(Debug)]
pub struct LoginFailure {
    /// Why.
    pub cause: Cause,
    /// How their revocation went, where there were any.
    pub revoked: Option<Result<(), Error>>,
}

/// Why a login came to nothing. Nothing was kept.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    /// Salesforce, the guard, or the way to either.
    #[error("{0}")]
    Salesforce(Error),
    /// Nobody finished the login in the browser.
    #[error("nobody came back from the browser within {}", seconds(*.0))]
    NobodyCame(Duration),
    /// The org took too long.
    #[error("the org did not answer within {}", seconds(*.0))]
    NoAnswer(Duration),
    /// The user stopped it.
    #[error("stopped before the login was finished")]
    Interrupted,
    /// The app may not give one.
    #[error("Salesforce gave no refresh token, so there is nothing to keep")]
    NoRefreshToken,
    /// A credential of this kind is not kept.
    #[error("this kind of login is not kept in the keyring")]
    NothingToKeep,
    /// The keyring did not take it.
    #[error("{0}")]
    Keyring(StoreError),
}

impl From<Cause> for LoginFailure {
    fn from(cause: Cause) -> Self {
        Self { cause, revoked: None }
    }
}

impl Cause {
    /// What to do next.
    pub fn hint(&self) -> String {
        match self {
            Self::Salesforce(error) => error.trouble().hint(),
            Self::NobodyCame(_) => "Log in again, with a longer --timeout if need be. If Salesforce showed an error \
                                    page instead: invalid_client_id means that this org does not have the app, and \
                                    redirect_uri_mismatch that the app does not list the callback address."
                .into(),
            Self::NoAnswer(_) => "Try again, with a longer --timeout if the org is slow.".into(),
            Self::Interrupted => "Log in again when you like.".into(),
            Self::NoRefreshToken => "Give the app the scope \"Perform requests at any time (refresh_token, \
                                     offline_access)\" in its OAuth settings."
                .into(),
            Self::NothingToKeep => "Give --auth jwt or client-credentials, or log in with the browser.".into(),
            Self::Keyring(_) => "Unlock the keyring, and log in again.".into(),
        }
    }

    /// The guard's refusal, where it is one.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Salesforce(Error::Refused(refusal)) => Some(refusal),
            _ => None,
        }
    }
}

impl LoginFailure {
    /// What became of the tokens, in a sentence; nothing where there were none.
    pub fn tokens(&self) -> Option<String> {
        Some(match self.revoked.as_ref()? {
            Ok(()) => "Nothing was stored, and the tokens of this login were revoked.".into(),
            Err(error) => format!(
                "Nothing was stored, but the tokens of this login could not be revoked ({error}): revoke them in \
                 Setup > Connected Apps OAuth Usage of that org."
            ),
        })
    }

    pub(super) fn title(&self) -> &'static str {
        if self.cause.refusal().is_some() { "Refused" } else { "Not logged in" }
    }

    pub(super) fn paragraphs(&self) -> Vec<String> {
        let tokens = self.tokens().unwrap_or_else(|| "Nothing was stored.".into());
        let close = "You can close this window; the terminal says the same.";
        vec![sentence(&self.cause.to_string()), self.cause.hint(), tokens, close.into()]
    }
}

/// The text with a capital and a full stop.
fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first: String = characters.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}.", characters.as_str().trim_end_matches('.'))
}

fn seconds(duration: Duration) -> String {
    match duration.as_secs() {
        seconds if seconds >= 120 && seconds.is_multiple_of(60) => format!("{} minutes", seconds / 60),
        seconds => format!("{seconds} seconds"),
    }
}
