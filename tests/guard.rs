//! The guard: four locks, each tested with the other three open, so that none is covered up by another.

mod address;
mod answers;
mod expected;
mod proof;
mod real_hosts;
mod renewal;
mod replay;
mod word;

use std::sync::{Arc, Mutex};

use relay_scrub::simulator::{Fault, Matcher, OrgKind, OrgSetup, Relay, Seen, SimulatedOrg, Simulator};
use serde_json::Value;

use crate::support::program::{CONSUMER_KEY, CONSUMER_SECRET, Program, Ran, exposed, is_cleared, requests, sandbox};
use crate::support::proxy::Proxy;

/// The host of the sandbox `uat`, as Salesforce would name it.
const HOST: &str = "acme--uat.sandbox.my.salesforce.com";

/// Another org than any that the simulator makes.
const OTHER_ORG: &str = "00D9z000000othe";

async fn simulator() -> Simulator {
    Simulator::start().await.expect("a simulator")
}

async fn add(simulator: &Simulator, setup: OrgSetup) -> SimulatedOrg {
    simulator.add_org(setup).await.expect("an org")
}
/// Fails unless the run was refused, for this reason; returns the org's report.
#[track_caller]
fn refused(ran: &Ran, code: &str) -> Value {
    assert_eq!(ran.code, 3, "{ran:?}");
    let report = ran.org();
    assert_eq!((&report["outcome"], &report["error"]["code"]), (&"refused".into(), &code.into()), "{report}");
    assert_ne!(report["verified"], true, "{report}");
    report
}

/// Fails unless the run failed, for this reason; returns the org's report.
#[track_caller]
fn failed(ran: &Ran, code: &str) -> Value {
    assert_eq!(ran.code, 1, "{ran:?}");
    let report = ran.org();
    assert_eq!((&report["outcome"], &report["error"]["code"]), (&"failed".into(), &code.into()), "{report}");
    report
}

/// Fails unless the run cleared all that the org holds.
#[track_caller]
fn cleared(ran: &Ran, org: &SimulatedOrg) -> Value {
    assert_eq!(ran.code, 0, "{ran:?}");
    let report = ran.org();
    assert_eq!((&report["outcome"], &report["verified"]), (&"cleared".into(), &true.into()), "{report}");
    assert!(org.relays().iter().all(is_cleared), "{:?}", org.relays());
    report
}

/// Every answer in JSON that the org gives from now on, as it leaves.
fn answers(org: &SimulatedOrg) -> Arc<Mutex<Vec<Value>>> {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let keep = kept.clone();
    org.fault(Fault::alter(Matcher::any(), move |answer| keep.lock().expect("answers").push(answer.clone())).always());
    kept
}

/// The parts of a Composite answer with this reference.
fn part<'a>(answer: &'a mut Value, reference: &str) -> &'a mut Value {
    let parts = answer["compositeResponse"].as_array_mut().expect("a Composite answer");
    parts.iter_mut().find(|part| part["referenceId"] == reference).expect("the part")
}

/// What the requests were, in a word each.
fn kinds(org: &SimulatedOrg) -> Vec<&'static str> {
    org.requests().iter().map(kind).collect()
}

fn kind(seen: &Seen) -> &'static str {
    let part = |reference: &str| seen.subrequests.iter().any(|(_, _, own)| own == reference);
    match () {
        () if seen.path.ends_with("/token") => "token",
        () if part("clear") => "write",
        () if part("relays") => "read",
        () if part("proof") => "proof",
        () => "other",
    }
}
