//! The object's description: whether the user may see and change what a rule is about. Pure.
//!
//! An empty answer to a query means "no such records" only to a user who can see them. The description tells.

use serde::Deserialize;
use serde_json::Value as Json;

use crate::domain::rule::{Rule, Shown};

/// What `describe` says of an object, as far as a rule needs it.
#[derive(Debug, Deserialize)]
pub(super) struct Shape {
    queryable: bool,
    updateable: bool,
    fields: Vec<Field>,
}

#[derive(Debug, Deserialize)]
struct Field {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    updateable: bool,
}

/// Words in a field's name that make it one that may hold a credential.
const CREDENTIAL_WORDS: [&str; 9] =
    ["password", "secret", "token", "credential", "apikey", "accesskey", "privatekey", "passphrase", "username"];

impl Shape {
    /// Reads a description; nothing where the JSON is none.
    pub(super) fn read(json: &Json) -> Option<Self> {
        Self::deserialize(json).ok()
    }

    /// True if the user may read the object.
    pub(super) fn is_queryable(&self) -> bool {
        self.queryable
    }

    /// Every right that the user lacks for a rule, in words; none if everything is there.
    pub(super) fn missing_rights(&self, rule: &Rule) -> Vec<String> {
        let object = &rule.object;
        let mut missing = Vec::new();
        if !self.queryable {
            missing.push(format!("{object} can't be read"));
        }
        if !self.updateable {
            missing.push(format!("{object} can't be updated"));
        }
        for name in &rule.about {
            if self.field(name).is_none() {
                missing.push(format!("{object}.{name} can't be seen"));
            }
        }
        for set in &rule.assignments {
            match self.field(&set.field) {
                None if set.shown == Shown::WriteOnly => missing.push(format!("{object}.{} can't be set", set.field)),
                None => missing.push(format!("{object}.{} can't be seen", set.field)),
                Some(field) if !field.updateable => missing.push(format!("{object}.{} can't be updated", set.field)),
                Some(_) => {}
            }
        }
        missing
    }

    /// Fields that the rule doesn't know and that may hold a credential: encrypted, or named like one.
    pub(super) fn unknown_credential_fields(&self, rule: &Rule) -> Vec<String> {
        let named_like_one = |name: &str| {
            let name = name.to_ascii_lowercase().replace('_', "");
            CREDENTIAL_WORDS.iter().any(|word| name.contains(word))
        };
        self.fields
            .iter()
            .filter(|field| !rule.knows(&field.name))
            .filter(|field| field.kind == "encryptedstring" || named_like_one(&field.name))
            .map(|field| field.name.clone())
            .collect()
    }

    fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name.eq_ignore_ascii_case(name))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shape(fields: &[(&str, &str, bool)]) -> Shape {
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, kind, updateable)| json!({"name": name, "type": kind, "updateable": updateable}))
            .collect();
        Shape::read(&json!({"queryable": true, "updateable": true, "fields": fields})).expect("a description")
    }

    const ALL: [(&str, &str, bool); 6] = [
        ("Host", "string", true),
        ("Port", "picklist", true),
        ("TlsSetting", "picklist", true),
        ("IsRequireAuth", "boolean", true),
        ("Username", "string", true),
        ("Password", "encryptedstring", true),
    ];

    #[test]
    fn each_right_that_is_missing_is_named() {
        let rule = Rule::email_relay();
        assert!(shape(&ALL).missing_rights(&rule).is_empty());
        for (index, (name, _, _)) in ALL.iter().enumerate() {
            let mut fields = ALL.to_vec();
            fields.remove(index);
            let missing = shape(&fields).missing_rights(&rule);
            assert_eq!(missing.len(), 1, "{name}");
            assert!(missing[0].contains(name), "{missing:?}");
        }
        let mut read_only = ALL.to_vec();
        read_only[5].2 = false;
        assert_eq!(shape(&read_only).missing_rights(&rule), ["EmailRelay.Password can't be updated"]);
    }

    #[test]
    fn unknown_fields_that_may_hold_a_credential_are_named() {
        let mut fields = ALL.to_vec();
        fields.extend([
            ("OAuthClient_Secret", "string", true),
            ("Vault", "encryptedstring", true),
            ("Comment", "string", true),
        ]);
        assert_eq!(shape(&fields).unknown_credential_fields(&Rule::email_relay()), ["OAuthClient_Secret", "Vault"]);
    }
}
