//! Writes whose answer does not come: the org is read again, and what it holds is what is said.

use super::*;

type MakeFault = fn(Matcher) -> Fault;

/// The write is carried out, and its answer does not come or can't be read.
const COMMITTED: [(&str, MakeFault); 6] = [
    ("reply lost", Fault::reply_lost),
    ("hang", Fault::hang_after),
    ("cut off in transit", Fault::truncated),
    ("cut off in itself", Fault::malformed_json),
    ("too large", |matcher| Fault::huge_body(matcher, 9 * 1024 * 1024)),
    ("too slow", |matcher| Fault::slow_drip(matcher, 1, Duration::from_millis(100))),
];

/// Nothing is carried out, which whoever sent the write can't know.
const NOT_COMMITTED: [(&str, MakeFault); 7] = [
    ("reset", Fault::reset),
    ("hang", Fault::hang_before),
    ("502", |matcher| Fault::status(matcher, 502, &[], "")),
    ("503", Fault::unavailable),
    ("504", |matcher| Fault::status(matcher, 504, &[], "")),
    ("web page", Fault::html_200),
    ("redirect", |matcher| Fault::redirect(matcher, "https://elsewhere.example/")),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_reply_ends_with_the_truth() {
    side_by_side(COMMITTED, |(name, fault)| async move {
        let (_simulator, org) = simulate(with_relays(2)).await;
        org.fault(Place::Write.meets(fault));
        let done = Scrub::new().impatient().run(&org).await;
        assert_eq!(done.end(), (Outcome::Cleared, 0, "", 4), "{name}: {done:?}");
        assert_eq!(cleared(&org), 2, "{name}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_was_not_carried_out_is_sent_again_after_a_reading() {
    side_by_side(NOT_COMMITTED, |(name, fault)| async move {
        let (_simulator, org) = simulate(with_relays(2)).await;
        org.fault(Place::Write.meets(fault));
        let done = Scrub::new().impatient().run(&org).await;
        assert_eq!(done.end(), (Outcome::Cleared, 0, "", 6), "{name}: {done:?}");
        assert_eq!(cleared(&org), 2, "{name}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_never_goes_through_is_failed_and_what_was_read_is_told() {
    side_by_side(NOT_COMMITTED, |(name, fault)| async move {
        let (_simulator, org) = simulate(with_relays(2)).await;
        org.fault(Place::Write.meets(fault).always());
        let done = Scrub::new().impatient().run(&org).await;
        let code = if matches!(name, "web page" | "redirect") { "unreadable_answer" } else { "unavailable" };
        assert_eq!(done.end(), (Outcome::Failed, 1, code, 8), "{name}: {done:?}");
        assert_eq!(done.results(), [RecordResult::Failed; 2], "{name}");
        assert_eq!(done.reason(0), "no answer to the write that can be trusted was received", "{name}");
        assert_eq!(done.report.verified, Some(false), "{name}");
        assert!(is_untouched(&org), "{name}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_gives_up_after_the_commit_ends_with_the_truth() {
    for status in [500, 502, 503, 504] {
        let (_simulator, org) = simulate(with_relays(1)).await;
        let id = org.relays()[0].id.clone();
        org.fault(Fault::status(Matcher::writing_composite(), status, &[], ""));
        // A status comes instead of the work, so the work is done by a script.
        org.fault(Fault::after(Matcher::writing_composite(), move |state| {
            state.put_relay(Relay::clean("smtp.acme.com").with_id(&id));
        }));
        let done = Scrub::new().run(&org).await;
        assert_eq!(done.end(), (Outcome::Cleared, 0, "", 4), "{status}: {done:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_committed_write_that_can_not_be_read_back_is_never_called_cleared() {
    type Make = fn(Matcher) -> Fault;
    let ways: [(&str, Make); 6] = [
        ("web page", Fault::html_200),
        ("reset", Fault::reset),
        ("unavailable", Fault::unavailable),
        ("malformed", Fault::malformed_json),
        ("no access", |matcher| Fault::api_error(matcher, 403, "API_DISABLED_FOR_ORG", "no")),
        ("unseen", |matcher| Fault::before(matcher, |state| state.users[0].sees_object = false)),
    ];
    for lost in [false, true] {
        for (name, fault) in ways {
            let (_simulator, org) = simulate(with_relays(1)).await;
            if lost {
                org.fault(Place::Write.meets(Fault::reply_lost));
            }
            org.fault(Place::ReadAgain.meets(fault).always());
            let done = Scrub::new().run(&org).await;
            let told = format!("{name}, reply lost: {lost}: {done:?}");
            assert_eq!((done.report.outcome, done.exit_code), (Outcome::Failed, 1), "{told}");
            assert_eq!(done.code(), "write_unconfirmed", "{told}");
            assert_eq!(done.report.verified, None, "{told}");
            assert_eq!(done.results(), [RecordResult::Failed], "{told}");
            assert!(done.hint().contains("Run again"), "{told}");
            assert_eq!(cleared(&org), 1, "{told}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_expires_anywhere_is_renewed_once_and_the_scrub_goes_on() {
    for place in [Place::Read, Place::Write, Place::ReadAgain] {
        let (_simulator, org) = simulate(with_relays(1)).await;
        org.fault(place.meets(Fault::expire_sessions));
        let done = Scrub::new().run(&org).await;
        // Once proven, an org proves itself again in a request of its own before the next one counts.
        let requests = if place == Place::Read { 6 } else { 7 };
        assert_eq!(done.end(), (Outcome::Cleared, 0, "", requests), "{place:?}: {done:?}");

        let (_simulator, org) = simulate(with_relays(1)).await;
        org.fault(place.meets(Fault::expire_sessions).always());
        let done = Scrub::new().run(&org).await;
        assert_eq!((done.report.outcome, done.exit_code), (Outcome::Failed, 1), "{place:?}: {done:?}");
        assert_eq!(cleared(&org), usize::from(place == Place::ReadAgain), "{place:?}");
    }
}
