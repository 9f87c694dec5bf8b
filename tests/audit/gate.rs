//! Exit codes, several orgs, and what is told before anything is contacted.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_run_gates_on_the_level_asked_for() {
    let simulator = simulator().await;
    type Change = fn(OrgSetup) -> OrgSetup;
    let table: [(Change, [i32; 3]); 4] = [
        (|setup| setup, [0, 0, 0]),
        (
            |mut setup| {
                setup.relays[0].tls_setting = "Required".into();
                setup
            },
            [10, 0, 0],
        ),
        (
            |mut setup| {
                setup.keys[0].key_size = 1024;
                setup
            },
            [10, 10, 0],
        ),
        (
            |mut setup| {
                setup.relays[0].tls_setting = "Off".into();
                setup
            },
            [10, 10, 10],
        ),
    ];
    for (change, expected) in table {
        let org = add(&simulator, change(acme(OrgKind::Sandbox))).await;
        let mut codes = Vec::new();
        for level in ["info", "warn", "fail"] {
            codes.push(audit(&org, &["--fail-on", level]).await.0.code);
        }
        assert_eq!(codes, expected);
        assert_eq!(audit(&org, &[]).await.0.code, 0, "nothing is gated on without the flag");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn checks_that_could_not_be_made_are_named_at_the_end_and_gate_where_a_gate_was_asked_for() {
    let simulator = simulator().await;
    let orgs = [acme(OrgKind::Sandbox), acme(OrgKind::Sandbox), acme(OrgKind::Sandbox)];
    let mut added = Vec::new();
    for (mut setup, hidden) in orgs.into_iter().zip([Some("EmailDomainKey"), None, Some("OrgWideEmailAddress")]) {
        setup.users[0].hidden_objects = hidden.iter().map(ToString::to_string).collect();
        added.push(add(&simulator, setup).await);
    }
    let end = |ran: &Ran| {
        let (_, end) = ran.stdout.trim_end().rsplit_once("\n\n").expect("a closing line");
        end.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let told = "Checks that were to be made and could not be (the exit code tells of them with --fail-on alone):";
    let run = async |org: &SimulatedOrg, flags: &[&str]| {
        let line = ["--no-dns"].into_iter().chain(flags.iter().copied());
        Program::audit(org, line).run().await
    };
    let ran = run(&added[0], &[]).await;
    assert_eq!((ran.code, end(&ran)), (0, format!("{told} dkim-key, dkim-key-size, dkim-dns.")), "{ran:?}");
    let ran = run(&added[0], &["--fail-on", "fail"]).await;
    assert_eq!((ran.code, end(&ran)), (10, format!("{told} dkim-key, dkim-key-size, dkim-dns.")), "{ran:?}");
    let ran = run(&added[1], &[]).await;
    assert!(ran.code == 0 && !ran.stdout.contains(told), "{ran:?}");

    let named = ["uat", "dev", "prod"].into_iter().zip(&added).collect::<Vec<_>>();
    let ran = Program::audit_fleet(&named, ["--all", "--no-dns", "--quiet"]).run().await;
    let all = "uat: dkim-key, dkim-key-size, dkim-dns; prod: own-addresses.";
    assert_eq!((ran.code, end(&ran)), (0, format!("{told} {all}")), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn several_orgs_are_told_in_order_and_the_gravest_code_wins() {
    let simulator = simulator().await;
    let mut bad = acme(OrgKind::Sandbox);
    bad.relays[0].tls_setting = "Off".into();
    let orgs = [add(&simulator, bad).await, add(&simulator, acme(OrgKind::Sandbox)).await];
    let production = add(&simulator, acme(OrgKind::Production)).await;
    let mut file = format!("[defaults]\nclient_id = \"{CONSUMER_KEY}\"\n");
    for (name, org) in [("eu-a", &orgs[0]), ("eu-b", &orgs[1]), ("prod", &production)] {
        file += &format!("[orgs.{name}]\ninstance_url = \"{}\"\n", org.url());
    }
    let run = |arguments: &'static [&str]| {
        let line = ["audit", "--no-dns", "--json", "--fail-on", "fail"].into_iter().chain(arguments.iter().copied());
        let program = Program::new(line).file("relay-scrub.toml", &file);
        program.env("RELAY_SCRUB_CLIENT_SECRET", CONSUMER_SECRET).run()
    };
    let outcomes = |ran: &Ran| {
        let report = ran.report();
        let orgs = report["orgs"].as_array().expect("orgs").clone();
        orgs.iter().map(|org| format!("{} {}", org["target"], org["outcome"]).replace('"', "")).collect::<Vec<_>>()
    };
    let ran = run(&["eu-*"]).await;
    assert_eq!((ran.code, outcomes(&ran)), (10, vec!["eu-a audited".into(), "eu-b audited".into()]), "{ran:?}");
    let ran = run(&["--all"]).await;
    assert_eq!(ran.code, 3, "{ran:?}");
    assert_eq!(outcomes(&ran), ["eu-a audited", "eu-b audited", "prod refused"]);
    let ran = run(&["--all", "--allow-production"]).await;
    assert_eq!((ran.code, outcomes(&ran)[2].as_str()), (10, "prod audited"), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_larger_than_salesforce_sends_is_refused_before_anything_is_contacted() {
    let simulator = simulator().await;
    let org = add(&simulator, acme(OrgKind::Sandbox)).await;
    let from = "From: a@acme.com\r\n";
    let table = [
        (format!("{from}\r\n{}", "x".repeat(25 * 1024 * 1024)), "larger than 25 MB"),
        (format!("{from}X: {}\r\n\r\nx\r\n", "x".repeat(1024 * 1024)), "headers are larger than 1 MB"),
        (format!("{from}{}\r\nx\r\n", "X: x\r\n".repeat(1000)), "more than 1,000 headers"),
    ];
    for (mail, told) in table {
        let ran = Program::audit(&org, ["--no-dns", "--message", "mail.eml"]).file("mail.eml", &mail).run().await;
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.stderr.contains(told) && ran.stderr.contains("Nothing was contacted"), "{ran:?}");
    }
    assert_eq!(requests(&org), 0);
    let most = format!("{from}{}\r\n{}", "X: x\r\n".repeat(999), "x".repeat(24 * 1024 * 1024));
    let ran = Program::audit(&org, ["--no-dns", "--message", "mail.eml"]).file("mail.eml", &most).run().await;
    assert_eq!(ran.code, 0, "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn usage_errors_are_told_before_anything_is_contacted() {
    let simulator = simulator().await;
    let org = add(&simulator, acme(OrgKind::Sandbox)).await;
    let table: [(&[&str], &str); 5] = [
        (&["--message", "missing.eml"], "missing.eml"),
        (&["--message", "empty.eml"], "it is no mail"),
        (&["--dns", "nonsense"], "--dns"),
        (&["--dns", "127.0.0.1:53", "--no-dns"], "--no-dns"),
        (&["--fail-on", "ok"], "--fail-on"),
    ];
    for (arguments, word) in table {
        let ran = Program::audit(&org, arguments.iter().copied()).file("empty.eml", "\n").run().await;
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.stderr.contains(word), "{ran:?}");
    }
    assert_eq!(requests(&org), 0);
    let mail = "From: a@acme.com\r\n\r\nx\r\n";
    let file = format!("[orgs.a]\ninstance_url = \"{0}\"\n[orgs.b]\ninstance_url = \"{0}\"\n", org.url());
    let line = ["audit", "--all", "--client-id", CONSUMER_KEY, "--message", "mail.eml"];
    let program = Program::new(line).file("mail.eml", mail).file("relay-scrub.toml", &file);
    let ran = program.env("RELAY_SCRUB_CLIENT_SECRET", CONSUMER_SECRET).run().await;
    assert_eq!((ran.code, requests(&org)), (2, 0), "{ran:?}");
    assert!(ran.stderr.contains("one org"), "{ran:?}");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn an_audit_that_is_interrupted_says_of_each_org_whether_it_was_looked_at() {
    use crate::support::program::{finish, signal_and_wait};
    let simulator = simulator().await;
    let org = add(&simulator, acme(OrgKind::Sandbox)).await;
    org.fault(Fault::hang_before(Matcher::reading_composite()));
    let (mut child, _folder) = Program::audit(&org, ["--no-dns", "--json"]).start();
    while requests(&org) < 2 {
        tokio::task::yield_now().await;
    }
    signal_and_wait(&mut child, "-INT").await;
    let ran = finish(child).await;
    assert_eq!((ran.code, &ran.org()["outcome"]), (130, &"not_run".into()), "{ran:?}");
    assert_eq!(ran.org()["error"]["code"], "interrupted");
}
