//! How the text of a setting becomes a value.
//!
//! What is wrong is told without repeating the text: it may be a secret that was put in the wrong place.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use ipnet::IpNet;
use jiff::{Span, SpanRelativeTo};
use url::{Host, Url};

use crate::domain::api_version::ApiVersion;
use crate::domain::id::OrgId;

use super::method::Method;

/// What a setting's text must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Address,
    /// An address that is no org's.
    WebAddress,
    Method,
    Text,
    Alias,
    ApiVersion,
    Host,
    OrgId,
    SandboxName,
    /// A whole number from the first to the second.
    Number(u32, u32),
    /// A duration from the first to the second.
    Span(Duration, Duration),
    Socket,
    Network,
    /// `true` or `false`.
    Truth,
}

impl Kind {
    /// Whether the text is a value of this kind; else what is wrong with it.
    pub(super) fn check(self, text: &str) -> Result<(), String> {
        match self {
            Self::Address => address(text).map(drop),
            Self::WebAddress => web_address(text).map(drop),
            Self::Method => method(text).map(drop),
            Self::Text => plain(text).map(drop),
            Self::Alias => alias(text).map(drop),
            Self::ApiVersion => api_version(text).map(drop),
            Self::Host => host(text).map(drop),
            Self::OrgId => org_id(text).map(drop),
            Self::SandboxName => sandbox_name(text).map(drop),
            Self::Number(least, most) => number(text, least, most).map(drop),
            Self::Span(least, most) => span(text, least, most).map(drop),
            Self::Socket => socket(text).map(drop),
            Self::Network => network(text).map(drop),
            Self::Truth => truth(text).map(drop),
        }
    }

    /// The least and the most, where there are bounds.
    pub(super) fn bounds(self) -> Option<(String, String)> {
        match self {
            Self::Number(least, most) => Some((least.to_string(), most.to_string())),
            Self::Span(least, most) => Some((shown(least), shown(most))),
            _ => None,
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

/// As [`address`], of something that is no org's: no sandbox stands for an example of it.
pub(super) fn web_address(text: &str) -> Result<Url, String> {
    let is_url = Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if is_url { address(text) } else { Err("must begin with https://, such as https://relay-scrub.example.com".into()) }
}

/// Whether an address leads to this machine itself, where nobody listens in between.
pub fn is_on_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
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

/// A whole number within bounds.
pub(super) fn number(text: &str, least: u32, most: u32) -> Result<u32, String> {
    let number = text.parse().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| format!("must be a number from {least} to {most}"))
}

/// A duration within bounds, such as `5m`; a day has 24 hours.
pub(super) fn span(text: &str, least: Duration, most: Duration) -> Result<Duration, String> {
    let wrong = || format!("must be a duration from {} to {}, such as 90s, 5m or 1h", shown(least), shown(most));
    let span: Span = text.parse().map_err(|_| wrong())?;
    let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| wrong())?;
    let duration = Duration::try_from(duration).map_err(|_| wrong())?;
    if (least..=most).contains(&duration) { Ok(duration) } else { Err(wrong()) }
}

/// A duration as it would be given: in the largest unit that divides it, days from the second on.
fn shown(duration: Duration) -> String {
    let ms = duration.as_millis();
    let units = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)];
    let fits = |(unit, length): &(&str, u128)| ms > 0 && ms.is_multiple_of(*length) && (*unit != "d" || ms > *length);
    units.into_iter().find(fits).map_or_else(|| format!("{ms}ms"), |(unit, length)| format!("{}{unit}", ms / length))
}

/// Whether or not.
pub(super) fn truth(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| "must be true or false".into())
}

/// An address to listen on.
pub(super) fn socket(text: &str) -> Result<SocketAddr, String> {
    let text = text.strip_prefix("localhost:").map_or_else(|| text.to_string(), |port| format!("127.0.0.1:{port}"));
    text.parse().map_err(|_| {
        "must be an IP address and a port, such as 127.0.0.1:8080, or 0.0.0.0:8080 for all addresses of this machine".into()
    })
}

/// A network, or one address.
pub(super) fn network(text: &str) -> Result<IpNet, String> {
    let one = text.parse::<IpAddr>().ok().map(IpNet::from);
    match one.or_else(|| text.parse().ok()) {
        Some(network) if network.prefix_len() == 0 => {
            Err("would trust everybody: give the proxies' own networks, such as 10.0.0.0/8".into())
        }
        Some(network) => Ok(network),
        None => Err("must be an IP address or a network, such as 10.0.0.0/8".into()),
    }
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
        let span = |text| span(text, Duration::from_secs(1), Duration::from_secs(86400));
        assert_eq!(span("5m"), Ok(Duration::from_secs(300)));
        assert_eq!(span("1h 30m"), Ok(Duration::from_secs(5400)));
        assert_eq!(span("24h"), Ok(Duration::from_secs(86400)));
        assert_eq!(span("1d"), Ok(Duration::from_secs(86400)));
        assert_eq!(span("1500ms"), Ok(Duration::from_millis(1500)));
        for text in ["", "5", "0s", "999ms", "-5m", "25h", "soon", "1 month"] {
            assert_eq!(span(text), Err("must be a duration from 1s to 24h, such as 90s, 5m or 1h".into()), "{text}");
        }
    }

    #[test]
    fn a_number_has_bounds() {
        assert_eq!(number("256", 1, 256), Ok(256));
        for text in ["0", "257", "-1", "many", ""] {
            assert_eq!(number(text, 1, 256), Err("must be a number from 1 to 256".into()), "{text}");
        }
    }

    #[test]
    fn an_address_to_listen_on_has_a_port() {
        assert_eq!(socket("localhost:0"), Ok(SocketAddr::from(([127, 0, 0, 1], 0))));
        assert!(socket("[::]:8080").is_ok());
        for text in ["", "8080", ":8080", "127.0.0.1", "acme.example:80", "http://127.0.0.1:80"] {
            assert!(socket(text).is_err(), "{text}");
        }
    }

    #[test]
    fn nobody_trusts_everybody_by_mistake() {
        assert_eq!(network("10.1.2.3").map(|network| network.to_string()), Ok("10.1.2.3/32".into()));
        assert_eq!(network("2001:db8::/32").map(|network| network.to_string()), Ok("2001:db8::/32".into()));
        for text in ["0.0.0.0/0", "::/0", "", "10.0.0.0/33", "proxy.acme.example"] {
            assert!(network(text).is_err(), "{text}");
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
