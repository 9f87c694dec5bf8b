//! Several jobs, one sandbox: one login settles all that it can, and nothing runs twice at once.

use std::sync::{Arc, Barrier};
use std::time::Duration;

use relay_scrub::server::job::State;
use relay_scrub::simulator::{Fault, Matcher};

use super::desk::{Desk, HOUR};
use super::{SCRUB, are_cleared, exposed, kinds, report, sandbox};
use crate::support::gate::Gate;

const IDS: [&str; 4] = ["00D9z000000aaaa", "00D9z000000bbbb", "00D9z000000cccc", "00D9z000000dddd"];

#[tokio::test(flavor = "multi_thread")]
async fn four_calls_for_different_orgs_are_settled_by_one_login() {
    let desk = Desk::with_long_pauses().await;
    let org = desk.org(sandbox("uat").relay(exposed()).id(IDS[2])).await;
    desk.orgs(&[("uat", &org)]);
    let replica = desk.replica().await;
    let mut jobs = Vec::new();
    for id in IDS {
        jobs.push(replica.deliver("uat", id).await);
    }

    let working = replica.work();
    replica.finished(&jobs[2], State::Done).await;
    working.stop().await;

    assert!(are_cleared(&org));
    assert_eq!(kinds(&org), SCRUB, "one login for all four");
    for (at, id) in [(0, IDS[0]), (1, IDS[1]), (3, IDS[3])] {
        let job = replica.waits_for(&jobs[at], "unexpected_org").await;
        let message = job.reason.as_ref().expect("a reason").message.clone();
        assert!(message.contains(IDS[2]) && message.contains(id), "{message}");
        assert!(
            !IDS.iter().any(|other| ![id, IDS[2]].contains(other) && message.contains(other)),
            "its own: {message}"
        );
        assert_eq!((job.attempts, job.needs_attention), (1, false));
        let told = &report(&job)["orgs"][0];
        assert_eq!((&told["outcome"], &told["verified"]), (&"refused".into(), &serde_json::Value::Null));
        assert_eq!(told["records"].as_array().map(Vec::len), Some(0), "nothing of the other org's records");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_false_call_cannot_push_a_true_one_out() {
    let desk = Desk::new().await;
    let org = desk.uat().await;
    let replica = desk.replica().await;
    let mut false_ones = Vec::new();
    for id in IDS {
        false_ones.push(replica.deliver("uat", id).await);
    }
    let true_one = replica.deliver_uat(&org).await;
    let working = replica.work();

    replica.finished(&true_one, State::Done).await;

    assert!(are_cleared(&org));
    for id in &false_ones {
        replica.waits_for(id, "unexpected_org").await;
    }
    // The last of them is the true one some day.
    org.refresh(sandbox("uat").relay(exposed()).id(IDS[3]));
    replica.finished(&false_ones[3], State::Done).await;
    assert!(are_cleared(&org));
    working.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_with_many_workers_never_scrub_one_org_twice_at_once() {
    let mut desk = Desk::new().await;
    desk.settings.workers = 8;
    let org = desk.org(sandbox("uat")).await;
    desk.orgs(&[("uat", &org), ("other", &org)]);
    desk.simulator.set_latency(Duration::from_millis(5));
    let (one, two) = (desk.replica().await, desk.replica().await);
    let working = [one.work(), two.work()];

    // By two names of one host, at both replicas, while the ones before are under way.
    let mut jobs = Vec::new();
    for round in 0..20 {
        let replica = if round % 2 == 0 { &one } else { &two };
        let sandbox = if round % 3 == 0 { "other" } else { "uat" };
        jobs.push(replica.deliver(sandbox, &org.id()).await);
        tokio::time::sleep(Duration::from_millis(7)).await;
    }
    for id in &jobs {
        one.finished(id, State::Done).await;
    }
    for working in working {
        working.stop().await;
    }

    assert_eq!(org.stats().peak_concurrent_requests, 1, "{:?}", kinds(&org));
    assert!(kinds(&org).len() > 4, "more than one scrub was made");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_was_taken_in_for_another_place_is_not_begun_beside_the_one_at_its_org() {
    let desk = Desk::new().await;
    let org = desk.org(sandbox("uat").relay(exposed())).await;
    desk.orgs(&[("uat", &org), ("other", &org)]);
    let (mut gate, script) = Gate::new();
    org.fault(Fault::before(Matcher::token(), script));
    let (replica, org_id) = (desk.replica().await, org.id());
    let first = replica.deliver_uat(&org).await;
    let working = replica.work();
    gate.reached().await;

    let second = replica.deliver_to("sandbox:other", "other", &org_id).await;
    let place = replica.orgs.place("uat").await;
    while desk.place_of(&second).await != place {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(kinds(&org), ["token"]);
    gate.open();

    for id in [&first, &second] {
        assert_eq!(replica.finished(id, State::Done).await.attempts, 1);
    }
    assert_eq!(org.stats().peak_concurrent_requests, 1);
    working.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_org_rests_between_two_attempts_whoever_calls() {
    let mut desk = Desk::new().await;
    desk.limits.rest = HOUR;
    let (uat, dev) = (desk.org(sandbox("uat")).await, desk.org(sandbox("dev")).await);
    desk.orgs(&[("uat", &uat), ("dev", &dev)]);
    let replica = desk.replica().await;
    let working = replica.work();
    let first = replica.deliver_uat(&uat).await;
    replica.finished(&first, State::Done).await;

    let second = replica.deliver_uat(&uat).await;
    // What comes later for another org is done, and this one still rests.
    let other = replica.deliver("dev", &dev.id()).await;
    replica.finished(&other, State::Done).await;

    let resting = replica.job(&second).await;
    assert_eq!((resting.state, resting.attempts), (State::Waiting, 0));
    assert_eq!(kinds(&uat), ["token", "read"]);
    working.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn orgs_are_scrubbed_side_by_side() {
    let mut desk = Desk::new().await;
    desk.settings.workers = 3;
    let mut orgs = Vec::new();
    for name in ["one", "two", "three"] {
        orgs.push((name, desk.org(sandbox(name).relay(exposed())).await));
    }
    desk.orgs(&orgs.iter().map(|(name, org)| (*name, org)).collect::<Vec<_>>());
    let barrier = Arc::new(Barrier::new(3));
    for (_, org) in &orgs {
        let barrier = barrier.clone();
        org.fault(Fault::before(Matcher::token(), move |_| {
            // Nobody goes on before all three are here.
            tokio::task::block_in_place(|| barrier.wait());
        }));
    }
    let replica = desk.replica().await;
    let mut jobs = Vec::new();
    for (name, org) in &orgs {
        jobs.push(replica.deliver(name, &org.id()).await);
    }
    let working = replica.work();

    for id in &jobs {
        replica.finished(id, State::Done).await;
    }
    working.stop().await;
}
