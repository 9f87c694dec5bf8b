//! `/readyz` and `/metrics`.

use super::*;

#[tokio::test]
async fn the_service_is_ready_until_it_is_to_leave() {
    let shelf = Shelf::new().await;
    let listening = shelf.listen(Some(TOKEN), &[]).await;
    let ready = get(&listening, "/readyz").await;
    assert_eq!((ready.status, ready.text.as_str()), (StatusCode::OK, "ready\n"));
    listening.stopping.cancel();
    let leaving = get(&listening, "/readyz").await;
    assert_eq!((leaving.status, leaving.text.as_str()), (StatusCode::SERVICE_UNAVAILABLE, "shutting down\n"));
}

#[tokio::test]
async fn without_the_database_it_is_not_ready_and_the_figures_say_so() {
    let shelf = Shelf::new().await;
    let listening = shelf.listen(None, &[]).await;
    shelf.queue.close().await;
    let ready = get(&listening, "/readyz").await;
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(ready.text, "the database does not answer\n");
    let figures = get(&listening, "/metrics").await;
    assert_eq!(figures.status, StatusCode::OK);
    assert!(figures.text.contains("\nrelay_scrub_database_up 0\n"), "{}", figures.text);
    assert!(!figures.text.contains("\nrelay_scrub_queue_depth"), "nothing is said of what is not known");
    for path in ["/v1/jobs", "/"] {
        let answer = get(&listening, path).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert!(answer.text.contains("he database does not answer"), "{answer:?}");
    }
}

#[tokio::test]
async fn the_figures_count_the_jobs_as_they_are_at_this_moment() {
    let shelf = Shelf::new().await;
    let listening = shelf.listen(None, &[]).await;
    let figure = async |name: &str| {
        let text = get(&listening, "/metrics").await.text;
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ').map(str::to_string));
        line.map(|figure| figure.parse::<f64>().expect("a number"))
    };
    assert_eq!(figure("relay_scrub_queue_depth").await, Some(0.0));
    assert_eq!(figure("relay_scrub_oldest_open_job_age_seconds").await, Some(0.0));
    shelf.settled("done", |id| done(id, "cleared", crate::output::sample::cleared())).await;
    let id = shelf.settled("uat", |id| again(id, "not yet", true)).await;
    shelf.running("run").await;
    assert_eq!(figure("relay_scrub_database_up").await, Some(1.0));
    assert_eq!(figure("relay_scrub_queue_depth").await, Some(2.0));
    assert_eq!(figure("relay_scrub_jobs_needing_attention").await, Some(1.0));
    assert_eq!(figure("relay_scrub_jobs{state=\"done\",outcome=\"cleared\"}").await, Some(1.0));
    assert_eq!(figure("relay_scrub_jobs{state=\"waiting\",outcome=\"failed\"}").await, Some(1.0));
    assert!(figure("relay_scrub_oldest_open_job_age_seconds").await > Some(0.0));
    post(&listening, &format!("/v1/jobs/{id}/cancel")).await;
    assert_eq!(figure("relay_scrub_jobs{state=\"waiting\",outcome=\"failed\"}").await, None, "no figure goes stale");
    assert_eq!(figure("relay_scrub_jobs_needing_attention").await, Some(0.0));
}
