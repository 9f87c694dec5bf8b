//! The records of a DKIM key's two selectors, asked of a real name server.

use relay_scrub::simulator::{Fault, Matcher};

use super::dns::{by_subject, pairs, published, record};
use super::nsd::Nsd;
use super::*;
use crate::support::keys::RsaKey;

const FIRST: &str = "sf1._domainkey IN CNAME sf1.x1y2z3.custdkim.salesforce.com.\n";
const SECOND: &str = "sf2._domainkey IN CNAME sf2.x1y2z3.custdkim.salesforce.com.\n";

/// A public key of 768 bits, made by OpenSSL.
const SHORT: &str = "MHwwDQYJKoZIhvcNAQEBBQADawAwaAJhAMWGZOCs89EUsAVLZIpP9BhHMZ6a/A9wRoZvgcIcciRfA2lVFr4hWY2rqq\
                     x5st9MUXzRSI9Wsopn1MYKOVZqf1v8vgAqr07tbdXQNwVvEI4BDP/EQJ3YIo2XsFjoYwJnGwIDAQAB";

/// An org whose key has a second selector, which leads to this name where Salesforce tells it.
fn with_alternate(setup: &mut OrgSetup, leads_to: Option<&str>) {
    setup.keys[0].alternate_selector = Some("sf2".into());
    setup.keys[0].alternate_txt_record_name = leads_to.map(str::to_string);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_in_order_where_one_selector_has_it_and_the_other_leads_to_the_next() {
    let key = RsaKey::generate();
    let (first, second) = (published(&key), published(&key).replace("sf1", "sf2"));
    let target = Some("sf2.x1y2z3.custdkim.salesforce.com");
    let both = format!("{FIRST}{SECOND}");
    let broken = "sf2.x1y2z3 IN TXT \"v=DKIM1; p=nonsense\"\n";
    // The records of acme.com; those of Salesforce's; where the second name has to lead; what is found of each.
    let table: Vec<(&str, String, Option<&str>, [&str; 2])> = vec![
        (&both, first.clone(), target, ["ok", "ok"]),
        (&both, second.clone(), target, ["ok", "ok"]),
        (&both, String::new(), target, ["fail", "fail"]),
        (&both, format!("{first}{broken}"), target, ["ok", "warn"]),
        (&both, broken.into(), target, ["fail", "fail"]),
        (FIRST, first.clone(), target, ["ok", "warn"]),
        (SECOND, second.clone(), target, ["warn", "ok"]),
        // Salesforce does not tell where the second has to lead: nothing there is not in order, and neither is anything.
        (FIRST, first.clone(), None, ["ok", "warn"]),
        (&both, first.clone(), None, ["ok", "not_checked: invisible"]),
    ];
    for (records, keys, leads_to, expected) in table {
        let nsd = Nsd::serve(&format!("{records}_dmarc IN TXT \"v=DMARC1; p=reject\""), &keys).await;
        let change = |setup: &mut OrgSetup| {
            with_alternate(setup, leads_to);
            setup.email_settings.handles_bounces = true;
        };
        let (_simulator, org) = org(OrgKind::Sandbox, 587, change).await;
        let (_, report) = audit(&org, &["--dns", &nsd.address()], None).await;
        let names = ["sf1._domainkey.acme.com", "sf2._domainkey.acme.com"];
        let expected = [(names[0], expected[0]), (names[1], expected[1])];
        assert_eq!(by_subject(&report, "dkim-dns"), pairs(&expected), "{records}{keys:.20}: {report:#}");
        let carries = expected.iter().any(|(_, level)| *level == "ok");
        assert_eq!(levels(&report, "bounce-management"), [if carries { "info" } else { "warn" }], "{report:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_salesforces_signatures_do_not_hold_with_is_told() {
    let key = RsaKey::generate();
    let of = |more: &str| published(&key).replace("k=rsa;", &format!("k=rsa; {more};"));
    let table = [
        (of("s=email"), "ok", "There is a key"),
        (of("h=sha1:sha256"), "ok", "There is a key"),
        (of("t=y"), "warn", "only being tested"),
        (of("h=sha1"), "fail", "SHA-256"),
        (of("s=tlsrpt"), "fail", "not for mail"),
        (published(&key).replace("k=rsa", "k=ed25519"), "fail", "signs with RSA"),
        (format!("sf1.x1y2z3 IN TXT \"v=DKIM1; p={SHORT}\""), "fail", "768 bits"),
    ];
    for (keys, expected, word) in table {
        let nsd = Nsd::serve(FIRST, &keys).await;
        let (_simulator, org) = org(OrgKind::Sandbox, 587, |_| {}).await;
        let (_, report) = audit(&org, &["--dns", &nsd.address()], None).await;
        assert_eq!(levels(&report, "dkim-dns"), [expected], "{keys}: {report:#}");
        assert!(seen(&report, "dkim-dns").contains(word), "{keys}: {report:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_without_a_selector_is_not_in_order() {
    let key = RsaKey::generate();
    let nsd = Nsd::serve(&format!("sf1._domainkey IN TXT {}", record(&key)), "").await;
    let (_simulator, org) = org(OrgKind::Sandbox, 587, |_| {}).await;
    let without = |answer: &mut Value| {
        let parts = answer["compositeResponse"].as_array_mut().into_iter().flatten();
        for part in parts.filter(|part| part["referenceId"] == "keys") {
            part["body"]["records"][0]["Selector"] = Value::Null;
        }
    };
    org.fault(Fault::alter(Matcher::reading_composite(), without).always());
    let (ran, report) = audit(&org, &["--dns", &nsd.address(), "--fail-on", "fail"], None).await;
    assert_eq!((ran.code, levels(&report, "dkim-dns")), (10, vec!["not_checked: hindered".to_string()]), "{report:#}");
}
