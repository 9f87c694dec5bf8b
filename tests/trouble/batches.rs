//! More relays than one request can change, or one page can hold.

use super::*;

/// Three batches: 200, 200 and 50.
const MANY: usize = 450;

fn many(page_size: usize) -> OrgSetup {
    with_relays(MANY).limits(|limits| limits.page_size = page_size)
}

fn count(done: &Done, result: RecordResult) -> usize {
    done.report.count(result)
}

fn writes(org: &SimulatedOrg) -> usize {
    org.requests().iter().filter(|seen| seen.subrequests.iter().any(|(method, ..)| method == "PATCH")).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn many_relays_are_cleared_in_batches_whatever_the_size_of_a_page() {
    for (page_size, pages) in [(2000, 1), (450, 1), (449, 2), (100, 5)] {
        let (_simulator, org) = simulate(many(page_size)).await;
        let done = Scrub::new().run(&org).await;
        assert_eq!(done.end(), (Outcome::Cleared, 0, "", 1 + pages + 3 + pages), "pages of {page_size}: {done:?}");
        assert_eq!((cleared(&org), writes(&org)), (MANY, 3));
        assert_eq!(done.report.records_read, MANY);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_batch_that_fails_is_the_last() {
    let (_simulator, org) = simulate(many(2000)).await;
    org.refuse_updates(&org.relays()[250].id, "FIELD_INTEGRITY_EXCEPTION", "no", None);
    let done = Scrub::new().run(&org).await;
    assert_eq!(done.end(), (Outcome::Failed, 1, "rejected", 5), "{}", done.message());
    let counts = [RecordResult::Cleared, RecordResult::Failed, RecordResult::NotAttempted].map(|it| count(&done, it));
    assert_eq!(counts, [200, 200, 50]);
    assert_eq!(cleared(&org), 200);
    assert_eq!(done.report.verified, Some(false));
}

#[tokio::test(flavor = "multi_thread")]
async fn partial_goes_on_with_the_other_batches() {
    let (_simulator, org) = simulate(many(2000)).await;
    org.refuse_updates(&org.relays()[250].id, "FIELD_INTEGRITY_EXCEPTION", "no", None);
    let done = Scrub::new().partial().run(&org).await;
    assert_eq!(done.end(), (Outcome::Failed, 1, "rejected", 7), "{}", done.message());
    assert_eq!((count(&done, RecordResult::Cleared), count(&done, RecordResult::Failed)), (449, 1));
    assert_eq!(cleared(&org), 449);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_lost_in_the_second_batch_sends_only_what_is_left() {
    for (name, fault, requests) in [
        ("committed", Fault::reply_lost(Matcher::writing_composite()).nth(2), 4 + 1 + 1 + 1),
        ("not committed", Fault::reset(Matcher::writing_composite()).nth(2), 4 + 1 + 2 + 1),
    ] {
        let (_simulator, org) = simulate(many(2000)).await;
        org.fault(fault);
        let done = Scrub::new().run(&org).await;
        assert_eq!(done.end(), (Outcome::Cleared, 0, "", requests), "{name}: {}", done.message());
        assert_eq!(cleared(&org), MANY, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_batch_that_is_never_taken_leaves_the_first_cleared_and_read_back() {
    let (_simulator, org) = simulate(many(2000)).await;
    org.fault(Fault::too_many_requests(Matcher::writing_composite(), "0").nth(2).always());
    let done = Scrub::new().run(&org).await;
    assert_eq!(done.end(), (Outcome::Failed, 1, "throttled", 4 + TRIES as u32), "{}", done.message());
    assert_eq!((count(&done, RecordResult::Cleared), count(&done, RecordResult::NotAttempted)), (200, 250));
    assert_eq!(cleared(&org), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn relays_deleted_between_two_pages_are_no_trouble() {
    let (_simulator, org) = simulate(with_relays(3).limits(|limits| limits.page_size = 2)).await;
    org.fault(Fault::after(Matcher::reading_composite(), |state| {
        let last = state.records.relays[2].id.clone();
        assert!(state.delete_relay(&last));
    }));
    let done = Scrub::new().run(&org).await;
    assert_eq!(done.end(), (Outcome::Cleared, 0, "", 5), "{done:?}");
    assert_eq!(done.results(), [RecordResult::Cleared; 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_can_not_be_read_is_no_shorter_list() {
    for (page, code) in [(2, "unreadable_answer"), (5, "unreadable_answer"), (7, "write_unconfirmed")] {
        let (_simulator, org) = simulate(many(100)).await;
        org.fault(Fault::html_200(Matcher::reading_composite()).nth(page));
        let done = Scrub::new().run(&org).await;
        assert_eq!((done.report.outcome, done.exit_code, done.code()), (Outcome::Failed, 1, code), "{page}");
        assert_eq!(cleared(&org), if page > 5 { MANY } else { 0 });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn trouble_that_passes_between_pages_is_ridden_out() {
    let (_simulator, org) = simulate(many(100)).await;
    org.fault(Fault::truncated(Matcher::reading_composite()).nth(3));
    org.fault(Fault::expire_sessions(Matcher::reading_composite()).nth(4));
    let done = Scrub::new().run(&org).await;
    // A retry; a token, a proof and the page once more.
    assert_eq!(done.end(), (Outcome::Cleared, 0, "", 14 + 1 + 3), "{}", done.message());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_org_that_becomes_production_between_two_pages_or_batches_is_refused_there() {
    let (_simulator, org) = simulate(many(100)).await;
    org.fault(Fault::before(Matcher::reading_composite(), |state| state.become_production()).nth(3));
    let done = Scrub::new().run(&org).await;
    assert_eq!((done.report.outcome, done.exit_code, cleared(&org)), (Outcome::Refused, 3, 0), "{}", done.message());

    let (_simulator, org) = simulate(many(2000)).await;
    org.fault(Fault::before(Matcher::writing_composite(), |state| state.become_production()).nth(2));
    let done = Scrub::new().run(&org).await;
    assert_eq!((done.report.outcome, done.exit_code, cleared(&org)), (Outcome::Refused, 3, 200), "{}", done.message());
    assert_eq!((count(&done, RecordResult::Failed), count(&done, RecordResult::NotAttempted)), (200, 250));
    assert_eq!(done.report.verified, None);
}
