//! What a run costs an org: requests and connections.

use relay_scrub::simulator::{SimulatedOrg, Simulator};

use crate::support::program::{Program, exposed, is_cleared, requests, sandbox};

#[tokio::test(flavor = "multi_thread")]
async fn each_org_gets_one_connection_for_all_of_its_requests() {
    let simulator = Simulator::start().await.expect("a simulator");
    let mut orgs = Vec::new();
    for name in ["dev", "uat", "full"] {
        orgs.push((name, simulator.add_org(sandbox(name).relay(exposed())).await.expect("an org")));
    }
    let named: Vec<(&str, &SimulatedOrg)> = orgs.iter().map(|(name, org)| (*name, org)).collect();

    let ran = Program::scrub_fleet(&named, ["--all"]).run().await;

    assert_eq!(ran.code, 0, "{ran:?}");
    for (name, org) in named {
        assert!(org.relays().iter().all(is_cleared), "{name}: {:?}", org.relays());
        assert_eq!((requests(org), org.stats().connections), (4, 1), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_found_no_connection_is_not_counted_as_sent() {
    let closed = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port").local_addr().expect("its address");
    let address = format!("http://{closed}");
    let arguments = ["scrub", "--instance-url", &address, "--client-id", "key", "--timeout", "1s", "--json"];

    let ran = Program::new(arguments).env("RELAY_SCRUB_CLIENT_SECRET", "secret").run().await;

    assert_eq!(ran.code, 1, "{ran:?}");
    assert_eq!(ran.org()["error"]["code"], "unavailable", "{ran:?}");
    assert_eq!(ran.org()["api_requests"], 0, "{ran:?}");
}
