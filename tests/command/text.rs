//! The text of the real program, whole.

use relay_scrub::simulator::{Relay, SimulatedOrg, Simulator};

use super::{add, normal, quiet, simulator};
use crate::support::program::{Program, exposed, sandbox};

async fn org(simulator: &Simulator) -> SimulatedOrg {
    let exposed = exposed().with_id("0Xe5e0000000001");
    let setup = sandbox("Acme").id("00D5e000000abcD").relay(exposed).relay(Relay::clean("mx.acme.internal"));
    add(simulator, setup).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_sees_of_a_scrub() {
    let simulator = simulator().await;
    let org = org(&simulator).await;
    for (name, arguments) in [("would_clear", &["--dry-run"][..]), ("cleared", &[]), ("clean", &[])] {
        let ran = Program::scrub(&org, arguments.iter().copied()).run().await;
        quiet(&ran, 0);
        insta::assert_snapshot!(name, normal(&ran.stdout, &[&org]));
    }
    org.become_production();
    let ran = Program::scrub(&org, []).run().await;
    quiet(&ran, 3);
    insta::assert_snapshot!("refused", normal(&ran.stdout, &[&org]));
}

#[tokio::test(flavor = "multi_thread")]
async fn colour_is_for_terminals_and_who_asks_for_it_and_never_against_ones_will() {
    let simulator = simulator().await;
    let org = org(&simulator).await;
    let run = async |arguments: &[&str], environment: &[(&str, &str)]| {
        let program = Program::scrub(&org, ["--dry-run"].into_iter().chain(arguments.iter().copied()));
        let program = environment.iter().fold(program, |program, (name, value)| program.env(name, value));
        let ran = program.run().await;
        quiet(&ran, 0);
        normal(&ran.stdout, &[&org])
    };
    let forced = ("CLICOLOR_FORCE", "1");
    insta::assert_snapshot!("would_clear_color", run(&[], &[forced]).await);
    for (arguments, environment) in [
        (&[][..], &[][..]),
        (&["--no-color"], &[forced]),
        (&[], &[("NO_COLOR", "1")]),
        (&[], &[("NO_COLOR", "1"), ("TERM", "xterm-256color")]),
    ] {
        let text = run(arguments, environment).await;
        assert!(!text.contains('␛'), "{arguments:?} {environment:?}: {text}");
    }
    let json = run(&["--json"], &[forced]).await;
    assert!(!json.contains('␛'), "JSON has no colours: {json}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_username_is_masked_unless_it_is_asked_for() {
    let simulator = simulator().await;
    for arguments in [&[][..], &["--json"], &["-vvv", "--json"]] {
        let masked = run_in_github(&org(&simulator).await, arguments).await;
        assert!(!masked.contains("smtp-relay"), "{arguments:?}: {masked}");
        assert!(masked.contains("sm…@acme.com") && masked.contains("sm…&#64;acme&#46;com"), "{arguments:?}: {masked}");
    }
    let shown = run_in_github(&org(&simulator).await, &["--show-usernames"]).await;
    assert!(shown.contains("smtp-relay@acme.com"), "{shown}");
}

/// All that a run in GitHub Actions writes.
async fn run_in_github(org: &SimulatedOrg, arguments: &[&str]) -> String {
    let program = Program::scrub(org, ["--report", "report.json"].into_iter().chain(arguments.iter().copied()));
    let summary = program.path("summary.md");
    let program = program.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", &summary);
    let (ran, folder) = program.run_in_folder().await;
    assert_eq!(ran.code, 0, "{ran:?}");
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("a file of the run");
    [ran.stdout, ran.stderr, read("report.json"), read("summary.md")].concat()
}
