//! The way to log in, set or found out.

use relay_scrub::secrets::{Credential, KeptLogin, KeptSecret, Secret};

use super::{Desk, FLEET, KEY};

fn org(lines: &str) -> Desk {
    let file = format!("[orgs.uat]\ninstance_url = \"https://acme--uat.sandbox.my.salesforce.com\"\n{lines}");
    Desk::with(&file).file("here/secret", "planted\n").orgs(&["uat"])
}

fn method(desk: &Desk) -> String {
    let login = format!("{:?}", desk.config().targets[0].credential);
    assert!(!login.contains("planted"), "{login}");
    login.split(' ').next().unwrap_or_default().to_string()
}

#[test]
fn the_only_login_that_fits_is_taken() {
    let id = "client_id = \"id\"\n";
    assert_eq!(method(&org(&format!("{id}client_secret_file = \"secret\""))), "ClientCredentials");
    assert_eq!(method(&org(&format!("{id}username = \"u\"\njwt_key_file = \"key.pem\""))), "Jwt");
    assert_eq!(method(&org(&format!("{id}refresh_token_file = \"secret\""))), "RefreshToken");
    assert_eq!(method(&org("access_token_file = \"secret\"")), "AccessToken");
}

#[test]
fn several_logins_that_fit_are_an_error_unless_one_is_set() {
    let lines = "client_id = \"id\"\nclient_secret_file = \"secret\"\nrefresh_token_file = \"secret\"";
    insta::assert_snapshot!(org(lines).errors(), @"uat: client-credentials and refresh-token fit what is set: say which with --auth, RELAY_SCRUB_AUTH or auth in [orgs.uat]");
    assert_eq!(method(&org(lines).variable("RELAY_SCRUB_AUTH", "refresh-token")), "RefreshToken");
    assert_eq!(method(&org(&format!("{lines}\nauth = \"client-credentials\""))), "ClientCredentials");
}

#[test]
fn no_login_is_an_error_that_says_what_each_lacks() {
    insta::assert_snapshot!(org("client_id = \"id\"").errors(), @"
    uat: there is nothing to log in with:
      client-credentials lacks client secret (--client-secret-file, RELAY_SCRUB_UAT_CLIENT_SECRET, RELAY_SCRUB_CLIENT_SECRET or client_secret_file in [orgs.uat])
      jwt lacks username (username in [orgs.uat]); private key (--jwt-key-file, RELAY_SCRUB_UAT_JWT_KEY, RELAY_SCRUB_JWT_KEY or jwt_key_file in [orgs.uat])
      refresh-token lacks refresh token (RELAY_SCRUB_UAT_REFRESH_TOKEN or refresh_token_file in [orgs.uat])
      access-token lacks access token (RELAY_SCRUB_UAT_ACCESS_TOKEN or access_token_file in [orgs.uat])
      sfdx-auth-url lacks SFDX auth URL (RELAY_SCRUB_UAT_SFDX_AUTH_URL or sfdx_auth_url_file in [orgs.uat])
      sf-cli lacks alias of the Salesforce CLI (target_org in [orgs.uat])
      and the keyring has no login uat (`relay-scrub login` puts one there)
    ");
    let desk =
        Desk::new().flags(|asked| asked.instance_url = Some("https://acme--uat.sandbox.my.salesforce.com".into()));
    insta::assert_snapshot!(desk.errors(), @"
    there is nothing to log in with:
      client-credentials lacks client id (--client-id or RELAY_SCRUB_CLIENT_ID); client secret (--client-secret-file or RELAY_SCRUB_CLIENT_SECRET)
      jwt lacks client id (--client-id or RELAY_SCRUB_CLIENT_ID); username (--username or RELAY_SCRUB_USERNAME); private key (--jwt-key-file or RELAY_SCRUB_JWT_KEY)
      refresh-token lacks client id (--client-id or RELAY_SCRUB_CLIENT_ID); refresh token (--refresh-token-file or RELAY_SCRUB_REFRESH_TOKEN)
      access-token lacks access token (--access-token-file, RELAY_SCRUB_ACCESS_TOKEN or SF_ACCESS_TOKEN)
      sfdx-auth-url lacks SFDX auth URL (--sfdx-auth-url-file or RELAY_SCRUB_SFDX_AUTH_URL)
      sf-cli lacks alias of the Salesforce CLI (--target-org or SF_TARGET_ORG)
      and the keyring has no login acme--uat.sandbox.my.salesforce.com (`relay-scrub login` puts one there)
    ");
}

#[test]
fn a_login_that_is_set_and_lacks_something_says_where_it_was_set() {
    insta::assert_snapshot!(org("auth = \"jwt\"\nclient_id = \"id\"").errors(), @"
    uat: relay-scrub.toml line 3: the login is to be jwt, but there is no username (username in [orgs.uat]), and no private key (--jwt-key-file, RELAY_SCRUB_UAT_JWT_KEY, RELAY_SCRUB_JWT_KEY or jwt_key_file in [orgs.uat])
      and the keyring has no login uat (`relay-scrub login` puts one there)
    ");
    insta::assert_snapshot!(org("username = \"u\"\njwt_key_file = \"key.pem\"").errors(), @"uat: what is set fits jwt, but there is no client id (--client-id, RELAY_SCRUB_CLIENT_ID or client_id in [orgs.uat])");
}

#[test]
fn a_secret_that_the_login_does_not_need_is_not_read() {
    assert_eq!(
        method(&org("auth = \"access-token\"\naccess_token_file = \"secret\"\njwt_key_file = \"none\"")),
        "AccessToken"
    );
}

#[test]
fn a_refresh_token_stays_where_it_can_be_replaced() {
    let desk = org("client_id = \"id\"\nrefresh_token_file = \"secret\"");
    let login = format!("{:?}", desk.config().targets[0].credential);
    assert!(login.contains("keeper: File(") && login.contains("here/secret"), "{login}");
    let desk = org("client_id = \"id\"").variable("RELAY_SCRUB_UAT_REFRESH_TOKEN", "planted");
    insta::assert_debug_snapshot!(desk.config().targets[0].credential, @r#"
    RefreshToken {
        client_id: "id",
        client_secret: None,
        keeper: Environment {
            variable: "RELAY_SCRUB_UAT_REFRESH_TOKEN",
            token: Mutex {
                data: [secret],
            },
        },
    }
    "#);
}

#[test]
fn a_key_on_one_line_of_the_environment_is_taken() {
    let lines = "client_id = \"id\"\nusername = \"u\"";
    assert_eq!(method(&org(lines).variable("RELAY_SCRUB_JWT_KEY", &KEY.trim().replace('\n', "\\n"))), "Jwt");
    insta::assert_snapshot!(org(lines).variable("RELAY_SCRUB_JWT_KEY", "planted").errors(), @"uat: RELAY_SCRUB_JWT_KEY: is not a private key in PEM, which begins with -----BEGIN PRIVATE KEY-----");
}

#[test]
fn addresses_of_the_login_are_urls_without_a_path() {
    let lines = "client_id = \"id\"\nusername = \"u\"\njwt_key_file = \"key.pem\"\nlogin_url = \"https://test.salesforce.com/x\"\n\
                 jwt_audience = \"https://test.salesforce.com\"";
    let target = org(lines).config().targets.remove(0);
    assert_eq!(target.org.login_url.map(String::from).as_deref(), Some("https://test.salesforce.com/"));
    let desk =
        org(lines).variable("RELAY_SCRUB_LOGIN_URL", "https://a:planted@b").variable("RELAY_SCRUB_JWT_AUDIENCE", "x");
    insta::assert_snapshot!(desk.errors(), @"
    2 problems, and no org was contacted:
      uat:
        RELAY_SCRUB_LOGIN_URL: has a user or password before the host, which no address here needs: leave it out
        RELAY_SCRUB_JWT_AUDIENCE: must be a URL, such as https://acme--uat.sandbox.my.salesforce.com
    ");
}

#[test]
fn a_file_shared_by_several_orgs_is_told_of_once() {
    let desk = Desk::with(&FLEET.replace("key.pem", "none.pem")).orgs(&["uat", "eu-dev"]);
    insta::assert_snapshot!(desk.errors(), @"relay-scrub.toml line 4: jwt_key_file /here/none.pem does not exist");
}

fn kept(host: &str, secret: KeptSecret) -> KeptLogin {
    KeptLogin { host: host.into(), client_id: "kept-id".into(), username: Some("kept@acme.com.uat".into()), secret }
}

fn key() -> KeptSecret {
    KeptSecret::JwtKey(Secret::new(super::KEY.clone()))
}

const UAT: &str = "acme--uat.sandbox.my.salesforce.com";

#[test]
fn the_keyring_has_the_last_word_on_a_secret() {
    let desk = org("");
    desk.keyring.put("uat", &kept(UAT, key())).expect("kept");
    let target = desk.config().targets.remove(0);
    assert_eq!(target.credential_place, "the keyring (login uat)");
    let Credential::Jwt { client_id, username, .. } = target.credential else { panic!("another credential") };
    assert_eq!((client_id.as_str(), username.as_str()), ("kept-id", "kept@acme.com.uat"));

    let desk = org("client_id = \"id\"").variable("RELAY_SCRUB_UAT_CLIENT_SECRET", "secret");
    desk.keyring.put("uat", &kept(UAT, key())).expect("kept");
    let target = desk.config().targets.remove(0);
    assert_eq!(target.credential_place, "RELAY_SCRUB_UAT_CLIENT_SECRET");
    assert!(matches!(target.credential, Credential::ClientCredentials { .. }));
}

#[test]
fn a_login_of_the_keyring_serves_no_host_but_its_own() {
    let desk = org("");
    desk.keyring.put("uat", &kept("acme--qa.sandbox.my.salesforce.com", key())).expect("kept");
    insta::assert_snapshot!(desk.errors(), @"uat: the keyring (login uat): it is for acme--qa.sandbox.my.salesforce.com and serves no other host: log in to acme--uat.sandbox.my.salesforce.com with `relay-scrub login`");
}

#[test]
fn a_login_of_the_keyring_is_not_used_for_another_method() {
    let desk = org("auth = \"client-credentials\"\nclient_id = \"id\"");
    desk.keyring.put("uat", &kept(UAT, key())).expect("kept");
    insta::assert_snapshot!(desk.errors(), @"uat: the keyring (login uat): it is for jwt, and auth is set to client-credentials");
}

#[test]
fn sandboxes_of_the_template_share_a_login_of_the_keyring() {
    let template = "[sandboxes]\ninstance_url = \"https://acme--{sandbox}.sandbox.my.salesforce.com\"\nusername = \"scrubber@acme.com.{sandbox}\"\n";
    let desk = Desk::with(template).orgs(&["qa1", "qa2"]);
    desk.keyring.put("[sandboxes]", &kept("acme--{sandbox}.sandbox.my.salesforce.com", key())).expect("kept");
    let users = desk.config().targets.into_iter().map(|target| match target.credential {
        Credential::Jwt { username, .. } => username,
        other => panic!("{other:?}"),
    });
    assert_eq!(users.collect::<Vec<_>>(), ["scrubber@acme.com.qa1", "scrubber@acme.com.qa2"]);
}

#[test]
fn a_token_of_the_keyring_is_not_used_with_another_app() {
    let secret = KeptSecret::RefreshToken { token: Secret::new("planted".into()), client_secret: None };
    let login = kept("acme--uat.sandbox.my.salesforce.com", secret);
    let own = login.client_id.clone();
    for (client_id, fits) in [(own.as_str(), true), ("another", false)] {
        let desk = org(&format!("client_id = \"{client_id}\""));
        desk.keyring.put("uat", &login).expect("kept");
        assert_eq!(desk.resolve().is_ok(), fits, "{:?}", desk.resolve().map(drop));
    }
    let desk = org("client_id = \"another\"");
    desk.keyring.put("uat", &login).expect("kept");
    assert!(desk.errors().contains("made with another app"), "{}", desk.errors());
}
