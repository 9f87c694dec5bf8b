//! What is wrong with the file, by line.

use super::{Desk, FLEET, KEY};

#[test]
fn every_problem_is_told_at_once_with_its_line() {
    let file = r#"auth = "jwt"
[defaults]
clientid = "x"
instance_url = "https://a.example"
concurrency = "8"
timeout = 5
api_version = "51.0"
[org.x]
[orgs.uat]
usrname = "x"
instance_url = "acme.example"
auth = "jwtt"
expect_org_id = "00D5e000000abcDEAX"
colour = 1
[orgs.uat.dev]
[orgs."a b"]
[sandboxes]
instance_url = "https://acme--{name}.example"
username = 1
[guard]
production_org_id = ["00D", true]
[service]
retry_first = "whatever"
retry = "1m"
"#;
    insta::assert_snapshot!(Desk::with(file).orgs(&["uat"]).errors(), @r#"
    20 problems, and no org was contacted:
      relay-scrub.toml line 1: auth stands outside of a section, and belongs in [defaults], [orgs.NAME] or [sandboxes]
      relay-scrub.toml line 3: unknown key `clientid` in [defaults]; did you mean client_id?
      relay-scrub.toml line 4: instance_url does not belong in [defaults], but in [orgs.NAME] or [sandboxes]
      relay-scrub.toml line 5: concurrency must be a whole number, not text
      relay-scrub.toml line 6: timeout must be text in quotes, not a number
      relay-scrub.toml line 7: api_version is refused: the API version must be at least 52.0: earlier ones can't clear a relay
      relay-scrub.toml line 8: unknown section [org]; did you mean [orgs.NAME]?
      relay-scrub.toml line 16: an org's name has letters, digits, `-`, `_` and `.` only: `a b`
      relay-scrub.toml line 18: instance_url has {name} in it, and only {sandbox} is filled in
      relay-scrub.toml line 19: username must be text in quotes, not a number
      relay-scrub.toml line 21: production_org_id is not an org's id: an id is 15 or 18 letters and digits
      relay-scrub.toml line 21: production_org_id must be text in quotes, or an array of such, not true or false
      relay-scrub.toml line 23: retry_first must be a duration from 1ms to 24h, such as 90s, 5m or 1h
      relay-scrub.toml line 24: unknown key `retry` in [service], which takes listen, admin_listen, admin_token_file, admin_host, database, webhook_secret_file, tls_cert, tls_key, trust_proxy, workers, every_relay, give_up_after, keep_jobs, grace, notify_command, notify_url, notify_secret_file, retry_first, retry_longest, rest, lease, poll, reload, request_timeout, requests_per_address, requests_per_sandbox, connections or connections_per_address
      uat:
        relay-scrub.toml line 10: unknown key `usrname` in [orgs.uat]; did you mean username?
        relay-scrub.toml line 11: instance_url must be a URL, such as https://acme--uat.sandbox.my.salesforce.com
        relay-scrub.toml line 12: auth must be client-credentials, jwt, refresh-token, access-token, sfdx-auth-url or sf-cli; did you mean jwt?
        relay-scrub.toml line 13: expect_org_id is not an org's id: its last three characters don't fit the others: is a letter, or its case, wrong?
        relay-scrub.toml line 14: unknown key `colour` in [orgs.uat], which takes instance_url, auth, client_id, client_secret_file, username, jwt_key_file, jwt_audience, login_url, refresh_token_file, access_token_file, sfdx_auth_url_file, target_org, api_version, allow_host, expect_org_id or expect_sandbox
        relay-scrub.toml line 15: unknown key `dev` in [orgs.uat]; an org's name with a dot in it wants quotes: [orgs."uat.dev"]
    "#);
}

#[test]
fn syntax_errors_are_told_by_line_without_the_text() {
    let file = "[orgs.uat]\nclient_id = \"a\"\nclient_id = \"b\"\nclient_secret = \"planted\nx = = planted\n";
    insta::assert_snapshot!(Desk::with(file).errors(), @r#"
    4 problems, and no org was contacted:
      relay-scrub.toml line 3: not valid TOML: duplicate key
      relay-scrub.toml line 4: not valid TOML: invalid basic string, expected `"`
      relay-scrub.toml line 5: not valid TOML: extra `=`, expected nothing
      relay-scrub.toml line 5: not valid TOML: unexpected key or value, expected newline, `#`
    "#);
}

#[test]
fn no_secret_may_stand_in_the_file_and_none_is_repeated() {
    let file = r#"
[defaults]
client-secret = "planted"
jwt_key = """-----BEGIN planted"""
[orgs.uat]
instance_url = "https://user:planted@acme.example"
access_token = "planted"
refreshToken = "planted"
password = "planted"
[sandboxes]
access_token = "planted"
"#;
    let errors = Desk::with(file).orgs(&["uat"]).errors();
    assert!(!errors.contains("planted"), "{errors}");
    insta::assert_snapshot!(errors, @"
    8 problems, and no org was contacted:
      relay-scrub.toml line 3: `client-secret`: no secret may stand in this file, which is shown, copied and committed like any other; put it in a file of its own that client_secret_file names, or in RELAY_SCRUB_CLIENT_SECRET
      relay-scrub.toml line 4: `jwt_key`: no secret may stand in this file, which is shown, copied and committed like any other; put it in a file of its own that jwt_key_file names, or in RELAY_SCRUB_JWT_KEY
      relay-scrub.toml line 11: `access_token`: no secret may stand in this file, which is shown, copied and committed like any other; put it in a file of its own that access_token_file names, or in RELAY_SCRUB_<ORG>_ACCESS_TOKEN
      uat:
        relay-scrub.toml line 6: instance_url has a user or password before the host, which no address here needs: leave it out
        relay-scrub.toml line 7: `access_token`: no secret may stand in this file, which is shown, copied and committed like any other; put it in a file of its own that access_token_file names, or in RELAY_SCRUB_UAT_ACCESS_TOKEN
        relay-scrub.toml line 8: `refreshToken`: no secret may stand in this file, which is shown, copied and committed like any other; put it in a file of its own that refresh_token_file names, or in RELAY_SCRUB_UAT_REFRESH_TOKEN
        relay-scrub.toml line 9: `password`: no secret may stand in this file, which is shown, copied and committed like any other; remove it, and change it if others have seen it
        there is nothing to log in with:
          client-credentials lacks client id (--client-id, RELAY_SCRUB_CLIENT_ID or client_id in [orgs.uat]); client secret (--client-secret-file, RELAY_SCRUB_UAT_CLIENT_SECRET, RELAY_SCRUB_CLIENT_SECRET or client_secret_file in [orgs.uat])
          jwt lacks client id (--client-id, RELAY_SCRUB_CLIENT_ID or client_id in [orgs.uat]); username (username in [orgs.uat]); private key (--jwt-key-file, RELAY_SCRUB_UAT_JWT_KEY, RELAY_SCRUB_JWT_KEY or jwt_key_file in [orgs.uat])
          refresh-token lacks client id (--client-id, RELAY_SCRUB_CLIENT_ID or client_id in [orgs.uat]); refresh token (RELAY_SCRUB_UAT_REFRESH_TOKEN or refresh_token_file in [orgs.uat])
          access-token lacks access token (RELAY_SCRUB_UAT_ACCESS_TOKEN or access_token_file in [orgs.uat])
          sfdx-auth-url lacks SFDX auth URL (RELAY_SCRUB_UAT_SFDX_AUTH_URL or sfdx_auth_url_file in [orgs.uat])
          sf-cli lacks alias of the Salesforce CLI (target_org in [orgs.uat])
    ");
}

#[test]
fn the_sandboxes_name_is_filled_in_nowhere_else() {
    let file = FLEET.replace("\"key.pem\"", "\"{sandbox}.pem\"");
    insta::assert_snapshot!(Desk::with(&file).orgs(&["uat"]).errors(), @"relay-scrub.toml line 4: jwt_key_file has {sandbox} in it, which is filled in [sandboxes] alone");
}

#[test]
fn the_sandboxes_name_is_filled_into_paths_too() {
    let file = FLEET.replace(
        "username = \"scrubber@acme.com.{sandbox}\"",
        "auth = \"access-token\"\naccess_token_file = \"{sandbox}.token\"\nexpect_sandbox = \"{sandbox}\"",
    );
    let desk = Desk::with(&file).file("here/sprint42.token", "token").orgs(&["sprint42"]);
    let target = desk.config().targets.remove(0);
    insta::assert_debug_snapshot!((target.credential, target.org.expected.sandbox), @r#"
    (
        AccessToken {
            token: [secret],
        },
        Some(
            "sprint42",
        ),
    )
    "#);
}

#[test]
fn a_broken_file_is_not_passed_over_when_flags_describe_the_org() {
    let desk = Desk::with("[guard]\nproduction_org = \"x\"").flags(|asked| {
        asked.instance_url = Some("https://acme--uat.sandbox.my.salesforce.com".into());
        asked.client_id = Some("id".into());
        asked.username = Some("name".into());
    });
    insta::assert_snapshot!(desk.variable("RELAY_SCRUB_JWT_KEY", &KEY).errors(), @"relay-scrub.toml line 2: unknown key `production_org` in [guard]; did you mean production_org_id?");
}
