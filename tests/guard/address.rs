//! Lock 1: no credential goes to an address that is not a sandbox's. Behind each address is a sandbox that would answer.

use super::*;

/// Addresses that are refused, with the host that a request would go to.
const REFUSED: [&str; 7] = [
    "https://acme.my.salesforce.com",
    "https://acme--uat.my.salesforce.com",
    "https://login.salesforce.com",
    "https://na1.salesforce.com",
    "https://acme-dev-ed.develop.my.salesforce.com",
    "https://acme--uat.sandbox.my.salesforce.com.evil.example",
    "https://evil.example",
];

/// A sandbox that takes any address for its own, and a proxy that leads each of the addresses to it.
async fn behind(simulator: &Simulator, proxy: &Proxy, address: &str) -> SimulatedOrg {
    let org = add(simulator, sandbox("uat").relay(exposed()).instance_url(address)).await;
    proxy.forward(address.split_once("://").expect("a URL").1, org.url());
    org
}

fn through(proxy: &Proxy, address: &str, arguments: &[&str]) -> Program {
    let line = ["scrub", "--instance-url", address, "--client-id", CONSUMER_KEY, "--json"];
    Program::new(line.into_iter().chain(arguments.iter().copied()))
        .env("RELAY_SCRUB_CLIENT_SECRET", CONSUMER_SECRET)
        .env("HTTPS_PROXY", proxy.url())
        .env("HTTP_PROXY", proxy.url())
        .env("SSL_CERT_FILE", proxy.ca_file())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_not_a_sandboxes_is_refused_and_nothing_is_sent_anywhere() {
    let (simulator, proxy) = (simulator().await, Proxy::start().await);
    for address in REFUSED.into_iter().chain(["https://test.salesforce.com"]) {
        let org = behind(&simulator, &proxy, address).await;

        let ran = through(&proxy, address, &[]).run().await;

        let report = refused(&ran, "address_not_a_sandbox");
        assert_eq!(report["api_requests"], 0, "{address}");
        assert_eq!((proxy.asked(), requests(&org)), (vec![], 0), "{address}");
    }
}

#[tokio::test]
async fn a_wrong_address_is_told_before_a_credential_that_is_missing() {
    let address = "https://acme.my.salesforce.com";
    let file = format!("[defaults]\nclient_id = \"{CONSUMER_KEY}\"\n[orgs.uat]\ninstance_url = \"{address}\"\n");
    for line in [
        &["scrub", "--instance-url", address] as &[&str],
        &["scrub", "uat"],
        &["scrub", "--all", "--json"],
        &["login", "--check", "uat"],
        &["login", "--instance-url", address],
        &["audit", "uat"],
    ] {
        let program = Program::new(line.iter().copied()).file("relay-scrub.toml", &file);
        let ran = program.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent").run().await;
        assert_eq!((ran.code, ran.stdout.as_str()), (3, ""), "{line:?}: {ran:?}");
        assert!(ran.stderr.contains("acme.my.salesforce.com is not the address of a sandbox"), "{line:?}: {ran:?}");
        assert!(ran.stderr.contains("It looks like a production address"), "{line:?}: {ran:?}");
    }
    let program = Program::new(["audit", "uat", "--allow-production"]).file("relay-scrub.toml", &file);
    let ran = program.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent").run().await;
    assert_eq!(ran.code, 2, "an address that is right is not what is wrong: {ran:?}");
}

#[tokio::test]
async fn no_hint_leads_to_allowing_a_host_that_cannot_be_allowed() {
    for host in [
        "acme--uat.sandbox.my.salesforce-setup.com",
        "acme--uat.sandbox.lightning.force.com",
        "acme--uat--c.sandbox.vf.force.com",
        "acme.visualforce.com",
        "acme.lightning.com",
        "acme.documentforce.com",
    ] {
        let address = format!("https://{host}/lightning/setup/EmailRelay/home");
        let line = ["scrub", "--instance-url", &address, "--client-id", CONSUMER_KEY];
        let program =
            |line: &[&str]| Program::new(line.iter().copied()).env("RELAY_SCRUB_CLIENT_SECRET", CONSUMER_SECRET);
        let ran = program(&line).run().await;
        assert_eq!(ran.code, 3, "{ran:?}");
        assert!(!ran.stdout.contains("--allow-host") && ran.stdout.contains("It looks like"), "{ran:?}");
        let ran = program(&[&line[..], &["--allow-host", host]].concat()).run().await;
        assert_eq!((ran.code, ran.stdout.as_str()), (3, ""), "{ran:?}");
        assert!(ran.stderr.contains("can't be allowed"), "{ran:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_address_of_production_is_refused_and_nothing_is_sent_anywhere() {
    let (simulator, proxy) = (simulator().await, Proxy::start().await);
    let org = behind(&simulator, &proxy, &format!("https://{HOST}")).await;
    for address in REFUSED {
        proxy.forward(address.split_once("://").expect("a URL").1, org.url());

        let ran = through(&proxy, &format!("https://{HOST}"), &["--login-url", address]).run().await;

        refused(&ran, "address_not_a_sandbox");
        assert_eq!((proxy.asked(), requests(&org)), (vec![], 0), "{address}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_jwt_is_signed_for_production() {
    let (simulator, proxy) = (simulator().await, Proxy::start().await);
    let org = behind(&simulator, &proxy, &format!("https://{HOST}")).await;
    let key = crate::support::keys::RsaKey::generate();
    for audience in REFUSED {
        let address = format!("https://{HOST}");
        let line = ["--auth", "jwt", "--username", "u@acme.com.uat", "--jwt-audience", audience];
        let ran = through(&proxy, &address, &line).env("RELAY_SCRUB_JWT_KEY", &key.private).run().await;

        refused(&ran, "address_not_a_sandbox");
        assert_eq!((proxy.asked(), requests(&org)), (vec![], 0), "{audience}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_of_productions_shape_can_not_be_allowed_by_hand() {
    let (simulator, proxy) = (simulator().await, Proxy::start().await);
    let org = behind(&simulator, &proxy, "https://acme.my.salesforce.com").await;
    proxy.forward("acme.my.salesforce.com.", org.url());
    let hosts =
        ["acme.my.salesforce.com", "ACME.my.Salesforce.com", "acme.my.salesforce.com.", "acme.my.salesforce.com%2E"];
    for host in hosts.into_iter().chain(["acme.my.salesforce.com。", "salesforce.com", "login.salesforce.com"]) {
        for address in ["https://acme.my.salesforce.com", "https://acme.my.salesforce.com."] {
            let ran = through(&proxy, address, &["--allow-host", host]).run().await;

            assert_eq!(ran.code, 3, "{host}: {ran:?}");
            assert!(ran.stderr.contains("the shape of a production address"), "{host}: {ran:?}");
            assert_eq!((proxy.asked(), requests(&org)), (vec![], 0), "{host}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_http_to_another_machine_is_refused() {
    let (simulator, proxy) = (simulator().await, Proxy::start().await);
    let address = format!("http://{HOST}");
    let org = behind(&simulator, &proxy, &address).await;

    let ran = through(&proxy, &address, &[]).run().await;

    refused(&ran, "address_not_encrypted");
    assert_eq!((proxy.asked(), requests(&org)), (vec![], 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_never_followed() {
    let simulator = simulator().await;
    let matchers: [fn() -> Matcher; 3] = [Matcher::token, Matcher::reading_composite, Matcher::writing_composite];
    for matcher in matchers {
        for status in [301, 302, 303, 307, 308] {
            let (org, target) =
                (add(&simulator, sandbox("uat").relay(exposed())).await, add(&simulator, sandbox("other")).await);
            let before = org.relays();
            let location = format!("{}/services/oauth2/token", target.url());
            org.fault(Fault::status(matcher(), status, &[("location", &location)], "").always());

            let ran = Program::scrub(&org, ["--json"]).run().await;

            assert_eq!(ran.code, 1, "{status}: {ran:?}");
            assert_eq!(requests(&target), 0, "{status}");
            assert_eq!(org.relays(), before, "{status}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_answers_for_another_address_is_refused_and_its_token_is_not_used() {
    let simulator = simulator().await;
    let other = add(&simulator, sandbox("other").relay(exposed())).await;
    let org = add(&simulator, sandbox("uat").relay(exposed())).await;
    let own = org.url().to_string();
    let answered = [
        Value::from(other.url()),
        "https://acme.my.salesforce.com".into(),
        own.replace("http://", "https://").into(),
        own.replace("http://", "http://user@").into(),
        format!("{own}.evil.example").into(),
        "".into(),
        Value::Null,
    ];
    for url in answered {
        org.forget_requests();
        let altered = url.clone();
        org.fault(Fault::alter(Matcher::token(), move |answer| answer["instance_url"] = altered.clone()));

        let ran = Program::scrub(&org, ["--json"]).run().await;

        refused(&ran, "foreign_instance_url");
        assert_eq!((kinds(&org), requests(&other)), (vec!["token"], 0), "{url}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_address_that_an_answer_names_no_more_is_shown_than_scheme_and_host() {
    let simulator = simulator().await;
    let shown = [
        ("https://acme.my.salesforce.com:8443/secur/frontdoor.jsp?sid=planted", "https://acme.my.salesforce.com:8443"),
        ("https://planted:planted@acme.my.salesforce.com/#planted", "https://acme.my.salesforce.com"),
        ("planted", "what is no web address"),
        ("planted:planted", "what is no web address"),
        ("", "no address at all"),
    ];
    for (named, said) in shown {
        for (field, code) in [("instance_url", "foreign_instance_url"), ("id", "sandbox_not_stated")] {
            let org = add(&simulator, sandbox("uat").relay(exposed())).await;
            org.fault(Fault::alter(Matcher::token(), move |answer| answer[field] = named.into()));

            let ran = Program::scrub(&org, ["--json", "-vvv"]).run().await;

            let report = refused(&ran, code);
            let message = report["error"]["message"].as_str().unwrap_or_default();
            assert!(message.contains(said), "{field}: {message}");
            assert!(!ran.stdout.contains("planted") && !ran.stderr.contains("planted"), "{field}: {ran:?}");
        }
        let org = add(&simulator, sandbox("uat").relay(exposed())).await;
        org.fault(Fault::redirect(Matcher::token(), named));
        let ran = Program::scrub(&org, ["--json", "-vvv"]).run().await;
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(!ran.stdout.contains("planted") && !ran.stderr.contains("planted"), "{named}: {ran:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn this_machine_is_reached_past_every_proxy() {
    let (simulator, proxy) = (simulator().await, Proxy::start().await);
    let org = add(&simulator, sandbox("uat").relay(exposed())).await;
    let mut program = Program::scrub(&org, ["--json"]);
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"] {
        program = program.env(name, proxy.url());
    }

    // The proxy answers 405 to all but CONNECT, so a request that went to it would show as a failure.
    let ran = program.run().await;

    cleared(&ran, &org);
    assert_eq!(proxy.asked(), [""; 0]);
}
