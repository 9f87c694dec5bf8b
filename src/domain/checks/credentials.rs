//! Credentials that a refresh copies into a sandbox.

use super::CONSIDERATIONS;
use crate::domain::evidence::Evidence;
use crate::domain::finding::{Check, Finding, Level, Unseen};
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
    let relays = match evidence.relays() {
        Err(unseen) => return vec![check.not_checked(unseen)],
        Ok([]) => return vec![check.not_applicable(super::NO_RELAY)],
        Ok(relays) => relays,
    };
    let counted = match &evidence.posture.with_credentials {
        Some(Ok(counted)) => *counted,
        Some(Err(unseen)) => return vec![check.not_checked(unseen)],
        None => return vec![check.not_checked(&Unseen::hindered("it was not counted"))],
    };
    // Two readings of the same thing: where they differ, the worse one counts.
    let exposed = counted.max(relays.iter().filter(|relay| relay.requires_auth).count());
    let of = format!("{exposed} of {}", Rule::email_relay().noun.count(relays.len()));
    let shown = match exposed {
        0 => check.finds(Level::Ok, "No relay has authentication on or a user name."),
        1 => check.finds(Level::Fail, format!("{of} has authentication on or a user name.")),
        _ => check.finds(Level::Fail, format!("{of} have authentication on or a user name.")),
    };
    let left = relays.len().saturating_sub(exposed);
    std::iter::once(shown).chain((left > 0).then(|| check.not_checked(&password_unknowable(left)))).collect()
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
