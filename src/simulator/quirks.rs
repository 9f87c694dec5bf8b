//! Where it is unknown what Salesforce does, the choice of what this org does.

use serde_json::{Map, Value};

/// One setting for each behaviour that no source confirms; a client has to live with every value of each.
#[derive(Clone, Debug)]
pub struct Quirks {
    /// `Username = null` is accepted while `IsRequireAuth` stays true.
    pub username_may_be_null_with_auth: bool,
    /// What a query that selects `Password` gets.
    pub password_in_query: PasswordInQuery,
    /// A collection whose records failed answers 400 inside Composite, not 200 with errors in each record.
    pub failed_collection_is_400: bool,
    /// The message of a reference without a value has its second sentence.
    pub long_reference_message: bool,
    /// The status of `invalid_client` and `invalid_client_id`: 400 or 401.
    pub invalid_client_status: u16,
    /// A JWT that expires more than three minutes ahead is refused.
    pub jwt_upper_bound: bool,
    /// A connected app takes the org's own address as audience too.
    pub connected_app_takes_own_address: bool,
    /// How a failed record of a collection shows its id.
    pub failed_id: FailedId,
    /// An access token looks like a JWT, without the org's id before a `!`.
    pub jwt_access_tokens: bool,
    /// The token's answer leaves out `id`.
    pub token_without_id: bool,
    /// `describe` may stand in a Composite request.
    pub describe_in_composite: bool,
    /// A reference in a URL is seen when its braces are percent-encoded too.
    pub encoded_references: bool,
    /// Unless told not to, Composite carries out subrequests in another order than they were given.
    pub collate_reorders: bool,
    /// `/services/oauth2/authorize` redirects at once with a code, as for a user who is logged in and has agreed.
    pub authorize_at_once: bool,
    /// The first three characters of a relay's id.
    pub relay_key_prefix: String,
    /// Fields of `EmailRelay` that a client can't know yet.
    pub extra_fields: Vec<ExtraField>,
    /// What the Organization record says instead, by field; for answers that no real org should give.
    pub organization: Map<String, Value>,
    /// Fields that the Organization record leaves out of every answer.
    pub organization_without: Vec<String>,
    /// There is no Organization record to be seen at all.
    pub organization_unseen: bool,
    /// `EmailDomainKey` has the field `DomainMatchPattern`.
    pub domain_match_pattern: bool,
    /// SOAP takes no access token that looks like a JWT.
    pub soap_refuses_jwt_tokens: bool,
    /// Answers are compressed for a client that asks for it.
    pub gzip: bool,
}

/// What a query that selects `EmailRelay.Password` gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordInQuery {
    /// null
    Null,
    /// `****` where there is one
    Mask,
    /// 400 `INVALID_FIELD`
    InvalidField,
}

/// How a failed record of a collection shows its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailedId {
    /// `"id": "…"`
    Present,
    /// `"id": null`
    Null,
    /// no `id`
    Absent,
}

/// A field of `EmailRelay` that a client can't know yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtraField {
    /// API name.
    pub name: String,
    /// `string`, `boolean`, `picklist` or `encryptedstring`.
    pub kind: String,
    /// The first API version that has it.
    pub since: u32,
}

impl Default for Quirks {
    fn default() -> Self {
        Self {
            username_may_be_null_with_auth: false,
            password_in_query: PasswordInQuery::Null,
            failed_collection_is_400: false,
            long_reference_message: true,
            invalid_client_status: 400,
            jwt_upper_bound: true,
            connected_app_takes_own_address: false,
            failed_id: FailedId::Absent,
            jwt_access_tokens: false,
            token_without_id: false,
            describe_in_composite: true,
            encoded_references: true,
            collate_reorders: true,
            authorize_at_once: false,
            relay_key_prefix: "0Xe".into(),
            extra_fields: Vec::new(),
            organization: Map::new(),
            organization_without: Vec::new(),
            organization_unseen: false,
            domain_match_pattern: true,
            soap_refuses_jwt_tokens: true,
            gzip: true,
        }
    }
}
