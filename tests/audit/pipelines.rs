//! JUnit and SARIF of an audit: they say what the report and the exit code say, and what was not looked at passes in neither.

use std::collections::BTreeSet;
use std::fs;
use std::sync::{Arc, Mutex};

use super::report::bad;
use super::*;
use crate::support::junit::{Suite, suites};

type Change = fn(OrgSetup) -> OrgSetup;

/// An org, and a change of it.
const CHANGES: [Change; 6] = [
    |setup| setup,
    |mut setup| {
        setup.relays[0].tls_setting = "Required".into();
        setup
    },
    |mut setup| {
        setup.keys[0].key_size = 1024;
        setup
    },
    |mut setup| {
        setup.relays[0].tls_setting = "Off".into();
        setup
    },
    |mut setup| {
        setup.users[0].hidden_objects = vec!["EmailDomainKey".into()];
        setup
    },
    |setup| OrgSetup { relays: Vec::new(), filters: Vec::new(), ..setup },
];

/// What a run left behind: itself, its JSON report, its suites, and its SARIF log.
struct Reports {
    ran: Ran,
    json: Value,
    suites: Vec<Suite>,
    sarif: Value,
}

async fn reports(program: Program) -> Reports {
    let (ran, folder) = program.run_in_folder().await;
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).expect(name);
    let json = |name: &str| serde_json::from_str(&read(name)).expect("JSON");
    Reports { ran, json: json("audit.json"), suites: suites(&read("audit.xml")), sarif: json("audit.sarif") }
}

const FILES: [&str; 6] = ["--report", "audit.json", "--junit", "audit.xml", "--sarif", "audit.sarif"];

async fn audited(org: &SimulatedOrg, arguments: &[&str]) -> Reports {
    let line = FILES.into_iter().chain(["--no-dns"]).chain(arguments.iter().copied());
    reports(Program::audit(org, line).file("mail.eml", "From: a@acme.com\r\n\r\nx\r\n")).await
}

/// The entries of a list, each as these fields of it in one text.
fn texts(list: &Value, pointers: &[&str]) -> Vec<String> {
    let text = |entry: &Value, pointer: &&str| {
        let value = entry.pointer(pointer).unwrap_or_else(|| panic!("{pointer} in {entry:#}"));
        value.as_str().map_or_else(|| value.to_string(), String::from)
    };
    let entries = list.as_array().expect("a list").iter();
    entries.map(|entry| pointers.iter().map(|pointer| text(entry, pointer)).collect::<Vec<_>>().join(" ")).collect()
}

fn results(reports: &Reports) -> &Value {
    &reports.sarif["runs"][0]["results"]
}

/// Without what differs from run to run.
fn steady(text: &str, org: &SimulatedOrg) -> String {
    let port = org.url().rsplit(':').next().expect("a port").to_string();
    let text = text.replace(&format!(":{port}"), ":PORT").replace(&org.id(), "00D000000000000AAA");
    let text = text.replace(env!("CARGO_PKG_REPOSITORY"), "REPOSITORY");
    let mut settings = Vec::new();
    for line in text.lines() {
        let changes =
            ["timestamp=", "run_id", "TimeUtc", "relay-scrub/audit/"].iter().find(|word| line.contains(**word));
        settings.push(match changes {
            Some(word) => format!("{}{word}…", line.split(word).next().unwrap_or_default()),
            None => line.to_string(),
        });
    }
    settings.join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn they_keep_their_shape() {
    let simulator = simulator().await;
    let mut setup = bad();
    setup.users[0].hidden_objects = vec!["OrgWideEmailAddress".into()];
    let org = add(&simulator, setup).await;
    let line = FILES.into_iter().chain(["--no-dns"]);
    let (ran, folder) = Program::audit(&org, line).run_in_folder().await;
    assert_eq!(ran.code, 0, "{ran:?}");
    for (name, file) in [("junit", "audit.xml"), ("sarif", "audit.sarif")] {
        let text = fs::read_to_string(folder.path().join(file)).expect(file);
        insta::assert_snapshot!(name, steady(&text, &org));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn junit_fails_exactly_where_the_exit_code_gates() {
    let simulator = simulator().await;
    for (number, change) in CHANGES.into_iter().enumerate() {
        let org = add(&simulator, change(acme(OrgKind::Sandbox))).await;
        for level in ["info", "warn", "fail"] {
            let reports = audited(&org, &["--fail-on", level]).await;
            let [suite] = reports.suites.as_slice() else { panic!("{:?}", reports.suites) };
            let failed = suite.counts[1] + suite.counts[2] > 0;
            assert_eq!(failed, reports.ran.code == 10, "change {number}, {level}: {suite:?}");
            assert!(failed || reports.ran.code == 0, "{:?}", reports.ran);
        }
        let unasked = audited(&org, &[]).await;
        let of_fail = audited(&org, &["--fail-on", "fail"]).await;
        assert_eq!((unasked.ran.code, &unasked.suites[0].cases), (0, &of_fail.suites[0].cases));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_of_junit_passes_only_where_the_check_was_made() {
    let simulator = simulator().await;
    for (number, change) in CHANGES.into_iter().enumerate() {
        let org = add(&simulator, change(acme(OrgKind::Sandbox))).await;
        let reports = audited(&org, &["--fail-on", "warn"]).await;
        let cases = &reports.suites[0].cases;
        assert_eq!(cases[0], ("the org".to_string(), vec![]));
        let ids: Vec<&str> = cases[1..].iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(ids, relay_scrub::domain::checks::CHECKS.map(|check| check.id));
        for (check, marks) in &cases[1..] {
            let levels = levels(&reports.json["orgs"][0], check);
            let has = |wanted: &str| levels.iter().any(|level| level.starts_with(wanted));
            let expected: &[&str] = if has("fail") || has("warn") {
                &["failure"]
            } else if has("not_checked: hindered") {
                &["error"]
            } else if has("not_checked") || levels.iter().all(|level| level == "not_applicable") {
                &["skipped"]
            } else {
                &[]
            };
            assert_eq!(marks, expected, "change {number}, {check}: {levels:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sarif_has_every_finding_at_its_level_and_every_gap_as_a_notification() {
    let simulator = simulator().await;
    for change in CHANGES {
        let org = add(&simulator, change(bad())).await;
        let reports = audited(&org, &["--fail-on", "warn"]).await;
        let invocation = &reports.sarif["runs"][0]["invocations"][0];
        assert_eq!(invocation["executionSuccessful"], true);
        let findings = reports.json["orgs"][0]["findings"].as_array().expect("findings");
        let mapped = |finding: &Value| {
            let check = finding["check"].as_str().expect("a check");
            match finding["level"].as_str().expect("a level") {
                "fail" => Some(format!("{check} error")),
                "warn" => Some(format!("{check} warning")),
                "info" => Some(format!("{check} note")),
                _ if finding["not_checked"] == "hindered" => Some("check-not-made warning".to_string()),
                _ => None,
            }
        };
        assert_eq!(
            texts(results(&reports), &["/ruleId", "/level"]),
            findings.iter().filter_map(mapped).collect::<Vec<_>>()
        );
        let open = |finding: &Value| {
            let because = finding["not_checked"].as_str()?;
            let level = if because == "hindered" { "warning" } else { "note" };
            Some(format!("{} {level} {because}", finding["check"].as_str().expect("a check")))
        };
        let told = texts(
            &invocation["toolExecutionNotifications"],
            &["/associatedRule/id", "/level", "/properties/not_checked"],
        );
        assert_eq!(told, findings.iter().filter_map(open).collect::<Vec<_>>());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_of_sarif_is_a_check_with_its_advice() {
    let simulator = simulator().await;
    let org = add(&simulator, bad()).await;
    let reports = audited(&org, &[]).await;
    let rules = &reports.sarif["runs"][0]["tool"]["driver"]["rules"];
    for (check, rule) in relay_scrub::domain::checks::CHECKS.iter().zip(rules.as_array().expect("rules")) {
        assert_eq!((&rule["id"], &rule["helpUri"]), (&check.id.into(), &check.link.into()));
        let help = rule["help"]["text"].as_str().expect("help");
        assert!(help.contains(check.advice) && help.contains(check.fix), "{help}");
    }
    for result in results(&reports).as_array().expect("results") {
        let index = usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("an index");
        assert_eq!(rules[index]["id"], result["ruleId"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_org_that_was_not_looked_at_is_an_error_in_both() {
    let simulator = simulator().await;
    let good = add(&simulator, acme(OrgKind::Sandbox)).await;
    let production = add(&simulator, acme(OrgKind::Production)).await;
    let failing = add(&simulator, acme(OrgKind::Sandbox)).await;
    failing.edit(|state| state.users[0].api_enabled = false);
    for (name, org, code) in [("prod", &production, "not_a_sandbox"), ("uat", &failing, "api_disabled")] {
        let line = FILES.into_iter().chain(["--all", "--no-dns", "--quiet"]);
        let reports = reports(Program::audit_fleet(&[("good", &good), (name, org)], line)).await;
        assert_eq!(reports.ran.code, if name == "prod" { 3 } else { 1 }, "{:?}", reports.ran);
        let suite = reports.suites.iter().find(|suite| suite.name == name).expect("a suite");
        assert_eq!(suite.cases, [("the org".to_string(), vec!["error".to_string()])]);
        let invocation = &reports.sarif["runs"][0]["invocations"][0];
        assert_eq!(invocation["executionSuccessful"], false);
        let told =
            texts(&invocation["toolExecutionNotifications"], &["/associatedRule/id", "/level", "/properties/org"]);
        assert!(told.contains(&format!("org-not-audited error {name}")), "{told:?}");
        let found = texts(results(&reports), &["/ruleId", "/level", "/properties/org", "/properties/error"]);
        assert_eq!(found, [format!("org-not-audited error {name} {code}")]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finding_is_the_same_in_the_next_run_and_differs_from_every_other() {
    let simulator = simulator().await;
    // Two relays of one host and port, and the same trouble with both.
    let twin = || Relay { tls_setting: "Off".into(), ..Relay::clean("backup.acme.com") };
    let orgs = [add(&simulator, bad().relay(twin()).relay(twin())).await, add(&simulator, bad()).await];
    let prints = async |named: &[(&str, &SimulatedOrg)]| {
        let line = FILES.into_iter().chain(["--all", "--no-dns", "--quiet"]);
        let reports = reports(Program::audit_fleet(named, line)).await;
        texts(results(&reports), &["/properties/org", "/ruleId", "/partialFingerprints/primaryLocationLineHash"])
    };
    let mut first = prints(&[("a", &orgs[0]), ("b", &orgs[1])]).await;
    let mut next = prints(&[("b", &orgs[1]), ("a", &orgs[0])]).await;
    first.sort();
    next.sort();
    assert_eq!(first, next);
    let hashes: BTreeSet<&str> = first.iter().filter_map(|print| print.split(' ').next_back()).collect();
    assert_eq!(hashes.len(), first.len(), "{first:?}");
    orgs[0].edit(|state| state.records.relays.retain(|relay| relay.host != "backup.acme.com"));
    let left = prints(&[("a", &orgs[0]), ("b", &orgs[1])]).await;
    assert!(left.len() < first.len() && left.iter().all(|print| first.contains(print)), "{left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn findings_are_replaced_by_a_run_that_looks_at_the_same_things_of_the_same_orgs_and_by_no_other() {
    let simulator = simulator().await;
    // No domain is sent from, so that no name server is asked.
    let setup = || {
        let setup = acme(OrgKind::Sandbox);
        OrgSetup { filters: Vec::new(), keys: Vec::new(), addresses: Vec::new(), ..setup }
    };
    let orgs = [add(&simulator, setup()).await, add(&simulator, setup()).await];
    let named = [("a", &orgs[0]), ("b", &orgs[1])];
    let category = async |verb: &str, arguments: &[&str]| {
        let line = ["--sarif", "x.sarif", "--quiet"].into_iter().chain(arguments.iter().copied());
        let program = match verb {
            "scrub" => Program::scrub_fleet(&named, line),
            _ => Program::audit_fleet(&named, line),
        };
        let (ran, folder) = program.file("mail.eml", "From: a@acme.com\r\n\r\nx\r\n").run_in_folder().await;
        let log = fs::read_to_string(folder.path().join("x.sarif")).unwrap_or_else(|error| panic!("{error} {ran:?}"));
        let log: Value = serde_json::from_str(&log).expect("JSON");
        let id = log["runs"][0]["automationDetails"]["id"].as_str().expect("an id").to_string();
        // GitHub takes what stands before the last slash.
        id.rsplit_once('/').expect("a category").0.to_string()
    };
    let all = category("audit", &["--all", "--no-dns"]).await;
    assert_eq!(all, category("audit", &["b", "a", "--no-dns", "--fail-on", "info"]).await);
    orgs[0].become_production();
    assert_eq!(all, category("audit", &["--all", "--no-dns"]).await, "whatever became of an org");
    let others = [
        category("scrub", &["--all", "--dry-run"]).await,
        category("audit", &["b", "--no-dns"]).await,
        category("audit", &["--all", "--dns", "127.0.0.1:9"]).await,
        category("audit", &["--all", "--no-dns", "--probe-relay"]).await,
        category("audit", &["b", "--no-dns", "--message", "mail.eml"]).await,
        all,
    ];
    assert_eq!(others.iter().collect::<BTreeSet<_>>().len(), others.len(), "{others:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn they_are_emptied_before_the_work_and_written_whatever_the_outcome() {
    let simulator = simulator().await;
    let org = add(&simulator, acme(OrgKind::Production)).await;
    let names = ["audit.json", "audit.xml", "audit.sarif"];
    let program = names.into_iter().fold(Program::audit(&org, FILES), |program, name| program.file(name, "in order"));
    let (paths, seen) = (names.map(|name| program.path(name)), Arc::new(Mutex::new(Vec::new())));
    let during = seen.clone();
    org.fault(Fault::before(Matcher::token(), move |_| {
        let texts = paths.clone().map(|path| fs::read_to_string(path).expect("a report's file"));
        *during.lock().expect("what was seen") = texts.to_vec();
    }));
    let reports = reports(program).await;
    assert_eq!(reports.ran.code, 3, "{:?}", reports.ran);
    assert_eq!(*seen.lock().expect("what was seen"), ["", "", ""], "an old report was still there");
    assert_eq!(reports.json["orgs"][0]["outcome"], "refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_written_is_said_before_anything_is_sent() {
    let simulator = simulator().await;
    let org = add(&simulator, acme(OrgKind::Sandbox)).await;
    let cases: [(&[&str], &str); 5] = [
        (&["--report", "a", "--junit", "a"], "--report and --junit name the same file"),
        (&["--sarif", "a", "--report", "a"], "--report and --sarif name the same file"),
        (&["--junit", "no-such-folder/a"], "no-such-folder/a can't be written"),
        (&["--sarif", "."], ". can't be written"),
        (&["--relay-config", "postfix", "--sarif", "a"], "'--sarif <FILE>'"),
    ];
    for (line, said) in cases {
        let ran = Program::audit(&org, line.iter().copied()).run().await;
        assert_eq!((ran.code, ran.stdout.as_str(), requests(&org)), (2, "", 0), "{ran:?}");
        assert!(ran.stderr.contains(said), "{ran:?}");
    }
}
