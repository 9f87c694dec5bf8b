//! The admin token, and the cookie that a browser gets for it. Pure.

use std::time::Duration;

use axum::http::{HeaderMap, header};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use crate::secrets::Secret;

/// How long a browser stays signed in.
const SESSION: Duration = Duration::from_secs(12 * 60 * 60);
/// What our cookies are for; a token of the same key that is for something else is none.
const AUDIENCE: &str = "relay-scrub status page";
/// What lets people and programs in at the private listener.
#[derive(Clone, Debug)]
pub(super) struct AdminToken(Secret);

#[derive(Serialize, Deserialize)]
struct Session {
    aud: String,
    exp: i64,
}

impl AdminToken {
    /// Takes a token in, which is long enough not to be guessed.
    pub(super) fn new(token: Secret) -> Self {
        Self(token)
    }

    /// Whether this is the token. The time that it takes tells nothing but its length.
    pub(super) fn is(&self, given: &Secret) -> bool {
        self.0.expose().as_bytes().ct_eq(given.expose().as_bytes()).into()
    }

    /// Whether a request brings the token as `Authorization: Bearer`, or a browser's cookie that is still good.
    pub(super) fn lets_in(&self, headers: &HeaderMap, now: Timestamp) -> bool {
        let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let bearer =
            bearer.and_then(|value| value.split_once(' ')).filter(|(kind, _)| kind.eq_ignore_ascii_case("bearer"));
        bearer.is_some_and(|(_, token)| self.is(&Secret::new(token.trim().to_string())))
            || cookies(headers).any(|cookie| self.has_signed(cookie, now))
    }

    /// A cookie for a browser whose person gave the token.
    ///
    /// It is signed with the token, and kept nowhere: it is good at every replica, and ends with the token. Nothing but
    /// this service gets it (`HttpOnly`), and no request that another site caused brings it (`SameSite=Strict`).
    pub(super) fn cookie(&self, now: Timestamp, secure: bool) -> Option<String> {
        let exp = now.as_second() + i64::try_from(SESSION.as_secs()).unwrap_or_default();
        let session = Session { aud: AUDIENCE.into(), exp };
        let key = EncodingKey::from_secret(self.0.expose().as_bytes());
        let signed = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &session, &key).ok()?;
        Some(set_cookie(&signed, SESSION, secure))
    }

    fn has_signed(&self, cookie: &str, now: Timestamp) -> bool {
        let mut wanted = Validation::new(Algorithm::HS256);
        wanted.set_audience(&[AUDIENCE]);
        // By our own clock below: the library's can't be given.
        wanted.validate_exp = false;
        let key = DecodingKey::from_secret(self.0.expose().as_bytes());
        jsonwebtoken::decode::<Session>(cookie, &key, &wanted).is_ok_and(|session| session.claims.exp > now.as_second())
    }
}

/// The cookie that takes another one away.
pub(super) fn no_cookie(secure: bool) -> String {
    set_cookie("", Duration::ZERO, secure)
}

const COOKIE: &str = "relay_scrub_session";

fn set_cookie(value: &str, age: Duration, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{COOKIE}={value}; Path=/; Max-Age={}; HttpOnly; SameSite=Strict{secure}", age.as_secs())
}

fn cookies(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let pairs = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let pairs = pairs.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(|(name, _)| *name == COOKIE).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(text: &str) -> AdminToken {
        AdminToken::new(Secret::new(text.into()))
    }

    fn with(name: header::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().expect("a value"))])
    }

    #[test]
    fn the_token_and_a_cookie_made_of_it_let_in_and_nothing_else_does() {
        let (own, other) = (token("planted-0123456789-abcdefgh"), token("planted-0123456789-ABCDEFGH"));
        let now: Timestamp = "2026-11-23T09:00:00Z".parse().expect("a time");
        let later = |hours: i64| now + jiff::SignedDuration::from_hours(hours);
        for (value, expected) in [
            ("Bearer planted-0123456789-abcdefgh", true),
            ("bearer  planted-0123456789-abcdefgh ", true),
            ("Bearer planted-0123456789-abcdefg", false),
            ("Bearer ", false),
            ("Basic planted-0123456789-abcdefgh", false),
            ("planted-0123456789-abcdefgh", false),
        ] {
            assert_eq!(own.lets_in(&with(header::AUTHORIZATION, value), now), expected, "{value}");
        }
        let set = own.cookie(now, false).expect("a cookie");
        let pair = set.split(';').next().expect("a pair");
        let brought = |pair: &str, now| own.lets_in(&with(header::COOKIE, &format!("a=b; {pair}")), now);
        assert!(brought(pair, now) && brought(pair, later(11)));
        assert!(!brought(pair, later(12)), "it ends");
        assert!(!brought(&format!("{pair}x"), now) && !brought(COOKIE, now) && !brought(&format!("{COOKIE}="), now));
        assert!(!other.lets_in(&with(header::COOKIE, pair), now), "it ends with the token");
        assert!(!set.contains("planted"), "the cookie does not have the token in it");
    }

    #[test]
    fn a_key_without_a_signature_or_for_something_else_is_no_session() {
        let own = token("planted-0123456789-abcdefgh");
        let now: Timestamp = "2026-11-23T09:00:00Z".parse().expect("a time");
        let key = EncodingKey::from_secret(b"planted-0123456789-abcdefgh");
        let other = Session { aud: "something else".into(), exp: i64::MAX };
        let other = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &other, &key).expect("a token");
        // {"alg":"none"} and a payload that would fit.
        let unsigned = "eyJhbGciOiJub25lIn0.eyJhdWQiOiJyZWxheS1zY3J1YiBzdGF0dXMgcGFnZSIsImV4cCI6OTk5OTk5OTk5OTl9.";
        for cookie in [other.as_str(), unsigned] {
            assert!(!own.lets_in(&with(header::COOKIE, &format!("{COOKIE}={cookie}")), now));
        }
    }

    #[test]
    fn a_cookie_is_for_this_service_alone() {
        let set = token("planted-0123456789-abcdefgh").cookie(Timestamp::UNIX_EPOCH, true).expect("a cookie");
        assert!(set.ends_with("; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict; Secure"), "{set}");
        assert!(no_cookie(false).ends_with("=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"));
    }
}
