use relay_scrub::server::job::{Delivery, JobId, State};
use relay_scrub::server::queue::{Filter, Settled};

use super::desk::{Desk, accept_new, all, claim, delivery, end_all, ids, later, settled};

pub(crate) async fn jobs_are_listed_newest_first_by_page_and_filter(desk: &Desk) {
    let queue = desk.queue().await;
    let mut made = Vec::new();
    for number in 0..6_u32 {
        let sandbox = if number % 2 == 0 { "even" } else { "odd" };
        let delivery = Delivery { sandbox: sandbox.into(), ..delivery(&format!("msg_{number}"), number) };
        made.push(accept_new(&queue, &delivery, &format!("place {number}")).await);
    }
    let held = claim(&queue).await;
    let long = Settled { report: Some("{}".into()), ..settled(&made[0], State::Dead) };
    assert!(queue.settle(&held, &[long]).await.expect("settled"));
    let held = claim(&queue).await;
    assert!(queue.settle(&held, &[later(&made[1], "permission", true)]).await.expect("settled"));

    let newest_first: Vec<JobId> = made.iter().rev().cloned().collect();
    let list = async |filter: &Filter| ids(&queue.jobs(filter).await.expect("jobs"));
    assert_eq!(list(&all()).await, newest_first);
    let page = Filter { limit: 4, ..Filter::default() };
    assert_eq!(list(&page).await, newest_first[..4]);
    let next = Filter { before: Some(newest_first[3].clone()), ..page };
    assert_eq!(list(&next).await, newest_first[4..]);
    let even = Filter { sandbox: Some("even".into()), ..all() };
    assert_eq!(list(&even).await, [made[4].clone(), made[2].clone(), made[0].clone()]);
    let waiting = Filter { states: vec![State::Waiting, State::Done], ..even.clone() };
    assert_eq!(list(&waiting).await, [made[4].clone(), made[2].clone()]);
    let dead = Filter { states: vec![State::Dead], ..all() };
    assert_eq!(list(&dead).await, [made[0].clone()]);
    let attention = Filter { needs_attention: true, ..all() };
    assert_eq!(list(&attention).await, [made[1].clone()]);
    let listed = queue.jobs(&dead).await.expect("jobs");
    assert_eq!(listed[0].report, None, "a list has no reports: they are long");
}

pub(crate) async fn the_census_counts_by_state_and_outcome(desk: &Desk) {
    let queue = desk.queue().await;
    let empty = queue.census().await.expect("a census");
    assert_eq!((empty.jobs.as_slice(), empty.needing_attention, empty.oldest_open), ([].as_slice(), 0, None));
    let mut made = Vec::new();
    for number in 0..5 {
        made.push(accept_new(&queue, &delivery(&format!("msg_{number}"), number), "place").await);
    }
    let held = claim(&queue).await;
    let clean = |id| Settled { outcome: Some("clean".into()), ..settled(id, State::Done) };
    let failed = Settled { outcome: Some("failed".into()), ..later(&made[2], "permission", true) };
    assert!(queue.settle(&held, &[clean(&made[0]), clean(&made[1]), failed]).await.expect("settled"));
    let census = queue.census().await.expect("a census");
    let expected = [
        (State::Done, Some("clean".to_string()), 2),
        (State::Waiting, None, 2),
        (State::Waiting, Some("failed".into()), 1),
    ];
    let mut counted = census.jobs.clone();
    counted.sort();
    let mut expected = expected.to_vec();
    expected.sort();
    assert_eq!(counted, expected);
    assert_eq!(census.needing_attention, 1);
    let oldest = queue.job(&made[2]).await.expect("the database").expect("the job").opened_at;
    assert_eq!(census.oldest_open, Some(oldest));
    assert_eq!(end_all(&queue, State::Done).await, made[2..], "one claim takes those that are not due as well");
    assert_eq!(queue.census().await.expect("a census").oldest_open, None);
}
