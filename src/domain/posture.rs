//! How an org's email relay is set up, as far as an audit reads it. No field here holds a credential.

use super::finding::Seen;
use super::mail_domain::Pattern;

/// What was read of an org. Each part says for itself why it could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posture {
    /// Every relay.
    pub relays: Seen<Vec<Relay>>,
    /// How many relays have authentication on or a user name; nothing where that is not asked, of production.
    pub with_credentials: Option<Seen<usize>>,
    /// Every domain filter, active or not.
    pub filters: Seen<Vec<Filter>>,
    /// Every DKIM key, active or not.
    pub keys: Seen<Vec<DkimKey>>,
    /// Every organization-wide address.
    pub addresses: Seen<Vec<Address>>,
    /// What the settings of email administration say.
    pub settings: Seen<EmailSettings>,
}

/// An `EmailRelay`, without user name and password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relay {
    /// Its id.
    pub id: String,
    /// `Host`: a mail domain, a host or an address.
    pub host: String,
    /// `Port`
    pub port: String,
    /// `TlsSetting`
    pub tls: TlsSetting,
    /// `IsRequireAuth`
    pub requires_auth: bool,
    /// `AuthType`: `PLAIN` or `LOGIN`.
    pub auth_type: String,
}

/// `EmailRelay.TlsSetting`
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TlsSetting {
    /// No TLS.
    Off,
    /// TLS where the relay offers it.
    Preferred,
    /// As before, and the certificate is checked.
    PreferredVerify,
    /// No mail without TLS.
    Required,
    /// As before, and the certificate is checked.
    RequiredVerify,
    /// A value that this version does not know.
    Other(String),
}

/// An `EmailDomainFilter`: which mail goes through a relay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// `PriorityNumber`: the lowest that matches wins; one without a number comes last.
    pub priority: Option<u64>,
    /// `EmailRelayId`
    pub relay_id: String,
    /// `FromDomain`: whose mail it takes.
    pub from: Vec<Pattern>,
    /// `ToDomain`: and to whom.
    pub to: Vec<Pattern>,
    /// `IsActive`
    pub is_active: bool,
}

/// An `EmailDomainKey`: a DKIM key of a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DkimKey {
    /// `Domain`, in lower case.
    pub domain: String,
    /// `DomainMatchPattern`, or `DomainMatch`: whose mail it signs; nothing where neither is understood.
    pub signs: Vec<Pattern>,
    /// `IsActive`
    pub is_active: bool,
    /// `KeySize`, in bits.
    pub bits: Option<u64>,
    /// `Selector` and `TxtRecordName`, then the alternate pair.
    pub selectors: Vec<Selector>,
    /// `TxtRecordsPublishState`
    pub publish_state: Option<String>,
}

/// A selector of a DKIM key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    /// The first label of its record's name.
    pub name: String,
    /// Where Salesforce publishes the record, which the domain's own name has to lead to.
    pub published_at: Option<String>,
}

/// An `OrgWideEmailAddress`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// `Address`
    pub address: String,
    /// `IsVerified`
    pub is_verified: bool,
}

/// `EmailAdministrationSettings` of the Metadata API, as far as a relay is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EmailSettings {
    /// `enableHandleBouncedEmails`: "Activate bounce management".
    pub handles_bounces: bool,
    /// `enableEmailSpfCompliance`: "Enable compliance with standard email security mechanisms".
    pub spf_compliance: bool,
    /// `enableEmailSenderIdCompliance`: "Enable Sender ID compliance".
    pub sender_id_compliance: bool,
}

impl Relay {
    /// What tells it apart.
    pub fn label(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

impl Filter {
    /// What tells it apart.
    pub fn label(&self) -> String {
        self.priority.map_or_else(|| "filter without a number".to_string(), |priority| format!("filter {priority}"))
    }

    /// True if it takes mail to everybody.
    pub fn takes_every_recipient(&self) -> bool {
        self.to.contains(&Pattern::Everything)
    }
}

impl TlsSetting {
    /// Reads the picklist's value.
    pub fn of(text: &str) -> Self {
        match text {
            "Off" => Self::Off,
            "Preferred" => Self::Preferred,
            "PreferredVerify" => Self::PreferredVerify,
            "Required" => Self::Required,
            "RequiredVerify" => Self::RequiredVerify,
            other => Self::Other(other.to_string()),
        }
    }

    /// The picklist's value.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Off => "Off",
            Self::Preferred => "Preferred",
            Self::PreferredVerify => "PreferredVerify",
            Self::Required => "Required",
            Self::RequiredVerify => "RequiredVerify",
            Self::Other(text) => text,
        }
    }

    /// True if no mail goes without TLS.
    pub fn is_enforced(&self) -> bool {
        matches!(self, Self::Required | Self::RequiredVerify)
    }

    /// True if the certificate is checked.
    pub fn verifies(&self) -> bool {
        matches!(self, Self::PreferredVerify | Self::RequiredVerify)
    }
}

impl DkimKey {
    /// True if the key signs mail of all the senders that the pattern stands for.
    pub fn signs_for(&self, senders: &Pattern) -> bool {
        self.signs.iter().any(|signed| match senders {
            Pattern::Domain(domain) => signed.covers(domain),
            Pattern::Below(domain) => {
                matches!(signed, Pattern::Below(above) if above == domain || signed.covers(domain))
            }
            Pattern::Everything | Pattern::Other(_) => false,
        })
    }
}

impl Posture {
    /// The active filters, where filters could be read.
    pub fn active_filters(&self) -> impl Iterator<Item = &Filter> {
        self.filters.iter().flatten().filter(|filter| filter.is_active)
    }

    /// True if mail goes through a relay; nothing where that could not be read.
    pub fn relays_mail(&self) -> Seen<bool> {
        let relays = self.relays.as_ref().map_err(Clone::clone)?;
        self.filters.as_ref().map_err(Clone::clone)?;
        Ok(self.active_filters().any(|filter| relays.iter().any(|relay| relay.id == filter.relay_id)))
    }
}

impl Address {
    /// The domain, in lower case.
    pub fn domain(&self) -> Option<String> {
        self.address.rsplit_once('@').map(|(_, domain)| domain.to_ascii_lowercase())
    }
}
