//! What a signed call of the sandbox says. Pure.

use serde::Deserialize;

use super::job::Delivery;
use crate::domain::id::InvalidId;
use crate::domain::printable::excerpt;

/// The longest `webhook-id`, in bytes: it is a key of the database.
pub const LONGEST_ID: usize = 128;
/// As much of `sandboxId` as is kept: a record's id has 18 characters.
const SANDBOX_ID: usize = 40;

/// Why a delivery, though signed, is none. Said to who sent it: who holds the secret may know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// The header names no delivery that could be kept.
    #[error("webhook-id is longer than {LONGEST_ID} bytes")]
    LongId,
    /// In the parser's words: a field is missing, or is no text, or it is no JSON.
    #[error(
        "the body must be {{\"organizationId\": \"…\", \"sandboxId\": \"…\", \"sandboxName\": \"…\"}}, and is not: {0}"
    )]
    Body(String),
    /// What `hook send --check` sends: it is signed, and says nothing.
    #[error("the body says nothing: the signature holds, and no job was made")]
    Nothing,
    /// An empty one is a missing one.
    #[error("{0} is empty")]
    Empty(&'static str),
    /// It is what the org is recognised by.
    #[error("organizationId is not the id of an org: {0}")]
    OrganizationId(InvalidId),
    /// It is what the org is found by.
    #[error("sandboxName must be 1 to 10 letters and digits")]
    SandboxName,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    organization_id: String,
    sandbox_id: String,
    sandbox_name: String,
}

/// The delivery of this body; fields that are not known are left alone.
pub fn read(webhook_id: &str, body: &[u8]) -> Result<Delivery, Unusable> {
    if webhook_id.len() > LONGEST_ID {
        return Err(Unusable::LongId);
    }
    if body == b"{}" {
        return Err(Unusable::Nothing);
    }
    let Body { organization_id, sandbox_id, sandbox_name } =
        serde_json::from_slice(body).map_err(|error| Unusable::Body(excerpt(&error.to_string(), 120)))?;
    for (name, value) in [("organizationId", &organization_id), ("sandboxId", &sandbox_id)] {
        if value.trim().is_empty() {
            return Err(Unusable::Empty(name));
        }
    }
    let is_name = (1..=10).contains(&sandbox_name.len()) && sandbox_name.bytes().all(|b| b.is_ascii_alphanumeric());
    if !is_name {
        return Err(Unusable::SandboxName);
    }
    Ok(Delivery {
        webhook_id: webhook_id.to_string(),
        organization_id: organization_id.trim().parse().map_err(Unusable::OrganizationId)?,
        sandbox_id: excerpt(&sandbox_id, SANDBOX_ID),
        sandbox: sandbox_name.to_ascii_lowercase(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str =
        r#"{"organizationId": "00D5e000000abcD", "sandboxId": "0GQ5e0000000001", "sandboxName": "Uat1"}"#;

    fn reason(body: &str) -> String {
        read("msg_1", body.as_bytes()).expect_err(body).to_string()
    }

    #[test]
    fn a_delivery_is_read_and_its_sandbox_is_in_lower_case() {
        let delivery = read("msg_1", GOOD.as_bytes()).expect("a delivery");
        assert_eq!((delivery.webhook_id.as_str(), delivery.sandbox.as_str()), ("msg_1", "uat1"));
        assert_eq!(delivery.organization_id, "00D5e000000abcDEAQ".parse().expect("an id"));
        assert_eq!(delivery.sandbox_id, "0GQ5e0000000001");
        let more = GOOD.replacen('{', r#"{"later": {"more": [1]}, "#, 1);
        assert_eq!(read("msg_1", more.as_bytes()).map(|delivery| delivery.sandbox), Ok("uat1".into()));
    }

    #[test]
    fn what_is_wrong_is_told() {
        let shape = r#"the body must be {"organizationId": "…", "sandboxId": "…", "sandboxName": "…"}, and is not: "#;
        for (body, said) in [
            ("", "EOF while parsing a value"),
            ("nonsense", "expected ident"),
            (r#"{"organizationId": "00D5e000000abcD"}"#, "missing field `sandboxId`"),
            (&GOOD.replace("\"Uat1\"", "7"), "invalid type: integer `7`, expected a string"),
            (&GOOD.replace("\"Uat1\"", "null"), "invalid type: null, expected a string"),
            (&format!("{GOOD} {GOOD}"), "trailing characters"),
            (&GOOD.replacen('{', "{\"sandboxName\": \"dev\",", 1), "duplicate field `sandboxName`"),
            (&"[".repeat(60_000), "expected a string"),
        ] {
            let reason = reason(body);
            assert!(reason.starts_with(shape) && reason.contains(said), "{reason} has no {said}");
        }
        let name = "sandboxName must be 1 to 10 letters and digits";
        for wrong in ["", "elevenchars", "u at", "uat\\u0000", "é", "../uat", "uat.evil"] {
            assert_eq!(reason(&GOOD.replace("Uat1", wrong)), name, "{wrong}");
        }
        assert_eq!(reason(&GOOD.replace("0GQ5e0000000001", " ")), "sandboxId is empty");
        let id = reason(&GOOD.replace("00D5e", "0055e"));
        assert_eq!(id, "organizationId is not the id of an org: an org's id begins with 00D");
        assert_eq!(read(&"x".repeat(129), GOOD.as_bytes()), Err(Unusable::LongId));
        assert!(read(&"x".repeat(128), GOOD.as_bytes()).is_ok());
    }
}
