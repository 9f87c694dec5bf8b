//! Logging in: one file a flow, each of which builds a token request. The answer is read in one place.

mod authorization_code;
mod client_credentials;
mod jwt;
mod refresh_token;
mod revoke;
mod salesforce_cli;
mod token;

pub use authorization_code::{BrowserApp, BrowserDestination, BrowserLogin, Obtained};
pub(super) use revoke::end as end_token;
pub use revoke::revoke;
pub(super) use salesforce_cli::SalesforceCli;

use super::destination::Addresses;
use super::error::Error;
use super::http::Http;
use crate::domain::id::OrgId;
use crate::secrets::{Credential, Secret};

/// A session: a token, and the org that it was given for.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) access_token: Secret,
    /// Nothing where neither the token's answer nor the token itself names an org.
    pub(super) org: Option<OrgId>,
}

/// Gets a session with the credential, at addresses that lock 1 lets have one.
pub(super) async fn log_in(http: &Http, addresses: &Addresses, credential: &Credential) -> Result<Session, Error> {
    match credential {
        Credential::ClientCredentials { client_id, client_secret } => {
            client_credentials::log_in(http, addresses, client_id, client_secret).await
        }
        Credential::Jwt { client_id, username, key, audience } => {
            jwt::log_in(http, addresses, client_id, username, key, audience.as_ref()).await
        }
        Credential::RefreshToken { client_id, client_secret, keeper } => {
            refresh_token::log_in(http, addresses, client_id, client_secret.as_ref(), keeper).await
        }
        Credential::SalesforceCli { program, alias } => {
            http.ledger.wait_for("the Salesforce CLI");
            let cli = SalesforceCli { program, alias, limit: http.patience().salesforce_cli };
            cli.session(cli.display().await?, addresses).await
        }
        Credential::AccessToken { token } => {
            Ok(Session { org: token::org_of_token(token.expose()), access_token: token.clone() })
        }
    }
}
