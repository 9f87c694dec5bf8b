//! What `login` makes of the settings.

use relay_scrub::config::{SignIn, Way, resolve_sign_in};

use super::*;

fn sign_in(desk: &Desk) -> Result<SignIn, String> {
    let places = Places { working_directory: desk.path("here"), ..Places::default() };
    let resolved = resolve_sign_in(&desk.asked, &Environment::new(desk.environment.clone()), &places);
    resolved.map_err(|errors| errors.to_string().replace(&*desk.folder.path().to_string_lossy(), ""))
}

const BROWSER: &str = r#"
[orgs.uat]
instance_url = "https://acme--uat.sandbox.my.salesforce.com"
client_id = "3MVG9"
"#;

#[test]
fn a_login_is_one_in_the_browser_unless_the_settings_say_otherwise() {
    for auth in ["", "auth = \"refresh-token\""] {
        let signed = sign_in(&Desk::with(&format!("{BROWSER}{auth}")).orgs(&["uat"])).expect("settings");
        assert!(matches!(&signed.way, Way::Browser { client_id, client_secret: None } if client_id == "3MVG9"));
        assert_eq!((signed.shared_host, signed.hidden_by), (None, None));
        assert_eq!(signed.elsewhere, "RELAY_SCRUB_UAT_REFRESH_TOKEN or refresh_token_file in [orgs.uat]");
    }
    let jwt = Desk::with(FLEET).orgs(&["uat"]).flags(|asked| asked.auth = Some("jwt".into()));
    let signed = sign_in(&jwt).expect("settings");
    assert!(matches!(&signed.way, Way::Given { place, .. } if place.contains("relay-scrub.toml")), "{signed:?}");
}

#[test]
fn a_login_that_something_else_comes_before_is_told_what_it_is() {
    let signed = sign_in(&Desk::with(FLEET).orgs(&["uat"])).expect("settings");
    let hidden_by = signed.hidden_by.expect("the key file comes first");
    assert!(hidden_by.starts_with("there is a login by jwt ("), "{hidden_by}");
    let flag = Desk::with(&format!("{BROWSER}auth = \"jwt\""));
    let flag = flag.orgs(&["uat"]).flags(|asked| asked.auth = Some("refresh-token".into()));
    let hidden_by = sign_in(&flag).expect("settings").hidden_by.expect("the file's auth comes first");
    assert!(hidden_by.starts_with("auth is set to jwt ("), "{hidden_by}");
}

#[test]
fn orgs_of_the_template_can_share_a_login_for_hosts_of_its_form() {
    let signed = sign_in(&Desk::with(FLEET).orgs(&["dev1"])).expect("settings");
    assert_eq!(signed.shared_host.as_deref(), Some("acme--{sandbox}.sandbox.my.salesforce.com"));
}

#[test]
fn what_a_login_lacks_is_told_with_its_place() {
    let errors = sign_in(&Desk::with(&BROWSER.replace("client_id", "#")).orgs(&["uat"])).expect_err("no app");
    assert!(errors.contains("needs the app's client id (--client-id"), "{errors}");
    let errors = sign_in(&Desk::with(&format!("{BROWSER}auth = \"jwt\"")).orgs(&["uat"])).expect_err("no key");
    assert!(errors.contains("there is no username") && errors.contains("no private key"), "{errors}");
    let errors = sign_in(&Desk::with(&format!("{BROWSER}auth = \"access-token\"")).orgs(&["uat"])).expect_err("no use");
    assert!(errors.contains("leaves nothing to keep"), "{errors}");
    let errors = sign_in(&Desk::with(FLEET).orgs(&["uat", "eu-dev"])).expect_err("two orgs");
    assert!(errors.contains("one org at a time"), "{errors}");
    let desk = Desk::with(BROWSER).orgs(&["uat"]).flags(|asked| asked.access_token_file = Some("t".into()));
    assert!(sign_in(&desk).is_err());
}
