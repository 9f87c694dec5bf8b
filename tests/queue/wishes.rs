use relay_scrub::server::job::{JobId, State};
use relay_scrub::server::queue::Wish;

use super::desk::{Desk, UAT, accept_new, claim, delivery, end_all, ids, job, later, nothing_to_claim, settled};

pub(crate) async fn a_job_that_ended_is_tried_again_and_its_age_counts_anew(desk: &Desk) {
    let queue = desk.queue().await;
    for (number, state) in (1..).zip([State::Done, State::Refused, State::Dead]) {
        let id = accept_new(&queue, &delivery(&format!("msg_{number}"), number), UAT).await;
        end_all(&queue, state).await;
        let ended = job(&queue, &id).await;
        assert_eq!(queue.retry(&id).await.expect("the database"), Wish::Done);
        let open = job(&queue, &id).await;
        assert_eq!((open.state, open.attempts, open.finished_at), (State::Waiting, 0, None));
        assert_eq!(open.accepted_at, ended.accepted_at);
        assert!(open.opened_at >= ended.finished_at.expect("its end"));
        assert_eq!(open.give_up_at.duration_since(open.opened_at).as_hours(), 72);
        assert_eq!(end_all(&queue, State::Done).await, [id].into());
    }
}

pub(crate) async fn a_job_that_waits_is_due_at_once(desk: &Desk) {
    let queue = desk.queue().await;
    let id = accept_new(&queue, &delivery("msg_1", 1), UAT).await;
    let held = claim(&queue).await;
    assert!(queue.settle(&held, &[later(&id, "permission", true)]).await.expect("settled"));
    nothing_to_claim(&queue).await;
    assert_eq!(queue.retry(&id).await.expect("the database"), Wish::Done);
    let open = job(&queue, &id).await;
    assert!(!open.needs_attention && open.reason.is_some(), "the reason stands until the next attempt");
    let held = claim(&queue).await;
    assert_eq!(ids(&held.jobs), [id.clone()].into());
    assert_eq!(queue.retry(&id).await.expect("the database"), Wish::NotFrom(State::Running));
}

pub(crate) async fn a_waiting_job_is_cancelled_and_no_other(desk: &Desk) {
    let queue = desk.queue().await;
    let nobody = JobId::generate();
    assert_eq!(queue.cancel(&nobody).await.expect("the database"), Wish::NoSuchJob);
    assert_eq!(queue.retry(&nobody).await.expect("the database"), Wish::NoSuchJob);
    let id = accept_new(&queue, &delivery("msg_1", 1), UAT).await;
    assert_eq!(queue.cancel(&id).await.expect("the database"), Wish::Done);
    let cancelled = job(&queue, &id).await;
    assert_eq!((cancelled.state, cancelled.due_at), (State::Cancelled, None));
    assert!(cancelled.finished_at.is_some());
    nothing_to_claim(&queue).await;
    assert_eq!(queue.cancel(&id).await.expect("the database"), Wish::NotFrom(State::Cancelled));
    assert_eq!(queue.retry(&id).await.expect("the database"), Wish::Done);
    let held = claim(&queue).await;
    assert_eq!(queue.cancel(&id).await.expect("the database"), Wish::NotFrom(State::Running));
    assert!(queue.settle(&held, &[settled(&id, State::Done)]).await.expect("settled"));
    assert_eq!(queue.cancel(&id).await.expect("the database"), Wish::NotFrom(State::Done));
}

pub(crate) async fn of_two_jobs_for_one_org_only_one_is_let_wait_again(desk: &Desk) {
    let queue = desk.queue().await;
    let old = accept_new(&queue, &delivery("msg_1", 1), UAT).await;
    end_all(&queue, State::Dead).await;
    let new = accept_new(&queue, &delivery("msg_2", 1), UAT).await;
    assert_eq!(queue.retry(&old).await.expect("the database"), Wish::AlreadyWaiting(new.clone()));
    assert_eq!(job(&queue, &old).await.state, State::Dead);
    assert_eq!(queue.retry(&new).await.expect("the database"), Wish::Done);
}
