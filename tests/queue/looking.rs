use relay_scrub::server::job::{Delivery, Job, JobId, State};
use relay_scrub::server::queue::{Filter, Settled};

use super::desk::{Desk, accept_new, all, claim, delivery, end_all, later, settled};

pub(crate) async fn jobs_are_listed_newest_first_by_page_and_filter(desk: &Desk) {
    let queue = desk.queue().await;
    for number in 0..6_u32 {
        let sandbox = if number % 2 == 0 { "even" } else { "odd" };
        let delivery = Delivery { sandbox: sandbox.into(), ..delivery(&format!("msg_{number}"), number) };
        accept_new(&queue, &delivery, &format!("place {number}")).await;
    }
    let held = claim(&queue).await;
    let dead = held.jobs[0].id.clone();
    let report = Some("{}".to_string());
    assert!(queue.settle(&held, &[Settled { report, ..settled(&dead, State::Dead) }]).await.expect("settled"));
    let held = claim(&queue).await;
    let attention = held.jobs[0].id.clone();
    assert!(queue.settle(&held, &[later(&attention, "permission", true)]).await.expect("settled"));

    let list = async |filter: &Filter| -> Vec<JobId> {
        queue.jobs(filter).await.expect("jobs").into_iter().map(|job| job.id).collect()
    };
    let every = queue.jobs(&all()).await.expect("jobs");
    let newest_first: Vec<JobId> = every.iter().map(|job| job.id.clone()).collect();
    assert!(newest_first.len() == 6 && newest_first.is_sorted_by(|newer, older| newer > older), "{newest_first:?}");
    let page = Filter { limit: 4, ..Filter::default() };
    assert_eq!(list(&page).await, newest_first[..4]);
    let next = Filter { before: Some(newest_first[3].clone()), ..page };
    assert_eq!(list(&next).await, newest_first[4..]);
    let those = |which: &dyn Fn(&Job) -> bool| -> Vec<JobId> {
        every.iter().filter(|job| which(job)).map(|job| job.id.clone()).collect()
    };
    let even = Filter { sandbox: Some("even".into()), ..all() };
    assert_eq!(list(&even).await.len(), 3);
    assert_eq!(list(&even).await, those(&|job| job.sandbox == "even"));
    let waiting = Filter { states: vec![State::Waiting, State::Done], ..even.clone() };
    assert_eq!(list(&waiting).await, those(&|job| job.sandbox == "even" && job.id != dead));
    assert_eq!(list(&Filter { needs_attention: true, ..all() }).await, [attention]);
    let listed = queue.jobs(&Filter { states: vec![State::Dead], ..all() }).await.expect("jobs");
    assert_eq!((listed.len(), &listed[0].id), (1, &dead));
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
    let open = queue.jobs(&Filter { states: vec![State::Waiting], ..all() }).await.expect("jobs");
    assert_eq!(census.oldest_open, open.iter().map(|job| job.opened_at).min());
    assert_eq!(
        end_all(&queue, State::Done).await,
        made[2..].iter().cloned().collect(),
        "one claim takes those that are not due as well"
    );
    assert_eq!(queue.census().await.expect("a census").oldest_open, None);
}
