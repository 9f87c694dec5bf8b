//! Answers that no org should give: what can't be trusted is never taken for clean, cleared or untouched.

use super::*;
use serde_json::json;

/// What is done to a part of an answer.
type Case = (&'static str, fn(&mut Value));

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_is_answered_twice_is_not_an_answer() {
    let simulator = simulator().await;
    for reference in ["org", "proof", "relays"] {
        let org = add(&simulator, sandbox("uat").relay(exposed())).await;
        org.fault(Fault::alter(Matcher::reading_composite(), move |answer| {
            let mut twin = part(answer, reference).clone();
            if reference == "relays" {
                twin["body"] = json!({"totalSize": 0, "done": true, "records": []});
            }
            answer["compositeResponse"].as_array_mut().expect("parts").insert(0, twin);
        }));

        let ran = Program::scrub(&org, ["--json"]).run().await;

        failed(&ran, "unreadable_answer");
        assert_eq!(kinds(&org), ["token", "read"], "{reference}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_of_a_wrong_form_is_none() {
    let cases: [Case; 6] = [
        ("no row", |proof| proof["body"]["records"] = json!([])),
        ("two rows", |proof| {
            proof["body"]["records"] = json!([proof["body"]["records"][0], proof["body"]["records"][0]])
        }),
        ("another org", |proof| proof["body"]["records"][0]["Id"] = OTHER_ORG.into()),
        ("an id that is a number", |proof| proof["body"]["records"][0]["Id"] = 1.into()),
        ("no query's answer", |proof| proof["body"] = json!({})),
        ("an error", |proof| proof["httpStatusCode"] = 500.into()),
    ];
    let simulator = simulator().await;
    for (name, edit) in cases {
        let org = add(&simulator, sandbox("uat").relay(exposed())).await;
        let before = org.relays();
        org.fault(Fault::alter(Matcher::reading_composite(), move |answer| edit(part(answer, "proof"))).always());

        let ran = Program::scrub(&org, ["--json"]).run().await;

        refused(&ran, "proof_failed");
        assert_eq!((org.relays(), kinds(&org)), (before, vec!["token", "read"]), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_was_carried_out_without_its_proof_is_told_as_one() {
    let simulator = simulator().await;
    for (name, id) in [("no row", None), ("another org", Some(OTHER_ORG.to_string()))] {
        let org = add(&simulator, sandbox("uat").relay(exposed())).await;
        org.fault(Fault::alter(Matcher::writing_composite(), move |answer| {
            part(answer, "proof")["body"]["records"] = id.iter().map(|id| json!({"Id": id})).collect();
        }));

        let ran = Program::scrub(&org, ["--json"]).run().await;

        let report = refused(&ran, "written_without_proof");
        assert_eq!(report["records"][0]["result"], "failed", "{name}: it may have been changed, and was");
        assert_eq!(kinds(&org), ["token", "read", "write"], "{name}: nothing more is asked of such an org");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_halt_in_words_that_nobody_knows_is_a_refusal() {
    let simulator = simulator().await;
    let org = add(&simulator, sandbox("uat").relay(exposed())).await;
    let before = org.relays();
    org.fault(Fault::before(Matcher::writing_composite(), |state| state.become_production()));
    org.fault(Fault::alter(Matcher::writing_composite(), |answer| {
        part(answer, "gate")["body"][0]["message"] = "The reference could not be resolved.".into();
    }));

    let ran = Program::scrub(&org, ["--json"]).run().await;

    refused(&ran, "proof_failed");
    assert_eq!((org.relays(), kinds(&org)), (before, vec!["token", "read", "write"]));
}
