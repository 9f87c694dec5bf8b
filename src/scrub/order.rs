//! What to do at one org: where it is, what to log in with, what has to hold.

use crate::config::{self, Guard, KnownOrg, KnownOrgs, Target};
use crate::domain::plan::Agreed;
use crate::domain::refusal::Refusal;
use crate::salesforce::{AllowedHosts, Destination, Expected, Reach, check_addresses};

/// One org to scrub.
#[derive(Clone, Debug)]
pub struct Order {
    /// The org's name in messages and reports.
    pub name: String,
    /// Where it is, and what to log in with.
    pub destination: Destination,
    /// What the user was shown and agreed to. Where something else is found, nothing is written.
    pub agreed: Option<Agreed>,
}

/// A host that the settings allow and that production could have, or an address that may get no credential. Nothing was
/// contacted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{refusal} ({place})")]
pub struct HostRefused {
    /// Which lock, and why.
    pub refusal: Refusal,
    /// Where the setting stands, or the org that it is of.
    pub place: String,
}

impl Order {
    /// The order for a target of the settings.
    ///
    /// # Errors
    /// Where the settings allow a host that can't be allowed.
    pub fn new(target: Target, guard: &Guard) -> Result<Self, HostRefused> {
        let allowed_hosts = allowed_hosts(&target.org, guard)?;
        let Target { org, credential, .. } = target;
        let KnownOrg { name, instance_url, login_url, api_version, expected, .. } = org;
        let expected = self::expected(guard, expected);
        let destination = Destination { instance_url, login_url, credential, api_version, expected, allowed_hosts };
        Ok(Self { name, destination, agreed: None })
    }
}

/// What the guard holds an org against (lock 4).
pub fn expected(guard: &Guard, expected: config::Expected) -> Expected {
    Expected {
        denied: guard.denied_orgs.clone(),
        org_ids: expected.org_id.into_iter().collect(),
        sandbox: expected.sandbox,
        asks_others: false,
    }
}

/// The hosts that an org's settings allow.
///
/// # Errors
/// The guard's refusal of the first that production could have.
pub fn allowed_hosts<Address>(org: &KnownOrg<Address>, guard: &Guard) -> Result<AllowedHosts, HostRefused> {
    let hosts = guard.allowed_hosts.iter().chain(&org.allowed_hosts);
    for host in hosts.clone() {
        let place = host.source.to_string();
        AllowedHosts::new([host.value.clone()]).map_err(|refusal| HostRefused { refusal, place })?;
    }
    let place = org.name.clone();
    AllowedHosts::new(hosts.map(|host| host.value.clone())).map_err(|refusal| HostRefused { refusal, place })
}

/// Whether the guard lets a credential go to the addresses of these orgs, whatever the credential is. Nobody is contacted.
///
/// # Errors
/// The guard's refusal of the first that it doesn't.
pub fn check_orgs(known: &KnownOrgs, reach: Reach) -> Result<(), HostRefused> {
    for org in &known.orgs {
        let allowed = allowed_hosts(org, &known.guard)?;
        let expected = expected(&known.guard, org.expected.clone());
        check_addresses(reach, &org.instance_url, org.login_url.as_ref(), &allowed, &expected)
            .map_err(|refusal| HostRefused { refusal, place: org.name.clone() })?;
    }
    Ok(())
}
