//! Flag, then environment, then the org's section, then `[defaults]`.

use super::{Desk, FLEET};

fn version(desk: Desk) -> Vec<String> {
    desk.config().targets.iter().map(|target| target.org.api_version.to_string()).collect()
}

#[test]
fn a_flag_wins_over_environment_over_section_over_defaults() {
    let defaults = FLEET.replace("[defaults]", "[defaults]\napi_version = 60.0");
    let section = defaults.replace("[orgs.uat]", "[orgs.uat]\napi_version = \"61.0\"");
    let template = section.replace("[sandboxes]", "[sandboxes]\napi_version = 62");
    let desk = || Desk::with(&template).orgs(&["uat", "eu-dev", "sprint42"]);
    assert_eq!(version(desk()), ["61.0", "60.0", "62.0"]);
    let desk = || desk().variable("RELAY_SCRUB_API_VERSION", "63.0");
    assert_eq!(version(desk()), ["63.0"; 3]);
    assert_eq!(version(desk().flags(|asked| asked.api_version = Some("64.0".into()))), ["64.0"; 3]);
}

#[test]
fn an_empty_variable_is_not_set() {
    assert_eq!(version(Desk::with(FLEET).orgs(&["uat"]).variable("RELAY_SCRUB_API_VERSION", "")), ["68.0"]);
}

#[test]
fn an_empty_flag_is_an_error_and_never_the_next_source() {
    let desk = Desk::with(FLEET).orgs(&["uat"]).flags(|asked| asked.client_id = Some(String::new()));
    insta::assert_snapshot!(desk.errors(), @"uat: --client-id: is empty");
}

#[test]
fn the_named_file_wins_over_the_one_here_over_the_platforms() {
    let only = |name: &str| {
        format!("[orgs.{name}]\ninstance_url = \"https://x.sandbox.my.salesforce.com\"\naccess_token_file = \"token\"")
    };
    let desk = Desk::new()
        .file("platform/relay-scrub/relay-scrub.toml", &only("platform"))
        .file("platform/relay-scrub/token", "t")
        .file("here/token", "t");
    assert_eq!(desk.names(), ["platform"]);
    let desk = desk.file("here/relay-scrub.toml", &only("here"));
    assert_eq!(desk.names(), ["here"]);
    let desk = desk.file("here/by-variable.toml", &only("variable")).variable("RELAY_SCRUB_CONFIG", "by-variable.toml");
    assert_eq!(desk.names(), ["variable"]);
    let desk = desk.file("here/by-flag.toml", &only("flag")).flags(|asked| asked.config = Some("by-flag.toml".into()));
    assert_eq!(desk.names(), ["flag"]);
}

#[test]
fn a_file_that_was_named_must_be_there() {
    let desk = Desk::with(FLEET).flags(|asked| asked.config = Some("none.toml".into()));
    insta::assert_snapshot!(desk.errors(), @"--config: none.toml does not exist");
    insta::assert_snapshot!(Desk::with(FLEET).variable("RELAY_SCRUB_CONFIG", "/").errors(), @"RELAY_SCRUB_CONFIG: / is a directory, not a file");
}

#[test]
fn limits_come_from_flag_or_defaults() {
    let file = FLEET.replace("[defaults]", "[defaults]\nconcurrency = 4\ntimeout = \"90s\"");
    let config = Desk::with(&file).orgs(&["uat"]).config();
    assert_eq!((config.concurrency, config.timeout.as_secs()), (4, 90));
    let config = Desk::with(&file).orgs(&["uat"]).flags(|asked| asked.timeout = Some("1h".into())).config();
    assert_eq!((config.concurrency, config.timeout.as_secs()), (4, 3600));
    let desk = Desk::with(&file).orgs(&["uat"]).flags(|asked| {
        asked.timeout = Some("25h".into());
        asked.concurrency = Some("0".into());
    });
    insta::assert_snapshot!(desk.errors(), @"
    2 problems, and no org was contacted:
      --concurrency: must be a number from 1 to 256
      --timeout: must be a duration from 1s to 24h, such as 90s, 5m or 1h
    ");
}

#[test]
fn a_host_is_never_allowed_by_a_file_that_merely_lies_here() {
    let file = FLEET.replace("[defaults]", "[defaults]\nallow_host = \"sf.acme.example\"");
    insta::assert_snapshot!(Desk::with(&file).orgs(&["uat"]).errors(), @"relay-scrub.toml line 3: allow_host is not taken from a file that merely lies in the working directory, where a repository may have put it: use --allow-host, RELAY_SCRUB_ALLOW_HOST, or name the file with --config");
    let named = Desk::with(&file).orgs(&["uat"]).variable("RELAY_SCRUB_CONFIG", "relay-scrub.toml");
    assert_eq!(named.config().guard.allowed_hosts[0].value, "sf.acme.example");
    let platform = Desk::new().file("platform/relay-scrub/relay-scrub.toml", &file);
    let platform = platform.file("platform/relay-scrub/key.pem", &super::KEY).orgs(&["uat"]);
    assert_eq!(platform.config().guard.allowed_hosts[0].value, "sf.acme.example");
}

#[test]
fn a_host_of_an_orgs_section_is_allowed_for_that_org_alone() {
    let file = FLEET.replace("[orgs.uat]", "[orgs.uat]\nallow_host = [\"A.example\", \"b.example\"]");
    let desk = || Desk::with(&file).orgs(&["uat", "eu-dev"]).variable("RELAY_SCRUB_CONFIG", "relay-scrub.toml");
    let hosts = |desk: Desk| -> (Vec<String>, Vec<Vec<String>>) {
        let config = desk.config();
        let texts =
            |hosts: &[relay_scrub::config::Sourced<String>]| hosts.iter().map(|host| host.value.clone()).collect();
        let own = config.targets.iter().map(|target| texts(&target.org.allowed_hosts)).collect();
        (texts(&config.guard.allowed_hosts), own)
    };
    let own: Vec<String> = vec!["a.example".into(), "b.example".into()];
    assert_eq!(hosts(desk()), (vec![], vec![own, vec![]]));

    let (all, own) = hosts(desk().variable("RELAY_SCRUB_ALLOW_HOST", "c.example, d.example"));
    assert_eq!((all, own), (vec!["c.example".into(), "d.example".into()], vec![vec![], vec![]]));
}

#[test]
fn expectations_of_flag_and_file_must_agree() {
    let file = FLEET.replace("[orgs.uat]", "[orgs.uat]\nexpect_sandbox = \"uat\"\nexpect_org_id = \"00D5e000000abcD\"");
    let expect = |sandbox: &str| {
        let sandbox = sandbox.to_string();
        Desk::with(&file).orgs(&["uat"]).flags(|asked| asked.expect_sandbox = Some(sandbox))
    };
    let expected = expect("UAT").config().targets[0].org.expected.clone();
    assert_eq!(expected.sandbox.as_deref(), Some("uat"));
    assert_eq!(expected.org_id.map(|id| id.to_string()[..15].to_string()).as_deref(), Some("00D5e000000abcD"));
    insta::assert_snapshot!(expect("dev").errors(), @"uat: --expect-sandbox: differs from what is expected in relay-scrub.toml line 7: no org can be both");
}

#[test]
fn an_expectation_by_flag_is_for_one_org() {
    let desk = Desk::with(FLEET).orgs(&["uat", "eu-dev"]).flags(|asked| {
        asked.expect_org_id = Some("00D5e000000abcD".into());
        asked.expect_sandbox = Some("uat".into());
    });
    insta::assert_snapshot!(desk.errors(), @"
    2 problems, and no org was contacted:
      --expect-org-id: can be true of one org only, and 2 are meant: use expect_org_id of the file
      --expect-sandbox: can be true of one org only, and 2 are meant: use expect_sandbox of the file
    ");
}

#[test]
fn production_is_denied_by_one_id_or_several() {
    let denied = |value: &str| {
        let file = format!("{FLEET}\n[guard]\nproduction_org_id = {value}");
        Desk::with(&file).orgs(&["uat"]).config().guard.denied_orgs.len()
    };
    assert_eq!(denied("\"00D5e000000abcD\""), 1);
    assert_eq!(denied("[\"00D5e000000abcD\", \"00D5e000000abcE\"]"), 2);
}
