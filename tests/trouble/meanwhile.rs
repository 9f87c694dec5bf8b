//! What others do to the org while it is scrubbed.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_deleted_before_the_write_is_gone_and_the_others_are_cleared() {
    for deleted in 0..3 {
        let (_simulator, org) = simulate(with_relays(3)).await;
        let id = org.relays()[deleted].id.clone();
        org.fault(Fault::before(Matcher::writing_composite(), move |state| {
            state.delete_relay(&id);
        }));
        let done = Scrub::new().run(&org).await;
        assert_eq!(done.end(), (Outcome::Cleared, 0, "", 5), "{deleted}: {done:?}");
        let expected = |index| if index == deleted { RecordResult::Gone } else { RecordResult::Cleared };
        assert_eq!(done.results(), (0..3).map(expected).collect::<Vec<_>>());
        assert_eq!(cleared(&org), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn when_all_relays_are_deleted_before_the_write_none_is_exposed() {
    let (_simulator, org) = simulate(with_relays(3)).await;
    org.fault(Fault::before(Matcher::writing_composite(), |state| {
        let ids: Vec<String> = state.records.relays.iter().map(|relay| relay.id.clone()).collect();
        ids.iter().for_each(|id| assert!(state.delete_relay(id)));
    }));
    let done = Scrub::new().run(&org).await;
    assert_eq!(done.end(), (Outcome::Cleared, 0, "", 4), "{done:?}");
    assert_eq!(done.results(), [RecordResult::Gone; 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_deleted_between_write_and_reading_is_gone() {
    let (_simulator, org) = simulate(with_relays(2)).await;
    let id = org.relays()[0].id.clone();
    org.fault(Fault::after(Matcher::writing_composite(), move |state| {
        state.delete_relay(&id);
    }));
    let done = Scrub::new().run(&org).await;
    assert_eq!(done.end(), (Outcome::Cleared, 0, "", 4), "{done:?}");
    assert_eq!(done.results(), [RecordResult::Gone, RecordResult::Cleared]);
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_put_back_between_write_and_reading_are_told_and_not_cleared_over_and_over() {
    let (_simulator, org) = simulate(with_relays(2)).await;
    let before = org.relays()[1].clone();
    let back = before.clone();
    org.fault(Fault::after(Matcher::writing_composite(), move |state| {
        state.put_relay(back.clone());
    }));
    let done = Scrub::new().run(&org).await;
    assert_eq!(done.end(), (Outcome::Failed, 1, "still_exposed", 4), "{done:?}");
    assert_eq!(done.results(), [RecordResult::Cleared, RecordResult::Failed]);
    assert_eq!(done.report.verified, Some(false));
    assert!(done.hint().contains("puts the credentials back"));
    assert_eq!(org.relays()[1], before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_exposed_relay_is_told_and_is_no_success() {
    for lost in [false, true] {
        let (_simulator, org) = simulate(with_relays(1)).await;
        if lost {
            org.fault(Place::Write.meets(Fault::reply_lost));
        }
        org.fault(Fault::after(Matcher::writing_composite(), |state| {
            state.put_relay(exposed());
        }));
        let done = Scrub::new().run(&org).await;
        assert_eq!((done.report.outcome, done.exit_code), (Outcome::Failed, 1), "{done:?}");
        assert_eq!(done.results(), [RecordResult::Cleared, RecordResult::NotAttempted], "lost {lost}: {done:?}");
        assert_eq!(done.report.verified, Some(false));
        assert_eq!(done.code(), "still_exposed", "lost {lost}: {done:?}");
        assert!(done.message().contains("1 relay"), "{done:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn relays_cleared_by_somebody_else_before_the_write_are_cleared() {
    let (_simulator, org) = simulate(with_relays(1)).await;
    let id = org.relays()[0].id.clone();
    org.fault(Fault::before(Matcher::writing_composite(), move |state| {
        state.put_relay(Relay::clean("smtp.acme.com").with_id(&id));
    }));
    let done = Scrub::new().run(&org).await;
    assert_eq!(done.end(), (Outcome::Cleared, 0, "", 4), "{done:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_somebody_else_switched_off_is_not_cleared_by_a_write_that_was_rejected() {
    for partial in [false, true] {
        let (_simulator, org) = simulate(with_relays(1)).await;
        let id = org.relays()[0].id.clone();
        org.refuse_updates(&id, "FIELD_INTEGRITY_EXCEPTION", "this relay is in use", None);
        org.fault(Fault::before(Matcher::writing_composite(), move |state| {
            let password = Some("planted-smtp-password".into());
            state.put_relay(Relay { password, ..Relay::clean("smtp.acme.com").with_id(&id) });
        }));
        let scrub = if partial { Scrub::new().partial() } else { Scrub::new() };
        let done = scrub.run(&org).await;
        assert_eq!(done.end(), (Outcome::Failed, 1, "rejected", 4), "{done:?}");
        assert_eq!(done.results(), [RecordResult::Failed]);
        assert_eq!(
            done.reason(0),
            "no longer exposed, but its password was not rewritten: FIELD_INTEGRITY_EXCEPTION: this relay is in use"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_org_that_becomes_production_is_refused_and_left_as_it_is_at_any_moment() {
    for place in Place::ALL {
        let (_simulator, org) = simulate(with_relays(1)).await;
        org.fault(place.meets(|matcher| Fault::before(matcher, |state| state.become_production())));
        let done = Scrub::new().run(&org).await;
        assert_eq!((done.report.outcome, done.exit_code), (Outcome::Refused, 3), "{place:?}: {done:?}");
        assert_eq!(cleared(&org), usize::from(place == Place::ReadAgain), "{place:?}");
        assert_ne!(done.report.verified, Some(true));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_no_query_shows_is_cleared_from_every_relay_where_asked_for_and_told_where_not() {
    let hidden = Relay { password: Some("planted-smtp-password".into()), ..Relay::clean("smtp.acme.com") };
    let (_simulator, org) = simulate(sandbox("uat").relay(hidden.clone())).await;
    let done = Scrub::new().run(&org).await;
    assert_eq!(done.end(), (Outcome::Clean, 0, "", 2), "{done:?}");
    assert_eq!(done.report.warnings[0].code, "password_unknowable");

    let (_simulator, org) = simulate(sandbox("uat").relay(hidden)).await;
    org.fault(Place::Write.meets(Fault::reply_lost));
    let done = Scrub::new().every_relay().run(&org).await;
    // Reading can't tell whether the password went, so a lost answer means: once more.
    assert_eq!(done.end(), (Outcome::Cleared, 0, "", 6), "{done:?}");
    assert_eq!(cleared(&org), 1);
}
