//! A session with one org: sends requests with its token, renews it once, and settles on an API version.
//!
//! A client has no method that touches a record. [`Client::prove`](super::Sandbox) gives the handle that has.

use std::slice;
use std::sync::Arc;
use std::time::Instant;

use reqwest::{Method, RequestBuilder};
use serde_json::Value as Json;

use super::address::{Endpoint, Purpose, Reach, check, check_within};
use super::auth::{SalesforceCli, Session, end_token, log_in};
use super::composite::{Composite, CompositeAnswer, SubAnswer};
use super::destination::{Addresses, Destination};
use super::echo::Echoes;
use super::error::Error;
use super::http::{Answer, Http, Transport};
use super::ledger::Ledger;
use super::patience::Until;
use super::proof::{Expected, ORGANIZATION, check_proof, check_word, identity_query, read_word};
use super::wire::{api_error, success};
use crate::domain::api_version::ApiVersion;
use crate::domain::id::OrgId;
use crate::domain::org::Org;
use crate::domain::printable::printable;
use crate::domain::refusal::Refusal;
use crate::secrets::{Credential, Secret};

/// A session with an org that has not proven yet what it is.
#[derive(Debug)]
pub struct Client {
    http: Http,
    addresses: Addresses,
    credential: Credential,
    session: Session,
    expected: Expected,
    api_version: ApiVersion,
    proven: Option<OrgId>,
    renewed: bool,
    negotiated: bool,
}

impl Client {
    /// Checks the addresses, then logs in. Nothing is sent to an address that lock 1 refuses, and the Salesforce CLI
    /// is not asked for the token of one.
    ///
    /// What is to be told of it, whatever its end, goes to the ledger.
    pub async fn connect(
        destination: Destination,
        transport: &Transport,
        until: impl Into<Until>,
        ledger: &Arc<Ledger>,
    ) -> Result<Self, Error> {
        Self::connect_within(Reach::Sandboxes, destination, transport, until, ledger).await
    }

    /// As [`Client::connect`], with orgs of this reach. Whoever asks for a wider one keeps the client to itself.
    pub(super) async fn connect_within(
        reach: Reach,
        destination: Destination,
        transport: &Transport,
        until: impl Into<Until>,
        ledger: &Arc<Ledger>,
    ) -> Result<Self, Error> {
        let Destination { instance_url, login_url, credential, api_version, expected, allowed_hosts: allowed } =
            destination;
        let http = transport.for_org(until, Arc::clone(ledger));
        let (instance_url, shown) = match (instance_url, &credential) {
            (Some(url), _) => (url, None),
            (None, Credential::SalesforceCli { program, alias }) => {
                let cli = SalesforceCli { program, alias, limit: http.patience().salesforce_cli };
                ledger.wait_for("the Salesforce CLI");
                let shown = cli.display().await?;
                (shown.instance_url.clone(), Some((cli, shown)))
            }
            (None, _) => return Err(Error::Credential("there is no address of the org".into())),
        };
        let reach = reach.at(&instance_url);
        let expected = expected.within(reach);
        let addresses = Addresses::check(reach, &instance_url, login_url.as_ref(), &allowed, &expected)?;
        if let Credential::Jwt { audience: Some(audience), .. } = &credential {
            check_within(reach, audience, Purpose::Token, &allowed)?;
        }
        let session = match shown {
            Some((cli, shown)) => cli.session(shown, &addresses).await?,
            None => log_in(&http, &addresses, &credential).await?,
        };
        let asks_others = expected.asks_others;
        let (mut client, refusal) = Self::unchecked(http, addresses, credential, session, expected, api_version);
        let Err(refusal) = refusal else { return Ok(client) };
        if asks_others && matches!(refusal, Refusal::NotTheExpectedOrg { .. }) {
            // Where it doesn't say what it is, what the token told stands.
            if let Err(Error::Refused(said)) = client.prove_org().await {
                return Err(said.into());
            }
        }
        Err(refusal.into())
    }

    /// A client of a session that was just obtained, if it is one with the org that is expected.
    pub(super) fn of_session(
        http: Http,
        addresses: Addresses,
        credential: Credential,
        session: Session,
        expected: Expected,
        api_version: ApiVersion,
    ) -> Result<Self, Error> {
        let (client, refusal) = Self::unchecked(http, addresses, credential, session, expected, api_version);
        refusal?;
        Ok(client)
    }

    /// A client of a session, and the refusal of its org.
    fn unchecked(
        http: Http,
        addresses: Addresses,
        credential: Credential,
        session: Session,
        expected: Expected,
        api_version: ApiVersion,
    ) -> (Self, Result<(), Refusal>) {
        let checked = session.org.as_ref().map_or(Ok(()), |id| expected.check_id(id));
        http.echoes.learn(&session.access_token);
        let (proven, renewed, negotiated) = (None, false, false);
        let client = Self { http, addresses, credential, session, expected, api_version, proven, renewed, negotiated };
        (client, checked)
    }

    /// Ends the session at the host that gave it, before it ends by itself.
    pub async fn revoke(&self) -> Result<(), Error> {
        end_token(&self.http, &self.addresses.token, &self.session.access_token).await
    }

    /// Asks a destination's address, without a credential, for the API versions that it has; nothing where the address
    /// is not known before the login.
    pub async fn offered_versions(
        destination: &Destination,
        transport: &Transport,
        deadline: Instant,
        ledger: &Arc<Ledger>,
    ) -> Result<Option<Vec<ApiVersion>>, Error> {
        let Some(instance_url) = &destination.instance_url else { return Ok(None) };
        let org = check(instance_url, Purpose::Org, &destination.allowed_hosts)?;
        destination.expected.check_address(&org)?;
        let offered = offered(&transport.for_org(deadline, Arc::clone(ledger)), &org).await?;
        Ok(Some(versions(&offered).collect()))
    }

    /// Which orgs the session may be with.
    pub(super) fn reach(&self) -> Reach {
        self.addresses.reach
    }

    /// The API version in use.
    pub fn api_version(&self) -> ApiVersion {
        self.api_version
    }

    /// The org that the session belongs to, as far as that is known: proven, or named by the token's answer.
    pub(super) fn known_org(&self) -> Option<&OrgId> {
        self.proven.as_ref().or(self.session.org.as_ref())
    }

    /// The orgs that a proof asks for: where it is not known yet, those that the user expects. Another one that is
    /// reached has no row then, so its relays stay there.
    fn sought_orgs(&self) -> &[OrgId] {
        self.known_org().map_or(self.expected.org_ids.as_slice(), slice::from_ref)
    }

    /// Takes the org's own word, or refuses. Either way it is noted, so that the report says which org it was.
    pub(super) fn take_word(&self, organization: &SubAnswer, token_org: Option<&OrgId>) -> Result<Org, Refusal> {
        let org = read_word(organization, &self.addresses.org)?;
        self.http.ledger.note_word(&org, self.api_version);
        check_word(&org, token_org, &self.expected, self.addresses.reach)?;
        Ok(org)
    }

    pub(super) fn remember_org(&mut self, org: &Org) {
        self.proven = Some(org.id.clone());
    }

    pub(super) fn echoes(&self) -> &Echoes {
        &self.http.echoes
    }

    pub(super) fn unreadable(&self, what: &str) -> Error {
        Error::Unreadable { host: self.addresses.org.host().to_string(), what: what.to_string() }
    }

    /// One part of a Composite answer, which has to be there.
    pub(super) fn part<'a>(&self, answer: &'a CompositeAnswer, reference: &str) -> Result<&'a SubAnswer, Error> {
        let missing = || self.unreadable(&format!("a Composite answer without its part \"{reference}\""));
        answer.get(reference).ok_or_else(missing)
    }

    /// Sends a Composite request and interprets its answer; tries again while `again` accepts the error.
    ///
    /// A session that expires is renewed once in a run, and the org proven again, before the request goes on. An org
    /// that lacks the API version is asked once what it has.
    pub(super) async fn composite<T>(
        &mut self,
        build: impl Fn(ApiVersion, &[OrgId]) -> Composite,
        interpret: impl Fn(CompositeAnswer, &Self) -> Result<T, Error>,
        again: impl Fn(&Error) -> bool,
    ) -> Result<T, Error> {
        loop {
            let body = build(self.api_version, self.sought_orgs()).body();
            let attempt = || async { interpret(self.post_composite(&body).await?, self) };
            match self.http.with_retries(attempt, &again).await {
                Err(Error::SessionExpired) if !self.renewed => self.renew().await?,
                Err(Error::ApiVersion(reason)) if !self.negotiated => self.negotiate(reason).await?,
                result => return result,
            }
        }
    }

    /// Reads a path below `/services/data/vNN.0`. Nothing that holds records is read in this way.
    pub(super) async fn get(&mut self, path: &str) -> Result<Json, Error> {
        loop {
            let attempt = || async {
                let request = self.data_request(Method::GET, path).await?;
                success(&self.send(request).await?)
            };
            match self.http.with_retries(attempt, Error::is_passing).await {
                Err(Error::SessionExpired) if !self.renewed => self.renew().await?,
                result => return result,
            }
        }
    }

    /// Posts a SOAP envelope, made of the session's token, to a path that ends in the API version's number, and
    /// interprets the answer. Nothing that holds records is read in this way, and nothing is written.
    pub(super) async fn soap<T>(
        &mut self,
        path: &str,
        envelope: impl Fn(&Secret) -> String,
        interpret: impl Fn(&Answer) -> Result<T, Error>,
    ) -> Result<T, Error> {
        loop {
            let path = format!("{path}/{}", self.api_version);
            let attempt = || async {
                let request = self.http.request(Method::POST, &self.addresses.org, &path).await?;
                let request = request
                    .header("content-type", "text/xml; charset=UTF-8")
                    .header("SOAPAction", "\"\"")
                    .body(envelope(&self.session.access_token))
                    .build()
                    .map_err(|_| Error::Credential("the session can't be sent".into()))?;
                interpret(&self.http.send(&self.addresses.org, request).await?)
            };
            match self.http.with_retries(attempt, Error::is_passing).await {
                Err(Error::SessionExpired) if !self.renewed => self.renew().await?,
                result => return result,
            }
        }
    }

    async fn post_composite(&self, body: &Json) -> Result<CompositeAnswer, Error> {
        let request = self.data_request(Method::POST, "/composite").await?.json(body);
        let answer = self.send(request).await?;
        if matches!(answer.status.as_u16(), 404 | 410) && answer.json().is_ok_and(|json| api_error(&json).is_some()) {
            return Err(Error::ApiVersion(format!("{} has no API version {}", answer.host, self.api_version)));
        }
        CompositeAnswer::read(&answer)
    }

    async fn data_request(&self, method: Method, path: &str) -> Result<RequestBuilder, Error> {
        let path = format!("/services/data/v{}{path}", self.api_version);
        self.http.request(method, &self.addresses.org, &path).await
    }

    async fn send(&self, request: RequestBuilder) -> Result<Answer, Error> {
        let request = request
            .bearer_auth(self.session.access_token.expose())
            .header("Sforce-Call-Options", concat!("client=relay-scrub/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|_| Error::Credential("the access token has a character that no token has".into()))?;
        self.http.send(&self.addresses.org, request).await
    }

    /// Logs in again, into the same org, and has it prove again what it is if it has done so before.
    async fn renew(&mut self) -> Result<(), Error> {
        self.renewed = true;
        if matches!(self.credential, Credential::AccessToken { .. }) {
            return Err(Error::SessionExpired);
        }
        tracing::info!("the session has expired: logging in again");
        let session = log_in(&self.http, &self.addresses, &self.credential).await?;
        if let Some(id) = &session.org {
            self.expected.check_id(id)?;
        }
        self.http.echoes.learn(&session.access_token);
        self.session = session;
        let Some(id) = self.proven.clone() else { return Ok(()) };
        let body = word_and_proof(self.addresses.reach, self.api_version, slice::from_ref(&id)).body();
        let attempt = || async {
            let answer = self.post_composite(&body).await?;
            let token_org = self.session.org.as_ref().unwrap_or(&id);
            self.take_word(self.part(&answer, "org")?, Some(token_org))?;
            Ok(check_proof(self.part(&answer, "proof")?, &id)?)
        };
        self.http.with_retries(attempt, Error::is_passing).await
    }

    /// Has the org prove that it is a sandbox, and the one expected, or refuses; no relay is read.
    pub async fn prove_org(&mut self) -> Result<Org, Error> {
        let build = |version, orgs: &[OrgId]| word_and_proof(Reach::Sandboxes, version, orgs);
        let org = self.composite(build, take_word_and_proof, Error::is_passing).await?;
        self.remember_org(&org);
        Ok(org)
    }

    /// The name of the user whose session it is, where the org tells.
    pub async fn username(&self) -> Result<Option<String>, Error> {
        let attempt = || async {
            let request = self.http.request(Method::GET, &self.addresses.org, "/services/oauth2/userinfo").await?;
            self.send(request).await?.json()
        };
        let answer = self.http.with_retries(attempt, Error::is_passing).await?;
        Ok(answer.get("preferred_username").and_then(Json::as_str).map(printable))
    }

    /// Asks the org which versions it has, without a token, and takes the highest up to the one wanted.
    async fn negotiate(&mut self, reason: String) -> Result<(), Error> {
        self.negotiated = true;
        let offered = offered(&self.http, &self.addresses.org).await?;
        match highest(&offered, self.api_version) {
            Some(version) if version != self.api_version => {
                tracing::info!(%version, "using the org's own highest API version");
                self.api_version = version;
                Ok(())
            }
            _ => Err(Error::ApiVersion(reason)),
        }
    }
}

/// The org's word and its proof, and nothing else.
fn word_and_proof(reach: Reach, version: ApiVersion, orgs: &[OrgId]) -> Composite {
    Composite::independent(version).query("org", ORGANIZATION).query("proof", &identity_query(reach, orgs))
}

fn take_word_and_proof(answer: CompositeAnswer, client: &Client) -> Result<Org, Error> {
    let org = client.take_word(client.part(&answer, "org")?.settled()?, client.known_org())?;
    check_proof(client.part(&answer, "proof")?, &org.id)?;
    Ok(org)
}

/// The answer of `/services/data`, which is given without a token.
async fn offered(http: &Http, org: &Endpoint) -> Result<Json, Error> {
    let attempt = || async {
        let request = http.request(Method::GET, org, "/services/data").await?.build();
        let request = request.map_err(|_| Error::Credential("the org can't be asked for its API versions".into()))?;
        success(&http.send(org, request).await?)
    };
    http.with_retries(attempt, Error::is_passing).await
}

/// The versions offered that can clear a relay.
fn versions(offered: &Json) -> impl Iterator<Item = ApiVersion> {
    let all = offered.as_array().into_iter().flatten();
    all.filter_map(|version| version.get("version")?.as_str()?.parse().ok())
}

/// The highest version offered, up to the one wanted.
fn highest(offered: &Json, wanted: ApiVersion) -> Option<ApiVersion> {
    versions(offered).filter(|version| *version <= wanted).max()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_highest_version_up_to_the_one_wanted_is_used() {
        let offered = json!([{"version": "31.0"}, {"version": "66.0"}, {"version": "67.0"}, {"version": "99.0"}, {}]);
        assert_eq!(highest(&offered, ApiVersion::DEFAULT), "67.0".parse().ok());
        assert_eq!(highest(&json!([{"version": "31.0"}]), ApiVersion::DEFAULT), None);
        assert_eq!(highest(&json!({}), ApiVersion::DEFAULT), None);
    }
}
