//! What changes in a record, with secrets masked when the change is made.

use super::printable::printable;
use super::record::{Record, Value};
use super::rule::{Rule, Shown};

/// One field before and after. It holds what may be shown, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// API name of the field.
    pub field: String,
    /// What it was.
    pub before: Seen,
    /// What clearing makes it.
    pub after: Seen,
}

/// A value as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// No value.
    Nothing,
    /// A checkbox.
    Boolean(bool),
    /// A text, masked already where its field asks for it.
    Text(String),
    /// A value that Salesforce takes and never gives back.
    WriteOnly,
}

/// Whether user names are shown in full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usernames {
    /// `sm…@acme.com`
    Masked,
    /// The user asked to see them.
    Shown,
}

/// The changes that the rule's assignments make to a record, fields that stay as they are left out.
///
/// A write-only field is always among them, for nobody can tell that it is empty.
pub fn changes(rule: &Rule, record: &Record, usernames: Usernames) -> Vec<Change> {
    rule.assignments
        .iter()
        .filter(|set| set.shown == Shown::WriteOnly || record.get(&set.field) != &set.value)
        .map(|set| {
            let before = match set.shown {
                Shown::WriteOnly => Seen::WriteOnly,
                Shown::Masked if usernames == Usernames::Masked => mask_value(record.get(&set.field)),
                Shown::Masked | Shown::Plain => plain(record.get(&set.field)),
            };
            Change { field: set.field.clone(), before, after: plain(&set.value) }
        })
        .collect()
}

fn plain(value: &Value) -> Seen {
    match value {
        Value::Null => Seen::Nothing,
        Value::Boolean(value) => Seen::Boolean(*value),
        Value::Text(text) => Seen::Text(printable(text)),
    }
}

fn mask_value(value: &Value) -> Seen {
    match value {
        Value::Text(text) => Seen::Text(mask(text)),
        other => plain(other),
    }
}

/// Masks a user name: at most its first two characters, and the domain of an address.
///
/// A part of three characters or fewer keeps its first alone. Some relays take a key as the user name, so without an
/// `@` no end of it is shown; nor is a domain that is none (an `@` in a key is no address).
pub fn mask(username: &str) -> String {
    let username = printable(username);
    let (local, domain) = match username.rsplit_once('@') {
        Some((local, domain)) if is_domain(domain) => (local, Some(domain)),
        _ => (username.as_str(), None),
    };
    let kept = if local.chars().count() > 3 { 2 } else { 1 };
    let start: String = local.chars().take(kept).collect();
    match domain {
        Some(domain) => format!("{start}…@{domain}"),
        None => format!("{start}…"),
    }
}

fn is_domain(text: &str) -> bool {
    let label = |label: &str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-');
    text.contains('.') && text.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_username_is_masked_to_what_tells_it_apart() {
        let table = [
            ("smtp-relay@acme.com", "sm…@acme.com"),
            ("bob@acme.com", "b…@acme.com"),
            ("a@acme.com", "a…@acme.com"),
            ("@acme.com", "…@acme.com"),
            ("AKIAIOSFODNN7EXAMPLE", "AK…"),
            ("key@with/slash", "ke…"),
            ("x", "x…"),
            ("", "…"),
        ];
        for (username, masked) in table {
            assert_eq!(mask(username), masked, "{username}");
        }
    }
}
