//! The objects that an audit reads, by query, and what their rows stand for. Pure.

use serde_json::Value as Json;

use crate::domain::finding::{Seen, Unseen};
use crate::domain::mail_domain::Pattern;
use crate::domain::posture::{Address, DkimKey, Filter, Relay, Selector, TlsSetting};
use crate::domain::printable::{excerpt, printable};
use crate::domain::refusal::Refusal;
use crate::salesforce::composite::{PROVEN_ID, SubAnswer};
use crate::salesforce::error::Error;

/// An object, and the fields of it that are read. None of them holds a credential.
pub(super) struct Table {
    pub(super) object: &'static str,
    fields: &'static str,
}

pub(super) const RELAYS: Table =
    Table { object: "EmailRelay", fields: "Id, Host, Port, TlsSetting, IsRequireAuth, AuthType" };

pub(super) const FILTERS: Table =
    Table { object: "EmailDomainFilter", fields: "Id, EmailRelayId, FromDomain, ToDomain, IsActive, PriorityNumber" };

pub(super) const KEYS: Table = Table {
    object: "EmailDomainKey",
    fields: "Id, Domain, DomainMatch, DomainMatchPattern, IsActive, Selector, AlternateSelector, KeySize, TxtRecordName, \
             AlternateTxtRecordName, TxtRecordsPublishState",
};

/// As before, in orgs that have no patterns yet.
pub(super) const KEYS_BEFORE_PATTERNS: Table = Table {
    object: "EmailDomainKey",
    fields: "Id, Domain, DomainMatch, IsActive, Selector, AlternateSelector, KeySize, TxtRecordName, \
             AlternateTxtRecordName, TxtRecordsPublishState",
};

pub(super) const ADDRESSES: Table = Table { object: "OrgWideEmailAddress", fields: "Id, Address, IsVerified" };

/// Rows, and whether they are the last.
pub(super) type Page = (Vec<Json>, bool);

impl Table {
    /// The query for the rows after `last`. Its own text refers to the proof: where that has no row, there is no query.
    pub(super) fn query(&self, last: Option<&Json>) -> String {
        let last = last.and_then(|row| row.get("Id")).and_then(Json::as_str);
        let after = last.map_or_else(String::new, |last| format!(" AND Id > '{last}'"));
        format!("SELECT {} FROM {} WHERE Id != '{PROVEN_ID}'{after} ORDER BY Id", self.fields, self.object)
    }
}

/// True if the second page goes on where the first ends: its ids are greater.
pub(super) fn go_on(before: &[Json], next: &[Json]) -> bool {
    let id = |row: Option<&Json>| row.and_then(|row| row.get("Id")).and_then(Json::as_str).map(str::to_string);
    !next.is_empty() && id(next.first()) > id(before.last())
}

/// A page of rows; or why there is none to see. An error is what passes, or what no row must be shown after.
pub(super) fn page(answer: &SubAnswer, table: &Table) -> Result<Seen<Page>, Error> {
    if let Some(unseen) = refused(answer, table)? {
        return Ok(Err(unseen));
    }
    let unreadable = || Unseen::hindered(format!("Salesforce's answer for {} can't be read.", table.object));
    let page = answer.page().filter(|page| page.is_whole() && page.records.iter().all(has_id));
    Ok(page.map(|page| (page.records, page.done)).ok_or_else(unreadable))
}

/// The ids go into further queries, so they must be ids.
fn has_id(row: &Json) -> bool {
    let id = row.get("Id").and_then(Json::as_str);
    id.is_some_and(|id| id.parse::<crate::domain::id::RecordId>().is_ok())
}

/// What a `count()` says; or why it says nothing.
pub(super) fn count(answer: &SubAnswer, table: &Table) -> Result<Seen<usize>, Error> {
    if let Some(unseen) = refused(answer, table)? {
        return Ok(Err(unseen));
    }
    let total = answer.body.get("totalSize").and_then(Json::as_u64).and_then(|total| usize::try_from(total).ok());
    let done = answer.body.get("done") == Some(&Json::Bool(true));
    let unreadable = || Unseen::hindered(format!("Salesforce's count of {} can't be read.", table.object));
    Ok(total.filter(|_| done).ok_or_else(unreadable))
}

fn refused(answer: &SubAnswer, table: &Table) -> Result<Option<Unseen>, Error> {
    let Some(error) = answer.settled()?.error() else { return Ok(None) };
    if error.is_invalid_reference() {
        return Err(Refusal::ProofFailed { seen: error.message() }.into());
    }
    Ok(Some(not_seen(table.object, &error.code, &error.message())))
}

/// Why an object is not seen, in words.
pub(super) fn not_seen(object: &str, code: &str, message: &str) -> Unseen {
    let message = excerpt(message, 200);
    match code {
        "INVALID_TYPE" | "NOT_FOUND" | "INSUFFICIENT_ACCESS" | "INSUFFICIENT_ACCESS_OR_READONLY" => {
            Unseen::hindered(format!("The user may not read {object} ({}).", excerpt(code, 80)))
        }
        "INVALID_FIELD" => Unseen::hindered(format!("The user may not read a field of {object}: {message}")),
        code => Unseen::hindered(format!("{object} could not be read ({}: {message}).", excerpt(code, 80))),
    }
}

fn text(row: &Json, field: &str) -> Result<String, String> {
    row.get(field).and_then(Json::as_str).map(printable).ok_or_else(|| format!("a row without {field}"))
}

/// Nothing where the field is null; an error where it is not there at all.
fn optional(row: &Json, field: &str) -> Result<Option<String>, String> {
    match row.get(field) {
        Some(Json::Null) => Ok(None),
        _ => text(row, field).map(Some),
    }
}

fn flag(row: &Json, field: &str) -> Result<bool, String> {
    row.get(field).and_then(Json::as_bool).ok_or_else(|| format!("a row without {field}"))
}

/// Nothing where the field is null; an error where it is not there at all, or no number.
fn number(row: &Json, field: &str) -> Result<Option<u64>, String> {
    match row.get(field) {
        Some(Json::Null) => Ok(None),
        value => value.and_then(Json::as_u64).map(Some).ok_or_else(|| format!("a row without {field}")),
    }
}

pub(super) fn relay(row: &Json) -> Result<Relay, String> {
    Ok(Relay {
        id: text(row, "Id")?,
        host: text(row, "Host")?,
        port: text(row, "Port")?,
        tls: TlsSetting::of(&text(row, "TlsSetting")?),
        requires_auth: flag(row, "IsRequireAuth")?,
        auth_type: optional(row, "AuthType")?.unwrap_or_else(|| "PLAIN".into()),
    })
}

pub(super) fn filter(row: &Json) -> Result<Filter, String> {
    Ok(Filter {
        priority: number(row, "PriorityNumber")?,
        relay_id: text(row, "EmailRelayId")?,
        from: Pattern::list(&optional_text(row, "FromDomain")?),
        to: Pattern::list(&optional_text(row, "ToDomain")?),
        is_active: flag(row, "IsActive")?,
    })
}

/// A list, whose line breaks separate its entries.
fn optional_text(row: &Json, field: &str) -> Result<String, String> {
    match row.get(field) {
        Some(Json::Null) => Ok(String::new()),
        Some(Json::String(text)) => Ok(text.split_whitespace().map(printable).collect::<Vec<_>>().join(" ")),
        _ => Err(format!("a row without {field}")),
    }
}

pub(super) fn key(row: &Json) -> Result<DkimKey, String> {
    let domain = text(row, "Domain")?.trim_end_matches('.').to_ascii_lowercase();
    let pairs = [("Selector", "TxtRecordName"), ("AlternateSelector", "AlternateTxtRecordName")];
    let mut selectors = Vec::new();
    for (selector, record) in pairs {
        if let Some(name) = optional(row, selector)? {
            selectors.push(Selector { name, published_at: optional(row, record)?.and_then(|text| target(&text)) });
        }
    }
    let pattern = if row.get("DomainMatchPattern").is_some() { optional(row, "DomainMatchPattern")? } else { None };
    let signs = match pattern {
        Some(pattern) => Pattern::list(&pattern),
        None => by_match(&domain, optional(row, "DomainMatch")?.as_deref()),
    };
    Ok(DkimKey {
        domain,
        signs,
        is_active: flag(row, "IsActive")?,
        bits: row.get("KeySize").and_then(Json::as_u64),
        selectors,
        publish_state: optional(row, "TxtRecordsPublishState")?,
    })
}

/// The name that a record is published under: Setup and the API show it alone, or as a whole line of a zone file.
fn target(text: &str) -> Option<String> {
    let name = text.rsplit_once("CNAME").map_or(text, |(_, name)| name).trim().trim_end_matches('.');
    (!name.is_empty()).then(|| name.to_ascii_lowercase())
}

/// What `DomainMatch` stands for (Object Reference, EmailDomainKey).
fn by_match(domain: &str, value: Option<&str>) -> Vec<Pattern> {
    let (itself, below) = (Pattern::Domain(domain.to_string()), Pattern::Below(domain.to_string()));
    match value {
        Some("DomainOnly") => vec![itself],
        Some("SubdomainsOnly") => vec![below],
        Some("DomainAndSubdomains") => vec![itself, below],
        _ => Vec::new(),
    }
}

pub(super) fn address(row: &Json) -> Result<Address, String> {
    Ok(Address { address: text(row, "Address")?, is_verified: flag(row, "IsVerified")? })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn no_field_with_a_credential_is_read() {
        for table in [RELAYS, FILTERS, KEYS, KEYS_BEFORE_PATTERNS, ADDRESSES] {
            for word in ["Username", "Password", "PrivateKey", "*", "FIELDS"] {
                assert!(!table.query(None).replace("!=", "").contains(word), "{}", table.object);
            }
        }
    }

    #[test]
    fn a_keys_senders_are_those_of_its_pattern_else_of_its_match() {
        let row = |pattern: Json, matched: Json| {
            json!({
                "Id": "09SAAAAAAAAAAAAAAA", "Domain": "Acme.com", "DomainMatch": matched, "DomainMatchPattern": pattern,
                "IsActive": true, "KeySize": 2048, "Selector": "sf1", "TxtRecordName": "sf1.x.custdkim.salesforce.com",
                "AlternateSelector": "sf2",
                "AlternateTxtRecordName": "sf2._domainkey.acme.com IN CNAME sf2.x.custdkim.salesforce.com.",
                "TxtRecordsPublishState": "Published",
            })
        };
        let signs = |row: &Json| key(row).expect("a key").signs.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(signs(&row(Json::Null, json!("DomainOnly"))), ["acme.com"]);
        assert_eq!(signs(&row(Json::Null, json!("DomainAndSubdomains"))), ["acme.com", "*.acme.com"]);
        assert_eq!(signs(&row(json!("acme.com,*.acme.com"), Json::Null)), ["acme.com", "*.acme.com"]);
        assert!(signs(&row(Json::Null, json!("Tomorrow"))).is_empty());
        let key = key(&row(Json::Null, json!("DomainOnly"))).expect("a key");
        let published: Vec<_> = key.selectors.iter().filter_map(|one| one.published_at.as_deref()).collect();
        assert_eq!(published, ["sf1.x.custdkim.salesforce.com", "sf2.x.custdkim.salesforce.com"]);
    }

    #[test]
    fn a_row_that_lacks_a_field_is_no_row() {
        let whole = json!({
            "Id": "0XeAAAAAAAAAAAAAAA", "Host": "h", "Port": "587", "TlsSetting": "Off", "IsRequireAuth": false,
            "AuthType": null,
        });
        assert_eq!(relay(&whole).map(|relay| relay.auth_type), Ok("PLAIN".into()));
        for field in ["Host", "Port", "TlsSetting", "IsRequireAuth", "AuthType"] {
            let mut row = whole.clone();
            row.as_object_mut().expect("a row").remove(field);
            assert!(relay(&row).is_err(), "{field}");
        }
    }
}
