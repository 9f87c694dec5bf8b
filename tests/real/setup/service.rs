//! The service takes what the class signs.

use relay_scrub::simulator::Simulator;

use super::signing::call_of_now;
use crate::support::program::{exposed, is_cleared, sandbox};
use crate::support::service::{Setup, WEBHOOK_SECRET, client};

#[tokio::test(flavor = "multi_thread")]
async fn the_service_takes_the_call_of_the_class_and_clears_the_sandbox() {
    let simulator = Simulator::start().await.expect("a simulator");
    let org = simulator.add_org(sandbox("uat").relay(exposed())).await.expect("an org");
    let setup = Setup::new(&[("uat", &org)]);
    let service = setup.start().await;
    let organization = org.id().parse().expect("an id");
    let call = call_of_now("https://relay-scrub.acme.com", WEBHOOK_SECRET, "msg_0a1b", &organization, "uat").await;
    let request = || client().post(service.url("/v1/sandbox-post-copy")).headers(call.headers.clone());

    let answer = request().body(call.body.clone()).send().await.expect("an answer");
    assert_eq!(answer.status(), 202, "{answer:?}");
    let answer: serde_json::Value = answer.json().await.expect("JSON");
    service.comes_to(answer["job"].as_str().expect("a job"), "done").await;
    assert!(org.relays().iter().all(is_cleared));

    let changed = request().body(call.body.replace("uat", "dev")).send().await.expect("an answer");
    assert_eq!(changed.status(), 401, "{changed:?}");
}
