//! Reports of real runs, held against the schemas that were published for them.

use std::path::PathBuf;
use std::process::Command;

use relay_scrub::simulator::{Fault, Matcher, SimulatedOrg, Simulator};
use serde_json::Value;

use crate::support::program::{Program, exposed, sandbox};

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

#[tokio::test(flavor = "multi_thread")]
async fn junit_and_sarif_are_what_their_schemas_say_whatever_the_outcome() {
    let schemas = schemas();
    let sarif = std::fs::read_to_string(schemas.join("sarif-2.1.0.json")).expect("a schema");
    // This one pattern of the schema is no regular expression; nothing that is written here has a language.
    let sarif = sarif.replace("^[a-zA-Z]{2}|^[a-zA-Z]{2}-[a-zA-Z]{2}]?$", "^[a-zA-Z]{2}(-[a-zA-Z]{2})?$");
    let sarif: Value = serde_json::from_str(&sarif).expect("JSON");
    let sarif = jsonschema::options().should_validate_formats(true).build(&sarif).expect("a schema");
    let simulator = Simulator::start().await.expect("a simulator");
    for (number, (change, arguments, code)) in CASES.into_iter().enumerate() {
        let org = simulator.add_org(sandbox("uat").relay(exposed()).relay(exposed())).await.expect("an org");
        change(&org);
        let files = ["--junit", "report.xml", "--sarif", "report.sarif"];
        let arguments = files.into_iter().chain(arguments.iter().copied());
        let (ran, folder) = Program::scrub(&org, arguments).run_in_folder().await;
        assert_eq!(ran.code, code, "case {number}: {ran:?}");

        let report = std::fs::read_to_string(folder.path().join("report.sarif")).expect("the SARIF report");
        let report: Value = serde_json::from_str(&report).expect("JSON");
        sarif.validate(&report).unwrap_or_else(|error| panic!("case {number}: {error} in {report:#}"));

        let mut lint = Command::new("xmllint");
        lint.args(["--noout", "--schema"]).arg(schemas.join("junit-10.xsd")).arg(folder.path().join("report.xml"));
        let lint = lint.output().expect("xmllint");
        assert!(lint.status.success(), "case {number}: {}", String::from_utf8_lossy(&lint.stderr));
    }
}
