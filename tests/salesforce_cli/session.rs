//! A session that the Salesforce CLI has.

use relay_scrub::simulator::{Fault, Matcher, Simulator};
use serde_json::json;

use super::{display, org, redacted, token};
use crate::support::fake_sf::{FakeSf, Says};
use crate::support::program::{Program, USER, is_cleared, requests};

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_cli_is_asked_for_the_token_by_a_command_of_its_own() {
    let simulator = Simulator::start().await.expect("a simulator");
    let org = org(&simulator).await;
    let sf = FakeSf::new(&redacted(&org), &token(&org.open_session(USER)));

    let ran = Program::new(["scrub", "-o", "uat", "--json"]).env("PATH", sf.path()).run().await;

    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(org.relays().iter().all(is_cleared), "{:?}", org.relays());
    let report = ran.org();
    assert_eq!((&report["target"], &report["org"]["instance_url"]), (&json!("uat"), &json!(org.url())));
    assert_eq!(requests(&org), 3, "a session needs no request for a token");
    let calls = ["org display --target-org=uat --json", "org auth show-access-token --target-org=uat --json"];
    assert_eq!(sf.calls(), calls);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_cli_shows_the_token_at_once_and_is_asked_for_nothing_else() {
    let simulator = Simulator::start().await.expect("a simulator");
    let org = org(&simulator).await;
    let mut shows = Says::result(&display(&org, &org.open_session(USER)));
    shows.stdout = format!(" ›   Warning: @salesforce/cli update available {{2.0}}.\n{}\n", shows.stdout);
    let sf = FakeSf::new(&shows, &Says::unknown_command());

    let program = Program::new(["scrub", "--json"]).env("PATH", sf.path()).env("SF_TARGET_ORG", USER);
    let ran = program.run().await;

    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(org.relays().iter().all(is_cleared));
    assert_eq!(sf.calls(), [format!("org display --target-org={USER} --json")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_of_ours_reaches_the_cli_and_none_of_its_own_reaches_the_output() {
    let simulator = Simulator::start().await.expect("a simulator");
    let org = org(&simulator).await;
    let session = org.open_session(USER);
    let sf = FakeSf::new(&redacted(&org), &token(&session));
    let secrets =
        ["RELAY_SCRUB_CLIENT_SECRET", "RELAY_SCRUB_JWT_KEY", "RELAY_SCRUB_UAT_REFRESH_TOKEN", "SF_ACCESS_TOKEN"];

    let mut program = Program::new(["scrub", "-o", "uat", "-vv"]).env("PATH", sf.path()).env("SF_DOMAIN_RETRY", "0");
    for secret in secrets {
        program = program.env(secret, "planted-for-us");
    }
    let ran = program.run().await;

    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(!sf.environment().contains("planted-for-us") && !sf.environment().contains("RELAY_SCRUB_"));
    assert!(sf.environment().contains("SF_DOMAIN_RETRY=0") && sf.environment().contains("HOME="));
    let shown = format!("{ran:?} {:?}", sf.calls());
    assert!(!shown.contains(&session) && !shown.contains("planted-for-us"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ends_midway_is_asked_for_once_more() {
    let simulator = Simulator::start().await.expect("a simulator");
    let org = org(&simulator).await;
    let sf = FakeSf::new(&redacted(&org), &token(&org.open_session(USER)));
    let shown_next = sf.stdout_of("token");
    org.fault(Fault::before(Matcher::writing_composite(), move |state| {
        state.expire_sessions();
        std::fs::write(&shown_next, token(&state.open_session(USER)).stdout).expect("the next token");
    }));

    let ran = Program::new(["scrub", "-o", "uat", "--json"]).env("PATH", sf.path()).run().await;

    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(org.relays().iter().all(is_cleared));
    assert_eq!(sf.calls().len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_the_cli_cannot_renew_ends_the_run_and_is_never_revoked() {
    let simulator = Simulator::start().await.expect("a simulator");
    let org = org(&simulator).await;
    let sf = FakeSf::new(&redacted(&org), &token(&org.open_session(USER)));
    org.fault(Fault::expire_sessions(Matcher::writing_composite()));

    let ran = Program::new(["scrub", "-o", "uat", "--json"]).env("PATH", sf.path()).run().await;

    assert_eq!(ran.code, 1, "{ran:?}");
    assert_eq!(ran.org()["error"]["code"], "session_ended");
    assert_eq!(sf.calls().len(), 4, "asked once more, and no more than once");
    assert!(org.requests().iter().all(|seen| !seen.path.contains("revoke")));
}

#[tokio::test(flavor = "multi_thread")]
async fn several_orgs_of_the_file_are_read_from_the_cli_each_by_its_own_alias() {
    let simulator = Simulator::start().await.expect("a simulator");
    let org = org(&simulator).await;
    let sf = FakeSf::new(&redacted(&org), &token(&org.open_session(USER)));
    let section =
        |name: &str, url: &str| format!("[orgs.{name}]\ninstance_url = \"{url}\"\ntarget_org = \"my-{name}\"\n");
    let other = "https://acme--qa.sandbox.my.salesforce.com";

    let program = Program::new(["scrub", "--all", "--json"]).env("PATH", sf.path()).env("SF_TARGET_ORG", "planted");
    let program = program.file("relay-scrub.toml", &(section("uat", org.url()) + &section("qa", other)));
    let ran = program.run().await;

    assert_eq!(ran.code, 3, "{ran:?}");
    let report = ran.report();
    assert_eq!(report["orgs"][0]["outcome"], "cleared");
    assert_eq!(report["orgs"][1]["error"]["code"], "foreign_instance_url", "the alias leads to another org: {report}");
    let mut calls = sf.calls();
    calls.sort();
    let expected = [
        "org auth show-access-token --target-org=my-uat --json",
        "org display --target-org=my-qa --json",
        "org display --target-org=my-uat --json",
    ];
    assert_eq!(calls, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_the_environment_works_with_the_address_that_the_cli_takes() {
    let simulator = Simulator::start().await.expect("a simulator");
    for variable in ["SF_ORG_INSTANCE_URL", "RELAY_SCRUB_INSTANCE_URL"] {
        let org = org(&simulator).await;
        let program = Program::new(["scrub", "--json"]).env(variable, org.url()).env("SF_TARGET_ORG", "another");
        let ran = program.env("SF_ACCESS_TOKEN", org.open_session(USER)).run().await;
        assert_eq!(ran.code, 0, "{variable}: {ran:?}");
        assert!(org.relays().iter().all(is_cleared));
        assert_eq!(requests(&org), 3);
    }
}
