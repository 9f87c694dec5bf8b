//! What people and monitoring see of a service that works, and what they are told.

use std::os::unix::fs::PermissionsExt;

use relay_scrub::simulator::{OrgKind, Simulator};

use crate::support::program::{CONSUMER_SECRET, Program, exposed, is_cleared, sandbox};
use crate::support::service::{Call, Service, Setup, WEBHOOK_SECRET, client};

const TOKEN: &str = "planted-admin-token-0123456789";

async fn page(service: &Service, path: &str) -> String {
    let answer = client().get(service.private_url(path)).bearer_auth(TOKEN).send().await.expect("an answer");
    assert!(answer.status().is_success(), "{path}: {answer:?}");
    answer.text().await.expect("text")
}

fn figure(text: &str, name: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {name} in {text}")).parse().expect("a number")
}

#[tokio::test]
async fn a_delivery_can_be_followed_from_its_call_to_the_clean_org() {
    let simulator = Simulator::start().await.expect("a simulator");
    let org = simulator.add_org(sandbox("uat").relay(exposed())).await.expect("an org");
    let setup = Setup::new(&[("uat", &org)]);
    let service = setup.start().await;
    let call = Call::of("uat", &org.id());
    let id = service.deliver(&call).await;
    service.comes_to(&id, "done").await;
    assert!(org.relays().iter().all(is_cleared));

    let shown = page(&service, &format!("/jobs/{id}")).await;
    for part in ["Done", "Cleared 1 of 1 relay, read again, none is exposed.", "sm…@acme.com", call.id.as_str()] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    let figures = page(&service, "/metrics").await;
    assert_eq!(figure(&figures, "relay_scrub_deliveries_total{answer=\"202\"}"), 1.0);
    assert_eq!(figure(&figures, "relay_scrub_salesforce_requests_total{result=\"200\"}"), 4.0);
    assert_eq!(figure(&figures, "relay_scrub_scrub_duration_seconds_count{outcome=\"cleared\"}"), 1.0);
    assert_eq!(figure(&figures, "relay_scrub_jobs{state=\"done\",outcome=\"cleared\"}"), 1.0);
    assert_eq!(figure(&figures, "relay_scrub_queue_depth"), 0.0);

    // The same in a terminal, in the database that the service has open.
    let database = format!("sqlite:{}", setup.path("jobs.db").display());
    let ran = Program::new(["jobs", "show", &id, "--database", &database]).run().await;
    assert!(ran.code == 0 && ran.stdout.contains("Cleared 1 of 1 relay") && ran.stdout.contains(&call.id), "{ran:?}");
    let ran = Program::new(["jobs", "retry", &id, "--database", &database]).run().await;
    assert_eq!(ran.code, 0, "{ran:?}");
    let again = service.comes_to(&id, "done").await;
    assert_eq!(again["outcome"], "clean", "it was tried again: {again:#}");
    service.stop().await;
}

#[tokio::test]
async fn the_private_listener_leads_nowhere_from_the_public_one() {
    let template = "[sandboxes]\ninstance_url = \"https://acme--{sandbox}.sandbox.my.salesforce.com\"\n";
    let setup = Setup::with_sections(template).env("RELAY_SCRUB_ADMIN_TOKEN", TOKEN);
    let service = setup.start().await;
    for path in ["/", "/v1/jobs", "/metrics", "/readyz", "/sign-in", "/jobs/01JDB3Q0Z5W8K6M4N2P7R9T1V3"] {
        let answer = client().get(service.url(path)).bearer_auth(TOKEN).send().await.expect("an answer");
        assert_eq!(answer.status(), 404, "{path}");
    }
    service.stop().await;
}

#[tokio::test]
async fn a_program_is_told_of_a_refusal_and_gets_no_secret_of_ours() {
    let simulator = Simulator::start().await.expect("a simulator");
    let mut production = sandbox("uat").relay(exposed());
    production.kind = OrgKind::Production;
    let org = simulator.add_org(production).await.expect("an org");
    let setup = Setup::new(&[("uat", &org)]).env("RELAY_SCRUB_ADMIN_TOKEN", TOKEN).env("PGPASSWORD", "planted-pg");
    let setup = setup.env("TEAM", "crm").argument("--notify-command").argument("./tell a b");
    setup.file("tell", "#!/bin/sh\ncat > told.json\nenv > environment\necho \"$@\" > arguments\nmv told.json told\n");
    std::fs::set_permissions(setup.path("tell"), PermissionsExt::from_mode(0o700)).expect("permissions");
    let mut service = setup.start().await;
    let id = service.deliver(&Call::of("uat", &org.id())).await;
    let line = service.says("told").await;
    assert_eq!((&line["fields"]["job"], &line["fields"]["event"]), (&id.as_str().into(), &"job.refused".into()));
    let read = |name: &str| std::fs::read_to_string(setup.path(name)).expect("a file");
    let told: serde_json::Value = serde_json::from_str(&read("told")).expect("JSON");
    assert_eq!(told["type"], "job.refused");
    assert_eq!(
        (&told["data"]["job"]["id"], &told["data"]["reason"]["code"]),
        (&id.as_str().into(), &"not_a_sandbox".into())
    );
    assert_eq!(read("arguments"), "a b\n");
    let environment = read("environment");
    assert!(environment.contains("TEAM=crm") && environment.contains("HOME="), "{environment}");
    for secret in ["RELAY_SCRUB_", "PGPASSWORD", "planted", CONSUMER_SECRET, WEBHOOK_SECRET] {
        assert!(!environment.contains(secret), "{secret} in {environment}");
    }
    service.stop().await;
}

#[tokio::test]
async fn what_was_not_told_when_the_service_was_killed_is_told_by_the_next() {
    let simulator = Simulator::start().await.expect("a simulator");
    let mut production = sandbox("uat");
    production.kind = OrgKind::Production;
    let org = simulator.add_org(production).await.expect("an org");
    let setup = Setup::new(&[("uat", &org)]).argument("--notify-command").argument("./tell");
    let mut service = setup.start().await;
    let id = service.deliver(&Call::of("uat", &org.id())).await;
    service.comes_to(&id, "refused").await;
    service.says("could not be told").await;
    service.kill().await;
    setup.file("tell", "#!/bin/sh\ncat > told\n");
    std::fs::set_permissions(setup.path("tell"), PermissionsExt::from_mode(0o700)).expect("permissions");
    let mut service = setup.start().await;
    service.says("told").await;
    assert!(std::fs::read_to_string(setup.path("told")).expect("a file").contains(&id));
    service.stop().await;
}

#[tokio::test]
async fn no_secret_is_on_a_page_in_the_log_or_in_the_database() {
    let simulator = Simulator::start().await.expect("a simulator");
    let org = simulator.add_org(sandbox("uat").relay(exposed())).await.expect("an org");
    let mut production = sandbox("prod");
    production.kind = OrgKind::Production;
    let production = simulator.add_org(production).await.expect("an org");
    let key = WEBHOOK_SECRET.trim_start_matches("whsec_");
    let setup = Setup::new(&[("uat", &org), ("prod", &production)]);
    let setup = setup.env("RELAY_SCRUB_ADMIN_TOKEN", TOKEN).env("RELAY_SCRUB_LOG", "trace");
    let setup = setup.env("RELAY_SCRUB_NOTIFY_SECRET", WEBHOOK_SECRET);
    let setup = setup.argument("--notify-url").argument("http://127.0.0.1:9/planted-in-the-path");
    let mut service = setup.start().await;
    let delivered = service.deliver(&Call::of("uat", &org.id())).await;
    service.deliver(&Call::of("prod", &production.id())).await;
    service.says("could not be told").await;
    while !page(&service, &format!("/v1/jobs/{delivered}")).await.contains("\"state\":\"done\"") {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let refused = client().post(service.private_url("/sign-in")).form(&[("token", "planted-wrong")]).send().await;
    assert_eq!(refused.expect("an answer").status(), 401);
    let straight = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build();
    let sign_in = straight.expect("a client").post(service.private_url("/sign-in")).form(&[("token", TOKEN)]);
    let signed_in = sign_in.send().await;
    let cookie = signed_in.expect("an answer").headers()["set-cookie"].to_str().expect("text").to_string();
    let mut seen = Vec::new();
    for path in ["/", "/v1/jobs", "/metrics", &format!("/jobs/{delivered}"), &format!("/v1/jobs/{delivered}")] {
        seen.push((path.to_string(), page(&service, path).await));
    }
    let (_, log) = service.stop().await;
    seen.push(("the log".into(), log.join("\n")));
    for entry in std::fs::read_dir(setup.path("")).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_file() {
            let bytes = std::fs::read(&path).expect("a file");
            seen.push((path.display().to_string(), String::from_utf8_lossy(&bytes).into_owned()));
        }
    }
    assert!(seen.iter().any(|(place, _)| place.ends_with("jobs.db")), "the database is among them");
    let session = cookie.split(['=', ';']).nth(1).expect("a session").to_string();
    for secret in [TOKEN, CONSUMER_SECRET, WEBHOOK_SECRET, key, "planted", "smtp-relay@acme.com", session.as_str()] {
        for (place, text) in &seen {
            assert!(!text.contains(secret), "{secret} in {place}");
        }
    }
}
