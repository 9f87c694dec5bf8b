//! What is written beside the streams: the report's file, and what GitHub Actions reads.

use std::fs;
use std::sync::{Arc, Mutex};

use relay_scrub::simulator::{Fault, Matcher, Relay};
use serde_json::Value;

use super::{add, simulator};
use crate::support::junit::suites;
use crate::support::program::{Program, exposed, requests, sandbox};

#[tokio::test(flavor = "multi_thread")]
async fn a_report_file_is_emptied_before_the_work_and_holds_what_stdout_says() {
    let simulator = simulator().await;
    let org = add(&simulator, sandbox("uat").relay(exposed())).await;
    let program =
        Program::scrub(&org, ["--json", "--report", "report.json"]).file("report.json", "{\"old\": \"clean\"}");
    let (path, seen) = (program.path("report.json"), Arc::new(Mutex::new(None)));
    let during = seen.clone();
    org.fault(Fault::before(Matcher::token(), move |_| {
        *during.lock().expect("what was seen") = fs::read_to_string(&path).ok();
    }));

    let (ran, folder) = program.run_in_folder().await;

    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(seen.lock().expect("what was seen").as_deref(), Some(""), "the old report was still there");
    assert_eq!(fs::read_to_string(folder.path().join("report.json")).expect("the report"), ran.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn junit_and_sarif_are_emptied_before_the_work_and_written_whatever_the_outcome() {
    let simulator = simulator().await;
    let org = add(&simulator, sandbox("uat").relay(exposed())).await;
    let line = ["--junit", "report.xml", "--sarif", "report.sarif", "--report", "report.json"];
    let old = ["report.xml", "report.sarif"];
    let program = old.into_iter().fold(Program::scrub(&org, line), |program, name| program.file(name, "clean"));
    let (paths, seen) = (old.map(|name| program.path(name)), Arc::new(Mutex::new(None)));
    let during = seen.clone();
    org.fault(Fault::before(Matcher::token(), move |_| {
        *during.lock().expect("what was seen") = Some(paths.clone().map(|path| fs::read_to_string(path).ok()));
    }));
    org.become_production();

    let (ran, folder) = program.run_in_folder().await;

    assert_eq!(ran.code, 3, "{ran:?}");
    let empty = Some(String::new());
    assert_eq!(*seen.lock().expect("what was seen"), Some([empty.clone(), empty]), "an old report was still there");
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).expect(name);
    assert!(read("report.xml").contains("<error type=\"not_a_sandbox\""), "{}", read("report.xml"));
    assert!(read("report.sarif").contains("\"ruleId\": \"org-not-done\""), "{}", read("report.sarif"));
    assert!(read("report.json").contains("\"outcome\": \"refused\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn junit_has_a_case_for_each_relay_that_was_read_and_says_in_the_orgs_own_what_can_not_be_seen() {
    let simulator = simulator().await;
    let org = add(&simulator, sandbox("uat").relay(exposed()).relay(Relay::clean("backup.acme.com"))).await;
    let warning = "Warning: 1 relay without authentication and user name may still hold a password";
    for (line, said, marks) in [
        (["--dry-run", "--junit", "a.xml"], "Would clear 1 of 2 relays.", vec!["failure".to_string()]),
        (["--yes", "--junit", "a.xml"], "Cleared 1 of 2 relays, read again, none is exposed.", vec![]),
    ] {
        let (ran, folder) = Program::scrub(&org, line).run_in_folder().await;
        assert_eq!(ran.code, 0, "{ran:?}");
        let text = fs::read_to_string(folder.path().join("a.xml")).expect("the report");
        let [suite] = &suites(&text)[..] else { panic!("one suite: {text}") };
        let [(first, none), (cleared, found), (left, nothing)] = &suite.cases[..] else {
            panic!("three cases: {text}")
        };
        assert_eq!((first.as_str(), none.len(), found, nothing.len()), ("the org", 0, &marks, 0), "{text}");
        assert!(cleared.starts_with("smtp.acme.com:587 ") && left.starts_with("backup.acme.com:587 "), "{text}");
        let (before, after) = text.split_once(&format!("\n{warning}")).unwrap_or_else(|| panic!("no warning: {text}"));
        assert!(before.rsplit("<system-out>").next().is_some_and(|start| start.starts_with(said)), "{text}");
        assert!(after.contains("</testcase>"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_that_would_overwrite_each_other_or_cannot_be_written_are_said_before_anything_is_sent() {
    let simulator = simulator().await;
    let org = add(&simulator, sandbox("uat").relay(exposed())).await;
    let cases = [
        (["--report", "a", "--junit", "a"], "--report and --junit name the same file"),
        (["--sarif", "a", "--junit", "a"], "--junit and --sarif name the same file"),
        (["--report", "a", "--junit", "no-such-folder/a"], "no-such-folder/a can't be written"),
        (["--report", "a", "--sarif", "."], ". can't be written"),
    ];
    for (line, said) in cases {
        let ran = Program::scrub(&org, line).run().await;
        assert_eq!((ran.code, ran.stdout.as_str(), requests(&org)), (2, "", 0), "{ran:?}");
        assert!(ran.stderr.contains(said), "{ran:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_of_github_gets_outputs_and_one_that_cannot_be_written_is_no_failure() {
    let simulator = simulator().await;
    let org = add(&simulator, sandbox("uat").relay(exposed())).await;
    let program = Program::scrub(&org, ["--report", "report.json"]).file("output", "earlier=1\n");
    let output = program.path("output");
    let program = program.env("GITHUB_ACTIONS", "true").env("GITHUB_OUTPUT", output);
    let (ran, folder) = program.run_in_folder().await;
    assert_eq!(ran.code, 0, "{ran:?}");
    let outputs = fs::read_to_string(folder.path().join("output")).expect("outputs");
    assert_eq!(outputs, "earlier=1\noutcome=cleared\nexposed=1\ncleared=1\nreport=report.json\n");

    let ran = Program::scrub(&org, []).env("GITHUB_ACTIONS", "true").env("GITHUB_OUTPUT", "/no/such/file").run().await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains("the step's outputs can't be written"), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_written_whatever_the_outcome() {
    let simulator = simulator().await;
    let org = add(&simulator, sandbox("uat").relay(exposed())).await;
    org.become_production();
    let (ran, folder) = Program::scrub(&org, ["--report", "report.json"]).run_in_folder().await;
    assert_eq!(ran.code, 3, "{ran:?}");
    let report = fs::read_to_string(folder.path().join("report.json")).expect("the report");
    let report: Value = serde_json::from_str(&report).expect("JSON");
    assert_eq!(report["orgs"][0]["outcome"], "refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_cannot_be_written_is_said_before_anything_is_sent() {
    let simulator = simulator().await;
    let org = add(&simulator, sandbox("uat").relay(exposed())).await;
    for path in ["no-such-folder/report.json", "."] {
        let ran = Program::scrub(&org, ["--report", path]).run().await;
        assert_eq!((ran.code, ran.stdout.as_str(), requests(&org)), (2, "", 0), "{ran:?}");
        assert!(ran.stderr.contains(path) && ran.stderr.contains("Nothing was contacted"), "{ran:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn github_gets_a_summary_and_annotations_and_stdout_stays_the_report() {
    let simulator = simulator().await;
    let good = add(&simulator, sandbox("good").relay(exposed())).await;
    let bad = add(&simulator, sandbox("bad").relay(exposed())).await;
    bad.become_production();
    let program = Program::scrub_fleet(&[("good", &good), ("bad", &bad)], ["--all", "--json"]);
    let program = program.file("summary.md", "# of an earlier command\n");
    let summary = program.path("summary.md");
    let program = program.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", summary);

    let (ran, folder) = program.run_in_folder().await;

    assert_eq!(ran.code, 3, "{ran:?}");
    assert_eq!(ran.report()["summary"]["orgs"], 2);
    assert!(ran.stderr.lines().all(|line| line.starts_with("::error title=relay-scrub%3A bad::")), "{ran:?}");
    let summary = fs::read_to_string(folder.path().join("summary.md")).expect("the summary");
    assert!(summary.starts_with("# of an earlier command\n### relay-scrub\n"), "{summary}");
    assert!(summary.contains("| good | ✅ cleared | 1 | 1 |") && summary.contains("| bad | ⛔ refused |"), "{summary}");
}

#[tokio::test(flavor = "multi_thread")]
async fn outside_of_github_its_summary_is_left_alone_and_one_that_cannot_be_written_is_no_failure() {
    let simulator = simulator().await;
    let org = add(&simulator, sandbox("uat").relay(exposed())).await;
    let program = Program::scrub(&org, ["--dry-run"]);
    let summary = program.path("summary.md");
    let (ran, folder) = program.env("GITHUB_STEP_SUMMARY", summary).run_in_folder().await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(!folder.path().join("summary.md").exists());

    let program =
        Program::scrub(&org, ["--json"]).env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", "/no/such/file");
    let ran = program.run().await;
    assert_eq!((ran.code, &ran.org()["outcome"]), (0, &"cleared".into()), "{ran:?}");
    assert!(ran.stderr.contains("the step summary can't be written"), "{ran:?}");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_report_goes_into_a_pipe_as_it_goes_into_a_file() {
    let simulator = simulator().await;
    let org = add(&simulator, sandbox("uat").relay(exposed())).await;
    let ran = Program::scrub(&org, ["--report", "/dev/stderr"]).run().await;
    assert_eq!(ran.code, 0, "{ran:?}");
    let report: Value = serde_json::from_str(&ran.stderr).unwrap_or_else(|error| panic!("{error} in {ran:?}"));
    assert_eq!(report["orgs"][0]["outcome"], "cleared");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_report_with_user_names_in_full_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let simulator = simulator().await;
    let org = add(&simulator, sandbox("uat").relay(exposed())).await;
    let files = ["--report", "report.json", "--junit", "report.xml", "--sarif", "report.sarif"];
    let line = ["--dry-run", "--show-usernames"].into_iter().chain(files);

    let (ran, folder) = Program::scrub(&org, line).run_in_folder().await;

    assert_eq!(ran.code, 0, "{ran:?}");
    for name in ["report.json", "report.xml", "report.sarif"] {
        let path = folder.path().join(name);
        assert!(fs::read_to_string(&path).expect("the report").contains("smtp-relay@acme.com"), "{name}");
        assert_eq!(fs::metadata(&path).expect("the report").permissions().mode() & 0o777, 0o600, "{name}");
    }
}
