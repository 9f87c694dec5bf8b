//! How the text of a setting becomes a value.
//!
//! What is wrong is told without repeating the text: it may be a secret that was put in the wrong place.

use std::time::Duration;

use jiff::SignedDuration;
use url::{Host, Url};

use crate::domain::api_version::ApiVersion;
use crate::domain::id::OrgId;

use super::method::Method;

/// What a setting's text must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Address,
    Method,
    Text,
    Alias,
    ApiVersion,
    Host,
    OrgId,
    SandboxName,
    Concurrency,
    Duration,
}

impl Kind {
    /// Whether the text is a value of this kind; else what is wrong with it.
    pub(super) fn check(self, text: &str) -> Result<(), String> {
        match self {
            Self::Address => address(text).map(drop),
            Self::Method => method(text).map(drop),
            Self::Text => plain(text).map(drop),
            Self::Alias => alias(text).map(drop),
            Self::ApiVersion => api_version(text).map(drop),
            Self::Host => host(text).map(drop),
            Self::OrgId => org_id(text).map(drop),
            Self::SandboxName => sandbox_name(text).map(drop),
            Self::Concurrency => concurrency(text).map(drop),
            Self::Duration => duration(text).map(drop),
        }
    }
}

/// An http or https URL with a host, and without a user or password. Which hosts may be used is not asked here.
pub(super) fn address(text: &str) -> Result<Url, String> {
    let wrong = || "must be a URL, such as https://acme--uat.sandbox.my.salesforce.com".to_string();
    let url = Url::parse(text).map_err(|_| wrong())?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(wrong());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("has a user or password before the host, which no address here needs: leave it out".into());
    }
    Ok(url)
}

/// The URL without what follows the host and port.
pub(super) fn origin(mut url: Url) -> Url {
    url.set_path("");
    url.set_query(None);
    url.set_fragment(None);
    url
}

/// A way to log in.
pub(super) fn method(text: &str) -> Result<Method, String> {
    Method::ALL.into_iter().find(|method| method.as_str() == text).ok_or_else(|| {
        let names = Method::ALL.map(Method::as_str);
        let meant = super::nearest::nearest(text, names).map(|name| format!("; did you mean {name}?"));
        format!("must be {}{}", super::nearest::or_list(names), meant.unwrap_or_default())
    })
}

/// A text of one line.
pub(super) fn plain(text: &str) -> Result<&str, String> {
    if text.trim().is_empty() {
        return Err("is empty".into());
    }
    if text.chars().any(char::is_control) {
        return Err("has a line break or another control character in it".into());
    }
    Ok(text)
}

/// An alias or user name by which the Salesforce CLI knows an org. It goes on that program's command line, where
/// everybody can read it, and where what begins with `-` would be an option.
pub(super) fn alias(text: &str) -> Result<&str, String> {
    if text.starts_with("00D") && text.contains('!') || text.starts_with("force://") {
        return Err("is a token, not an alias of the Salesforce CLI: give it by --access-token-file or \
                    RELAY_SCRUB_ACCESS_TOKEN"
            .into());
    }
    if text.starts_with('-') {
        return Err("begins with -, as no alias and no user name does".into());
    }
    plain(text)
}

/// A version of the API that can clear a relay.
pub(super) fn api_version(text: &str) -> Result<ApiVersion, String> {
    text.parse().map_err(|error| format!("is refused: {error}"))
}

/// A host's name in lower case, without scheme, port and path.
pub(super) fn host(text: &str) -> Result<String, String> {
    let wrong = || "must be a host's name alone, such as salesforce.acme.example".to_string();
    if text.is_empty() || text.contains(['*', '{']) {
        return Err(wrong());
    }
    Host::parse(text).map(|host| host.to_string()).map_err(|_| wrong())
}

/// An org's id of 15 or 18 characters.
pub(super) fn org_id(text: &str) -> Result<OrgId, String> {
    text.parse().map_err(|error| format!("is not an org's id: {error}"))
}

/// A sandbox's name, as Salesforce allows it, in lower case.
pub(super) fn sandbox_name(text: &str) -> Result<String, String> {
    if (1..=10).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        Ok(text.to_ascii_lowercase())
    } else {
        Err("must be a sandbox's name: 1 to 10 letters and digits".into())
    }
}

/// How many orgs run at a time: 1 to 256.
pub(super) fn concurrency(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number @ 1..=256) => Ok(number),
        _ => Err("must be a number from 1 to 256".into()),
    }
}

/// A duration of 1 second to 24 hours, such as `5m`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "must be a duration from 1s to 24h, such as 90s, 5m or 1h".to_string();
    let duration: SignedDuration = text.parse().map_err(|_| wrong())?;
    let duration = Duration::try_from(duration).map_err(|_| wrong())?;
    let bounds = Duration::from_secs(1)..=Duration::from_secs(24 * 60 * 60);
    if bounds.contains(&duration) { Ok(duration) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_http_with_a_host_and_without_a_password() {
        let cut = |text| address(text).map(|url| origin(url).to_string());
        assert_eq!(cut("https://A.example/lightning?x=1#y"), Ok("https://a.example/".into()));
        assert_eq!(cut("http://127.0.0.1:8080"), Ok("http://127.0.0.1:8080/".into()));
        for text in ["", "a.example", "ftp://a.example", "https://", "localhost:80", "force://id:secret:token@host"] {
            let error = address(text).expect_err(text);
            assert_eq!(error, "must be a URL, such as https://acme--uat.sandbox.my.salesforce.com");
        }
        let error = address("https://user:planted@a.example").expect_err("a password");
        assert!(!error.contains("planted"), "{error}");
    }

    #[test]
    fn a_duration_has_bounds() {
        assert_eq!(duration("5m"), Ok(Duration::from_secs(300)));
        assert_eq!(duration("1h 30m"), Ok(Duration::from_secs(5400)));
        assert_eq!(duration("24h"), Ok(Duration::from_secs(86400)));
        for text in ["", "5", "0s", "999ms", "-5m", "25h", "soon"] {
            assert_eq!(
                duration(text),
                Err("must be a duration from 1s to 24h, such as 90s, 5m or 1h".into()),
                "{text}"
            );
        }
    }

    #[test]
    fn concurrency_has_bounds() {
        assert_eq!(concurrency("256"), Ok(256));
        for text in ["0", "257", "-1", "many", ""] {
            assert!(concurrency(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_allowed_host_is_a_name_alone() {
        assert_eq!(host("SF.Acme.example"), Ok("sf.acme.example".into()));
        for text in ["", "https://a.example", "a.example:443", "a.example/x", "*.example", "a b"] {
            assert!(host(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_method_that_is_none_is_told_the_nearest() {
        assert_eq!(
            method("jwtt"),
            Err("must be client-credentials, jwt, refresh-token, access-token, sfdx-auth-url or sf-cli; did you mean jwt?".into())
        );
    }
}
