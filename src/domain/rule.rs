//! What counts as exposed and how it is cleared, as a value.

use super::record::{Record, Value};

/// One kind of credential to clear: an object, the condition that selects its records, and the fields to set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Stable name, as reports give it.
    pub name: String,
    /// API name of the object.
    pub object: String,
    /// One record and several of them, in a sentence.
    pub noun: Noun,
    /// A record is exposed if any of these holds.
    pub exposed_if_any: Vec<Test>,
    /// What clearing sets.
    pub assignments: Vec<Assignment>,
    /// Readable fields that tell a person which record it is.
    pub about: Vec<String>,
    /// Every other field of the object that is known to hold no credential.
    pub harmless: Vec<String>,
    /// The user permissions, by their label in Setup, that reading and updating the object asks for.
    pub permissions: Vec<String>,
}

/// How records of a rule are called in a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noun {
    /// One of them.
    pub one: String,
    /// Several.
    pub many: String,
}

/// A comparison of one field with one value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    /// API name of the field.
    pub field: String,
    /// How it is compared.
    pub operator: Operator,
    /// What it is compared with.
    pub value: Value,
}

/// How a test compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `=`
    Is,
    /// `!=`
    IsNot,
}

/// A field that clearing sets, and how its value is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// API name of the field.
    pub field: String,
    /// The value after clearing.
    pub value: Value,
    /// How its value before is shown.
    pub shown: Shown,
}

/// How the value of a field is shown to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// As it is.
    Plain,
    /// Masked (`sm…@acme.com`), unless the user asked to see it.
    Masked,
    /// Never read, so never shown.
    WriteOnly,
}

impl Rule {
    /// Salesforce's own snippet: `EmailRelay` where `IsRequireAuth = true OR Username != null`, all three fields cleared.
    ///
    /// `Password` is never selected: what a query answers for it is undocumented, and a credential that is not
    /// read cannot leak. Fields and permissions are those of the Object Reference for `EmailRelay`, v68.
    pub fn email_relay() -> Self {
        let test = |field: &str, operator, value| Test { field: field.into(), operator, value };
        let set = |field: &str, value, shown| Assignment { field: field.into(), value, shown };
        Self {
            name: "email-relay".into(),
            object: "EmailRelay".into(),
            noun: Noun { one: "relay".into(), many: "relays".into() },
            exposed_if_any: vec![
                test("IsRequireAuth", Operator::Is, Value::Boolean(true)),
                test("Username", Operator::IsNot, Value::Null),
            ],
            assignments: vec![
                set("IsRequireAuth", Value::Boolean(false), Shown::Plain),
                set("Username", Value::Null, Shown::Masked),
                set("Password", Value::Null, Shown::WriteOnly),
            ],
            about: strings(&["Host", "Port", "TlsSetting"]),
            harmless: strings(&[
                "Id",
                "IsDeleted",
                "AuthType",
                "CreatedById",
                "CreatedDate",
                "LastModifiedById",
                "LastModifiedDate",
                "SystemModstamp",
            ]),
            permissions: strings(&["Email Administration", "Customize Application", "View Setup and Configuration"]),
        }
    }

    /// True if the record is one that the condition selects.
    pub fn exposes(&self, record: &Record) -> bool {
        self.exposed_if_any.iter().any(|test| test.holds(record.get(&test.field)))
    }

    /// Every field that is read, in the order of the query: what tells the record, then what clearing sets.
    pub fn readable_fields(&self) -> impl Iterator<Item = &str> {
        let set = self.assignments.iter().filter(|assignment| assignment.shown != Shown::WriteOnly);
        self.about.iter().map(String::as_str).chain(set.map(|assignment| assignment.field.as_str()))
    }

    /// True if the rule has a write-only field, so that a record may hold a credential that no query shows.
    pub fn has_unreadable_field(&self) -> bool {
        self.assignments.iter().any(|assignment| assignment.shown == Shown::WriteOnly)
    }

    /// The texts of a record that are shown masked.
    pub fn masked_texts<'a>(&'a self, record: &'a Record) -> impl Iterator<Item = &'a str> {
        let masked = self.assignments.iter().filter(|assignment| assignment.shown == Shown::Masked);
        masked.filter_map(|assignment| match record.get(&assignment.field) {
            Value::Text(text) => Some(text.as_str()),
            Value::Null | Value::Boolean(_) => None,
        })
    }

    /// True if this version of the rule knows the field.
    pub fn knows(&self, field: &str) -> bool {
        let named = |name: &String| name.eq_ignore_ascii_case(field);
        self.harmless.iter().any(named)
            || self.about.iter().any(named)
            || self.assignments.iter().any(|assignment| named(&assignment.field))
    }
}

impl Test {
    /// True if the test holds for `actual`.
    ///
    /// A value of another type than the one compared with counts as holding: what can't be understood is
    /// exposed until somebody has looked, never clean.
    fn holds(&self, actual: &Value) -> bool {
        match (self.operator, &self.value, actual) {
            (Operator::Is, Value::Boolean(expected), Value::Boolean(actual)) => expected == actual,
            (Operator::Is, Value::Boolean(_), _) => true,
            (Operator::Is, expected, actual) => expected == actual,
            (Operator::IsNot, expected, actual) => expected != actual,
        }
    }
}

impl Noun {
    /// "1 relay", "2 relays".
    pub fn count(&self, number: usize) -> String {
        format!("{number} {}", if number == 1 { &self.one } else { &self.many })
    }
}

fn strings(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relay(require_auth: Value, username: Value) -> Record {
        let fields = [("IsRequireAuth".to_string(), require_auth), ("Username".to_string(), username)];
        Record { id: "0XeAAAAAAAAAAAA".parse().expect("an id"), fields: fields.into() }
    }

    #[test]
    fn the_condition_is_the_snippets() {
        let rule = Rule::email_relay();
        let text = |text: &str| Value::Text(text.into());
        assert!(rule.exposes(&relay(Value::Boolean(true), Value::Null)));
        assert!(rule.exposes(&relay(Value::Boolean(false), text("smtp"))));
        assert!(rule.exposes(&relay(Value::Boolean(true), text("smtp"))));
        assert!(!rule.exposes(&relay(Value::Boolean(false), Value::Null)));
    }

    #[test]
    fn a_value_that_cannot_be_understood_is_exposed() {
        let rule = Rule::email_relay();
        assert!(rule.exposes(&relay(Value::Null, Value::Null)));
        assert!(rule.exposes(&relay(Value::Text("false".into()), Value::Null)));
        assert!(rule.exposes(&relay(Value::Boolean(false), Value::Boolean(false))));
    }
}
