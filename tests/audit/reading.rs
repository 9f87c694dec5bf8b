//! What the user may not see, or what got lost, is "not checked" and never in order.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn what_the_user_may_not_read_is_not_checked_with_the_reason() {
    type Change = fn(&mut User);
    let table: [(Change, &[&str], &str); 6] = [
        (
            |user| user.hidden_objects = vec!["EmailRelay".into()],
            &["sandbox-credentials", "relay-tls", "spf"],
            "EmailRelay",
        ),
        (
            |user| user.hidden_objects = vec!["EmailDomainFilter".into()],
            &["filter-domains", "dmarc"],
            "EmailDomainFilter",
        ),
        (|user| user.hidden_objects = vec!["EmailDomainKey".into()], &["dkim-key", "dkim-dns"], "EmailDomainKey"),
        (|user| user.hidden_objects = vec!["OrgWideEmailAddress".into()], &["own-addresses"], "OrgWideEmailAddress"),
        (|user| user.edits_metadata = false, &["bounce-management", "security-compliance"], "Modify Metadata"),
        (|user| user.hidden_fields = vec!["Username".into()], &["sandbox-credentials"], "Username"),
    ];
    let simulator = simulator().await;
    for describes in [true, false] {
        for (change, checks, word) in &table {
            let setup = acme(OrgKind::Sandbox).quirks(|quirks| quirks.describe_in_composite = describes);
            let org = add(&simulator, setup).await;
            org.edit(|state| change(&mut state.users[0]));

            let (ran, report) = audit(&org, &["--fail-on", "fail"]).await;

            assert_eq!(ran.code, 10, "what should have been looked at was not: {report:#}");
            for check in *checks {
                assert_eq!(levels(&report, check), ["not_checked: hindered"], "{check}, {word}: {report:#}");
                assert!(seen(&report, check).contains(word), "{check}: {}", seen(&report, check));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_part_lacks_does_not_hide_the_others() {
    let simulator = simulator().await;
    let org = add(&simulator, acme(OrgKind::Sandbox)).await;
    org.edit(|state| {
        state.users[0].edits_metadata = false;
        state.users[0].hidden_objects = vec!["EmailDomainKey".into()];
        state.records.relays[0].tls_setting = "Off".into();
    });
    let (_, report) = audit(&org, &[]).await;
    assert_eq!(
        (levels(&report, "relay-tls"), levels(&report, "filter-domains")),
        (vec!["fail".into()], vec!["ok".into()])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_lost_rows_or_a_count_is_not_in_order() {
    type Change = fn(&mut Value);
    let part = |reference: &'static str, change: Change| {
        move |answer: &mut Value| {
            let parts = answer["compositeResponse"].as_array_mut();
            let mut parts = parts.into_iter().flatten();
            if let Some(part) = parts.find(|part| part["referenceId"] == reference) {
                change(&mut part["body"]);
            }
        }
    };
    let table: [(&str, Change, &str); 6] = [
        ("relays", |body| body["records"] = serde_json::json!([]), "relay-tls"),
        (
            "relays",
            |body| {
                body["records"][0].as_object_mut().map(|row| row.remove("IsRequireAuth"));
            },
            "sandbox-credentials",
        ),
        ("filters", |body| body["records"] = serde_json::json!([]), "filter-domains"),
        (
            "counted",
            |body| {
                body.as_object_mut().map(|body| body.remove("totalSize"));
            },
            "sandbox-credentials",
        ),
        ("counted", |body| body["done"] = false.into(), "sandbox-credentials"),
        ("keys", |body| body["records"][0]["IsActive"] = "yes".into(), "dkim-key"),
    ];
    let simulator = simulator().await;
    for (reference, change, check) in table {
        let org = add(&simulator, acme(OrgKind::Sandbox)).await;
        org.fault(Fault::alter(Matcher::reading_composite(), part(reference, change)).always());
        let (_, report) = audit(&org, &[]).await;
        assert_eq!(levels(&report, check), ["not_checked: hindered"], "{reference}: {report:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_are_counted_are_told_though_no_relay_can_be_read() {
    let simulator = simulator().await;
    let exposed = || {
        let mut setup = acme(OrgKind::Sandbox);
        setup.relays[0] =
            Relay::exposed("smtp.acme.com", "smtp-relay@acme.com", "planted-smtp-password").with_id(RELAY);
        setup
    };
    let rows_gone = |body: &mut Value| {
        body["records"] = serde_json::json!([]);
        body["totalSize"] = 0.into();
    };
    let row_cut = |body: &mut Value| {
        body["records"][0].as_object_mut().map(|row| row.remove("Host"));
    };
    type Change = fn(&mut Value);
    let table: [(Change, &str); 2] = [
        (
            rows_gone,
            "Salesforce counts 1 relay that has authentication on or a user name, and shows this user 0 relays.",
        ),
        (
            row_cut,
            "Salesforce counts 1 relay that has authentication on or a user name, and the relays themselves could not be \
             read.",
        ),
    ];
    for (change, told) in table {
        let org = add(&simulator, exposed()).await;
        let alter = move |answer: &mut Value| {
            let parts = answer["compositeResponse"].as_array_mut();
            let relays = parts.into_iter().flatten().find(|part| part["referenceId"] == "relays");
            relays.into_iter().for_each(|part| change(&mut part["body"]));
        };
        org.fault(Fault::alter(Matcher::reading_composite(), alter).always());
        let (ran, report) = audit(&org, &["--fail-on", "fail"]).await;
        assert_eq!((ran.code, levels(&report, "sandbox-credentials")), (10, vec!["fail".into()]), "{report:#}");
        assert_eq!(seen(&report, "sandbox-credentials"), told);
    }
    // The other way round: what is seen is told, though the user names could not be counted.
    let org = add(&simulator, exposed()).await;
    org.edit(|state| state.users[0].hidden_fields = vec!["Username".into()]);
    let (_, report) = audit(&org, &[]).await;
    assert_eq!(levels(&report, "sandbox-credentials"), ["fail"], "{report:#}");
    assert!(seen(&report, "sandbox-credentials").contains("could not be counted"), "{report:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_metadata_api_that_answers_nonsense_leaves_its_checks_open() {
    let soap = || Matcher::path_contains("/services/Soap/");
    let xml = [("content-type", "text/xml")];
    let faults = [
        Fault::status(soap(), 200, &xml, "<html>Please log in</html>"),
        Fault::status(soap(), 200, &xml, "{}"),
        Fault::status(
            soap(),
            200,
            &xml,
            "<soapenv:Envelope xmlns:soapenv=\"x\"><soapenv:Body></soapenv:Body></soapenv:Envelope>",
        ),
        Fault::status(
            soap(),
            200,
            &xml,
            "<Envelope><enableHandleBouncedEmails>perhaps</enableHandleBouncedEmails></Envelope>",
        ),
        Fault::status(soap(), 500, &xml, "<Envelope><faultcode>sf:UNSUPPORTED_API_VERSION</faultcode></Envelope>"),
    ];
    let simulator = simulator().await;
    for fault in faults {
        let org = add(&simulator, acme(OrgKind::Sandbox)).await;
        org.fault(fault);
        let (ran, report) = audit(&org, &[]).await;
        assert_eq!(levels(&report, "bounce-management"), ["not_checked: hindered"], "{ran:?}");
        assert_eq!(levels(&report, "relay-tls"), ["ok"], "{ran:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_expires_is_renewed_once_for_either_api() {
    let simulator = simulator().await;
    for (matcher, nth) in [(Matcher::path_contains("/services/Soap/"), 1), (Matcher::reading_composite(), 2)] {
        let org = add(&simulator, acme(OrgKind::Sandbox)).await;
        org.fault(Fault::expire_sessions(matcher).nth(nth));
        let (ran, report) = audit(&org, &[]).await;
        assert_eq!(ran.code, 0, "{ran:?}");
        assert_eq!(levels(&report, "bounce-management"), ["ok"], "{report:#}");
        assert_eq!(org.requests().iter().filter(|seen| seen.path.ends_with("/token")).count(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_soap_does_not_take_leaves_the_settings_open() {
    let simulator = simulator().await;
    let org = add(&simulator, acme(OrgKind::Sandbox).quirks(|quirks| quirks.jwt_access_tokens = true)).await;
    let (ran, report) = audit(&org, &[]).await;
    assert_eq!(levels(&report, "bounce-management"), ["not_checked: hindered"], "{ran:?}");
    assert_eq!(levels(&report, "dkim-key"), ["ok"], "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn trouble_that_passes_is_tried_again_and_trouble_that_does_not_fails() {
    let simulator = simulator().await;
    for matcher in [Matcher::path_contains("/services/Soap/"), Matcher::reading_composite()] {
        let org = add(&simulator, acme(OrgKind::Sandbox)).await;
        org.fault(Fault::too_many_requests(matcher, "0"));
        let (ran, report) = audit(&org, &["--fail-on", "info"]).await;
        assert_eq!((ran.code, &report["outcome"]), (0, &"audited".into()), "{ran:?}");
    }
    let org = add(&simulator, acme(OrgKind::Sandbox)).await;
    org.fault(
        Fault::api_error(Matcher::api(), 403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.").always(),
    );
    let (ran, report) = audit(&org, &[]).await;
    assert_eq!((ran.code, &report["error"]["code"]), (1, &"daily_limit".into()), "{ran:?}");
}
