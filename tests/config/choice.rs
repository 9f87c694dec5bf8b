//! Which orgs are meant.

use super::{Desk, FLEET, KEY};

#[test]
fn names_and_patterns_run_once_in_the_order_asked_for() {
    assert_eq!(Desk::with(FLEET).orgs(&["qa17", "e*", "uat", "eu-dev", "QA17"]).names(), ["qa17", "eu-dev", "uat"]);
    assert_eq!(Desk::with(FLEET).orgs(&["[a-z]*"]).names(), ["uat", "eu-dev"]);
    assert_eq!(Desk::with(FLEET).flags(|asked| asked.all = true).names(), ["uat", "eu-dev"]);
}

#[test]
fn a_pattern_that_matches_nothing_is_an_error() {
    insta::assert_snapshot!(Desk::with(FLEET).orgs(&["x*", "[a"]).errors(), @"
    2 problems, and no org was contacted:
      no org of relay-scrub.toml matches `x*`: it has uat and eu-dev
      `[a` is no pattern: invalid range pattern
    ");
}

#[test]
fn a_name_without_a_section_fills_the_template_in_lower_case() {
    let config = Desk::with(FLEET).orgs(&["Sprint42"]).config();
    assert_eq!(config.targets[0].org.name, "sprint42");
    assert_eq!(super::address(&config.targets[0]), "https://acme--sprint42.sandbox.my.salesforce.com/");
}

#[test]
fn a_name_near_a_section_is_asked_back_unless_the_template_is_meant() {
    insta::assert_snapshot!(Desk::with(FLEET).orgs(&["uta"]).errors(), @"no org of relay-scrub.toml is called `uta`; did you mean uat? If a sandbox of the name `uta` is meant, give --template");
    assert_eq!(Desk::with(FLEET).orgs(&["uta"]).flags(|asked| asked.template = true).names(), ["uta"]);
}

#[test]
fn a_section_is_never_passed_over_for_its_case() {
    let desk = Desk::with(FLEET).orgs(&["UAT"]).flags(|asked| asked.template = true);
    insta::assert_snapshot!(desk.errors(), @"no org of relay-scrub.toml is called `UAT`; did you mean uat?");
}

#[test]
fn a_name_that_is_no_sandbox_is_an_error() {
    insta::assert_snapshot!(Desk::with(FLEET).orgs(&["sprint-forty-two"]).errors(), @"no org of relay-scrub.toml is called `sprint-forty-two` (it has uat and eu-dev), and it can't fill the [sandboxes] template: a sandbox's name is 1 to 10 letters and digits");
}

#[test]
fn without_a_template_an_unknown_name_is_told_the_known_ones() {
    let file = FLEET.split("[sandboxes]").next().expect("the orgs");
    insta::assert_snapshot!(Desk::with(file).orgs(&["uta", "sprint42"]).errors(), @"
    2 problems, and no org was contacted:
      no org of relay-scrub.toml is called `uta`; did you mean uat? It has uat and eu-dev
      no org of relay-scrub.toml is called `sprint42`: it has uat and eu-dev
    ");
}

#[test]
fn all_and_a_name_exclude_each_other() {
    let desk = Desk::with(FLEET).orgs(&["uat"]).flags(|asked| asked.all = true);
    insta::assert_snapshot!(desk.errors(), @"--all: is every org of the file already: give it, or names such as `uat`, not both");
}

#[test]
fn no_name_means_the_only_org_of_the_file() {
    let (file, _) = FLEET.split_once("[orgs.eu-dev]").expect("the second org");
    assert_eq!(Desk::with(file).names(), ["uat"]);
}

#[test]
fn no_name_and_several_orgs_is_an_error_that_lists_them() {
    insta::assert_snapshot!(Desk::with(FLEET).errors(), @"which org? relay-scrub.toml has uat and eu-dev: name some of them, or give --all");
}

#[test]
fn no_name_and_no_file_is_an_error_that_says_where_one_was_looked_for() {
    insta::assert_snapshot!(Desk::new().errors(), @"which org? Give --target-org ALIAS (a login of the Salesforce CLI) or --instance-url, or write a configuration file (looked for relay-scrub.toml in the working directory and /platform/relay-scrub/relay-scrub.toml; `relay-scrub --help` has an example)");
    insta::assert_snapshot!(Desk::new().orgs(&["uat"]).errors(), @"no org can be called `uat` without a configuration file (looked for relay-scrub.toml in the working directory and /platform/relay-scrub/relay-scrub.toml; `relay-scrub --help` has an example). Give --target-org ALIAS (a login of the Salesforce CLI) or --instance-url instead, or write the file");
}

#[test]
fn flags_or_environment_describe_an_org_without_a_name() {
    let desk = Desk::with(FLEET)
        .variable("SF_ORG_INSTANCE_URL", "https://acme--one.sandbox.my.salesforce.com")
        .variable("SF_ACCESS_TOKEN", "00Dtoken");
    assert_eq!(desk.names(), ["acme--one.sandbox.my.salesforce.com"]);
    let desk = desk.flags(|asked| asked.instance_url = Some("http://127.0.0.1:8080/x".into()));
    assert_eq!(super::address(&desk.config().targets[0]), "http://127.0.0.1:8080/");
}

#[test]
fn the_environment_alone_does_not_win_over_a_file_that_was_named() {
    let desk = |file: &str| {
        let desk = Desk::new().file("here/named.toml", file).file("here/key.pem", &KEY);
        desk.variable("SF_ORG_INSTANCE_URL", "https://acme--one.sandbox.my.salesforce.com")
            .variable("SF_ACCESS_TOKEN", "x")
    };
    let (one, _) = FLEET.split_once("[orgs.eu-dev]").expect("the second org");
    let by_flag = |asked: &mut relay_scrub::config::Asked| asked.config = Some("named.toml".into());
    insta::assert_snapshot!(desk(one).flags(by_flag).errors(), @"SF_ORG_INSTANCE_URL: says which org is meant, and --config names named.toml, which has uat: name one of these, or give --instance-url for another");
    insta::assert_snapshot!(desk(FLEET).variable("RELAY_SCRUB_CONFIG", "named.toml").variable("SF_TARGET_ORG", "prod").errors(), @"SF_ORG_INSTANCE_URL: says which org is meant, and RELAY_SCRUB_CONFIG names named.toml, which has uat and eu-dev: name one of these, or give --instance-url for another");

    // What was said on the command line, or where the file has no org, there is nothing to ask.
    assert_eq!(desk(one).flags(by_flag).orgs(&["uat"]).names(), ["uat"]);
    assert_eq!(desk(one).flags(by_flag).flags(|asked| asked.all = true).names(), ["uat"]);
    let typed = desk(one).flags(by_flag).flags(|asked| asked.instance_url = Some("http://127.0.0.1:1/".into()));
    assert_eq!(super::address(&typed.config().targets[0]), "http://127.0.0.1:1/");
    let (defaults, _) = FLEET.split_once("[orgs.uat]").expect("the first org");
    assert_eq!(desk(defaults).flags(by_flag).names(), ["acme--one.sandbox.my.salesforce.com"]);
}

#[test]
fn every_org_of_a_file_that_has_the_template_alone_is_an_error_that_says_so() {
    let (_, template) = FLEET.split_once("[sandboxes]").expect("the template");
    let desk = Desk::with(&format!("[sandboxes]{template}")).flags(|asked| asked.all = true);
    insta::assert_snapshot!(desk.errors(), @"--all: is every section [orgs.NAME], and relay-scrub.toml has the [sandboxes] template alone, which fits any name: name the sandboxes instead");
}

#[test]
fn a_flag_that_identifies_an_org_is_refused_beside_a_name() {
    let identify = |asked: &mut relay_scrub::config::Asked| {
        asked.instance_url = Some("https://a.example".into());
        asked.username = Some("x".into());
        asked.refresh_token_file = Some("r".into());
        asked.access_token_file = Some("a".into());
    };
    insta::assert_snapshot!(Desk::with(FLEET).orgs(&["uat"]).flags(identify).errors(), @"
    4 problems, and no org was contacted:
      --instance-url: says which org is meant, and so does `uat`: give one of the two
      --username: says which org is meant, and so does `uat`: give one of the two
      --refresh-token-file: says which org is meant, and so does `uat`: give one of the two
      --access-token-file: says which org is meant, and so does `uat`: give one of the two
    ");
    let all = |asked: &mut relay_scrub::config::Asked| {
        asked.all = true;
        asked.username = Some("x".into());
    };
    insta::assert_snapshot!(Desk::with(FLEET).flags(all).errors(), @"--username: says which org is meant, and so does --all: give one of the two");
}

#[test]
fn the_environment_never_identifies_an_org_of_the_file() {
    let (file, _) = FLEET.split_once("[orgs.eu-dev]").expect("the second org");
    for desk in [Desk::with(FLEET).orgs(&["uat"]), Desk::with(file)] {
        let mut desk = desk.variable("RELAY_SCRUB_USERNAME", "planted").variable("SF_ACCESS_TOKEN", "planted");
        desk = desk.variable("RELAY_SCRUB_ACCESS_TOKEN", "planted").variable("RELAY_SCRUB_REFRESH_TOKEN", "planted");
        if !desk.asked.orgs.is_empty() {
            desk = desk.variable("RELAY_SCRUB_INSTANCE_URL", "https://planted.example");
            desk = desk.variable("SF_ORG_INSTANCE_URL", "https://planted.example");
        }
        let target = &desk.config().targets[0];
        assert_eq!(super::address(target), "https://acme--uat.sandbox.my.salesforce.com/");
        let login = format!("{:?}", target.credential);
        assert!(login.contains("scrubber@acme.com.uat") && login.starts_with("Jwt"), "{login}");
    }
}

#[test]
fn a_user_without_an_address_is_an_error() {
    let desk = Desk::with(FLEET).flags(|asked| asked.username = Some("x".into()));
    insta::assert_snapshot!(desk.errors(), @"--username: belongs to an org that has no name, whose address is needed too: give --instance-url or RELAY_SCRUB_INSTANCE_URL");
}

#[test]
fn what_cannot_be_a_name_is_not_repeated() {
    let desk =
        Desk::with(FLEET).orgs(&["https://user:planted@acme.example", "00D5e000000abcD!planted", "pl\u{1b}anted"]);
    let desk = desk.flags(|asked| asked.username = Some("x".into()));
    insta::assert_snapshot!(desk.errors(), @"
    4 problems, and no org was contacted:
      --username: says which org is meant, and so does what was given as a name: give one of the two
      one of the orgs asked for is not a name: letters, digits, `-`, `_` and `.`, or a pattern of them; an address goes with --instance-url
      one of the orgs asked for is not a name: letters, digits, `-`, `_` and `.`, or a pattern of them
      one of the orgs asked for is not a name: letters, digits, `-`, `_` and `.`, or a pattern of them
    ");
}
