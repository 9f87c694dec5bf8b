//! Standard Webhooks: what a delivery is signed with, and whether a signature holds. Pure: no outage can look like a wrong
//! signature.
//!
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>

use axum::http::HeaderMap;
use jiff::Timestamp;
use standardwebhooks::{HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP, Webhook, WebhookError};
use subtle::ConstantTimeEq;

use crate::secrets::WebhookSecret;

/// How far the sender's clock may be from ours, in seconds.
pub const TOLERANCE: i64 = 5 * 60;

/// The version that a signature begins with.
const VERSION: &str = "v1,";
/// A second since 1970 has ten digits until the year 2286.
const LONGEST_TIMESTAMP: usize = 12;

/// The keys whose signatures hold: several while one is rotated.
///
/// It has no Debug, for the keys are in it.
pub struct Keys(Vec<Webhook>);

/// Why a delivery is not known to be the sender's. For our logs: who sent it is told nothing of this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsigned {
    /// The sender does not sign, or a proxy dropped the header.
    #[error("there is no {0} header")]
    Missing(&'static str),
    /// Which of them was signed can't be told.
    #[error("the {0} header is there more than once")]
    Repeated(&'static str),
    /// No sender that follows the specification writes it so.
    #[error("the {0} header can't be read")]
    Unreadable(&'static str),
    /// A copy of an old delivery, or a clock that is wrong.
    #[error("it was signed {0} seconds ago, which is more than five minutes: an old copy, or a clock that is wrong")]
    Old(i64),
    /// As above.
    #[error("it was signed {0} seconds ahead of our clock, which is more than five minutes: a clock is wrong")]
    Early(i64),
    /// Another secret, or a body that was changed on the way.
    #[error("no signature fits the secret")]
    Wrong,
}

impl Keys {
    /// The keys of these secrets.
    ///
    /// # Errors
    /// Where a secret is none, which [`WebhookSecret`] rules out.
    pub fn new(secrets: &[WebhookSecret]) -> Result<Self, WebhookError> {
        secrets.iter().map(|secret| Webhook::new(secret.secret().expose())).collect::<Result<_, _>>().map(Self)
    }

    /// The `webhook-id` of a delivery that one of the keys signed within five minutes of `now`.
    ///
    /// The timestamp is judged first, and here: the library's own check reads the clock, and overflows on a far one. Every
    /// key is tried on every signature, each comparison in constant time.
    pub fn verify<'a>(&self, headers: &'a HeaderMap, body: &[u8], now: Timestamp) -> Result<&'a str, Unsigned> {
        let id = single(headers, HEADER_WEBHOOK_ID)?;
        let timestamp = timestamp(single(headers, HEADER_WEBHOOK_TIMESTAMP)?)?;
        let signatures = single(headers, HEADER_WEBHOOK_SIGNATURE)?;
        match now.as_second().saturating_sub(timestamp) {
            age if age > TOLERANCE => return Err(Unsigned::Old(age)),
            age if age < -TOLERANCE => return Err(Unsigned::Early(-age)),
            _ => {}
        }
        let mut holds = subtle::Choice::from(0);
        for key in &self.0 {
            // A body that is no text is signed by nobody who follows the specification's libraries.
            let expected = key.sign(id, timestamp, body).map_err(|_| Unsigned::Wrong)?;
            for given in signatures.split(' ').filter(|signature| signature.starts_with(VERSION)) {
                holds |= given.as_bytes().ct_eq(expected.as_bytes());
            }
        }
        if bool::from(holds) { Ok(id) } else { Err(Unsigned::Wrong) }
    }
}

/// The headers of a delivery of ours, by name, signed now.
///
/// # Errors
/// Where the body is not UTF-8.
pub fn sign(
    secret: &WebhookSecret,
    id: &str,
    now: Timestamp,
    body: &[u8],
) -> Result<[(&'static str, String); 3], WebhookError> {
    let timestamp = now.as_second();
    let signature = Webhook::new(secret.secret().expose())?.sign(id, timestamp, body)?;
    Ok([
        (HEADER_WEBHOOK_ID, id.to_string()),
        (HEADER_WEBHOOK_TIMESTAMP, timestamp.to_string()),
        (HEADER_WEBHOOK_SIGNATURE, signature),
    ])
}

/// The header's text, where it is there once and not empty.
fn single<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<&'a str, Unsigned> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().ok_or(Unsigned::Missing(name))?;
    if values.next().is_some() {
        return Err(Unsigned::Repeated(name));
    }
    match value.to_str() {
        Ok("") => Err(Unsigned::Missing(name)),
        Ok(text) => Ok(text),
        Err(_) => Err(Unsigned::Unreadable(name)),
    }
}

/// Seconds since 1970, written in digits alone.
fn timestamp(text: &str) -> Result<i64, Unsigned> {
    let is_number = text.len() <= LONGEST_TIMESTAMP && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = is_number.then(|| text.parse().ok()).flatten();
    number.ok_or(Unsigned::Unreadable(HEADER_WEBHOOK_TIMESTAMP))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;
    use crate::secrets::Secret;

    // The example of the specification's own libraries.
    const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    const ID: &str = "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk";
    const BODY: &[u8] = br#"{"email":"test@example.com","username":"test_user"}"#;
    const SIGNED_AT: i64 = 1_649_367_553;
    const SIGNATURE: &str = "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=";
    const OTHER: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn secrets(text: &str) -> Vec<WebhookSecret> {
        WebhookSecret::parse_all(&Secret::new(text.into())).expect("secrets")
    }

    fn verify_at(secret: &str, headers: &[(&'static str, &str)], body: &[u8], now: i64) -> Result<String, Unsigned> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).expect("a header"));
        }
        let now = Timestamp::from_second(now).expect("a time");
        Keys::new(&secrets(secret)).expect("keys").verify(&map, body, now).map(str::to_string)
    }

    fn headers<'a>(timestamp: &'a str, signature: &'a str) -> [(&'static str, &'a str); 3] {
        [(HEADER_WEBHOOK_ID, ID), (HEADER_WEBHOOK_TIMESTAMP, timestamp), (HEADER_WEBHOOK_SIGNATURE, signature)]
    }

    fn verify(secret: &str, signature: &str) -> Result<String, Unsigned> {
        verify_at(secret, &headers(&SIGNED_AT.to_string(), signature), BODY, SIGNED_AT)
    }

    #[test]
    fn what_the_specification_signs_is_verified_and_signed_alike() {
        assert_eq!(verify(SECRET, SIGNATURE), Ok(ID.into()));
        let signed = sign(&secrets(SECRET)[0], ID, Timestamp::from_second(SIGNED_AT).expect("a time"), BODY);
        let signed = signed.expect("a signature");
        assert_eq!(signed.each_ref().map(|(name, value)| (*name, value.as_str())), headers("1649367553", SIGNATURE));
    }

    #[test]
    fn any_of_the_secrets_and_any_of_the_signatures_is_enough() {
        assert_eq!(verify(&format!("{OTHER} {SECRET}"), SIGNATURE), Ok(ID.into()));
        let several = format!("v1,AAAA v1a,xyz {SIGNATURE} v1,{}", "A".repeat(43));
        assert_eq!(verify(SECRET, &several), Ok(ID.into()));
        assert_eq!(verify(OTHER, &several), Err(Unsigned::Wrong));
    }

    #[test]
    fn another_secret_body_id_time_or_version_is_wrong() {
        assert_eq!(verify(OTHER, SIGNATURE), Err(Unsigned::Wrong));
        for other in ["v1,", "v1", "", " ", "v2,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=", &SIGNATURE[3..]] {
            assert!(verify(SECRET, other).is_err(), "{other}");
        }
        let at = |timestamp: &str, body: &[u8]| verify_at(SECRET, &headers(timestamp, SIGNATURE), body, SIGNED_AT);
        assert_eq!(at("1649367553", b"{}"), Err(Unsigned::Wrong));
        assert_eq!(at("1649367553", b"\xff"), Err(Unsigned::Wrong));
        assert_eq!(at("1649367552", BODY), Err(Unsigned::Wrong));
        let mut renamed = headers("1649367553", SIGNATURE);
        renamed[0].1 = "msg_other";
        assert_eq!(verify_at(SECRET, &renamed, BODY, SIGNED_AT), Err(Unsigned::Wrong));
    }

    #[test]
    fn a_delivery_is_good_for_five_minutes_either_way() {
        let at = |now| verify_at(SECRET, &headers("1649367553", SIGNATURE), BODY, now);
        for now in [SIGNED_AT - TOLERANCE, SIGNED_AT + TOLERANCE] {
            assert_eq!(at(now), Ok(ID.into()));
        }
        assert_eq!(at(SIGNED_AT + TOLERANCE + 1), Err(Unsigned::Old(301)));
        assert_eq!(at(SIGNED_AT - TOLERANCE - 1), Err(Unsigned::Early(301)));
    }

    #[test]
    fn a_timestamp_that_is_none_is_refused_before_anything_is_computed() {
        let at = |timestamp| verify_at(SECRET, &headers(timestamp, SIGNATURE), BODY, SIGNED_AT);
        let unreadable = Err(Unsigned::Unreadable(HEADER_WEBHOOK_TIMESTAMP));
        for timestamp in ["-9223372036854775808", "9223372036854775807", "+1649367553", "1649367553.0", "now", " "] {
            assert_eq!(at(timestamp), unreadable, "{timestamp}");
        }
        assert_eq!(at("999999999999"), Err(Unsigned::Early(999_999_999_999 - SIGNED_AT)));
    }

    #[test]
    fn a_header_that_is_missing_repeated_or_no_text_is_refused() {
        let good = headers("1649367553", SIGNATURE);
        for (at, (name, value)) in good.iter().enumerate() {
            let with = |changed: &[(&'static str, &str)]| {
                let others = good.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, header)| *header);
                verify_at(SECRET, &others.chain(changed.iter().copied()).collect::<Vec<_>>(), BODY, SIGNED_AT)
            };
            assert_eq!(with(&[]), Err(Unsigned::Missing(name)));
            assert_eq!(with(&[(name, "")]), Err(Unsigned::Missing(name)));
            assert_eq!(with(&[(name, value), (name, value)]), Err(Unsigned::Repeated(name)));
            assert_eq!(with(&[(name, "é")]), Err(Unsigned::Unreadable(name)));
        }
    }
}
