//! Every refusal of the token endpoint that is known: its cause, what to change and where, and whether waiting helps.

use relay_scrub::simulator::{Approval, Flow};

use super::*;

const USELESS: &str = "Waiting does not help.";
const MAY_HELP: &str = "Right after a refresh, waiting may help.";
const HELPS: &str = "Waiting helps.";

/// `error`, `error_description`, and what the user is told: code, a part of the hint, whether waiting helps.
type Case = (&'static str, &'static str, &'static str, &'static str, &'static str);

const REFUSALS: [Case; 22] = [
    ("invalid_grant", "authentication failure", "login_authentication_failure", "Setup > Login History", MAY_HELP),
    ("invalid_grant", "user hasn't approved this consumer", "login_not_approved", "Permitted Users", MAY_HELP),
    ("invalid_grant", "expired access/refresh token", "login_refresh_token_expired", "new refresh token", USELESS),
    ("invalid_grant", "expired authorization code", "login_grant_expired", "clock", USELESS),
    ("invalid_grant", "audience is invalid", "login_audience", "--jwt-audience", USELESS),
    ("invalid_grant", "no client credentials user enabled", "login_no_run_as_user", "Run As", USELESS),
    ("invalid_grant", "request not supported on this domain", "login_domain", "--login-url", USELESS),
    ("invalid_grant", "ip restricted", "login_ip_restricted", "Setup > Network Access", USELESS),
    ("invalid_grant", "invalid assertion", "login_signature", "Upload the certificate", USELESS),
    ("invalid_grant", "inactive user", "login_inactive_user", "Setup > Users", USELESS),
    ("invalid_client", "invalid client credentials", "login_client_secret", "Consumer Key and Secret", USELESS),
    ("invalid_client", "client identifier invalid", "login_client_id", "client_id", MAY_HELP),
    ("invalid_client_id", "client identifier invalid", "login_client_id", "External Client App Manager", MAY_HELP),
    (
        "invalid_app_access",
        "user is not admin approved to access this app",
        "login_not_admitted",
        "permission set",
        MAY_HELP,
    ),
    (
        "app_not_found",
        "External client app is not installed in this org",
        "login_app_not_installed",
        "Install it",
        MAY_HELP,
    ),
    ("inactive_user", "user is inactive", "login_inactive_user", "Unfreeze", USELESS),
    ("inactive_org", "organization is inactive", "login_inactive_org", "Setup > Sandboxes", MAY_HELP),
    ("unsupported_grant_type", "grant type not supported", "login_flow_disabled", "OAuth settings", USELESS),
    ("unauthorized_client", "this flow is not enabled for this app", "login_flow_disabled", "OAuth settings", USELESS),
    ("invalid_assertion", "", "login_signature", "certificate", USELESS),
    ("rate_limit_exceeded", "login rate exceeded", "login_rate_limit", "Wait an hour", HELPS),
    ("something_new", "nobody\u{1b}[31m knows", "login_refused", "Setup > Login History", USELESS),
];

#[track_caller]
fn told(ran: &Ran, (error, description, code, hint, waiting): Case) {
    let told = failed(ran, code);
    let text = |name: &str| told[name].as_str().unwrap_or_default().to_string();
    let said: String = description.chars().filter(|character| !character.is_control()).collect();
    assert!(text("message").contains(error) && text("message").contains(&said), "Salesforce's own words: {told}");
    assert!(!text("message").contains(char::is_control), "{told}");
    assert!(!text("message").starts_with('('), "the cause stands before them: {told}");
    assert!(text("hint").contains(hint) && text("hint").ends_with(waiting), "{code}: {told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_is_explained_and_none_is_tried_again() {
    let simulator = simulator().await;
    let org = add(&simulator, sandbox("uat")).await;
    for case in REFUSALS {
        for status in [400, 401] {
            let (error, description, ..) = case;
            org.forget_requests();
            let body = serde_json::json!({"error": error, "error_description": description}).to_string();
            org.fault(Fault::status(Matcher::token(), status, &[("content-type", "application/json")], &body).always());

            let ran = Program::scrub(&org, ["--json"]).run().await;

            told(&ran, case);
            assert_eq!(requests(&org), 1, "{case:?}");
            org.clear_faults();
        }
    }
}

/// What is wrong in the org, and the code of what the user is told.
type State = (&'static str, fn(&mut OrgState), &'static str);

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_in_the_org_is_told() {
    let states: [State; 9] = [
        ("no run-as user", |org| org.apps[0].run_as = None, "login_no_run_as_user"),
        ("another secret", |org| org.apps[0].client_secret = Some("other".into()), "login_client_secret"),
        ("no such app", |org| org.apps.clear(), "login_client_id"),
        ("an app that was not copied", |org| org.apps[0].installed = false, "login_app_not_installed"),
        ("nobody approved", |org| org.apps[0].approval = Approval::Nobody, "login_not_approved"),
        ("others approved", |org| org.apps[0].approval = Approval::Only(vec![]), "login_not_admitted"),
        ("an inactive user", |org| org.users[0].active = false, "login_inactive_user"),
        ("a frozen user", |org| org.users[0].frozen = true, "login_authentication_failure"),
        ("another flow", |org| org.apps[0].flows = vec![Flow::JwtBearer], "login_flow_disabled"),
    ];
    let simulator = simulator().await;
    for (name, change, code) in states {
        for status in [400, 401] {
            let org = add(&simulator, sandbox("uat").quirks(|quirks| quirks.invalid_client_status = status)).await;
            org.edit(change);

            let ran = Program::scrub(&org, ["--json"]).run().await;

            failed(&ran, code);
            assert_eq!(requests(&org), 1, "{name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn client_credentials_at_the_shared_login_host_are_told_where_to_go() {
    let simulator = simulator().await;
    let org = add(&simulator, sandbox("uat")).await;

    let ran = Program::scrub(&org, ["--json", "--login-url", simulator.login_url()]).run().await;

    failed(&ran, "login_domain");
    assert_eq!(requests(&org), 1);
}
