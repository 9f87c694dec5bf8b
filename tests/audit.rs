//! The audit, against simulated orgs: what it finds, what it never asks for, and what it says where it could not look.

mod docs;
mod found;
mod gate;
mod github;
mod pipelines;
mod probe;
mod production;
mod progress;
mod proof;
mod reading;
mod report;
mod rules;

use relay_scrub::simulator::{
    App, DomainFilter, DomainKey, Fault, Matcher, OrgKind, OrgSetup, OrgWideAddress, Relay, SimulatedOrg, Simulator,
    User,
};
use serde_json::Value;

use crate::support::program::{CONSUMER_KEY, CONSUMER_SECRET, Program, Ran, USER, requests};

/// The id of the relay in [`acme`].
const RELAY: &str = "0XeA00000000001";

async fn simulator() -> Simulator {
    Simulator::start().await.expect("a simulator")
}

async fn add(simulator: &Simulator, setup: OrgSetup) -> SimulatedOrg {
    simulator.add_org(setup).await.expect("an org")
}

/// An org whose mail goes through a relay as the advice wants it, and which lets an administrator in.
fn acme(kind: OrgKind) -> OrgSetup {
    let app = App::connected(CONSUMER_KEY).secret(CONSUMER_SECRET).run_as(USER);
    let relay = match kind {
        OrgKind::Sandbox | OrgKind::Scratch => Relay::clean("smtp.acme.com"),
        _ => Relay::exposed("smtp.acme.com", "smtp-relay@acme.com", "planted-smtp-password"),
    };
    let filter = DomainFilter { from_domain: "acme.com".into(), ..DomainFilter::everything_to(&full(RELAY), 1) };
    OrgSetup::new(kind, "Acme")
        .user(User::administrator(USER))
        .app(app)
        .relay(relay.with_id(RELAY))
        .filter(filter)
        .domain_key(DomainKey::active("acme.com", "sf1"))
        .address(OrgWideAddress::verified("help@acme.com"))
        .email_settings(|settings| {
            settings.handles_bounces = false;
            settings.spf_compliance = false;
        })
}

/// The id in 18 characters.
fn full(id: &str) -> String {
    let id: relay_scrub::domain::id::RecordId = id.parse().expect("an id");
    id.as_str().to_string()
}

/// Audits one org without DNS, and returns its part of the report.
async fn audit(org: &SimulatedOrg, arguments: &[&str]) -> (Ran, Value) {
    let line = ["--json", "--no-dns"].into_iter().chain(arguments.iter().copied());
    let ran = Program::audit(org, line).run().await;
    let report = ran.org();
    (ran, report)
}

/// What a check found: the level of each finding, with the reason where it was not checked.
fn levels(org: &Value, check: &str) -> Vec<String> {
    let findings = org["findings"].as_array().expect("findings").iter();
    let found: Vec<String> = findings
        .filter(|finding| finding["check"] == check)
        .map(|finding| {
            let level = finding["level"].as_str().expect("a level");
            finding["not_checked"].as_str().map_or(level.to_string(), |because| format!("{level}: {because}"))
        })
        .collect();
    assert!(!found.is_empty(), "{check} is not answered: {org:#}");
    found
}

/// What a check's first finding says.
fn seen<'a>(org: &'a Value, check: &str) -> &'a str {
    let mut findings = org["findings"].as_array().expect("findings").iter();
    let finding = findings.find(|finding| finding["check"] == check).expect("a finding");
    finding["seen"].as_str().expect("what was seen")
}
