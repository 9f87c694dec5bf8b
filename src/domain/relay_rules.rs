//! What a relay has to check so that it takes mail of one org alone. Pure.

use super::mail_domain::Pattern;
use super::org::Org;
use super::posture::{Posture, Relay};
use super::senders::senders;

/// What the relays of an org have to check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelayRules {
    /// The org.
    pub org: Org,
    /// One for each relay that an active filter sends mail through.
    pub relays: Vec<RelayRule>,
}

/// What one relay has to check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelayRule {
    /// `EmailRelay.Host`
    pub host: String,
    /// `EmailRelay.Port`
    pub port: u16,
    /// Whose mail it relays: domains, and what is below domains.
    pub senders: Vec<Pattern>,
    /// Whether the envelope's sender may be an address at bnc.salesforce.com: where the org's settings make it one, or where
    /// they could not be read.
    pub takes_return_addresses: bool,
    /// Whether Salesforce authenticates itself.
    pub authenticates: bool,
}

/// Makes the rules for an org.
///
/// # Errors
/// Why there are none to make, in a sentence: what they are made of is not known, or could not stand in a configuration file.
pub fn rules(org: &Org, posture: &Posture) -> Result<RelayRules, String> {
    let relays = posture.relays.as_ref().map_err(|unseen| unseen.reason.clone())?;
    posture.filters.as_ref().map_err(|unseen| unseen.reason.clone())?;
    let in_use = |relay: &&Relay| posture.active_filters().any(|filter| filter.relay_id == relay.id);
    let relays: Vec<RelayRule> =
        relays.iter().filter(in_use).map(|relay| rule(posture, relay)).collect::<Result<_, _>>()?;
    if relays.is_empty() {
        return Err("No active filter sends mail through a relay, so there is nothing to make rules for.".into());
    }
    Ok(RelayRules { org: org.clone(), relays })
}

fn rule(posture: &Posture, relay: &Relay) -> Result<RelayRule, String> {
    let label = relay.label();
    let port = relay.port.parse().map_err(|_| format!("The relay {label} has no port that is a number."))?;
    if !is_host(&relay.host) {
        return Err(format!("The host of the relay {label} is none that could stand in a configuration file."));
    }
    let filters = posture.active_filters().filter(|filter| filter.relay_id == relay.id);
    let mut wanted: Vec<Pattern> = filters.flat_map(|filter| filter.from.clone()).collect();
    // Where a filter takes every sender, the domains that are known of stand for them.
    if wanted.iter().any(|pattern| pattern.domain().is_none()) {
        wanted = senders(posture).map_err(|unseen| unseen.reason)?.known;
    }
    wanted.sort();
    wanted.dedup();
    if wanted.is_empty() {
        return Err(format!(
            "The filters for the relay {label} name no domain: name yours in Setup > Email Domain Filters."
        ));
    }
    if let Some(odd) = wanted.iter().find(|pattern| !pattern.domain().is_some_and(is_host)) {
        return Err(format!("{odd} is no domain that could stand in a configuration file."));
    }
    let takes_return_addresses =
        posture.settings.as_ref().map_or(true, |settings| settings.handles_bounces || settings.spf_compliance);
    Ok(RelayRule {
        host: relay.host.clone(),
        port,
        senders: wanted,
        takes_return_addresses,
        authenticates: relay.requires_auth,
    })
}

/// Letters, digits, hyphens and dots: nothing that a configuration file could take for more than a name.
fn is_host(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte))
}
