//! Records that Salesforce's own rules don't let be changed.

use super::*;

const CODE: &str = "FIELD_INTEGRITY_EXCEPTION";

fn refuse(org: &SimulatedOrg, relay: usize, message: &str) {
    org.refuse_updates(&org.relays()[relay].id, CODE, message, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_rejected_record_leaves_all_as_they_were_and_is_named() {
    let (_simulator, org) = simulate(with_relays(3)).await;
    refuse(&org, 1, "this relay is in use");
    let before = org.relays();
    let done = Scrub::new().run(&org).await;
    assert_eq!(done.end(), (Outcome::Failed, 1, "rejected", 4), "{done:?}");
    assert_eq!(org.relays(), before);
    assert_eq!(done.results(), [RecordResult::Failed; 3]);
    assert_eq!(done.reason(1), "FIELD_INTEGRITY_EXCEPTION: this relay is in use");
    assert!(done.reason(0).starts_with("rolled back") && done.reason(2).starts_with("rolled back"), "{done:?}");
    assert!(done.message().contains("3 relays uncleared: FIELD_INTEGRITY_EXCEPTION: this relay is in use"), "{done:?}");
    assert!(done.hint().contains("--partial"));
}

#[tokio::test(flavor = "multi_thread")]
async fn partial_clears_the_others_and_still_fails() {
    let (_simulator, org) = simulate(with_relays(3)).await;
    refuse(&org, 1, "this relay is in use");
    let done = Scrub::new().partial().run(&org).await;
    assert_eq!(done.end(), (Outcome::Failed, 1, "rejected", 5), "{done:?}");
    assert_eq!(done.results(), [RecordResult::Cleared, RecordResult::Failed, RecordResult::Cleared]);
    assert_eq!(done.reason(1), "FIELD_INTEGRITY_EXCEPTION: this relay is in use");
    assert_eq!(cleared(&org), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn partial_leaves_out_a_record_whose_lock_outlasts_the_tries() {
    let (_simulator, org) = simulate(with_relays(3)).await;
    org.refuse_updates(&org.relays()[1].id, "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access", None);
    let done = Scrub::new().partial().run(&org).await;
    assert_eq!(done.end(), (Outcome::Failed, 1, "rejected", 4 + TRIES as u32), "{done:?}");
    assert_eq!(done.results(), [RecordResult::Cleared, RecordResult::Failed, RecordResult::Cleared]);
    assert_eq!(done.reason(1), "UNABLE_TO_LOCK_ROW: unable to obtain exclusive access");
    assert_eq!(cleared(&org), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn partial_with_nothing_left_to_clear_ends() {
    let (_simulator, org) = simulate(with_relays(2)).await;
    refuse(&org, 0, "no");
    refuse(&org, 1, "no");
    let done = Scrub::new().partial().run(&org).await;
    assert_eq!(done.end(), (Outcome::Failed, 1, "rejected", 4), "{done:?}");
    assert!(is_untouched(&org));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejection_hidden_behind_another_is_left_out_in_turn() {
    let (_simulator, org) = simulate(with_relays(3)).await;
    refuse(&org, 0, "first");
    let second = org.relays()[1].id.clone();
    org.fault(
        Fault::before(Matcher::writing_composite(), move |state| {
            state.refusals.push(relay_scrub::simulator::Refusal {
                relay_id: second.clone(),
                status_code: CODE.into(),
                message: "second".into(),
                times: None,
            });
        })
        .nth(2),
    );
    let done = Scrub::new().partial().run(&org).await;
    assert_eq!(done.end(), (Outcome::Failed, 1, "rejected", 6), "{done:?}");
    assert_eq!(done.results(), [RecordResult::Failed, RecordResult::Failed, RecordResult::Cleared]);
    assert_eq!(
        (done.reason(0), done.reason(1)),
        ("FIELD_INTEGRITY_EXCEPTION: first", "FIELD_INTEGRITY_EXCEPTION: second")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn rejections_one_behind_another_come_to_an_end() {
    let (_simulator, org) = simulate(with_relays(9)).await;
    // With each write one more record is refused.
    org.fault(
        Fault::before(Matcher::writing_composite(), |state| {
            let relay_id = state.records.relays[state.refusals.len()].id.clone();
            let (status_code, message) = (CODE.to_string(), "no".to_string());
            state.refusals.push(relay_scrub::simulator::Refusal { relay_id, status_code, message, times: None });
        })
        .always(),
    );
    let done = Scrub::new().partial().run(&org).await;
    assert_eq!((done.report.outcome, done.exit_code, done.code()), (Outcome::Failed, 1, "rejected"), "{done:?}");
    assert!(done.report.api_requests <= 9, "{done:?}");
    assert!(is_untouched(&org));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_beside_a_rejection_changes_nothing_of_all_or_nothing() {
    for partial in [false, true] {
        let (_simulator, org) = simulate(with_relays(3)).await;
        let id = org.relays()[0].id.clone();
        org.fault(Fault::before(Matcher::writing_composite(), move |state| {
            state.delete_relay(&id);
        }));
        refuse(&org, 1, "no");
        let scrub = if partial { Scrub::new().partial() } else { Scrub::new() };
        let done = scrub.run(&org).await;
        assert_eq!((done.report.outcome, done.exit_code), (Outcome::Failed, 1), "{done:?}");
        let last = if partial { RecordResult::Cleared } else { RecordResult::Failed };
        assert_eq!(done.results(), [RecordResult::Gone, RecordResult::Failed, last], "{done:?}");
        assert_eq!(cleared(&org), usize::from(partial));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_said_to_be_deleted_and_is_not_is_failed_in_salesforces_words() {
    let (_simulator, org) = simulate(with_relays(2)).await;
    org.refuse_updates(&org.relays()[0].id, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", None);
    let done = Scrub::new().run(&org).await;
    assert_eq!((done.report.outcome, done.exit_code), (Outcome::Failed, 1), "{done:?}");
    assert_eq!(done.results()[0], RecordResult::Failed, "{done:?}");
    assert!(done.reason(0).contains("INVALID_CROSS_REFERENCE_KEY"), "{done:?}");
}
