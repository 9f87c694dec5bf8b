//! The binary against real host names: TLS, a proxy, and Salesforce's own addresses.

use super::*;
use crate::support::keys::RsaKey;
use crate::support::program::USER;
use relay_scrub::simulator::{App, User};

fn at(proxy: &Proxy, host: &str, arguments: &[&str]) -> Program {
    let address = format!("https://{host}");
    let line = ["scrub", "--instance-url", &address, "--client-id", CONSUMER_KEY, "--json"];
    Program::new(line.into_iter().chain(arguments.iter().copied()))
        .env("HTTPS_PROXY", proxy.url())
        .env("SSL_CERT_FILE", proxy.ca_file())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_is_scrubbed_at_its_own_address_through_a_proxy() {
    let (simulator, proxy) = (simulator().await, Proxy::start().await);
    let org = add(&simulator, sandbox("uat").relay(exposed()).instance_url(&format!("https://{HOST}"))).await;
    proxy.forward(HOST, org.url());

    let ran =
        at(&proxy, HOST, &["--expect-sandbox", "UAT"]).env("RELAY_SCRUB_CLIENT_SECRET", CONSUMER_SECRET).run().await;

    let report = cleared(&ran, &org);
    assert_eq!(report["org"]["instance_url"], format!("https://{HOST}"));
    assert_eq!(kinds(&org), ["token", "read", "write", "read"]);
    assert!(proxy.asked().iter().all(|asked| *asked == format!("{HOST}:443")), "{:?}", proxy.asked());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_the_shared_login_host_serves_the_sandboxes_own_address() {
    let (simulator, proxy) = (simulator().await, Proxy::start().await);
    let key = RsaKey::generate();
    let app = App::connected(CONSUMER_KEY).public_key(&key.certificate);
    let setup = OrgSetup::sandbox("uat").user(User::new(USER)).app(app).relay(exposed());
    let org = add(&simulator, setup.instance_url(&format!("https://{HOST}"))).await;
    proxy.forward(HOST, org.url());
    proxy.forward("test.salesforce.com", simulator.login_url());

    let line = ["--username", USER, "--login-url", "https://test.salesforce.com"];
    let ran = at(&proxy, HOST, &line).env("RELAY_SCRUB_JWT_KEY", &key.private).run().await;

    cleared(&ran, &org);
    let came: Vec<_> = org.requests().iter().map(|seen| (kind(seen), seen.at_login_host)).collect();
    let expected = [("token", true), ("token", true), ("read", false), ("write", false), ("read", false)];
    assert_eq!(came, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_the_user_allows_is_reached_by_https() {
    let (simulator, proxy) = (simulator().await, Proxy::start().await);
    let host = "salesforce.acme.example";
    let org = add(&simulator, sandbox("uat").relay(exposed()).instance_url(&format!("https://{host}"))).await;
    proxy.forward(host, org.url());
    let run = |arguments: &'static [&str]| {
        at(&proxy, host, arguments).env("RELAY_SCRUB_CLIENT_SECRET", CONSUMER_SECRET).run()
    };

    refused(&run(&[]).await, "address_not_a_sandbox");
    refused(&run(&["--allow-host", "acme.example"]).await, "address_not_a_sandbox");
    assert_eq!(proxy.asked(), [""; 0], "only the host itself is allowed");

    cleared(&run(&["--allow-host", "Salesforce.Acme.example"]).await, &org);
    assert_eq!(requests(&org), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_with_a_certificate_of_nobody_we_trust_gets_no_credential() {
    let (simulator, proxy, other) = (simulator().await, Proxy::start().await, Proxy::start().await);
    let org = add(&simulator, sandbox("uat").relay(exposed()).instance_url(&format!("https://{HOST}"))).await;
    proxy.forward(HOST, org.url());

    let program = at(&proxy, HOST, &[]).env("RELAY_SCRUB_CLIENT_SECRET", CONSUMER_SECRET);
    let ran = program.env("SSL_CERT_FILE", other.ca_file()).run().await;

    assert_eq!(ran.code, 1, "{ran:?}");
    let error = &ran.org()["error"];
    assert!(error["message"].as_str().is_some_and(|message| message.to_lowercase().contains("certificate")), "{error}");
    assert_eq!(requests(&org), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_sandbox_than_the_one_expected_is_refused_before_anything_is_sent() {
    let (simulator, proxy) = (simulator().await, Proxy::start().await);
    let org = add(&simulator, sandbox("uat").relay(exposed()).instance_url(&format!("https://{HOST}"))).await;
    proxy.forward(HOST, org.url());

    let ran =
        at(&proxy, HOST, &["--expect-sandbox", "dev"]).env("RELAY_SCRUB_CLIENT_SECRET", CONSUMER_SECRET).run().await;

    let report = refused(&ran, "unexpected_sandbox");
    assert_eq!(report["api_requests"], 0);
    assert_eq!((proxy.asked(), requests(&org)), (vec![], 0));
}
