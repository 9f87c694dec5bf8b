//! Scripted trouble happens as scripted.

use std::time::{Duration, Instant};

use super::*;
use crate::support::proxy::Proxy;

async fn first_relay_host(bench: &Bench, host: &str) -> reqwest::Result<Response> {
    let id = bench.org.relays()[0].id.clone();
    bench.send("PATCH", &format!("/services/data/v68.0/sobjects/EmailRelay/{id}"), &json!({"Host": host})).await
}

#[tokio::test]
async fn a_reply_lost_after_the_commit_keeps_the_change() {
    let bench = bench(uat()).await;
    bench.org.fault(Fault::reply_lost(Matcher::writing_composite()));
    let write = guarded_write(bench.clears());
    assert!(bench.send("POST", "/services/data/v68.0/composite", &write).await.is_err());
    assert_eq!(bench.exposed(), 0);
    assert_eq!(bench.composite(write).await[2]["httpStatusCode"], 200, "the fault was for one request");
}

#[tokio::test]
async fn a_reset_before_the_commit_changes_nothing() {
    let bench = bench(uat()).await;
    bench.org.fault(Fault::reset(Matcher::api()));
    assert!(first_relay_host(&bench, "x").await.is_err());
    assert_eq!(bench.org.relays()[0].host, "smtp.acme.com");
    assert_eq!(bench.org.requests().len(), 1, "it was seen all the same");
}

#[tokio::test]
async fn statuses_pages_and_redirects_come_instead_of_the_answer() {
    let bench = bench(uat()).await;
    bench.org.fault(Fault::too_many_requests(Matcher::any(), "7").nth(2));
    bench.org.fault(Fault::unavailable(Matcher::any()));
    bench.org.fault(Fault::redirect(Matcher::any(), "https://elsewhere.example/"));
    bench.org.fault(Fault::html_200(Matcher::any()));
    let statuses = async {
        let mut seen = Vec::new();
        for _ in 0..5 {
            seen.push(first_relay_host(&bench, "x").await.expect("an answer").status().as_u16());
        }
        seen
    };
    assert_eq!(statuses.await, [503, 429, 302, 200, 204]);
}

#[tokio::test]
async fn bodies_break_off_in_transit_or_in_themselves() {
    let bench = bench(uat()).await;
    let path = format!("{}/services/data", bench.org.url());
    bench.org.fault(Fault::truncated(Matcher::any()));
    let response = bench.http.get(&path).send().await.expect("a head");
    assert!(response.text().await.is_err());
    bench.org.fault(Fault::malformed_json(Matcher::any()));
    let response = bench.http.get(&path).send().await.expect("a head");
    assert!(response.json::<Value>().await.expect_err("no JSON").is_decode());
    bench.org.fault(Fault::huge_body(Matcher::any(), 3_000_000));
    let response = bench.http.get(&path).send().await.expect("a head");
    assert!(response.bytes().await.expect("a body").len() > 3_000_000);
    bench.org.fault(Fault::slow_drip(Matcher::any(), 4096, Duration::from_millis(1)));
    assert!(bench.http.get(&path).send().await.expect("a head").json::<Value>().await.is_ok());
}

#[tokio::test]
async fn a_hang_ends_with_the_clients_patience_before_or_after_the_commit() {
    let bench = bench(uat()).await;
    for (fault, host) in
        [(Fault::hang_before(Matcher::any()), "smtp.acme.com"), (Fault::hang_after(Matcher::any()), "x")]
    {
        bench.org.fault(fault);
        let answer = tokio::time::timeout(Duration::from_millis(300), first_relay_host(&bench, "x")).await;
        assert!(answer.is_err());
        assert_eq!(bench.org.relays()[0].host, host);
    }
}

#[tokio::test]
async fn a_script_changes_the_org_between_two_requests() {
    let bench = bench(uat()).await;
    bench.org.fault(Fault::before(Matcher::writing_composite(), |state| state.become_production()));
    bench.org.fault(Fault::after(Matcher::body_contains("Username"), |state| {
        state.put_relay(Relay::exposed("late.acme.com", "a", "b"));
    }));
    let answers = bench.composite(guarded_write(bench.clears())).await;
    assert_eq!(answers[1]["body"][0]["errorCode"], "PROCESSING_HALTED");
    assert_eq!(bench.exposed(), 3);
}

#[tokio::test]
async fn sessions_expire_and_token_answers_name_another_instance() {
    let bench = bench(uat()).await;
    bench.org.fault(Fault::expire_sessions(Matcher::api()));
    assert_eq!(first_relay_host(&bench, "x").await.expect("an answer").status(), 401);
    bench.org.fault(Fault::foreign_instance_url("https://evil.example"));
    let form = [("grant_type", "client_credentials"), ("client_id", "key"), ("client_secret", "secret")];
    assert_eq!(bench.token(&form).await.1["instance_url"], "https://evil.example");
}

#[tokio::test]
async fn latency_is_not_shared_and_requests_at_once_are_counted() {
    let bench = bench(uat().limits(|limits| limits.concurrent = 4)).await;
    bench.simulator.set_latency(Duration::from_millis(200));
    let start = Instant::now();
    let path = "/services/data/v68.0/limits";
    tokio::join!(bench.get(path), bench.get(path), bench.get(path), bench.get(path));
    assert!(start.elapsed() < Duration::from_millis(700), "{:?}", start.elapsed());
    assert_eq!(bench.org.stats().peak_concurrent_requests, 4);
    assert_eq!(bench.org.stats().connections, 4);
}

#[tokio::test]
async fn what_was_asked_is_remembered_without_the_token() {
    let bench = bench(uat()).await;
    bench.composite(guarded_write(bench.clears())).await;
    let seen = bench.org.requests();
    assert_eq!(
        seen[0].subrequests.iter().map(|(_, _, name)| name.as_str()).collect::<Vec<_>>(),
        ["proof", "gate", "clear"]
    );
    assert!(seen[0].authorized);
    assert!(!format!("{:?}", seen[0]).contains(&bench.token));
}

#[tokio::test]
async fn dropping_the_simulator_closes_its_addresses() {
    let Bench { simulator, org, http, .. } = bench(uat()).await;
    drop(simulator);
    tokio::task::yield_now().await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(http.get(format!("{}/services/data", org.url())).send().await.is_err());
}

#[tokio::test]
async fn behind_the_proxy_an_org_answers_under_its_real_name() {
    let proxy = Proxy::start().await;
    let host = "acme--uat.sandbox.my.salesforce.com";
    let bench = bench(uat().instance_url(&format!("https://{host}"))).await;
    proxy.forward(host, bench.org.url());
    let ca =
        reqwest::Certificate::from_pem(&std::fs::read(proxy.ca_file()).expect("the authority")).expect("a certificate");
    let client = Client::builder()
        .proxy(reqwest::Proxy::https(proxy.url()).expect("a proxy"))
        .tls_certs_only([ca])
        .build()
        .expect("a client");
    let form = [("grant_type", "client_credentials"), ("client_id", "key"), ("client_secret", "secret")];
    let (status, answer) = token_at(&client, &format!("https://{host}"), &form).await;
    assert_eq!((status, answer["instance_url"].as_str()), (200, Some("https://acme--uat.sandbox.my.salesforce.com")));
    assert!(client.get("https://login.salesforce.com").send().await.is_err());
    assert_eq!(proxy.asked(), [format!("{host}:443"), "login.salesforce.com:443".to_string()]);
}
