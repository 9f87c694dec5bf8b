use std::time::Duration;

use relay_scrub::server::job::State;
use relay_scrub::server::queue::Accepted;

use super::desk::{Desk, HOUR, UAT, accept_new, all, claim, delivery, end_all, ids, settled};

pub(crate) async fn old_jobs_go_and_open_ones_stay(desk: &Desk) {
    let queue = desk.queue().await;
    for number in 0..210 {
        let gone = accept_new(&queue, &delivery(&format!("msg_{number}"), number), UAT).await;
        if number % 2 == 0 {
            queue.cancel(&gone).await.expect("cancelled");
        } else {
            assert_eq!(end_all(&queue, State::Dead).await, [gone].into());
        }
    }
    let running = accept_new(&queue, &delivery("msg_running", 1001), UAT).await;
    let held = claim(&queue).await;
    let waiting = accept_new(&queue, &delivery("msg_waiting", 1002), UAT).await;
    assert_eq!(queue.forget(HOUR).await.expect("the database"), 0, "none is that old");
    assert_eq!(queue.forget(Duration::ZERO).await.expect("the database"), 210);
    assert_eq!(ids(&queue.jobs(&all()).await.expect("jobs")), [waiting, running.clone()].into());
    assert_eq!(queue.notice(HOUR).await.expect("the database"), None, "notices go with their jobs");
    assert!(matches!(queue.accept(&delivery("msg_1", 1), UAT).await, Ok(Accepted::New(_))));
    assert!(queue.settle(&held, &[settled(&running, State::Done)]).await.expect("settled"));
}
