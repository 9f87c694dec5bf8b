//! Lock 4: the user's word on which org is meant. The org is a sandbox that proves itself.

use relay_scrub::domain::id::OrgId;
use relay_scrub::domain::report::Outcome;
use relay_scrub::salesforce::Expected;

use super::*;
use crate::support::front_door::Scrub;

/// One of these ids has to be the org's.
fn one_of(ids: &[&str]) -> Expected {
    let org_ids = ids.iter().map(|id| id.parse().expect("an id")).collect();
    Expected { org_ids, ..Expected::default() }
}

/// An org that tells by no token which one it is.
fn silent(setup: OrgSetup) -> OrgSetup {
    setup.quirks(|quirks| {
        quirks.jwt_access_tokens = true;
        quirks.token_without_id = true;
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_org_expected_is_scrubbed_whichever_form_its_id_has() {
    let simulator = simulator().await;
    for length in [15, 18] {
        let org = add(&simulator, sandbox("uat").relay(exposed())).await;
        let id = org.id();

        let ran = Program::scrub(&org, ["--json", "--expect-org-id", &id[..length]]).run().await;

        cleared(&ran, &org);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_org_than_the_one_expected_is_refused_as_soon_as_the_token_tells() {
    let simulator = simulator().await;
    let org = add(&simulator, sandbox("uat").relay(exposed())).await;
    let before = org.relays();

    let ran = Program::scrub(&org, ["--json", "--expect-org-id", OTHER_ORG]).run().await;

    refused(&ran, "unexpected_org");
    assert_eq!((org.relays(), kinds(&org)), (before, vec!["token"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_org_than_the_one_expected_is_refused_where_the_token_tells_nothing() {
    let simulator = simulator().await;
    let setup = sandbox("uat").relay(exposed()).quirks(|quirks| {
        quirks.jwt_access_tokens = true;
        quirks.token_without_id = true;
    });
    let org = add(&simulator, setup).await;
    let (before, answers) = (org.relays(), answers(&org));

    let ran = Program::scrub(&org, ["--json", "--expect-org-id", OTHER_ORG]).run().await;

    refused(&ran, "unexpected_org");
    assert_eq!((org.relays(), kinds(&org)), (before, vec!["token", "read"]));
    let answers = answers.lock().expect("answers");
    assert!(!format!("{answers:?}").contains("smtp"), "a relay left the org: {answers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_differs_in_the_case_of_one_letter_is_another_org() {
    let simulator = simulator().await;
    let org = add(&simulator, sandbox("uat").relay(exposed()).id("00D5e0000000abc")).await;
    let before = org.relays();

    let ran = Program::scrub(&org, ["--json", "--expect-org-id", "00D5e0000000abC"]).run().await;

    refused(&ran, "unexpected_org");
    assert_eq!(org.relays(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_not_taken_on_trust_where_the_address_has_none() {
    let simulator = simulator().await;
    let org = add(&simulator, sandbox("uat").relay(exposed())).await;

    let ran = Program::scrub(&org, ["--json", "--expect-sandbox", "uat"]).run().await;

    refused(&ran, "unexpected_sandbox");
    assert_eq!(requests(&org), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_org_that_is_denied_is_refused_though_it_proves_to_be_a_sandbox() {
    let simulator = simulator().await;
    for names_its_org in [true, false] {
        for length in [15, 18] {
            let setup = sandbox("uat").relay(exposed()).quirks(|quirks| {
                quirks.jwt_access_tokens = !names_its_org;
                quirks.token_without_id = !names_its_org;
            });
            let org = add(&simulator, setup).await;
            let before = org.relays();
            let file = format!(
                "[guard]\nproduction_org_id = \"{}\"\n[orgs.uat]\nauth = \"client-credentials\"\n\
                 client_id = \"{CONSUMER_KEY}\"\ninstance_url = \"{}\"\n",
                &org.id()[..length],
                org.url()
            );
            let program = Program::new(["scrub", "uat", "--json"]).file("relay-scrub.toml", &file);

            let ran = program.env("RELAY_SCRUB_CLIENT_SECRET", CONSUMER_SECRET).run().await;

            refused(&ran, "denied_org");
            let expected: &[_] = if names_its_org { &["token"] } else { &["token", "read"] };
            assert_eq!((org.relays(), kinds(&org).as_slice()), (before, expected));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_org_that_has_one_of_several_ids_is_scrubbed() {
    let simulator = simulator().await;
    for tells in [true, false] {
        let setup = sandbox("uat").relay(exposed());
        let org = add(&simulator, if tells { setup } else { silent(setup) }).await;
        let id = org.id();

        let done = Scrub::new().expecting(one_of(&[OTHER_ORG, &id[..15], "00D9z000000more"])).run(&org).await;

        assert_eq!(done.report.outcome, Outcome::Cleared, "{done:?}");
        assert_eq!(kinds(&org), ["token", "read", "write", "read"]);
        assert!(org.relays().iter().all(is_cleared));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_org_that_has_none_of_several_ids_is_refused_and_no_relay_leaves_it() {
    let simulator = simulator().await;
    for tells in [true, false] {
        let setup = sandbox("uat").relay(exposed());
        let org = add(&simulator, if tells { setup } else { silent(setup) }).await;
        let (before, answers) = (org.relays(), answers(&org));

        let done = Scrub::new().expecting(one_of(&[OTHER_ORG, "00D9z000000more"])).run(&org).await;

        assert_eq!((done.report.outcome, done.code()), (Outcome::Refused, "unexpected_org"), "{done:?}");
        let [one, two] = [OTHER_ORG, "00D9z000000more"].map(|id| id.parse::<OrgId>().expect("an id"));
        assert_eq!(done.message(), format!("this is org {}, and one of {one}, {two} was expected", org.id()));
        let expected: &[_] = if tells { &["token"] } else { &["token", "read"] };
        assert_eq!((org.relays(), kinds(&org).as_slice()), (before, expected));
        assert!(!format!("{:?}", answers.lock().expect("answers")).contains("smtp"), "a relay left the org");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_org_that_is_not_expected_says_what_it_is_to_who_must_know_and_no_relay_is_read() {
    let simulator = simulator().await;
    let kinds_of_orgs = [
        (OrgKind::Production, "not_a_sandbox"),
        (OrgKind::DeveloperEdition, "not_a_sandbox"),
        (OrgKind::Sandbox, "unexpected_org"),
        (OrgKind::Scratch, "unexpected_org"),
    ];
    for (kind, code) in kinds_of_orgs {
        let setup = OrgSetup { kind, ..sandbox("uat").relay(exposed()) };
        let org = add(&simulator, setup).await;
        let (before, answers) = (org.relays(), answers(&org));

        let expected = Expected { asks_others: true, ..one_of(&[OTHER_ORG]) };
        let done = Scrub::new().expecting(expected).run(&org).await;

        assert_eq!((done.report.outcome, done.code()), (Outcome::Refused, code), "{kind:?}: {done:?}");
        assert_eq!(
            done.report.org.as_ref().map(|org| org.id.to_string()),
            Some(org.id()),
            "the report says which it was"
        );
        assert_eq!((org.relays(), kinds(&org)), (before, vec!["token", "proof"]));
        assert!(!format!("{:?}", answers.lock().expect("answers")).contains("smtp"), "a relay left the org");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_org_that_is_not_expected_and_does_not_say_what_it_is_stays_unexpected() {
    let simulator = simulator().await;
    let org = add(&simulator, sandbox("uat").relay(exposed())).await;
    org.edit(|state| state.users[0].api_enabled = false);

    let expected = Expected { asks_others: true, ..one_of(&[OTHER_ORG]) };
    let done = Scrub::new().expecting(expected).run(&org).await;

    assert_eq!((done.report.outcome, done.code()), (Outcome::Refused, "unexpected_org"), "{done:?}");
}
