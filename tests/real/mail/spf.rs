//! SPF records that lead to others, asked of a real name server: what a receiver would make of them is told.

use super::nsd::Nsd;
use super::*;

/// What `spf` finds of acme.com with these records: the levels, and all that was seen.
async fn spf(records: &str) -> (Vec<String>, String) {
    let nsd = Nsd::serve(records, "").await;
    let (_simulator, org) = org(OrgKind::Sandbox, 587, |_| {}).await;
    let (ran, report) = audit(&org, &["--dns", &nsd.address()], None).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    let findings = report["findings"].as_array().expect("findings").iter();
    let seen: Vec<&str> =
        findings.filter(|finding| finding["check"] == "spf").filter_map(|finding| finding["seen"].as_str()).collect();
    (levels(&report, "spf"), seen.join(" "))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_followed_to_where_it_leads() {
    const INVISIBLE: &str = "not_checked: invisible";
    let own = |text: &str| format!("@ IN TXT \"{text}\"\n");
    let other = |name: &str, text: &str| format!("{name} IN TXT \"{text}\"\n");
    let chain: String = (0..11)
        .map(|number| other(&format!("c{number}"), &format!("v=spf1 include:c{}.acme.com -all", number + 1)))
        .collect();
    let many: String = (0..11).map(|number| format!("a:h{number}.acme.com ")).collect();
    let table: Vec<(String, &[&str], &str)> = vec![
        (own("v=spf1 redirect=s.acme.com") + &other("s", "v=spf1 mx -all"), &["ok"], "-all"),
        (own("v=spf1 redirect=s.acme.com") + &other("s", "v=spf1 +all"), &["fail"], "lets everybody send (+all)"),
        (own("v=spf1 redirect=s.acme.com"), &["fail"], "s.acme.com, which has no SPF record"),
        (own("v=spf1 redirect=s.acme.com -all"), &["ok"], "-all"),
        (own("v=spf1 include:s.acme.com -all") + &other("s", "v=spf1 ?all"), &["ok"], "-all"),
        (own("v=spf1 include:s.acme.com -all") + &other("s", "v=spf1 all"), &["fail"], "include:s.acme.com with all"),
        (own("v=spf1 include:s.acme.com -all"), &["fail"], "s.acme.com, which has no SPF record"),
        (own("v=spf1 include:s.acme.com -all") + &other("s", "v=spf1 foo"), &["fail"], "foo is no term of SPF"),
        (
            own("v=spf1 include:s.acme.com -all") + &other("s", "v=spf1 -all") + &other("s", "v=spf1 ~all"),
            &["fail"],
            "2 SPF records",
        ),
        (own("v=spf1 include:acme.com -all"), &["fail"], "more than 10 lookups"),
        (own("v=spf1 include:c0.acme.com -all") + &chain, &["fail"], "more than 10 lookups"),
        (own(&format!("v=spf1 {many}-all")), &["fail"], "more than 10 lookups"),
        (own(&format!("v=spf1 {}-all", many.replacen("a:h0.acme.com ", "", 1))), &["ok"], "-all"),
        (own("v=spf1 ipv4:192.0.2.1 -all"), &["fail"], "ipv4:192.0.2.1 is no term of SPF"),
        (own("v=spf10 -all"), &["warn"], "no SPF record"),
        // A network of all addresses, which is no reason to fail at.
        (own("v=spf1 ip4:0.0.0.0/0 -all"), &["fail"], "ip4:0.0.0.0/0"),
        (own("v=spf1 ip6:::/0 -all"), &["fail"], "ip6:::/0"),
        (own("v=spf1 mx/0 -all"), &["fail"], "mx/0"),
        (own("v=spf1 include:%{ir}.spf.acme.com ~all"), &["ok", INVISIBLE], "was not followed"),
        (own("v=spf1 redirect=%{d}.acme.com"), &[INVISIBLE], "was not followed"),
        (
            own("v=spf1 exists:%{i}.open.acme.com -all"),
            &["ok"],
            "Which addresses exists:%{i}.open.acme.com lets in was not",
        ),
        (own("v=spf1 exists:%{l}.acme.com -all"), &["ok", INVISIBLE], "exists:%{l}.acme.com was not followed"),
        (own("v=spf1 a:%{l}.acme.com -all"), &["ok", INVISIBLE], "a:%{l}.acme.com was not followed"),
        (own("v=spf1 mx:%{d} -all"), &["ok", INVISIBLE], "mx:%{d} was not followed"),
        (own("v=spf1 ptr:%{d} -all"), &["ok", INVISIBLE], "ptr:%{d} was not followed"),
        (
            own("v=spf1 exists:%{i}.acme.com redirect=%{d}.acme.com"),
            &[INVISIBLE, INVISIBLE],
            "Which addresses exists:%{i}.acme.com lets in was not",
        ),
    ];
    for (records, expected, word) in table {
        let (levels, seen) = spf(&records).await;
        assert_eq!(levels, expected, "{records}: {seen}");
        assert!(seen.contains(word), "{records}: {seen}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_included_record_that_nobody_answers_for_leaves_the_check_open() {
    // NSD refuses what is in no zone of its own.
    let (levels, seen) = spf("@ IN TXT \"v=spf1 include:_spf.example.org -all\"").await;
    assert_eq!(levels, ["not_checked: hindered"], "{seen}");
    assert!(seen.contains("_spf.example.org"), "{seen}");
    let (levels, seen) = spf("@ IN TXT \"v=spf1 include:_spf.example.org +all\"").await;
    assert_eq!(levels, ["fail"], "whatever the other says: {seen}");
}
