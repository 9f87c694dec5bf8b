//! API versions that the org does not have, and fields that this program does not know.

use relay_scrub::simulator::ExtraField;

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn an_older_org_is_scrubbed_with_its_own_highest_version_at_two_requests_more() {
    for highest in [67, 66, 52] {
        let (_simulator, org) = simulate(with_relays(1).limits(|limits| limits.highest_version = highest)).await;
        let done = Scrub::new().run(&org).await;
        // The one that is answered with 404, and the question for versions.
        assert_eq!(done.end(), (Outcome::Cleared, 0, "", 6), "{highest}: {done:?}");
        assert_eq!(done.report.api_version, Some(format!("{highest}.0")));
        let asked = org.requests().into_iter().find(|seen| seen.path == "/services/data").expect("the question");
        assert!(!asked.authorized, "the question needs no token");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_org_is_scrubbed_with_the_version_of_this_program() {
    let (_simulator, org) = simulate(with_relays(1).limits(|limits| limits.highest_version = 80)).await;
    let done = Scrub::new().run(&org).await;
    assert_eq!(done.end(), (Outcome::Cleared, 0, "", 4), "{done:?}");
    assert_eq!(done.report.api_version.as_deref(), Some("68.0"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_org_without_a_version_that_can_be_used_is_told() {
    // Too old, and, with a version that is retired there, too new.
    for (lowest, highest, asked) in [(31, 51, "68.0"), (60, 68, "52.0")] {
        let setup = with_relays(1).limits(|limits| {
            limits.lowest_version = lowest;
            limits.highest_version = highest;
        });
        let (_simulator, org) = simulate(setup).await;
        let done = Scrub::new().api_version(asked).run(&org).await;
        assert_eq!(done.end(), (Outcome::Failed, 1, "api_version", 3), "{done:?}");
        assert!(done.message().contains(asked), "{done:?}");
        assert!(done.hint().contains("52.0"), "{done:?}");
        assert!(is_untouched(&org));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_answers_for_a_version_that_is_missing_are_understood() {
    for (status, code) in [(404, "NOT_FOUND"), (410, "UNSUPPORTED_API_VERSION")] {
        let (_simulator, org) = simulate(with_relays(1).limits(|limits| limits.highest_version = 66)).await;
        org.fault(Fault::api_error(Matcher::path_contains("/v68.0/"), status, code, "no such version").always());
        let done = Scrub::new().run(&org).await;
        assert_eq!(done.end(), (Outcome::Cleared, 0, "", 6), "{status}: {done:?}");
        assert_eq!(done.report.api_version.as_deref(), Some("66.0"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_question_for_versions_is_asked_once_and_its_answer_may_be_nonsense() {
    let (_simulator, org) = simulate(with_relays(1)).await;
    org.fault(Fault::api_error(Matcher::path_contains("/composite"), 404, "NOT_FOUND", "no").always());
    let done = Scrub::new().run(&org).await;
    assert_eq!((done.exit_code, done.code()), (1, "api_version"), "{done:?}");
    assert!(done.report.api_requests <= 4, "{done:?}");

    for nonsense in ["{}", "[]", "[{\"version\":7}]", "null", "<html>"] {
        let (_simulator, org) = simulate(with_relays(1).limits(|limits| limits.highest_version = 66)).await;
        let versions = Matcher::when(|request| request.path == "/services/data");
        org.fault(Fault::status(versions, 200, &[("content-type", "application/json")], nonsense));
        let done = Scrub::new().run(&org).await;
        assert_eq!(
            (done.report.outcome, done.exit_code, done.report.api_requests),
            (Outcome::Failed, 1, 3),
            "{done:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_says_404_is_not_taken_for_a_missing_version() {
    let (_simulator, org) = simulate(with_relays(1)).await;
    org.fault(Fault::status(
        Matcher::api(),
        404,
        &[("content-type", "text/html")],
        "<html>URL No Longer Exists</html>",
    ));
    let done = Scrub::new().run(&org).await;
    assert_eq!(done.end(), (Outcome::Failed, 1, "unreadable_answer", 2), "{done:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_fields_that_may_hold_a_credential_are_a_warning_by_name() {
    let field = |name: &str, kind: &str| ExtraField { name: name.into(), kind: kind.into(), since: 68 };
    for relays in [0, 1] {
        let setup = with_relays(relays).quirks(|quirks| {
            quirks.extra_fields =
                vec![field("Vault", "encryptedstring"), field("OAuthToken", "string"), field("Colour", "picklist")];
        });
        let (_simulator, org) = simulate(setup).await;
        let done = Scrub::new().run(&org).await;
        assert_eq!(done.exit_code, 0, "{done:?}");
        let warnings: Vec<_> =
            done.report.warnings.iter().filter(|warning| warning.code == "unknown_credential_fields").collect();
        assert_eq!(warnings.len(), 1, "{done:?}");
        assert!(warnings[0].message.contains("Vault, OAuthToken."), "{warnings:?}");
        assert!(!warnings[0].message.contains("Colour"), "{warnings:?}");
    }
}
