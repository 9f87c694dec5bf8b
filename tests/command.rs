//! The command line as its callers see it: streams, exit codes, files, and what is left in the org.

mod effects;
mod files;
mod hostile;
mod json;
mod stale;
mod streams;
mod text;

use relay_scrub::simulator::{OrgSetup, SimulatedOrg, Simulator};

use crate::support::program::Ran;

async fn simulator() -> Simulator {
    Simulator::start().await.expect("a simulator")
}

async fn add(simulator: &Simulator, setup: OrgSetup) -> SimulatedOrg {
    simulator.add_org(setup).await.expect("an org")
}

/// A text without what differs from run to run: ports and durations.
fn normal(text: &str, orgs: &[&SimulatedOrg]) -> String {
    let mut text = text.to_string();
    for org in orgs {
        let host = org.url().trim_start_matches("http://");
        text = text.replace(host, &format!("127.0.0.1:{}", "PORT"));
    }
    let timeless = |line: &str| match line.split_once(" requests, ") {
        Some((before, _)) => format!("{before} requests, TIME."),
        None => line.to_string(),
    };
    text.lines().map(timeless).collect::<Vec<_>>().join("\n").replace('\u{1b}', "␛")
}

/// Fails unless the run ended with this code and wrote nothing to the other stream.
#[track_caller]
fn quiet(ran: &Ran, code: i32) {
    assert_eq!((ran.code, ran.stderr.as_str()), (code, ""), "{ran:?}");
}
