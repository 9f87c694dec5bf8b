//! The canary: secrets are planted, everything goes wrong that can, and none of them is found in anything written.

mod debug;
mod hunt;
mod login;
mod misplaced;
mod trouble;

use std::sync::Arc;

use relay_scrub::simulator::Simulator;
use tokio::task::JoinSet;

use self::login::{Login, hunt};
use self::trouble::{MUTE, QUOTING, Trouble};
use crate::support::program::Ran;

/// Arguments, and what is logged.
type Shape = (&'static [&'static str], &'static str);

/// As talkative as can be, in both shapes of output.
const LOUD: [Shape; 2] = [
    (&["-vvv", "--report", "report.json", "--junit", "report.xml", "--sarif", "report.sarif"], "relay_scrub=trace"),
    (&["-vvv", "--json", "--log-format", "json"], "trace"),
];

/// Runs a login into trouble in some shapes of output, and looks for what was planted.
async fn run_into(simulator: Arc<Simulator>, login: Login, (name, trouble): Trouble, shapes: &[Shape]) -> Vec<Ran> {
    let mut all = Vec::new();
    for (arguments, filter) in shapes {
        let org = login.org(&simulator).await;
        let program = login.program(&org, arguments.iter().copied()).env("RELAY_SCRUB_LOG", filter);
        let (summary, output) = (program.path("summary.md"), program.path("output"));
        let program = program.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", summary);
        let program = program.env("GITHUB_OUTPUT", output);
        trouble(&org);

        let (ran, folder) = program.run_in_folder().await;

        let occasion = format!("{login:?}, {name}, {arguments:?}");
        let leaks = hunt(&org).leaks(&ran, folder.path(), &Login::FILES);
        assert!(leaks.is_empty(), "{occasion}: {}", leaks.join("\n"));
        assert!(!ran.stdout.is_empty() && ran.stderr.contains("answered"), "{occasion}: {ran:?}");
        for name in ["summary.md", "output"] {
            assert!(folder.path().join(name).exists(), "{occasion}: {ran:?}");
        }
        all.push(ran);
    }
    all
}

/// Runs every login into the same trouble, side by side.
async fn run_all_into(
    simulator: &Arc<Simulator>,
    trouble: Trouble,
    shapes: &'static [Shape],
) -> Vec<(Login, Vec<Ran>)> {
    let mut runs = JoinSet::new();
    for login in Login::ALL.iter().copied() {
        let simulator = simulator.clone();
        runs.spawn(async move { (login, run_into(simulator, login, trouble, shapes).await) });
    }
    runs.join_all().await
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_written_anywhere_whatever_goes_wrong() {
    let simulator = Arc::new(Simulator::start().await.expect("a simulator"));
    for (number, trouble) in MUTE.into_iter().enumerate() {
        // Of two troubles one meets each shape: what is written depends on the other half but little.
        run_all_into(&simulator, trouble, &LOUD[number % 2..][..1]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_org_quotes_of_a_secret_is_hidden() {
    let simulator = Arc::new(Simulator::start().await.expect("a simulator"));
    for trouble in QUOTING {
        for (login, runs) in run_all_into(&simulator, trouble, &LOUD).await {
            if trouble.0.contains("request for a token") && login.brings_a_session() {
                continue;
            }
            for ran in runs {
                let said = format!("{}{}", ran.stdout, ran.stderr);
                let is_quoted = said.contains("[secret]") || said.contains("ma…@acme.com is no user name");
                assert!(is_quoted || said.contains("edits ma…@acme.com"), "{login:?}, {}: {said}", trouble.0);
            }
        }
    }
}
