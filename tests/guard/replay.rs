//! Lock 3 alone: the very requests that the program sent to a sandbox, sent by hand to an org that is none.
//!
//! Nothing of the program is left that could refuse; what holds is what Salesforce makes of the request itself.

use super::*;
use crate::support::program::USER;
use relay_scrub::simulator::OrgKind;

/// What the program sent to a sandbox with an exposed relay: the reading and the write.
async fn recorded(org: &SimulatedOrg) -> (String, String) {
    let ran = Program::scrub(org, ["--json"]).run().await;
    cleared(&ran, org);
    let body = |wanted: &str| org.requests().into_iter().find(|seen| kind(seen) == wanted).expect("a request").body;
    (body("read"), body("write"))
}

async fn send(org: &SimulatedOrg, body: &str) -> Value {
    let token = org.open_session(USER);
    let request = reqwest::Client::new().post(format!("{}/services/data/v68.0/composite", org.url()));
    let request = request.bearer_auth(token).header("content-type", "application/json").body(body.to_string());
    request.send().await.expect("an answer").json().await.expect("JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn salesforce_itself_halts_the_programs_requests_anywhere_but_in_that_sandbox() {
    let simulator = simulator().await;
    let org = add(&simulator, sandbox("uat").relay(exposed())).await;
    let held = org.relays();
    let (read, write) = recorded(&org).await;
    let own = org.id();
    let places = [
        (OrgKind::Production, own.clone()),
        (OrgKind::Production, OTHER_ORG.to_string()),
        (OrgKind::DeveloperEdition, own.clone()),
        (OrgKind::Sandbox, OTHER_ORG.to_string()),
    ];
    for (kind, id) in places {
        let there = OrgSetup { kind, ..sandbox("elsewhere").id(&id) };
        let there = add(&simulator, held.iter().cloned().fold(there, OrgSetup::relay)).await;

        let mut answer = send(&there, &write).await;

        assert_eq!(there.relays(), held, "{kind:?} {id}: {answer}");
        for reference in ["proof", "gate", "clear"] {
            assert_eq!(part(&mut answer, reference)["httpStatusCode"], 400);
        }
        let mut answer = send(&there, &read).await;
        assert_eq!(part(&mut answer, "relays")["httpStatusCode"], 400);
        assert!(!answer.to_string().contains("smtp"), "{answer}");
    }

    // The same requests work where they belong: without that, the refusals above would show nothing.
    held.iter().for_each(|relay| drop(org.put_relay(relay.clone())));
    assert!(send(&org, &read).await.to_string().contains("smtp.acme.com"));
    send(&org, &write).await;
    assert!(org.relays().iter().all(is_cleared));
}
