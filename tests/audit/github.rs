//! Inside GitHub Actions: the step's summary, annotations and outputs; and text from outside that stays text in all of them.

use std::fs;

use super::report::bad;
use super::*;

/// What GitHub was told: the program's run, the summary, and the outputs.
async fn told(program: Program) -> (Ran, String, String) {
    let (summary, output) = (program.path("summary.md"), program.path("output"));
    let program = program.file("summary.md", "# of an earlier command\n").file("output", "earlier=1\n");
    let program = program.env("GITHUB_ACTIONS", "true");
    let program = program.env("GITHUB_STEP_SUMMARY", summary).env("GITHUB_OUTPUT", output);
    let (ran, folder) = program.run_in_folder().await;
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).expect(name);
    let (summary, output) = (read("summary.md"), read("output"));
    let summary = summary.strip_prefix("# of an earlier command\n").expect("what was there").to_string();
    (ran, summary, output.strip_prefix("earlier=1\n").expect("what was there").to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn github_gets_a_summary_annotations_and_outputs_and_stdout_stays_the_report() {
    let simulator = simulator().await;
    let mut hindered = bad();
    hindered.users[0].hidden_objects = vec!["EmailDomainKey".into()];
    let orgs = [
        add(&simulator, bad()).await,
        add(&simulator, hindered).await,
        add(&simulator, acme(OrgKind::Sandbox)).await,
        add(&simulator, acme(OrgKind::Production)).await,
    ];
    let named = ["uat", "full", "good", "prod"].into_iter().zip(&orgs).collect::<Vec<_>>();
    let line = ["--all", "--no-dns", "--json", "--report", "audit.json"];
    let (ran, summary, outputs) = told(Program::audit_fleet(&named, line)).await;
    assert_eq!((ran.code, ran.report()["summary"]["orgs"].as_u64()), (3, Some(4)), "{ran:?}");
    let steady = |text: &str| {
        orgs.iter().fold(text.to_string(), |text, org| {
            let port = org.url().rsplit(':').next().expect("a port");
            text.replace(&format!("&#58;{port}"), "&#58;PORT").replace(&org.id(), "00D000000000000AAA")
        })
    };
    insta::assert_snapshot!("github_summary", steady(&summary));
    insta::assert_snapshot!("github_annotations", steady(&ran.stderr));
    assert_eq!(outputs, "outcome=refused\nfail=2\nwarn=4\ninfo=4\nnot_checked=44\nreport=audit.json\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_output_says_none_only_where_everything_was_looked_at() {
    let simulator = simulator().await;
    let mut hindered = acme(OrgKind::Sandbox);
    hindered.users[0].hidden_objects = vec!["EmailDomainKey".into()];
    let table = [
        (acme(OrgKind::Sandbox), "outcome=audited\nfail=0\nwarn=0\ninfo=0\nnot_checked=14\n"),
        (hindered, "outcome=audited\nfail=\nwarn=\ninfo=\nnot_checked=16\n"),
        (acme(OrgKind::Production), "outcome=refused\nfail=\nwarn=\ninfo=\nnot_checked=\n"),
    ];
    for (setup, expected) in table {
        let org = add(&simulator, setup).await;
        let (ran, _, outputs) = told(Program::audit(&org, ["--no-dns"])).await;
        assert_eq!(outputs, expected, "{ran:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_org_as_the_advice_wants_it_gets_no_annotation() {
    let simulator = simulator().await;
    let org = add(&simulator, acme(OrgKind::Sandbox)).await;
    let (ran, summary, _) = told(Program::audit(&org, ["--no-dns"])).await;
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    assert!(summary.contains("| ✅ looked at | 0 | 0 | 0 | 14 |"), "{summary}");
}

#[tokio::test(flavor = "multi_thread")]
async fn outside_of_github_its_files_are_left_alone_and_ones_that_cannot_be_written_are_no_failure() {
    let simulator = simulator().await;
    let org = add(&simulator, acme(OrgKind::Sandbox)).await;
    let program = Program::audit(&org, ["--no-dns"]);
    let (summary, output) = (program.path("summary.md"), program.path("output"));
    let program = program.env("GITHUB_STEP_SUMMARY", summary).env("GITHUB_OUTPUT", output);
    let (ran, folder) = program.run_in_folder().await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 0);

    let program = Program::audit(&org, ["--no-dns"]).env("GITHUB_ACTIONS", "true");
    let ran = program.env("GITHUB_STEP_SUMMARY", "/no/such/file").env("GITHUB_OUTPUT", "/no/such/file").run().await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains("the step summary can't be written"), "{ran:?}");
}

/// An org that says this wherever it can say something.
#[cfg(unix)]
fn saying(text: &str) -> OrgSetup {
    let mut setup = bad();
    setup.name = text.into();
    setup.relays[1].host = format!("b{text}");
    setup.relays[1].tls_setting = format!("Off{text}");
    setup.keys[0].publish_state = Some(format!("Failed{text}"));
    setup
}

/// No text of it, once it is read, could steer a terminal.
#[cfg(unix)]
fn assert_none_steers(value: &Value) {
    match value {
        Value::String(text) => assert!(!text.contains(char::is_control), "{text:?}"),
        Value::Array(values) => values.iter().for_each(assert_none_steers),
        Value::Object(values) => values.values().for_each(assert_none_steers),
        _ => {}
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn what_an_org_says_stays_text_for_terminals_runners_and_readers() {
    let simulator = simulator().await;
    let hostile = "|</details>`[a](b)`\u{1b}[2J\u{9b}2J\u{202e}\n::error::planted ##[add-mask]e ]]><failure/>\u{ffff}";
    let mut pages = Vec::new();
    for (text, file) in [("x", "a.eml"), (hostile, "a\u{1b}[2J ##[b]c.eml")] {
        let org = add(&simulator, saying(text)).await;
        let line = ["--no-dns", "--junit", "audit.xml", "--sarif", "audit.sarif", "--message", file];
        let program = Program::audit(&org, line).file(file, "From: a@acme.com\r\n\r\nx\r\n");
        let program = program.env("GITHUB_ACTIONS", "true");
        let summary = program.path("summary.md");
        let (ran, folder) = program.env("GITHUB_STEP_SUMMARY", summary).run_in_folder().await;
        assert_eq!(ran.code, 0, "{ran:?}");
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).expect(name);
        pages.push([read("summary.md"), ran.stderr, read("audit.xml"), read("audit.sarif")]);
    }
    let [harmless, hostile] = pages.as_slice() else { panic!("{pages:?}") };
    for page in hostile {
        let steers = |character: char| character.is_control() && character != '\n' || character == '\u{202e}';
        assert!(!page.contains(steers) && page.contains("planted"), "{page:?}");
    }
    for mark in ['|', '<', '>', '`', '[', '\n'] {
        let number = |page: &str| page.matches(mark).count();
        assert_eq!(number(&hostile[0]), number(&harmless[0]), "{mark:?} in {}", hostile[0]);
    }
    let starts = |page: &str| page.lines().map(|line| line.split("::").nth(1).map(String::from)).collect::<Vec<_>>();
    assert_eq!(starts(&hostile[1]), starts(&harmless[1]), "{}", hostile[1]);
    for page in &hostile[2..] {
        assert!(!page.contains("##["), "{page}");
        assert!(!page.lines().any(|line| line.trim_start().starts_with("::error")), "{page}");
    }
    let log: Value = serde_json::from_str(&hostile[3]).expect("JSON");
    assert_none_steers(&log);
    let marks = |page: &str| {
        let suites = crate::support::junit::suites(page);
        suites.into_iter().flat_map(|suite| suite.cases).collect::<Vec<_>>()
    };
    assert_eq!(marks(&hostile[2]), marks(&harmless[2]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_summary_stays_below_githubs_limit_and_what_it_leaves_out_is_counted() {
    let simulator = simulator().await;
    let many = |setup: OrgSetup, number: usize| {
        let host = format!("smtp{number}.{}.acme.com", "a".repeat(10_000));
        setup.relay(Relay { tls_setting: "Off".into(), ..Relay::clean(&host) })
    };
    let mut orgs = Vec::new();
    for _ in 0..4 {
        orgs.push(add(&simulator, (0..30).fold(acme(OrgKind::Sandbox), many)).await);
    }
    let named = ["a", "b", "c", "d"].into_iter().zip(&orgs).collect::<Vec<_>>();
    let (ran, summary, _) = told(Program::audit_fleet(&named, ["--all", "--no-dns", "--quiet"])).await;
    assert_eq!(ran.code, 0);
    assert!(summary.len() < 1 << 20, "{}", summary.len());
    assert!(summary.contains("are in the JSON report") && summary.contains("… and 10 more"));
    assert!(ran.stderr.contains("… and 10 more") && ran.stderr.lines().count() == 4, "{}", ran.stderr.lines().count());
}
