//! Where secrets come from, and that they go nowhere.

use relay_scrub::secrets::Credential;

use super::{Desk, FLEET, KEY};

const FILE: &str = r#"
[defaults]
auth = "client-credentials"
client_id = "id"
[orgs.uat-1]
instance_url = "https://acme--uat.sandbox.my.salesforce.com"
client_secret_file = "from-file"
"#;

fn secret(desk: &Desk) -> String {
    match &desk.config().targets[0].credential {
        Credential::ClientCredentials { client_secret, .. } => client_secret.expose().to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_secret_comes_from_flag_then_its_own_variable_then_the_shared_one_then_the_file() {
    let desk = Desk::with(FILE).file("here/from-file", "file").file("here/from-flag", "flag");
    assert_eq!(secret(&desk), "file");
    let desk = desk.variable("RELAY_SCRUB_CLIENT_SECRET", "shared");
    assert_eq!(secret(&desk), "shared");
    let desk = desk.variable("RELAY_SCRUB_UAT_1_CLIENT_SECRET", "own");
    assert_eq!(secret(&desk), "own");
    assert_eq!(secret(&desk.flags(|asked| asked.client_secret_file = Some("from-flag".into()))), "flag");
}

#[test]
fn a_variable_that_fits_two_orgs_is_an_error_when_it_is_set() {
    let file = format!("{FILE}\n[orgs.uat_1]\ninstance_url = \"https://acme--b.sandbox.my.salesforce.com\"");
    let desk = Desk::with(&file).file("here/from-file", "file").orgs(&["uat-1"]);
    assert_eq!(secret(&desk), "file");
    insta::assert_snapshot!(desk.variable("RELAY_SCRUB_UAT_1_CLIENT_SECRET", "planted").errors(), @"RELAY_SCRUB_UAT_1_CLIENT_SECRET: fits more than one org, `uat-1` and `uat_1`: rename one, or use a file");
}

#[test]
fn a_file_that_cannot_serve_is_named_with_its_source() {
    insta::assert_snapshot!(Desk::with(FILE).errors(), @"uat-1: relay-scrub.toml line 7: client_secret_file /here/from-file does not exist");
    insta::assert_snapshot!(Desk::with(FILE).file("here/from-file", "").errors(), @"uat-1: relay-scrub.toml line 7: client_secret_file /here/from-file is empty");
    insta::assert_snapshot!(Desk::with(FILE).file("here/from-file", "two planted\nlines").errors(), @"uat-1: relay-scrub.toml line 7: client_secret_file /here/from-file has blanks, line breaks or other characters in it that no token and no client secret has");
    let desk = Desk::with(FILE).flags(|asked| asked.client_secret_file = Some(".".into()));
    insta::assert_snapshot!(desk.errors(), @"uat-1: --client-secret-file: /here/. is a directory, not a file");
}

#[cfg(unix)]
#[test]
fn a_file_that_others_can_read_is_a_warning() {
    let desk = Desk::with(FILE).file("here/from-file", "file");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    std::fs::set_permissions(desk.path("here/from-file"), mode).expect("permissions");
    let warnings = desk.config().warnings.join("\n").replace(&*desk.path("").to_string_lossy(), "/");
    insta::assert_snapshot!(warnings, @"relay-scrub.toml line 7: /here/from-file can be read by others than its owner; chmod 600 makes it private");
}

#[test]
fn no_debug_text_shows_a_planted_secret() {
    let desk = Desk::with(FLEET)
        .orgs(&["uat", "eu-dev", "sprint42"])
        .variable("RELAY_SCRUB_CLIENT_SECRET", "planted")
        .variable("RELAY_SCRUB_UAT_ACCESS_TOKEN", "planted")
        .variable("RELAY_SCRUB_EU_DEV_REFRESH_TOKEN", "planted")
        .variable("RELAY_SCRUB_UAT_JWT_KEY", &KEY);
    let errors = desk.resolve().expect_err("several logins fit");
    let shown = format!("{errors} {errors:?}");
    assert!(!shown.contains("planted") && !shown.contains("BEGIN"), "{shown}");

    let body = KEY.lines().nth(1).expect("a line of the key");
    for auth in ["jwt", "client-credentials"] {
        let desk = Desk::with(FLEET).orgs(&["uat"]).variable("RELAY_SCRUB_CLIENT_SECRET", "planted");
        let config = desk.variable("RELAY_SCRUB_AUTH", auth).config();
        let shown = format!("{config:?} {config:#?}");
        assert!(!shown.contains("planted") && !shown.contains(body), "{shown}");
    }
}

#[cfg(unix)]
#[test]
fn a_refresh_token_from_a_place_that_cannot_take_its_replacement_is_told() {
    let desk = Desk::new().flags(|asked| {
        asked.instance_url = Some("https://acme--uat.sandbox.my.salesforce.com".into());
        asked.client_id = Some("id".into());
        asked.refresh_token_file = Some("/dev/null".into());
    });
    insta::assert_snapshot!(desk.errors(), @"--refresh-token-file: is no file that can be written back to, and a refresh token may be replaced: use a file, or an access token");
}
