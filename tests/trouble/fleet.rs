//! Many orgs side by side: one that breaks leaves the others alone, and the gravest decides.

use std::sync::Arc;

use relay_scrub::domain::report::OrgReport;
use relay_scrub::fleet::Observer;
use relay_scrub::scrub::Stage;

use super::*;
use crate::support::program::Program;

type Break = fn(&SimulatedOrg);

/// Ways in which one org can be broken for good, and the code of each.
const BROKEN: [(&str, Break); 12] = [
    ("not_a_sandbox", |org| org.become_production()),
    ("login_client_secret", |org| org.edit(|state| state.apps[0].client_secret = Some("another".into()))),
    ("api_disabled", |org| org.edit(|state| state.users[0].api_enabled = false)),
    ("permission_missing", |org| org.edit(|state| state.users[0].sees_object = false)),
    ("daily_limit", |org| org.edit(|state| state.limits.daily = 0)),
    ("api_version", |org| org.edit(|state| state.limits.highest_version = 40)),
    ("unavailable", |org| org.fault(Fault::reset(Matcher::any()).always())),
    ("unreadable_answer", |org| org.fault(Fault::html_200(Matcher::api()).always())),
    ("throttled", |org| org.fault(Fault::too_many_requests(Matcher::api(), "3600").always())),
    ("rejected", |org| org.refuse_updates(&org.relays()[0].id, "FIELD_INTEGRITY_EXCEPTION", "no", None)),
    ("write_unconfirmed", |org| org.fault(Place::ReadAgain.meets(Fault::html_200))),
    ("timed_out", |org| org.fault(Fault::hang_after(Matcher::writing_composite()))),
];

async fn orgs(simulator: &Simulator, number: usize) -> Vec<SimulatedOrg> {
    let mut orgs = Vec::new();
    for _ in 0..number {
        orgs.push(simulator.add_org(with_relays(1)).await.expect("an org"));
    }
    orgs
}

fn named(orgs: &[SimulatedOrg]) -> Vec<(&'static str, &SimulatedOrg)> {
    const NAMES: [&str; 24] = [
        "n", "b", "z", "a", "x", "c", "w", "d", "v", "e", "u", "f", "t", "g", "s", "h", "r", "i", "q", "j", "p", "k",
        "o", "l",
    ];
    NAMES.into_iter().zip(orgs).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_org_broken_in_any_way_leaves_the_others_cleared() {
    let simulator = Simulator::start().await.expect("a simulator");
    let orgs = orgs(&simulator, 2 * BROKEN.len()).await;
    for ((_, break_it), org) in BROKEN.iter().zip(orgs.iter().step_by(2)) {
        break_it(org);
    }
    let report = Scrub::new().timeout(Duration::from_secs(8)).run_fleet(&named(&orgs)).await;
    for ((code, _), pair) in BROKEN.iter().zip(report.orgs.chunks(2)) {
        let error = pair[0].error.as_ref().map(|error| error.trouble.code());
        assert_eq!(error, Some(*code), "{:?}", pair[0]);
        assert_eq!(pair[1].outcome, Outcome::Cleared, "{:?}", pair[1]);
    }
    assert!(orgs.iter().skip(1).step_by(2).all(|org| cleared(org) == 1));
    assert_eq!(report.exit_code(false), 3);
}

/// A defect at one stage of the first org.
struct Defect(Stage);

impl Observer<OrgReport> for Defect {
    fn begun(&self, _index: usize) {}

    fn stage(&self, index: usize, stage: &'static str) {
        assert!(index > 0 || stage != self.0.words(), "a defect");
    }

    fn done(&self, _index: usize, _report: &OrgReport) {}
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_defect_of_our_own_what_was_done_is_told_and_the_others_are_cleared() {
    let table = [
        (Stage::LoggingIn, vec![], 0),
        (Stage::Reading, vec![], 1),
        (Stage::Clearing, vec![RecordResult::NotAttempted], 2),
        (Stage::ReadingAgain, vec![RecordResult::Failed], 3),
    ];
    for (stage, results, requests) in table {
        let simulator = Simulator::start().await.expect("a simulator");
        let orgs = orgs(&simulator, 2).await;
        let mut scrub = Scrub::new();
        scrub.observer = Arc::new(Defect(stage));
        let report = scrub.run_fleet(&named(&orgs)).await;
        let broken = &report.orgs[0];
        assert_eq!(broken.error.as_ref().map(|error| error.trouble.code()), Some("internal"), "{broken:?}");
        assert_eq!((broken.outcome, broken.api_requests), (Outcome::Failed, requests), "{broken:?}");
        assert_eq!(broken.records.iter().map(|record| record.result).collect::<Vec<_>>(), results, "{broken:?}");
        assert_eq!(cleared(&orgs[0]), usize::from(stage == Stage::ReadingAgain));
        assert_eq!((report.orgs[1].outcome, cleared(&orgs[1])), (Outcome::Cleared, 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gravest_org_decides_the_exit_code() {
    // What is among the orgs, the exit code, and the one with --detailed-exitcode in a dry run.
    let table: [(&[&str], u8, u8); 6] = [
        (&["clean"], 0, 0),
        (&["clean", "exposed"], 0, 10),
        (&["exposed", "failed", "clean"], 1, 1),
        (&["failed", "production", "exposed"], 3, 3),
        (&["production"], 3, 3),
        (&["clean", "failed"], 1, 1),
    ];
    for (kinds, code, gated) in table {
        for dry_run in [false, true] {
            let simulator = Simulator::start().await.expect("a simulator");
            let orgs = orgs(&simulator, kinds.len()).await;
            for (kind, org) in kinds.iter().zip(&orgs) {
                match *kind {
                    "clean" => org.edit(|state| state.records.relays.clear()),
                    "failed" => org.edit(|state| state.users[0].api_enabled = false),
                    "production" => org.become_production(),
                    _ => {}
                }
            }
            let scrub = if dry_run { Scrub::new().dry_run() } else { Scrub::new() };
            let report = scrub.run_fleet(&named(&orgs)).await;
            assert_eq!(report.exit_code(false), code, "{kinds:?}");
            assert_eq!(report.exit_code(true), if dry_run { gated } else { code }, "{kinds:?} {dry_run}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fail_fast_begins_no_more_and_says_so_of_the_rest() {
    for break_it in
        [(|org| org.become_production()) as Break, |org| org.edit(|state| state.users[0].api_enabled = false)]
    {
        let simulator = Simulator::start().await.expect("a simulator");
        let orgs = orgs(&simulator, 4).await;
        break_it(&orgs[1]);
        let mut scrub = Scrub::new();
        scrub.pace.concurrency = 1;
        scrub.pace.fail_fast = true;
        let report = scrub.run_fleet(&named(&orgs)).await;
        assert_eq!(report.orgs[0].outcome, Outcome::Cleared);
        for (report, org) in report.orgs.iter().zip(&orgs).skip(2) {
            assert_eq!(report.outcome, Outcome::NotRun);
            assert_eq!(report.error.as_ref().map(|error| error.trouble.code()), Some("fail_fast"));
            assert_eq!(requests(org), 0);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_fail_fast_all_are_run() {
    let simulator = Simulator::start().await.expect("a simulator");
    let orgs = orgs(&simulator, 3).await;
    orgs[0].become_production();
    let mut scrub = Scrub::new();
    scrub.pace.concurrency = 1;
    let report = scrub.run_fleet(&named(&orgs)).await;
    assert_eq!(report.count(Outcome::Cleared), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_orgs_are_under_way_at_once_than_asked_for() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    for concurrency in [1, 3] {
        let simulator = Simulator::start().await.expect("a simulator");
        let orgs = orgs(&simulator, 9).await;
        // An org is under way from its token to the reading after the write.
        let (under_way, peak) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        for org in &orgs {
            let (begun, ended, most) = (under_way.clone(), under_way.clone(), peak.clone());
            org.fault(Fault::before(Matcher::token(), move |_| {
                most.fetch_max(begun.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            }));
            org.fault(Place::ReadAgain.meets(|matcher| {
                let ended = ended.clone();
                Fault::after(matcher, move |_| {
                    ended.fetch_sub(1, Ordering::SeqCst);
                })
            }));
            org.fault(Fault::delay(Matcher::token(), Duration::from_millis(50)));
        }
        let mut scrub = Scrub::new();
        scrub.pace.concurrency = concurrency;
        let report = scrub.run_fleet(&named(&orgs)).await;
        assert_eq!(report.count(Outcome::Cleared), 9);
        assert_eq!(peak.load(Ordering::SeqCst), concurrency);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_itself_reports_in_order_and_exits_with_the_gravest() {
    let simulator = Simulator::start().await.expect("a simulator");
    let orgs = orgs(&simulator, 12).await;
    orgs[4].edit(|state| state.users[0].sees_object = false);
    let named = named(&orgs);
    let names: Vec<&str> = named.iter().map(|(name, _)| *name).collect();
    let ran = Program::scrub_fleet(&named, names.iter().copied().chain(["--json", "--concurrency", "12"])).run().await;
    assert_eq!(ran.code, 1, "{ran:?}");
    let report = ran.report();
    let listed: Vec<&str> =
        report["orgs"].as_array().expect("orgs").iter().filter_map(|org| org["target"].as_str()).collect();
    assert_eq!(listed, names);
    assert_eq!((&report["summary"]["cleared"], &report["summary"]["failed"]), (&11.into(), &1.into()));
    assert_eq!(report["orgs"][4]["error"]["code"], "permission_missing");
    assert_eq!(orgs.iter().filter(|org| cleared(org) == 1).count(), 11);
}
