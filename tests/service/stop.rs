//! How the service ends: no delivery is taken any more, jobs end or are handed back, and none is lost.

use relay_scrub::simulator::{Fault, Matcher, SimulatedOrg};

use super::{said, uat};
use crate::support::gate::Gate;
use crate::support::program::is_cleared;
use crate::support::service::{Call, Setup, client};

const STOPPING: &str =
    "stopping: no delivery is taken any more, and running jobs end or are handed back; again to leave at once";

/// A gate before the first login.
fn gate(org: &SimulatedOrg) -> Gate {
    let (gate, script) = Gate::new();
    org.fault(Fault::before(Matcher::token(), script));
    gate
}

async fn ends_clean(setup: &Setup, org: &SimulatedOrg, job: &str) {
    let service = setup.start().await;
    let done = service.comes_to(job, "done").await;
    assert_eq!(done["attempts"], 1, "an attempt that was handed back does not count: {done:#}");
    assert!(org.relays().iter().all(is_cleared));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn asked_to_end_it_says_so_to_whoever_calls_and_finishes_what_runs() {
    let (_simulator, org, setup) = uat().await;
    let mut gate = gate(&org);
    let setup = setup.setting("grace", "'5m'");
    let mut service = setup.start().await;
    let call = Call::of("uat", &org.id());
    let job = service.deliver(&call).await;
    gate.reached().await;
    service.signal("-TERM");
    service.says(STOPPING).await;
    let refused = said(service.call(&call).await).await;
    assert_eq!((refused.status, refused.retry_after, refused.error().as_str()), (503, Some(10), "shutting down"));
    for url in [service.url("/healthz"), service.private_url("/readyz")] {
        assert_eq!(client().get(&url).send().await.expect("an answer").status(), 503, "{url}");
    }
    assert_eq!(service.job(&job).await["state"], "running", "the private listener answers to the end");
    gate.open();
    let (code, log) = service.end().await;
    assert_eq!(code, 0, "{log:#?}");
    assert!(org.relays().iter().all(is_cleared), "{log:#?}");
    ends_clean(&setup, &org, &job).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_takes_longer_than_the_grace_is_handed_back() {
    let (_simulator, org, setup) = uat().await;
    let mut gate = gate(&org);
    let setup = setup.setting("grace", "'1ms'");
    let service = setup.start().await;
    let job = service.deliver(&Call::of("uat", &org.id())).await;
    gate.reached().await;
    let (code, log) = service.stop().await;
    assert_eq!(code, 0, "{log:#?}");
    assert!(!org_is_clear_behind(gate, &org), "nothing was written");
    ends_clean(&setup, &org, &job).await;
}

/// Opens the gate, behind which nobody waits any more, and looks at the org.
fn org_is_clear_behind(gate: Gate, org: &SimulatedOrg) -> bool {
    gate.open();
    org.relays().iter().all(is_cleared)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_leaves_at_once_and_the_job_is_taken_up_again() {
    let (_simulator, org, setup) = uat().await;
    let mut gate = gate(&org);
    let setup = setup.setting("grace", "'5m'").setting("lease", "'100ms'");
    let mut service = setup.start().await;
    let job = service.deliver(&Call::of("uat", &org.id())).await;
    gate.reached().await;
    service.signal("-TERM");
    service.says(STOPPING).await;
    service.signal("-INT");
    let (code, log) = service.end().await;
    assert_eq!(code, 130, "{log:#?}");
    gate.open();
    let service = setup.start().await;
    service.comes_to(&job, "done").await;
    assert!(org.relays().iter().all(is_cleared));
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_it_forgets_nothing() {
    let (_simulator, org, setup) = uat().await;
    let mut gate = gate(&org);
    let setup = setup.setting("lease", "'100ms'");
    let service = setup.start().await;
    let job = service.deliver(&Call::of("uat", &org.id())).await;
    gate.reached().await;
    service.kill().await;
    gate.open();
    let service = setup.start().await;
    service.comes_to(&job, "done").await;
    assert!(org.relays().iter().all(is_cleared));
}
