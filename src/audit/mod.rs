//! One org, read only: how it is set up, what DNS says, what the relay answers, and what a mail shows; then the judgement
//! of [`crate::domain::checks`].

mod certificate;
mod message;
mod names;
mod probe;
mod records;
mod side_by_side;
mod smtp;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::domain::audit_report::OrgAudit;
use crate::domain::checks::judge;
use crate::domain::evidence::{Evidence, Probe};
use crate::domain::finding::{Seen, Unseen};
use crate::domain::org::{Org, OrgKind};
use crate::domain::posture::Posture;
use crate::domain::refusal::Refusal;
use crate::domain::report::Failure;
use crate::domain::senders::senders;
use crate::domain::trouble::Trouble;
use crate::salesforce::{Error, Ledger, PostureReader, Reach, Transport, Until};
use crate::scrub::{Order, Stop};

pub use self::message::MessageFile;
pub use self::names::Names;
pub use self::side_by_side::run_all;

/// What is said where DNS was not asked.
const NO_DNS: &str = "DNS was not asked (--no-dns).";
/// What is said where no relay was asked.
const NO_PROBE: &str = "The relay was not asked (--probe-relay connects to it, and sends no mail).";

/// What all orgs of an audit have in common.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether production may be looked at.
    pub reach: Reach,
    /// Where names are looked up; nothing where that is not wanted.
    pub names: Option<Names>,
    /// Whether to connect to the relays.
    pub probes: bool,
    /// Mails that went through the relay.
    pub messages: Vec<MessageFile>,
    /// For the whole org.
    pub timeout: Duration,
    /// The connections of the run.
    pub transport: Transport,
}

/// Told of each stage as it begins, in a word or two.
type OnStage<'a> = &'a (dyn Fn(&'static str) + Sync);

/// Looks at one org and reports what was found. It never fails: a failure is a report.
pub async fn run(order: Order, settings: &Settings, stop: &Stop, on_stage: OnStage<'_>) -> OrgAudit {
    let begun = Instant::now();
    let ledger = Arc::new(Ledger::default());
    let name = order.name.clone();
    let until = Until { deadline: begun + settings.timeout, stop: stop.in_order.clone() };
    let work = look(order, settings, until, &ledger, on_stage);
    let result = tokio::select! {
        result = work => result,
        () = tokio::time::sleep(settings.timeout) => Err(timed_out(settings.timeout, &ledger)),
        () = stop.in_order.cancelled() => Err(Failure::new(Trouble::Interrupted, "stopped before it was finished")),
    };
    // What it began and must not be cut off may take longer.
    stop.at_once.run_until_cancelled(ledger.settled()).await;
    let (org, api_version) = ledger.word().unzip();
    let (findings, error) = match result {
        Ok(evidence) => (judge(&evidence), None),
        Err(failure) => (Vec::new(), Some(failure)),
    };
    OrgAudit {
        target: name,
        org,
        api_version: api_version.map(|version| version.to_string()),
        findings,
        api_requests: ledger.requests(),
        duration: begun.elapsed(),
        warnings: ledger.take_warnings(),
        error,
    }
}

/// Reads how an org is set up, and nothing else.
pub async fn posture(order: Order, settings: &Settings, until: Until) -> Result<(Org, Posture), Failure> {
    read(order, settings, until, &Arc::new(Ledger::default()), &|_| ()).await
}

async fn read(
    order: Order,
    settings: &Settings,
    until: Until,
    ledger: &Arc<Ledger>,
    on_stage: OnStage<'_>,
) -> Result<(Org, Posture), Failure> {
    on_stage("logging in");
    let reader = PostureReader::connect(order.destination, settings.reach, &settings.transport, until, ledger).await;
    let reader = reader.map_err(|error| failure(&error))?;
    on_stage("reading");
    let (org, _, posture) = reader.read().await.map_err(|error| failure(&error))?;
    Ok((org, posture))
}

async fn look(
    order: Order,
    settings: &Settings,
    until: Until,
    ledger: &Arc<Ledger>,
    on_stage: OnStage<'_>,
) -> Result<Evidence, Failure> {
    let (org, posture) = read(order, settings, until, ledger, on_stage).await?;
    ledger.wait_for("DNS and the relays");
    let dns = match (&settings.names, senders(&posture)) {
        (None, _) => Err(Unseen::not_asked(NO_DNS)),
        (Some(_), Err(unseen)) => Err(unseen),
        (Some(names), Ok(senders)) => {
            on_stage("asking DNS");
            Ok(records::look_up(names, &senders.known, posture.keys.as_deref().unwrap_or(&[])).await)
        }
    };
    let probes = probes(&posture, settings, on_stage).await;
    let mut messages = Vec::new();
    for file in &settings.messages {
        on_stage("checking the mails");
        messages.push(message::read(file, settings.names.as_ref()).await);
    }
    Ok(Evidence { org, posture, dns, probes, messages })
}

async fn probes(posture: &Posture, settings: &Settings, on_stage: OnStage<'_>) -> Seen<BTreeMap<String, Probe>> {
    if !settings.probes {
        return Err(Unseen::not_asked(NO_PROBE));
    }
    on_stage("asking the relays");
    let mut probes = BTreeMap::new();
    for relay in posture.relays.as_ref().map_err(Clone::clone)? {
        probes.insert(relay.id.clone(), probe::probe(relay, settings.names.as_ref()).await);
    }
    Ok(probes)
}

/// A refusal for being production says how an audit gets there.
fn failure(error: &Error) -> Failure {
    let failure = Failure::from(error);
    let is_production = match error {
        Error::Refused(Refusal::Address { looks_like, .. }) => *looks_like == Some("a production address"),
        Error::Refused(Refusal::LoginAddress { host }) => host == "login.salesforce.com",
        Error::Refused(Refusal::NotASandbox { kind, .. }) => *kind != OrgKind::Sandbox,
        _ => false,
    };
    match is_production {
        true => {
            Failure { message: format!("{}; --allow-production lets an audit look at it", failure.message), ..failure }
        }
        false => failure,
    }
}

fn timed_out(after: Duration, ledger: &Ledger) -> Failure {
    let waiting = ledger.waits_for().map_or_else(String::new, |what| format!(", waiting for {what}"));
    Failure::new(Trouble::TimedOut, format!("not finished after {} s{waiting}", after.as_secs_f32()))
}
