//! Logins: each flow's requests, its one token for the whole run, and what is said of every refusal.

mod endpoint;
mod jwt;
mod refresh_token;
mod refusals;

use relay_scrub::simulator::{App, AppKind, Fault, Matcher, OrgSetup, OrgState, SimulatedOrg, Simulator, User};
use serde_json::Value;
use url::form_urlencoded;

use crate::support::keys::RsaKey;
use crate::support::program::{CONSUMER_KEY, Program, Ran, USER, exposed, is_cleared, requests, sandbox};

async fn simulator() -> Simulator {
    Simulator::start().await.expect("a simulator")
}

async fn add(simulator: &Simulator, setup: OrgSetup) -> SimulatedOrg {
    simulator.add_org(setup.relay(exposed())).await.expect("an org")
}

/// A sandbox with one app and its user.
fn with_app(app: App) -> OrgSetup {
    OrgSetup::sandbox("uat").user(User::new(USER)).app(app)
}

/// `scrub` of one org with the app's consumer key, and whatever else the flow wants.
fn program<'a>(org: &'a SimulatedOrg, arguments: impl IntoIterator<Item = &'a str>) -> Program {
    let line = ["scrub", "--json", "--instance-url", org.url(), "--client-id", CONSUMER_KEY];
    Program::new(line.into_iter().chain(arguments))
}

/// The forms of the token requests, in order.
fn forms(org: &SimulatedOrg) -> Vec<Vec<(String, String)>> {
    let tokens = org.requests().into_iter().filter(|seen| seen.path.ends_with("/services/oauth2/token"));
    tokens.map(|seen| form_urlencoded::parse(seen.body.as_bytes()).into_owned().collect()).collect()
}

fn field<'a>(form: &'a [(String, String)], name: &str) -> &'a str {
    form.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
}

#[track_caller]
fn cleared(ran: &Ran, org: &SimulatedOrg) -> Value {
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(org.relays().iter().all(is_cleared), "{:?}", org.relays());
    ran.org()
}

/// Fails unless the login failed for this reason; returns the report's error.
#[track_caller]
fn failed(ran: &Ran, code: &str) -> Value {
    assert_eq!(ran.code, 1, "{ran:?}");
    let report = ran.org();
    assert_eq!((&report["outcome"], &report["error"]["code"]), (&"failed".into(), &code.into()), "{report}");
    report["error"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn client_credentials_give_one_token_for_the_whole_run() {
    let simulator = simulator().await;
    let org = add(&simulator, sandbox("uat")).await;

    let ran = Program::scrub(&org, ["--json"]).run().await;

    cleared(&ran, &org);
    let forms = forms(&org);
    assert_eq!((forms.len(), requests(&org)), (1, 4));
    let names: Vec<_> = forms[0].iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names.len(), 3, "{names:?}");
    assert_eq!((field(&forms[0], "grant_type"), field(&forms[0], "client_id")), ("client_credentials", CONSUMER_KEY));
    let seen = org.requests();
    assert!(!seen[0].authorized && seen[1..].iter().all(|seen| seen.authorized));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_access_token_asks_for_no_other() {
    let simulator = simulator().await;
    let org = add(&simulator, sandbox("uat")).await;
    let token = org.open_session(USER);

    let program = Program::new(["scrub", "--json", "--instance-url", org.url()]);
    let ran = program.env("RELAY_SCRUB_ACCESS_TOKEN", &token).run().await;

    let report = cleared(&ran, &org);
    assert_eq!((forms(&org).len(), requests(&org)), (0, 3));
    assert_eq!(report["api_requests"], 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_access_token_that_is_dead_fails_in_one_request() {
    let simulator = simulator().await;
    let org = add(&simulator, sandbox("uat")).await;
    let token = org.open_session(USER);
    org.expire_sessions();

    let program = Program::new(["scrub", "--json", "--instance-url", org.url()]);
    let ran = program.env("RELAY_SCRUB_ACCESS_TOKEN", &token).run().await;

    let error = failed(&ran, "session_ended");
    assert!(error["hint"].as_str().is_some_and(|hint| hint.contains("new access token")), "{error}");
    assert_eq!(requests(&org), 1);
}
