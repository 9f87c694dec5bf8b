//! From a sandbox's name, as its own call tells it, to the org of the file.

use relay_scrub::config::{Environment, SandboxTarget, host_of_sandbox, resolve_sandbox};

use super::{Desk, FLEET, address};

impl Desk {
    fn sandbox(&self, name: &str) -> Result<SandboxTarget, String> {
        let environment = Environment::new(self.environment.clone());
        let found = resolve_sandbox(name, &self.asked, &environment, &self.places(), &self.keyring);
        found.map_err(|errors| errors.to_string().replace(&*self.path("").to_string_lossy(), "/"))
    }

    /// The name of the sandbox's org, and its host; the two ways to find the host agree.
    fn found(&self, sandbox: &str) -> (String, String) {
        let target = self.sandbox(sandbox).unwrap_or_else(|errors| panic!("{errors}")).target;
        let host = self.host(sandbox).expect("a host");
        assert_eq!(target.host().as_ref(), Some(&host));
        (target.org.name, host)
    }

    fn host(&self, sandbox: &str) -> Option<String> {
        host_of_sandbox(sandbox, &self.asked, &Environment::new(self.environment.clone()), &self.places())
    }
}

fn org(name: &str, address: &str) -> String {
    format!("\n[orgs.{name}]\ninstance_url = \"{address}\"\nusername = \"scrubber@acme.com.x\"\n")
}

#[test]
fn the_name_in_a_host_comes_before_the_name_of_a_section_and_that_before_the_template() {
    let file = format!(
        "{FLEET}{}{}",
        org("dev", "https://acme--qa.sandbox.my.salesforce.com"),
        org("qa", "https://acme--stage.sandbox.my.salesforce.com"),
    );
    let desk = Desk::with(&file);
    let table = [
        ("uat", "uat", "acme--uat.sandbox.my.salesforce.com"),
        ("eudev", "eu-dev", "acme--eudev.sandbox.my.salesforce.com"),
        // The section `qa` is for another sandbox, as its host says.
        ("qa", "dev", "acme--qa.sandbox.my.salesforce.com"),
        ("stage", "qa", "acme--stage.sandbox.my.salesforce.com"),
        ("dev", "dev", "acme--qa.sandbox.my.salesforce.com"),
        // However near it is to a section's name: the call of a sandbox is no slip of the finger.
        ("uat2", "uat2", "acme--uat2.sandbox.my.salesforce.com"),
    ];
    for (sandbox, org, host) in table {
        assert_eq!(desk.found(sandbox), (org.into(), host.into()), "{sandbox}");
    }
}

#[test]
fn case_tells_no_two_sandboxes_apart() {
    let file = format!(
        "{FLEET}{}{}",
        org("Full", "https://cs42.salesforce.com"),
        org("partial", "https://acme--PArtial.sandbox.my.salesforce.com"),
    );
    let desk = Desk::with(&file);
    for sandbox in ["full", "FULL", "Full"] {
        assert_eq!(desk.found(sandbox), ("Full".into(), "cs42.salesforce.com".into()));
    }
    for sandbox in ["partial", "PARTIAL"] {
        assert_eq!(desk.found(sandbox), ("partial".into(), "acme--partial.sandbox.my.salesforce.com".into()));
    }
    assert_eq!(desk.found("SPRINT42"), ("sprint42".into(), "acme--sprint42.sandbox.my.salesforce.com".into()));
}

#[test]
fn two_sections_for_one_sandbox_are_an_error_that_names_both() {
    let file = format!("{FLEET}{}", org("old", "https://globex--UAT.sandbox.my.salesforce.com"));
    let desk = Desk::with(&file);
    insta::assert_snapshot!(desk.sandbox("uat").expect_err("two"), @"[orgs.uat] and [orgs.old] of relay-scrub.toml are all for the sandbox `uat`: leave one of them");
    assert_eq!(desk.host("uat"), None);
    assert_eq!(desk.found("eudev").0, "eu-dev", "the others are found all the same");

    let file = format!("{FLEET}{}{}", org("QA", "https://cs1.salesforce.com"), org("qa", "https://cs2.salesforce.com"));
    insta::assert_snapshot!(Desk::with(&file).sandbox("qa").expect_err("two"), @"[orgs.QA] and [orgs.qa] of relay-scrub.toml are all for the sandbox `qa`: leave one of them");
}

#[test]
fn a_section_without_an_address_is_found_by_its_name_and_told_what_it_lacks() {
    let file = format!("{FLEET}\n[orgs.qa]\ntarget_org = \"qa\"\n");
    let desk = Desk::with(&file);
    let errors = desk.sandbox("qa").expect_err("no address");
    assert!(errors.contains("there is no instance URL (instance_url in [orgs.qa])"), "{errors}");
    assert_eq!(desk.host("qa"), None);
}

#[test]
fn a_sandbox_that_the_settings_do_not_know_is_an_error_that_says_where_it_could_be() {
    let (without_template, _) = FLEET.split_once("[sandboxes]").expect("a template");
    insta::assert_snapshot!(Desk::with(without_template).sandbox("qa").expect_err("unknown"), @"relay-scrub.toml has no org for the sandbox `qa`: no section [orgs.NAME] has it in the host of its instance_url or is called so, and there is no [sandboxes] template");
    insta::assert_snapshot!(Desk::new().sandbox("qa").expect_err("no file"), @"no sandbox can be found without a configuration file (looked for relay-scrub.toml in the working directory and /platform/relay-scrub/relay-scrub.toml)");
    assert_eq!(Desk::new().host("qa"), None);
}

#[test]
fn the_org_comes_with_all_that_holds_for_it_and_nothing_of_another() {
    let file =
        FLEET.replace("[defaults]", "[guard]\nproduction_org_id = \"00D5e000000abcD\"\n[defaults]\ntimeout = \"90s\"");
    let desk = Desk::with(&file)
        .variable("RELAY_SCRUB_INSTANCE_URL", "https://acme--other.sandbox.my.salesforce.com")
        .variable("RELAY_SCRUB_USERNAME", "other@acme.com")
        .variable("RELAY_SCRUB_ACCESS_TOKEN", "planted");
    let found = desk.sandbox("uat").expect("an org");
    assert_eq!(address(&found.target), "https://acme--uat.sandbox.my.salesforce.com/");
    assert_eq!((found.guard.denied_orgs.len(), found.timeout.as_secs()), (1, 90));
    let credential = format!("{:?}", found.target.credential);
    assert!(credential.contains("scrubber@acme.com.uat") && !credential.contains("other"), "{credential}");
}

#[test]
fn the_host_is_known_though_there_is_nothing_to_log_in_with() {
    let desk = Desk::new().file("here/relay-scrub.toml", FLEET);
    assert_eq!(desk.host("uat").as_deref(), Some("acme--uat.sandbox.my.salesforce.com"));
    let errors = desk.sandbox("uat").expect_err("no key");
    assert!(errors.contains("key.pem does not exist"), "{errors}");
}
