//! A claim that is lost: the work stops, and another takes the jobs up.

use std::time::{Duration, Instant};

use relay_scrub::server::job::State;
use relay_scrub::simulator::{Fault, Matcher};

use super::desk::Desk;
use super::{are_cleared, kinds};

#[tokio::test(flavor = "multi_thread")]
async fn a_job_whose_worker_was_killed_is_taken_up_when_the_lease_is_over() {
    let mut desk = Desk::new().await;
    (desk.limits.lease, desk.settings.lease) = (Duration::from_millis(600), Duration::from_millis(600));
    let org = desk.uat().await;
    org.fault(Fault::hang_before(Matcher::writing_composite()));
    let (one, two) = (desk.replica().await, desk.replica().await);
    let id = one.deliver_uat(&org).await;
    let working = one.work();
    one.wait(&id, |_| kinds(&org).contains(&"write")).await;

    working.kill().await;
    let working = two.work();
    let done = two.finished(&id, State::Done).await;

    assert!(are_cleared(&org));
    assert!(done.attempts >= 2, "{done:?}");
    working.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scrub_that_takes_longer_than_the_lease_keeps_it() {
    let mut desk = Desk::new().await;
    (desk.limits.lease, desk.settings.lease) = (Duration::from_secs(3), Duration::from_secs(3));
    let org = desk.uat().await;
    org.fault(Fault::delay(Matcher::token(), Duration::from_millis(4500)));
    let (one, two) = (desk.replica().await, desk.replica().await);
    let working = [one.work(), two.work()];

    let id = one.deliver_uat(&org).await;
    let done = one.finished(&id, State::Done).await;

    assert_eq!((done.attempts, kinds(&org)), (1, super::SCRUB.to_vec()));
    for working in working {
        working.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_lost_its_claim_stops_and_writes_nothing() {
    let mut desk = Desk::new().await;
    (desk.limits.lease, desk.settings.lease) = (Duration::from_secs(3), Duration::from_secs(3));
    let org = desk.uat().await;
    org.fault(Fault::hang_before(Matcher::reading_composite()));
    let replica = desk.replica().await;
    let id = replica.deliver_uat(&org).await;
    let working = replica.work();
    replica.wait(&id, |_| kinds(&org).contains(&"read")).await;

    let mut connection = desk.connection().await;
    let stolen = sqlx::query("UPDATE places SET token = 'another', leased_until = leased_until + 3600000");
    stolen.execute(&mut connection).await.expect("stolen");
    // The org never answers, so they end only by giving up the work.
    working.stop().await;

    let job = replica.job(&id).await;
    assert_eq!((job.state, job.reason), (State::Running, None), "the jobs are the other's");
    assert_eq!(kinds(&org), ["token", "read"]);
    assert!(!are_cleared(&org));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_database_a_scrub_stops_before_the_lease_is_over_and_the_work_goes_on_when_it_is_back() {
    let mut desk = Desk::new().await;
    (desk.limits.lease, desk.settings.lease) = (Duration::from_secs(3), Duration::from_secs(3));
    let org = desk.uat().await;
    // Who does not stop writes when this is over, which is later than the lease.
    let slow = Duration::from_secs(5);
    org.fault(Fault::delay(Matcher::reading_composite(), slow));
    let replica = desk.replica().await;
    let id = replica.deliver_uat(&org).await;
    let working = replica.work();
    replica.wait(&id, |_| kinds(&org).contains(&"read")).await;

    let (begun, mut connection) = (Instant::now(), desk.connection().await);
    sqlx::query("BEGIN EXCLUSIVE").execute(&mut connection).await.expect("the database is locked");
    while begun.elapsed() < slow + Duration::from_secs(1) {
        replica.queue.claim().await.expect_err("the database is away");
    }
    assert_eq!(kinds(&org), ["token", "read"], "the work was stopped, and nothing is begun without a claim");
    sqlx::query("ROLLBACK").execute(&mut connection).await.expect("it is back");

    let done = replica.finished(&id, State::Done).await;
    assert!(are_cleared(&org));
    assert!(done.attempts >= 2, "{done:?}");
    working.stop().await;
}
