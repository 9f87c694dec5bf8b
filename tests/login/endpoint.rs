//! A token endpoint that does not answer as one.

use serde_json::json;

use super::*;
use crate::support::program::CONSUMER_SECRET;

/// `scrub` of an org with client credentials, and with a JWT, whose answers are read in another place.
async fn both_flows(fault: impl Fn() -> Fault) -> Vec<(Ran, SimulatedOrg)> {
    let (simulator, key) = (simulator().await, RsaKey::generate());
    let app = || App::external(CONSUMER_KEY).secret(CONSUMER_SECRET).run_as(USER).public_key(&key.certificate);
    let mut runs = Vec::new();
    for jwt in [false, true] {
        let org = add(&simulator, with_app(app())).await;
        org.fault(fault());
        let program = match jwt {
            true => program(&org, ["--username", USER]).env("RELAY_SCRUB_JWT_KEY", &key.private),
            false => program(&org, []).env("RELAY_SCRUB_CLIENT_SECRET", CONSUMER_SECRET),
        };
        runs.push((program.run().await, org));
    }
    runs
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_answer_of_a_token_endpoint_is_told_as_what_it_is_and_not_tried_again() {
    let json = [("content-type", "application/json")];
    let status = |status, body: &str| Fault::status(Matcher::token(), status, &json, body).always();
    let token = "00D5e00000000G8!planted-token";
    let cases: [(&str, &dyn Fn() -> Fault, &str); 8] = [
        ("a page", &|| Fault::html_200(Matcher::token()).always(), "a web page"),
        ("an empty answer", &|| status(200, ""), "without a body"),
        ("an empty refusal", &|| status(400, ""), "without a body"),
        ("another answer", &|| status(200, "{\"a\": 1}"), "no answer of a token endpoint"),
        ("no JSON", &|| status(200, token), "no answer of a token endpoint"),
        ("another refusal", &|| status(400, "[{\"errorCode\": \"X\"}]"), "no answer of a token endpoint"),
        ("broken off", &|| Fault::malformed_json(Matcher::token()).always(), "no answer of a token endpoint"),
        ("without end", &|| Fault::huge_body(Matcher::token(), 64 << 20).always(), "more than 8 MiB"),
    ];
    for (name, fault, words) in cases {
        for (ran, org) in both_flows(fault).await {
            let error = failed(&ran, "unreadable_answer");
            assert!(error["message"].as_str().is_some_and(|message| message.contains(words)), "{name}: {error}");
            assert!(!ran.stdout.contains("planted") && !ran.stderr.contains("planted"), "{name}: {ran:?}");
            assert_eq!(requests(&org), 1, "{name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_endpoint_that_is_busy_is_asked_again() {
    let faults: [fn() -> Fault; 5] = [
        || Fault::too_many_requests(Matcher::token(), "0"),
        || Fault::unavailable(Matcher::token()),
        || Fault::status(Matcher::token(), 500, &[("content-type", "text/html")], "<p>"),
        || Fault::truncated(Matcher::token()),
        || Fault::reset(Matcher::token()),
    ];
    for fault in faults {
        for (ran, org) in both_flows(fault).await {
            let report = cleared(&ran, &org);
            assert_eq!((forms(&org).len(), &report["api_requests"]), (2, &json!(5)));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_that_is_longer_than_the_time_for_the_org_is_told_and_not_begun() {
    for (ran, org) in both_flows(|| Fault::too_many_requests(Matcher::token(), "3600").always()).await {
        let error = failed(&ran, "throttled");
        assert!(error["message"].as_str().is_some_and(|message| message.contains("3600")), "{error}");
        assert_eq!(requests(&org), 1);
    }
}
