//! Ctrl-C and SIGTERM to the program itself, while a request is held at a barrier.

use super::*;
use crate::support::gate::Gate;
use crate::support::program::{Program, Ran, finish, signal, signal_and_wait};

const SIGNALS: [(&str, i32); 2] = [("-INT", 130), ("-TERM", 143)];

fn outcomes(ran: &Ran) -> Vec<String> {
    let report = ran.report();
    let orgs = report["orgs"].as_array().expect("orgs").iter();
    orgs.map(|org| org["outcome"].as_str().unwrap_or_default().to_string()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_signal_before_the_write_ends_the_run_with_nothing_written() {
    for (name, code) in SIGNALS {
        for place in [Place::Token, Place::Read] {
            let (_simulator, org) = simulate(with_relays(1)).await;
            let (mut gate, held) = Gate::new();
            org.fault(place.meets(|matcher| Fault::before(matcher, held)));
            let (child, _folder) = Program::scrub(&org, ["--json"]).start();
            gate.reached().await;
            signal(&child, name);
            // The request is held still: what is only read is not waited for.
            let ran = finish(child).await;
            gate.open();
            assert_eq!(ran.code, code, "{place:?}: {ran:?}");
            let report = ran.org();
            assert_eq!((&report["outcome"], &report["error"]["code"]), (&"not_run".into(), &"interrupted".into()));
            assert_eq!(report["api_requests"], place.before() + 1);
            assert!(is_untouched(&org));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_write_under_way_ends_and_is_read_back() {
    for (name, code) in SIGNALS {
        let (_simulator, org) = simulate(with_relays(1)).await;
        let (mut gate, held) = Gate::new();
        org.fault(Place::Write.meets(|matcher| Fault::before(matcher, held)));
        let (mut child, _folder) = Program::scrub(&org, ["--json"]).start();
        gate.reached().await;
        signal_and_wait(&mut child, name).await;
        gate.open();
        let ran = finish(child).await;
        assert_eq!(ran.code, code, "{ran:?}");
        let report = ran.org();
        assert_eq!((&report["outcome"], &report["verified"]), (&"cleared".into(), &true.into()), "{report}");
        assert_eq!(cleared(&org), 1);
        assert_eq!(requests(&org), 4);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_write_under_way_whose_answer_is_lost_is_read_back_and_not_sent_again() {
    for (committed, result, outcome) in [(true, "cleared", "cleared"), (false, "failed", "failed")] {
        let (_simulator, org) = simulate(with_relays(1)).await;
        let (mut gate, held) = Gate::new();
        org.fault(Place::Write.meets(|matcher| Fault::before(matcher, held)));
        org.fault(Place::Write.meets(if committed { Fault::reply_lost } else { Fault::reset }));
        let (mut child, _folder) = Program::scrub(&org, ["--json"]).start();
        gate.reached().await;
        signal_and_wait(&mut child, "-INT").await;
        gate.open();
        let ran = finish(child).await;
        assert_eq!(ran.code, 130, "{ran:?}");
        let report = ran.org();
        assert_eq!((&report["outcome"], &report["verified"]), (&outcome.into(), &committed.into()), "{report}");
        assert_eq!(report["records"][0]["result"], result, "{report}");
        assert_eq!(cleared(&org), usize::from(committed));
        assert_eq!(requests(&org), 4);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn batches_not_begun_are_not_attempted_and_the_one_under_way_is_read_back() {
    for lost in [false, true] {
        let (_simulator, org) = simulate(with_relays(450)).await;
        let (mut gate, held) = Gate::new();
        org.fault(Fault::before(Matcher::writing_composite(), held).nth(2));
        if lost {
            org.fault(Fault::reset(Matcher::writing_composite()).nth(2));
        }
        let (mut child, _folder) = Program::scrub(&org, ["--json"]).start();
        gate.reached().await;
        signal_and_wait(&mut child, "-INT").await;
        gate.open();
        let ran = finish(child).await;
        assert_eq!(ran.code, 130, "lost {lost}");
        let report = ran.org();
        let count = |result: &str| {
            report["records"].as_array().expect("records").iter().filter(|record| record["result"] == result).count()
        };
        let (done, failed) = if lost { (200, 200) } else { (400, 0) };
        assert_eq!(
            (count("cleared"), count("failed"), count("not_attempted")),
            (done, failed, 50),
            "{}",
            report["error"]
        );
        assert_eq!((&report["outcome"], &report["verified"]), (&"failed".into(), &false.into()));
        if !lost {
            assert_eq!(report["error"]["code"], "interrupted");
        }
        assert_eq!(cleared(&org), done);
        assert_eq!(requests(&org), 5);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn orgs_not_begun_are_not_run_and_the_one_under_way_ends() {
    let simulator = Simulator::start().await.expect("a simulator");
    let mut orgs = Vec::new();
    for _ in 0..3 {
        orgs.push(simulator.add_org(with_relays(1)).await.expect("an org"));
    }
    let (mut gate, held) = Gate::new();
    orgs[0].fault(Place::Write.meets(|matcher| Fault::before(matcher, held)));
    let named: Vec<_> = ["a", "b", "c"].into_iter().zip(&orgs).collect();
    let program = Program::scrub_fleet(&named, ["--all", "--json", "--concurrency", "1", "--report", "report.json"]);
    let (mut child, folder) = program.start();
    gate.reached().await;
    signal_and_wait(&mut child, "-TERM").await;
    gate.open();
    let ran = finish(child).await;
    assert_eq!(ran.code, 143, "{ran:?}");
    assert_eq!(outcomes(&ran), ["cleared", "not_run", "not_run"]);
    let file = std::fs::read_to_string(folder.path().join("report.json")).expect("the report's file");
    assert_eq!(file, ran.stdout);
    assert_eq!(orgs.iter().map(requests).collect::<Vec<_>>(), [4, 0, 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_second_signal_leaves_at_once_and_claims_nothing() {
    for ((first, _), (second, code)) in SIGNALS.into_iter().zip(SIGNALS.into_iter().rev()) {
        let (_simulator, org) = simulate(with_relays(1)).await;
        let (mut gate, held) = Gate::new();
        org.fault(Place::Write.meets(|matcher| Fault::before(matcher, held)));
        let (mut child, folder) = Program::scrub(&org, ["--json", "--report", "report.json"]).start();
        gate.reached().await;
        signal_and_wait(&mut child, first).await;
        signal(&child, second);
        // The write is held still.
        let ran = finish(child).await;
        gate.open();
        assert_eq!(ran.code, code, "{ran:?}");
        let report = ran.org();
        assert_eq!((&report["outcome"], &report["error"]["code"]), (&"failed".into(), &"write_unconfirmed".into()));
        assert_eq!(report["records"][0]["result"], "failed", "{report}");
        assert_eq!((&report["verified"], &report["api_requests"]), (&serde_json::Value::Null, &3.into()));
        let file = std::fs::read_to_string(folder.path().join("report.json")).expect("the report's file");
        assert_eq!(file, ran.stdout);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_second_signal_loses_nothing_of_the_orgs_that_are_done() {
    let simulator = Simulator::start().await.expect("a simulator");
    let mut orgs = Vec::new();
    for _ in 0..3 {
        orgs.push(simulator.add_org(with_relays(1)).await.expect("an org"));
    }
    let (mut gate, held) = Gate::new();
    orgs[1].fault(Place::Write.meets(|matcher| Fault::before(matcher, held)));
    let named: Vec<_> = ["a", "b", "c"].into_iter().zip(&orgs).collect();
    let program = Program::scrub_fleet(&named, ["--all", "--json", "--concurrency", "1"]);
    let (mut child, _folder) = program.start();
    gate.reached().await;
    signal_and_wait(&mut child, "-INT").await;
    signal(&child, "-TERM");
    // The write is held still.
    let ran = finish(child).await;
    gate.open();
    assert_eq!(ran.code, 143, "{ran:?}");
    assert_eq!(outcomes(&ran), ["cleared", "failed", "not_run"]);
    assert_eq!(orgs.iter().map(requests).collect::<Vec<_>>(), [4, 3, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_a_pause_and_the_write_is_not_sent_again() {
    let (_simulator, org) = simulate(with_relays(1)).await;
    let (told, mut paused) = tokio::sync::mpsc::unbounded_channel();
    org.fault(Fault::before(Matcher::writing_composite(), move |_| told.send(()).expect("a listener")));
    org.fault(Place::Write.meets(|matcher| Fault::too_many_requests(matcher, "200")).always());
    let (mut child, _folder) = Program::scrub(&org, ["--json"]).start();
    paused.recv().await.expect("the write");
    signal_and_wait(&mut child, "-INT").await;
    let ran = finish(child).await;
    assert_eq!((ran.code, requests(&org)), (130, 3), "{ran:?}");
    assert_eq!(ran.org()["records"][0]["result"], "not_attempted", "{ran:?}");
    assert!(is_untouched(&org));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_org_that_has_given_its_word_is_not_one_that_was_not_begun() {
    let (_simulator, org) = simulate(with_relays(3).limits(|limits| limits.page_size = 2)).await;
    let (mut gate, held) = Gate::new();
    org.fault(Fault::before(Matcher::reading_composite(), held).nth(2));
    let (child, _folder) = Program::scrub(&org, ["--json"]).start();
    gate.reached().await;
    signal(&child, "-INT");
    let ran = finish(child).await;
    gate.open();
    let report = ran.org();
    assert_eq!(
        (ran.code, &report["outcome"], &report["error"]["code"]),
        (130, &"failed".into(), &"interrupted".into())
    );
    assert_eq!(report["org"]["id"], org.id(), "{report}");
    assert!(is_untouched(&org));
}
