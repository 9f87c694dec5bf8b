use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use relay_scrub::domain::report::Warning;
use relay_scrub::server::job::{Delivery, JobId, State};
use relay_scrub::server::queue::{Claim, Limits, Settled};

use super::desk::{
    DYING, Desk, HOUR, LIMITS, UAT, accept_new, all, claim, delivery, ids, job, later, nothing_to_claim, settled,
};

pub(crate) async fn a_claim_takes_all_jobs_of_the_place_and_excludes_others(desk: &Desk) {
    let queue = desk.queue().await;
    let one = accept_new(&queue, &delivery("msg_1", 1), UAT).await;
    let other = accept_new(&queue, &delivery("msg_2", 2), UAT).await;
    let mut racing = tokio::task::JoinSet::new();
    for replica in [desk.queue().await, desk.queue().await] {
        for _ in 0..5 {
            let replica = replica.clone();
            racing.spawn(async move { replica.claim().await.expect("the database") });
        }
    }
    let claims: Vec<Claim> = racing.join_all().await.into_iter().flatten().collect();
    let [only] = claims.as_slice() else { panic!("{claims:?}") };
    assert_eq!((only.place.as_str(), ids(&only.jobs)), (UAT, [one.clone(), other].into()));
    assert!(only.jobs.iter().all(|job| job.state == State::Running && job.attempts == 1));
    let running = job(&queue, &one).await;
    assert_eq!((running.state, running.attempts, running.due_at), (State::Running, 1, None));
}

pub(crate) async fn a_job_whose_holder_died_is_taken_up_and_the_old_holder_can_do_nothing(desk: &Desk) {
    let dying = desk.queue_with(DYING).await;
    let id = accept_new(&dying, &delivery("msg_1", 1), UAT).await;
    let dead = claim(&dying).await;
    let queue = desk.queue().await;
    let heir = claim(&queue).await;
    assert_eq!(ids(&heir.jobs), [id.clone()].into());
    assert_eq!(heir.jobs[0].attempts, 2);
    let end = [settled(&id, State::Dead)];
    assert!(!dying.extend(&dead).await.expect("the database"));
    assert!(!dying.settle(&dead, &end).await.expect("the database"));
    assert!(!dying.relocate(&dead, &id, "elsewhere").await.expect("the database"));
    dying.hand_back(&dead).await.expect("the database");
    let running = job(&queue, &id).await;
    assert_eq!((running.state, running.attempts), (State::Running, 2));
    nothing_to_claim(&queue).await;
    assert!(queue.extend(&heir).await.expect("the database"));
    assert!(queue.settle(&heir, &[settled(&id, State::Done)]).await.expect("the database"));
    assert!(!queue.settle(&heir, &end).await.expect("the database"), "a claim ends once");
    assert_eq!(job(&queue, &id).await.state, State::Done);
}

pub(crate) async fn an_extended_lease_holds(desk: &Desk) {
    let (dying, queue) = (desk.queue_with(DYING).await, desk.queue().await);
    accept_new(&dying, &delivery("msg_1", 1), UAT).await;
    let held = claim(&dying).await;
    assert!(queue.extend(&held).await.expect("the database"));
    nothing_to_claim(&dying).await;
}

pub(crate) async fn a_place_rests_between_two_attempts(desk: &Desk) {
    let resting = desk.queue_with(Limits { rest: HOUR, ..LIMITS }).await;
    let dev = Delivery { sandbox: "dev".into(), ..delivery("msg_0", 1) };
    accept_new(&resting, &delivery("msg_1", 1), UAT).await;
    let first = claim(&resting).await;
    assert!(resting.settle(&first, &[]).await.expect("settled"), "its job waits again, due at once");
    accept_new(&resting, &delivery("msg_2", 2), UAT).await;
    nothing_to_claim(&resting).await;
    accept_new(&resting, &dev, "dev").await;
    let other = claim(&resting).await;
    assert_eq!(other.place, "dev", "another place is not held up");
    resting.hand_back(&other).await.expect("handed back");
    nothing_to_claim(&resting).await;
    let rested = claim(&desk.queue().await).await;
    assert_eq!((rested.place.as_str(), rested.jobs.len()), (UAT, 2));
}

pub(crate) async fn the_time_of_the_next_attempt_survives_a_restart(desk: &Desk) {
    let first = desk.queue().await;
    let id = accept_new(&first, &delivery("msg_1", 1), UAT).await;
    let held = claim(&first).await;
    assert!(first.settle(&held, &[later(&id, "login_failed", false)]).await.expect("settled"));
    let before = job(&first, &id).await;
    first.close().await;
    let second = desk.queue().await;
    let after = job(&second, &id).await;
    assert_eq!(after, before);
    assert_eq!(after.state, State::Waiting);
    let due = after.due_at.expect("a time").duration_since(held.at);
    assert!(due >= jiff::SignedDuration::from_hours(1), "{due}");
    nothing_to_claim(&second).await;
}

pub(crate) async fn jobs_handed_back_are_due_and_their_attempt_does_not_count(desk: &Desk) {
    let queue = desk.queue().await;
    let id = accept_new(&queue, &delivery("msg_1", 1), UAT).await;
    let held = claim(&queue).await;
    queue.hand_back(&held).await.expect("handed back");
    let back = job(&queue, &id).await;
    assert_eq!((back.state, back.attempts), (State::Waiting, 0));
    assert!(!queue.extend(&held).await.expect("the database"));
    assert_eq!(claim(&queue).await.jobs[0].attempts, 1);
}

pub(crate) async fn a_job_moves_to_the_place_where_its_sandbox_is_now(desk: &Desk) {
    let queue = desk.queue().await;
    let moved = accept_new(&queue, &delivery("msg_1", 1), "sandbox uat").await;
    let stays = accept_new(&queue, &delivery("msg_2", 2), "sandbox uat").await;
    let held = claim(&queue).await;
    assert!(queue.relocate(&held, &moved, UAT).await.expect("moved"));
    assert!(!queue.relocate(&held, &moved, UAT).await.expect("an answer"), "it is no longer here");
    let there = claim(&queue).await;
    assert_eq!((there.place.as_str(), ids(&there.jobs), there.jobs[0].attempts), (UAT, [moved.clone()].into(), 1));
    let ends = [settled(&stays, State::Done), settled(&moved, State::Dead)];
    assert!(queue.settle(&held, &ends).await.expect("settled"));
    assert_eq!(job(&queue, &stays).await.state, State::Done);
    assert_eq!(job(&queue, &moved).await.state, State::Running, "a claim settles its own jobs alone");
}

pub(crate) async fn jobs_that_settling_leaves_out_wait_again(desk: &Desk) {
    let queue = desk.queue().await;
    let named = accept_new(&queue, &delivery("msg_1", 1), UAT).await;
    let left_out = accept_new(&queue, &delivery("msg_2", 2), UAT).await;
    let held = claim(&queue).await;
    assert!(queue.settle(&held, &[settled(&named, State::Done)]).await.expect("settled"));
    assert_eq!(ids(&claim(&queue).await.jobs), [left_out].into());
}

pub(crate) async fn what_was_settled_is_kept_and_is_not_claimed_again(desk: &Desk) {
    let queue = desk.queue().await;
    let long = format!("{{\"x\":\"{}\"}}", "ü".repeat(200_000));
    let ends = [State::Done, State::Refused, State::Dead];
    for (number, state) in (1..).zip(ends) {
        let id = accept_new(&queue, &delivery(&format!("msg_{number}"), number), UAT).await;
        let held = claim(&queue).await;
        let end = Settled {
            state,
            again_in: None,
            outcome: Some("failed".into()),
            warnings: vec![Warning { code: "a_warning".into(), message: "something \"odd\"".into() }],
            report: Some(long.clone()),
            ..later(&id, "a_code", state == State::Dead)
        };
        assert!(queue.settle(&held, std::slice::from_ref(&end)).await.expect("settled"));
        let kept = job(&queue, &id).await;
        assert_eq!((kept.state, kept.due_at, kept.needs_attention), (state, None, state == State::Dead));
        assert_eq!((kept.reason, kept.outcome, kept.report), (end.reason, end.outcome, end.report));
        assert_eq!(kept.warnings, end.warnings);
        assert!(kept.finished_at >= Some(held.at));
    }
    nothing_to_claim(&queue).await;
}

pub(crate) async fn many_workers_are_never_two_at_one_place_and_finish_all(desk: &Desk) {
    let replicas = [desk.queue().await, desk.queue().await, desk.queue().await];
    for number in 0..40 {
        let delivery = Delivery { sandbox: format!("s{}", number % 10), ..delivery(&format!("msg_{number}"), number) };
        accept_new(&replicas[0], &delivery, &format!("place {}", number % 10)).await;
    }
    let busy = Arc::new(Mutex::new(BTreeSet::new()));
    let mut workers = tokio::task::JoinSet::new();
    for number in 0..9 {
        let (queue, busy) = (replicas[number % 3].clone(), busy.clone());
        workers.spawn(async move {
            let mut done: Vec<JobId> = Vec::new();
            while let Some(held) = queue.claim().await.expect("the database") {
                assert!(busy.lock().expect("places").insert(held.place.clone()), "two at {}", held.place);
                tokio::task::yield_now().await;
                assert!(busy.lock().expect("places").remove(&held.place));
                // One job is done; the others wait for the next claim.
                assert!(queue.settle(&held, &[settled(&held.jobs[0].id, State::Done)]).await.expect("settled"));
                done.push(held.jobs[0].id.clone());
            }
            done
        });
    }
    let mut done: Vec<JobId> = workers.join_all().await.into_iter().flatten().collect();
    // A worker may have found nothing because others held everything.
    while let Some(held) = replicas[0].claim().await.expect("the database") {
        assert!(replicas[0].settle(&held, &[settled(&held.jobs[0].id, State::Done)]).await.expect("settled"));
        done.push(held.jobs[0].id.clone());
    }
    let once: BTreeSet<&JobId> = done.iter().collect();
    assert_eq!((done.len(), once.len()), (40, 40));
    let jobs = replicas[0].jobs(&all()).await.expect("jobs");
    assert!(jobs.iter().all(|job| job.state == State::Done));
}
