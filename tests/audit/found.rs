//! What is found of an org's settings.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_as_the_advice_wants_it_has_no_finding() {
    let simulator = simulator().await;
    let org = add(&simulator, acme(OrgKind::Sandbox)).await;

    let (ran, report) = audit(&org, &["--fail-on", "info"]).await;

    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{report:#}");
    assert_eq!(report["outcome"], "audited");
    for check in ["relay-in-use", "relay-tls", "relay-authentication", "filter-domains"] {
        assert_eq!(levels(&report, check), ["ok"], "{check}: {report:#}");
    }
    for check in ["own-addresses", "dkim-key", "dkim-key-size", "bounce-management", "security-compliance"] {
        assert_eq!(levels(&report, check), ["ok"], "{check}: {report:#}");
    }
    for check in ["dkim-dns", "spf", "dmarc", "relay-reachable", "relay-starttls", "message-lock", "message-dkim"] {
        assert_eq!(levels(&report, check), ["not_checked: not_asked"], "{check}: {report:#}");
    }
    for check in ["send-access", "relay-checks"] {
        assert_eq!(levels(&report, check), ["not_checked: invisible"], "{check}: {report:#}");
    }
    assert_eq!(levels(&report, "sandbox-credentials"), ["ok", "not_checked: invisible"], "{report:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_no_query_shows_is_not_called_in_order() {
    let simulator = simulator().await;
    let setup = acme(OrgKind::Sandbox).relay(Relay::exposed("b.acme.com", "u", "p"));
    let mut without = Relay::exposed("c.acme.com", "u", "p");
    (without.username, without.is_require_auth) = (None, false);
    let org = add(&simulator, setup.relay(without)).await;

    let (_, report) = audit(&org, &[]).await;

    assert_eq!(levels(&report, "sandbox-credentials"), ["fail", "not_checked: invisible"], "{report:#}");
    let all = report["findings"].as_array().expect("findings");
    let told = all.iter().rfind(|finding| finding["check"] == "sandbox-credentials").expect("a finding");
    let told = told["seen"].as_str().expect("a text");
    assert!(told.starts_with("2 relays without authentication and user name may still hold a password"), "{told}");
    assert!(told.ends_with("relay-scrub scrub ORG --every-relay rewrites them too."), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_check_is_answered_whatever_the_org_holds() {
    let simulator = simulator().await;
    let empty = OrgSetup { relays: Vec::new(), filters: Vec::new(), ..acme(OrgKind::Sandbox) };
    for setup in [empty, acme(OrgKind::Sandbox), acme(OrgKind::Scratch)] {
        let org = add(&simulator, setup).await;
        let (ran, report) = audit(&org, &[]).await;
        assert_eq!(ran.code, 0, "{ran:?}");
        for check in relay_scrub::domain::checks::CHECKS {
            levels(&report, check.id);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_bad_setting_is_told_by_its_own_check() {
    type Change = fn(OrgSetup) -> OrgSetup;
    let table: Vec<(&str, &str, Change)> = vec![
        ("sandbox-credentials", "fail", |setup| setup.relay(Relay::exposed("b.acme.com", "u", "p"))),
        ("sandbox-credentials", "fail", |mut setup| {
            // A user name alone, which nobody but the count shows.
            setup.relays[0].username = Some("u".into());
            setup
        }),
        ("relay-tls", "fail", |mut setup| {
            setup.relays[0].tls_setting = "Preferred".into();
            setup
        }),
        ("relay-tls", "info", |mut setup| {
            setup.relays[0].tls_setting = "Required".into();
            setup
        }),
        ("relay-in-use", "info", |mut setup| {
            setup.filters[0].is_active = false;
            setup
        }),
        ("filter-domains", "warn", |mut setup| {
            setup.filters[0].from_domain = "*".into();
            setup
        }),
        ("filter-domains", "warn", |mut setup| {
            setup.filters[0].from_domain = "*.co.uk, com".into();
            setup
        }),
        ("relay-in-use", "info", |mut setup| {
            setup.filters[0].to_domain = "partner.com".into();
            setup
        }),
        ("own-addresses", "info", |mut setup| {
            setup.filters[0].to_domain = "partner.com, *.partner.org".into();
            setup
        }),
        ("own-addresses", "info", |setup| setup.address(OrgWideAddress::verified("help@acme.org"))),
        ("own-addresses", "warn", |mut setup| {
            setup.addresses[0].is_verified = false;
            setup
        }),
        ("dkim-key", "warn", |mut setup| {
            setup.keys[0].is_active = false;
            setup
        }),
        ("dkim-key", "warn", |mut setup| {
            setup.keys[0].domain_match_pattern = Some("*.acme.com".into());
            setup
        }),
        ("dkim-key-size", "warn", |mut setup| {
            setup.keys[0].key_size = 1024;
            setup
        }),
        ("dkim-dns", "fail", |mut setup| {
            setup.keys[0].publish_state = Some("Publishing failed".into());
            setup
        }),
        ("bounce-management", "warn", |setup| setup.email_settings(|settings| settings.handles_bounces = true)),
        ("security-compliance", "warn", |setup| setup.email_settings(|settings| settings.spf_compliance = true)),
        ("security-compliance", "warn", |setup| {
            setup.email_settings(|settings| settings.sender_id_compliance = Some(true))
        }),
    ];
    let simulator = simulator().await;
    for (check, expected, change) in table {
        let org = add(&simulator, change(acme(OrgKind::Sandbox))).await;
        let (_, report) = audit(&org, &[]).await;
        assert!(levels(&report, check).contains(&expected.to_string()), "{check}: {report:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_that_a_filter_keeps_to_some_recipients_is_told_and_other_filters_make_up_for_it() {
    let simulator = simulator().await;
    let narrow = |mut setup: OrgSetup| {
        setup.filters[0].to_domain = "partner.com,*.partner.org".into();
        setup
    };
    let org = add(&simulator, narrow(acme(OrgKind::Sandbox))).await;
    let (_, report) = audit(&org, &[]).await;
    assert_eq!(seen(&report, "filter-domains"), "It relays mail of acme.com, to partner.com, *.partner.org alone.");
    assert!(seen(&report, "relay-in-use").contains("to partner.com, *.partner.org alone"), "{report:#}");
    assert_eq!(seen(&report, "own-addresses"), "Only its mail to partner.com, *.partner.org goes through a relay.");

    let wide = DomainFilter { from_domain: "acme.com".into(), ..DomainFilter::everything_to(&full(RELAY), 2) };
    let org = add(&simulator, narrow(acme(OrgKind::Sandbox)).filter(wide)).await;
    let (_, report) = audit(&org, &[]).await;
    for check in ["relay-in-use", "own-addresses"] {
        assert_eq!(levels(&report, check), ["ok"], "{report:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_without_a_number_is_read_like_the_others() {
    let simulator = simulator().await;
    let org = add(&simulator, acme(OrgKind::Sandbox)).await;
    let unnumbered = |answer: &mut Value| {
        let parts = answer["compositeResponse"].as_array_mut().into_iter().flatten();
        for part in parts.filter(|part| part["referenceId"] == "filters") {
            part["body"]["records"][0]["PriorityNumber"] = Value::Null;
        }
    };
    org.fault(Fault::alter(Matcher::reading_composite(), unnumbered).always());
    let (_, report) = audit(&org, &[]).await;
    for check in ["filter-domains", "relay-in-use", "dkim-key"] {
        assert_eq!(levels(&report, check), ["ok"], "{report:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_org_without_patterns_of_keys_is_read_by_their_match() {
    let simulator = simulator().await;
    let setup = acme(OrgKind::Sandbox).quirks(|quirks| quirks.domain_match_pattern = false);
    let org = add(&simulator, setup).await;
    let (_, report) = audit(&org, &[]).await;
    assert_eq!(levels(&report, "dkim-key"), ["ok"], "{report:#}");
    assert_eq!(report["api_requests"], 5, "one more than with them");
}

#[tokio::test(flavor = "multi_thread")]
async fn records_on_many_pages_are_all_read() {
    let simulator = simulator().await;
    let setup = acme(OrgKind::Sandbox).limits(|limits| limits.page_size = 2);
    let setup = (0..5).fold(setup, |setup, number| setup.relay(Relay::clean(&format!("smtp{number}.acme.com"))));
    let setup =
        (0..4).fold(setup, |setup, number| setup.address(OrgWideAddress::verified(&format!("a{number}@acme.org"))));
    let org = add(&simulator, setup).await;
    let (_, report) = audit(&org, &[]).await;
    assert_eq!(levels(&report, "relay-tls").len(), 6, "{report:#}");
    assert_eq!(levels(&report, "own-addresses").len(), 4, "{report:#}");
}
