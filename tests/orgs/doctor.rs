//! What the doctor says, as whole pages: where a login ends, why, and what to do.

use std::time::Duration;

use relay_scrub::doctor::check as check_org;
use relay_scrub::domain::api_version::ApiVersion;
use relay_scrub::domain::checkup::{Checkup, Listed, Passed, Step};
use relay_scrub::domain::report::{Failure, Warning};
use relay_scrub::domain::rule::Rule;
use relay_scrub::domain::trouble::Trouble;
use relay_scrub::output::orgs::{write_checkups, write_list};
use relay_scrub::output::text::TextStyle;
use relay_scrub::salesforce::{AllowedHosts, Destination, Expected, Patience, Transport};
use relay_scrub::scrub::{Order, Stop};
use relay_scrub::secrets::{Credential, Secret};
use relay_scrub::simulator::{Approval, OrgState};

use super::*;
use crate::support::program::requests;

/// What is wrong, what is done to the org for it, what its section says of it, and the exit code.
type Case = (&'static str, fn(&SimulatedOrg), &'static str, i32);

const CASES: [Case; 15] = [
    ("nothing", |_| {}, "", 0),
    ("a web page answers", |org| org.fault(Fault::html_200(Matcher::any()).always()), "", 1),
    ("another secret", |org| org.edit(|org| org.apps[0].client_secret = Some("other".into())), "", 1),
    ("no such app", |org| org.edit(|org| org.apps.clear()), "", 1),
    ("nobody approved the app", |org| org.edit(|org| org.apps[0].approval = Approval::Nobody), "", 1),
    ("the user is inactive", |org| org.edit(|org| org.users[0].active = false), "", 1),
    ("production's login host", |_| {}, "login_url = \"https://login.salesforce.com\"", 3),
    ("a login for another org", |org| org.fault(foreign().always()), "", 3),
    ("production", SimulatedOrg::become_production, "", 3),
    ("another org than expected", |_| {}, "expect_org_id = \"00D9z000000othe\"", 3),
    ("the user may not use the API", |org| org.edit(|org| org.users[0].api_enabled = false), "", 1),
    ("relays can't be seen", |org| org.edit(|org| org.users[0].sees_object = false), "", 1),
    ("a field can't be seen", |org| org.edit(|org| org.users[0].hidden_fields.push("Username".into())), "", 1),
    ("a field can't be set", |org| org.edit(|org| org.users[0].readonly_fields.push("Password".into())), "", 1),
    ("an old API version", |org| org.edit(oldest), "", 1),
];

fn foreign() -> Fault {
    Fault::foreign_instance_url("https://acme.my.salesforce.com/secur/frontdoor.jsp?sid=planted")
}

fn oldest(org: &mut OrgState) {
    org.limits.highest_version = 51;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_thing_that_can_be_wrong_is_told_at_its_step() {
    let simulator = Simulator::start().await.expect("a simulator");
    let mut pages = String::new();
    for (name, change, setting, code) in CASES {
        let org = simulator.add_org(sandbox("uat").relay(exposed())).await.expect("an org");
        change(&org);
        let before = org.relays();
        let ran = checked(&org, setting, &[]).run().await;

        assert_eq!((ran.code, ran.stderr.as_str()), (code, ""), "{name}: {ran:?}");
        assert!(!ran.stdout.contains("planted"), "{name}: {ran:?}");
        assert_eq!(org.relays(), before, "{name}: a doctor changes nothing");
        pages += &format!("# {name}: {code}\n{}\n", page(&ran, &org));
    }
    let wide: Vec<_> = pages.lines().filter(|line| line.chars().count() > 80).collect();
    assert!(wide.is_empty(), "{wide:#?}");
    insta::assert_snapshot!("doctor", pages);

    let block = include_str!("../../README.md").split("```\n").find(|block| block.starts_with("uat\n  ok     host"));
    let block = block.expect("a piece of the doctor in the README");
    assert!(pages.contains(block), "the README shows what the doctor does not say: {block}");
}

/// `orgs --check` of one org whose section says this as well.
fn checked(org: &SimulatedOrg, setting: &str, arguments: &[&str]) -> Program {
    let file = format!(
        "[defaults]\nauth = \"client-credentials\"\nclient_id = \"{CONSUMER_KEY}\"\n\n[orgs.uat]\n\
         instance_url = \"{}\"\n{setting}\n",
        org.url()
    );
    let program = Program::new(["orgs", "--check"].into_iter().chain(arguments.iter().copied()));
    program.file("relay-scrub.toml", &file).env("RELAY_SCRUB_CLIENT_SECRET", CONSUMER_SECRET)
}

/// What was said below the list, without what differs from run to run.
fn page(ran: &Ran, org: &SimulatedOrg) -> String {
    let (_, page) = ran.stdout.split_once("\n\n").unwrap_or_else(|| panic!("a list and a page: {ran:?}"));
    let (host, id) = (org.url().trim_start_matches("http://"), org.id());
    page.replace(host, "127.0.0.1:PORT").replace(&id, "00D…")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_fails_is_told_in_json_with_what_went_well_before() {
    let simulator = Simulator::start().await.expect("a simulator");
    let org = simulator.add_org(sandbox("uat").relay(exposed())).await.expect("an org");
    org.edit(|org| org.users[0].sees_object = false);

    let ran = checked(&org, "", &["--json"]).run().await;

    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""), "{ran:?}");
    let check = &ran.report()["orgs"][0]["check"];
    let steps: Vec<_> =
        check["steps"].as_array().expect("steps").iter().filter_map(|step| step["step"].as_str()).collect();
    assert_eq!((steps, &check["ok"]), (vec!["host", "login", "org"], &false.into()), "{check}");
    let error = &check["error"];
    assert_eq!((&error["step"], &error["code"]), (&"records".into(), &"permission_missing".into()), "{error}");
    let told = |name: &str| error[name].as_str().is_some_and(|text| !text.is_empty());
    assert!(told("message") && told("hint"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_whose_name_is_not_known_is_told_so() {
    // No name server knows a name under `.invalid`.
    let host = "uat.acme.invalid";
    let destination = Destination {
        instance_url: Some(format!("https://{host}").parse().expect("an address")),
        login_url: None,
        credential: Credential::AccessToken { token: Secret::new("00D5e000000abcD!planted".into()) },
        api_version: ApiVersion::DEFAULT,
        expected: Expected::default(),
        allowed_hosts: AllowedHosts::new([host.to_string()]).expect("a host that can be allowed"),
    };
    let order = Order { name: "uat".into(), destination, agreed: None };
    let transport = Transport::new(Patience { tries: 1, ..Patience::default() });

    let limit = Duration::from_secs(300);
    let found = check_org(order, &Rule::email_relay(), &transport, limit, &Stop::default()).await;

    let (step, failure) = found.failed.expect("a failure");
    assert_eq!((step, failure.trouble), (Step::Host, Trouble::Unavailable));
    assert_eq!(failure.message, "no connection to uat.acme.invalid: its name is not known");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_org_without_a_login_fails_a_check_and_the_others_are_looked_at() {
    let simulator = Simulator::start().await.expect("a simulator");
    let org = simulator.add_org(sandbox("uat").relay(exposed())).await.expect("an org");
    let lacking = "\n[orgs.lacking]\ninstance_url = \"https://acme--x.sandbox.my.salesforce.com\"\nauth = \"jwt\"\n";
    let ran = checked(&org, lacking, &["--json"]).run().await;

    assert_eq!(ran.code, 1, "{ran:?}");
    let report = ran.report();
    assert_eq!(report["orgs"][0]["check"]["ok"], true, "{report}");
    assert_eq!(report["orgs"][1]["check"], serde_json::Value::Null, "{report}");
    let problem = report["orgs"][1]["problem"].as_str().expect("a problem");
    assert!(problem.contains("RELAY_SCRUB_LACKING_JWT_KEY"), "{problem}");
    assert_eq!(requests(&org), 3, "versions, token, proof with reading");
}

#[test]
fn colours_mark_names_and_verdicts_alone() {
    let failed = (Step::Login, Failure::new(Trouble::TimedOut, "not finished after 3 s"));
    let passed = vec![Passed { step: Step::Host, seen: "it answers, API versions up to 68.0".into() }];
    let warnings = vec![Warning { code: "refresh_token_not_kept".into(), message: "the old one is dead".into() }];
    let checkup = Checkup { target: "uat".into(), passed, failed: Some(failed), warnings };
    let none = Listed {
        name: "uat".into(),
        host: Some("acme--uat.sandbox.my.salesforce.com".into()),
        user: None,
        method: None,
        secret: None,
        problem: Some("there is no client secret\n  and there is no keyring here".into()),
        checkup: Some(checkup),
    };
    let mut out = Vec::new();
    for style in [TextStyle { color: true, width: 80 }, TextStyle { color: false, width: 40 }] {
        write_list(std::slice::from_ref(&none), None, style, &mut out).expect("a Vec takes everything");
        write_checkups(std::slice::from_ref(&none), style, &mut out).expect("a Vec takes everything");
    }
    let out = String::from_utf8(out).expect("UTF-8").replace('\u{1b}', "␛");
    insta::assert_snapshot!("doctor_colors", out);
}
