//! OAuth 2.0 refresh token. A token that comes in place of the old one is kept before anything else is done.

use oauth2::{RefreshToken, TokenResponse};
use tracing::Instrument;

use super::Session;
use super::token::{TokenEndpoint, oauth_client, refused, session};
use crate::domain::report::Warning;
use crate::salesforce::destination::Addresses;
use crate::salesforce::error::Error;
use crate::salesforce::http::Http;
use crate::secrets::{KeptRefreshToken, RefreshTokenError, RefreshTokenKeeper, Rotation, Secret};

pub(super) async fn log_in(
    http: &Http,
    addresses: &Addresses,
    client_id: &str,
    client_secret: Option<&Secret>,
    keeper: &RefreshTokenKeeper,
) -> Result<Session, Error> {
    if let Some(lock) = keeper.lock_file() {
        http.ledger.wait_for(format!("{}, which another process may hold", lock.display()));
    }
    let kept = keeper.take().await.map_err(unusable)?;
    [Some(kept.token()), client_secret].into_iter().flatten().for_each(|secret| http.echoes.learn(secret));
    // From here on it ends by itself, whoever loses patience: the old token may be dead the moment it is sent, and what
    // comes in its place would be lost.
    let exchange = exchange(http.clone(), addresses.clone(), client_id.to_string(), client_secret.cloned(), kept);
    match http.ledger.finish(exchange.in_current_span()).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(Error::Credential("the login was cut off".into())),
        },
    }
}

async fn exchange(
    http: Http,
    addresses: Addresses,
    client_id: String,
    client_secret: Option<Secret>,
    mut kept: KeptRefreshToken,
) -> Result<Session, Error> {
    let endpoint = &addresses.token;
    let client = oauth_client(endpoint, &client_id, client_secret.as_ref());
    let old = RefreshToken::new(kept.token().expose().to_string());
    let answer = client.exchange_refresh_token(&old).request_async(&TokenEndpoint { http: &http, endpoint }).await;
    let answer = answer.map_err(|error| refused(error, endpoint.host()))?;
    let rotated = answer.refresh_token().filter(|new| new.secret() != old.secret());
    if let Some(new) = rotated
        && let Rotation::Lost { variable } = kept.replace(Secret::new(new.secret().clone())).await.map_err(unusable)?
    {
        let setting = if variable.ends_with("_SFDX_AUTH_URL") { "sfdx_auth_url_file" } else { "refresh_token_file" };
        http.ledger.warn(Warning {
            code: "refresh_token_not_kept".into(),
            message: format!(
                "Salesforce replaced the refresh token, and {variable} still holds the old one, which is dead: \
                 keep the token in a file ({setting}), or log in anew"
            ),
        });
    }
    session(&http, &answer, &addresses)
}

fn unusable(error: RefreshTokenError) -> Error {
    Error::Credential(error.to_string())
}
