//! Lock 1: which hosts may be given a credential. Pure: a table of hosts in its test says all there is to say.

use std::net::IpAddr;

use url::{Host, Url};

use crate::domain::printable::excerpt;
use crate::domain::refusal::Refusal;

/// Where a sandbox or a scratch org lives: one label before one of these.
///
/// Enhanced domains of sandboxes and scratch orgs, with their government (`.mil`) and China (`.sfcrmproducts.cn`) kin.
const ORG_DOMAINS: [&str; 6] = [
    "sandbox.my.salesforce.com",
    "scratch.my.salesforce.com",
    "sandbox.my.salesforce.mil",
    "scratch.my.salesforce.mil",
    "sandbox.my.sfcrmproducts.cn",
    "scratch.my.sfcrmproducts.cn",
];

/// Where every sandbox can get a token, and nothing else.
const TOKEN_HOST: &str = "test.salesforce.com";

/// Where production and Developer Editions live: one label before one of these. For [`Reach::AnyOrg`] alone.
const PRODUCTION_DOMAINS: [&str; 5] = [
    "my.salesforce.com",
    "develop.my.salesforce.com",
    "my.salesforce.mil",
    "develop.my.salesforce.mil",
    "my.sfcrmproducts.cn",
];

/// Where every production org can get a token. For [`Reach::AnyOrg`] alone.
const PRODUCTION_TOKEN_HOST: &str = "login.salesforce.com";

/// Salesforce's own domains: production lives under most of them, so that nothing below any can be allowed by hand.
///
/// The domains that Salesforce tells its customers to allow (help article 000321501), those that it had before, and their
/// government (`.mil`) and China (`.cn`) kin.
const SALESFORCE_DOMAINS: [&str; 34] = [
    "cloudforce.com",
    "cloudforce.mil",
    "crmforce.mil",
    "database.com",
    "documentforce.com",
    "force-user-content.com",
    "force.com",
    "force.mil",
    "forceusercontent.com",
    "govforce.com",
    "lightning.com",
    "my-salesforce-cms.com",
    "salesforce-communities.com",
    "salesforce-experience.com",
    "salesforce-hub.com",
    "salesforce-scrt.com",
    "salesforce-setup.com",
    "salesforce-setup.mil",
    "salesforce-sites.com",
    "salesforce.com",
    "salesforce.mil",
    "salesforce.org",
    "salesforceliveagent.com",
    "sfcrmapps.cn",
    "sfcrmproducts.cn",
    "sfdc.net",
    "sfdc.sh",
    "sfdcopens.com",
    "sfdcstatic.com",
    "sforce.com",
    "site.com",
    "trailhead.com",
    "visualforce.com",
    "visualforce.mil",
];

/// Where a sandbox's pages are, which is what a browser shows: a host ends in one of these.
const USER_INTERFACE: [&str; 6] = [
    ".lightning.force.com",
    ".lightning.force.mil",
    ".lightning.crmforce.mil",
    ".lightning.sfcrmapps.cn",
    ".my.salesforce-setup.com",
    ".my.salesforce-setup.mil",
];

/// An address that may be given a credential: only [`check`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    origin: Url,
    loopback: bool,
}

/// What a credential is sent to an address for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// The org's own address: everything.
    Org,
    /// A host of the token endpoint: logins.
    Token,
}

/// Which orgs a session may be with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Sandboxes and scratch orgs.
    Sandboxes,
    /// Production too, where the user said so: for the audit's handle, which has no method that writes. At an address of a
    /// sandbox's shape it is the narrower one all the same.
    AnyOrg,
}

impl Reach {
    /// What of this reach is left at an address. One of a sandbox's shape never leads to production that somebody means to
    /// look at, so there the guard holds as everywhere.
    pub(super) fn at(self, org: &Url) -> Self {
        match org.host() {
            Some(Host::Domain(name)) if is_org(name) => Self::Sandboxes,
            _ => self,
        }
    }

    /// True if this reach lifts a refusal of the narrower one, met at an org's address.
    pub fn lifts(self, refusal: &Refusal, org: Option<&Url>) -> bool {
        let reach = org.map_or(self, |url| self.at(url));
        let lifted = match refusal {
            Refusal::Address { host, .. } => is_production(host),
            Refusal::LoginAddress { host } => host == PRODUCTION_TOKEN_HOST || is_production(host),
            Refusal::NotASandbox { .. } => true,
            _ => false,
        };
        reach == Self::AnyOrg && lifted
    }
}

/// Further hosts that the user allows (`--allow-host`). Production's shape can't be among them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedHosts(Vec<String>);

impl AllowedHosts {
    /// Takes the hosts, each a bare name (no scheme, no port), or refuses one that production could have.
    pub fn new(hosts: impl IntoIterator<Item = String>) -> Result<Self, Refusal> {
        let hosts = hosts.into_iter().map(|host| {
            // Dots at the end are taken off what was parsed: `%2E` and `。` are dots only then.
            let name = match Host::parse(host.trim()) {
                Ok(Host::Domain(domain)) => domain.trim_end_matches('.').to_string(),
                _ => String::new(),
            };
            let why = match name.as_str() {
                name if is_salesforce(name) => "it has the shape of a production address",
                name if !name.contains('.') => {
                    "it must be the full name of a host, with a dot in it, and no IP address"
                }
                _ => return Ok(name),
            };
            Err(Refusal::AllowedHost { host, why })
        });
        hosts.collect::<Result<_, _>>().map(Self)
    }

    fn has(&self, host: &str) -> bool {
        self.0.iter().any(|allowed| allowed == host)
    }
}

/// Decides whether an address may be given a credential for this purpose.
///
/// Only scheme, host and port of the address matter; the rest is dropped. Https everywhere but on this machine, and the
/// standard port everywhere but on this machine and on hosts that the user allowed.
pub(super) fn check(url: &Url, purpose: Purpose, allowed: &AllowedHosts) -> Result<Endpoint, Refusal> {
    check_within(Reach::Sandboxes, url, purpose, allowed)
}

/// As [`check`], for a session that may be with orgs of this reach.
pub(super) fn check_within(
    reach: Reach,
    url: &Url,
    purpose: Purpose,
    allowed: &AllowedHosts,
) -> Result<Endpoint, Refusal> {
    let host = url.host_str().unwrap_or_default();
    let refused = || match purpose {
        Purpose::Org => Refusal::Address { host: host.to_string(), looks_like: looks_like(host) },
        Purpose::Token => Refusal::LoginAddress { host: host.to_string() },
    };
    let loopback = is_loopback(url);
    let listed = match url.host() {
        Some(Host::Domain(name)) => {
            let any_org = reach == Reach::AnyOrg;
            let is_token_host = name == TOKEN_HOST || (any_org && name == PRODUCTION_TOKEN_HOST);
            is_org(name)
                || (any_org && is_production(name))
                || (purpose == Purpose::Token && is_token_host)
                || allowed.has(name)
        }
        _ => false,
    };
    if !loopback && !listed {
        return Err(refused());
    }
    match url.scheme() {
        "https" => {}
        "http" if loopback => {}
        "http" => return Err(Refusal::PlainHttp { host: host.to_string() }),
        _ => return Err(refused()),
    }
    if let Some(port) = url.port().filter(|_| !loopback && !allowed.has(host)) {
        return Err(Refusal::OddPort { host: host.to_string(), port });
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused());
    }
    Ok(Endpoint { origin: origin(url), loopback })
}

impl Endpoint {
    /// The host's name or address.
    pub(super) fn host(&self) -> &str {
        self.origin.host_str().unwrap_or_default()
    }

    /// The address without a path and without the slash at its end.
    pub(super) fn as_str(&self) -> &str {
        self.origin.as_str().trim_end_matches('/')
    }

    /// True for this machine.
    pub(super) fn is_loopback(&self) -> bool {
        self.loopback
    }

    /// The audiences that a JWT for an org at this address may be signed for, beside the address itself.
    ///
    /// A sandbox takes that of sandboxes and production that of production, neither the other's. Which of the two is behind
    /// an address that is neither's shape is not known; only where both may be reached are both tried.
    pub(super) fn shared_audiences(&self, reach: Reach) -> &'static [&'static str] {
        const SANDBOXES: &str = "https://test.salesforce.com";
        const PRODUCTION: &str = "https://login.salesforce.com";
        match reach {
            Reach::Sandboxes => &[SANDBOXES],
            Reach::AnyOrg if is_production(self.host()) => &[PRODUCTION],
            Reach::AnyOrg => &[SANDBOXES, PRODUCTION],
        }
    }

    /// True for http without TLS, which [`check`] accepts for this machine alone.
    pub(super) fn is_plain(&self) -> bool {
        self.origin.scheme() == "http"
    }

    /// The address of a path on it, which begins with a slash.
    pub(super) fn at(&self, path_and_query: &str) -> Url {
        let mut url = self.origin.clone();
        let (path, query) = path_and_query.split_once('?').map_or((path_and_query, None), |(p, q)| (p, Some(q)));
        url.set_path(path);
        url.set_query(query);
        url
    }

    /// True if `text` is an address with the same scheme, host and port.
    pub(super) fn is_origin_of(&self, text: &str) -> bool {
        Url::parse(text).is_ok_and(|url| origin(&url) == self.origin)
    }
}

/// As much of an address from outside as is shown: scheme, host and port. The rest may hand on a session.
pub(super) fn shown(text: &str) -> String {
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "https" | "http") => {
            let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
            format!("{}://{}{port}", url.scheme(), excerpt(url.host_str().unwrap_or_default(), 80))
        }
        _ if text.is_empty() => "no address at all".into(),
        _ => "what is no web address".into(),
    }
}

fn origin(url: &Url) -> Url {
    let mut origin = url.clone();
    origin.set_path("/");
    origin.set_query(None);
    origin.set_fragment(None);
    origin
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

fn is_org(host: &str) -> bool {
    let Some((label, domain)) = host.split_once('.') else { return false };
    (is_label(label) && ORG_DOMAINS.contains(&domain)) || (domain == "salesforce.com" && is_sandbox_instance(label))
}

fn is_production(host: &str) -> bool {
    host.split_once('.').is_some_and(|(label, domain)| is_label(label) && PRODUCTION_DOMAINS.contains(&domain))
}

fn is_label(label: &str) -> bool {
    !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// `cs` and a number: the instances that sandboxes had before My Domain was everybody's.
fn is_sandbox_instance(label: &str) -> bool {
    label
        .strip_prefix("cs")
        .is_some_and(|number| (1..=3).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_salesforce(host: &str) -> bool {
    SALESFORCE_DOMAINS.iter().any(|domain| host == *domain || host.ends_with(&format!(".{domain}")))
}

/// What a refused host looks like, for the hint.
fn looks_like(host: &str) -> Option<&'static str> {
    let under = |domain: &str| host.ends_with(domain);
    if host.ends_with('.') {
        Some("a name with a dot too many at its end")
    } else if host == TOKEN_HOST {
        Some("the login address of all sandboxes, which is not an org's own")
    } else if USER_INTERFACE.iter().any(|domain| under(domain)) {
        Some("the address of the user interface, not the My Domain address")
    } else if host == PRODUCTION_TOKEN_HOST {
        Some("the login address of all production orgs, which is not an org's own")
    } else if under(".develop.my.salesforce.com") || under(".develop.my.salesforce.mil") {
        Some("a Developer Edition's address")
    } else if under(".my.salesforce.com") || under(".my.salesforce.mil") || under(".my.sfcrmproducts.cn") {
        Some("a production address")
    } else if under(".salesforce.com") {
        Some("an instance that may hold production orgs")
    } else if is_salesforce(host) {
        Some("an address where Salesforce serves something else than an org's API")
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
