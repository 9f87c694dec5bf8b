//! Which stream gets what, and which exit code.

use relay_scrub::simulator::{Fault, Matcher};

use super::{add, quiet, simulator};
use crate::support::program::{Program, exposed, finish, is_cleared, requests, sandbox};

#[tokio::test]
async fn help_and_version_are_the_product_and_usage_errors_are_not() {
    for arguments in [&["--help"][..], &["-h"], &["help"], &["help", "scrub"], &["scrub", "--help"], &["schema", "-h"]]
    {
        let ran = Program::new(arguments.iter().copied()).run().await;
        quiet(&ran, 0);
        assert!(ran.stdout.contains("Usage: relay-scrub"), "{arguments:?}: {ran:?}");
    }
    let ran = Program::new(["--version"]).run().await;
    quiet(&ran, 0);
    assert_eq!(ran.stdout, concat!("relay-scrub ", env!("CARGO_PKG_VERSION"), "\n"));

    let wrong = [&[][..], &["--frobnicate"], &["scrubb"], &["scrub", "--frobnicate"], &["scrub", "--concurrency"]];
    for arguments in wrong {
        let ran = Program::new(arguments.iter().copied()).run().await;
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{arguments:?}: {ran:?}");
        assert!(ran.stderr.contains("--help") || ran.stderr.contains("Usage: relay-scrub"), "{arguments:?}: {ran:?}");
    }
}

#[tokio::test]
async fn a_mistyped_command_or_flag_is_shown_and_corrected() {
    let ran = Program::new(["scrubb"]).run().await;
    assert!(ran.stderr.contains("'scrubb'") && ran.stderr.contains("'scrub'"), "{ran:?}");
    let ran = Program::new(["scrub", "--dryrun"]).run().await;
    assert!(ran.stderr.contains("'--dryrun'") && ran.stderr.contains("'--dry-run'"), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_goes_away_is_no_error() {
    let simulator = simulator().await;
    for arguments in [&["--json"][..], &[]] {
        let org = add(&simulator, sandbox("uat").relay(exposed())).await;
        let (mut child, _folder) = Program::scrub(&org, arguments.iter().copied()).start();
        drop(child.stdout.take());
        quiet(&finish(child).await, 0);
    }
    for arguments in [["schema"], ["--help"], ["demo"]] {
        let (mut child, _folder) = Program::new(arguments).start();
        drop(child.stdout.take());
        quiet(&finish(child).await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_to_the_conversation_that_goes_away_is_no_error() {
    let simulator = simulator().await;
    for arguments in [&["-vv"][..], &["-vvv", "--log-format", "json"], &[]] {
        let org = add(&simulator, sandbox("uat").relay(exposed())).await;
        let arguments = ["--json", "--concurrency", "1"].into_iter().chain(arguments.iter().copied());
        let (mut child, _folder) = Program::scrub(&org, arguments).start();
        drop(child.stderr.take());
        let ran = finish(child).await;
        assert_eq!((ran.code, &ran.org()["outcome"]), (0, &"cleared".into()), "{ran:?}");
        assert!(org.relays().iter().all(is_cleared));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_line_of_the_logs_tells_of_which_org_it_is_and_one_of_which_run() {
    let simulator = simulator().await;
    let org = add(&simulator, sandbox("uat").relay(exposed())).await;

    let ran = Program::scrub_fleet(&[("uat", &org)], ["--all", "--json", "-vv", "--log-format", "json"]).run().await;

    let lines: Vec<serde_json::Value> =
        ran.stderr.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
    let answers: Vec<_> = lines.iter().filter(|line| line["fields"]["message"] == "answered").collect();
    assert_eq!(answers.len(), 4, "{ran:?}");
    assert!(answers.iter().all(|line| line["span"]["org"] == "uat" && line["span"]["name"] == "org"), "{ran:?}");
    let run_id = &ran.report()["run_id"];
    assert_eq!(lines.iter().filter(|line| &line["fields"]["run_id"] == run_id).count(), 1, "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_for_logs_that_is_none_is_a_usage_error_before_anything_is_sent() {
    let simulator = simulator().await;
    let org = add(&simulator, sandbox("uat").relay(exposed())).await;

    let ran = Program::scrub(&org, []).env("RELAY_SCRUB_LOG", "relay_scrub=shout").run().await;

    assert_eq!((ran.code, ran.stdout.as_str(), requests(&org)), (2, "", 0), "{ran:?}");
    assert!(ran.stderr.starts_with("RELAY_SCRUB_LOG is no filter"), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_follow_the_flags_and_never_reach_stdout() {
    let simulator = simulator().await;
    let run = async |arguments: &[&str]| {
        let org = add(&simulator, sandbox("uat").relay(exposed())).await;
        org.fault(Fault::reset(Matcher::reading_composite()));
        let ran = Program::scrub(&org, ["--json"].into_iter().chain(arguments.iter().copied())).run().await;
        assert_eq!(ran.code, 0, "{ran:?}");
        assert_eq!(ran.report()["schema"], "relay-scrub/report/v1");
        ran.stderr
    };
    assert_eq!(run(&["-q"]).await, "");
    assert_eq!(run(&[]).await, "");
    let informed = run(&["-v"]).await;
    assert!(informed.contains("trying again") && !informed.contains("answered"), "{informed}");
    assert!(run(&["-vv"]).await.contains("answered"));
    for line in run(&["-vvv", "--log-format", "json"]).await.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line}"));
        assert!(line["level"].is_string() && line["timestamp"].is_string(), "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gravest_of_several_orgs_decides_the_exit_code() {
    let simulator = simulator().await;
    let table: [(&[&str], &[&str], i32); 7] = [
        (&["clean", "clean"], &[], 0),
        (&["clean", "exposed"], &[], 0),
        (&["clean", "exposed"], &["--dry-run"], 0),
        (&["clean", "exposed"], &["--dry-run", "--detailed-exitcode"], 10),
        (&["exposed", "failing"], &["--dry-run", "--detailed-exitcode"], 1),
        (&["exposed", "failing", "production"], &["--dry-run", "--detailed-exitcode"], 3),
        (&["production", "exposed", "failing"], &[], 3),
    ];
    for (kinds, arguments, code) in table {
        let mut orgs = Vec::new();
        for (number, kind) in kinds.iter().enumerate() {
            let setup = if *kind == "clean" { sandbox("uat") } else { sandbox("uat").relay(exposed()) };
            let org = add(&simulator, setup).await;
            match *kind {
                "failing" => org.edit(|state| state.users[0].hidden_fields.push("Username".into())),
                "production" => org.become_production(),
                _ => {}
            }
            orgs.push((format!("{kind}-{number}"), org));
        }
        let named: Vec<_> = orgs.iter().map(|(name, org)| (name.as_str(), org)).collect();
        let arguments = ["--all", "--json"].into_iter().chain(arguments.iter().copied());
        let ran = Program::scrub_fleet(&named, arguments).run().await;
        assert_eq!(ran.code, code, "{kinds:?}: {ran:?}");
        assert_eq!(ran.report()["orgs"].as_array().map(Vec::len), Some(kinds.len()));
    }
}
