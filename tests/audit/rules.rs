//! `--relay-config`: what is printed for each mail server, and what no rules are made of.

use super::*;

async fn printed(org: &SimulatedOrg, server: &str) -> Ran {
    Program::audit(org, ["--allow-production", "--relay-config", server]).run().await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rules_are_made_for_the_org() {
    let simulator = simulator().await;
    for server in ["postfix", "exim", "exchange"] {
        for (kind, name) in [(OrgKind::Sandbox, "sandbox"), (OrgKind::Production, "production")] {
            let mut setup = acme(kind).id("00D5e000000abcD");
            setup.filters[0].from_domain = "acme.com, *.acme.org".into();
            setup.email_settings.handles_bounces = kind == OrgKind::Production;
            let org = add(&simulator, setup).await;
            let ran = printed(&org, server).await;
            assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
            insta::assert_snapshot!(format!("{server}_{name}"), ran.stdout);
        }
    }
}

/// A text without its line breaks, and the marks of comments at them.
fn unwrapped(text: &str) -> String {
    text.replace("\n# ", " ")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_for_everybody_is_replaced_by_the_domains_that_are_known_and_that_is_said() {
    let simulator = simulator().await;
    for (filter, senders) in [
        ("*", "acme.com, acme.net"),
        ("*, *acme.example", "acme.com, acme.net"),
        ("*\n*.acme.org", "acme.com, acme.net, *.acme.org"),
    ] {
        let mut setup = acme(OrgKind::Sandbox).address(OrgWideAddress::verified("help@acme.net"));
        setup.filters[0].from_domain = filter.into();
        let org = add(&simulator, setup).await;
        for server in ["postfix", "exim", "exchange"] {
            let ran = printed(&org, server).await;
            assert_eq!(ran.code, 0, "{ran:?}");
            let said = "A filter sends mail of every sender (*) through smtp.acme.com:587, which no rule should take.";
            for text in [ran.stderr.clone(), unwrapped(&ran.stdout)] {
                assert!(text.contains(said), "{text}");
                assert!(text.contains(&format!(" name: {senders}. Other mail of the org is refused")), "{text}");
            }
            if server == "exim" {
                let listed = senders.replace(", ", " : ");
                assert!(ran.stdout.contains(&format!("!sender_domains = {listed}\n")), "{ran:?}");
            }
        }
    }
}

/// The org with a second relay, and a filter for it.
fn with_second(mut setup: OrgSetup, change: impl FnOnce(&mut Relay)) -> OrgSetup {
    const SECOND: &str = "0XeA00000000002";
    let mut relay = Relay::clean("smtp.acme.com");
    relay.port = "10025".into();
    change(&mut relay);
    let id: relay_scrub::domain::id::RecordId = SECOND.parse().expect("an id");
    setup
        .filters
        .push(DomainFilter { from_domain: "acme.example".into(), ..DomainFilter::everything_to(id.as_str(), 2) });
    setup.relay(relay.with_id(SECOND))
}

#[tokio::test(flavor = "multi_thread")]
async fn two_relays_at_one_host_share_what_both_need_and_two_hosts_get_a_text_each() {
    let simulator = simulator().await;
    for server in ["postfix", "exim", "exchange"] {
        let setup = with_second(acme(OrgKind::Sandbox).id("00D5e000000abcD"), |_| {});
        let ran = printed(&add(&simulator, setup).await, server).await;
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
        insta::assert_snapshot!(format!("{server}_two_ports"), ran.stdout);
    }
    let mut texts = Vec::new();
    for server in ["postfix", "exim", "exchange"] {
        let setup = with_second(acme(OrgKind::Sandbox), |relay| relay.host = "mx.acme.example".into());
        let ran = printed(&add(&simulator, setup).await, server).await;
        texts.push(ran.stdout.lines().filter(|line| line.contains(" rules for ")).count());
    }
    assert_eq!(texts, [2, 2, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_relays_at_one_port_are_one_rule_or_none() {
    let simulator = simulator().await;
    let setup = with_second(acme(OrgKind::Sandbox), |relay| {
        relay.host = "SMTP.acme.com".into();
        relay.port = "587".into();
    });
    let ran = printed(&add(&simulator, setup).await, "exim").await;
    assert_eq!(ran.stdout.matches("!sender_domains = acme.com : acme.example\n").count(), 1, "{ran:?}");
    let setup = with_second(acme(OrgKind::Sandbox), |relay| {
        *relay = Relay::exposed("smtp.acme.com", "smtp-relay@acme.com", "planted-smtp-password");
        relay.port = "587".into();
    });
    let ran = printed(&add(&simulator, setup).await, "exim").await;
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:?}");
    assert!(ran.stderr.contains("Two relays lead to smtp.acme.com:587"), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_name_of_an_org_fills_nothing_in() {
    let simulator = simulator().await;
    let mut setup = acme(OrgKind::Sandbox);
    setup.name = "Acme {port} {senders} {id}".into();
    let ran = printed(&add(&simulator, setup).await, "exchange").await;
    assert!(ran.stdout.contains("for Acme {port} {senders} {id} sandbox, 00D"), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rules_for_exchange_are_powershell() {
    let simulator = simulator().await;
    let mut parser = tree_sitter::Parser::new();
    parser.set_language(&tree_sitter_powershell::LANGUAGE.into()).expect("a grammar");
    let mut has_error = |text: &str| parser.parse(text, None).expect("a tree").root_node().has_error();
    assert!(has_error("New-TransportRule -Name 'a"), "the grammar takes anything");
    for kind in [OrgKind::Sandbox, OrgKind::Production] {
        let setup = with_second(acme(kind), |relay| relay.host = "192.0.2.25".into());
        let ran = printed(&add(&simulator, setup).await, "exchange").await;
        assert!(!has_error(&ran.stdout), "{}", ran.stdout);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_rules_are_made_of_what_is_not_known_or_could_be_more_than_a_name() {
    type Change = fn(OrgSetup) -> OrgSetup;
    let table: [(Change, &str); 9] = [
        (|setup| OrgSetup { filters: Vec::new(), ..setup }, "No active filter"),
        (
            |mut setup| {
                setup.filters[0].from_domain = "*".into();
                OrgSetup { keys: Vec::new(), addresses: Vec::new(), ..setup }
            },
            "name no domain",
        ),
        (
            |mut setup| {
                setup.filters[0].from_domain = "acme.com}{eve.org=OK}".into();
                setup
            },
            "no domain that could stand",
        ),
        (
            |mut setup| {
                setup.filters[0].from_domain = "acme.com, *acme.org".into();
                setup
            },
            "names *acme.org, which is no domain",
        ),
        (
            |mut setup| {
                setup.filters[0].from_domain = "*".into();
                setup.users[0].hidden_objects = vec!["OrgWideEmailAddress".into()];
                setup
            },
            "whose that is could not be read",
        ),
        (
            |mut setup| {
                setup.filters[0].from_domain = "*".into();
                setup.users[0].hidden_objects = vec!["EmailDomainKey".into()];
                setup
            },
            "whose that is could not be read",
        ),
        (
            |mut setup| {
                setup.relays[0].host = "smtp.acme.com\nsmtpd inet".into();
                setup
            },
            "none that could stand",
        ),
        (
            |mut setup| {
                setup.users[0].hidden_objects = vec!["EmailDomainFilter".into()];
                setup
            },
            "may not read EmailDomainFilter",
        ),
        (
            |mut setup| {
                setup.users[0].active = false;
                setup
            },
            "inactive",
        ),
    ];
    let simulator = simulator().await;
    for (change, word) in table {
        let org = add(&simulator, change(acme(OrgKind::Sandbox))).await;
        let ran = printed(&org, "postfix").await;
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:?}");
        assert!(ran.stderr.contains(word), "{word}: {ran:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_for_production_take_the_flag_and_rules_for_several_orgs_a_name() {
    let simulator = simulator().await;
    let org = add(&simulator, acme(OrgKind::Production)).await;
    let ran = Program::audit(&org, ["--relay-config", "postfix"]).run().await;
    assert_eq!((ran.code, ran.stdout.as_str()), (3, ""), "{ran:?}");
    assert!(ran.stderr.contains("--allow-production"), "{ran:?}");
    let file = format!("[orgs.a]\ninstance_url = \"{0}\"\n[orgs.b]\ninstance_url = \"{0}\"\n", org.url());
    let line = ["audit", "--all", "--client-id", CONSUMER_KEY, "--relay-config", "postfix"];
    let program = Program::new(line).file("relay-scrub.toml", &file);
    let ran = program.env("RELAY_SCRUB_CLIENT_SECRET", CONSUMER_SECRET).run().await;
    assert_eq!(ran.code, 2, "{ran:?}");
}
