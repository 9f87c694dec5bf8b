//! What an org is made of when a test makes it.

use super::app::{App, User};
use super::mail::{DomainKey, EmailSettings, OrgWideAddress};
use super::quirks::Quirks;
use super::relay::{DomainFilter, Relay};

/// What sort of org answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrgKind {
    /// A copy of production: `IsSandbox` true, no trial end.
    Sandbox,
    /// A scratch org: `IsSandbox` true as well, with a trial end.
    Scratch,
    /// A company's own org.
    Production,
    /// A Developer Edition, which is not a sandbox.
    DeveloperEdition,
    /// A trial, which is not a sandbox.
    Trial,
}

/// How an org starts; every field may be set, the methods are for the usual cases.
#[derive(Clone, Debug)]
pub struct OrgSetup {
    /// `Organization.Name`.
    pub name: String,
    /// `Organization.Id`; one of its own where none is given.
    pub id: Option<String>,
    /// What it says of itself.
    pub kind: OrgKind,
    /// Its relays; ids are given to those that have none.
    pub relays: Vec<Relay>,
    /// Its filters; ids are given to those that have none.
    pub filters: Vec<DomainFilter>,
    /// Its DKIM keys.
    pub keys: Vec<DomainKey>,
    /// Its organization-wide addresses.
    pub addresses: Vec<OrgWideAddress>,
    /// Its settings of email administration.
    pub email_settings: EmailSettings,
    /// The apps that may log in.
    pub apps: Vec<App>,
    /// Its users.
    pub users: Vec<User>,
    /// The address that it answers in `instance_url` and takes as an audience, where that isn't its own on loopback.
    pub instance_url: Option<String>,
    /// Versions, page size and quotas.
    pub limits: Limits,
    /// Where Salesforce's behaviour is unknown, which one this org has.
    pub quirks: Quirks,
}

/// Versions, page size and quotas.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The oldest API version that still answers; older ones get 410.
    pub lowest_version: u32,
    /// The newest API version; newer ones get 404.
    pub highest_version: u32,
    /// Rows of one page of a query.
    pub page_size: usize,
    /// API requests a day.
    pub daily: u64,
    /// Requests at once.
    pub concurrent: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { lowest_version: 31, highest_version: 68, page_size: 2000, daily: 15_000, concurrent: 25 }
    }
}

impl OrgKind {
    /// What `IsSandbox` says.
    pub fn is_sandbox(self) -> bool {
        matches!(self, Self::Sandbox | Self::Scratch)
    }

    /// What `OrganizationType` says.
    pub fn organization_type(self) -> &'static str {
        match self {
            Self::DeveloperEdition | Self::Scratch => "Developer Edition",
            Self::Sandbox | Self::Production | Self::Trial => "Enterprise Edition",
        }
    }

    /// What `TrialExpirationDate` says.
    pub fn trial_end(self) -> Option<&'static str> {
        matches!(self, Self::Scratch | Self::Trial).then_some("2099-01-01T00:00:00.000+0000")
    }
}

impl OrgSetup {
    /// An org of a kind, without relays, apps and users.
    pub fn new(kind: OrgKind, name: &str) -> Self {
        Self {
            name: name.into(),
            id: None,
            kind,
            relays: Vec::new(),
            filters: Vec::new(),
            keys: Vec::new(),
            addresses: Vec::new(),
            email_settings: EmailSettings::default(),
            apps: Vec::new(),
            users: Vec::new(),
            instance_url: None,
            limits: Limits::default(),
            quirks: Quirks::default(),
        }
    }

    /// A sandbox.
    pub fn sandbox(name: &str) -> Self {
        Self::new(OrgKind::Sandbox, name)
    }

    /// A scratch org.
    pub fn scratch(name: &str) -> Self {
        Self::new(OrgKind::Scratch, name)
    }

    /// A production org.
    pub fn production(name: &str) -> Self {
        Self::new(OrgKind::Production, name)
    }

    /// With one more relay.
    pub fn relay(mut self, relay: Relay) -> Self {
        self.relays.push(relay);
        self
    }

    /// With one more filter.
    pub fn filter(mut self, filter: DomainFilter) -> Self {
        self.filters.push(filter);
        self
    }

    /// With one more DKIM key.
    pub fn domain_key(mut self, key: DomainKey) -> Self {
        self.keys.push(key);
        self
    }

    /// With one more organization-wide address.
    pub fn address(mut self, address: OrgWideAddress) -> Self {
        self.addresses.push(address);
        self
    }

    /// With other settings of email administration.
    pub fn email_settings(mut self, change: impl FnOnce(&mut EmailSettings)) -> Self {
        change(&mut self.email_settings);
        self
    }

    /// With one more app.
    pub fn app(mut self, app: App) -> Self {
        self.apps.push(app);
        self
    }

    /// With one more user.
    pub fn user(mut self, user: User) -> Self {
        self.users.push(user);
        self
    }

    /// Under an id.
    pub fn id(mut self, id: &str) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Answering as another address than its own on loopback.
    pub fn instance_url(mut self, url: &str) -> Self {
        self.instance_url = Some(url.into());
        self
    }

    /// With other quirks.
    pub fn quirks(mut self, change: impl FnOnce(&mut Quirks)) -> Self {
        change(&mut self.quirks);
        self
    }

    /// With other limits.
    pub fn limits(mut self, change: impl FnOnce(&mut Limits)) -> Self {
        change(&mut self.limits);
        self
    }
}
