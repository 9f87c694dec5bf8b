//! No access never looks like nothing to clear: each right that is missing ends the run, and is named.

use relay_scrub::simulator::User;

use super::*;

type Take = fn(&mut User);

/// A right: its name, how it is taken away, and what is said where it is missing.
type Missing = (String, Box<dyn Fn(&mut User)>, String);

fn missing() -> Vec<Missing> {
    let mut missing: Vec<Missing> = vec![
        ("object unseen".into(), Box::new(|user| user.sees_object = false), "EmailRelay can't be seen".into()),
        ("object not changed".into(), Box::new(|user| user.edits_object = false), "EmailRelay can't be updated".into()),
    ];
    for field in ["Host", "Port", "TlsSetting", "IsRequireAuth", "Username", "Password"] {
        let what = if field == "Password" { "can't be set" } else { "can't be seen" };
        missing.push((
            format!("{field} unseen"),
            Box::new(move |user| user.hidden_fields = vec![field.into()]),
            format!("EmailRelay.{field} {what}"),
        ));
    }
    for field in ["IsRequireAuth", "Username", "Password"] {
        missing.push((
            format!("{field} not changed"),
            Box::new(move |user| user.readonly_fields = vec![field.into()]),
            format!("EmailRelay.{field} can't be updated"),
        ));
    }
    missing
}

#[tokio::test(flavor = "multi_thread")]
async fn every_right_that_is_missing_is_named_and_never_looks_clean() {
    for (name, take, named) in missing() {
        // Relays, dry run, describe in Composite.
        for (relays, dry_run, in_composite) in [(0, false, true), (0, true, false), (1, false, false), (1, true, true)]
        {
            let setup = with_relays(relays).quirks(|quirks| quirks.describe_in_composite = in_composite);
            let (_simulator, org) = simulate(setup).await;
            org.edit(|state| take(&mut state.users[0]));
            let scrub = if dry_run { Scrub::new().dry_run() } else { Scrub::new() };
            let done = scrub.run(&org).await;
            let told = format!("{name}, {relays} relays, dry run {dry_run}: {done:?}");
            assert_eq!((done.report.outcome, done.exit_code), (Outcome::Failed, 1), "{told}");
            assert_eq!(done.code(), "permission_missing", "{told}");
            assert!(done.message().contains(&named), "{told}");
            assert!(done.message().contains("Email Administration"), "{told}");
            assert!(done.hint().contains("permission set"), "{told}");
            let alone = !in_composite || name == "object unseen";
            assert_eq!(done.report.api_requests, if alone { 3 } else { 2 }, "{told}");
            assert!(is_untouched(&org), "{told}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_taken_before_the_write_leaves_all_as_they_were() {
    let ways: [(&str, Take); 3] = [
        ("object unseen", |user| user.sees_object = false),
        ("object not changed", |user| user.edits_object = false),
        ("field not changed", |user| user.readonly_fields = vec!["Password".into()]),
    ];
    for (name, take) in ways {
        let (_simulator, org) = simulate(with_relays(2)).await;
        org.fault(Fault::before(Matcher::writing_composite(), move |state| take(&mut state.users[0])));
        let done = Scrub::new().run(&org).await;
        assert_eq!((done.report.outcome, done.exit_code), (Outcome::Failed, 1), "{name}: {done:?}");
        assert!(!done.message().is_empty(), "{name}");
        assert!(is_untouched(&org), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_description_that_has_to_be_asked_for_alone_costs_one_request_more_each_time() {
    let setup = || with_relays(1).quirks(|quirks| quirks.describe_in_composite = false);
    let (_simulator, org) = simulate(setup()).await;
    assert_eq!(Scrub::new().dry_run().run(&org).await.end(), (Outcome::WouldClear, 0, "", 3));
    let (_simulator, org) = simulate(setup()).await;
    assert_eq!(Scrub::new().run(&org).await.end(), (Outcome::Cleared, 0, "", 6));

    let (_simulator, org) = simulate(setup()).await;
    org.fault(Fault::html_200(Matcher::path_contains("/describe")));
    let done = Scrub::new().run(&org).await;
    assert_eq!(done.end(), (Outcome::Failed, 1, "unreadable_answer", 3), "{done:?}");

    let (_simulator, org) = simulate(setup()).await;
    org.fault(Fault::unavailable(Matcher::path_contains("/describe")));
    assert_eq!(Scrub::new().dry_run().run(&org).await.end(), (Outcome::WouldClear, 0, "", 4));
}
