//! Whether a request that changes something was sent by a page of our own. Pure.
//!
//! A foreign page can make a browser send a form here, with whatever lets this browser in. Browsers tell of it:
//! `Sec-Fetch-Site` where the address is one that they trust (https, or this machine), `Origin` anywhere. What sends
//! neither is no browser, and nobody is abused by it. Go's `http.CrossOriginProtection` decides in the same way, and
//! <https://words.filippo.io/csrf/> tells why that is enough.

use axum::http::{HeaderMap, Method, header};

/// Whether the request, sent to this host, may do what it asks for, as far as its origin goes.
pub(super) fn is_own(method: &Method, host: &str, headers: &HeaderMap) -> bool {
    if method.is_safe() {
        return true;
    }
    let text = |value: &axum::http::HeaderValue| value.to_str().map(str::to_owned).unwrap_or_default();
    if let Some(site) = headers.get("sec-fetch-site").map(text) {
        return matches!(site.as_str(), "same-origin" | "none");
    }
    let Some(origin) = headers.get(header::ORIGIN).map(text) else { return true };
    // The scheme can't be compared: a proxy may have taken the TLS away.
    origin.split_once("://").is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(headers: &[(&'static str, &'static str)]) -> bool {
        let headers = headers.iter().map(|(name, value)| {
            (axum::http::HeaderName::from_static(name), axum::http::HeaderValue::from_static(value))
        });
        is_own(&Method::POST, "scrub.example.com:9090", &headers.collect())
    }

    #[test]
    fn a_form_of_a_foreign_page_is_told_by_what_the_browser_says() {
        let table: [(&[(&str, &str)], bool); 11] = [
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "none")], true),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "")], false),
            (&[("sec-fetch-site", "cross-site"), ("origin", "http://scrub.example.com:9090")], false),
            (&[("origin", "http://scrub.example.com:9090")], true),
            (&[("origin", "https://scrub.example.com:9090")], true),
            (&[("origin", "http://scrub.example.com:3000")], false),
            (&[("origin", "null")], false),
            (&[], true),
        ];
        for (headers, expected) in table {
            assert_eq!(post(headers), expected, "{headers:?}");
        }
        let null = HeaderMap::from_iter([(header::ORIGIN, "null".parse().expect("a value"))]);
        assert!(is_own(&Method::GET, "scrub.example.com:9090", &null), "looking changes nothing");
    }
}
