//! A session that expires midway is renewed once, and the org is proven in the new one before anything else is done.

use super::*;
use crate::support::program::USER;
use relay_scrub::simulator::OrgState;

/// Where the session expires, and all requests of the run.
type Case = (fn() -> Fault, &'static [&'static str]);

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_session_is_renewed_once_and_the_org_proven_again() {
    let simulator = simulator().await;
    let cases: [Case; 3] = [
        (|| Fault::expire_sessions(Matcher::reading_composite()), &["token", "read", "token", "read", "write", "read"]),
        (
            || Fault::expire_sessions(Matcher::writing_composite()),
            &["token", "read", "write", "token", "proof", "write", "read"],
        ),
        (
            || Fault::expire_sessions(Matcher::reading_composite()).nth(2),
            &["token", "read", "write", "read", "token", "proof", "read"],
        ),
    ];
    for (fault, expected) in cases {
        let org = add(&simulator, sandbox("uat").relay(exposed())).await;
        org.fault(fault());

        let ran = Program::scrub(&org, ["--json"]).run().await;

        let report = cleared(&ran, &org);
        assert_eq!(kinds(&org), expected);
        assert_eq!(report["api_requests"], expected.len());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_expires_twice_ends_the_run() {
    let simulator = simulator().await;
    let org = add(&simulator, sandbox("uat").relay(exposed())).await;
    let before = org.relays();
    org.fault(Fault::expire_sessions(Matcher::writing_composite()).always());

    let ran = Program::scrub(&org, ["--json"]).run().await;

    let report = failed(&ran, "session_ended");
    assert_eq!((org.relays(), kinds(&org)), (before, vec!["token", "read", "write", "token", "proof", "write"]));
    assert_eq!(report["records"][0]["result"], "not_attempted");
}

/// What the org is when the session is renewed.
type Change = (&'static str, fn(&mut OrgState));

const CHANGES: [Change; 3] = [
    ("production", OrgState::become_production),
    ("another sandbox", |state| state.id = "00D9z000000otheEAA".into()),
    ("the sandbox that a refresh made", |state| state.refresh(sandbox("uat").relay(exposed()))),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_session_of_another_org_is_refused_and_never_writes() {
    let simulator = simulator().await;
    for (name, change) in CHANGES {
        let org = add(&simulator, sandbox("uat").relay(exposed())).await;
        org.fault(Fault::before(Matcher::writing_composite(), move |state| {
            state.expire_sessions();
            change(state);
        }));

        let ran = Program::scrub(&org, ["--json"]).run().await;

        assert_eq!((ran.code, &ran.org()["outcome"]), (3, &"refused".into()), "{name}: {ran:?}");
        assert_eq!(kinds(&org), ["token", "read", "write", "token", "proof"], "{name}");
        assert!(org.relays().iter().all(|relay| relay.username.is_some() && relay.password.is_some()), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_renewed_by_production_reads_nothing() {
    let simulator = simulator().await;
    let org = add(&simulator, sandbox("uat").relay(exposed())).await;
    let (before, answers) = (org.relays(), answers(&org));
    org.fault(Fault::before(Matcher::reading_composite(), |state| {
        state.expire_sessions();
        state.become_production();
    }));

    let ran = Program::scrub(&org, ["--json"]).run().await;

    refused(&ran, "not_a_sandbox");
    assert_eq!((org.relays(), kinds(&org)), (before, vec!["token", "read", "token", "read"]));
    assert!(!format!("{:?}", answers.lock().expect("answers")).contains("smtp"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_session_is_held_against_the_org_expected_before_it_is_used() {
    let simulator = simulator().await;
    let org = add(&simulator, sandbox("uat").relay(exposed())).await;
    let id = org.id();
    org.fault(Fault::before(Matcher::writing_composite(), |state| state.refresh(sandbox("uat").relay(exposed()))));

    let ran = Program::scrub(&org, ["--json", "--expect-org-id", &id]).run().await;

    refused(&ran, "unexpected_org");
    assert_eq!(kinds(&org), ["token", "read", "write", "token"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_login_that_answers_for_another_address_is_refused() {
    let simulator = simulator().await;
    let org = add(&simulator, sandbox("uat").relay(exposed())).await;
    let before = org.relays();
    org.fault(Fault::expire_sessions(Matcher::writing_composite()));
    org.fault(
        Fault::alter(Matcher::token(), |answer| answer["instance_url"] = "https://acme.my.salesforce.com".into())
            .nth(2),
    );

    let ran = Program::scrub(&org, ["--json"]).run().await;

    refused(&ran, "foreign_instance_url");
    assert_eq!((org.relays(), kinds(&org)), (before, vec!["token", "read", "write", "token"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_obtained_elsewhere_serves_until_it_expires() {
    let simulator = simulator().await;
    for expires in [false, true] {
        let org = add(&simulator, sandbox("uat").relay(exposed())).await;
        let before = org.relays();
        let token = org.open_session(USER);
        if expires {
            org.fault(Fault::expire_sessions(Matcher::writing_composite()));
        }
        let program = Program::new(["scrub", "--json", "--instance-url", org.url()]);

        let ran = program.env("RELAY_SCRUB_ACCESS_TOKEN", &token).run().await;

        if expires {
            let report = failed(&ran, "session_ended");
            assert!(report["error"]["hint"].as_str().is_some_and(|hint| hint.contains("access token")), "{report}");
            assert_eq!((org.relays(), kinds(&org)), (before, vec!["read", "write"]));
        } else {
            cleared(&ran, &org);
            assert_eq!(kinds(&org), ["read", "write", "read"]);
        }
    }
}
