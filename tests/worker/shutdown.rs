//! The end of the service: what was begun is finished, or handed back.

use relay_scrub::server::job::State;
use relay_scrub::simulator::{Fault, Matcher};

use super::desk::Desk;
use super::{SCRUB, are_cleared, kinds};
use crate::support::gate::Gate;

#[tokio::test(flavor = "multi_thread")]
async fn a_scrub_under_way_is_finished_and_none_is_begun() {
    let mut desk = Desk::new().await;
    desk.settings.workers = 2;
    let org = desk.uat().await;
    let (mut gate, script) = Gate::new();
    org.fault(Fault::before(Matcher::token(), script));
    let replica = desk.replica().await;
    let first = replica.deliver_uat(&org).await;
    let working = replica.work();
    gate.reached().await;

    working.shutdown.begun.cancel();
    let second = replica.deliver("dev", "00D9z000000othe").await;
    gate.open();
    working.end().await;

    assert_eq!(replica.job(&first).await.state, State::Done);
    assert!(are_cleared(&org));
    let second = replica.job(&second).await;
    assert_eq!((second.state, second.attempts), (State::Waiting, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_does_not_end_in_time_is_handed_back_as_it_was() {
    let desk = Desk::new().await;
    let org = desk.uat().await;
    org.fault(Fault::hang_before(Matcher::token()));
    let replica = desk.replica().await;
    let id = replica.deliver_uat(&org).await;
    let working = replica.work();
    replica.wait(&id, |_| !org.requests().is_empty()).await;

    working.shutdown.begun.cancel();
    working.shutdown.stop.in_order.cancel();
    working.end().await;

    let job = replica.job(&id).await;
    assert_eq!((job.state, job.attempts, job.reason.as_ref()), (State::Waiting, 0, None), "{job:?}");
    // The next process has it done.
    let next = desk.replica().await;
    let working = next.work();
    next.finished(&id, State::Done).await;
    assert!(are_cleared(&org));
    working.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_under_way_is_read_back_before_the_end() {
    let desk = Desk::new().await;
    let org = desk.uat().await;
    let (mut gate, script) = Gate::new();
    org.fault(Fault::before(Matcher::writing_composite(), script));
    let replica = desk.replica().await;
    let id = replica.deliver_uat(&org).await;
    let working = replica.work();
    gate.reached().await;

    working.shutdown.begun.cancel();
    working.shutdown.stop.in_order.cancel();
    gate.open();
    working.end().await;

    assert_eq!(replica.job(&id).await.state, State::Done);
    assert_eq!(kinds(&org), SCRUB);
}

#[tokio::test(flavor = "multi_thread")]
async fn at_once_nothing_is_waited_for_and_the_job_is_not_lost() {
    let desk = Desk::new().await;
    let org = desk.uat().await;
    org.fault(Fault::hang_after(Matcher::writing_composite()));
    let replica = desk.replica().await;
    let id = replica.deliver_uat(&org).await;
    let working = replica.work();
    replica.wait(&id, |_| kinds(&org).contains(&"write")).await;

    working.shutdown.begun.cancel();
    working.shutdown.stop.in_order.cancel();
    working.shutdown.stop.at_once.cancel();
    working.end().await;

    let job = replica.waits_for(&id, "write_unconfirmed").await;
    assert_eq!(job.outcome.as_deref(), Some("failed"));
    let next = desk.replica().await;
    let working = next.work();
    next.finished(&id, State::Done).await;
    working.stop().await;
}
