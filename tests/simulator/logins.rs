//! Tokens: every flow, and what Salesforce refuses.

use std::time::{SystemTime, UNIX_EPOCH};

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::header::{AUTHORIZATION, LOCATION};

use super::*;
use crate::support::keys::RsaKey;

const CREDENTIALS: [(&str, &str); 3] =
    [("grant_type", "client_credentials"), ("client_id", "key"), ("client_secret", "secret")];

fn jwt(key: &RsaKey, audience: &str, ahead: i64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs() as i64;
    let claims = json!({"iss": "key", "sub": USER, "aud": audience, "exp": now + ahead});
    let private = EncodingKey::from_rsa_pem(key.private.as_bytes()).expect("a key");
    jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, &private).expect("a token")
}

fn assertion(jwt: &str) -> [(&str, &str); 2] {
    [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", jwt)]
}

fn refusal(answer: &(u16, Value)) -> (&str, &str) {
    assert!(matches!(answer.0, 400 | 401), "{answer:?}");
    let text = |name: &str| answer.1[name].as_str().unwrap_or_default();
    (text("error"), text("error_description"))
}

fn names(value: &Value) -> Vec<&str> {
    value.as_object().map(|fields| fields.keys().map(String::as_str).collect()).unwrap_or_default()
}

#[tokio::test]
async fn client_credentials_answer_as_salesforce_does() {
    let bench = bench(uat()).await;
    let (status, answer) = bench.token(&CREDENTIALS).await;
    assert_eq!(status, 200);
    assert_eq!(
        names(&answer),
        ["access_token", "id", "instance_url", "issued_at", "scope", "signature", "token_format", "token_type"]
    );
    assert!(answer["issued_at"].is_string());
    assert_eq!(answer["instance_url"], bench.org.url());
    let token = answer["access_token"].as_str().expect("a token");
    assert_eq!(token.split_once('!').map(|(org, _)| org), Some(&bench.org.id()[..15]));
    let id = answer["id"].as_str().expect("an id");
    assert!(id.starts_with(&format!("https://test.salesforce.com/id/{}/005", bench.org.id())), "{id}");
}

#[tokio::test]
async fn client_credentials_are_for_the_orgs_own_address() {
    let bench = bench(uat()).await;
    let answer = token_at(&bench.http, bench.simulator.login_url(), &CREDENTIALS).await;
    assert_eq!(refusal(&answer), ("invalid_grant", "request not supported on this domain"));
}

#[tokio::test]
async fn what_is_missing_doubled_or_superfluous_is_refused() {
    let bench = bench(uat()).await;
    let cases = [
        (vec![("client_id", "key")], "unsupported_grant_type"),
        (vec![("grant_type", "client_credentials"), ("client_id", "key")], "invalid_client"),
        (vec![("grant_type", "client_credentials"), ("client_secret", "secret")], "invalid_request"),
        ([&CREDENTIALS[..], &CREDENTIALS[..1]].concat(), "invalid_request"),
        (vec![CREDENTIALS[0], ("client_id", "other"), CREDENTIALS[2]], "invalid_client_id"),
        (vec![CREDENTIALS[0], CREDENTIALS[1], ("client_secret", "wrong")], "invalid_client"),
    ];
    for (form, error) in cases {
        assert_eq!(refusal(&bench.token(&form).await).0, error, "{form:?}");
    }
    let url = format!("{}/services/oauth2/token", bench.org.url());
    let request = bench.http.post(&url).form(&CREDENTIALS).header(AUTHORIZATION, "Bearer x");
    assert_eq!(request.send().await.expect("an answer").status(), 400);
    assert_eq!(bench.http.post(&url).json(&json!({})).send().await.expect("an answer").status(), 400);
}

#[tokio::test]
async fn a_connected_app_wants_the_login_hosts_audience() {
    let key = RsaKey::generate();
    let setup = OrgSetup::sandbox("uat").user(User::new(USER)).app(App::connected("key").public_key(&key.certificate));
    let bench = bench(setup).await;
    let (status, answer) = bench.token(&assertion(&jwt(&key, "https://test.salesforce.com", 120))).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(names(&answer), ["access_token", "id", "instance_url", "scope", "token_type"]);
    let by_login_host = jwt(&key, bench.simulator.login_url(), 120);
    assert_eq!(token_at(&bench.http, bench.simulator.login_url(), &assertion(&by_login_host)).await.0, 200);
    let own = bench.token(&assertion(&jwt(&key, bench.org.url(), 120))).await;
    assert_eq!(refusal(&own), ("invalid_grant", "audience is invalid"));
    bench.org.become_production();
    let production = bench.token(&assertion(&jwt(&key, "https://test.salesforce.com", 120))).await;
    assert_eq!(refusal(&production), ("invalid_grant", "audience is invalid"));
}

#[tokio::test]
async fn an_external_client_app_wants_the_orgs_own_address_as_audience() {
    let key = RsaKey::generate();
    let setup = OrgSetup::sandbox("uat").user(User::new(USER)).app(App::external("key").public_key(&key.public));
    let bench = bench(setup).await;
    assert_eq!(bench.token(&assertion(&jwt(&key, bench.org.url(), 120))).await.0, 200);
    let shared = bench.token(&assertion(&jwt(&key, "https://test.salesforce.com", 120))).await;
    assert_eq!(refusal(&shared), ("app_not_found", "External client app is not installed in this org"));
}

#[tokio::test]
async fn a_jwt_of_another_key_or_another_time_is_refused() {
    let (key, other) = (RsaKey::generate(), RsaKey::generate());
    let setup = OrgSetup::sandbox("uat").user(User::new(USER)).app(App::connected("key").public_key(&key.public));
    let bench = bench(setup).await;
    let audience = "https://test.salesforce.com";
    let forged = bench.token(&assertion(&jwt(&other, audience, 120))).await;
    assert_eq!(refusal(&forged), ("invalid_grant", "invalid assertion"));
    for ahead in [-10, 600] {
        let expired = bench.token(&assertion(&jwt(&key, audience, ahead))).await;
        assert_eq!(refusal(&expired), ("invalid_grant", "expired authorization code"));
    }
    bench.org.edit(|state| state.quirks.jwt_upper_bound = false);
    assert_eq!(bench.token(&assertion(&jwt(&key, audience, 600))).await.0, 200);
}

#[tokio::test]
async fn users_and_apps_that_may_not_are_told_why() {
    let bench = bench(uat()).await;
    bench.org.edit(|state| state.user_mut(USER).expect("the user").active = false);
    assert_eq!(refusal(&bench.token(&CREDENTIALS).await).0, "inactive_user");
    bench.org.edit(|state| {
        state.user_mut(USER).expect("the user").active = true;
        state.apps[0].approval = Approval::Only(Vec::new());
    });
    assert_eq!(refusal(&bench.token(&CREDENTIALS).await).0, "invalid_app_access");
    bench.org.edit(|state| state.apps[0].run_as = None);
    assert_eq!(refusal(&bench.token(&CREDENTIALS).await).1, "no client credentials user enabled");
    bench.org.edit(|state| state.apps[0].installed = false);
    assert_eq!(refusal(&bench.token(&CREDENTIALS).await).0, "app_not_found");
}

#[tokio::test]
async fn rotation_kills_the_old_refresh_token_at_once() {
    let setup = OrgSetup::sandbox("uat").user(User::new(USER)).app(App::external("key").rotating());
    let bench = bench(setup).await;
    let first = bench.org.issue_refresh_token("key", USER);
    let refresh = |token: &str| {
        let token = token.to_string();
        let bench = &bench;
        async move {
            let form = [("grant_type", "refresh_token"), ("client_id", "key"), ("refresh_token", token.as_str())];
            bench.token(&form).await
        }
    };
    let (status, answer) = refresh(&first).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(refusal(&refresh(&first).await), ("invalid_grant", "expired access/refresh token"));
    let second = answer["refresh_token"].as_str().expect("a new token");
    assert_eq!(refresh(second).await.0, 200);
}

#[tokio::test]
async fn a_code_is_worth_a_token_once_and_to_its_verifier_alone() {
    let setup = OrgSetup::sandbox("uat").user(User::new(USER)).app(App::external("key"));
    let bench = bench(setup.quirks(|quirks| quirks.authorize_at_once = true)).await;
    // The pair that RFC 7636 gives in appendix B.
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let callback = "http://localhost:1717/OauthRedirect";
    let code = || async {
        let url = format!("{}/services/oauth2/authorize", bench.org.url());
        let request = bench.http.get(url).query(&[
            ("response_type", "code"),
            ("client_id", "key"),
            ("redirect_uri", callback),
            ("state", "s1"),
            ("code_challenge", challenge),
            ("code_challenge_method", "S256"),
        ]);
        let response = request.send().await.expect("an answer");
        let location = response.headers()[LOCATION].to_str().expect("text").to_string();
        assert!(location.starts_with(callback) && location.contains("state=s1"), "{location}");
        let url: reqwest::Url = location.parse().expect("a url");
        url.query_pairs().find(|(name, _)| name == "code").expect("a code").1.into_owned()
    };
    let redeem = |code: String, verifier: &'static str| {
        let bench = &bench;
        async move {
            let form = [
                ("grant_type", "authorization_code"),
                ("client_id", "key"),
                ("redirect_uri", callback),
                ("code", code.as_str()),
                ("code_verifier", verifier),
            ];
            bench.token(&form).await
        }
    };
    let wrong = redeem(code().await, "another").await;
    assert_eq!(refusal(&wrong).0, "invalid_request");
    let good = code().await;
    let (status, answer) = redeem(good.clone(), verifier).await;
    assert_eq!(status, 200, "{answer}");
    assert!(answer["refresh_token"].is_string());
    assert_eq!(refusal(&redeem(good, verifier).await), ("invalid_grant", "expired authorization code"));
}

#[tokio::test]
async fn a_revoked_token_is_dead() {
    let bench = bench(uat()).await;
    let url = format!("{}/services/oauth2", bench.org.url());
    let info = || async { bench.http.get(format!("{url}/userinfo")).bearer_auth(&bench.token).send().await };
    let known: Value = info().await.expect("an answer").json().await.expect("JSON");
    assert_eq!(known["organization_id"], bench.org.id());
    assert_eq!(known["preferred_username"], USER);
    let revoke = bench.http.post(format!("{url}/revoke")).form(&[("token", &bench.token)]);
    assert_eq!(revoke.send().await.expect("an answer").status(), 200);
    assert_eq!(info().await.expect("an answer").status(), 403);
}

#[tokio::test]
async fn the_tokens_form_its_id_and_the_status_of_a_refusal_are_settings() {
    let bench = bench(uat().quirks(|quirks| {
        quirks.jwt_access_tokens = true;
        quirks.token_without_id = true;
        quirks.invalid_client_status = 401;
    }))
    .await;
    let (_, answer) = bench.token(&CREDENTIALS).await;
    assert!(!answer["access_token"].as_str().expect("a token").contains('!'));
    assert_eq!(answer["id"], Value::Null);
    let wrong = bench.token(&[CREDENTIALS[0], CREDENTIALS[1], ("client_secret", "wrong")]).await;
    assert_eq!((wrong.0, refusal(&wrong)), (401, ("invalid_client", "invalid client credentials")));
}

#[tokio::test]
async fn a_browser_is_sent_to_no_address_that_the_app_does_not_list() {
    let app = App { blocked: true, ..App::external("key") };
    let bench = bench(OrgSetup::sandbox("uat").user(User::new(USER)).app(app)).await;
    let ask = |client: &'static str, callback: &'static str| {
        let query = [("response_type", "code"), ("client_id", client), ("redirect_uri", callback), ("state", "s1")];
        bench.http.get(format!("{}/services/oauth2/authorize", bench.org.url())).query(&query).send()
    };
    let listed = "http://localhost:1717/OauthRedirect";
    for (client, callback) in [("other", listed), ("key", "http://localhost:1718/OauthRedirect"), ("key", "")] {
        assert_eq!(ask(client, callback).await.expect("an answer").status(), 400, "{client} {callback}");
    }
    let blocked = ask("key", listed).await.expect("an answer");
    let location = blocked.headers()[LOCATION].to_str().expect("text");
    assert!(location.contains("error=OAUTH_APP_BLOCKED") && location.contains("state=s1"), "{location}");
}
