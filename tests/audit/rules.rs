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

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_for_everybody_is_replaced_by_the_domains_that_are_known() {
    let simulator = simulator().await;
    let mut setup = acme(OrgKind::Sandbox).address(OrgWideAddress::verified("help@acme.net"));
    setup.filters[0].from_domain = "*".into();
    let org = add(&simulator, setup).await;
    let ran = printed(&org, "exim").await;
    assert!(ran.stdout.contains("!sender_domains = acme.com : acme.net\n"), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_rules_are_made_of_what_is_not_known_or_could_be_more_than_a_name() {
    type Change = fn(OrgSetup) -> OrgSetup;
    let table: [(Change, &str); 6] = [
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
