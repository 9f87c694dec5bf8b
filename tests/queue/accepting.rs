use std::collections::BTreeSet;

use relay_scrub::server::job::{Delivery, State};
use relay_scrub::server::queue::{Accepted, OPEN_JOBS};

use super::desk::{Desk, UAT, accept_new, all, claim, delivery, ids, job};

pub(crate) async fn an_accepted_delivery_is_there_after_a_restart(desk: &Desk) {
    let first = desk.queue().await;
    let sent = Delivery { sandbox_id: "odd ü \u{0} '\"".into(), ..delivery("msg_1", 1) };
    let id = accept_new(&first, &sent, UAT).await;
    first.close().await;
    let kept = job(&desk.queue().await, &id).await;
    assert_eq!((kept.state, kept.sandbox.as_str(), kept.deliveries, kept.attempts), (State::Waiting, "uat", 1, 0));
    assert_eq!(kept.organization_id, sent.organization_id);
    assert_eq!(kept.sandbox_id, "odd ü  '\"");
    assert_eq!(kept.due_at, Some(kept.accepted_at));
    assert_eq!(kept.give_up_at.duration_since(kept.accepted_at).as_hours(), 72);
}

pub(crate) async fn one_delivery_sent_twenty_times_at_once_makes_one_job(desk: &Desk) {
    let replicas = [desk.queue().await, desk.queue().await, desk.queue().await];
    let mut racing = tokio::task::JoinSet::new();
    for number in 0..20 {
        let queue = replicas[number % replicas.len()].clone();
        racing.spawn(async move { queue.accept(&delivery("msg_1", 1), UAT).await.expect("accepted") });
    }
    let mut new = 0;
    let mut jobs = BTreeSet::new();
    for accepted in racing.join_all().await {
        match accepted {
            Accepted::New(id) => {
                new += 1;
                jobs.insert(id);
            }
            Accepted::Known(id) => {
                jobs.insert(id);
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((new, jobs.len()), (1, 1));
    let kept = replicas[0].jobs(&all()).await.expect("jobs");
    assert_eq!((kept.len(), kept[0].deliveries), (1, 1));
}

pub(crate) async fn a_delivery_id_keeps_its_first_job_whatever_it_says_later(desk: &Desk) {
    let queue = desk.queue().await;
    let id = accept_new(&queue, &delivery("msg_1", 1), UAT).await;
    let other_org = delivery("msg_1", 2);
    let other_sandbox = Delivery { sandbox: "dev".into(), ..delivery("msg_1", 1) };
    for again in [other_org, other_sandbox] {
        assert_eq!(queue.accept(&again, "elsewhere").await.expect("accepted"), Accepted::Known(id.clone()));
    }
    assert_eq!(ids(&queue.jobs(&all()).await.expect("jobs")), [id].into());
}

pub(crate) async fn a_delivery_joins_the_job_that_waits_for_its_org(desk: &Desk) {
    let queue = desk.queue().await;
    let id = accept_new(&queue, &delivery("msg_1", 1), UAT).await;
    let before = job(&queue, &id).await;
    assert_eq!(queue.accept(&delivery("msg_2", 1), UAT).await.expect("accepted"), Accepted::Joined(id.clone()));
    assert_eq!(queue.accept(&delivery("msg_2", 1), UAT).await.expect("accepted"), Accepted::Known(id.clone()));
    let after = job(&queue, &id).await;
    assert_eq!((after.deliveries, after.due_at, after.give_up_at), (2, before.due_at, before.give_up_at));
    let other = Delivery { sandbox: "dev".into(), ..delivery("msg_3", 1) };
    let other = accept_new(&queue, &other, "dev").await;
    assert_ne!(other, id, "another sandbox's job is never joined");
}

pub(crate) async fn a_delivery_that_comes_while_its_org_is_scrubbed_makes_a_new_job(desk: &Desk) {
    let queue = desk.queue().await;
    let running = accept_new(&queue, &delivery("msg_1", 1), UAT).await;
    let held = claim(&queue).await;
    let next = accept_new(&queue, &delivery("msg_2", 1), UAT).await;
    assert_eq!(ids(&held.jobs), [running].into());
    assert_eq!(job(&queue, &next).await.state, State::Waiting);
    assert_eq!(queue.accept(&delivery("msg_3", 1), UAT).await.expect("accepted"), Accepted::Joined(next));
}

pub(crate) async fn eight_orgs_wait_for_a_sandbox_and_the_ninth_pushes_none_out(desk: &Desk) {
    let queue = desk.queue().await;
    let mut waiting = Vec::new();
    for number in 1..=8 {
        waiting.push(accept_new(&queue, &delivery(&format!("msg_{number}"), number), UAT).await);
    }
    assert_eq!(queue.accept(&delivery("msg_9", 9), UAT).await.expect("an answer"), Accepted::Full);
    let joined = queue.accept(&delivery("msg_10", 3), UAT).await.expect("accepted");
    assert_eq!(joined, Accepted::Joined(waiting[2].clone()), "a true call is never held off by false ones");
    let held = claim(&queue).await;
    assert_eq!(ids(&held.jobs), waiting.iter().cloned().collect());
    assert_eq!(queue.accept(&delivery("msg_9", 9), UAT).await.expect("an answer"), Accepted::Full);
    let done = super::desk::settled(&waiting[0], State::Done);
    assert!(queue.settle(&held, &[done]).await.expect("settled"));
    accept_new(&queue, &delivery("msg_9", 9), UAT).await;
    let other = Delivery { sandbox: "dev".into(), ..delivery("msg_11", 11) };
    accept_new(&queue, &other, "dev").await;
}

pub(crate) async fn the_limit_holds_when_all_come_at_once(desk: &Desk) {
    let replicas = [desk.queue().await, desk.queue().await];
    let mut racing = tokio::task::JoinSet::new();
    for number in 0..20 {
        let queue = replicas[number as usize % 2].clone();
        let delivery = delivery(&format!("msg_{number}"), number);
        racing.spawn(async move { queue.accept(&delivery, UAT).await.expect("an answer") });
    }
    let accepted = racing.join_all().await;
    let new = accepted.iter().filter(|accepted| matches!(accepted, Accepted::New(_))).count();
    assert_eq!(new as i64, OPEN_JOBS, "{accepted:?}");
    assert_eq!(replicas[0].jobs(&all()).await.expect("jobs").len() as i64, OPEN_JOBS);
}
