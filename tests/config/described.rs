//! Orgs that have no name, described by an address, an SFDX auth URL or an alias of the Salesforce CLI.

use relay_scrub::secrets::Credential;

use super::{Desk, FLEET};

const ADDRESS: &str = "https://acme--uat.sandbox.my.salesforce.com";
const SFDX: &str = "force://id::planted@acme--qa.sandbox.my.salesforce.com";

/// A desk with the Salesforce CLI.
fn with_cli(file: &str) -> Desk {
    Desk { salesforce_cli: Some("/usr/bin/sf".into()), ..Desk::with(file) }
}

/// Name, address and credential of the only org.
fn described(desk: &Desk) -> String {
    let target = desk.config().targets.remove(0);
    let address = target.org.instance_url.map_or_else(|| "no address".into(), |url| url.to_string());
    let credential = match &target.credential {
        Credential::SalesforceCli { alias, .. } => format!("sf-cli {alias}"),
        other => format!("{other:?}").split(' ').next().unwrap_or_default().to_string(),
    };
    format!("{} {address} {credential}, {}", target.org.name, target.credential_place)
}

#[test]
fn an_alias_describes_an_org_whatever_the_file_says_of_logins() {
    let file = format!("{FLEET}\n").replace("[defaults]", "[defaults]\nauth = \"jwt\"");
    let desk = with_cli(&file).flags(|asked| asked.target_org = Some("dev".into()));
    assert_eq!(described(&desk), "dev no address sf-cli dev, the Salesforce CLI");
    assert_eq!(
        described(&with_cli(&file).variable("SF_TARGET_ORG", "env")),
        "env no address sf-cli env, the Salesforce CLI"
    );
}

#[test]
fn a_flag_that_describes_an_org_comes_before_the_environment() {
    let desk = || with_cli("").variable("RELAY_SCRUB_INSTANCE_URL", ADDRESS).variable("SF_ACCESS_TOKEN", "planted");
    let desk = || desk().variable("RELAY_SCRUB_AUTH", "access-token");
    let flag = desk().flags(|asked| asked.target_org = Some("dev".into()));
    assert_eq!(described(&flag), "dev no address sf-cli dev, the Salesforce CLI");
    let flag = desk().file("here/url", SFDX).flags(|asked| asked.sfdx_auth_url_file = Some("url".into()));
    let expected = "acme--qa.sandbox.my.salesforce.com https://acme--qa.sandbox.my.salesforce.com/ RefreshToken, \
                    --sfdx-auth-url-file";
    assert_eq!(described(&flag), expected);
}

#[test]
fn an_alias_in_the_environment_is_not_used_where_an_address_is_given() {
    let desk = with_cli("").variable("SF_TARGET_ORG", "hub").variable("SF_ACCESS_TOKEN", "planted");
    let by_variable = desk.variable("SF_ORG_INSTANCE_URL", ADDRESS);
    let expected = "acme--uat.sandbox.my.salesforce.com https://acme--uat.sandbox.my.salesforce.com/ AccessToken, \
                    SF_ACCESS_TOKEN";
    assert_eq!(described(&by_variable), expected);
    let set = by_variable.variable("RELAY_SCRUB_AUTH", "sf-cli");
    assert!(described(&set).ends_with("sf-cli hub, the Salesforce CLI"), "unless it is asked for");
}

#[test]
fn an_address_and_an_alias_must_lead_to_the_same_org() {
    let desk = with_cli("").flags(|asked| {
        asked.target_org = Some("dev".into());
        asked.instance_url = Some(ADDRESS.into());
    });
    assert_eq!(described(&desk), format!("dev {ADDRESS}/ sf-cli dev, the Salesforce CLI"));
}

#[test]
fn two_flags_that_each_describe_an_org_are_an_error() {
    let desk = with_cli("").file("here/url", SFDX).flags(|asked| {
        asked.target_org = Some("dev".into());
        asked.sfdx_auth_url_file = Some("url".into());
    });
    insta::assert_snapshot!(desk.errors(), @"--sfdx-auth-url-file: says which org is meant, and so does --target-org: give one of the two");
}

#[test]
fn a_named_org_has_its_alias_in_its_section_and_never_from_the_environment() {
    let org = "[orgs.uat]\ninstance_url = \"https://acme--uat.sandbox.my.salesforce.com\"\n";
    let desk = with_cli(&format!("{org}target_org = \"mine\"")).orgs(&["uat"]).variable("SF_TARGET_ORG", "planted");
    let desk = desk.variable("RELAY_SCRUB_SFDX_AUTH_URL", SFDX);
    assert_eq!(described(&desk), format!("uat {ADDRESS}/ sf-cli mine, the Salesforce CLI"));

    let desk = with_cli(&format!("{org}auth = \"sf-cli\"")).orgs(&["uat"]).variable("SF_TARGET_ORG", "planted");
    insta::assert_snapshot!(desk.errors(), @"uat: relay-scrub.toml line 3: the login is to be sf-cli, but there is no alias of the Salesforce CLI (target_org in [orgs.uat])");

    let template = "[sandboxes]\ninstance_url = \"https://acme--{sandbox}.sandbox.my.salesforce.com\"\ntarget_org = \"acme-{sandbox}\"\n";
    let desk = with_cli(template).orgs(&["QA7"]);
    assert_eq!(
        described(&desk),
        "qa7 https://acme--qa7.sandbox.my.salesforce.com/ sf-cli acme-qa7, the Salesforce CLI"
    );

    let desk = with_cli(&format!("{org}target_org = \"--json\"")).orgs(&["uat"]);
    insta::assert_snapshot!(desk.errors(), @"uat: relay-scrub.toml line 3: target_org begins with -, as no alias and no user name does");
}

#[test]
fn a_named_org_may_have_an_sfdx_auth_url_of_its_own() {
    let org = "[orgs.qa]\ninstance_url = \"https://acme--qa.sandbox.my.salesforce.com\"\n";
    let desk = Desk::with(org).orgs(&["qa"]).variable("RELAY_SCRUB_QA_SFDX_AUTH_URL", SFDX);
    let expected = "qa https://acme--qa.sandbox.my.salesforce.com/ RefreshToken, RELAY_SCRUB_QA_SFDX_AUTH_URL";
    assert_eq!(described(&desk), expected);
    let desk = Desk::with(org).orgs(&["qa"]).variable("RELAY_SCRUB_QA_SFDX_AUTH_URL", &SFDX.replace("--qa", "--uat"));
    insta::assert_snapshot!(desk.errors(), @"qa: RELAY_SCRUB_QA_SFDX_AUTH_URL: is for another host than the instance URL: give one of the two, or make them agree");
}
