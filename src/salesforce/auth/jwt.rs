//! OAuth 2.0 JWT bearer: a user, vouched for by a signature of the app's key.

use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use oauth2::HttpResponse;
use oauth2::http::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde::Serialize;
use url::{Url, form_urlencoded};

use super::Session;
use super::token::{TokenAnswer, TokenEndpoint, TokenError, no_token_answer, refused, session};
use crate::domain::login_refusal::LoginRefusal;
use crate::salesforce::destination::Addresses;
use crate::salesforce::error::Error;
use crate::salesforce::http::Http;
use crate::secrets::Secret;

const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// How long an assertion is valid, in seconds. Salesforce takes at most three minutes.
const VALIDITY: i64 = 120;

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    exp: i64,
}

/// Signs for the org's own address, which External Client Apps want; where the audience is refused, for the login
/// address of all orgs of its sort, which connected apps want. Production does not accept that of sandboxes.
pub(super) async fn log_in(
    http: &Http,
    addresses: &Addresses,
    client_id: &str,
    username: &str,
    key: &Secret,
    audience: Option<&Url>,
) -> Result<Session, Error> {
    let key = EncodingKey::from_rsa_pem(key.expose().as_bytes())
        .map_err(|_| Error::Credential("the JWT key is not an RSA private key in PEM (PKCS#1 or PKCS#8)".into()))?;
    let given = audience.map(|url| url.as_str().trim_end_matches('/'));
    let first = given.unwrap_or(addresses.org.as_str());
    let signer = Signer { client_id, username, key: &key };
    let others = if given.is_none() { addresses.org.shared_audiences(addresses.reach) } else { &[] };
    let mut result = request(http, addresses, &signer, first).await;
    for audience in others {
        let Err(Error::Login { refusal: LoginRefusal::WrongAudience, .. }) = &result else { break };
        tracing::debug!(audience, "the audience was refused: trying another");
        result = request(http, addresses, &signer, audience).await;
    }
    result
}

/// Who vouches, and for whom.
struct Signer<'a> {
    client_id: &'a str,
    username: &'a str,
    key: &'a EncodingKey,
}

impl Signer<'_> {
    fn sign(&self, audience: &str, now: Timestamp) -> Result<Secret, Error> {
        let exp = now.as_second() + VALIDITY;
        let claims = Claims { iss: self.client_id, sub: self.username, aud: audience, exp };
        encode(&Header::new(Algorithm::RS256), &claims, self.key)
            .map(Secret::new)
            .map_err(|_| Error::Credential("the JWT can't be signed with this key".into()))
    }
}

/// Sends an assertion, signed when it is sent. The `oauth2` crate has no such flow, so the request is built here and its
/// answer read with the crate's own types.
async fn request(http: &Http, addresses: &Addresses, signer: &Signer<'_>, audience: &str) -> Result<Session, Error> {
    let endpoint = &addresses.token;
    let headers = HeaderMap::from_iter([
        (ACCEPT, HeaderValue::from_static("application/json")),
        (CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded")),
    ]);
    let make = || {
        let assertion = signer.sign(audience, Timestamp::now())?;
        http.echoes.learn(&assertion);
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", GRANT_TYPE)
            .append_pair("assertion", assertion.expose())
            .finish();
        Ok((headers.clone(), form.into_bytes()))
    };
    let response = TokenEndpoint { http, endpoint }.post(make).await?;
    session(http, &read(&response, endpoint.host()).map_err(|error| refused(error, endpoint.host()))?, addresses)
}

fn read(response: &HttpResponse, host: &str) -> Result<TokenAnswer, TokenError> {
    let body = response.body().as_slice();
    let no_answer = |_| match body {
        [] => TokenError::Other(String::new()),
        _ => TokenError::Request(no_token_answer(host)),
    };
    if response.status().is_success() {
        serde_json::from_slice(body).map_err(no_answer)
    } else {
        Err(TokenError::ServerResponse(serde_json::from_slice(body).map_err(no_answer)?))
    }
}
