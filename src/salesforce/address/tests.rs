//! The list of hosts, as a table.

use super::*;

/// Hosts that may be given a credential as an org's own address.
const ORGS: [&str; 30] = [
    "https://acme--uat.sandbox.my.salesforce.com",
    "https://acme--uat.sandbox.my.salesforce.com/",
    "https://acme--uat.sandbox.my.salesforce.com:443/",
    "https://acme--uat.sandbox.my.salesforce.com/lightning/setup/EmailRelay/home?a=b#c",
    "https://ACME--UAT.Sandbox.My.Salesforce.com",
    "HTTPS://acme--uat.sandbox.my.salesforce.com",
    "https://acme-corp--dev1.sandbox.my.salesforce.com",
    "https://a--b.sandbox.my.salesforce.com",
    "https://acme.sandbox.my.salesforce.com",
    "https://acme--full2026.sandbox.my.salesforce.com",
    "https://velocity-energy-1234.scratch.my.salesforce.com",
    "https://acme--uat.sandbox.my.salesforce.mil",
    "https://acme-1234.scratch.my.salesforce.mil",
    "https://acme--uat.sandbox.my.sfcrmproducts.cn",
    "https://acme-1234.scratch.my.sfcrmproducts.cn",
    "https://cs1.salesforce.com",
    "https://cs42.salesforce.com",
    "https://cs123.salesforce.com",
    "https://CS42.salesforce.com/home/home.jsp",
    "http://127.0.0.1",
    "http://127.0.0.1:8443",
    "http://127.255.255.254:1",
    "http://2130706433:8080",
    "http://0x7f000001",
    "http://localhost",
    "http://localhost:1717",
    "https://localhost:8443",
    "http://[::1]:8080",
    "https://[::1]",
    "https://127.0.0.1:8443/services",
];

/// Hosts that may not, however much they resemble one that may.
const NOT_ORGS: [&str; 72] = [
    // Production, and what else lives beside it.
    "https://acme.my.salesforce.com",
    "https://acme--uat.my.salesforce.com",
    "https://acme--uat.cs42.my.salesforce.com",
    "https://login.salesforce.com",
    "https://test.salesforce.com",
    "https://www.salesforce.com",
    "https://salesforce.com",
    "https://na1.salesforce.com",
    "https://eu42.salesforce.com",
    "https://um6.salesforce.com",
    "https://acme-dev-ed.develop.my.salesforce.com",
    "https://acme.trailblaze.my.salesforce.com",
    "https://acme.demo.my.salesforce.com",
    "https://acme.patch.my.salesforce.com",
    "https://acme.my.salesforce.mil",
    "https://login.salesforce.mil",
    "https://acme.my.sfcrmproducts.cn",
    "https://login.sfcrmproducts.cn",
    "https://acme--uat.sandbox.lightning.force.com",
    "https://acme.lightning.force.com",
    "https://acme--uat.sandbox.lightning.sfcrmapps.cn",
    "https://acme--uat.sandbox.my.site.com",
    "https://acme--uat.sandbox.file.force.com",
    "https://acme--uat.sandbox.vf.force.com",
    "https://acme--uat.sandbox.my.salesforce-sites.com",
    // The suffix alone, further labels, lookalikes.
    "https://sandbox.my.salesforce.com",
    "https://scratch.my.salesforce.com",
    "https://a.b.sandbox.my.salesforce.com",
    "https://acme.my.salesforce.com.sandbox.my.salesforce.com",
    "https://acme--uat.sandbox.my.salesforce.com.evil.example",
    "https://acme--uat.sandbox.my.salesforce.comm",
    "https://acme--uat.sandbox.my.salesforce.co",
    "https://acme--uat.sandbox.my.salesforce.org",
    "https://acme--uat.sandbox.my.salesforce.com.",
    "https://acme--uatsandbox.my.salesforce.com",
    "https://acme--uat.sandbox-my.salesforce.com",
    "https://acme--uat-sandbox.my.salesforce.com",
    "https://acme--uat.xsandbox.my.salesforce.com",
    "https://acme--uat.sandbox.mysalesforce.com",
    "https://acme--uat.sandbox.my.xsalesforce.com",
    "https://evil.example/acme--uat.sandbox.my.salesforce.com",
    "https://evil.example?acme--uat.sandbox.my.salesforce.com",
    "https://evil.example#.sandbox.my.salesforce.com",
    "https://acme--uat.sandbox.my.salesforce.com@evil.example",
    "https://user@acme--uat.sandbox.my.salesforce.com",
    "https://user:pass@acme--uat.sandbox.my.salesforce.com",
    "https://acme_x--uat.sandbox.my.salesforce.com",
    "https://xn--acme-9za.sandbox.my.salesforce.com.example",
    "https://acme--uat.sаndbox.my.salesforce.com",
    "https://acme--uat.sandbox.my.ѕalesforce.com",
    "https://cs.salesforce.com",
    "https://cs1234.salesforce.com",
    "https://cs4x.salesforce.com",
    "https://xcs42.salesforce.com",
    "https://cs42.my.salesforce.com",
    "https://cs42.salesforce.com.evil.example",
    "https://cs42.salesforce.mil",
    // Another scheme, another port, another machine.
    "http://acme--uat.sandbox.my.salesforce.com",
    "ftp://acme--uat.sandbox.my.salesforce.com",
    "wss://acme--uat.sandbox.my.salesforce.com",
    "ftp://127.0.0.1",
    "https://acme--uat.sandbox.my.salesforce.com:8443",
    "http://128.0.0.1",
    "http://0.0.0.0",
    "http://10.0.0.1",
    "http://192.168.0.1",
    "http://[::]",
    "http://[::ffff:127.0.0.1]",
    "http://localhost.evil.example",
    "http://foo.localhost",
    "http://127.0.0.1.evil.example",
    "http://localhost.",
];

fn verdict(text: &str, purpose: Purpose, allowed: &[&str]) -> Result<Endpoint, Refusal> {
    let url = Url::parse(text).expect(text);
    let allowed = AllowedHosts::new(allowed.iter().map(ToString::to_string)).expect("hosts that can be allowed");
    check(&url, purpose, &allowed)
}

#[test]
fn the_hosts_of_sandboxes_get_a_credential() {
    for text in ORGS {
        let endpoint = verdict(text, Purpose::Org, &[]).expect(text);
        assert!(endpoint.is_origin_of(text), "{text}");
        assert!(!endpoint.as_str().ends_with('/'), "{text}");
    }
}

#[test]
fn no_other_host_gets_a_credential() {
    for text in NOT_ORGS {
        // What is no URL at all (a label that IDNA forbids) does not come as far as the list.
        let refused = Url::parse(text).map_or(true, |url| check(&url, Purpose::Org, &AllowedHosts::default()).is_err());
        assert!(refused, "{text}");
    }
}

#[test]
fn the_login_host_of_all_sandboxes_gets_logins_and_nothing_else() {
    assert!(verdict("https://test.salesforce.com", Purpose::Token, &[]).is_ok());
    assert!(verdict("http://test.salesforce.com", Purpose::Token, &[]).is_err());
    assert!(verdict("https://test.salesforce.com", Purpose::Org, &[]).is_err());
    assert!(verdict("https://login.salesforce.com", Purpose::Token, &[]).is_err());
}

#[test]
fn a_host_that_the_user_allows_is_reached_by_https_alone() {
    let proxy = ["sfdc.proxy.acme.example"];
    assert!(verdict("https://sfdc.proxy.acme.example:8443", Purpose::Org, &proxy).is_ok());
    assert!(verdict("http://sfdc.proxy.acme.example", Purpose::Org, &proxy).is_err());
    assert!(verdict("https://other.acme.example", Purpose::Org, &proxy).is_err());
    assert!(verdict("https://x.sfdc.proxy.acme.example", Purpose::Org, &proxy).is_err());
}

#[test]
fn an_address_that_production_could_have_cannot_be_allowed() {
    let hosts = [
        "acme.my.salesforce.com",
        "ACME.MY.SALESFORCE.COM",
        "acme.my.salesforce.com.",
        "acme.my.salesforce.com%2E",
        "acme.my.salesforce.com。",
        "acme。my。salesforce。com",
        "acme.my.salesforce-setup.com",
        "acme.my.salesforce-sites.com",
        "acme.visualforce.com",
        "acme--c.vf.visualforce.mil",
        "acme.lightning.com",
        "acme.documentforce.com",
        "acme.my.salesforce-scrt.com",
        "d.la1-c1-frf.salesforceliveagent.com",
        "acme.experience.crmforce.mil",
        "a.forceusercontent.com",
        "LIGHTNING.COM.",
        "login.salesforce.com",
        "salesforce.com",
        "na1.salesforce.com",
        "acme.my.salesforce.mil",
        "acme.lightning.force.com",
        "*.my.salesforce.com",
        "*",
        "com",
        "",
        "10.0.0.1",
        "https://acme.my.salesforce.com",
    ];
    for host in hosts {
        assert!(AllowedHosts::new([host.to_string()]).is_err(), "{host}");
    }
}

#[test]
fn a_refusal_says_what_is_wrong_with_the_address() {
    let table = [
        ("https://acme.my.salesforce.com", "It looks like a production address"),
        ("https://acme.my.sfcrmproducts.cn", "It looks like a production address"),
        ("https://acme-dev-ed.develop.my.salesforce.mil", "a Developer Edition's address"),
        ("https://login.salesforce.com", "the login address of all production orgs"),
        ("https://acme--uat.sandbox.my.salesforce.com:8443", "Leave the port out"),
        ("https://acme--uat.sandbox.my.salesforce.com.", "a dot too many"),
        ("https://acme--uat.sandbox.lightning.force.com", "the user interface"),
        ("https://acme--uat.sandbox.my.salesforce-setup.com", "the user interface"),
        ("https://acme--uat.sandbox.my.site.com", "something else than an org's API"),
        ("https://acme--uat--c.sandbox.vf.force.com", "something else than an org's API"),
        ("https://evil.example", "--allow-host"),
    ];
    for (text, told) in table {
        let hint = verdict(text, Purpose::Org, &[]).expect_err(text).hint();
        assert!(hint.contains(told), "{text}: {hint}");
        let host = Url::parse(text).expect(text).host_str().expect("a host").trim_end_matches('.').to_string();
        let can_be_allowed = AllowedHosts::new([host]).is_ok();
        assert!(can_be_allowed || !hint.contains("--allow-host") || told == "Leave the port out", "{text}: {hint}");
    }
    let hint = verdict("https://login.salesforce.com", Purpose::Token, &[]).expect_err("production").hint();
    assert!(hint.contains("login_url"), "{hint}");
    for (host, told) in
        [("acme.my.salesforce.com", "production"), ("10.0.0.5", "no IP address"), ("proxy", "no IP address")]
    {
        let refusal = AllowedHosts::new([host.to_string()]).expect_err(host).to_string();
        assert!(refusal.contains(told), "{refusal}");
    }
}

#[test]
fn paths_never_change_the_host() {
    let endpoint = verdict("https://acme--uat.sandbox.my.salesforce.com/x", Purpose::Org, &[]).expect("an org");
    assert_eq!(
        endpoint.at("/services/data?q=1").as_str(),
        "https://acme--uat.sandbox.my.salesforce.com/services/data?q=1"
    );
    assert_eq!(endpoint.at("//evil.example/x").host_str(), Some("acme--uat.sandbox.my.salesforce.com"));
}

#[test]
fn a_wider_reach_adds_the_shapes_of_production_and_nothing_else() {
    let verdict = |text: &str, purpose| {
        let url = Url::parse(text).expect(text);
        check_within(Reach::AnyOrg, &url, purpose, &AllowedHosts::default())
    };
    let added = [
        "https://acme.my.salesforce.com",
        "https://acme-dev-ed.develop.my.salesforce.com",
        "https://acme.my.salesforce.mil",
        "https://acme.my.sfcrmproducts.cn",
    ];
    for text in added {
        let url = Url::parse(text).expect(text);
        assert!(check(&url, Purpose::Org, &AllowedHosts::default()).is_err(), "{text}");
        let endpoint = verdict(text, Purpose::Org).expect(text);
        assert_eq!(endpoint.shared_audiences(Reach::AnyOrg), ["https://login.salesforce.com"], "{text}");
    }
    for (text, left) in [
        ("https://acme--uat.sandbox.my.salesforce.com", Reach::Sandboxes),
        ("https://acme.scratch.my.salesforce.com", Reach::Sandboxes),
        ("https://acme--uat.sandbox.my.sfcrmproducts.cn", Reach::Sandboxes),
        ("https://cs42.salesforce.com", Reach::Sandboxes),
        ("https://acme.my.salesforce.com", Reach::AnyOrg),
        ("https://sfdc.proxy.acme.example", Reach::AnyOrg),
        ("http://127.0.0.1:8080", Reach::AnyOrg),
    ] {
        let url = Url::parse(text).expect(text);
        assert_eq!((Reach::AnyOrg.at(&url), Reach::Sandboxes.at(&url)), (left, Reach::Sandboxes), "{text}");
    }
    assert!(verdict("https://login.salesforce.com", Purpose::Token).is_ok());
    assert!(verdict("https://login.salesforce.com", Purpose::Org).is_err());
    let refused = [
        "http://acme.my.salesforce.com",
        "https://acme.my.salesforce.com:8443",
        "https://user@acme.my.salesforce.com",
        "https://my.salesforce.com",
        "https://a.b.my.salesforce.com",
        "https://acme.my.salesforce.com.evil.example",
        "https://acme.my.salesforce.com.",
        "https://acme.lightning.force.com",
        "https://na139.salesforce.com",
        "https://192.0.2.1",
    ];
    for text in refused {
        assert!(verdict(text, Purpose::Org).is_err(), "{text}");
    }
}
