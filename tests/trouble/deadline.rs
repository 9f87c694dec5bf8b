//! `--timeout`: the time for the whole org ends anywhere, and what was and was not done is told.

use super::*;
use crate::support::program::Program;

const SHORT: Duration = Duration::from_secs(3);

#[tokio::test(flavor = "multi_thread")]
async fn the_time_for_an_org_ends_a_hang_anywhere_and_what_was_done_is_told() {
    let faults = [Fault::hang_before as fn(Matcher) -> Fault, Fault::hang_after];
    let cases = Place::ALL.into_iter().flat_map(|place| faults.map(|fault| (place, fault)));
    side_by_side(cases, |(place, fault)| async move {
        let (_simulator, org) = simulate(with_relays(1)).await;
        org.fault(place.meets(fault));
        let done = Scrub::new().timeout(SHORT).run(&org).await;
        let told = format!("{place:?}: {done:?}");
        assert_eq!(done.end(), (Outcome::Failed, 1, "timed_out", place.before() + 1), "{told}");
        let doing = match place {
            Place::Token => "logging in",
            Place::Read => "reading",
            Place::Write => "clearing",
            Place::ReadAgain => "reading again",
        };
        assert_eq!(done.message(), format!("not finished after 3 s: it was {doing}, waiting for 127.0.0.1"));
        assert!(done.hint().contains("--timeout"), "{told}");
        assert_eq!(done.report.verified, None, "{told}");
        match place {
            Place::Token | Place::Read => assert_eq!(done.results(), [], "{told}"),
            Place::Write => {
                assert_eq!(done.results(), [RecordResult::Failed], "{told}");
                assert_eq!(done.reason(0), "no answer to the write that can be trusted was received", "{told}");
            }
            Place::ReadAgain => {
                assert_eq!(done.results(), [RecordResult::Failed], "{told}");
                assert_eq!(done.reason(0), "changed, but it could not be read again", "{told}");
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_that_time_did_not_reach_are_not_attempted() {
    let (_simulator, org) = simulate(with_relays(450)).await;
    org.fault(Fault::hang_before(Matcher::writing_composite()).nth(2));
    let done = Scrub::new().timeout(Duration::from_secs(4)).run(&org).await;
    assert_eq!(done.end(), (Outcome::Failed, 1, "timed_out", 4), "{}", done.message());
    let results = done.results();
    assert_eq!(results[..400], [RecordResult::Failed; 400]);
    assert_eq!(results[400..], [RecordResult::NotAttempted; 50]);
    assert_eq!(done.reason(0), "changed, but it could not be read again");
    assert_eq!(done.reason(200), "no answer to the write that can be trusted was received");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_pause_outlasts_the_time_for_the_org() {
    let (_simulator, org) = simulate(with_relays(1)).await;
    org.fault(Fault::too_many_requests(Matcher::api(), "30").always());
    let done = Scrub::new().timeout(Duration::from_secs(20)).run(&org).await;
    assert_eq!(done.end(), (Outcome::Failed, 1, "throttled", 2), "{done:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_ends_a_hang_after_its_timeout_and_reports() {
    let (_simulator, org) = simulate(with_relays(1)).await;
    org.fault(Place::Write.meets(Fault::hang_before));
    let ran = Program::scrub(&org, ["--timeout", "3s", "--json"]).run().await;
    assert_eq!(ran.code, 1, "{ran:?}");
    assert_eq!(ran.org()["error"]["code"], "timed_out");
    assert_eq!(ran.org()["records"][0]["error"], "no answer to the write that can be trusted was received");
}
