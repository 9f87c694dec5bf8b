//! Where the class calls relay-scrub.

use std::str::FromStr;

use url::{Host, Url};

/// The path of the webhook, for an address that has none.
const PATH: &str = "/v1/sandbox-post-copy";

/// What a URL field of custom metadata holds.
const LONGEST: usize = 255;

/// The address of the webhook of `relay-scrub serve`, as Salesforce reaches it from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookUrl(Url);

/// Why a text can't be the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidWebhookUrl {
    /// No address at all.
    #[error("an address looks like https://relay-scrub.acme.com")]
    Shape,
    /// Without TLS everybody on the way could read the call.
    #[error("the address must begin with https://")]
    NotHttps,
    /// A user or a password.
    #[error("the address must have no user name and no password in it: the call is signed instead")]
    Credentials,
    /// Something behind the path.
    #[error("the address must end with its path: nothing behind ? or #")]
    Query,
    /// Nothing that Salesforce can reach.
    #[error(
        "the host must be one that Salesforce reaches from the internet: a full name with a dot, and no IP address"
    )]
    Host,
    /// A port that Salesforce calls nobody on.
    #[error("Salesforce calls port 443, and 1024 and above")]
    Port,
    /// Too long for the field.
    #[error("the address has more than {LONGEST} characters, and the field for it in Salesforce takes no more")]
    TooLong,
}

impl WebhookUrl {
    /// The whole address.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Scheme, host and port, which is what a remote site setting lists.
    pub fn site(&self) -> String {
        self.0.origin().ascii_serialization()
    }
}

impl FromStr for WebhookUrl {
    type Err = InvalidWebhookUrl;

    fn from_str(text: &str) -> Result<Self, InvalidWebhookUrl> {
        if text.chars().any(|character| character.is_whitespace() || character.is_control()) {
            return Err(InvalidWebhookUrl::Shape);
        }
        let mut url = Url::parse(text).map_err(|_| InvalidWebhookUrl::Shape)?;
        if url.scheme() != "https" {
            return Err(InvalidWebhookUrl::NotHttps);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidWebhookUrl::Credentials);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(InvalidWebhookUrl::Query);
        }
        let is_public = |name: &str| name.contains('.') && !name.ends_with('.') && !name.ends_with(".localhost");
        if !matches!(url.host(), Some(Host::Domain(name)) if is_public(name)) {
            return Err(InvalidWebhookUrl::Host);
        }
        if url.port().is_some_and(|port| port < 1024) {
            return Err(InvalidWebhookUrl::Port);
        }
        if url.path() == "/" {
            url.set_path(PATH);
        }
        if url.as_str().len() > LONGEST {
            return Err(InvalidWebhookUrl::TooLong);
        }
        Ok(Self(url))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_without_a_path_gets_the_webhooks() {
        let parsed = |text: &str| text.parse::<WebhookUrl>().map(|url| (url.as_str().to_string(), url.site()));
        let expected = ("https://hook.acme.com/v1/sandbox-post-copy".into(), "https://hook.acme.com".into());
        for text in ["https://hook.acme.com", "https://hook.acme.com/", "https://HOOK.acme.com:443"] {
            assert_eq!(parsed(text), Ok(expected.clone()), "{text}");
        }
        let expected = ("https://hook.acme.com:8443/a&b/c".into(), "https://hook.acme.com:8443".into());
        assert_eq!(parsed("https://hook.acme.com:8443/a&b/c"), Ok(expected));
    }

    #[test]
    fn what_salesforce_could_not_call_is_refused() {
        use InvalidWebhookUrl::*;
        let cases = [
            ("", Shape),
            ("hook.acme.com", Shape),
            ("https://", Shape),
            ("https://hook.acme.com/a b", Shape),
            ("https://hook.acme\n.com", Shape),
            ("http://hook.acme.com", NotHttps),
            ("ftp://hook.acme.com", NotHttps),
            ("https://user@hook.acme.com", Credentials),
            ("https://:secret@hook.acme.com", Credentials),
            ("https://hook.acme.com/?token=1", Query),
            ("https://hook.acme.com/#a", Query),
            ("https://localhost", Host),
            ("https://relay.localhost", Host),
            ("https://hook", Host),
            ("https://hook.acme.com.", Host),
            ("https://127.0.0.1", Host),
            ("https://8.8.8.8", Host),
            ("https://[::1]", Host),
            ("https://hook.acme.com:80", Port),
            ("https://hook.acme.com:1023", Port),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse::<WebhookUrl>(), Err(expected), "{text}");
        }
        let long = format!("https://hook.acme.com/{}", "a".repeat(LONGEST));
        assert_eq!(long.parse::<WebhookUrl>(), Err(TooLong));
    }
}
