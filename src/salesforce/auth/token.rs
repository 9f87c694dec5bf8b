//! The token endpoint: the `oauth2` crate's view of our transport, and the reading of its answers.

use std::future::Future;
use std::pin::Pin;

use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType,
};
use oauth2::{
    AsyncHttpClient, AuthType, ClientId, ClientSecret, EndpointNotSet, EndpointSet, ExtraTokenFields, HttpRequest,
    HttpResponse, RequestTokenError, StandardRevocableToken, StandardTokenResponse, TokenResponse, TokenUrl,
};
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde::{Deserialize, Serialize};

use super::Session;
use crate::domain::id::OrgId;
use crate::domain::login_refusal::LoginRefusal;
use crate::domain::printable::excerpt;
use crate::domain::refusal::Refusal;
use crate::salesforce::address::{Endpoint, shown};
use crate::salesforce::destination::Addresses;
use crate::salesforce::error::Error;
use crate::salesforce::http::Http;
use crate::secrets::Secret;

/// The path of the token endpoint on every host.
pub(super) const PATH: &str = "/services/oauth2/token";

/// What Salesforce adds to the standard's answer.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct SalesforceFields {
    instance_url: Option<String>,
    /// `https://{login|test}.salesforce.com/id/{org, 18 characters}/{user}`
    id: Option<String>,
}

impl ExtraTokenFields for SalesforceFields {}

pub(super) type TokenAnswer = StandardTokenResponse<SalesforceFields, BasicTokenType>;
pub(super) type TokenError = RequestTokenError<Error, BasicErrorResponse>;
pub(super) type OauthClient = oauth2::Client<
    BasicErrorResponse,
    TokenAnswer,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// An OAuth client that sends its credentials in the body, as Salesforce wants them.
pub(super) fn oauth_client(endpoint: &Endpoint, client_id: &str, client_secret: Option<&Secret>) -> OauthClient {
    let client = oauth2::Client::new(ClientId::new(client_id.to_string()))
        .set_token_uri(TokenUrl::from_url(endpoint.at(PATH)))
        .set_auth_type(AuthType::RequestBody);
    match client_secret {
        Some(secret) => client.set_client_secret(ClientSecret::new(secret.expose().to_string())),
        None => client,
    }
}

/// Our transport, as the `oauth2` crate wants it: whatever URL it is given, the request goes to the checked endpoint.
pub(super) struct TokenEndpoint<'a> {
    pub(super) http: &'a Http,
    pub(super) endpoint: &'a Endpoint,
}

impl<'c> AsyncHttpClient<'c> for TokenEndpoint<'_> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Error>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            self.post(|| Ok((parts.headers.clone(), body.clone()))).await
        })
    }
}

impl TokenEndpoint<'_> {
    /// Posts what `make` makes, headers and body, made anew for each try: after a pause an assertion may have expired.
    pub(super) async fn post(
        &self,
        make: impl Fn() -> Result<(HeaderMap, Vec<u8>), Error>,
    ) -> Result<HttpResponse, Error> {
        let attempt = || async {
            let (headers, body) = make()?;
            let request = self.http.request(Method::POST, self.endpoint, PATH).await?.headers(headers).body(body);
            let request = request.build().map_err(|_| Error::Credential("the login can't be sent".into()))?;
            self.http.send(self.endpoint, request).await
        };
        let answer = self.http.with_retries(attempt, Error::is_passing).await?;
        let is_page = answer.content_type.starts_with("text/html");
        let body = match answer.json() {
            Err(error) if is_page || answer.status.is_server_error() => return Err(error),
            // What refuses is there to be shown; the answer that grants is the one that a secret is taken from.
            Ok(json) if !answer.status.is_success() => json.to_string().into_bytes(),
            _ => answer.body,
        };
        let mut response = HttpResponse::new(body);
        *response.status_mut() = answer.status;
        Ok(response)
    }
}

/// Turns the endpoint's answer into a session, if it is for the org that was asked for (lock 1). Its tokens are hidden from
/// now on.
pub(super) fn session(http: &Http, answer: &TokenAnswer, addresses: &Addresses) -> Result<Session, Error> {
    let access_token = answer.access_token().secret();
    let refresh_token = answer.refresh_token().map(|token| token.secret());
    for token in [Some(access_token), refresh_token].into_iter().flatten() {
        http.echoes.learn(&Secret::new(token.clone()));
    }
    let SalesforceFields { instance_url, id } = answer.extra_fields();
    let answered = instance_url.as_deref().unwrap_or_default();
    if !addresses.org.is_origin_of(answered) {
        return Err(Refusal::ForeignInstance { asked: addresses.org.as_str().into(), answered: shown(answered) }.into());
    }
    let by_answer = id.as_deref().map(|id| org_of_identity(id).ok_or(id)).transpose();
    let no_org = |id| Refusal::NoWord { missing: format!("the token's id, {}, names no org", shown(id)) };
    let by_answer = by_answer.map_err(no_org)?;
    let by_token = org_of_token(access_token);
    match (&by_answer, &by_token) {
        (Some(answer), Some(token)) if answer != token => {
            Err(Refusal::OtherOrg { token: token.clone(), answered: answer.clone() }.into())
        }
        _ => Ok(Session { access_token: Secret::new(access_token.clone()), org: by_answer.or(by_token) }),
    }
}

/// The org of an identity address, `https://…/id/{org}/{user}`.
fn org_of_identity(address: &str) -> Option<OrgId> {
    let (_, ids) = address.split_once("/id/")?;
    ids.split('/').next()?.parse().ok()
}

/// The org of an opaque token: the 15 characters before its `!`. Tokens in JWT format have none.
pub(super) fn org_of_token(token: &str) -> Option<OrgId> {
    token.split_once('!')?.0.parse().ok()
}

/// Turns the endpoint's refusal into one that can be explained. A body that is no answer may hold a token, so nothing
/// of it is shown.
pub(super) fn refused(error: TokenError, host: &str) -> Error {
    match error {
        TokenError::Request(error) => error,
        TokenError::ServerResponse(answer) => {
            let error = excerpt(answer.error().as_ref(), 80);
            let description = excerpt(answer.error_description().map_or("", String::as_str), 200);
            let said =
                if description.is_empty() { format!(" ({error})") } else { format!(" ({error}: {description})") };
            Error::Login { refusal: LoginRefusal::classify(&error, &description), said }
        }
        TokenError::Parse(..) => no_token_answer(host),
        TokenError::Other(_) => {
            let what = "an answer without a body where a token was expected".into();
            Error::Unreadable { host: host.to_string(), what }
        }
    }
}

/// What came is no answer of a token endpoint, and nothing of it is shown: it may hold a token.
pub(super) fn no_token_answer(host: &str) -> Error {
    Error::Unreadable { host: host.to_string(), what: "no answer of a token endpoint".into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_org_of_a_token_is_read_where_it_is_named() {
        let org = "00D5e000000abcD".parse::<OrgId>().ok();
        assert!(org.is_some());
        assert_eq!(org_of_identity("https://test.salesforce.com/id/00D5e000000abcD/0055e000001"), org);
        assert_eq!(org_of_token("00D5e000000abcD!AR8AQ"), org);
        assert_eq!(org_of_token("eyJhbGciOiJSUzI1NiJ9.e30.x"), None);
        assert_eq!(org_of_identity("https://test.salesforce.com/id/"), None);
    }
}
