//! One org, read only: how it is set up, what DNS says, what the relay answers, and what a mail shows; then the judgement
//! of [`crate::domain::checks`].

mod certificate;
mod message;
mod names;
mod probe;
mod records;
mod side_by_side;
mod signatures;
mod smtp;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::{Instant as Later, timeout_at};
use url::Url;

use crate::domain::audit_report::OrgAudit;
use crate::domain::checks::judge;
use crate::domain::evidence::{Dns, Evidence, Message};
use crate::domain::finding::{Seen, Unseen};
use crate::domain::mail_server::MailServer;
use crate::domain::org::Org;
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
/// What is said where DNS let everybody wait.
const DNS_LATE: &str = "DNS gave no answer in time.";
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
    let address = order.destination.instance_url.clone();
    let told = |error: Error| {
        let address = address.clone().or_else(|| Url::parse(&ledger.word()?.0.instance_url).ok());
        failure(&error, settings.reach, address.as_ref())
    };
    let reader = PostureReader::connect(order.destination, settings.reach, &settings.transport, until, ledger).await;
    let reader = reader.map_err(told)?;
    on_stage("reading");
    let (org, _, posture) = reader.read().await.map_err(told)?;
    Ok((org, posture))
}

async fn look(
    order: Order,
    settings: &Settings,
    until: Until,
    ledger: &Arc<Ledger>,
    on_stage: OnStage<'_>,
) -> Result<Evidence, Failure> {
    // What the org itself says must not be lost to a server that lets everybody wait: others have less time than it.
    let outside = (until.deadline - settings.timeout / 10).into();
    let (org, posture) = read(order, settings, until, ledger, on_stage).await?;
    ledger.wait_for("DNS and the relays");
    on_stage("asking DNS and the relays");
    let (dns, servers, messages) = tokio::join!(
        dns(&posture, settings, outside),
        servers(&posture, settings, outside),
        messages(settings, outside)
    );
    Ok(Evidence { org, posture, dns, servers, messages })
}

async fn dns(posture: &Posture, settings: &Settings, until: Later) -> Seen<Dns> {
    let Some(names) = &settings.names else { return Err(Unseen::not_asked(NO_DNS)) };
    let senders = senders(posture)?;
    let asking = records::look_up(names, &senders.known, posture.keys.as_deref().unwrap_or(&[]));
    timeout_at(until, asking).await.map_err(|_| Unseen::hindered(DNS_LATE))
}

/// The mail servers of each relay, all asked side by side.
async fn servers(
    posture: &Posture,
    settings: &Settings,
    until: Later,
) -> Seen<BTreeMap<String, Seen<Vec<MailServer>>>> {
    if !settings.probes {
        return Err(Unseen::not_asked(NO_PROBE));
    }
    let mut probes = JoinSet::new();
    for relay in posture.relays.clone()? {
        let names = settings.names.clone();
        probes.spawn(async move { (relay.id.clone(), probe::probe(relay, names, until).await) });
    }
    Ok(probes.join_all().await.into_iter().collect())
}

async fn messages(settings: &Settings, until: Later) -> Vec<Message> {
    let mut messages = Vec::new();
    for file in &settings.messages {
        messages.push(message::read(file, settings.names.as_ref(), until).await);
    }
    messages
}

/// A refusal that the flag lifts says so, and no other does; where it was given, one says what it lets in.
fn failure(error: &Error, reach: Reach, address: Option<&Url>) -> Failure {
    let failure = Failure::from(error);
    let more = match (error, reach) {
        (Error::Refused(refusal), Reach::Sandboxes) if Reach::AnyOrg.lifts(refusal, address) => match refusal {
            Refusal::LoginAddress { .. } => "--allow-production lets an audit log in there",
            _ => "--allow-production lets an audit look at it",
        },
        (Error::Refused(Refusal::Address { .. }), Reach::AnyOrg) => {
            "of production it is the My Domain address alone that --allow-production lets in \
             (https://COMPANY.my.salesforce.com)"
        }
        _ => return failure,
    };
    Failure { message: format!("{}; {more}", failure.message), ..failure }
}

fn timed_out(after: Duration, ledger: &Ledger) -> Failure {
    let waiting = ledger.waits_for().map_or_else(String::new, |what| format!(", waiting for {what}"));
    Failure::new(Trouble::TimedOut, format!("not finished after {} s{waiting}", after.as_secs_f32()))
}
