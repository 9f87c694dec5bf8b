//! Why a login fails, step by step: each step is one that a scrub takes, and the first that fails says what to do.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use url::Url;

use crate::domain::checkup::{Checkup, Passed, Step};
use crate::domain::refusal::Refusal;
use crate::domain::report::Failure;
use crate::domain::rule::Rule;
use crate::domain::trouble::Trouble;
use crate::salesforce::{Client, Error, Ledger, Transport};
use crate::scrub::{Order, Stop};

/// What is seen of a login that works.
const TOKEN: &str = "Salesforce gave a token";

/// Takes every step of a scrub but the write, and says where it ends. It never fails: a failure is what it found.
pub async fn check(order: Order, rule: &Rule, transport: &Transport, timeout: Duration, stop: &Stop) -> Checkup {
    let ledger = Arc::new(Ledger::default());
    let mut checkup = Checkup { target: order.name.clone(), passed: Vec::new(), failed: None, warnings: Vec::new() };
    let mut step = Step::Host;
    let work = steps(order, rule, transport, Instant::now() + timeout, &ledger, &mut checkup.passed, &mut step);
    let result = tokio::select! {
        result = work => result.map_err(|error| Failure::from(&error)),
        () = tokio::time::sleep(timeout) => {
            let waiting = ledger.waits_for().map_or_else(String::new, |what| format!(", waiting for {what}"));
            Err(Failure::new(Trouble::TimedOut, format!("not finished after {} s{waiting}", timeout.as_secs_f32())))
        }
        () = stop.in_order.cancelled() => Err(Failure::new(Trouble::Interrupted, "stopped before it was finished")),
    };
    // What the steps began and must not be cut off may take longer.
    stop.at_once.run_until_cancelled(ledger.settled()).await;
    checkup.failed = result.err().map(|failure| (step, failure));
    checkup.warnings = ledger.take_warnings();
    checkup
}

async fn steps(
    order: Order,
    rule: &Rule,
    transport: &Transport,
    deadline: Instant,
    ledger: &Arc<Ledger>,
    passed: &mut Vec<Passed>,
    step: &mut Step,
) -> Result<(), Error> {
    let versions = match Client::offered_versions(&order.destination, transport, deadline, ledger).await {
        Err(Error::NoConnection { host, reason }) => {
            let port = order.destination.instance_url.as_ref().and_then(Url::port_or_known_default);
            return Err(Error::NoConnection { reason: explain_silence(&host, port, reason).await, host });
        }
        versions => versions?,
    };
    if let Some(versions) = versions {
        let Some(highest) = versions.iter().max() else {
            return Err(Error::ApiVersion("the org has no API version that can clear a relay".into()));
        };
        passed.push(Passed { step: *step, seen: format!("it answers, API versions up to {highest}") });
    }

    *step = Step::Login;
    let client = Client::connect(order.destination, transport, deadline, ledger).await.inspect_err(|error| {
        // The token names its org, so another one than expected shows as soon as there is a token.
        if let Error::Refused(Refusal::NotTheExpectedOrg { .. } | Refusal::DeniedOrg { .. }) = error {
            passed.push(Passed { step: Step::Login, seen: TOKEN.into() });
            *step = Step::Org;
        }
    })?;
    passed.push(Passed { step: *step, seen: TOKEN.into() });

    *step = Step::Org;
    let (sandbox, reading) = client.prove(rule).await.inspect_err(|error| {
        // A permission is missed only after the org has given its word.
        if matches!(error, Error::Permission(_)) {
            passed.push(Passed { step: Step::Org, seen: "it says that it is a sandbox".into() });
            *step = Step::Records;
        }
    })?;
    let org = sandbox.org();
    passed.push(Passed {
        step: Step::Org,
        seen: format!("{} says that it is a {}, {}", org.name, org.kind.as_str(), org.id),
    });
    *step = Step::Records;
    let fields: Vec<_> = rule.assignments.iter().map(|set| set.field.as_str()).collect();
    let seen = rule.noun.count(reading.records.len());
    passed.push(Passed { step: *step, seen: format!("{seen} can be seen; {} can be set", fields.join(", ")) });
    Ok(())
}

/// Whether a host that does not answer has a name that is known at all. Behind a proxy only the proxy knows, which is
/// why the name is looked up last.
async fn explain_silence(host: &str, port: Option<u16>, reason: String) -> String {
    if host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok() {
        return reason;
    }
    let known = match tokio::net::lookup_host((host, port.unwrap_or(443))).await {
        Ok(addresses) => addresses.count() > 0,
        Err(_) => false,
    };
    if known { format!("its name is known, but: {reason}") } else { "its name is not known".into() }
}
