//! Lock 2: the org's own word. Where only the word is altered, the proof of lock 3 holds and the relays come along.

use super::*;
use relay_scrub::simulator::OrgKind;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn production_and_its_kin_are_refused_and_none_of_their_relays_is_even_read() {
    let simulator = simulator().await;
    let kinds_of_org = [
        (OrgKind::Production, "production"),
        (OrgKind::DeveloperEdition, "developer-edition"),
        (OrgKind::Trial, "trial"),
    ];
    for (kind, name) in kinds_of_org {
        for names_its_org in [true, false] {
            let setup = OrgSetup { kind, ..sandbox("acme").relay(exposed()) }.quirks(|quirks| {
                quirks.jwt_access_tokens = !names_its_org;
                quirks.token_without_id = !names_its_org;
            });
            let org = add(&simulator, setup).await;
            let (before, answers) = (org.relays(), answers(&org));

            let ran = Program::scrub(&org, ["--json"]).run().await;

            let report = refused(&ran, "not_a_sandbox");
            assert!(report["error"]["message"].as_str().is_some_and(|message| message.contains(name)), "{report}");
            assert_eq!((&report["org"]["id"], &report["org"]["kind"]), (&org.id().into(), &name.into()), "{report}");
            assert_eq!((&report["org"]["is_sandbox"], &report["api_version"]), (&false.into(), &"68.0".into()));
            assert_eq!((org.relays(), kinds(&org)), (before, vec!["token", "read"]), "{name}");
            let mut answers = answers.lock().expect("answers").clone();
            let relays = part(answers.last_mut().expect("an answer"), "relays");
            assert_eq!(relays["httpStatusCode"], 400, "{relays}");
            assert!(!format!("{answers:?}").contains("smtp"), "a relay left the org: {answers:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scratch_org_is_scrubbed_and_called_one() {
    let simulator = simulator().await;
    let org = add(&simulator, OrgSetup { kind: OrgKind::Scratch, ..sandbox("scratch").relay(exposed()) }).await;

    let ran = Program::scrub(&org, ["--json"]).run().await;

    let report = cleared(&ran, &org);
    assert_eq!((&report["org"]["kind"], &report["org"]["is_sandbox"]), (&"scratch".into(), &true.into()));
}

/// What is done to the org's word, and the reason for the refusal.
type Case = (&'static str, fn(&mut Value), &'static str);

fn row(word: &mut Value) -> &mut Value {
    &mut word["body"]["records"][0]
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_boolean_true_in_one_row_of_the_tokens_own_org_is_a_word() {
    let cases: [Case; 16] = [
        ("false", |word| row(word)["IsSandbox"] = false.into(), "not_a_sandbox"),
        ("null", |word| row(word)["IsSandbox"] = Value::Null, "sandbox_not_stated"),
        ("a text", |word| row(word)["IsSandbox"] = "true".into(), "sandbox_not_stated"),
        ("a number", |word| row(word)["IsSandbox"] = 1.into(), "sandbox_not_stated"),
        ("a list", |word| row(word)["IsSandbox"] = json!([true]), "sandbox_not_stated"),
        ("missing", |word| drop(row(word).as_object_mut().map(|row| row.remove("IsSandbox"))), "sandbox_not_stated"),
        ("another case", |word| *row(word) = json!({"Id": row(word)["Id"], "issandbox": true}), "sandbox_not_stated"),
        ("no row", |word| word["body"]["records"] = json!([]), "sandbox_not_stated"),
        ("two rows", |word| word["body"]["records"] = json!([row(word), row(word)]), "sandbox_not_stated"),
        ("no query's answer", |word| word["body"] = json!({"IsSandbox": true}), "sandbox_not_stated"),
        ("no rows but an error", |word| word["httpStatusCode"] = 403.into(), "sandbox_not_stated"),
        ("no id", |word| drop(row(word).as_object_mut().map(|row| row.remove("Id"))), "sandbox_not_stated"),
        ("an id of a user", |word| row(word)["Id"] = "0055e0000000001".into(), "sandbox_not_stated"),
        ("an id that is a number", |word| row(word)["Id"] = 5.into(), "sandbox_not_stated"),
        ("an id in lower case", |word| row(word)["Id"] = lower(&row(word)["Id"]).into(), "token_of_another_org"),
        ("another org's id", |word| row(word)["Id"] = OTHER_ORG.into(), "token_of_another_org"),
    ];
    let simulator = simulator().await;
    for (name, edit, code) in cases {
        let org = add(&simulator, sandbox("uat").relay(exposed())).await;
        let before = org.relays();
        org.fault(Fault::alter(Matcher::reading_composite(), move |answer| edit(part(answer, "org"))).always());

        let ran = Program::scrub(&org, ["--json"]).run().await;

        refused(&ran, code);
        assert_eq!((org.relays(), kinds(&org)), (before, vec!["token", "read"]), "{name}");
    }
}

/// The first 15 characters with one of their letters in another case, which is another org's id.
fn lower(id: &Value) -> String {
    let id = id.as_str().expect("an id");
    format!("{}E{}", &id[..4], &id[5..15])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_and_its_answer_that_name_two_orgs_are_refused() {
    let simulator = simulator().await;
    let org = add(&simulator, sandbox("uat").relay(exposed())).await;
    let before = org.relays();
    let identities = [
        (json!(format!("https://test.salesforce.com/id/{OTHER_ORG}/0055e0000000001")), "token_of_another_org"),
        (json!("https://test.salesforce.com/id/"), "sandbox_not_stated"),
        (json!("nothing like an identity"), "sandbox_not_stated"),
    ];
    for (identity, code) in identities {
        org.forget_requests();
        org.fault(Fault::alter(Matcher::token(), move |answer| answer["id"] = identity.clone()));

        let ran = Program::scrub(&org, ["--json"]).run().await;

        refused(&ran, code);
        assert_eq!((org.relays(), kinds(&org)), (before.clone(), vec!["token"]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_org_than_the_tokens_is_refused() {
    let simulator = simulator().await;
    let org = add(&simulator, sandbox("uat").relay(exposed())).await;
    let before = org.relays();
    org.fault(Fault::after(Matcher::token(), |state| state.id = "00D9z000000otheEAA".into()));

    let ran = Program::scrub(&org, ["--json"]).run().await;

    refused(&ran, "token_of_another_org");
    assert_eq!((org.relays(), kinds(&org)), (before, vec!["token", "read"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_names_no_org_is_proven_all_the_same() {
    let simulator = simulator().await;
    let setup = sandbox("uat").relay(exposed()).quirks(|quirks| {
        quirks.jwt_access_tokens = true;
        quirks.token_without_id = true;
    });
    let org = add(&simulator, setup).await;

    let ran = Program::scrub(&org, ["--json"]).run().await;

    cleared(&ran, &org);
    let proofs: Vec<bool> = org.requests()[1..].iter().map(|seen| seen.body.contains(&org.id())).collect();
    assert_eq!(proofs, [false, true, true], "once the org is known, the proof names it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_org_leaves_the_others_of_the_run_to_be_cleared() {
    let simulator = simulator().await;
    let uat = add(&simulator, sandbox("uat").relay(exposed())).await;
    let live = add(&simulator, OrgSetup { kind: OrgKind::Production, ..sandbox("acme").relay(exposed()) }).await;
    let before = live.relays();

    let ran = Program::scrub_fleet(&[("live", &live), ("uat", &uat)], ["--all", "--json"]).run().await;

    assert_eq!(ran.code, 3, "the gravest decides: {ran:?}");
    let report = ran.report();
    assert_eq!((&report["orgs"][0]["outcome"], &report["orgs"][1]["outcome"]), (&"refused".into(), &"cleared".into()));
    assert_eq!(live.relays(), before);
    assert!(uat.relays().iter().all(is_cleared));
}
