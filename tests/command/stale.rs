//! Reports of an earlier run, where this one never begins: none of them is left to be taken for this run's.

use std::fs;

use relay_scrub::simulator::SimulatedOrg;

use super::{add, simulator};
use crate::support::program::{CONSUMER_KEY, CONSUMER_SECRET, Program, exposed, requests, sandbox};

const OLD: [&str; 3] = ["old.json", "old.xml", "old.sarif"];
const FLAGS: [&str; 6] = ["--report", OLD[0], "--junit", OLD[1], "--sarif", OLD[2]];

/// Runs it over old reports; fails unless it ends with this code and says this, and each report that it names is empty.
#[track_caller]
fn leaves_none(program: Program, named: &[&str], (code, said): (i32, &str)) -> impl Future<Output = ()> {
    let program = OLD.into_iter().fold(program, |program, name| program.file(name, "\"outcome\": \"cleared\""));
    let caller = std::panic::Location::caller();
    async move {
        let (ran, folder) = program.run_in_folder().await;
        assert_eq!((ran.code, ran.stdout.as_str()), (code, ""), "{caller}: {ran:?}");
        assert!(ran.stderr.contains(said), "{caller}: {ran:?}");
        for name in named {
            let left = fs::read_to_string(folder.path().join(name)).expect("the report");
            assert_eq!(left, "", "{caller}: {name} of the earlier run is still there: {ran:?}");
        }
    }
}

/// A run of this org by flags, with nothing to log in with.
fn bare(verb: &str, org: &SimulatedOrg, line: &[&str]) -> Program {
    Program::new([verb, "--instance-url", org.url()].into_iter().chain(line.iter().copied()))
}

/// As [`bare`], with a login.
fn ready(verb: &str, org: &SimulatedOrg, line: &[&str]) -> Program {
    bare(verb, org, &[&["--client-id", CONSUMER_KEY], line].concat()).env("RELAY_SCRUB_CLIENT_SECRET", CONSUMER_SECRET)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_is_missing_or_wrong_leaves_no_old_report() {
    let simulator = simulator().await;
    let org = add(&simulator, sandbox("uat").relay(exposed())).await;
    for verb in ["scrub", "audit"] {
        let without_id = bare(verb, &org, &FLAGS).env("RELAY_SCRUB_CLIENT_SECRET", CONSUMER_SECRET);
        leaves_none(without_id, &OLD, (2, "client-credentials lacks client id")).await;
        let without_secret = bare(verb, &org, &[&FLAGS[..], &["--client-id", CONSUMER_KEY]].concat());
        leaves_none(without_secret, &OLD, (2, "client-credentials lacks client secret")).await;
        let jwt = ["--client-id", CONSUMER_KEY, "--username", "u@acme.com.uat", "--jwt-key-file", "key.pem"];
        let jwt = [&FLAGS[..], &jwt].concat();
        leaves_none(bare(verb, &org, &jwt), &OLD, (2, "key.pem does not exist")).await;
        leaves_none(bare(verb, &org, &jwt).file("key.pem", "no key"), &OLD, (2, "--jwt-key-file")).await;
    }
    assert_eq!(requests(&org), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_that_is_wrong_leaves_no_old_report() {
    let simulator = simulator().await;
    let org = add(&simulator, sandbox("uat").relay(exposed())).await;
    let file = format!("[orgs.uat]\ninstance_url = \"{}\"\nclient_id = \"{CONSUMER_KEY}\"\n", org.url());
    let file = file.as_str();
    let cases = [
        (vec!["uat"], "[orgs", "not valid TOML"),
        (vec!["uat"], "[orgs.uat]\ncolour = \"red\"\n", "colour"),
        (vec!["nobody"], file, "no org of relay-scrub.toml is called `nobody`"),
        (vec!["uat", "--instance-url", "http://127.0.0.1:9"], file, "says which org is meant"),
        (vec!["uat", "--all"], file, "--all"),
        (vec!["uat", "--config", "none.toml"], file, "none.toml does not exist"),
        (vec!["uat", "--timeout", "0s"], file, "--timeout"),
        (vec!["uat", "--expect-org-id", "12"], file, "--expect-org-id"),
        (vec![], "", "which org?"),
    ];
    for verb in ["scrub", "audit"] {
        for (line, file, said) in &cases {
            let program = Program::new([verb].into_iter().chain(FLAGS).chain(line.iter().copied()));
            let program = program.file("relay-scrub.toml", file).env("RELAY_SCRUB_CLIENT_SECRET", CONSUMER_SECRET);
            leaves_none(program, &OLD, (2, said)).await;
        }
    }
    assert_eq!(requests(&org), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_else_ends_a_run_before_it_begins_leaves_no_old_report() {
    let simulator = simulator().await;
    let org = add(&simulator, sandbox("uat").relay(exposed())).await;
    for verb in ["scrub", "audit"] {
        let log = ready(verb, &org, &FLAGS).env("RELAY_SCRUB_LOG", "[");
        leaves_none(log, &OLD, (2, "RELAY_SCRUB_LOG is no filter")).await;
        let production = ready(verb, &org, &[&FLAGS[..], &["--allow-host", "acme.my.salesforce.com"]].concat());
        leaves_none(production, &OLD, (3, "acme.my.salesforce.com")).await;
    }
    let message = ready("audit", &org, &[&FLAGS[..], &["--message", "none.eml"]].concat());
    leaves_none(message, &OLD, (2, "--message none.eml")).await;
    assert_eq!(requests(&org), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_cannot_be_written_leaves_no_other_old_one() {
    let simulator = simulator().await;
    let org = add(&simulator, sandbox("uat").relay(exposed())).await;
    let nowhere = "no-such-folder/report";
    for verb in ["scrub", "audit"] {
        for (flags, named) in [
            (["--report", nowhere, "--junit", OLD[1], "--sarif", OLD[2]], &OLD[1..]),
            (["--report", OLD[0], "--junit", OLD[1], "--sarif", nowhere], &OLD[..2]),
        ] {
            leaves_none(ready(verb, &org, &flags), named, (2, "no-such-folder/report can't be written")).await;
        }
        let twice = ready(verb, &org, &["--report", OLD[0], "--junit", OLD[0], "--sarif", OLD[2]]);
        leaves_none(twice, &[OLD[0], OLD[2]], (2, "--report and --junit name the same file")).await;
    }
    assert_eq!(requests(&org), 0);
}
