//! What is said where the Salesforce CLI gives no login.

use std::time::Duration;

use relay_scrub::domain::diff::Usernames;
use relay_scrub::domain::plan::Policy;
use relay_scrub::domain::report::Mode;
use relay_scrub::domain::rule::Rule;
use relay_scrub::salesforce::{AllowedHosts, Destination, Expected, Patience, Transport};
use relay_scrub::scrub::{self, Order, Settings, Surroundings};
use relay_scrub::secrets::Credential;
use relay_scrub::simulator::Simulator;
use serde_json::json;
use tokio::io::AsyncReadExt;

use super::{display, org, redacted, token};
use crate::support::fake_sf::{FakeSf, Says};
use crate::support::program::{Program, Ran, USER, requests};

async fn scrub(sf: &FakeSf, alias: &str) -> Ran {
    let line = ["scrub".to_string(), format!("--target-org={alias}"), "--json".to_string()];
    Program::new(line.iter().map(String::as_str)).env("PATH", sf.path()).run().await
}

/// Code, message and hint of the only org.
fn error(ran: &Ran) -> String {
    let error = ran.org()["error"].clone();
    let text = |name: &str| error[name].as_str().unwrap_or_default().to_string();
    format!("{}\n{}\n{}", text("code"), text("message"), text("hint"))
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_cli_nothing_is_begun() {
    let empty = tempfile::tempdir().expect("a folder");
    let ran = Program::new(["scrub", "-o", "uat"]).env("PATH", empty.path()).run().await;
    assert_eq!(ran.code, 2, "{ran:?}");
    insta::assert_snapshot!(ran.stderr, @"--target-org: is a login of the Salesforce CLI, and there is no `sf` on the PATH: install it (npm install --global @salesforce/cli), or log in in another way");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alias_that_is_an_option_or_a_token_is_not_passed_on() {
    let sf = FakeSf::new(&Says::default(), &Says::default());
    let mut said = String::new();
    for alias in ["-x", "--help", "00D5e000000abcD!AQ.planted", "force://planted::planted@planted"] {
        let ran = scrub(&sf, alias).await;
        assert_eq!(ran.code, 2, "{alias}: {ran:?}");
        said.push_str(&ran.stderr);
    }
    assert!(sf.calls().is_empty(), "{:?}", sf.calls());
    insta::assert_snapshot!(said, @"
    --target-org: begins with -, as no alias and no user name does
    --target-org: begins with -, as no alias and no user name does
    --target-org: is a token, not an alias of the Salesforce CLI: give it by --access-token-file or RELAY_SCRUB_ACCESS_TOKEN
    --target-org: is a token, not an alias of the Salesforce CLI: give it by --access-token-file or RELAY_SCRUB_ACCESS_TOKEN
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_alias_is_told_how_to_make_it() {
    let message = "Parsing --target-org \n\tNo authorization information found for uat.\nSee more help with --help";
    let sf = FakeSf::new(&Says::error("NamedOrgNotFoundError", message), &Says::default());
    let ran = scrub(&sf, "uat").await;
    assert_eq!(ran.code, 1, "{ran:?}");
    insta::assert_snapshot!(error(&ran), @"
    sf_cli_unknown_alias
    the Salesforce CLI, asked for uat, knows no org of this name
    `sf org list` shows the aliases that it has; this makes one: sf org login web --instance-url https://YOUR-DOMAIN--SANDBOX.sandbox.my.salesforce.com --alias uat
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_the_org_no_longer_takes_is_told_how_to_renew_it_and_its_token_not_asked_for() {
    let simulator = Simulator::start().await.expect("a simulator");
    let org = org(&simulator).await;
    let mut shown = display(&org, "[REDACTED]");
    for status in ["RefreshTokenAuthError", "Unable to refresh session: expired access/refresh token"] {
        shown["connectedStatus"] = json!(status);
        let sf = FakeSf::new(&Says::result(&shown), &token(&org.open_session(USER)));
        let ran = scrub(&sf, "uat").await;
        assert_eq!(ran.code, 1, "{ran:?}");
        assert_eq!(sf.calls().len(), 1);
        assert_eq!(requests(&org), 0);
        let error = error(&ran).replace(org.url(), "URL").replace(status, "STATUS");
        insta::allow_duplicates! { insta::assert_snapshot!(error, @"
        sf_cli_login_expired
        the Salesforce CLI, asked for uat, has a login that the org does not take any more (STATUS)
        A refresh of the sandbox ends the logins of the Salesforce CLI. Log in again: sf org login web --instance-url URL --alias uat
        "); }
    }
    shown["connectedStatus"] = json!("getaddrinfo ENOTFOUND acme--uat.sandbox.my.salesforce.com");
    let sf = FakeSf::new(&Says::result(&shown), &Says::default());
    insta::assert_snapshot!(error(&scrub(&sf, "uat").await), @"
    sf_cli_org_unreachable
    the Salesforce CLI, asked for uat, could not reach the org (getaddrinfo ENOTFOUND acme--uat.sandbox.my.salesforce.com)
    Is the network up, and the sandbox activated? After a refresh a new address may take minutes to be known.
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cli_too_old_to_show_a_token_is_to_be_updated() {
    let simulator = Simulator::start().await.expect("a simulator");
    let org = org(&simulator).await;
    let sf = FakeSf::new(&redacted(&org), &Says::unknown_command());
    insta::assert_snapshot!(error(&scrub(&sf, "uat").await), @"
    sf_cli_too_old
    the Salesforce CLI, asked for uat, does not know the command `sf org auth show-access-token`
    Bring it up to date: `sf update`, or `npm install --global @salesforce/cli`.
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_cannot_be_read_is_shown_without_what_looks_like_a_secret() {
    let planted = "00D5e000000abcD!AQplanted and \u{1b}[31mforce://planted::planted@planted and 5Aep8planted";
    let not_json = Says { stderr: format!("Segmentation fault at {planted}"), code: 139, ..Says::default() };
    let sf = FakeSf::new(&not_json, &Says::default());
    insta::assert_snapshot!(error(&scrub(&sf, "uat").await), @"
    sf_cli_unreadable
    the Salesforce CLI, asked for uat, ended with 139 and gave no JSON (Segmentation fault at [secret] and [[secret] and [secret])
    Run `sf org display` by hand to see what is wrong, and bring the CLI up to date (`sf update`).
    ");

    let sf = FakeSf::new(&Says::error("AuthDecryptError", &format!("Failed to decrypt {planted}")), &Says::default());
    insta::assert_snapshot!(error(&scrub(&sf, "uat").await), @"
    sf_cli_failed
    the Salesforce CLI, asked for uat, failed (AuthDecryptError: Failed to decrypt [secret] and [[secret] and [secret])
    Run `sf org display` by hand to see what is wrong, and bring the CLI up to date (`sf update`).
    ");

    let sf = FakeSf::new(&Says::result(&json!({"username": USER})), &Says::default());
    insta::assert_snapshot!(error(&scrub(&sf, "uat").await), @"
    sf_cli_unreadable
    the Salesforce CLI, asked for uat, showed no address of the org
    Run `sf org display` by hand to see what is wrong, and bring the CLI up to date (`sf update`).
    ");

    let simulator = Simulator::start().await.expect("a simulator");
    let sf = FakeSf::new(&redacted(&org(&simulator).await), &token("[REDACTED] still"));
    insta::assert_snapshot!(error(&scrub(&sf, "uat").await), @"
    sf_cli_unreadable
    the Salesforce CLI, asked for uat, showed no access token
    Run `sf org display` by hand to see what is wrong, and bring the CLI up to date (`sf update`).
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cli_that_hangs_is_ended() {
    let (sf, mut alive) = FakeSf::hanging();
    let program = sf.path().split(':').next().expect("a folder").to_string() + "/sf";
    let destination = Destination {
        instance_url: None,
        login_url: None,
        credential: Credential::SalesforceCli { program: program.into(), alias: "uat".into() },
        api_version: "68.0".parse().expect("a version"),
        expected: Expected::default(),
        allowed_hosts: AllowedHosts::default(),
    };
    let patience = Patience { salesforce_cli: Duration::from_millis(500), ..Patience::default() };
    let settings = Settings {
        rule: Rule::email_relay(),
        policy: Policy { every_record: false, usernames: Usernames::Masked },
        mode: Mode::Scrub,
        partial: false,
        timeout: Duration::from_secs(300),
        transport: Transport::new(patience),
    };
    let order = Order { name: "uat".into(), destination, agreed: None };
    let (stop, on_stage) = (relay_scrub::scrub::Stop::default(), |_| ());
    let surroundings = Surroundings { settings: &settings, stop: &stop, on_stage: &on_stage };
    let report = scrub::run(order, surroundings).await;
    let failure = report.error.expect("a failure");
    insta::assert_snapshot!(format!("{}\n{}\n{}", failure.trouble.code(), failure.message, failure.trouble.hint()), @"
    sf_cli_timed_out
    the Salesforce CLI, asked for uat, did not answer `sf org display` within 0.5 s
    Run `sf org display` by hand: it may be waiting for the network, or for the system's keyring.
    ");
    let ended = tokio::time::timeout(Duration::from_secs(30), alive.read_to_end(&mut Vec::new())).await;
    assert!(ended.is_ok(), "the program still runs");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_production_org_of_the_cli_is_refused_and_its_token_not_even_read() {
    let shown = json!({
        "id": "00D5e000000abcD", "accessToken": "00D5e000000abcD!planted", "username": "admin@acme.com",
        "instanceUrl": "https://acme.my.salesforce.com", "connectedStatus": "Connected",
    });
    let sf = FakeSf::new(&Says::result(&shown), &token("00D5e000000abcD!planted"));
    let ran = scrub(&sf, "prod").await;
    assert_eq!(ran.code, 3, "{ran:?}");
    assert_eq!(sf.calls(), ["org display --target-org=prod --json"]);
    assert_eq!(ran.org()["api_requests"], 0);
    assert!(!format!("{ran:?}").contains("planted"));
    insta::assert_snapshot!(error(&ran), @"
    address_not_a_sandbox
    acme.my.salesforce.com is not the address of a sandbox, so no credential is sent there
    It looks like a production address. Use the sandbox's My Domain address: Setup > My Domain in the sandbox shows it (https://COMPANY--SANDBOX.sandbox.my.salesforce.com).
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alias_beside_a_name_is_a_usage_error() {
    let sf = FakeSf::new(&Says::default(), &Says::default());
    let ran = Program::new(["scrub", "uat", "-o", "x"]).env("PATH", sf.path()).run().await;
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("--target-org: says which org is meant, and so does `uat`"), "{ran:?}");
    let ran = Program::new(["scrub", "-o", "x", "--auth", "jwt"]).env("PATH", sf.path()).run().await;
    assert_eq!(ran.code, 2, "{ran:?}");
    insta::assert_snapshot!(ran.stderr, @"--auth: is jwt, and --target-org gives an org of the Salesforce CLI: leave one of the two out");
}
