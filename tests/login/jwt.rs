//! The JWT flow: which audience is signed for, in which order, and with which keys.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;

const SHARED: &str = "https://test.salesforce.com";

fn claims(form: &[(String, String)]) -> Value {
    assert_eq!(field(form, "grant_type"), "urn:ietf:params:oauth:grant-type:jwt-bearer");
    assert_eq!(form.len(), 2, "nothing else is sent: {form:?}");
    let payload = field(form, "assertion").split('.').nth(1).expect("claims");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).expect("base64")).expect("JSON")
}

fn audiences(org: &SimulatedOrg) -> Vec<String> {
    forms(org).iter().map(|form| claims(form)["aud"].as_str().expect("an audience").to_string()).collect()
}

async fn run(org: &SimulatedOrg, key: &str, arguments: &[&str]) -> Ran {
    let line = ["--username", USER].into_iter().chain(arguments.iter().copied());
    program(org, line).env("RELAY_SCRUB_JWT_KEY", key).run().await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_external_client_app_gets_its_own_audience_first_and_no_other() {
    let (simulator, key) = (simulator().await, RsaKey::generate());
    let org = add(&simulator, with_app(App::external(CONSUMER_KEY).public_key(&key.certificate))).await;

    let ran = run(&org, &key.private, &[]).await;

    cleared(&ran, &org);
    assert_eq!((audiences(&org), requests(&org)), (vec![org.url().to_string()], 4));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connected_app_gets_the_shared_audience_after_its_own_was_refused() {
    let (simulator, key) = (simulator().await, RsaKey::generate());
    let org = add(&simulator, with_app(App::connected(CONSUMER_KEY).public_key(&key.certificate))).await;

    let ran = run(&org, &key.private, &[]).await;

    let report = cleared(&ran, &org);
    assert_eq!((audiences(&org), requests(&org)), (vec![org.url().to_string(), SHARED.to_string()], 5));
    assert_eq!(report["api_requests"], 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_audience_that_was_given_is_the_only_one() {
    let (simulator, key) = (simulator().await, RsaKey::generate());
    for kind in [AppKind::Connected, AppKind::External] {
        let app = App { kind, ..App::connected(CONSUMER_KEY).public_key(&key.certificate) };
        let org = add(&simulator, with_app(app)).await;

        let ran = run(&org, &key.private, &["--jwt-audience", SHARED]).await;

        match kind {
            AppKind::Connected => drop(cleared(&ran, &org)),
            AppKind::External => drop(failed(&ran, "login_app_not_installed")),
        }
        assert_eq!(audiences(&org), [SHARED]);
    }
    let org = add(&simulator, with_app(App::connected(CONSUMER_KEY).public_key(&key.certificate))).await;
    let own = org.url().to_string();
    let error = failed(&run(&org, &key.private, &["--jwt-audience", &own]).await, "login_audience");
    assert!(error["hint"].as_str().is_some_and(|hint| hint.contains("--jwt-audience")), "{error}");
    assert_eq!(audiences(&org), [own]);
}

#[tokio::test(flavor = "multi_thread")]
async fn both_forms_of_a_private_key_sign() {
    let (simulator, key) = (simulator().await, RsaKey::generate());
    for private in [key.private.clone(), key.private_pkcs1()] {
        let org = add(&simulator, with_app(App::external(CONSUMER_KEY).public_key(&key.certificate))).await;

        cleared(&run(&org, &private, &[]).await, &org);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assertion_says_who_for_whom_and_for_less_than_three_minutes() {
    let (simulator, key) = (simulator().await, RsaKey::generate());
    let org = add(&simulator, with_app(App::external(CONSUMER_KEY).public_key(&key.certificate))).await;
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let before = now();

    cleared(&run(&org, &key.private, &[]).await, &org);

    let claims = claims(&forms(&org)[0]);
    assert_eq!((claims["iss"].as_str(), claims["sub"].as_str()), (Some(CONSUMER_KEY), Some(USER)));
    let expires = claims["exp"].as_u64().expect("seconds");
    assert!((before + 60..now() + 180).contains(&expires), "{claims}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_another_app_is_refused_and_not_tried_with_the_other_audience() {
    let (simulator, key, other) = (simulator().await, RsaKey::generate(), RsaKey::generate());
    let org = add(&simulator, with_app(App::connected(CONSUMER_KEY).public_key(&key.certificate))).await;

    let ran = run(&org, &other.private, &[]).await;

    failed(&ran, "login_signature");
    assert_eq!(requests(&org), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_session_is_renewed_with_a_fresh_assertion() {
    let (simulator, key) = (simulator().await, RsaKey::generate());
    let org = add(&simulator, with_app(App::external(CONSUMER_KEY).public_key(&key.certificate))).await;
    org.fault(Fault::expire_sessions(Matcher::writing_composite()));

    cleared(&run(&org, &key.private, &[]).await, &org);

    assert_eq!((audiences(&org).len(), requests(&org)), (2, 7));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assertion_is_signed_anew_after_a_pause() {
    let (simulator, key) = (simulator().await, RsaKey::generate());
    let org = add(&simulator, with_app(App::external(CONSUMER_KEY).public_key(&key.certificate))).await;
    // Seconds are the finest that an assertion tells, so a shorter pause could not be seen in it.
    org.fault(Fault::too_many_requests(Matcher::token(), "1"));

    cleared(&run(&org, &key.private, &[]).await, &org);

    let expiries: Vec<_> = forms(&org).iter().map(|form| claims(form)["exp"].as_u64()).collect();
    assert!(expiries.len() == 2 && expiries[0] < expiries[1], "{expiries:?}");
}
