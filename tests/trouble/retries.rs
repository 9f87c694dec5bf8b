//! What passes is tried again, what does not is not, and no longer than there is time.

use super::*;
use crate::support::program::Program;

type MakeFault = fn(Matcher) -> Fault;

/// An HTTP date that lies behind us, so that nothing has to be waited for.
const PAST: &str = "Mon, 23 Nov 2020 09:00:00 GMT";

/// Trouble before the request is carried out: its name, the fault, and the code when it never ends.
const NOT_CARRIED_OUT: [(&str, MakeFault, &str); 7] = [
    ("429 with seconds", |matcher| Fault::too_many_requests(matcher, "0"), "throttled"),
    ("429 with a date", |matcher| Fault::too_many_requests(matcher, PAST), "throttled"),
    ("429 with nonsense", |matcher| Fault::too_many_requests(matcher, "soon"), "throttled"),
    ("503 in HTML", Fault::unavailable, "unavailable"),
    ("502", |matcher| Fault::status(matcher, 502, &[], "Bad Gateway"), "unavailable"),
    ("504", |matcher| Fault::status(matcher, 504, &[], ""), "unavailable"),
    ("reset", Fault::reset, "unavailable"),
];

/// The answer to a write leaves open whether it was carried out, so the org is read before it is written again.
fn leaves_it_open(name: &str) -> bool {
    matches!(name, "502" | "503 in HTML" | "504" | "reset")
}

#[tokio::test(flavor = "multi_thread")]
async fn trouble_that_passes_is_ridden_out_at_every_request() {
    for (name, fault, _) in NOT_CARRIED_OUT {
        for place in Place::ALL {
            let (_simulator, org) = simulate(with_relays(1)).await;
            org.fault(place.meets(fault));
            let done = Scrub::new().run(&org).await;
            let more = if place == Place::Write && leaves_it_open(name) { 2 } else { 1 };
            assert_eq!(done.end(), (Outcome::Cleared, 0, "", 4 + more), "{name} at {place:?}: {done:?}");
            assert_eq!(cleared(&org), 1, "{name} at {place:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn trouble_without_end_is_given_up_after_the_tries_with_the_truth() {
    for (name, fault, code) in NOT_CARRIED_OUT {
        for place in Place::ALL {
            let (_simulator, org) = simulate(with_relays(1)).await;
            org.fault(place.meets(fault).always());
            let done = Scrub::new().run(&org).await;
            let told = format!("{name} at {place:?}: {done:?}");
            let tries = if place == Place::Write && leaves_it_open(name) { 6 } else { TRIES as u32 };
            let code = if place == Place::ReadAgain { "write_unconfirmed" } else { code };
            assert_eq!(done.end(), (Outcome::Failed, 1, code, place.before() + tries), "{told}");
            assert!(done.message().contains("127.0.0.1"), "{told}");
            assert!(!done.hint().is_empty(), "{told}");
            assert_eq!(cleared(&org), usize::from(place == Place::ReadAgain), "{told}");
            match place {
                Place::Token | Place::Read => assert_eq!(done.results(), [], "{told}"),
                Place::Write if leaves_it_open(name) => assert_eq!(done.results(), [RecordResult::Failed], "{told}"),
                Place::Write => assert_eq!(done.results(), [RecordResult::NotAttempted], "{told}"),
                Place::ReadAgain => assert_eq!(done.results(), [RecordResult::Failed], "{told}"),
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_longer_than_the_time_left_is_given_up_at_once_and_told() {
    for place in Place::ALL {
        let (_simulator, org) = simulate(with_relays(1)).await;
        org.fault(place.meets(|matcher| Fault::too_many_requests(matcher, "3600")).always());
        let done = Scrub::new().run(&org).await;
        let code = if place == Place::ReadAgain { "write_unconfirmed" } else { "throttled" };
        assert_eq!(done.end(), (Outcome::Failed, 1, code, place.before() + 1), "{place:?}: {done:?}");
        assert!(done.message().contains("asks to wait 3600 s"), "{done:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_absurd_wait_is_no_panic() {
    for wait in ["18446744073709551615", "99999999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"] {
        let (_simulator, org) = simulate(with_relays(1)).await;
        org.fault(Fault::too_many_requests(Matcher::api(), wait).always());
        let done = Scrub::new().run(&org).await;
        assert_eq!((done.exit_code, done.code()), (1, "throttled"), "{wait}: {done:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_row_is_tried_again_and_nothing_is_half_done() {
    for (times, tries) in [(1, 2), (TRIES as u32 - 1, TRIES as u32)] {
        let (_simulator, org) = simulate(with_relays(3)).await;
        org.lock_relay(&org.relays()[1].id, times);
        let done = Scrub::new().run(&org).await;
        assert_eq!(done.end(), (Outcome::Cleared, 0, "", 3 + tries), "{done:?}");
        assert_eq!(cleared(&org), 3);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_locked_for_good_leaves_all_as_they_were() {
    let (_simulator, org) = simulate(with_relays(3)).await;
    org.refuse_updates(&org.relays()[1].id, "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access", None);
    let done = Scrub::new().run(&org).await;
    assert_eq!(done.end(), (Outcome::Failed, 1, "throttled", 2 + TRIES as u32), "{done:?}");
    assert!(done.message().contains("UNABLE_TO_LOCK_ROW"), "{done:?}");
    assert_eq!(done.results(), [RecordResult::NotAttempted; 3]);
    assert!(is_untouched(&org));
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_at_once_is_tried_again_and_too_many_today_is_not() {
    for place in [Place::Read, Place::Write, Place::ReadAgain] {
        let limit =
            |what: &'static str| move |matcher: Matcher| Fault::api_error(matcher, 403, "REQUEST_LIMIT_EXCEEDED", what);
        let (_simulator, org) = simulate(with_relays(1)).await;
        org.fault(place.meets(limit("ConcurrentRequests (Concurrent API Requests) Limit exceeded.")).times(2));
        let done = Scrub::new().run(&org).await;
        assert_eq!(done.end(), (Outcome::Cleared, 0, "", 6), "{place:?}: {done:?}");

        let (_simulator, org) = simulate(with_relays(1)).await;
        org.fault(place.meets(limit("TotalRequests Limit exceeded.")));
        let done = Scrub::new().run(&org).await;
        let code = if place == Place::ReadAgain { "write_unconfirmed" } else { "daily_limit" };
        assert_eq!(done.end(), (Outcome::Failed, 1, code, place.before() + 1), "{place:?}: {done:?}");
        assert!(done.message().contains("TotalRequests"), "{done:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_orgs_own_daily_limit_ends_the_run_and_says_where_to_look() {
    let (_simulator, org) = simulate(with_relays(1).limits(|limits| limits.daily = 0)).await;
    let done = Scrub::new().run(&org).await;
    assert_eq!(done.end(), (Outcome::Failed, 1, "daily_limit", 2), "{done:?}");
    assert!(done.hint().contains("Company Information"), "{done:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waiting_does_not_mend_is_asked_once() {
    let (_simulator, org) = simulate(with_relays(1)).await;
    org.fault(Fault::login_refused("invalid_client", "invalid client credentials").always());
    let done = Scrub::new().run(&org).await;
    assert_eq!((done.exit_code, done.report.api_requests), (1, 1), "{done:?}");
    assert!(done.code().starts_with("login_"), "{done:?}");

    let (_simulator, org) = simulate(with_relays(1)).await;
    org.edit(|state| state.users[0].api_enabled = false);
    let done = Scrub::new().run(&org).await;
    assert_eq!(done.end(), (Outcome::Failed, 1, "api_disabled", 2), "{done:?}");

    let (_simulator, org) = simulate(with_relays(1)).await;
    org.fault(Place::Write.meets(|matcher| {
        Fault::api_error(matcher, 403, "INSUFFICIENT_ACCESS", "insufficient access rights on object id")
    }));
    let done = Scrub::new().run(&org).await;
    assert_eq!(done.end(), (Outcome::Failed, 1, "permission_missing", 3), "{done:?}");
    assert!(is_untouched(&org));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_of_the_server_itself_is_tried_again_and_a_write_is_read_first() {
    let faults: [(&str, MakeFault); 2] = [
        ("JSON", |matcher| Fault::api_error(matcher, 500, "UNKNOWN_EXCEPTION", "An unexpected error: 1234-5678 (9)")),
        ("HTML", |matcher| Fault::status(matcher, 500, &[("content-type", "text/html")], "<html>Error</html>")),
    ];
    for (name, fault) in faults {
        for place in [Place::Read, Place::Write, Place::ReadAgain] {
            let (_simulator, org) = simulate(with_relays(1)).await;
            org.fault(place.meets(fault));
            let done = Scrub::new().run(&org).await;
            let requests = if place == Place::Write { 6 } else { 5 };
            assert_eq!(done.end(), (Outcome::Cleared, 0, "", requests), "{name} at {place:?}: {done:?}");
        }
        let (_simulator, org) = simulate(with_relays(1)).await;
        org.fault(Place::Read.meets(fault).always());
        let done = Scrub::new().run(&org).await;
        assert_eq!(done.end(), (Outcome::Failed, 1, "unavailable", 1 + TRIES as u32), "{name}: {done:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_without_a_better_word_is_told_as_it_came() {
    for place in [Place::Read, Place::Write] {
        let (_simulator, org) = simulate(with_relays(1)).await;
        org.fault(place.meets(|matcher| Fault::api_error(matcher, 400, "SOME_NEW_CODE", "something is not right")));
        let done = Scrub::new().run(&org).await;
        assert_eq!(done.end(), (Outcome::Failed, 1, "api_error", place.before() + 1), "{done:?}");
        assert!(done.message().contains("SOME_NEW_CODE: something is not right"), "{done:?}");
        assert!(!done.hint().contains("--partial"), "{done:?}");
        assert!(is_untouched(&org));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_itself_rides_out_trouble_and_tells_of_what_does_not_pass() {
    let (_simulator, org) = simulate(with_relays(1)).await;
    org.fault(Place::Write.meets(|matcher| Fault::too_many_requests(matcher, "0")));
    let ran = Program::scrub(&org, []).run().await;
    assert_eq!((ran.code, cleared(&org)), (0, 1), "{ran:?}");
    assert!(ran.stdout.contains("Cleared 1 of 1 relay, read again, none is exposed. 5 requests"), "{ran:?}");

    let (_simulator, org) = simulate(with_relays(1)).await;
    org.fault(Place::Read.meets(Fault::html_200));
    let ran = Program::scrub(&org, []).run().await;
    assert_eq!(ran.code, 1, "{ran:?}");
    let text = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("gave an answer that is not Salesforce's: a web page (status 200)"), "{ran:?}");
    assert!(text.contains("Open the address in a browser."), "{ran:?}");
}
