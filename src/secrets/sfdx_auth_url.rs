//! The Salesforce CLI's way to carry a login: `force://<client id>:<client secret or nothing>:<refresh token>@<host>`.

use url::{Host, Url};

use super::secret::Secret;

/// What stands in an SFDX auth URL.
#[derive(Clone, Debug)]
pub struct SfdxAuthUrl {
    /// The consumer key of the app.
    pub client_id: String,
    /// The consumer secret, where there is one.
    pub client_secret: Option<Secret>,
    /// The refresh token.
    pub refresh_token: Secret,
    /// The org's address: https, and http on this machine, where no certificate is to be had.
    pub instance_url: Url,
}

impl SfdxAuthUrl {
    /// Reads one. What is wrong is told without repeating any of it.
    ///
    /// The characters are those that the CLI itself takes (`AuthInfo.parseSfdxAuthUrl` of @salesforce/core).
    pub fn parse(url: &Secret) -> Result<Self, String> {
        let wrong = "is no SFDX auth URL: force://CLIENT_ID:CLIENT_SECRET:REFRESH_TOKEN@HOST, where the secret may be \
                     empty; `sf org auth show-sfdx-auth-url` prints one";
        let parts = || {
            let rest = url.expose().strip_prefix("force://")?;
            let (login, host) = rest.split_once('@')?;
            let [client_id, client_secret, refresh_token] = login.split(':').collect::<Vec<_>>().try_into().ok()?;
            let whole = is_part(client_id) && is_part(refresh_token);
            (whole && (client_secret.is_empty() || is_part(client_secret))).then_some((
                client_id,
                client_secret,
                refresh_token,
                host,
            ))
        };
        let (client_id, client_secret, refresh_token, host) = parts().ok_or(wrong)?;
        Ok(Self {
            client_id: client_id.to_string(),
            client_secret: (!client_secret.is_empty()).then(|| Secret::new(client_secret.to_string())),
            refresh_token: Secret::new(refresh_token.to_string()),
            instance_url: address(host).ok_or(wrong)?,
        })
    }

    /// The text of it.
    pub(super) fn to_text(&self) -> Secret {
        let host = self.instance_url.host_str().unwrap_or_default();
        let port = self.instance_url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let client_secret = self.client_secret.as_ref().map_or("", Secret::expose);
        let token = self.refresh_token.expose();
        Secret::new(format!("force://{}:{client_secret}:{token}@{host}{port}", self.client_id))
    }
}

/// Letters, digits, `.`, `_` and `-`, with up to two `=` at the end.
fn is_part(text: &str) -> bool {
    let body = text.strip_suffix("==").or_else(|| text.strip_suffix('=')).unwrap_or(text);
    !body.is_empty() && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

fn address(host: &str) -> Option<Url> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b":._-".contains(&byte);
    if host.is_empty() || !host.bytes().all(fits) {
        return None;
    }
    let mut url = Url::parse(&format!("https://{host}")).ok()?;
    let loopback = match url.host()? {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    if loopback {
        url = Url::parse(&format!("http://{host}")).ok()?;
    }
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<SfdxAuthUrl, String> {
        SfdxAuthUrl::parse(&Secret::new(text.into()))
    }

    #[test]
    fn an_sfdx_auth_url_brings_app_token_and_address() {
        let url = parse("force://PlatformCLI::5Aep_86.1-x==@acme--uat.sandbox.my.salesforce.com").expect("a URL");
        assert_eq!((url.client_id.as_str(), url.refresh_token.expose()), ("PlatformCLI", "5Aep_86.1-x=="));
        assert!(url.client_secret.is_none());
        assert_eq!(url.to_text().expose(), "force://PlatformCLI::5Aep_86.1-x==@acme--uat.sandbox.my.salesforce.com");
        assert_eq!(url.instance_url.as_str(), "https://acme--uat.sandbox.my.salesforce.com/");
        let url = parse("force://3MVG9:s3cret:5Aep@127.0.0.1:8080").expect("a URL");
        assert_eq!(url.to_text().expose(), "force://3MVG9:s3cret:5Aep@127.0.0.1:8080");
        assert_eq!(url.client_secret.map(|secret| secret.expose().to_string()).as_deref(), Some("s3cret"));
        assert_eq!(url.instance_url.as_str(), "http://127.0.0.1:8080/");
    }

    #[test]
    fn what_is_no_sfdx_auth_url_is_not_repeated() {
        for text in [
            "planted",
            "https://planted:planted:planted@host",
            "force://planted:planted@host",
            "force://planted::@host",
            "force://:planted:planted@host",
            "force://planted::planted@",
            "force://planted::planted@host/planted",
            "force://planted::planted@host@planted",
            "force://planted::plan ted@host",
            "force://planted:a:b:planted@host",
            "force://planted::planted===@host",
            "force://planted::planted@host:planted",
        ] {
            let error = parse(text).err().unwrap_or_else(|| panic!("{text}"));
            assert!(!error.contains("planted"), "{error}");
        }
    }
}
