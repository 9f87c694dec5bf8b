//! The worker of the service, through the library's front door: a queue on SQLite, a configuration file, and simulated
//! orgs. What the org holds afterwards and which requests came is what counts.

mod activation;
mod desk;
mod lease;
mod refused;
mod retries;
mod settings;
mod several;
mod shutdown;
mod trouble;

use relay_scrub::output::json::schema;
use relay_scrub::server::job::{Job, State};
use relay_scrub::simulator::{Fault, Matcher, Relay, SimulatedOrg};
use serde_json::Value;

use self::desk::Desk;
use crate::support::program::{exposed, is_cleared, sandbox};

/// What the requests were, in a word each.
fn kinds(org: &SimulatedOrg) -> Vec<&'static str> {
    let kind = |seen: &relay_scrub::simulator::Seen| {
        let part = |reference: &str| seen.subrequests.iter().any(|(_, _, own)| own == reference);
        match () {
            () if seen.path.ends_with("/token") => "token",
            () if part("clear") => "write",
            () if part("relays") => "read",
            () if part("proof") => "proof",
            () => "other",
        }
    };
    org.requests().iter().map(kind).collect()
}

/// The requests of one scrub that clears.
const SCRUB: [&str; 4] = ["token", "read", "write", "read"];

fn are_cleared(org: &SimulatedOrg) -> bool {
    org.relays().iter().all(is_cleared)
}

fn code(job: &Job) -> &str {
    job.reason.as_ref().map_or("", |reason| reason.code.as_str())
}

/// The kept report, which is one of v1.
fn report(job: &Job) -> Value {
    let report: Value = serde_json::from_str(job.report.as_deref().expect("a report")).expect("JSON");
    jsonschema::validate(&schema(), &report).expect("a report of v1");
    report
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_ends_with_a_clean_sandbox_and_the_report_that_the_command_line_gives() {
    let desk = Desk::new().await;
    let org = desk.uat().await;
    let replica = desk.replica().await;

    let id = replica.deliver_uat(&org).await;
    let working = replica.work();
    let job = replica.finished(&id, State::Done).await;
    working.stop().await;

    assert!(are_cleared(&org), "{:?}", org.relays());
    assert_eq!(kinds(&org), SCRUB);
    assert_eq!((job.attempts, job.needs_attention, job.reason.as_ref()), (1, false, None));
    assert_eq!(job.outcome.as_deref(), Some("cleared"));
    let report = report(&job);
    let told = &report["orgs"][0];
    assert_eq!(
        (&told["target"], &told["outcome"], &told["verified"]),
        (&"uat".into(), &"cleared".into(), &true.into())
    );
    assert_eq!(told["org"]["id"], org.id());
    assert_eq!(told["records"][0]["changes"][1]["before"], "sm…@acme.com", "user names are masked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_shows_no_credential_is_warned_of_or_rewritten_where_the_service_is_to() {
    for every_relay in [false, true] {
        let mut desk = Desk::new().await;
        desk.settings.every_relay = every_relay;
        let hidden = Relay { password: Some("planted".into()), ..Relay::clean("smtp.acme.com") };
        let org = desk.org(sandbox("uat").relay(hidden)).await;
        desk.orgs(&[("uat", &org)]);
        let replica = desk.replica().await;

        let id = replica.deliver_uat(&org).await;
        let working = replica.work();
        let job = replica.finished(&id, State::Done).await;
        working.stop().await;

        let codes: Vec<_> = job.warnings.iter().map(|warning| warning.code.as_ref()).collect();
        assert_eq!(codes, if every_relay { vec![] } else { vec!["password_unknowable"] });
        assert_eq!(org.relays()[0].password.is_none(), every_relay);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_that_is_clean_already_is_not_written_to() {
    let desk = Desk::new().await;
    let org = desk.org(sandbox("uat")).await;
    desk.orgs(&[("uat", &org)]);
    let replica = desk.replica().await;
    let working = replica.work();

    let id = replica.deliver_uat(&org).await;
    let job = replica.finished(&id, State::Done).await;

    assert_eq!((job.outcome.as_deref(), kinds(&org)), (Some("clean"), vec!["token", "read"]));
    working.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_whose_time_is_over_gets_its_last_attempt_and_is_given_up() {
    let mut desk = Desk::with_long_pauses().await;
    desk.limits.give_up_after = std::time::Duration::from_millis(300);
    let org = desk.uat().await;
    org.fault(Fault::unavailable(Matcher::any()).always());
    let replica = desk.replica().await;
    let working = replica.work();

    let id = replica.deliver_uat(&org).await;
    let job = replica.finished(&id, State::Dead).await;

    assert_eq!((code(&job), job.needs_attention, job.outcome.as_deref()), ("unavailable", false, Some("failed")));
    assert!(job.attempts >= 1 && job.finished_at >= Some(job.give_up_at), "{job:?}");
    assert_eq!(report(&job)["orgs"][0]["error"]["code"], "unavailable");
    working.stop().await;
}
