//! The list of known orgs as a whole page, and as JSON.

use super::*;
use crate::support::keys::RsaKey;

const FILE: &str = r#"
[defaults]
auth = "jwt"
client_id = "3MVG9exampleConsumerKey"
jwt_key_file = "key.pem"

[orgs.uat]
instance_url = "https://acme--uat.sandbox.my.salesforce.com"
username = "scrubber@acme.com.uat"

[orgs.full]
instance_url = "https://acme--full.sandbox.my.salesforce.com"
auth = "client-credentials"

[orgs.behind-a-proxy-of-the-company]
instance_url = "https://sandboxes.acme.example:8443"
auth = "access-token"

[orgs.no-address]
auth = "refresh-token"

[sandboxes]
instance_url = "https://acme--{sandbox}.sandbox.my.salesforce.com"
"#;

/// A list with a login of each sort, and without; none of it can be reached from here.
fn list(arguments: &[&str]) -> Program {
    let program = Program::new(["orgs"].into_iter().chain(arguments.iter().copied()));
    let program = program.file("relay-scrub.toml", FILE).file("key.pem", &RsaKey::generate().private);
    let program = program.env("RELAY_SCRUB_BEHIND_A_PROXY_OF_THE_COMPANY_ACCESS_TOKEN", "00D5e000000abcD!planted");
    // Nobody's keyring is asked.
    program.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_list_says_of_each_org_how_it_logs_in_or_what_it_lacks() {
    let ran = list(&[]).run().await;

    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "a list is no judgement: {ran:?}");
    assert!(!ran.stdout.contains("planted"), "{ran:?}");
    insta::assert_snapshot!("list", ran.stdout);
    let wide: Vec<_> = ran.stdout.lines().filter(|line| line.chars().count() > 80).collect();
    assert!(wide.is_empty(), "{wide:#?}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_list_as_json_says_the_same() {
    let ran = list(&["--json"]).run().await;

    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    assert!(!ran.stdout.contains("planted"), "{ran:?}");
    insta::assert_snapshot!("list_json", ran.stdout);
}

#[tokio::test]
async fn where_no_org_is_known_the_next_step_is_said_and_json_is_an_empty_list() {
    let ran = Program::new(["orgs"]).env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent").run().await;
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{ran:?}");
    assert!(ran.stderr.contains("relay-scrub.toml") && ran.stderr.contains("relay-scrub login"), "{ran:?}");

    let ran = alone(&["orgs", "--json"], None).run().await;
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    assert_eq!(ran.report()["orgs"], serde_json::json!([]));
}

/// The program with nothing but a file, if that.
fn alone(line: &[&str], file: Option<&str>) -> Program {
    let program = Program::new(line.iter().copied()).env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent");
    file.into_iter().fold(program, |program, file| program.file("relay-scrub.toml", file))
}

const TEMPLATE: &str = "[sandboxes]\ninstance_url = \"https://acme--{sandbox}.sandbox.my.salesforce.com\"\n";

#[tokio::test]
async fn a_check_of_nothing_is_no_success_and_says_what_there_is() {
    for (file, told) in [
        (None, "write a relay-scrub.toml"),
        (Some("[defaults]\n"), "relay-scrub.toml has no org"),
        (Some(TEMPLATE), "has the [sandboxes] template alone"),
    ] {
        for json in [&["orgs", "--check", "--json"] as &[&str], &["orgs", "--check"]] {
            let ran = alone(json, file).run().await;
            assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
            assert!(ran.stderr.contains("Nothing was checked") && ran.stderr.contains(told), "{ran:?}");
        }
    }
    let ran = alone(&["orgs"], Some("[defaults]\n")).run().await;
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{ran:?}");
    assert!(ran.stderr.contains("relay-scrub.toml has no org"), "{ran:?}");
}

#[tokio::test]
async fn the_template_is_listed_as_what_it_is() {
    let ran = alone(&["orgs"], Some(TEMPLATE)).run().await;
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    insta::assert_snapshot!(ran.stdout, @"
    [sandboxes]  acme--{sandbox}.sandbox.my.salesforce.com
                 any other sandbox; `relay-scrub login --check NAME` tries its login
    ");
    let ran = alone(&["orgs", "--json"], Some(TEMPLATE)).run().await;
    assert_eq!(ran.report()["template"]["host"], "acme--{sandbox}.sandbox.my.salesforce.com", "{ran:?}");
}

#[tokio::test]
async fn a_file_that_is_wrong_is_a_usage_error_and_no_list() {
    let ran = Program::new(["orgs", "--check"]).file("relay-scrub.toml", "[orgs.uat]\nuser = \"x\"\n").run().await;
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
    assert!(ran.stderr.contains("relay-scrub.toml line 2"), "{ran:?}");
}

#[tokio::test]
async fn the_file_that_the_help_shows_is_one_to_begin_with() {
    let help = alone(&["--help"], None).run().await.stdout;
    let (_, rest) = help.split_once("A relay-scrub.toml to begin with").expect(&help);
    let (file, _) = rest.split_once("Without a file").expect(&help);
    let file: String = file.lines().skip(1).map(|line| format!("{}\n", line.trim_start())).collect();
    let program = alone(&["orgs"], Some(&file)).file("relay-scrub.pem", &RsaKey::generate().private);
    let ran = program.run().await;
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    assert!(ran.stdout.contains("jwt as scrubber@acme.com.uat, from relay-scrub.toml line "), "{ran:?}");
}
