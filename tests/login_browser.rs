//! Logging in with the browser: what is kept, what is revoked, and who may not end a login.

use std::sync::Arc;
use std::time::Duration;

use relay_scrub::login::{
    Begun, Cause, Keep, Listener, LoggedIn, LoginFailure, begin, finish, keep_credential, redirect_uri,
};
use relay_scrub::salesforce::{AllowedHosts, BrowserApp, BrowserDestination, Destination, Error, Expected};
use relay_scrub::secrets::{Credential, KeptLogin, KeptSecret, MemoryStore, Secret, SecretStore, StoreError};
use relay_scrub::simulator::{App, Approval, Fault, Matcher, OrgKind, OrgSetup, SimulatedOrg, Simulator, User};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::support::browser::{callback_of, follow, free_port, get, post};
use crate::support::program::{CONSUMER_KEY, CONSUMER_SECRET, Program, USER, sandbox};

const TIMEOUT: Duration = Duration::from_secs(60);

/// An org, a keyring and a login that waits for its callback.
struct Bench {
    _simulator: Simulator,
    org: SimulatedOrg,
    store: Arc<dyn SecretStore>,
    stop: CancellationToken,
    port: u16,
    folder: TempDir,
}

fn setup(kind: OrgKind) -> OrgSetup {
    OrgSetup::new(kind, "Acme").user(User::new(USER)).quirks(|quirks| quirks.authorize_at_once = true)
}

impl Bench {
    async fn new(setup: OrgSetup, app: App) -> Self {
        Self::with_store(setup, app, Arc::new(MemoryStore::default())).await
    }

    async fn with_store(setup: OrgSetup, app: App, store: Arc<dyn SecretStore>) -> Self {
        let simulator = Simulator::start().await.expect("a simulator");
        let port = free_port();
        let org = simulator.add_org(setup.app(app.callback(&redirect_uri(port)))).await.expect("an org");
        let folder = tempfile::tempdir().expect("a folder");
        Self { _simulator: simulator, org, store, stop: CancellationToken::new(), port, folder }
    }

    async fn sandbox() -> Self {
        Self::new(setup(OrgKind::Sandbox), App::external(CONSUMER_KEY)).await
    }

    fn keep(&self) -> Keep {
        let host = self.org.url().trim_start_matches("http://").to_string();
        Keep::own(self.store.clone(), "uat".into(), host, self.folder.path().join("uat.lock"))
    }

    fn destination(&self) -> BrowserDestination {
        BrowserDestination {
            instance_url: Url::parse(self.org.url()).expect("a URL"),
            login_url: None,
            api_version: "68.0".parse().expect("a version"),
            expected: Expected::default(),
            allowed_hosts: AllowedHosts::default(),
        }
    }

    fn begin(&self) -> Begun {
        let app =
            BrowserApp { client_id: CONSUMER_KEY.into(), client_secret: None, redirect_uri: redirect_uri(self.port) };
        begin(self.destination(), app, TIMEOUT).expect("begun")
    }

    /// Begins a login that listens; its login page's address, and what becomes of it.
    async fn start(&self) -> (String, JoinHandle<Result<LoggedIn, LoginFailure>>) {
        let (begun, listener) = (self.begin(), Listener::bind(self.port).await.expect("the port"));
        let (address, keep, stop) = (begun.address.to_string(), self.keep(), self.stop.clone());
        (address, tokio::spawn(async move { finish(begun, listener, &keep, TIMEOUT, &stop).await }))
    }

    fn kept(&self) -> Option<KeptLogin> {
        self.store.get("uat").expect("a store")
    }

    fn revocations(&self) -> usize {
        self.org.requests().iter().filter(|request| request.path == "/services/oauth2/revoke").count()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_in_the_browser_is_kept_for_its_host_alone() {
    let bench = Bench::sandbox().await;
    let (address, login) = bench.start().await;

    let page = follow(&address).await;
    let logged_in = login.await.expect("no panic").expect("logged in");

    assert_eq!(logged_in.org.id.to_string(), bench.org.id());
    assert_eq!(logged_in.username.as_deref(), Some(USER));
    let kept = bench.kept().expect("a login");
    assert_eq!((kept.method(), kept.host.as_str()), ("refresh-token", bench.org.url().trim_start_matches("http://")));
    assert_eq!(bench.revocations(), 0);
    assert_eq!(page.status, 200);
    for text in ["Logged in to Acme", &bench.org.id(), USER, "You can close this window"] {
        assert!(page.text.contains(text), "{text} in {}", page.text);
    }
    assert_eq!(page.headers["cache-control"], "no-store");
    let policy = page.headers["content-security-policy"].to_str().expect("text");
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    let KeptSecret::RefreshToken { token, .. } = &kept.secret else { panic!("another secret") };
    assert!(!page.text.contains(token.expose()), "a page shows no token");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_code_is_worth_nothing_without_the_verifier_which_no_address_holds() {
    let bench = Bench::sandbox().await;
    let (address, login) = bench.start().await;
    follow(&address).await;
    login.await.expect("no panic").expect("logged in");

    let requests = bench.org.requests();
    let authorize = requests.iter().find(|request| request.path.ends_with("/authorize")).expect("a login page");
    assert!(authorize.query.contains("code_challenge_method=S256"), "{}", authorize.query);
    assert!(authorize.query.contains("scope=api+refresh_token"), "{}", authorize.query);
    let token = requests.iter().find(|request| request.path.ends_with("/token")).expect("a request for a token");
    let (_, verifier) = token.body.split_once("code_verifier=").expect("a verifier");
    assert!(!authorize.query.contains(verifier.split('&').next().expect("text")));
}

#[tokio::test(flavor = "multi_thread")]
async fn production_is_refused_nothing_is_kept_and_both_tokens_are_revoked() {
    let bench = Bench::new(setup(OrgKind::Production), App::external(CONSUMER_KEY)).await;
    let (address, login) = bench.start().await;

    let page = follow(&address).await;
    let failure = login.await.expect("no panic").expect_err("production");

    assert!(failure.cause.refusal().is_some(), "{failure:?}");
    assert!(matches!(failure.revoked, Some(Ok(()))), "{failure:?}");
    assert!(bench.kept().is_none());
    assert_eq!(bench.revocations(), 2);
    assert_eq!(bench.org.live_tokens(), 0, "no token outlives the refusal");
    assert!(page.text.contains("Refused") && page.text.contains("were revoked"), "{}", page.text);
    let reads = bench.org.requests().into_iter().filter(|request| request.body.contains("EmailRelay")).count();
    assert_eq!(reads, 0, "a login reads no relay");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_that_fails_is_said() {
    let bench = Bench::new(setup(OrgKind::Production), App::external(CONSUMER_KEY)).await;
    bench.org.fault(Fault::status(Matcher::path_contains("/revoke"), 403, &[], "{\"error\":\"not_now\"}"));
    let (address, login) = bench.start().await;

    let page = follow(&address).await;
    let failure = login.await.expect("no panic").expect_err("production");

    assert!(matches!(failure.revoked, Some(Err(_))), "{failure:?}");
    assert!(page.text.contains("could not be revoked"), "{}", page.text);
    assert_eq!(bench.revocations(), 2, "the second token is tried although the first failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_other_page_can_end_or_hijack_a_login() {
    let bench = Bench::sandbox().await;
    let (address, login) = bench.start().await;
    let callback = redirect_uri(bench.port);

    for foreign in ["", "?code=stolen", "?code=stolen&state=guessed", "?error=access_denied", "?error=x&state=guessed"]
    {
        let page = get(&format!("{callback}{foreign}")).await;
        assert_eq!(page.status, 400, "{foreign}");
        assert!(page.text.contains("Not this login"), "{}", page.text);
    }
    let genuine = callback_of(&address).await;
    assert_eq!(post(&genuine).await.status, 405);
    assert_eq!(get(&genuine.replace("/OauthRedirect", "/elsewhere")).await.status, 404);
    let tokens = bench.org.requests().iter().filter(|request| request.path.ends_with("/token")).count();
    assert_eq!(tokens, 0, "no foreign code is given for a token");

    assert_eq!(get(&genuine).await.status, 200);
    login.await.expect("no panic").expect("the login went on, and ended well");
}

#[tokio::test(flavor = "multi_thread")]
async fn both_loopback_addresses_belong_to_the_login() {
    let port = free_port();
    let _login = Listener::bind(port).await.expect("the port");
    for address in ["127.0.0.1", "::1"] {
        let second = tokio::net::TcpListener::bind((address, port)).await;
        assert!(second.is_err(), "{address} was free for somebody else");
    }
    assert!(Listener::bind(port).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_salesforce_sends_in_place_of_a_code_is_explained() {
    let apps = [
        (App { blocked: true, ..App::external(CONSUMER_KEY) }, "login_app_blocked", "Unblock it"),
        (App { installed: false, ..App::external(CONSUMER_KEY) }, "login_app_not_installed", "A refresh does not copy"),
    ];
    for (app, code, advice) in apps {
        let bench = Bench::new(setup(OrgKind::Sandbox), app).await;
        let (address, login) = bench.start().await;
        let page = follow(&address).await;
        let failure = login.await.expect("no panic").expect_err("refused");
        let Cause::Salesforce(error @ Error::Login { .. }) = &failure.cause else { panic!("{failure:?}") };
        assert_eq!(error.trouble().code(), code);
        assert!(page.text.contains(advice), "{}", page.text);
        assert!(failure.revoked.is_none() && bench.kept().is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_whom_the_app_does_not_admit_is_told_so() {
    let app = App { approval: Approval::Only(Vec::new()), ..App::external(CONSUMER_KEY) };
    let bench = Bench::new(setup(OrgKind::Sandbox), app).await;
    let (address, login) = bench.start().await;
    follow(&address).await;
    let failure = login.await.expect("no panic").expect_err("not admitted");
    let Cause::Salesforce(error) = &failure.cause else { panic!("{failure:?}") };
    assert_eq!(error.trouble().code(), "login_not_admitted");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_that_ends_says_so() {
    let bench = Bench::sandbox().await;
    let listener = Listener::bind(bench.port).await.expect("the port");
    let failure =
        finish(bench.begin(), listener, &bench.keep(), Duration::ZERO, &bench.stop).await.expect_err("nobody came");
    assert!(failure.cause.to_string().starts_with("nobody came back from the browser"), "{failure:?}");
    assert_eq!(bench.org.requests().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_is_stopped_after_the_exchange_revokes_what_it_got() {
    let bench = Bench::sandbox().await;
    let stop = bench.stop.clone();
    bench.org.fault(Fault::before(Matcher::reading_composite(), move |_| stop.cancel()));
    let (address, login) = bench.start().await;

    let page = follow(&address).await;
    let failure = login.await.expect("no panic").expect_err("stopped");

    assert!(matches!(failure.cause, Cause::Interrupted), "{failure:?}");
    assert_eq!((bench.org.live_tokens(), bench.revocations()), (0, 2));
    assert!(bench.kept().is_none() && page.text.contains("Not logged in"));
}

/// A keyring that was unlocked when it was asked, and is not when it matters.
#[derive(Debug)]
struct Locked;

impl SecretStore for Locked {
    fn get(&self, _: &str) -> Result<Option<KeptLogin>, StoreError> {
        Ok(None)
    }
    fn put(&self, _: &str, _: &KeptLogin) -> Result<(), StoreError> {
        Err(StoreError::Locked("prompt dismissed".into()))
    }
    fn remove(&self, _: &str) -> Result<bool, StoreError> {
        Ok(false)
    }
    fn names(&self) -> Result<Vec<String>, StoreError> {
        Ok(Vec::new())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_the_keyring_does_not_take_is_revoked() {
    let bench = Bench::with_store(setup(OrgKind::Sandbox), App::external(CONSUMER_KEY), Arc::new(Locked)).await;
    let (address, login) = bench.start().await;
    let page = follow(&address).await;
    let failure = login.await.expect("no panic").expect_err("locked");
    assert!(matches!(failure.cause, Cause::Keyring(StoreError::Locked(_))), "{failure:?}");
    assert_eq!(bench.org.live_tokens(), 0);
    assert!(page.text.contains("keyring is locked"), "the page is shown after storing: {}", page.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_for_another_org_is_refused_and_revoked() {
    let other = setup(OrgKind::Sandbox).instance_url("https://acme--qa.sandbox.my.salesforce.com");
    let bench = Bench::new(other, App::external(CONSUMER_KEY)).await;
    let (address, login) = bench.start().await;
    follow(&address).await;
    let failure = login.await.expect("no panic").expect_err("another org");
    assert_eq!(failure.cause.refusal().map(|refusal| refusal.code()), Some("foreign_instance_url"));
    assert_eq!((bench.org.live_tokens(), bench.kept().is_none()), (0, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_that_was_brought_along_is_proven_before_it_is_kept() {
    for (kind, kept, revocations) in [(OrgKind::Sandbox, true, 0), (OrgKind::Production, false, 1)] {
        let app = App::connected(CONSUMER_KEY).secret(CONSUMER_SECRET).run_as(USER);
        let bench = Bench::new(setup(kind), app).await;
        let BrowserDestination { instance_url, login_url, api_version, expected, allowed_hosts } = bench.destination();
        let client_secret = Secret::new(CONSUMER_SECRET.into());
        let credential = Credential::ClientCredentials { client_id: CONSUMER_KEY.into(), client_secret };
        let destination = Destination {
            instance_url: Some(instance_url),
            login_url,
            credential,
            api_version,
            expected,
            allowed_hosts,
        };
        let result = keep_credential(destination, &bench.keep(), TIMEOUT, &bench.stop).await;
        assert_eq!((result.is_ok(), bench.kept().is_some()), (kept, kept), "{result:?}");
        assert_eq!(bench.revocations(), revocations, "the session of a refused org is ended");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_keyring_nothing_is_contacted_and_what_does_the_job_is_named() {
    let simulator = Simulator::start().await.expect("a simulator");
    let org = simulator.add_org(sandbox("uat")).await.expect("an org");
    let file = format!("[orgs.uat]\ninstance_url = \"{}\"\nclient_id = \"{CONSUMER_KEY}\"\n", org.url());
    let program = Program::new(["login", "uat", "--no-browser"]).file("relay-scrub.toml", &file);
    let ran = program.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent").run().await;

    assert_eq!(ran.code, 2, "{ran:?}");
    for text in ["there is no keyring here", "RELAY_SCRUB_UAT_REFRESH_TOKEN", "refresh_token_file in [orgs.uat]"] {
        assert!(ran.stderr.contains(text), "{text} in {}", ran.stderr);
    }
    assert!(!ran.stderr.contains("/authorize"), "no browser is opened for a login that can't be kept");
    assert_eq!(org.requests().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_at_productions_address_is_refused_before_anything() {
    let cases = [
        (&["login"][..], "production address"),
        (&["login", "--login-url", "https://login.salesforce.com"], "login_url"),
    ];
    for (command, told) in cases {
        let url = if command.len() == 1 { "https://acme.my.salesforce.com" } else { "http://127.0.0.1:9" };
        let line = command.iter().copied().chain(["--instance-url", url, "--client-id", "x", "--no-browser"]);
        let ran = Program::new(line).run().await;
        assert_eq!(ran.code, 3, "{ran:?}");
        assert!(ran.stderr.contains(told) && !ran.stderr.contains("/authorize"), "{ran:?}");
    }
}
