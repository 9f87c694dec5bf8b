//! A record as it was read: an id and the fields that a rule asked for.

use std::collections::BTreeMap;
use std::fmt;

use super::id::RecordId;

/// A field's value, in the three shapes that the fields of our rules have.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    /// No value.
    Null,
    /// A checkbox.
    Boolean(bool),
    /// A text, picklist or email.
    Text(String),
}

/// A record of a rule's object.
///
/// Its Debug names the fields and tells nothing of their values: one of them is a user name of production's relay.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    /// The record's id.
    pub id: RecordId,
    /// Every readable field of the rule, by name.
    pub fields: BTreeMap<String, Value>,
}

impl Record {
    /// The value of a field, [`Value::Null`] where it is not among those read.
    pub fn get(&self, field: &str) -> &Value {
        self.fields.get(field).unwrap_or(&Value::Null)
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Boolean(value) => value.fmt(f),
            Self::Text(_) => f.write_str("text"),
        }
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record").field("id", &self.id.as_str()).field("fields", &self.fields).finish()
    }
}
