//! The audit with real programs: NSD answers for DNS, Postfix and Exim are the relay, dkimpy signs.

mod authority;
mod client;
mod dkim;
mod dns;
mod exim;
mod mails;
mod message;
mod nsd;
mod postfix;
mod probe;
mod rules;
mod signatures;
mod spf;

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use relay_scrub::simulator::{App, DomainFilter, DomainKey, OrgKind, OrgSetup, Relay, SimulatedOrg, Simulator, User};
use serde_json::Value;

use crate::support::program::{CONSUMER_KEY, CONSUMER_SECRET, Program, Ran, USER};

/// The id of the org's relay, and the org's own.
const RELAY: &str = "0XeA00000000001";
const ORG: &str = "00D5e000000abcD";

/// Whatever starts is given so long on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// An org whose mail of acme.com goes through smtp.acme.com at this port, and the simulator that it lives in.
async fn org(kind: OrgKind, port: u16, change: impl FnOnce(&mut OrgSetup)) -> (Simulator, SimulatedOrg) {
    let app = App::connected(CONSUMER_KEY).secret(CONSUMER_SECRET).run_as(USER);
    let mut relay = match kind {
        OrgKind::Sandbox => Relay::clean("smtp.acme.com"),
        _ => Relay::exposed("smtp.acme.com", "smtp-relay@acme.com", "planted-smtp-password"),
    };
    relay.port = port.to_string();
    let relay_id: relay_scrub::domain::id::RecordId = RELAY.parse().expect("an id");
    let filter = DomainFilter { from_domain: "acme.com".into(), ..DomainFilter::everything_to(relay_id.as_str(), 1) };
    let mut setup = OrgSetup::new(kind, "Acme")
        .id(ORG)
        .user(User::administrator(USER))
        .app(app)
        .relay(relay.with_id(RELAY))
        .filter(filter)
        .domain_key(DomainKey::active("acme.com", "sf1"))
        .email_settings(|settings| {
            settings.handles_bounces = false;
            settings.spf_compliance = false;
        });
    change(&mut setup);
    let simulator = Simulator::start().await.expect("a simulator");
    let org = simulator.add_org(setup).await.expect("an org");
    (simulator, org)
}

/// Gives the org a second relay at the same host, for mail of acme.example.
fn second(setup: &mut OrgSetup, port: u16) {
    let mut relay = Relay::clean("smtp.acme.com");
    relay.port = port.to_string();
    let relay_id: relay_scrub::domain::id::RecordId = "0XeA00000000002".parse().expect("an id");
    setup.relays.push(relay.with_id("0XeA00000000002"));
    let filter =
        DomainFilter { from_domain: "acme.example".into(), ..DomainFilter::everything_to(relay_id.as_str(), 2) };
    setup.filters.push(filter);
}

/// Which senders the relays of such an org take: whether at the first, the sender, and whether it is taken.
const SENDERS_OF_TWO: [(bool, &str, bool); 4] = [
    (true, "ann@acme.com", true),
    (true, "ann@acme.example", false),
    (false, "ann@acme.com", false),
    (false, "ann@acme.example", true),
];

/// Audits the org, and returns its part of the report.
async fn audit(org: &SimulatedOrg, arguments: &[&str], authorities: Option<&Path>) -> (Ran, Value) {
    let line = ["--json", "--allow-production"].into_iter().chain(arguments.iter().copied());
    let mut program = Program::audit(org, line);
    if let Some(authorities) = authorities {
        program = program.env("SSL_CERT_FILE", authorities);
    }
    let ran = program.run().await;
    let report = ran.org();
    (ran, report)
}

/// What a check found: each finding's level, and the reason where it was not checked.
fn levels(org: &Value, check: &str) -> Vec<String> {
    let findings = org["findings"].as_array().expect("findings").iter();
    let level = |finding: &Value| {
        let level = finding["level"].as_str().expect("a level");
        finding["not_checked"].as_str().map_or(level.to_string(), |because| format!("{level}: {because}"))
    };
    findings.filter(|finding| finding["check"] == check).map(level).collect()
}

/// What a check's first finding says.
fn seen<'a>(org: &'a Value, check: &str) -> &'a str {
    let mut findings = org["findings"].as_array().expect("findings").iter();
    findings.find(|finding| finding["check"] == check).expect("a finding")["seen"].as_str().expect("a text")
}

/// A port below those that the system gives out by itself: a server that is told a port starts a while later, and nobody
/// should have got it meanwhile.
fn quiet_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        // Each test is a process of its own, mostly, and they run side by side.
        let number = NEXT.fetch_add(1, Ordering::Relaxed) + std::process::id() * 37;
        let port = 12_000 + u16::try_from(number % 20_000).expect("below 20,000");
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// A program of `sbin`, which is not on everybody's PATH, without the streams of the test.
fn program(path: &str) -> Command {
    assert!(Path::new(path).exists(), "{path} is missing: scripts/install-test-programs installs it");
    let mut command = Command::new(path);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Waits until something listens at a port of this machine.
async fn until_it_listens(port: u16, what: &str, log: &Path) {
    let begun = Instant::now();
    while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        let said = || std::fs::read_to_string(log).unwrap_or_default();
        assert!(begun.elapsed() < PATIENCE, "{what} does not listen at {port}: {}", said());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
