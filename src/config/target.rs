//! The settings, resolved: what the rest of the program works with.

use std::time::Duration;

use url::Url;

use super::kept;
use super::source::Sourced;
use crate::domain::api_version::ApiVersion;
use crate::domain::id::OrgId;
use crate::secrets::Credential;

/// All that was asked for, checked, with the secrets loaded.
#[derive(Clone, Debug)]
pub struct Config {
    /// The orgs, each once, in the order in which they were asked for. At least one.
    pub targets: Vec<Target>,
    /// What holds for all orgs.
    pub guard: Guard,
    /// How many orgs run at a time: 1 to 256.
    pub concurrency: usize,
    /// The time for one org as a whole: 1 second to 24 hours.
    pub timeout: Duration,
    /// What the user should be told before the run.
    pub warnings: Vec<String>,
}

/// The orgs that were asked for, without credentials.
#[derive(Clone, Debug)]
pub struct KnownOrgs {
    /// The orgs, each once, in the order in which they were asked for.
    pub orgs: Vec<KnownOrg>,
    /// What holds for all orgs.
    pub guard: Guard,
    /// How many orgs run at a time: 1 to 256.
    pub concurrency: usize,
    /// The time for one org as a whole: 1 second to 24 hours.
    pub timeout: Duration,
}

/// One org, and what to log in to it with.
#[derive(Clone, Debug)]
pub struct Target {
    /// The org. Its address is not known where a login of the Salesforce CLI is what tells it.
    pub org: KnownOrg<Option<Url>>,
    /// What to log in with.
    pub credential: Credential,
    /// Where its secret was found, in words.
    pub credential_place: String,
}

/// One org, and where it is.
///
/// Its addresses are http or https with a host. Whether that host may get a credential is not settled here.
#[derive(Clone, Debug)]
pub struct KnownOrg<Address = Url> {
    /// The name in the configuration file or of the sandbox; where none is named, the host, or the alias by which the
    /// Salesforce CLI knows it.
    pub name: String,
    /// The org's address, without a path.
    pub instance_url: Address,
    /// The address of the token endpoint, without a path, where it is another one.
    pub login_url: Option<Url>,
    /// The API version to start with.
    pub api_version: ApiVersion,
    /// What the user says of the org.
    pub expected: Expected,
    /// Hosts that this org's own section adds to [`Guard::allowed_hosts`], for this org alone.
    pub allowed_hosts: Vec<Sourced<String>>,
    /// The names under which the keyring may have its login, its own first.
    pub keyring_entries: Vec<String>,
}

impl<Address> KnownOrg<Address> {
    /// The same org with this address.
    pub(super) fn at<Other>(self, instance_url: Other) -> KnownOrg<Other> {
        let Self { name, instance_url: _, login_url, api_version, expected, allowed_hosts, keyring_entries } = self;
        KnownOrg { name, instance_url, login_url, api_version, expected, allowed_hosts, keyring_entries }
    }
}

impl Target {
    /// As [`KnownOrg::host`], where the address is known.
    pub fn host(&self) -> Option<String> {
        self.org.instance_url.as_ref().map(kept::host_of)
    }
}

impl KnownOrg {
    /// The org's host, with its port where that is not the standard one: what a login in the keyring remembers.
    pub fn host(&self) -> String {
        kept::host_of(&self.instance_url)
    }
}

/// What the user says of an org: it is refused where that doesn't hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// The org's id.
    pub org_id: Option<OrgId>,
    /// The sandbox's name, in lower case.
    pub sandbox: Option<String>,
}

/// What narrows and widens the choice of orgs for the whole run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guard {
    /// Orgs that are refused whatever they say of themselves.
    pub denied_orgs: Vec<OrgId>,
    /// Hosts that may get a credential beside those that always may, in lower case, for all orgs.
    pub allowed_hosts: Vec<Sourced<String>>,
}
