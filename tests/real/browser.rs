//! A real headless Chromium, driven through the login page to the callback.

use std::process::Stdio;

use fantoccini::{Client, ClientBuilder, Locator};
use relay_scrub::simulator::{OrgKind, SimulatedOrg, Simulator};
use serde_json::json;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::{Desk, free_port, org};
use crate::support::program::{Ran, USER};
use crate::support::secret_service::SecretService;

/// A browser with a profile of its own. `RELAY_SCRUB_SCREENSHOTS` names a folder for pictures of the pages.
struct Chromium {
    driver: Child,
    client: Client,
    _profile: TempDir,
}

impl Chromium {
    async fn start(size: &str, dark: bool) -> Self {
        let profile = tempfile::tempdir().expect("a folder");
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("chromedriver: scripts/install-test-programs installs it");
        let mut lines = BufReader::new(driver.stdout.take().expect("its output")).lines();
        let port = loop {
            let line = lines.next_line().await.expect("text").expect("chromedriver says its port");
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                break port.trim_end_matches('.').to_string();
            }
        };
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let mut flags = vec![
            "--headless=new".to_string(),
            "--no-sandbox".into(),
            "--disable-quic".into(),
            "--no-first-run".into(),
            "--disable-background-networking".into(),
            "--disable-component-update".into(),
            "--disable-sync".into(),
            "--disable-dev-shm-usage".into(),
            format!("--window-size={size}"),
            format!("--user-data-dir={}", profile.path().display()),
        ];
        if dark {
            flags.push("--force-dark-mode".into());
            flags.push("--blink-settings=preferredColorScheme=0".into());
        }
        let options = json!({"browserName": "chrome", "goog:chromeOptions": {"args": flags}});
        let capabilities = options.as_object().cloned().expect("an object");
        let client = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .expect("chromium: scripts/install-test-programs installs it");
        Self { driver, client, _profile: profile }
    }

    /// Opens the login page, presses a button there, and returns the text of the page that it ends on.
    async fn decide(&self, login_page: &str, button: &str, picture: &str) -> String {
        self.client.goto(login_page).await.expect("the login page");
        self.client.find(Locator::Id(button)).await.expect("the button").click().await.expect("a click");
        let page = self.client.wait().for_element(Locator::Css("main")).await.expect("the callback's page");
        let text = page.text().await.expect("its text");
        if let Some(folder) = std::env::var_os("RELAY_SCRUB_SCREENSHOTS") {
            let bytes = self.client.screenshot().await.expect("a picture");
            std::fs::write(std::path::Path::new(&folder).join(picture), bytes).expect("a file");
        }
        text
    }

    async fn end(mut self) {
        self.client.close().await.expect("the browser closes");
        self.driver.kill().await.expect("the driver ends");
    }
}

/// One login through the browser: what the page says, and what the program.
async fn login(kind: OrgKind, button: &str, browser: &Chromium, picture: &str) -> (String, Ran, SimulatedOrg, Desk) {
    let (simulator, port) = (Simulator::start().await.expect("a simulator"), free_port());
    let org = org(&simulator, kind, port, |app| app).await;
    org.edit(|state| state.quirks.authorize_at_once = false);
    let desk = Desk::new(SecretService::start());
    desk.orgs(&[("uat", &org)], "");
    let login = desk.login(port, ["uat"]).await;
    let text = browser.decide(&login.address, button, picture).await;
    (text, login.finish().await, org, desk)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_allows_it_ends_on_a_page_that_says_which_org_it_was() {
    let browser = Chromium::start("900,640", false).await;
    let (text, ran, org, desk) = login(OrgKind::Sandbox, "oaapprove", &browser, "allowed.png").await;
    assert_eq!(ran.code, 0, "{ran:?}");
    for part in ["Logged in to Acme", &org.id(), USER, "keyring, as uat", "You can close this window"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(desk.session.content().contains("5Aep861"));
    let card = browser.client.find(Locator::Css("main")).await.expect("the page");
    let border = card.css_value("border-top-width").await.expect("a style");
    assert_eq!(border, "4px", "the page's own policy lets its style sheet in");
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_denies_it_is_told_that_nothing_was_stored() {
    let browser = Chromium::start("390,760", false).await;
    let (text, ran, org, desk) = login(OrgKind::Sandbox, "oadeny", &browser, "denied.png").await;
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(text.contains("Not logged in") && text.contains("Access was denied in the browser"), "{text}");
    assert!(text.contains("Nothing was stored"), "{text}");
    assert_eq!((desk.session.content(), org.live_tokens()), (String::new(), 0));
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn production_is_refused_on_the_page_too_and_its_tokens_are_revoked() {
    let browser = Chromium::start("900,640", true).await;
    let (text, ran, org, desk) = login(OrgKind::Production, "oaapprove", &browser, "production.png").await;
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(text.contains("Refused") && text.contains("tokens of this login were revoked"), "{text}");
    let revoked = org.requests().into_iter().filter(|request| request.path == "/services/oauth2/revoke").count();
    assert_eq!((revoked, org.live_tokens(), desk.session.content()), (2, 0, String::new()));
    browser.end().await;
}
