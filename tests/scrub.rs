//! The main job, end to end: what the org holds afterwards, which requests came, and what the user is told.

use relay_scrub::simulator::{Relay, Simulator};

use crate::support::program::{Program, exposed, is_cleared, requests, sandbox};

#[tokio::test(flavor = "multi_thread")]
async fn an_exposed_relay_is_cleared_and_read_back_in_four_requests() {
    let simulator = Simulator::start().await.expect("a simulator");
    let setup = sandbox("uat").relay(exposed()).relay(Relay::clean("a.acme.com")).relay(Relay::clean("b.acme.com"));
    let org = simulator.add_org(setup).await.expect("an org");

    let ran = Program::scrub(&org, ["--json"]).run().await;

    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(org.relays().iter().all(is_cleared), "{:?}", org.relays());
    assert_eq!(org.relays()[0].host, "smtp.acme.com", "the rest of the relay stays as it was");
    assert_eq!(requests(&org), 4);
    let report = ran.org();
    assert_eq!(report["outcome"], "cleared");
    assert_eq!(report["verified"], true);
    assert_eq!(report["api_requests"], 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_writes_nothing_and_takes_two_requests() {
    let simulator = Simulator::start().await.expect("a simulator");
    let org = simulator.add_org(sandbox("uat").relay(exposed())).await.expect("an org");
    let before = org.relays();

    let ran = Program::scrub(&org, ["--dry-run", "--detailed-exitcode", "--json"]).run().await;

    assert_eq!(ran.code, 10, "{ran:?}");
    assert_eq!(org.relays(), before);
    assert_eq!(requests(&org), 2);
    assert_eq!(ran.org()["outcome"], "would_clear");
}
