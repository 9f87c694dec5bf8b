//! Reports of real runs, held against the schemas that were published for them.

use std::path::{Path, PathBuf};
use std::process::Command;

use jsonschema::Validator;
use relay_scrub::simulator::{Fault, Matcher, OrgKind, OrgSetup, SimulatedOrg, Simulator, User};
use serde_json::Value;

use crate::support::program::{Program, USER, exposed, sandbox};

/// What becomes of an org, the arguments, and the exit code.
type Case = (fn(&SimulatedOrg), &'static [&'static str], i32);

const CASES: [Case; 7] = [
    (|_| {}, &[], 0),
    (|_| {}, &["--dry-run"], 0),
    (|org| org.edit(|state| state.records.relays.clear()), &[], 0),
    (SimulatedOrg::become_production, &[], 3),
    (
        |org| org.refuse_updates(&org.relays()[0].id, "FIELD_INTEGRITY_EXCEPTION", "<no> & \"no\"", None),
        &["--partial"],
        1,
    ),
    (
        |org| {
            let gone = org.relays()[0].id.clone();
            org.fault(Fault::before(Matcher::writing_composite(), move |state| {
                state.delete_relay(&gone);
            }));
        },
        &[],
        0,
    ),
    (|_| {}, &["--timeout", "1s", "--every-relay"], 0),
];

fn schemas() -> PathBuf {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/install-report-schemas");
    let output = Command::new(script).output().expect("the script");
    assert!(output.status.success(), "{output:?}");
    PathBuf::from(String::from_utf8(output.stdout).expect("a path").trim())
}

/// What is set up, the arguments, and the exit code.
type AuditCase = (fn(OrgSetup) -> OrgSetup, &'static [&'static str], i32);

const AUDIT_CASES: [AuditCase; 5] = [
    (|setup| setup, &["--no-dns"], 0),
    (|setup| OrgSetup { relays: Vec::new(), ..setup }, &["--no-dns", "--fail-on", "info"], 0),
    (
        |mut setup| {
            setup.name = "<no> & \"no\" \u{1b}[2J\u{ffff}".into();
            setup.relays[0].host = "smtp.acme.com/]]>".into();
            setup.users[0].hidden_objects = vec!["EmailDomainKey".into()];
            setup
        },
        &["--no-dns", "--fail-on", "fail", "--message", "mail.eml"],
        10,
    ),
    (|setup| setup, &["--probe-relay", "--no-dns"], 0),
    (|setup| OrgSetup { kind: OrgKind::Production, ..setup }, &["--no-dns"], 3),
];

/// Holds the two reports of a run against their schemas.
fn check(sarif: &Validator, schemas: &Path, folder: &Path, what: &str) {
    let report = std::fs::read_to_string(folder.join("report.sarif")).expect("the SARIF report");
    let report: Value = serde_json::from_str(&report).expect("JSON");
    sarif.validate(&report).unwrap_or_else(|error| panic!("{what}: {error} in {report:#}"));

    let mut lint = Command::new("xmllint");
    lint.args(["--noout", "--schema"]).arg(schemas.join("junit-10.xsd")).arg(folder.join("report.xml"));
    let lint = lint.output().expect("xmllint");
    assert!(lint.status.success(), "{what}: {}", String::from_utf8_lossy(&lint.stderr));
}

fn sarif_schema(schemas: &Path) -> Validator {
    let sarif = std::fs::read_to_string(schemas.join("sarif-2.1.0.json")).expect("a schema");
    // This one pattern of the schema is no regular expression; nothing that is written here has a language.
    let sarif = sarif.replace("^[a-zA-Z]{2}|^[a-zA-Z]{2}-[a-zA-Z]{2}]?$", "^[a-zA-Z]{2}(-[a-zA-Z]{2})?$");
    let sarif: Value = serde_json::from_str(&sarif).expect("JSON");
    jsonschema::options().should_validate_formats(true).build(&sarif).expect("a schema")
}

const FILES: [&str; 4] = ["--junit", "report.xml", "--sarif", "report.sarif"];

#[tokio::test(flavor = "multi_thread")]
async fn junit_and_sarif_are_what_their_schemas_say_whatever_the_outcome() {
    let schemas = schemas();
    let sarif = sarif_schema(&schemas);
    let simulator = Simulator::start().await.expect("a simulator");
    for (number, (change, arguments, code)) in CASES.into_iter().enumerate() {
        let org = simulator.add_org(sandbox("uat").relay(exposed()).relay(exposed())).await.expect("an org");
        change(&org);
        let arguments = FILES.into_iter().chain(arguments.iter().copied());
        let (ran, folder) = Program::scrub(&org, arguments).run_in_folder().await;
        assert_eq!(ran.code, code, "case {number}: {ran:?}");
        check(&sarif, &schemas, folder.path(), &format!("case {number}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn those_of_an_audit_are_so_too() {
    let schemas = schemas();
    let sarif = sarif_schema(&schemas);
    let simulator = Simulator::start().await.expect("a simulator");
    for (number, (change, arguments, code)) in AUDIT_CASES.into_iter().enumerate() {
        let mut setup = sandbox("uat").relay(exposed()).relay(exposed());
        setup.users = vec![User::administrator(USER)];
        let org = simulator.add_org(change(setup)).await.expect("an org");
        let arguments = FILES.into_iter().chain(arguments.iter().copied());
        let program = Program::audit(&org, arguments).file("mail.eml", "From: a@acme.com\r\n\r\nx\r\n");
        let (ran, folder) = program.run_in_folder().await;
        assert_eq!(ran.code, code, "case {number}: {ran:?}");
        check(&sarif, &schemas, folder.path(), &format!("case {number}"));
    }
}
