//! Production is looked at where the user said so, and nowhere else.

use super::*;
use crate::support::keys::RsaKey;
use crate::support::proxy::Proxy;

/// The host of a production org, as Salesforce names it.
const HOST: &str = "acme.my.salesforce.com";

#[tokio::test(flavor = "multi_thread")]
async fn production_is_refused_without_the_flag_and_looked_at_with_it() {
    let simulator = simulator().await;
    for kind in [OrgKind::Production, OrgKind::DeveloperEdition, OrgKind::Trial] {
        let org = add(&simulator, acme(kind)).await;

        let (ran, report) = audit(&org, &[]).await;
        assert_eq!((ran.code, &report["error"]["code"]), (3, &"not_a_sandbox".into()), "{ran:?}");
        let message = report["error"]["message"].as_str().expect("a message");
        assert!(message.contains("--allow-production"), "{message}");
        assert_eq!(report["findings"], serde_json::json!([]));

        let (ran, report) = audit(&org, &["--allow-production", "--fail-on", "info"]).await;
        assert_eq!((ran.code, &report["outcome"]), (0, &"audited".into()), "{ran:?}");
        assert_eq!(report["org"]["is_sandbox"], false);
        assert_eq!(levels(&report, "sandbox-credentials"), ["not_applicable"]);
        assert_eq!(levels(&report, "relay-authentication"), ["ok"]);
        assert!(!ran.stdout.contains("smtp-relay"), "{ran:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_flag_lets_an_audit_in_and_no_other_command() {
    let simulator = simulator().await;
    let org = add(&simulator, acme(OrgKind::Production)).await;
    for command in ["scrub", "login", "orgs", "logout"] {
        let ran = Program::new([command, "--allow-production"]).run().await;
        assert_eq!(ran.code, 2, "{command}: {ran:?}");
    }
    let ran = Program::scrub(&org, ["--json", "--yes"]).run().await;
    assert_eq!((ran.code, &ran.org()["error"]["code"]), (3, &"not_a_sandbox".into()));
    assert!(org.relays()[0].is_require_auth, "{:?}", org.relays());
}

fn at(proxy: &Proxy, host: &str, arguments: &[&str]) -> Program {
    let address = format!("https://{host}");
    let line = ["audit", "--no-dns", "--instance-url", &address, "--client-id", CONSUMER_KEY, "--json"];
    Program::new(line.into_iter().chain(arguments.iter().copied()))
        .env("HTTPS_PROXY", proxy.url())
        .env("SSL_CERT_FILE", proxy.ca_file())
}

#[tokio::test(flavor = "multi_thread")]
async fn productions_own_address_gets_a_credential_by_the_flag_alone() {
    let (simulator, proxy) = (simulator().await, Proxy::start().await);
    let org = add(&simulator, acme(OrgKind::Production).instance_url(&format!("https://{HOST}"))).await;
    proxy.forward(HOST, org.url());
    let run = |arguments: &'static [&str]| {
        at(&proxy, HOST, arguments).env("RELAY_SCRUB_CLIENT_SECRET", CONSUMER_SECRET).run()
    };

    let ran = run(&[]).await;
    assert_eq!((ran.code, &ran.org()["error"]["code"]), (3, &"address_not_a_sandbox".into()), "{ran:?}");
    assert!(proxy.asked().is_empty() && requests(&org) == 0, "{:?}", proxy.asked());

    let ran = run(&["--allow-production"]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(ran.org()["org"]["kind"], "production");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_jwt_for_production_is_signed_for_productions_login_and_not_for_sandboxes() {
    let (simulator, proxy, key) = (simulator().await, Proxy::start().await, RsaKey::generate());
    let app = App::connected(CONSUMER_KEY).public_key(&key.certificate);
    let setup = OrgSetup { apps: vec![app], ..acme(OrgKind::Production) };
    let org = add(&simulator, setup.instance_url(&format!("https://{HOST}"))).await;
    proxy.forward(HOST, org.url());

    let ran = at(&proxy, HOST, &["--allow-production", "--username", USER])
        .env("RELAY_SCRUB_JWT_KEY", &key.private)
        .run()
        .await;

    assert_eq!(ran.code, 0, "{ran:?}");
    let audiences: Vec<String> =
        org.requests().iter().filter(|seen| seen.path.ends_with("/token")).map(audience).collect();
    assert_eq!(audiences, [format!("https://{HOST}"), "https://login.salesforce.com".into()]);
}

fn audience(seen: &relay_scrub::simulator::Seen) -> String {
    use base64::Engine;
    let form: Vec<(String, String)> = url::form_urlencoded::parse(seen.body.as_bytes()).into_owned().collect();
    let assertion = form.iter().find(|(name, _)| name == "assertion").map(|(_, value)| value.clone()).expect("a JWT");
    let claims = assertion.split('.').nth(1).expect("claims");
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(claims).expect("base64");
    let claims: Value = serde_json::from_slice(&claims).expect("JSON");
    claims["aud"].as_str().expect("an audience").to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_host_beyond_productions_shape_is_let_in_by_the_flag() {
    let proxy = Proxy::start().await;
    for host in
        ["acme.lightning.force.com", "na1.salesforce.com", "acme.my.salesforce.com.evil.org", "login.salesforce.com"]
    {
        let ran =
            at(&proxy, host, &["--allow-production"]).env("RELAY_SCRUB_CLIENT_SECRET", CONSUMER_SECRET).run().await;
        assert_eq!((ran.code, &ran.org()["error"]["code"]), (3, &"address_not_a_sandbox".into()), "{host}");
    }
    assert!(proxy.asked().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_org_that_the_settings_name_as_production_is_what_the_flag_lets_in() {
    let simulator = simulator().await;
    let org = add(&simulator, acme(OrgKind::Production)).await;
    let file = format!(
        "[guard]\nproduction_org_id = \"{}\"\n[orgs.prod]\ninstance_url = \"{}\"\nclient_id = \"{CONSUMER_KEY}\"\n",
        org.id(),
        org.url()
    );
    let run = |arguments: &'static [&str]| {
        let line = ["audit", "prod", "--no-dns", "--json"].into_iter().chain(arguments.iter().copied());
        let program = Program::new(line).file("relay-scrub.toml", &file);
        program.env("RELAY_SCRUB_CLIENT_SECRET", CONSUMER_SECRET).run_in_folder()
    };
    let (ran, _) = run(&[]).await;
    assert_eq!((ran.code, &ran.org()["error"]["code"]), (3, &"denied_org".into()), "{ran:?}");

    let (ran, folder) = run(&["--allow-production"]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    let files: Vec<_> =
        std::fs::read_dir(folder.path()).expect("the folder").flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(files, ["relay-scrub.toml"], "nothing was stored");

    let (ran, _) = run(&["--allow-production", "--expect-org-id", "00D9z000000othe"]).await;
    assert_eq!((ran.code, &ran.org()["error"]["code"]), (3, &"unexpected_org".into()), "{ran:?}");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn the_salesforce_clis_token_of_production_is_read_by_the_flag_alone() {
    use crate::support::fake_sf::{FakeSf, Says};
    let (simulator, proxy) = (simulator().await, Proxy::start().await);
    let org = add(&simulator, acme(OrgKind::Production).instance_url(&format!("https://{HOST}"))).await;
    proxy.forward(HOST, org.url());
    let display = serde_json::json!({
        "id": org.id(), "accessToken": "[REDACTED]", "instanceUrl": format!("https://{HOST}"), "username": USER,
        "connectedStatus": "Connected",
    });
    let token = serde_json::json!({"accessToken": org.open_session(USER)});
    for (flags, code, calls) in [(&[][..], 3, 1), (&["--allow-production"][..], 0, 2)] {
        let sf = FakeSf::new(&Says::result(&display), &Says::result(&token));
        let line = ["audit", "-o", "prod", "--no-dns", "--json"].into_iter().chain(flags.iter().copied());
        let program = Program::new(line).env("HTTPS_PROXY", proxy.url()).env("SSL_CERT_FILE", proxy.ca_file());
        let ran = program.env("PATH", sf.path()).run().await;
        assert_eq!((ran.code, sf.calls().len()), (code, calls), "{ran:?}");
    }
    assert_eq!(org.live_tokens(), 1, "the session is the CLI's own, and is not revoked");
}
