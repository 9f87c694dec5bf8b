//! All that an org is at one moment.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::app::{App, User};
use super::id;
use super::mail::{DomainKey, EmailSettings, OrgWideAddress};
use super::quirks::Quirks;
use super::relay::{DomainFilter, Relay};
use super::setup::{Limits, OrgKind, OrgSetup};

/// How far apart the ids of orgs start: so often may one be refreshed.
const IDS_OF_AN_ORG: u64 = 1_000;
/// How far apart the numbers of records and tokens of different orgs start.
const NUMBERS_OF_AN_ORG: u64 = 1_000_000_000;

/// All that an org is at one moment; a test's script may change any of it between two requests.
#[derive(Clone, Debug)]
pub struct OrgState {
    /// `Organization.Id`, 18 characters.
    pub id: String,
    /// `Organization.Name`.
    pub name: String,
    /// What it says of itself.
    pub kind: OrgKind,
    /// The records, which a failed transaction puts back.
    pub records: Records,
    /// The apps that may log in.
    pub apps: Vec<App>,
    /// Its users.
    pub users: Vec<User>,
    /// Versions, page size and quotas.
    pub limits: Limits,
    /// Which of the unknown behaviours it has.
    pub quirks: Quirks,
    /// The settings of email administration.
    pub email_settings: EmailSettings,
    /// Updates that fail.
    pub refusals: Vec<Refusal>,
    /// API requests so far.
    pub api_requests: u64,
    /// The address it answers in `instance_url` and takes as audience.
    pub address: String,
    /// Every access and refresh token ever given out, dead ones too.
    pub(super) issued: Vec<String>,
    pub(super) sessions: HashMap<String, String>,
    pub(super) refresh_tokens: HashMap<String, Grant>,
    pub(super) codes: HashMap<String, PendingCode>,
    pub(super) cursors: HashMap<String, Vec<Value>>,
    listens_at: String,
    ordinal: u64,
    refreshes: u64,
    number: u64,
}

/// The records of an org.
#[derive(Clone, Debug, Default)]
pub struct Records {
    /// Every `EmailRelay`.
    pub relays: Vec<Relay>,
    /// Every `EmailDomainFilter`.
    pub filters: Vec<DomainFilter>,
    /// Every `EmailDomainKey`.
    pub keys: Vec<DomainKey>,
    /// Every `OrgWideEmailAddress`.
    pub addresses: Vec<OrgWideAddress>,
    /// Ids of records that were deleted.
    pub deleted: Vec<String>,
}

/// Updates of one relay fail.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The relay's id.
    pub relay_id: String,
    /// `FIELD_INTEGRITY_EXCEPTION`, `UNABLE_TO_LOCK_ROW`, …
    pub status_code: String,
    /// The message beside it.
    pub message: String,
    /// How often still; [`None`] is always.
    pub times: Option<u32>,
}

/// What a refresh token stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Grant {
    pub(super) consumer_key: String,
    pub(super) user: String,
}

/// An authorization code that was not yet redeemed.
#[derive(Clone, Debug)]
pub(super) struct PendingCode {
    pub(super) grant: Grant,
    pub(super) redirect_uri: String,
    pub(super) challenge: Option<String>,
    pub(super) expires_ms: u64,
}

impl OrgState {
    /// The org of a setup; `ordinal` makes its ids and tokens its own, `address` is where it listens.
    pub fn new(setup: OrgSetup, ordinal: u64, address: String) -> Self {
        let mut state = Self {
            id: setup.id.map_or_else(|| id::generated("00D", ordinal * IDS_OF_AN_ORG), |given| full(&given)),
            name: setup.name,
            kind: setup.kind,
            records: Records::default(),
            apps: setup.apps,
            users: setup.users,
            limits: setup.limits,
            quirks: setup.quirks,
            email_settings: setup.email_settings,
            refusals: Vec::new(),
            api_requests: 0,
            address: setup.instance_url.unwrap_or_else(|| address.clone()),
            listens_at: address,
            ordinal,
            refreshes: 0,
            issued: Vec::new(),
            sessions: HashMap::new(),
            refresh_tokens: HashMap::new(),
            codes: HashMap::new(),
            cursors: HashMap::new(),
            number: ordinal * NUMBERS_OF_AN_ORG,
        };
        for relay in setup.relays {
            state.put_relay(relay);
        }
        for filter in setup.filters {
            state.put_filter(filter);
        }
        for (number, mut key) in (1..).zip(setup.keys) {
            key.id = id::generated("09S", number);
            state.records.keys.push(key);
        }
        for (number, mut address) in (1..).zip(setup.addresses) {
            address.id = id::generated("0D2", number);
            state.records.addresses.push(address);
        }
        state
    }

    /// Another org takes the place of this one at the same address, as when a refreshed sandbox is activated.
    ///
    /// It has an id of its own unless one is given; every session, token and code of the old one is dead. Records
    /// without an id get the same ids as before, as copies of the same production records would have.
    pub fn refresh(&mut self, setup: OrgSetup) {
        let given = setup.id.is_some();
        let mut new = Self::new(setup, self.ordinal, self.listens_at.clone());
        new.refreshes = self.refreshes + 1;
        if !given {
            new.id = id::generated("00D", self.ordinal * IDS_OF_AN_ORG + new.refreshes);
        }
        // Tokens go on where the old org's ended, so that none of them ever comes again.
        new.number = new.number.max(self.number);
        new.issued = std::mem::take(&mut self.issued);
        *self = new;
    }

    /// Adds a relay, or replaces the one with its id, and returns its id; panics if that is no id.
    pub fn put_relay(&mut self, mut relay: Relay) -> String {
        if relay.id.is_empty() {
            let prefix = self.quirks.relay_key_prefix.clone();
            relay.id = id::generated(&prefix, self.next_number());
        }
        relay.id = full(&relay.id);
        let id = relay.id.clone();
        match self.relay_mut(&id) {
            Some(place) => *place = relay,
            None => self.records.relays.push(relay),
        }
        id
    }

    /// Adds a filter and returns its id.
    pub fn put_filter(&mut self, mut filter: DomainFilter) -> String {
        if filter.id.is_empty() {
            filter.id = id::generated("0Xf", self.next_number());
        }
        let id = filter.id.clone();
        self.records.filters.push(filter);
        id
    }

    /// Deletes a relay; false if there is none.
    pub fn delete_relay(&mut self, relay_id: &str) -> bool {
        let before = self.records.relays.len();
        self.records.relays.retain(|relay| !id::same(&relay.id, relay_id));
        let deleted = self.records.relays.len() < before;
        if deleted {
            self.records.deleted.push(relay_id.to_string());
        }
        deleted
    }

    /// The relay of an id of 15 or 18 characters.
    pub fn relay_mut(&mut self, relay_id: &str) -> Option<&mut Relay> {
        self.records.relays.iter_mut().find(|relay| id::same(&relay.id, relay_id))
    }

    /// From now on this is a production org, under the same address, with the same records and sessions.
    pub fn become_production(&mut self) {
        self.kind = OrgKind::Production;
    }

    /// Every access token is dead from now on.
    pub fn expire_sessions(&mut self) {
        self.sessions.clear();
    }

    /// Every refresh token is dead from now on.
    pub fn revoke_refresh_tokens(&mut self) {
        self.refresh_tokens.clear();
    }

    /// The user of that name.
    pub fn user_mut(&mut self, name: &str) -> Option<&mut User> {
        self.users.iter_mut().find(|user| user.name.eq_ignore_ascii_case(name))
    }

    pub(super) fn user(&self, name: &str) -> Option<&User> {
        self.users.iter().find(|user| user.name.eq_ignore_ascii_case(name))
    }

    pub(super) fn app(&self, consumer_key: &str) -> Option<&App> {
        self.apps.iter().find(|app| app.consumer_key == consumer_key)
    }

    /// The next number for an id or token; never the same twice in one org.
    pub(super) fn next_number(&mut self) -> u64 {
        self.number += 1;
        self.number
    }

    /// Where users of this sort of org log in.
    pub(super) fn login_host(&self) -> &'static str {
        if self.kind.is_sandbox() { "https://test.salesforce.com" } else { "https://login.salesforce.com" }
    }

    /// The id of a user, in 18 characters.
    pub(super) fn user_id(&self, name: &str) -> String {
        let position = self.users.iter().position(|user| user.name.eq_ignore_ascii_case(name)).unwrap_or_default();
        id::generated("005", position as u64 + 1)
    }

    /// The rows of an object, every field of every version in them.
    pub(super) fn rows(&self, object: &str) -> Vec<Map<String, Value>> {
        let row = |names: &[&str], field: &dyn Fn(&str) -> Option<Value>| {
            names.iter().filter_map(|name| Some((name.to_string(), field(name)?))).collect::<Map<_, _>>()
        };
        match object {
            "EmailRelay" => {
                let names = ["Id", "Host", "Port", "TlsSetting", "AuthType", "IsRequireAuth", "Username", "Password"];
                let relays = self.records.relays.iter();
                relays
                    .map(|relay| {
                        let mut row = row(&names, &|name| relay.field(name));
                        for extra in &self.quirks.extra_fields {
                            let unset = if extra.kind == "boolean" { Value::Bool(false) } else { Value::Null };
                            row.insert(extra.name.clone(), relay.field(&extra.name).unwrap_or(unset));
                        }
                        self.with_system_fields(row)
                    })
                    .collect()
            }
            "EmailDomainFilter" => {
                let names = ["Id", "EmailRelayId", "FromDomain", "ToDomain", "IsActive", "PriorityNumber"];
                let filters = self.records.filters.iter();
                filters.map(|filter| self.with_system_fields(row(&names, &|name| filter.field(name)))).collect()
            }
            "EmailDomainKey" => {
                let fields = super::schema::fields(object, u32::MAX, &[]);
                let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
                let keys = self.records.keys.iter();
                keys.map(|key| self.with_system_fields(row(&names, &|name| key.field(name)))).collect()
            }
            "OrgWideEmailAddress" => {
                let names = ["Id", "Address", "DisplayName", "IsVerified"];
                let addresses = self.records.addresses.iter();
                addresses.map(|one| self.with_system_fields(row(&names, &|name| one.field(name)))).collect()
            }
            _ if self.quirks.organization_unseen => Vec::new(),
            _ => vec![self.organization()],
        }
    }

    fn with_system_fields(&self, mut row: Map<String, Value>) -> Map<String, Value> {
        let made = "2026-01-01T00:00:00.000+0000";
        for name in ["CreatedDate", "LastModifiedDate", "SystemModstamp"] {
            row.insert(name.into(), made.into());
        }
        for name in ["CreatedById", "LastModifiedById"] {
            row.insert(name.into(), id::generated("005", 1).into());
        }
        row.insert("IsDeleted".into(), false.into());
        row
    }

    fn organization(&self) -> Map<String, Value> {
        let says = json!({
            "Id": self.id, "Name": self.name, "IsSandbox": self.kind.is_sandbox(),
            "OrganizationType": self.kind.organization_type(), "TrialExpirationDate": self.kind.trial_end(),
            "InstanceName": "USA2S", "NamespacePrefix": null,
        });
        let mut row = says.as_object().cloned().unwrap_or_default();
        row.extend(self.quirks.organization.clone());
        row.retain(|name, _| !self.quirks.organization_without.contains(name));
        row
    }
}

/// An id in 18 characters, given in either form.
///
/// A test that makes up an id with wrong check characters is told so at once, not by a query that finds nothing.
pub(super) fn full(id: &str) -> String {
    assert!(id::is_well_formed(id), "{id} is no id: 15 letters and digits, or 18 whose last three fit");
    if id.len() == 15 { id::with_check(id) } else { id.to_string() }
}
