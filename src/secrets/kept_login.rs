//! A login as it is kept: its secret, what goes with it, and the one host that it serves.

use std::fmt;

use serde_json::{Map, Value as Json, json};

use super::secret::Secret;

/// A login that was stored, with the only host that it may be sent to.
#[derive(Clone, Debug)]
pub struct KeptLogin {
    /// Host, and port where it is not the standard one. Where orgs share a login it has `{sandbox}` in it.
    pub host: String,
    /// The consumer key of the app.
    pub client_id: String,
    /// The user, as far as the login told.
    pub username: Option<String>,
    /// The secret.
    pub secret: KeptSecret,
}

/// The secret of a login, by its method.
#[derive(Clone, Debug)]
pub enum KeptSecret {
    /// The consumer secret, for client credentials.
    ClientSecret(Secret),
    /// The private key, for the JWT flow.
    JwtKey(Secret),
    /// A refresh token, with the consumer secret where the app asks for it.
    RefreshToken {
        /// The token.
        token: Secret,
        /// The consumer secret.
        client_secret: Option<Secret>,
    },
}

/// A stored text that is no login of ours. It may hold a secret, so nothing of it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoLogin;

impl KeptLogin {
    /// The name of the method that it is for, as flags and file have it.
    pub fn method(&self) -> &'static str {
        match self.secret {
            KeptSecret::ClientSecret(_) => "client-credentials",
            KeptSecret::JwtKey(_) => "jwt",
            KeptSecret::RefreshToken { .. } => "refresh-token",
        }
    }

    /// True if it may be sent to `host`, which has its port with it where that is not the standard one.
    ///
    /// Where orgs of a template share it, `{sandbox}` stands for one to ten letters and digits.
    pub fn serves(&self, host: &str) -> bool {
        let Some((before, after)) = self.host.split_once("{sandbox}") else { return self.host == host };
        let name = host.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
        name.is_some_and(|name| (1..=10).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric()))
    }

    pub(super) fn to_text(&self) -> Secret {
        let mut fields = Map::new();
        fields.insert("version".into(), json!(1));
        fields.insert("host".into(), json!(self.host));
        fields.insert("client_id".into(), json!(self.client_id));
        fields.insert("username".into(), json!(self.username));
        let (name, secret, client_secret) = match &self.secret {
            KeptSecret::ClientSecret(secret) => ("client_secret", secret, &None),
            KeptSecret::JwtKey(key) => ("jwt_key", key, &None),
            KeptSecret::RefreshToken { token, client_secret } => ("refresh_token", token, client_secret),
        };
        fields.insert(name.into(), json!(secret.expose()));
        if let Some(client_secret) = client_secret {
            fields.insert("client_secret".into(), json!(client_secret.expose()));
        }
        Secret::new(Json::Object(fields).to_string())
    }

    pub(super) fn of_text(text: &Secret) -> Result<Self, NoLogin> {
        let json: Json = serde_json::from_str(text.expose()).map_err(|_| NoLogin)?;
        let field = |name: &str| json.get(name).and_then(Json::as_str).map(str::to_string);
        let secret = |name: &str| field(name).map(Secret::new);
        if json.get("version") != Some(&json!(1)) {
            return Err(NoLogin);
        }
        let kept = match (secret("refresh_token"), secret("jwt_key"), secret("client_secret")) {
            (Some(token), None, client_secret) => KeptSecret::RefreshToken { token, client_secret },
            (None, Some(key), None) => KeptSecret::JwtKey(key),
            (None, None, Some(secret)) => KeptSecret::ClientSecret(secret),
            _ => return Err(NoLogin),
        };
        Ok(Self {
            host: field("host").ok_or(NoLogin)?,
            client_id: field("client_id").ok_or(NoLogin)?,
            username: field("username"),
            secret: kept,
        })
    }
}

impl fmt::Display for NoLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("what is stored there is no login of this version of relay-scrub")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(host: &str, secret: KeptSecret) -> KeptLogin {
        KeptLogin { host: host.into(), client_id: "3MVG9".into(), username: Some("a@b.c".into()), secret }
    }

    #[test]
    fn a_login_serves_its_own_host_alone() {
        let own = kept("acme--uat.sandbox.my.salesforce.com", KeptSecret::JwtKey(Secret::new("k".into())));
        assert!(own.serves("acme--uat.sandbox.my.salesforce.com"));
        assert!(!own.serves("acme--qa.sandbox.my.salesforce.com"));
        assert!(!own.serves("acme--uat.sandbox.my.salesforce.com:8443"));

        let shared = kept("acme--{sandbox}.sandbox.my.salesforce.com", KeptSecret::JwtKey(Secret::new("k".into())));
        assert!(shared.serves("acme--qa.sandbox.my.salesforce.com"));
        for host in [
            "acme--.sandbox.my.salesforce.com",
            "acme--a.b.sandbox.my.salesforce.com",
            "evil--qa.sandbox.my.salesforce.com",
            "acme--elevenchars.sandbox.my.salesforce.com",
            "acme--{sandbox}.sandbox.my.salesforce.com",
        ] {
            assert!(!shared.serves(host), "{host}");
        }
    }

    #[test]
    fn a_login_comes_back_as_it_was_stored() {
        let secret = |text: &str| Secret::new(text.into());
        let all = [
            KeptSecret::ClientSecret(secret("one")),
            KeptSecret::JwtKey(secret("two\nlines")),
            KeptSecret::RefreshToken { token: secret("three"), client_secret: None },
            KeptSecret::RefreshToken { token: secret("three"), client_secret: Some(secret("four")) },
        ];
        for stored in all {
            let login = kept("127.0.0.1:8080", stored);
            let text = login.to_text();
            let back = KeptLogin::of_text(&text).expect("a login");
            assert_eq!((back.host.as_str(), back.method()), ("127.0.0.1:8080", login.method()));
            assert_eq!(back.to_text().expose(), text.expose());
            assert!(!format!("{back:?}").contains("three"));
        }
        for text in ["", "{}", r#"{"version":2}"#, r#"{"version":1,"host":"x","client_id":"y"}"#] {
            assert_eq!(KeptLogin::of_text(&secret(text)).err(), Some(NoLogin), "{text}");
        }
    }
}
