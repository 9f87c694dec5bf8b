//! What an org knows of mail besides relays: DKIM keys, organization-wide addresses, and the settings of email
//! administration.

use serde_json::Value;

/// A record of `EmailDomainKey`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainKey {
    /// 18 characters; empty until the org gives it one.
    pub id: String,
    /// `Domain`
    pub domain: String,
    /// `DomainMatch`: `DomainOnly`, `SubdomainsOnly` or `DomainAndSubdomains`; nothing where a pattern is in its place.
    pub domain_match: Option<String>,
    /// `DomainMatchPattern`, a list with commas.
    pub domain_match_pattern: Option<String>,
    /// `IsActive`
    pub is_active: bool,
    /// `KeySize`: 1024 or 2048.
    pub key_size: u32,
    /// `Selector`
    pub selector: String,
    /// `AlternateSelector`
    pub alternate_selector: Option<String>,
    /// `TxtRecordName`
    pub txt_record_name: Option<String>,
    /// `AlternateTxtRecordName`
    pub alternate_txt_record_name: Option<String>,
    /// `TxtRecordsPublishState`
    pub publish_state: Option<String>,
}

/// A record of `OrgWideEmailAddress`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrgWideAddress {
    /// 18 characters; empty until the org gives it one.
    pub id: String,
    /// `Address`
    pub address: String,
    /// `IsVerified`
    pub is_verified: bool,
}

/// `EmailAdministrationSettings`, as far as anybody asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EmailSettings {
    /// `enableHandleBouncedEmails`, which a new org has on.
    pub handles_bounces: bool,
    /// `enableEmailSpfCompliance`, which a new org has on.
    pub spf_compliance: bool,
    /// `enableEmailSenderIdCompliance`; nothing in orgs that have never been able to switch it on.
    pub sender_id_compliance: Option<bool>,
}

impl DomainKey {
    /// An active key of 2048 bits for a domain alone, published.
    pub fn active(domain: &str, selector: &str) -> Self {
        Self {
            id: String::new(),
            domain: domain.into(),
            domain_match: Some("DomainOnly".into()),
            domain_match_pattern: None,
            is_active: true,
            key_size: 2048,
            selector: selector.into(),
            alternate_selector: None,
            txt_record_name: Some(format!("{selector}.x1y2z3.custdkim.salesforce.com")),
            alternate_txt_record_name: None,
            publish_state: Some("Published".into()),
        }
    }

    /// The value of one field by its API name.
    pub(super) fn field(&self, name: &str) -> Option<Value> {
        let text = |text: &Option<String>| text.clone().map_or(Value::Null, Value::from);
        Some(match name {
            "Id" => self.id.clone().into(),
            "Domain" => self.domain.clone().into(),
            "DomainMatch" => text(&self.domain_match),
            "DomainMatchPattern" => text(&self.domain_match_pattern),
            "IsActive" => self.is_active.into(),
            "KeySize" => self.key_size.into(),
            "Selector" => self.selector.clone().into(),
            "AlternateSelector" => text(&self.alternate_selector),
            "TxtRecordName" => text(&self.txt_record_name),
            "AlternateTxtRecordName" => text(&self.alternate_txt_record_name),
            "TxtRecordsPublishState" => text(&self.publish_state),
            "PublicKey" => "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A".into(),
            _ => return None,
        })
    }
}

impl OrgWideAddress {
    /// A verified address.
    pub fn verified(address: &str) -> Self {
        Self { id: String::new(), address: address.into(), is_verified: true }
    }

    /// The value of one field by its API name.
    pub(super) fn field(&self, name: &str) -> Option<Value> {
        Some(match name {
            "Id" => self.id.clone().into(),
            "Address" => self.address.clone().into(),
            "DisplayName" => "Acme".into(),
            "IsVerified" => self.is_verified.into(),
            _ => return None,
        })
    }
}

impl Default for EmailSettings {
    fn default() -> Self {
        Self { handles_bounces: true, spf_compliance: true, sender_id_compliance: None }
    }
}
