//! OAuth 2.0 authorization code with PKCE: a person logs in, in a browser, at Salesforce's own page.

use std::sync::Arc;
use std::time::Instant;

use oauth2::{
    AuthUrl, AuthorizationCode, CsrfToken, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, TokenResponse,
};
use url::Url;

use super::revoke;
use super::token::{TokenAnswer, TokenEndpoint, oauth_client, refused, session};
use crate::domain::api_version::ApiVersion;
use crate::salesforce::address::{AllowedHosts, Reach};
use crate::salesforce::client::Client;
use crate::salesforce::destination::Addresses;
use crate::salesforce::error::Error;
use crate::salesforce::http::{Http, Transport};
use crate::salesforce::ledger::Ledger;
use crate::salesforce::proof::Expected;
use crate::secrets::{Credential, Secret};

/// The path of the login page on every host.
const PATH: &str = "/services/oauth2/authorize";

/// Where to log in, and what to expect there.
#[derive(Clone, Debug)]
pub struct BrowserDestination {
    /// The sandbox's My Domain address. Only its origin counts.
    pub instance_url: Url,
    /// The host of login page and token endpoint, where it is another.
    pub login_url: Option<Url>,
    /// The API version to use, or the highest below it that the org has.
    pub api_version: ApiVersion,
    /// What the user expects of the org.
    pub expected: Expected,
    /// Hosts that the user allows beside the list.
    pub allowed_hosts: AllowedHosts,
}

/// The app that a person lets in.
#[derive(Clone, Debug)]
pub struct BrowserApp {
    /// The consumer key.
    pub client_id: String,
    /// The consumer secret, where the app asks for it.
    pub client_secret: Option<Secret>,
    /// Where the browser is sent afterwards; the app's settings have the same text.
    pub redirect_uri: String,
}

/// A login that was begun and waits for the code that the browser brings.
#[derive(Debug)]
pub struct BrowserLogin {
    http: Http,
    transport: Transport,
    addresses: Addresses,
    destination: BrowserDestination,
    app: BrowserApp,
    redirect: RedirectUrl,
    state: Secret,
    verifier: PkceCodeVerifier,
}

/// The tokens of a login. Whoever does not keep them revokes them.
#[derive(Debug)]
pub struct Obtained {
    http: Http,
    transport: Transport,
    addresses: Addresses,
    destination: BrowserDestination,
    answer: TokenAnswer,
}

impl BrowserLogin {
    /// Checks the addresses, and makes the address of the login page. Nothing is sent.
    ///
    /// It holds no secret but the login's state and the challenge, which are worth nothing without this value.
    pub fn begin(
        destination: BrowserDestination,
        app: BrowserApp,
        transport: &Transport,
        deadline: Instant,
        ledger: &Arc<Ledger>,
    ) -> Result<(Self, Url), Error> {
        let BrowserDestination { instance_url, login_url, expected, allowed_hosts, .. } = &destination;
        let addresses = Addresses::check(Reach::Sandboxes, instance_url, login_url.as_ref(), allowed_hosts, expected)?;
        let redirect = RedirectUrl::new(app.redirect_uri.clone())
            .map_err(|_| Error::Credential("the callback's address is no URL".into()))?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let client = oauth_client(&addresses.token, &app.client_id, None)
            .set_auth_uri(AuthUrl::from_url(addresses.token.at(PATH)))
            .set_redirect_uri(redirect.clone());
        let scopes = ["api", "refresh_token"].map(|scope| Scope::new(scope.into()));
        let request = client.authorize_url(CsrfToken::new_random).add_scopes(scopes).set_pkce_challenge(challenge);
        let (address, state) = request.url();
        let (http, transport) = (transport.for_org(deadline, Arc::clone(ledger)), transport.clone());
        let state = Secret::new(state.into_secret());
        Ok((Self { http, transport, addresses, destination, app, redirect, state, verifier }, address))
    }

    /// What the callback must bring along, so that nobody else's login is taken for this one.
    pub fn state(&self) -> &Secret {
        &self.state
    }

    /// Gives the code for tokens. Whatever is found wrong with them later, they are there and have to be revoked.
    pub async fn exchange(self, code: &Secret) -> Result<Obtained, Error> {
        let Self { http, transport, addresses, destination, app, redirect, state: _, verifier } = self;
        let endpoint = &addresses.token;
        let client = oauth_client(endpoint, &app.client_id, app.client_secret.as_ref()).set_redirect_uri(redirect);
        let verifier_secret = Secret::new(verifier.secret().clone());
        [Some(code), Some(&verifier_secret), app.client_secret.as_ref()]
            .into_iter()
            .flatten()
            .for_each(|secret| http.echoes.learn(secret));
        let request = client.exchange_code(AuthorizationCode::new(code.expose().to_string()));
        let answer = request.set_pkce_verifier(verifier).request_async(&TokenEndpoint { http: &http, endpoint }).await;
        let answer = answer.map_err(|error| refused(error, endpoint.host()))?;
        let refresh_token = answer.refresh_token().map(|token| Secret::new(token.secret().clone()));
        refresh_token.iter().for_each(|token| http.echoes.learn(token));
        Ok(Obtained { http, transport, addresses, destination, answer })
    }
}

impl Obtained {
    /// A session with the org, if the answer is for the one that was asked for (lock 1) and expected (lock 4).
    pub fn client(&self) -> Result<Client, Error> {
        let session = session(&self.http, &self.answer, &self.addresses)?;
        let BrowserDestination { api_version, expected, .. } = self.destination.clone();
        // A client that can't renew itself: the refresh token belongs to whoever keeps it.
        let credential = Credential::AccessToken { token: session.access_token.clone() };
        Client::of_session(self.http.clone(), self.addresses.clone(), credential, session, expected, api_version)
    }

    /// The refresh token, which an app without that scope does not give.
    pub fn refresh_token(&self) -> Option<Secret> {
        self.answer.refresh_token().map(|token| Secret::new(token.secret().clone()))
    }

    /// Ends both tokens at the host that gave them.
    pub async fn revoke(&self) -> Result<(), Error> {
        let deadline = Instant::now() + revoke::PATIENCE;
        let http = self.transport.for_org(deadline, Arc::clone(&self.http.ledger));
        let access_token = Secret::new(self.answer.access_token().secret().clone());
        let mut result = Ok(());
        for token in self.refresh_token().iter().chain([&access_token]) {
            result = result.and(revoke::end(&http, &self.addresses.token, token).await);
        }
        result
    }
}
