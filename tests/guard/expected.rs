//! Lock 4: the user's word on which org is meant. The org is a sandbox that proves itself.

use super::*;

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
