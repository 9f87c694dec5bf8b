//! The records an org holds: email relays and the filters that route mail to them.

use serde_json::{Map, Value};

/// An `EmailRelay` with all that the org knows of it, the password too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relay {
    /// 18 characters; empty until the org gives it one.
    pub id: String,
    /// `Host`, up to 255 characters.
    pub host: String,
    /// `Port`, a picklist of texts.
    pub port: String,
    /// `TlsSetting`.
    pub tls_setting: String,
    /// `AuthType`.
    pub auth_type: String,
    /// `IsRequireAuth`, "Enable SMTP Auth" in Setup.
    pub is_require_auth: bool,
    /// `Username`.
    pub username: Option<String>,
    /// `Password`, which no query shows.
    pub password: Option<String>,
    /// Values of fields that only newer API versions have.
    pub extra: Map<String, Value>,
}

/// An `EmailDomainFilter`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainFilter {
    /// 18 characters; empty until the org gives it one.
    pub id: String,
    /// `EmailRelayId`.
    pub relay_id: String,
    /// `FromDomain`, a list with commas.
    pub from_domain: String,
    /// `ToDomain`, a list with commas.
    pub to_domain: String,
    /// `IsActive`.
    pub is_active: bool,
    /// `PriorityNumber`; the lowest that matches wins.
    pub priority: u32,
}

impl Relay {
    /// A relay that holds credentials, as a refresh copies it from production.
    pub fn exposed(host: &str, username: &str, password: &str) -> Self {
        Self {
            is_require_auth: true,
            username: Some(username.into()),
            password: Some(password.into()),
            ..Self::clean(host)
        }
    }

    /// A relay without credentials.
    pub fn clean(host: &str) -> Self {
        Self {
            id: String::new(),
            host: host.into(),
            port: "587".into(),
            tls_setting: "RequiredVerify".into(),
            auth_type: "PLAIN".into(),
            is_require_auth: false,
            username: None,
            password: None,
            extra: Map::new(),
        }
    }

    /// The relay under this id.
    pub fn with_id(mut self, id: &str) -> Self {
        self.id = id.into();
        self
    }

    /// The value of one field by its API name; [`None`] for a field that a relay doesn't have.
    pub(super) fn field(&self, name: &str) -> Option<Value> {
        let text = |text: &Option<String>| text.clone().map_or(Value::Null, Value::from);
        Some(match name {
            "Id" => self.id.clone().into(),
            "Host" => self.host.clone().into(),
            "Port" => self.port.clone().into(),
            "TlsSetting" => self.tls_setting.clone().into(),
            "AuthType" => self.auth_type.clone().into(),
            "IsRequireAuth" => self.is_require_auth.into(),
            "Username" => text(&self.username),
            "Password" => text(&self.password),
            _ => return self.extra.get(name).cloned(),
        })
    }

    /// Sets one field from a value that was checked before; null and values of other types empty a text.
    pub(super) fn set(&mut self, name: &str, value: &Value) {
        let text = value.as_str().map(str::to_string);
        match name {
            "Host" => self.host = text.unwrap_or_default(),
            "Port" => self.port = text.unwrap_or_default(),
            "TlsSetting" => self.tls_setting = text.unwrap_or_default(),
            "AuthType" => self.auth_type = text.unwrap_or_default(),
            "IsRequireAuth" => self.is_require_auth = value.as_bool().unwrap_or_default(),
            // Salesforce keeps no empty text: it is null.
            "Username" => self.username = text.filter(|text| !text.is_empty()),
            "Password" => self.password = text.filter(|text| !text.is_empty()),
            _ => {
                self.extra.insert(name.to_string(), value.clone());
            }
        }
    }
}

impl DomainFilter {
    /// An active filter that sends all mail to one relay.
    pub fn everything_to(relay_id: &str, priority: u32) -> Self {
        Self {
            id: String::new(),
            relay_id: relay_id.into(),
            from_domain: "*".into(),
            to_domain: "*".into(),
            is_active: true,
            priority,
        }
    }

    /// The value of one field by its API name.
    pub(super) fn field(&self, name: &str) -> Option<Value> {
        Some(match name {
            "Id" => self.id.clone().into(),
            "EmailRelayId" => self.relay_id.clone().into(),
            "FromDomain" => self.from_domain.clone().into(),
            "ToDomain" => self.to_domain.clone().into(),
            "IsActive" => self.is_active.into(),
            "PriorityNumber" => self.priority.into(),
            _ => return None,
        })
    }
}
