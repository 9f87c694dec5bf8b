//! The JSON report of real runs, held against the schema that the program itself prints.

use jsonschema::Validator;
use relay_scrub::simulator::{Fault, Matcher, Relay, SimulatedOrg};
use serde_json::Value;

use super::{add, quiet, simulator};
use crate::support::program::{Program, exposed, is_cleared, sandbox};

async fn schema() -> Validator {
    let ran = Program::new(["schema"]).run().await;
    quiet(&ran, 0);
    let schema: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    jsonschema::options().should_validate_formats(true).build(&schema).expect("a schema")
}

/// What is done to an org, the arguments, and what is expected: exit code, outcome, and each record's result.
type Case = (fn(&SimulatedOrg), &'static [&'static str], i32, &'static str, &'static [&'static str]);

const CASES: [Case; 8] = [
    (|_| {}, &[], 0, "cleared", &["cleared", "cleared"]),
    (|_| {}, &["--dry-run"], 0, "would_clear", &["would_clear", "would_clear"]),
    (|_| {}, &["--dry-run", "--detailed-exitcode"], 10, "would_clear", &["would_clear", "would_clear"]),
    (
        |org| org.edit(|state| state.records.relays.iter_mut().for_each(|r| *r = Relay::clean("c").with_id(&r.id))),
        &[],
        0,
        "clean",
        &[],
    ),
    (
        |org| org.refuse_updates(&org.relays()[0].id, "FIELD_INTEGRITY_EXCEPTION", "no", None),
        &[],
        1,
        "failed",
        &["failed", "failed"],
    ),
    (
        |org| org.refuse_updates(&org.relays()[0].id, "FIELD_INTEGRITY_EXCEPTION", "no", None),
        &["--partial"],
        1,
        "failed",
        &["failed", "cleared"],
    ),
    (SimulatedOrg::become_production, &[], 3, "refused", &[]),
    (
        |org| {
            let gone = org.relays()[0].id.clone();
            org.fault(Fault::before(Matcher::writing_composite(), move |state| {
                state.delete_relay(&gone);
            }));
        },
        &[],
        0,
        "cleared",
        &["gone", "cleared"],
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_outcome_fits_the_schema_and_says_what_happened() {
    let (simulator, schema) = (simulator().await, schema().await);
    for (number, (change, arguments, code, outcome, results)) in CASES.into_iter().enumerate() {
        let org = add(&simulator, sandbox("uat").relay(exposed()).relay(exposed())).await;
        change(&org);
        let ran = Program::scrub(&org, ["--json"].into_iter().chain(arguments.iter().copied())).run().await;
        quiet(&ran, code);
        let report = ran.report();
        schema.validate(&report).unwrap_or_else(|error| panic!("case {number}: {error} in {report:#}"));
        assert_eq!(report["orgs"][0]["outcome"], outcome, "case {number}: {report:#}");
        assert_eq!(report["summary"][outcome], 1, "case {number}: {report:#}");
        let records = report["orgs"][0]["records"].as_array().expect("records");
        let said: Vec<_> = records.iter().map(|record| record["result"].as_str().unwrap_or_default()).collect();
        assert_eq!(said, results, "case {number}: {report:#}");
        for (record, said) in records.iter().zip(said) {
            let held = org.relays().into_iter().find(|relay| record["id"] == relay.id.as_str());
            assert_eq!(held.as_ref().is_some_and(is_cleared), said == "cleared", "case {number}: {held:?}");
        }
        let has_error = !report["orgs"][0]["error"].is_null();
        assert_eq!(has_error, matches!(outcome, "failed" | "refused"), "case {number}: {report:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn orgs_that_are_not_run_and_records_that_are_not_attempted_fit_the_schema() {
    let (simulator, schema) = (simulator().await, schema().await);
    let first = add(&simulator, sandbox("a").relay(exposed())).await;
    first.fault(Fault::after(Matcher::writing_composite(), |state| {
        state.put_relay(exposed());
    }));
    let second = add(&simulator, sandbox("b").relay(exposed())).await;

    let orgs = [("first", &first), ("second", &second)];
    let arguments = ["--all", "--json", "--fail-fast", "--concurrency", "1"];
    let ran = Program::scrub_fleet(&orgs, arguments).run().await;

    quiet(&ran, 1);
    let report = ran.report();
    schema.validate(&report).unwrap_or_else(|error| panic!("{error} in {report:#}"));
    assert_eq!(report["orgs"][0]["records"][1]["result"], "not_attempted", "{report:#}");
    assert_eq!((&report["orgs"][0]["outcome"], &report["orgs"][0]["verified"]), (&"failed".into(), &false.into()));
    assert_eq!(report["orgs"][1]["outcome"], "not_run", "{report:#}");
    assert!(second.requests().is_empty() && second.relays() == [exposed().with_id(&second.relays()[0].id)]);
}
