//! The status page as HTML; tests/real/page.rs looks at it in a browser.

use relay_scrub::domain::report::OrgReport;

use super::*;
use crate::output::sample;

#[tokio::test]
async fn what_others_wrote_is_text_on_the_page_and_never_markup() {
    let evil = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&";
    let shelf = Shelf::new().await;
    let listening = shelf.listen(None, &[]).await;
    let id = shelf.settled("uat", |id| again(id, evil, true)).await;
    let mut report: OrgReport = sample::partial();
    let hostile = sample::hostile(evil).orgs.into_iter().find(|org| !org.records.is_empty()).expect("records");
    report.records = hostile.records;
    report.warnings = hostile.warnings;
    let other = shelf.settled("dev", |id| done(id, evil, report)).await;
    for path in ["/".to_string(), format!("/jobs/{id}"), format!("/jobs/{other}")] {
        let page = get(&listening, &path).await;
        assert!(page.header("content-type").starts_with("text/html"), "{path}");
        assert!(page.text.contains("&lt;script&gt;"), "{path}: {}", page.text);
        assert!(!page.text.contains("<script") && !page.text.contains("<img"), "{path}: {}", page.text);
    }
}

#[tokio::test]
async fn a_job_that_may_have_left_a_password_is_marked_in_the_list() {
    let shelf = Shelf::new().await;
    let listening = shelf.listen(None, &[]).await;
    shelf.settled("uat", |id| done(id, "cleared", sample::cleared())).await;
    let page = get(&listening, "/").await.text;
    assert!(page.contains("<b>Warning: </b>2 relays show no credential and may still hold a password"), "{page}");
}

#[tokio::test]
async fn a_page_offers_what_can_be_done_from_where_the_job_stands_and_no_more() {
    let shelf = Shelf::new().await;
    let listening = shelf.listen(None, &[]).await;
    let running = shelf.running("run").await;
    let dead = shelf.settled("dead", |id| ended(id, State::Dead, "too late")).await;
    let waiting = shelf.waiting("wait").await;
    for (id, verbs) in [(&running, [false, false]), (&dead, [true, false]), (&waiting, [true, true])] {
        let text = get(&listening, &format!("/jobs/{id}")).await.text;
        let offered = ["retry", "cancel"].map(|verb| text.contains(&format!("action=\"/jobs/{id}/{verb}\"")));
        assert_eq!(offered, verbs, "{text}");
        assert_eq!(text.contains("http-equiv=\"refresh\""), *id != dead, "what has ended does not change");
    }
}

#[tokio::test]
async fn what_the_last_attempt_came_to_stands_below_when_that_was() {
    let shelf = Shelf::new().await;
    let listening = shelf.listen(None, &[]).await;
    let id = shelf.settled("uat", |id| done(id, "cleared", sample::cleared())).await;
    let text = get(&listening, &format!("/jobs/{id}")).await.text;
    let (_, then) = text.split_once("<h2>Last finished attempt, 2026-11-23 09:00:00 UTC (").expect(&text);
    assert!(then.contains("Cleared 1 of 3 relays, read again"), "{text}");
}

#[tokio::test]
async fn the_list_is_shown_anew_by_itself_but_not_while_somebody_types_or_reads_on() {
    let shelf = Shelf::new().await;
    let listening = shelf.listen(None, &[]).await;
    let id = shelf.waiting("uat").await;
    for (path, again) in [
        ("/".to_string(), true),
        ("/?state=waiting&sandbox=uat".into(), true),
        ("/?stay=1".into(), false),
        (format!("/?before={id}"), false),
    ] {
        let text = get(&listening, &path).await.text;
        assert_eq!(text.contains("http-equiv=\"refresh\""), again, "{path}");
        assert_eq!(text.contains("<input"), path.contains("stay"), "only what stays can be typed into: {path}");
    }
}

#[tokio::test]
async fn what_is_not_there_and_what_can_not_be_is_told_on_a_page() {
    let shelf = Shelf::new().await;
    let listening = shelf.listen(None, &[]).await;
    let running = shelf.running("run").await;
    for (answer, status, words) in [
        (get(&listening, "/jobs/01JDB3Q0Z5W8K6M4N2P7R9T1V3").await, 404, "There is no such job."),
        (get(&listening, "/nothing").await, 404, "There is nothing at this address."),
        (get(&listening, "/?state=planted").await, 422, "State must be one of waiting, running"),
        (post(&listening, &format!("/jobs/{running}/cancel")).await, 409, "The job is under way"),
    ] {
        assert_eq!(answer.status.as_u16(), status, "{answer:?}");
        assert!(answer.text.contains(words) && answer.text.contains("All jobs"), "{answer:?}");
        assert!(!answer.text.contains("planted"), "{answer:?}");
    }
}
