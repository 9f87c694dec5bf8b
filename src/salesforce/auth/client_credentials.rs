//! OAuth 2.0 client credentials: the app logs in as the user that its policy names.

use super::Session;
use super::token::{TokenEndpoint, oauth_client, refused, session};
use crate::salesforce::destination::Addresses;
use crate::salesforce::error::Error;
use crate::salesforce::http::Http;
use crate::secrets::Secret;

pub(super) async fn log_in(
    http: &Http,
    addresses: &Addresses,
    client_id: &str,
    client_secret: &Secret,
) -> Result<Session, Error> {
    http.echoes.learn(client_secret);
    let endpoint = &addresses.token;
    let client = oauth_client(endpoint, client_id, Some(client_secret));
    let answer = client.exchange_client_credentials().request_async(&TokenEndpoint { http, endpoint }).await;
    session(http, &answer.map_err(|error| refused(error, endpoint.host()))?, addresses)
}
