//! `action.yml`: its own steps, run as GitHub's runner runs them, against simulated orgs and a release on loopback.

use relay_scrub::simulator::{OrgSetup, SimulatedOrg, Simulator};

use super::release::Release;
use super::runner::{self, Ended, Job};
use crate::support::program::{CONSUMER_KEY, CONSUMER_SECRET, exposed, is_cleared, requests, sandbox};

async fn org(simulator: &Simulator, setup: OrgSetup) -> SimulatedOrg {
    simulator.add_org(setup).await.expect("an org")
}

/// A job whose workspace has a configuration with these orgs, and whose step has the secret in its environment.
fn job(release: &Release, orgs: &[(&str, &SimulatedOrg)]) -> Job {
    let section = |(name, org): &(&str, &SimulatedOrg)| format!("\n[orgs.{name}]\ninstance_url = \"{}\"\n", org.url());
    let head = format!("[defaults]\nauth = \"client-credentials\"\nclient_id = \"{CONSUMER_KEY}\"\n");
    let file: String = std::iter::once(head).chain(orgs.iter().map(section)).collect();
    let job = Job::new().file("relay-scrub.toml", &file).env("RELAY_SCRUB_CLIENT_SECRET", CONSUMER_SECRET);
    job.input("releases", release.address())
}

fn outputs<'a>(ended: &'a Ended, names: [&str; 3]) -> [&'a str; 3] {
    names.map(|name| ended.outputs[name].as_str())
}

const COUNTS: [&str; 3] = ["outcome", "exposed", "cleared"];

#[tokio::test(flavor = "multi_thread")]
async fn it_fetches_the_release_clears_and_says_so_in_outputs_and_summary() {
    let simulator = Simulator::start().await.expect("a simulator");
    let release = Release::start().await;
    let uat = org(&simulator, sandbox("uat").relay(exposed())).await;
    let job = job(&release, &[("uat", &uat)]).input("org", "uat").input("junit", "junit.xml");

    let ended = job.input("sarif", "findings.sarif").run().await;

    assert_eq!((ended.code, outputs(&ended, COUNTS)), (0, ["cleared", "1", "1"]), "{ended:?}");
    assert!(is_cleared(&uat.relays()[0]));
    let report = std::fs::read_to_string(&ended.outputs["report"]).expect("the report");
    assert!(report.contains("\"outcome\": \"cleared\""), "{report}");
    assert!(ended.summary.contains("| uat | ✅ cleared | 1 | 1 |"), "{ended:?}");
    assert!(!ended.said.contains("::error"), "{ended:?}");
    assert!(!ended.said.contains(CONSUMER_SECRET) && !ended.said.contains("smtp-relay"), "{ended:?}");
    assert!(ended.said.contains(&format!("SHA-256 {}", release.checksum())), "{ended:?}");
    for name in ["junit.xml", "findings.sarif"] {
        assert!(ended.workspace.path().join(name).metadata().expect(name).len() > 0);
    }
    // Later steps of the job find the program, and it is the one that was fetched.
    let program = std::path::Path::new(&ended.path[0]).join("relay-scrub");
    assert!(program.is_file(), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gate_writes_nothing_and_fails_the_job_where_there_is_something_to_clear() {
    let simulator = Simulator::start().await.expect("a simulator");
    let release = Release::start().await;
    let (bad, good) = (org(&simulator, sandbox("bad").relay(exposed())).await, org(&simulator, sandbox("good")).await);
    let orgs = [("bad", &bad), ("good", &good)];

    let ended = job(&release, &orgs).input("mode", "gate").input("org", "*").run().await;
    assert_eq!((ended.code, outputs(&ended, COUNTS)), (10, ["would_clear", "1", "0"]), "{ended:?}");
    assert!(!is_cleared(&bad.relays()[0]));
    assert!(ended.said.contains("::warning title=relay-scrub%3A bad::"), "{ended:?}");

    let ended = job(&release, &orgs).input("mode", "dry-run").input("org", "bad").run().await;
    assert_eq!((ended.code, outputs(&ended, COUNTS)), (0, ["would_clear", "1", "0"]), "{ended:?}");
    let ended = job(&release, &orgs).input("mode", "gate").input("org", "good").run().await;
    assert_eq!((ended.code, outputs(&ended, COUNTS)), (0, ["clean", "0", "0"]), "{ended:?}");
    assert!(!is_cleared(&bad.relays()[0]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_org_that_fails_or_is_refused_fails_the_job_and_is_never_said_to_have_nothing_exposed() {
    let simulator = Simulator::start().await.expect("a simulator");
    let release = Release::start().await;
    let production = org(&simulator, sandbox("uat").relay(exposed())).await;
    production.become_production();
    let ended = job(&release, &[("uat", &production)]).run().await;
    assert_eq!((ended.code, outputs(&ended, COUNTS)), (3, ["refused", "", "0"]), "{ended:?}");
    assert!(ended.said.contains("::error title=relay-scrub%3A uat::Refused:"), "{ended:?}");

    let uat = org(&simulator, sandbox("uat").relay(exposed())).await;
    let wrong = job(&release, &[("uat", &uat)]).env("RELAY_SCRUB_CLIENT_SECRET", "another");
    let ended = wrong.run().await;
    assert_eq!((ended.code, outputs(&ended, COUNTS)), (1, ["failed", "", "0"]), "{ended:?}");
    assert!(!is_cleared(&uat.relays()[0]));
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_settings_fail_the_job_with_an_annotation_and_an_outcome_that_is_no_success() {
    let simulator = Simulator::start().await.expect("a simulator");
    let release = Release::start().await;
    let uat = org(&simulator, sandbox("uat").relay(exposed())).await;
    let cases = [("org", "nobody"), ("mode", "delete"), ("auth", "password"), ("config", "none.toml")];
    for (input, value) in cases.into_iter().chain([("arguments", "--no-such-flag"), ("report", "no/folder/r.json")]) {
        let ended = job(&release, &[("uat", &uat)]).input(input, value).run().await;
        assert_eq!((ended.code, ended.outputs["outcome"].as_str()), (2, "error"), "{input}: {ended:?}");
        assert_eq!(
            (ended.outputs["exposed"].as_str(), ended.outputs["report"].as_str()),
            ("", ""),
            "{input}: {ended:?}"
        );
        assert!(ended.said.contains("::error title=relay-scrub::"), "{input}: {ended:?}");
    }
    assert_eq!(requests(&uat), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_ends_well_without_a_run_fails_the_job() {
    let simulator = Simulator::start().await.expect("a simulator");
    let release = Release::start().await;
    let uat = org(&simulator, sandbox("uat").relay(exposed())).await;
    for mode in ["scrub", "dry-run", "gate"] {
        for arguments in ["--help", "-h", "--no-color\n--help"] {
            let ended = job(&release, &[("uat", &uat)]).input("mode", mode).input("arguments", arguments).run().await;
            assert_eq!((ended.code, outputs(&ended, COUNTS)), (2, ["error", "", ""]), "{mode} {arguments}: {ended:?}");
            assert!(ended.said.contains("::error title=relay-scrub::No run"), "{mode} {arguments}: {ended:?}");
        }
    }
    assert_eq!(requests(&uat), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_what_was_released_is_not_run() {
    let simulator = Simulator::start().await.expect("a simulator");
    let uat = org(&simulator, sandbox("uat").relay(exposed())).await;
    let other = "0".repeat(64);
    let (good, archive) = (Release::start().await.checksum(), Release::archive());
    let cases = [
        (format!("{other}  {archive}\n"), "the checksum of"),
        (format!("{good}  another.tar.gz\n"), "say nothing of"),
        (format!("{good}  {archive}\n{other}  {archive}\n"), "say nothing of"),
        (format!("short  {archive}\n"), "say nothing of"),
        (String::new(), "say nothing of"),
    ];
    for (checksums, reason) in cases {
        let release = Release::with_checksums(&checksums).await;
        let ended = job(&release, &[("uat", &uat)]).run().await;
        assert_eq!((ended.code, ended.path.len()), (1, 0), "{checksums}: {ended:?}");
        assert!(ended.said.contains("::error title=relay-scrub::") && ended.said.contains(reason), "{ended:?}");
        assert_eq!(ended.found("relay-scrub"), Vec::<String>::new(), "something was unpacked: {ended:?}");
    }
    assert_eq!(requests(&uat), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_or_a_machine_without_a_release_is_said_and_fails_the_job() {
    let simulator = Simulator::start().await.expect("a simulator");
    let release = Release::start().await;
    let uat = org(&simulator, sandbox("uat").relay(exposed())).await;
    let ended = job(&release, &[("uat", &uat)]).input("version", "v99.0.0").run().await;
    assert!(ended.code == 1 && ended.said.contains("Version 99.0.0 can't be fetched"), "{ended:?}");
    let plain = release.address().replace("127.0.0.1", "localhost.example");
    let ended = job(&release, &[("uat", &uat)]).input("releases", plain).run().await;
    assert!(ended.code == 1 && ended.said.contains("'releases' is no https address"), "{ended:?}");
    let ended = job(&release, &[("uat", &uat)]).runner_arch("ARM").run().await;
    assert!(ended.code == 1 && ended.said.contains("no release of relay-scrub for Linux on ARM"), "{ended:?}");
    assert_eq!(requests(&uat), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_input_says_is_never_run_and_never_a_command_to_the_runner() {
    let simulator = Simulator::start().await.expect("a simulator");
    let release = Release::start().await;
    let uat = org(&simulator, sandbox("uat").relay(exposed())).await;
    let hostile = [
        "$(touch pwned)`touch pwned`; touch pwned; \"; touch pwned; \"' ; touch pwned",
        "u\n::error::planted\noutcome=clean",
        "--all",
    ];
    for input in ["org", "auth", "mode", "version", "config", "releases", "report", "junit", "arguments"] {
        // Flags are what this input is for.
        for value in hostile.into_iter().filter(|value| (input, *value) != ("arguments", "--all")) {
            // As a path it must lead nowhere.
            let value = if matches!(input, "report" | "junit") { format!("none/{value}") } else { value.into() };
            let value = value.as_str();
            let ended = job(&release, &[("uat", &uat)]).input(input, value).run().await;
            assert!(matches!(ended.code, 1 | 2), "{input} = {value:?}: {ended:?}");
            assert_ne!(ended.outputs["outcome"], "clean", "{input} = {value:?}: {ended:?}");
            let commands = ended.said.lines().filter(|line| line.trim_start().starts_with("::"));
            for line in commands {
                assert!(line.starts_with("::error title=relay-scrub"), "{input} = {value:?}: {line}");
            }
            assert_eq!(ended.found("pwned"), Vec::<String>::new(), "{input} = {value:?}");
        }
    }
    assert_eq!(requests(&uat), 0);
}

#[test]
fn no_input_takes_a_secret_and_none_stands_in_a_script() {
    let action = runner::action();
    for name in action.inputs.keys() {
        let secret = ["secret", "token", "key", "password", "credential", "sfdx"];
        assert!(!secret.iter().any(|word| name.contains(word)), "{name}");
    }
    for step in &action.runs.steps {
        assert!(!step.run.contains("${{"), "{}", step.run);
        assert_eq!(step.shell, "bash");
    }
}
