//! The objects an org has and the properties of their fields.
//!
//! Source for `EmailRelay`: Object Reference and its field list of v66; `IsRequireAuth` may be updated from v51 on.

use serde_json::{Value, json};

use super::quirks::ExtraField;

/// A field's type, with what it takes to describe it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Id,
    Text(u32),
    TextArea(u32),
    Encrypted(u32),
    Picklist(Vec<&'static str>),
    Boolean,
    Number,
    DateTime,
    Reference(&'static str),
}

/// One field of an object.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) createable: bool,
    pub(super) updateable: bool,
    pub(super) filterable: bool,
    pub(super) nillable: bool,
}

/// The objects that can be queried, by their API name.
pub(super) const OBJECTS: [&str; 5] =
    ["EmailRelay", "EmailDomainFilter", "EmailDomainKey", "OrgWideEmailAddress", "Organization"];

/// The canonical name of an object that this version has.
pub(super) fn object(name: &str, version: u32) -> Option<&'static str> {
    let found = OBJECTS.into_iter().find(|object| object.eq_ignore_ascii_case(name))?;
    let since = match found {
        "EmailRelay" | "EmailDomainFilter" => 43,
        _ => 28,
    };
    (version >= since).then_some(found)
}

/// The fields of an object in one API version.
pub(super) fn fields(object: &str, version: u32, extra: &[ExtraField]) -> Vec<Field> {
    let mut fields = vec![system("Id", Kind::Id)];
    match object {
        "EmailRelay" => {
            fields.push(system("IsDeleted", Kind::Boolean));
            fields.extend(audit());
            fields.extend(relay(version));
            fields.extend(extra.iter().filter(|field| field.since <= version).map(unknown));
        }
        "EmailDomainFilter" => {
            fields.push(system("IsDeleted", Kind::Boolean));
            fields.extend(audit());
            fields.extend([
                settable("EmailRelayId", Kind::Reference("EmailRelay")),
                unfiltered("FromDomain", Kind::TextArea(4000)),
                unfiltered("ToDomain", Kind::TextArea(4000)),
                settable("IsActive", Kind::Boolean),
                settable("PriorityNumber", Kind::Number),
            ]);
        }
        "EmailDomainKey" => {
            fields.push(system("IsDeleted", Kind::Boolean));
            fields.extend(audit());
            fields.extend(domain_key());
        }
        "OrgWideEmailAddress" => {
            fields.extend(audit());
            fields.extend([settable("Address", Kind::Text(80)), settable("DisplayName", Kind::Text(80))]);
            if version >= 58 {
                fields.push(system("IsVerified", Kind::Boolean));
            }
        }
        _ => fields.extend([
            system("Name", Kind::Text(80)),
            system("IsSandbox", Kind::Boolean),
            system("OrganizationType", Kind::Picklist(vec!["Enterprise Edition", "Developer Edition"])),
            Field { nillable: true, ..system("TrialExpirationDate", Kind::DateTime) },
            Field { nillable: true, ..system("InstanceName", Kind::Text(5)) },
            Field { nillable: true, ..system("NamespacePrefix", Kind::Text(15)) },
        ]),
    }
    fields
}

fn domain_key() -> [Field; 11] {
    let nullable = |field: Field| Field { nillable: true, ..field };
    let matches = vec!["DomainOnly", "SubdomainsOnly", "DomainAndSubdomains"];
    let states = vec!["Published", "Publishing in progress", "Publishing failed"];
    [
        settable("Domain", Kind::Text(255)),
        nullable(settable("DomainMatch", Kind::Picklist(matches))),
        nullable(settable("DomainMatchPattern", Kind::Text(255))),
        settable("IsActive", Kind::Boolean),
        nullable(settable("KeySize", Kind::Number)),
        settable("Selector", Kind::Text(63)),
        nullable(settable("AlternateSelector", Kind::Text(63))),
        nullable(system("TxtRecordName", Kind::Text(255))),
        nullable(system("AlternateTxtRecordName", Kind::Text(255))),
        nullable(system("TxtRecordsPublishState", Kind::Picklist(states))),
        nullable(unfiltered("PublicKey", Kind::TextArea(32_000))),
    ]
}

fn relay(version: u32) -> Vec<Field> {
    let tls = vec!["Off", "Preferred", "Required", "PreferredVerify", "RequiredVerify"];
    let mut fields = vec![
        settable("Host", Kind::Text(255)),
        settable("Port", Kind::Picklist(vec!["25", "587", "10025", "11025"])),
        settable("TlsSetting", Kind::Picklist(tls)),
    ];
    if version >= 44 {
        fields.push(Field { updateable: version >= 51, ..settable("IsRequireAuth", Kind::Boolean) });
        fields.push(Field { nillable: true, ..settable("Username", Kind::Text(100)) });
        fields.push(Field { nillable: true, ..unfiltered("Password", Kind::Encrypted(100)) });
    }
    if version >= 52 {
        fields.push(settable("AuthType", Kind::Picklist(vec!["PLAIN", "LOGIN"])));
    }
    fields
}

fn unknown(extra: &ExtraField) -> Field {
    let kind = match extra.kind.as_str() {
        "boolean" => Kind::Boolean,
        "picklist" => Kind::Picklist(Vec::new()),
        "encryptedstring" => Kind::Encrypted(255),
        _ => Kind::Text(255),
    };
    let filterable = !matches!(kind, Kind::Encrypted(_));
    Field { nillable: kind != Kind::Boolean, filterable, ..settable(&extra.name, kind) }
}

fn audit() -> [Field; 5] {
    [
        system("CreatedDate", Kind::DateTime),
        system("CreatedById", Kind::Reference("User")),
        system("LastModifiedDate", Kind::DateTime),
        system("LastModifiedById", Kind::Reference("User")),
        system("SystemModstamp", Kind::DateTime),
    ]
}

fn settable(name: &str, kind: Kind) -> Field {
    Field { name: name.into(), kind, createable: true, updateable: true, filterable: true, nillable: false }
}

fn system(name: &str, kind: Kind) -> Field {
    Field { createable: false, updateable: false, ..settable(name, kind) }
}

fn unfiltered(name: &str, kind: Kind) -> Field {
    Field { filterable: false, ..settable(name, kind) }
}

impl Field {
    /// The field as `describe` shows it.
    pub(super) fn described(&self) -> Value {
        let (kind, length) = match &self.kind {
            Kind::Id => ("id", 18),
            Kind::Text(length) => ("string", *length),
            Kind::TextArea(length) => ("textarea", *length),
            Kind::Encrypted(length) => ("encryptedstring", *length),
            Kind::Picklist(_) => ("picklist", 40),
            Kind::Boolean => ("boolean", 0),
            Kind::Number => ("int", 0),
            Kind::DateTime => ("datetime", 0),
            Kind::Reference(_) => ("reference", 18),
        };
        let values: Vec<Value> = self.picklist().iter().map(|value| picklist_value(value)).collect();
        let references: Vec<&str> = if let Kind::Reference(to) = self.kind { vec![to] } else { Vec::new() };
        json!({
            "name": self.name, "label": self.name, "type": kind, "length": length,
            "createable": self.createable, "updateable": self.updateable, "nillable": self.nillable,
            "filterable": self.filterable, "groupable": self.filterable, "sortable": self.filterable,
            "encrypted": false, "custom": false, "calculated": false, "unique": false,
            "defaultedOnCreate": !self.createable || self.kind == Kind::Boolean,
            "idLookup": self.kind == Kind::Id || self.name == "Host",
            "restrictedPicklist": matches!(self.kind, Kind::Picklist(_)),
            "picklistValues": values, "referenceTo": references,
        })
    }

    /// The values of a picklist; empty where there are none, or any will do.
    pub(super) fn picklist(&self) -> &[&'static str] {
        if let Kind::Picklist(values) = &self.kind { values } else { &[] }
    }
}

fn picklist_value(value: &str) -> Value {
    json!({"active": true, "defaultValue": value == "PLAIN", "label": value, "validFor": null, "value": value})
}
