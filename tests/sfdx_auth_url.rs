//! The Salesforce CLI's way to carry a login, as a secret of a pipeline.

use relay_scrub::simulator::{App, SimulatedOrg, Simulator};

use crate::support::program::{
    CONSUMER_KEY, CONSUMER_SECRET, Program, Ran, USER, exposed, is_cleared, requests, sandbox,
};

async fn org(simulator: &Simulator, app: App) -> SimulatedOrg {
    let setup = sandbox("uat").relay(exposed());
    let setup = relay_scrub::simulator::OrgSetup { apps: vec![app], ..setup };
    simulator.add_org(setup).await.expect("an org")
}

fn url(org: &SimulatedOrg, secret: &str) -> String {
    let token = org.issue_refresh_token(CONSUMER_KEY, USER);
    format!("force://{CONSUMER_KEY}:{secret}:{token}@{}", org.url().trim_start_matches("http://"))
}

fn code(ran: &Ran) -> String {
    ran.org()["error"]["code"].as_str().unwrap_or_default().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_sfdx_auth_url_is_all_that_a_login_needs() {
    let simulator = Simulator::start().await.expect("a simulator");
    for (app, secret) in
        [(App::connected(CONSUMER_KEY), ""), (App::connected(CONSUMER_KEY).secret(CONSUMER_SECRET), CONSUMER_SECRET)]
    {
        let org = org(&simulator, app).await;
        let ran = Program::new(["scrub", "--json"]).env("RELAY_SCRUB_SFDX_AUTH_URL", url(&org, secret)).run().await;
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(org.relays().iter().all(is_cleared));
        assert_eq!(requests(&org), 4);
        assert_eq!(ran.org()["target"], "127.0.0.1");
        assert_eq!(ran.org()["warnings"].as_array().map(Vec::len), Some(0), "{ran:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_token_is_written_back_into_the_url_of_the_file() {
    let simulator = Simulator::start().await.expect("a simulator");
    let org = org(&simulator, App::connected(CONSUMER_KEY).rotating()).await;
    let before = url(&org, "");

    let program =
        Program::new(["scrub", "--sfdx-auth-url-file", "login", "--json"]).file("login", &format!("{before}\n"));
    let (ran, folder) = program.run_in_folder().await;
    assert_eq!(ran.code, 0, "{ran:?}");
    let path = folder.path().join("login");
    let after = std::fs::read_to_string(&path).expect("the file").trim().to_string();
    assert_ne!(after, before);
    let head =
        |url: &str| url.rsplit_once(':').and_then(|(url, _)| url.rsplit_once(':')).map(|(head, _)| head.to_string());
    assert_eq!(head(&after), head(&before), "app and host stay as they were");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&path).expect("the file").permissions().mode() & 0o777, 0o600);
    }

    let ran = Program::new(["scrub", "--sfdx-auth-url-file", "login", "--json"]).file("login", &after).run().await;
    assert_eq!(ran.code, 0, "the token that was written back works: {ran:?}");
    let ran = Program::new(["scrub", "--sfdx-auth-url-file", "login", "--json"]).file("login", &before).run().await;
    assert_eq!((ran.code, code(&ran).as_str()), (1, "login_refresh_token_expired"), "the old one is dead: {ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_token_that_came_from_the_environment_is_a_warning() {
    let simulator = Simulator::start().await.expect("a simulator");
    let org = org(&simulator, App::connected(CONSUMER_KEY).rotating()).await;
    let ran = Program::new(["scrub", "--json"]).env("RELAY_SCRUB_SFDX_AUTH_URL", url(&org, "")).run().await;
    assert_eq!(ran.code, 0, "{ran:?}");
    insta::assert_snapshot!(ran.org()["warnings"][0]["message"].as_str().unwrap_or_default(), @"Salesforce replaced the refresh token, and RELAY_SCRUB_SFDX_AUTH_URL still holds the old one, which is dead: keep the token in a file (sfdx_auth_url_file), or log in anew");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_sfdx_auth_url_of_production_is_refused_without_a_request() {
    let url = "force://PlatformCLI::5Aep8planted@acme.my.salesforce.com";
    let ran = Program::new(["scrub", "--json"]).env("RELAY_SCRUB_SFDX_AUTH_URL", url).run().await;
    assert_eq!(ran.code, 3, "{ran:?}");
    assert_eq!(ran.org()["api_requests"], 0);
    assert!(!format!("{ran:?}").contains("planted"), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_sfdx_auth_url_is_told_without_repeating_it() {
    let mut said = String::new();
    let other = "https://acme--uat.sandbox.my.salesforce.com";
    for (url, arguments) in [
        ("force://planted:planted@planted", vec!["scrub"]),
        ("force://id::planted@acme--qa.sandbox.my.salesforce.com", vec!["scrub", "--instance-url", other]),
        ("force://id::planted@acme--qa.sandbox.my.salesforce.com", vec!["scrub", "--auth", "jwt"]),
    ] {
        let ran = Program::new(arguments).env("RELAY_SCRUB_SFDX_AUTH_URL", url).run().await;
        assert_eq!(ran.code, 2, "{ran:?}");
        said.push_str(&ran.stderr);
    }
    insta::assert_snapshot!(said, @"
    RELAY_SCRUB_SFDX_AUTH_URL: is no SFDX auth URL: force://CLIENT_ID:CLIENT_SECRET:REFRESH_TOKEN@HOST, where the secret may be empty; `sf org auth show-sfdx-auth-url` prints one
    RELAY_SCRUB_SFDX_AUTH_URL: is for another host than the instance URL: give one of the two, or make them agree
    --auth: is jwt, and RELAY_SCRUB_SFDX_AUTH_URL gives an SFDX auth URL: leave one of the two out
    ");
}
