//! OAuth 2.0 refresh token. A token that comes in place of the old one is kept before anything else is done.

use oauth2::{RefreshToken, TokenResponse};

use super::Session;
use super::token::{TokenEndpoint, oauth_client, refused, session};
use crate::domain::report::Warning;
use crate::salesforce::client::Addresses;
use crate::salesforce::error::Error;
use crate::salesforce::http::Http;
use crate::secrets::{RefreshTokenError, RefreshTokenKeeper, Rotation, Secret};

pub(super) async fn log_in(
    http: &Http,
    addresses: &Addresses,
    client_id: &str,
    client_secret: Option<&Secret>,
    keeper: &RefreshTokenKeeper,
) -> Result<Session, Error> {
    let endpoint = &addresses.token;
    let client = oauth_client(endpoint, client_id, client_secret);
    let mut kept = keeper.take().await.map_err(unusable)?;
    [Some(kept.token()), client_secret].into_iter().flatten().for_each(|secret| http.echoes.learn(secret));
    let old = RefreshToken::new(kept.token().expose().to_string());
    let answer = client.exchange_refresh_token(&old).request_async(&TokenEndpoint { http, endpoint }).await;
    let answer = answer.map_err(|error| refused(error, endpoint.host()))?;
    let rotated = answer.refresh_token().filter(|new| new.secret() != old.secret());
    if let Some(new) = rotated
        && let Rotation::Lost { variable } = kept.replace(Secret::new(new.secret().clone())).await.map_err(unusable)?
    {
        http.ledger.warn(Warning {
            code: "refresh_token_not_kept",
            message: format!(
                "Salesforce replaced the refresh token, and {variable} still holds the old one, which is dead: \
                 keep the token in a file (refresh_token_file), or log in anew"
            ),
        });
    }
    session(http, &answer, addresses)
}

fn unusable(error: RefreshTokenError) -> Error {
    Error::Credential(error.to_string())
}
