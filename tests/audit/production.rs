//! Production is looked at where the user said so, and nowhere else.

use super::proof::parts;
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

/// A sandbox's host, as Salesforce names it.
const SANDBOX: &str = "acme--uat.sandbox.my.salesforce.com";

#[tokio::test(flavor = "multi_thread")]
async fn at_a_sandboxs_address_the_guard_holds_with_the_flag_as_without_it() {
    let (simulator, proxy) = (simulator().await, Proxy::start().await);
    let run = |host: &'static str, arguments: &'static [&str]| {
        let line = ["--allow-production"].into_iter().chain(arguments.iter().copied()).collect::<Vec<_>>();
        at(&proxy, host, &line).env("RELAY_SCRUB_CLIENT_SECRET", CONSUMER_SECRET).run()
    };
    for host in [SANDBOX, "cs42.salesforce.com", "acme.scratch.my.salesforce.com"] {
        let org = add(&simulator, acme(OrgKind::Production).instance_url(&format!("https://{host}"))).await;
        proxy.forward(host, org.url());
        let ran = run(host, &[]).await;
        assert_eq!((ran.code, &ran.org()["error"]["code"]), (3, &"not_a_sandbox".into()), "{host}: {ran:?}");
        let message = ran.org()["error"]["message"].as_str().expect("a message").to_string();
        assert!(!message.contains("--allow-production"), "it was given, and lifts nothing here: {message}");
        assert_eq!(ran.org()["findings"], serde_json::json!([]));
    }

    let org = add(&simulator, acme(OrgKind::Sandbox).instance_url(&format!("https://{SANDBOX}"))).await;
    proxy.forward(SANDBOX, org.url());
    let ran = run(SANDBOX, &[]).await;
    assert_eq!((ran.code, &ran.org()["org"]["kind"]), (0, &"sandbox".into()), "{ran:?}");
    let reading = org.requests().into_iter().filter(|seen| !seen.subrequests.is_empty()).collect::<Vec<_>>();
    for seen in &reading {
        let all = parts(seen);
        let proof = all.iter().find(|part| part.contains("SELECT Id FROM Organization"));
        assert!(proof.is_some_and(|proof| proof.contains("IsSandbox = true")), "{all:?}");
    }
    assert!(!reading.is_empty());

    let asked = proxy.asked().len();
    let ran = run(SANDBOX, &["--login-url", "https://login.salesforce.com"]).await;
    assert_eq!((ran.code, &ran.org()["error"]["code"]), (3, &"address_not_a_sandbox".into()), "{ran:?}");
    assert_eq!(proxy.asked().len(), asked, "{:?}", proxy.asked());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_org_that_the_settings_deny_is_denied_at_a_sandboxs_address_with_the_flag_too() {
    let (simulator, proxy) = (simulator().await, Proxy::start().await);
    let org = add(&simulator, acme(OrgKind::Sandbox).instance_url(&format!("https://{SANDBOX}"))).await;
    proxy.forward(SANDBOX, org.url());
    let file = format!("[guard]\nproduction_org_id = \"{}\"\n", org.id());
    let program = at(&proxy, SANDBOX, &["--allow-production"]).file("relay-scrub.toml", &file);
    let ran = program.env("RELAY_SCRUB_CLIENT_SECRET", CONSUMER_SECRET).run().await;
    assert_eq!((ran.code, &ran.org()["error"]["code"]), (3, &"denied_org".into()), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_flag_is_named_where_it_would_let_an_audit_in_and_nowhere_else() {
    let proxy = Proxy::start().await;
    let look = "--allow-production lets an audit look at it";
    let login = "--allow-production lets an audit log in there";
    let own = "My Domain address alone";
    let none = "";
    let at_login: &[&str] = &["--login-url", "https://login.salesforce.com"];
    let widened_login: &[&str] = &["--allow-production", "--login-url", "https://login.salesforce.com"];
    // Address; further flags; what the refusal says of the flag.
    let table: [(&str, &[&str], &str); 13] = [
        ("https://acme.my.salesforce.com", &[], look),
        ("https://acme-dev-ed.develop.my.salesforce.com", &[], look),
        ("https://acme.my.salesforce.mil", &[], look),
        ("https://acme-dev-ed.develop.my.salesforce.mil", &[], look),
        ("https://acme.my.sfcrmproducts.cn", &[], look),
        ("https://login.salesforce.com", &[], none),
        ("https://login.salesforce.com", &["--allow-production"], own),
        ("https://a.b.my.salesforce.com", &[], none),
        ("https://na139.salesforce.com", &[], none),
        ("https://acme.lightning.force.com", &["--allow-production"], own),
        ("https://acme--uat.sandbox.my.salesforce.com", at_login, none),
        ("https://acme--uat.sandbox.my.salesforce.com", widened_login, none),
        ("http://127.0.0.1:9", at_login, login),
    ];
    for (address, arguments, told) in table {
        let line = ["audit", "--no-dns", "--json", "--client-id", CONSUMER_KEY, "--instance-url", address];
        let program = Program::new(line.into_iter().chain(arguments.iter().copied())).env("HTTPS_PROXY", proxy.url());
        let ran = program.env("RELAY_SCRUB_CLIENT_SECRET", CONSUMER_SECRET).run().await;
        let error = ran.org()["error"].clone();
        assert_eq!((ran.code, &error["code"]), (3, &"address_not_a_sandbox".into()), "{address}: {ran:?}");
        let message = error["message"].as_str().expect("a message");
        assert!(message.contains(told), "{address} {arguments:?}: {message}");
        assert_eq!(message.contains("--allow-production"), told != none, "{address} {arguments:?}: {message}");
        let hint = error["hint"].as_str().expect("a hint");
        assert!(!hint.contains("--allow-host") || !address.contains(".my."), "{address}: {hint}");
    }
    assert!(proxy.asked().is_empty());
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
