//! What was lost on the way never looks like what is not there.

use relay_scrub::simulator::{Fault, Matcher, OrgSetup, Simulator};
use serde_json::{Value, json};

use crate::support::program::{Program, exposed, requests, sandbox};

fn relays_of(answer: &mut Value) -> Option<&mut Value> {
    let parts = answer["compositeResponse"].as_array_mut()?;
    parts.iter_mut().find(|part| part["referenceId"] == "relays").map(|part| &mut part["body"])
}

/// Dry-runs an org with two exposed relays whose answer to the first read is changed on its way.
async fn read_through(setup: OrgSetup, change: fn(&mut Value)) -> Value {
    let simulator = Simulator::start().await.expect("a simulator");
    let org = simulator.add_org(setup.relay(exposed()).relay(exposed())).await.expect("an org");
    let alter = move |answer: &mut Value| relays_of(answer).into_iter().for_each(change);
    org.fault(Fault::alter(Matcher::reading_composite(), alter));
    let ran = Program::scrub(&org, ["--dry-run", "--json"]).run().await;
    assert_eq!(ran.code, 1, "{ran:?}");
    assert_eq!(requests(&org), 2);
    ran.org()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_lost_its_rows_is_not_clean() {
    let changes: [fn(&mut Value); 5] = [
        |relays| relays["records"] = json!([]),
        |relays| {
            relays["records"].as_array_mut().and_then(Vec::pop);
        },
        |relays| relays["totalSize"] = json!(0),
        |relays| *relays = json!({"totalSize": 2, "done": false, "records": []}),
        |relays| *relays = json!({"done": true, "records": []}),
    ];
    for change in changes {
        let org = read_through(sandbox("uat"), change).await;
        assert_eq!(org["outcome"], "failed", "{org}");
        assert_eq!(org["error"]["code"], "unreadable_answer", "{org}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_is_missing_or_of_another_type_is_not_empty() {
    let changes: [fn(&mut Value); 4] = [
        |relays| {
            relays["records"][0].as_object_mut().and_then(|row| row.remove("Username"));
        },
        |relays| {
            relays["records"][1].as_object_mut().and_then(|row| row.remove("IsRequireAuth"));
        },
        |relays| relays["records"][0]["Username"] = json!({}),
        |relays| relays["records"][0]["Id"] = json!("none"),
    ];
    for change in changes {
        let org = read_through(sandbox("uat"), change).await;
        assert_eq!(org["error"]["code"], "unreadable_answer", "{org}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_repeat_end_as_a_failure() {
    let simulator = Simulator::start().await.expect("a simulator");
    let setup = sandbox("uat").limits(|limits| limits.page_size = 1).relay(exposed()).relay(exposed());
    let org = simulator.add_org(setup).await.expect("an org");
    let first = org.relays()[0].id.clone();
    org.fault(
        Fault::alter(Matcher::body_contains("Id+%3E"), move |answer| {
            if let Some(relays) = relays_of(answer) {
                relays["records"][0]["Id"] = json!(first);
            }
        })
        .always(),
    );
    let ran = Program::scrub(&org, ["--dry-run", "--json"]).run().await;
    assert_eq!(ran.org()["error"]["code"], "unreadable_answer", "{ran:?}");
}
