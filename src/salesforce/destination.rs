//! Where a session is to be had, checked before anything is sent there.

use url::Url;

use super::address::{AllowedHosts, Endpoint, Purpose, Reach, check_within};
use super::proof::Expected;
use crate::domain::api_version::ApiVersion;
use crate::domain::refusal::Refusal;
use crate::secrets::Credential;

/// Where to go, with what, and what to expect there.
#[derive(Clone, Debug)]
pub struct Destination {
    /// The sandbox's My Domain address. Only its origin counts. Nothing where a login of the Salesforce CLI tells it.
    pub instance_url: Option<Url>,
    /// The token endpoint's host, where it is another.
    pub login_url: Option<Url>,
    /// What to log in with.
    pub credential: Credential,
    /// The API version to use, or the highest below it that the org has.
    pub api_version: ApiVersion,
    /// What the user expects of the org.
    pub expected: Expected,
    /// Hosts that the user allows beside the list.
    pub allowed_hosts: AllowedHosts,
}

/// The addresses of a destination, each one that lock 1 lets have a credential.
#[derive(Clone, Debug)]
pub(super) struct Addresses {
    pub(super) org: Endpoint,
    pub(super) token: Endpoint,
    pub(super) reach: Reach,
}

impl Addresses {
    /// Checks where the credential would go, before anything is sent there.
    pub(super) fn check(
        reach: Reach,
        instance_url: &Url,
        login_url: Option<&Url>,
        allowed: &AllowedHosts,
        expected: &Expected,
    ) -> Result<Self, Refusal> {
        let org = check_within(reach, instance_url, Purpose::Org, allowed)?;
        let token = login_url.map_or(Ok(org.clone()), |url| check_within(reach, url, Purpose::Token, allowed))?;
        expected.check_address(&org)?;
        Ok(Self { org, token, reach })
    }
}

/// Whether lock 1, and what the user expects of the address, let a credential go there. Nobody is contacted.
///
/// # Errors
/// The refusal.
pub fn check_addresses(
    reach: Reach,
    instance_url: &Url,
    login_url: Option<&Url>,
    allowed: &AllowedHosts,
    expected: &Expected,
) -> Result<(), Refusal> {
    Addresses::check(reach, instance_url, login_url, allowed, expected).map(|_| ())
}
