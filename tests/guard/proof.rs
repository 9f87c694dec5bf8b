//! Lock 3: the proof travels with each request, so an org that changes under the run is left alone by Salesforce itself.

use super::*;
use relay_scrub::simulator::OrgState;

/// What becomes of the org meanwhile, and why the re-read refuses it then.
type Change = (&'static str, fn(&mut OrgState), &'static str);

const CHANGES: [Change; 2] = [
    ("production", OrgState::become_production, "not_a_sandbox"),
    ("another sandbox", |state| state.id = "00D9z000000otheEAA".into(), "token_of_another_org"),
];

#[tokio::test(flavor = "multi_thread")]
async fn an_org_that_changes_between_proof_and_write_is_not_written_to() {
    let simulator = simulator().await;
    for (name, change, _) in CHANGES {
        for long_message in [true, false] {
            let setup = sandbox("uat").relay(exposed()).quirks(|quirks| quirks.long_reference_message = long_message);
            let org = add(&simulator, setup).await;
            let before = org.relays();
            org.fault(Fault::before(Matcher::writing_composite(), change));

            let ran = Program::scrub(&org, ["--json"]).run().await;

            let report = refused(&ran, "proof_failed");
            assert_eq!(org.relays(), before, "{name}");
            assert_eq!(kinds(&org), ["token", "read", "write"], "{name}: nothing is tried again");
            assert_eq!(report["records"][0]["result"], "not_attempted", "{name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_org_that_changes_between_write_and_reading_again_is_not_called_cleared() {
    let simulator = simulator().await;
    for (name, change, code) in CHANGES {
        let org = add(&simulator, sandbox("uat").relay(exposed())).await;
        org.fault(Fault::before(Matcher::reading_composite(), change).nth(2));

        let ran = Program::scrub(&org, ["--json"]).run().await;

        let report = refused(&ran, code);
        assert_eq!((&report["verified"], &report["records"][0]["result"]), (&Value::Null, &"failed".into()), "{name}");
        assert!(is_cleared(&org.relays()[0]), "{name}: the write itself was proven");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_org_that_changes_between_two_pages_of_a_reading_shows_no_more_of_its_relays() {
    let simulator = simulator().await;
    for (name, change, _) in CHANGES {
        let setup = sandbox("uat").limits(|limits| limits.page_size = 2);
        let setup = (0..5).fold(setup, |setup, number| {
            setup.relay(Relay::exposed(&format!("smtp{number}.acme.com"), "user", "password"))
        });
        let org = add(&simulator, setup).await;
        let (before, answers) = (org.relays(), answers(&org));
        org.fault(Fault::before(Matcher::reading_composite(), change).nth(2));

        let ran = Program::scrub(&org, ["--json"]).run().await;

        refused(&ran, "proof_failed");
        assert_eq!((org.relays(), kinds(&org)), (before, vec!["token", "read", "read"]), "{name}");
        let answers = format!("{:?}", answers.lock().expect("answers"));
        assert!(answers.contains("smtp1.acme.com") && !answers.contains("smtp2.acme.com"), "{name}: {answers}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_org_that_changes_between_two_batches_of_a_write_keeps_what_is_left() {
    let simulator = simulator().await;
    for (name, change, _) in CHANGES {
        let setup = (0..250).fold(sandbox("uat"), |setup, _| setup.relay(exposed()));
        let org = add(&simulator, setup).await;
        org.fault(Fault::before(Matcher::writing_composite(), change).nth(2));

        let ran = Program::scrub(&org, ["--json"]).run().await;

        let report = refused(&ran, "proof_failed");
        assert_eq!(org.relays().iter().filter(|relay| is_cleared(relay)).count(), 200, "{name}");
        let count = |result| {
            report["records"].as_array().expect("records").iter().filter(|record| record["result"] == result).count()
        };
        assert_eq!((count("failed"), count("not_attempted"), count("cleared")), (200, 50, 0), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_that_touches_a_relay_of_a_long_run_carries_the_proof() {
    let simulator = simulator().await;
    let setup = sandbox("uat").limits(|limits| limits.page_size = 150).quirks(|quirks| quirks.collate_reorders = true);
    let setup = (0..450).fold(setup, |setup, _| setup.relay(exposed()));
    let org = add(&simulator, setup).await;

    let ran = Program::scrub(&org, ["--json"]).run().await;

    cleared(&ran, &org);
    let expected = ["token", "read", "read", "read", "write", "write", "write", "read", "read", "read"];
    assert_eq!(kinds(&org), expected);
    for (number, seen) in org.requests().iter().skip(1).enumerate() {
        assert_carries_proof(seen, (number > 0).then(|| org.id()).as_deref());
    }
}

/// Fails unless the proof stands before all that touches a relay, which in turn depends on it.
#[track_caller]
fn assert_carries_proof(seen: &Seen, id: Option<&str>) {
    let body: Value = serde_json::from_str(&seen.body).expect("JSON");
    assert_eq!(body["collateSubrequests"], false, "{body}");
    let parts = body["compositeRequest"].as_array().expect("subrequests");
    let url = |part: &Value| {
        let url = part["url"].as_str().expect("a URL").replace('+', " ");
        url.replace("%27", "'").replace("%3D", "=").replace("%2C", ",").replace("%21", "!")
    };
    let proof = "/query?q=SELECT Id FROM Organization WHERE IsSandbox = true";
    let proves = |part: &Value| {
        let fits = id.is_none_or(|id| url(part).ends_with(&format!("{proof} AND Id = '{id}'")));
        part["method"] == "GET" && part["referenceId"] == "proof" && url(part).contains(proof) && fits
    };
    let position = parts.iter().position(proves).expect("a proof");
    for (number, part) in parts.iter().enumerate() {
        let touches = url(part).contains("EmailRelay") || part["method"] != "GET";
        assert!(!touches || number > position, "before the proof: {part}");
        if url(part).contains("FROM EmailRelay") {
            assert!(url(part).contains("WHERE Id != '@{proof.records[0].Id}'"), "{part}");
        }
        if part["method"] != "GET" {
            assert_eq!(body["allOrNone"], true, "{body}");
            let gate = parts[position + 1..number].iter().any(|part| url(part).contains("@{proof.records[0].Id}"));
            assert!(gate, "no gate before the write: {body}");
        }
    }
}
