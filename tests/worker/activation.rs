//! The call comes before the new sandbox is activated: until then its address leads to the old one, or to nothing.

use relay_scrub::server::job::State;
use relay_scrub::simulator::{Fault, Matcher};

use super::desk::Desk;
use super::{SCRUB, are_cleared, exposed, kinds, report, sandbox};

/// The id of the new sandbox.
const NEW: &str = "00D9z000000newx";

#[tokio::test(flavor = "multi_thread")]
async fn a_call_before_activation_ends_with_the_new_sandbox_clean_and_the_old_one_untouched() {
    for token_tells in [true, false] {
        let desk = Desk::new().await;
        let setup = sandbox("uat").relay(exposed()).quirks(|quirks| {
            quirks.jwt_access_tokens = !token_tells;
            quirks.token_without_id = !token_tells;
        });
        let org = desk.org(setup).await;
        desk.orgs(&[("uat", &org)]);
        let (old, old_id) = (org.relays(), org.id());
        let replica = desk.replica().await;
        let id = replica.deliver("uat", NEW).await;
        let working = replica.work();

        let waiting = replica.wait(&id, |job| job.state == State::Waiting && job.attempts >= 2).await;
        let reason = waiting.reason.as_ref().expect("a reason");
        assert_eq!((reason.code.as_str(), waiting.needs_attention), ("unexpected_org", false));
        assert!(reason.message.contains(&old_id) && reason.message.contains(NEW), "{reason:?}");
        assert!(reason.hint.contains("has not activated the new sandbox yet"), "{reason:?}");
        assert!(!reason.hint.contains("expect_org_id") && !reason.hint.contains("--"), "nobody set it: {reason:?}");
        assert_eq!(report(&waiting)["orgs"][0]["org"]["id"], old_id, "the report says which org it was");
        assert_eq!(report(&waiting)["orgs"][0]["error"]["hint"], reason.hint);
        let seen = org.edit(|state| {
            let (old_now, seen) = (state.records.relays.clone(), kinds(&org));
            // From here on the new sandbox answers.
            state.refresh(sandbox("uat").relay(exposed()).relay(exposed()).id(NEW));
            assert_eq!(old_now, old, "the old sandbox is as it was");
            seen
        });
        assert!(!seen.contains(&"write"), "{seen:?}");
        assert_eq!(seen.contains(&"read"), !token_tells, "who it is says the token, or the first read: {seen:?}");

        let done = replica.finished(&id, State::Done).await;
        working.stop().await;
        assert!(are_cleared(&org), "{:?}", org.relays());
        assert_eq!(org.relays().len(), 2);
        assert_eq!((done.outcome.as_deref(), done.reason), (Some("cleared"), None));
        assert_eq!(kinds(&org)[kinds(&org).len() - 4..], SCRUB);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_leads_to_nothing_yet_is_tried_again() {
    let desk = Desk::new().await;
    let org = desk.uat().await;
    org.fault(Fault::reset(Matcher::any()).always());
    let replica = desk.replica().await;
    let working = replica.work();

    let id = replica.deliver_uat(&org).await;
    let waiting = replica.waits_for(&id, "unavailable").await;
    assert!(!waiting.needs_attention, "{waiting:?}");
    org.clear_faults();

    replica.finished(&id, State::Done).await;
    assert!(are_cleared(&org));
    working.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_is_refused_right_after_a_refresh_is_tried_again() {
    let desk = Desk::new().await;
    let org = desk.uat().await;
    org.edit(|state| state.users[0].frozen = true);
    let replica = desk.replica().await;
    let working = replica.work();

    let id = replica.deliver_uat(&org).await;
    replica.waits_for(&id, "login_authentication_failure").await;
    assert!(kinds(&org).iter().all(|kind| *kind == "token"), "{:?}", kinds(&org));
    org.edit(|state| state.users[0].frozen = false);

    replica.finished(&id, State::Done).await;
    assert!(are_cleared(&org));
    working.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_that_is_activated_between_the_reading_and_the_write_is_scrubbed_by_the_next_attempt() {
    let desk = Desk::new().await;
    let org = desk.uat().await;
    let old_id = org.id();
    let replica = desk.replica().await;
    let (old, new) = (replica.deliver("uat", &old_id).await, replica.deliver("uat", NEW).await);
    org.fault(Fault::before(Matcher::writing_composite(), |state| {
        let setup = sandbox("uat").relay(exposed()).id(NEW);
        state.refresh(setup);
    }));
    let working = replica.work();

    replica.finished(&new, State::Done).await;

    assert!(are_cleared(&org) && org.id().starts_with(NEW), "{:?}", org.relays());
    let old = replica.waits_for(&old, "unexpected_org").await;
    assert!(old.attempts >= 2, "{old:?}");
    working.stop().await;
}
