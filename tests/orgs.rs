//! What is known of each org, and the doctor: at which step a login fails, and what to do about it.

use relay_scrub::simulator::{Fault, Matcher, OrgKind, OrgSetup, Relay, SimulatedOrg, Simulator, User};

use crate::support::program::{CONSUMER_KEY, CONSUMER_SECRET, Program, Ran, USER, exposed, sandbox};

fn program(orgs: &[(&str, &SimulatedOrg)], line: &[&str]) -> Program {
    let defaults = format!("[defaults]\nauth = \"client-credentials\"\nclient_id = \"{CONSUMER_KEY}\"\n");
    let section = |(name, org): &(&str, &SimulatedOrg)| format!("[orgs.{name}]\ninstance_url = \"{}\"\n", org.url());
    let file: String = std::iter::once(defaults).chain(orgs.iter().map(section)).collect();
    Program::new(line.iter().copied()).file("relay-scrub.toml", &file)
}

async fn check(org: &SimulatedOrg) -> Ran {
    let line = ["login", "--check", "--json", "uat"];
    program(&[("uat", org)], &line).env("RELAY_SCRUB_CLIENT_SECRET", CONSUMER_SECRET).run().await
}

fn step_and_code(ran: &Ran) -> (String, String) {
    let error = &ran.report()["orgs"][0]["check"]["error"];
    let text = |name: &str| error[name].as_str().unwrap_or_default().to_string();
    (text("step"), text("code"))
}

#[tokio::test(flavor = "multi_thread")]
async fn orgs_are_listed_with_where_their_secrets_are_and_never_what_they_are() {
    let simulator = Simulator::start().await.expect("a simulator");
    let org = simulator.add_org(sandbox("uat")).await.expect("an org");
    let given = program(&[("uat", &org)], &["orgs"]).env("RELAY_SCRUB_UAT_CLIENT_SECRET", CONSUMER_SECRET).run().await;
    assert_eq!(given.code, 0, "{given:?}");
    assert!(given.stdout.contains("RELAY_SCRUB_UAT_CLIENT_SECRET") && given.stdout.contains("client-credentials"));
    assert!(!given.stdout.contains(CONSUMER_SECRET), "{given:?}");

    let lacking = program(&[("uat", &org)], &["orgs"]).run().await;
    assert_eq!(lacking.code, 0, "{lacking:?}");
    assert!(
        lacking.stdout.contains("No login:") && lacking.stdout.contains("RELAY_SCRUB_CLIENT_SECRET"),
        "{lacking:?}"
    );
    assert!(org.requests().is_empty(), "a list contacts nobody");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_works_passes_every_step_and_writes_nothing() {
    let simulator = Simulator::start().await.expect("a simulator");
    let org =
        simulator.add_org(sandbox("uat").relay(exposed()).relay(Relay::clean("b.acme.com"))).await.expect("an org");
    let before = org.relays();
    let line = ["login", "--check", "uat"];
    let ran = program(&[("uat", &org)], &line).env("RELAY_SCRUB_CLIENT_SECRET", CONSUMER_SECRET).run().await;
    assert_eq!(ran.code, 0, "{ran:?}");
    let shown = ran.stdout.replace(&org.id(), "00D…");
    insta::assert_snapshot!(shown, @"
    uat
      ok     host     it answers, API versions up to 68.0
      ok     login    Salesforce gave a token
      ok     org      uat says that it is a sandbox, 00D…
      ok     records  2 relays can be seen; IsRequireAuth, Username, Password can be
                      set
    ");
    assert_eq!(org.relays(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_step_that_fails_is_told_with_its_cause() {
    let invisible = |setup: OrgSetup| OrgSetup { users: vec![User { sees_object: false, ..User::new(USER) }], ..setup };
    let readonly = |setup: OrgSetup| {
        let user = User { readonly_fields: vec!["Password".into()], ..User::new(USER) };
        OrgSetup { users: vec![user], ..setup }
    };
    let mut no_run_as = sandbox("uat");
    no_run_as.apps[0].run_as = None;
    let mut not_installed = sandbox("uat");
    not_installed.apps.clear();
    let production = OrgSetup { kind: OrgKind::Production, ..sandbox("uat") };
    let table = [
        (no_run_as, "login", "login_no_run_as_user", 1),
        (not_installed, "login", "login_client_id", 1),
        (production, "org", "not_a_sandbox", 3),
        (invisible(sandbox("uat")), "records", "permission_missing", 1),
        (readonly(sandbox("uat")), "records", "permission_missing", 1),
    ];
    let simulator = Simulator::start().await.expect("a simulator");
    for (setup, step, code, exit) in table {
        let org = simulator.add_org(setup.relay(exposed())).await.expect("an org");
        let ran = check(&org).await;
        assert_eq!(step_and_code(&ran), (step.into(), code.into()), "{ran:?}");
        assert_eq!(ran.code, exit, "{ran:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_is_not_salesforces_or_not_there_is_told_before_a_credential_is_sent() {
    let simulator = Simulator::start().await.expect("a simulator");
    let org = simulator.add_org(sandbox("uat")).await.expect("an org");
    org.fault(Fault::html_200(Matcher::any()).always());
    let ran = check(&org).await;
    assert_eq!(step_and_code(&ran), ("host".into(), "unreadable_answer".into()), "{ran:?}");
    assert!(org.requests().iter().all(|seen| !seen.path.contains("token")), "no credential was sent");

    let file = "[orgs.uat]\ninstance_url = \"https://acme.my.salesforce.com\"\n";
    let line = ["login", "--check", "--json", "uat", "--client-id", CONSUMER_KEY];
    let program = Program::new(line).file("relay-scrub.toml", file);
    let ran = program.env("RELAY_SCRUB_CLIENT_SECRET", CONSUMER_SECRET).run().await;
    assert_eq!(step_and_code(&ran), ("host".into(), "address_not_a_sandbox".into()), "{ran:?}");
    assert_eq!(ran.code, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn orgs_are_checked_side_by_side_and_the_gravest_counts() {
    let simulator = Simulator::start().await.expect("a simulator");
    let good = simulator.add_org(sandbox("uat")).await.expect("an org");
    let production =
        simulator.add_org(OrgSetup { kind: OrgKind::Production, ..sandbox("prod") }).await.expect("an org");
    let orgs = [("uat", &good), ("prod", &production)];
    let ran =
        program(&orgs, &["orgs", "--check", "--json"]).env("RELAY_SCRUB_CLIENT_SECRET", CONSUMER_SECRET).run().await;
    assert_eq!(ran.code, 3, "{ran:?}");
    let report = ran.report();
    assert_eq!(report["schema"], "relay-scrub/orgs/v1");
    assert_eq!(report["orgs"][0]["check"]["ok"], true);
    assert_eq!(report["orgs"][1]["check"]["error"]["code"], "not_a_sandbox");
    assert!(!ran.stdout.contains(CONSUMER_SECRET));
}
