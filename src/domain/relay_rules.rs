//! What a relay has to check so that it takes mail of one org alone. Pure.

use super::mail_domain::Pattern;
use super::org::Org;
use super::posture::{Posture, Relay};
use super::senders::senders_shown;

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
    /// `EmailRelay.Host`, in lower case.
    pub host: String,
    /// `EmailRelay.Port`
    pub port: u16,
    /// Whose mail it relays: domains, and what is below domains.
    pub senders: Vec<Pattern>,
    /// Whether a filter takes every sender, so that the domains above are merely those that are known of.
    pub stands_for_everybody: bool,
    /// Whether the envelope's sender may be a return address of Salesforce's: where the org's settings make it one, or where
    /// they could not be read.
    pub takes_return_addresses: bool,
    /// Whether Salesforce authenticates itself.
    pub authenticates: bool,
}

/// Makes the rules for an org: one for each host and port, whichever relays lead there.
///
/// # Errors
/// Why there are none to make, in a sentence: what they are made of is not known, or could not stand in a configuration file.
pub fn rules(org: &Org, posture: &Posture) -> Result<RelayRules, String> {
    let relays = posture.relays.as_ref().map_err(|unseen| unseen.reason.clone())?;
    posture.filters.as_ref().map_err(|unseen| unseen.reason.clone())?;
    let in_use = |relay: &&Relay| posture.active_filters().any(|filter| filter.relay_id == relay.id);
    let mut rules: Vec<RelayRule> = Vec::new();
    for relay in relays.iter().filter(in_use) {
        let rule = rule(posture, relay)?;
        match rules.iter_mut().find(|known| (&known.host, known.port) == (&rule.host, rule.port)) {
            Some(known) => known.join(rule)?,
            None => rules.push(rule),
        }
    }
    if rules.is_empty() {
        return Err("No active filter sends mail through a relay, so there is nothing to make rules for.".into());
    }
    Ok(RelayRules { org: org.clone(), relays: rules })
}

fn rule(posture: &Posture, relay: &Relay) -> Result<RelayRule, String> {
    let label = relay.label();
    let port = relay.port.parse().map_err(|_| format!("The relay {label} has no port that is a number."))?;
    if !is_host(&relay.host) {
        return Err(format!("The host of the relay {label} is none that could stand in a configuration file."));
    }
    let filters = posture.active_filters().filter(|filter| filter.relay_id == relay.id);
    let mut wanted: Vec<Pattern> = filters.flat_map(|filter| filter.from.clone()).collect();
    let stands_for_everybody = wanted.contains(&Pattern::Everything);
    if stands_for_everybody {
        // Whatever else the filters say is no more than that.
        wanted.retain(|pattern| pattern.domain().is_some());
        wanted.extend(senders_shown(posture).map_err(|unseen| {
            format!(
                "A filter sends mail of every sender through {label}, and whose that is could not be read: {}",
                unseen.reason
            )
        })?);
    }
    wanted.sort();
    wanted.dedup();
    if wanted.is_empty() {
        return Err(format!(
            "The filters for the relay {label} name no domain: name yours in Setup > Email Domain Filters."
        ));
    }
    if let Some(odd) = wanted.iter().find(|pattern| !pattern.domain().is_some_and(is_host)) {
        return Err(format!(
            "A filter for the relay {label} names {odd}, which is no domain that could stand in a configuration file: name \
             your domains one by one, or as *.domain, in Setup > Email Domain Filters."
        ));
    }
    let takes_return_addresses =
        posture.settings.as_ref().map_or(true, |settings| settings.handles_bounces || settings.spf_compliance);
    Ok(RelayRule {
        host: relay.host.to_ascii_lowercase(),
        port,
        senders: wanted,
        stands_for_everybody,
        takes_return_addresses,
        authenticates: relay.requires_auth,
    })
}

impl RelayRule {
    /// Takes what goes through another relay at the same host and port, too.
    fn join(&mut self, other: Self) -> Result<(), String> {
        if self.authenticates != other.authenticates {
            return Err(format!(
                "Two relays lead to {}:{}, one with authentication and one without, and no rules at one port can ask for \
                 both: make them alike in Setup > Email Relays.",
                self.host, self.port
            ));
        }
        self.senders.extend(other.senders);
        self.senders.sort();
        self.senders.dedup();
        self.stands_for_everybody |= other.stands_for_everybody;
        Ok(())
    }
}

/// Letters, digits, hyphens and dots: nothing that a configuration file could take for more than a name.
fn is_host(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte))
}
