//! Credentials that a refresh copies into a sandbox.

use super::CONSIDERATIONS;
use crate::domain::evidence::Evidence;
use crate::domain::finding::{Check, Finding, Level, Unseen};
use crate::domain::posture::Relay;
use crate::domain::rule::Rule;

pub(super) static SANDBOX_CREDENTIALS: Check = Check {
    id: "sandbox-credentials",
    asks: "Does a relay of this sandbox hold credentials, as a refresh copies them from production?",
    reads: "EmailRelay.IsRequireAuth, and how many relays have that or a Username (counted, never read)",
    cannot_see: "whose credentials they are; a password without a user name, which no query shows",
    advice: "A refresh copies production's SMTP credentials into the sandbox, and with them everybody there can send \
             through production's relay. They have to be cleared after every refresh.",
    fix: "relay-scrub scrub ORG; or Setup > Email Relays > Edit: clear Enable SMTP Auth, Username and Password.",
    link: CONSIDERATIONS,
};

pub(super) fn judge(evidence: &Evidence) -> Vec<Finding> {
    let check = &SANDBOX_CREDENTIALS;
    if !evidence.org.is_sandbox {
        return vec![check.not_applicable("This is no sandbox: the relay's credentials belong here.")];
    }
    let relays = evidence.relays();
    let shown = relays.map_or(0, |relays| relays.iter().filter(|relay| relay.requires_auth).count());
    let counted = match &evidence.posture.with_credentials {
        Some(Ok(counted)) => Ok(*counted),
        Some(Err(unseen)) => Err(unseen.clone()),
        None => Err(Unseen::hindered("it was not counted")),
    };
    // Two readings of the same thing: where they differ, or one could not be made, the worse one counts.
    let exposed = shown.max(*counted.as_ref().unwrap_or(&0));
    let found = match (exposed, relays, &counted) {
        (0, Err(unseen), _) => check.not_checked(unseen),
        (0, Ok(_), Err(unseen)) => check.not_checked(unseen),
        (0, Ok([]), Ok(_)) => check.not_applicable(super::NO_RELAY),
        (0, Ok(_), Ok(_)) => check.finds(Level::Ok, "No relay has authentication on or a user name."),
        (exposed, relays, counted) => check.finds(Level::Fail, told(exposed, relays.ok(), counted.is_ok())),
    };
    // Where either reading failed, it is not known which relays show no credential.
    let left = relays.ok().filter(|_| counted.is_ok()).map_or(0, |relays| relays.len().saturating_sub(exposed));
    std::iter::once(found).chain((left > 0).then(|| check.not_checked(&password_unknowable(left)))).collect()
}

/// What a scrub warns of too. It is no finding: it stays so after every relay was rewritten, and a gate on it would
/// never pass.
fn password_unknowable(left: usize) -> Unseen {
    Unseen::invisible(format!(
        "{} without authentication and user name may still hold a password, which no query shows; \
         relay-scrub scrub ORG --every-relay rewrites {} too.",
        Rule::email_relay().noun.count(left),
        if left == 1 { "it" } else { "them" }
    ))
}

/// How many are exposed, of how many; and what of it the two readings do not agree on.
fn told(exposed: usize, relays: Option<&[Relay]>, is_counted: bool) -> String {
    let noun = &Rule::email_relay().noun;
    let have = if exposed == 1 { "has" } else { "have" };
    let found = format!("{have} authentication on or a user name");
    match relays {
        Some(relays) if exposed <= relays.len() => {
            let uncounted = if is_counted { "" } else { "; it could not be counted how many have a user name alone" };
            format!("{exposed} of {} {found}{uncounted}.", noun.count(relays.len()))
        }
        Some(relays) => format!(
            "Salesforce counts {} that {found}, and shows this user {}.",
            noun.count(exposed),
            noun.count(relays.len())
        ),
        None => format!(
            "Salesforce counts {} that {found}, and the relays themselves could not be read.",
            noun.count(exposed)
        ),
    }
}
