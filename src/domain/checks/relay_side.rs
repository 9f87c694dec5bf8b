//! What only the relay's own settings show.

use super::BEST_PRACTICES;
use crate::domain::evidence::Evidence;
use crate::domain::finding::{Check, Finding, Gap, Level};

pub(super) static RELAY_CHECKS: Check = Check {
    id: "relay-checks",
    asks: "Does the relay take mail of your org alone: X-SFDC-LK, sender addresses, and the host name of who connects?",
    reads: "nothing: only a mail, or the relay's own settings, show it",
    cannot_see: "the relay's settings",
    advice: "Every org of Salesforce sends from the same addresses, so that a relay which trusts those alone relays for \
             strangers. It should take mail only with your org's id in X-SFDC-LK, from your listed senders, over TLS and \
             from a host whose name is verified.",
    fix: "relay-scrub audit ORG --relay-config postfix (or exim, exchange) prints the rules for this org.",
    link: BEST_PRACTICES,
};

pub(super) fn judge(evidence: &Evidence) -> Vec<Finding> {
    match evidence.relays() {
        Ok([]) => vec![RELAY_CHECKS.not_applicable(super::NO_RELAY)],
        _ => {
            let seen = "It does not show from outside: look at the relay's settings.";
            vec![RELAY_CHECKS.finds(Level::NotChecked(Gap::Invisible), seen)]
        }
    }
}
