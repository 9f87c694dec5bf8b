use std::time::Duration;

use relay_scrub::server::job::State;
use relay_scrub::server::queue::{Event, Limits, Notice, Queue, Settled};

use super::desk::{Desk, HOUR, LIMITS, UAT, accept_new, claim, delivery, later, settled};

/// Lets the only job come to this, and gives the notices of it, in order.
async fn told_after(queue: &Queue, settled: &Settled) -> Vec<Notice> {
    queue.retry(&settled.id).await.expect("due");
    let held = claim(queue).await;
    assert!(queue.settle(&held, std::slice::from_ref(settled)).await.expect("settled"));
    let mut told = Vec::new();
    while let Some(notice) = queue.notice(HOUR).await.expect("the database") {
        queue.notice_told(&notice).await.expect("told");
        told.push(notice);
    }
    told
}

/// As [`told_after`], without a person who lets the job be tried again.
async fn told_after_waiting(queue: &Queue, settled: &Settled) -> Vec<Event> {
    let held = claim(queue).await;
    let due = Settled { again_in: None, ..settled.clone() };
    assert!(queue.settle(&held, &[due]).await.expect("settled"));
    let mut told = Vec::new();
    while let Some(notice) = queue.notice(HOUR).await.expect("the database") {
        queue.notice_told(&notice).await.expect("told");
        told.push(notice.event);
    }
    told
}

pub(crate) async fn a_job_that_needs_attention_is_told_of_once_for_each_reason(desk: &Desk) {
    let queue = desk.queue().await;
    let id = accept_new(&queue, &delivery("msg_1", 1), UAT).await;
    assert_eq!(told_after_waiting(&queue, &later(&id, "not_yet", false)).await, []);
    assert_eq!(told_after_waiting(&queue, &later(&id, "permission", true)).await, [Event::Failed]);
    assert_eq!(told_after_waiting(&queue, &later(&id, "permission", true)).await, []);
    assert_eq!(told_after_waiting(&queue, &later(&id, "configuration", true)).await, [Event::Failed]);
    assert_eq!(told_after_waiting(&queue, &later(&id, "not_yet", false)).await, []);
    assert_eq!(told_after_waiting(&queue, &later(&id, "configuration", true)).await, [Event::Failed]);
    let dead = Settled { state: State::Dead, again_in: None, ..later(&id, "too_old", true) };
    let told = told_after(&queue, &dead).await;
    let [notice] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!((notice.event, notice.tries, &notice.job.id), (Event::Dead, 1, &id));
    assert_eq!((&notice.reason, notice.job.state, notice.job.sandbox.as_str()), (&dead.reason, State::Dead, "uat"));
    let refused = told_after(&queue, &settled(&id, State::Refused)).await;
    assert_eq!(refused.iter().map(|notice| notice.event).collect::<Vec<_>>(), [Event::Refused]);
    assert_eq!(told_after(&queue, &settled(&id, State::Done)).await, []);
}

pub(crate) async fn a_notice_is_told_at_least_once(desk: &Desk) {
    let queue = desk.queue().await;
    let id = accept_new(&queue, &delivery("msg_1", 1), UAT).await;
    let held = claim(&queue).await;
    assert!(queue.settle(&held, &[settled(&id, State::Dead)]).await.expect("settled"));
    let take = async |hold| desk.queue().await.notice(hold).await.expect("the database");
    let first = take(Duration::ZERO).await.expect("a notice");
    let second = take(HOUR).await.expect("the process that took it died, and it is due again");
    assert_eq!((second.id.as_str(), first.tries, second.tries), (first.id.as_str(), 1, 2));
    assert_eq!(take(HOUR).await, None, "one process at a time tells it");
    queue.put_notice_off(&second, Duration::ZERO).await.expect("put off");
    let third = take(HOUR).await.expect("it is due when the pause is over");
    queue.put_notice_off(&third, HOUR).await.expect("put off");
    assert_eq!(take(HOUR).await, None);
    queue.put_notice_off(&third, Duration::ZERO).await.expect("put off");
    queue.notice_told(&third).await.expect("told");
    assert_eq!(take(HOUR).await, None);
}

pub(crate) async fn without_somebody_to_tell_no_notice_is_written(desk: &Desk) {
    let queue = desk.queue_with(Limits { notices: false, ..LIMITS }).await;
    let id = accept_new(&queue, &delivery("msg_1", 1), UAT).await;
    let held = claim(&queue).await;
    assert!(queue.settle(&held, &[settled(&id, State::Dead)]).await.expect("settled"));
    assert_eq!(desk.queue().await.notice(HOUR).await.expect("the database"), None);
}
