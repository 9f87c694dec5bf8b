//! Where it is unknown what Salesforce does, a scrub comes to the same end either way.

use relay_scrub::simulator::{ExtraField, FailedId, PasswordInQuery, Quirks};

use super::*;

type Change = fn(&mut Quirks);

/// Every setting of the simulator that stands for an unknown, in each of its values.
const WAYS: [(&str, Change, u32); 27] = [
    ("a user name may be null with authentication", |quirks| quirks.username_may_be_null_with_auth = true, 4),
    ("a user name may not be null with authentication", |quirks| quirks.username_may_be_null_with_auth = false, 4),
    ("a password is null in a query", |quirks| quirks.password_in_query = PasswordInQuery::Null, 4),
    ("a password is masked in a query", |quirks| quirks.password_in_query = PasswordInQuery::Mask, 4),
    ("a password is no column", |quirks| quirks.password_in_query = PasswordInQuery::InvalidField, 4),
    ("a failed collection is 400", |quirks| quirks.failed_collection_is_400 = true, 4),
    ("a failed collection is 200", |quirks| quirks.failed_collection_is_400 = false, 4),
    ("a long message of a reference", |quirks| quirks.long_reference_message = true, 4),
    ("a short message of a reference", |quirks| quirks.long_reference_message = false, 4),
    ("invalid_client is 400", |quirks| quirks.invalid_client_status = 400, 4),
    ("invalid_client is 401", |quirks| quirks.invalid_client_status = 401, 4),
    ("a failed record's id is there", |quirks| quirks.failed_id = FailedId::Present, 4),
    ("a failed record's id is null", |quirks| quirks.failed_id = FailedId::Null, 4),
    ("a failed record's id is not there", |quirks| quirks.failed_id = FailedId::Absent, 4),
    ("tokens in JWT format", |quirks| quirks.jwt_access_tokens = true, 4),
    ("tokens without id", |quirks| quirks.token_without_id = true, 4),
    (
        "neither token nor answer names the org",
        |quirks| {
            quirks.jwt_access_tokens = true;
            quirks.token_without_id = true;
        },
        4,
    ),
    ("describe in Composite", |quirks| quirks.describe_in_composite = true, 4),
    ("no describe in Composite", |quirks| quirks.describe_in_composite = false, 6),
    ("encoded references are seen", |quirks| quirks.encoded_references = true, 4),
    ("encoded references are not seen", |quirks| quirks.encoded_references = false, 4),
    ("subrequests are reordered unless told not to", |quirks| quirks.collate_reorders = true, 4),
    ("subrequests stay in order", |quirks| quirks.collate_reorders = false, 4),
    ("another key prefix", |quirks| quirks.relay_key_prefix = "9zZ".into(), 4),
    (
        "fields of a later version",
        |quirks| {
            let field = |name: &str, kind: &str| ExtraField { name: name.into(), kind: kind.into(), since: 68 };
            quirks.extra_fields = vec![field("GrantType", "picklist"), field("IsManaged", "boolean")];
        },
        4,
    ),
    ("compressed", |quirks| quirks.gzip = true, 4),
    ("not compressed", |quirks| quirks.gzip = false, 4),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_unknown_behaviour_comes_to_the_same_end_either_way() {
    for (name, change, requests) in WAYS {
        let (_simulator, org) = simulate(with_relays(2).quirks(change)).await;
        let done = Scrub::new().run(&org).await;
        assert_eq!(done.end(), (Outcome::Cleared, 0, "", requests), "{name}: {done:?}");
        assert_eq!(cleared(&org), 2, "{name}");
        assert_eq!(done.report.warnings, [], "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejection_and_a_deletion_are_understood_under_every_unknown_behaviour() {
    for (name, change, _) in WAYS {
        let (_simulator, org) = simulate(with_relays(3).quirks(change)).await;
        org.refuse_updates(&org.relays()[1].id, "FIELD_INTEGRITY_EXCEPTION", "no", None);
        let done = Scrub::new().run(&org).await;
        assert_eq!((done.exit_code, done.code()), (1, "rejected"), "{name}: {done:?}");
        assert_eq!(done.reason(1), "FIELD_INTEGRITY_EXCEPTION: no", "{name}");
        assert!(is_untouched(&org), "{name}");

        let done = rerun(&org, Scrub::new().partial()).await;
        assert_eq!((done.exit_code, cleared(&org)), (1, 2), "{name}: {done:?}");

        let (_simulator, org) = simulate(with_relays(2).quirks(change)).await;
        let id = org.relays()[0].id.clone();
        org.fault(Fault::before(Matcher::writing_composite(), move |state| {
            state.delete_relay(&id);
        }));
        let done = Scrub::new().run(&org).await;
        assert_eq!(done.results(), [RecordResult::Gone, RecordResult::Cleared], "{name}: {done:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_that_ceases_to_hold_is_understood_under_every_unknown_behaviour() {
    for (name, change, requests) in WAYS {
        let (_simulator, org) = simulate(with_relays(1).quirks(change)).await;
        org.fault(Fault::before(Matcher::writing_composite(), |state| state.become_production()));
        let done = Scrub::new().run(&org).await;
        assert_eq!(done.end(), (Outcome::Refused, 3, "proof_failed", requests / 2 + 1), "{name}: {done:?}");
        assert!(is_untouched(&org), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_secret_is_told_with_either_status() {
    for status in [400, 401] {
        let (_simulator, org) = simulate(with_relays(1).quirks(|quirks| quirks.invalid_client_status = status)).await;
        org.edit(|state| state.apps[0].client_secret = Some("another".into()));
        let done = Scrub::new().run(&org).await;
        assert_eq!(done.end(), (Outcome::Failed, 1, "login_client_secret", 1), "{status}: {done:?}");
    }
}

async fn rerun(org: &SimulatedOrg, scrub: Scrub) -> Done {
    org.forget_requests();
    scrub.run(org).await
}
