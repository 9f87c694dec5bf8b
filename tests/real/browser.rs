//! A real headless Chromium, driven through the login page to the callback.

use fantoccini::Locator;
use relay_scrub::simulator::{OrgKind, SimulatedOrg, Simulator};

use super::chromium::{Chromium, Screen};
use super::{Desk, free_port, org};
use crate::support::program::{Ran, USER};
use crate::support::secret_service::SecretService;

/// Opens the login page, presses a button there, and returns the text of the page that it ends on.
async fn decide(browser: &Chromium, login_page: &str, button: &str, picture: &str) -> String {
    browser.client.goto(login_page).await.expect("the login page");
    browser.client.find(Locator::Id(button)).await.expect("the button").click().await.expect("a click");
    let page = browser.client.wait().for_element(Locator::Css("main")).await.expect("the callback's page");
    let text = page.text().await.expect("its text");
    browser.picture(picture).await;
    text
}

/// One login through the browser: what the page says, and what the program.
async fn login(kind: OrgKind, button: &str, browser: &Chromium, picture: &str) -> (String, Ran, SimulatedOrg, Desk) {
    let (simulator, port) = (Simulator::start().await.expect("a simulator"), free_port());
    let org = org(&simulator, kind, port, |app| app).await;
    org.edit(|state| state.quirks.authorize_at_once = false);
    let desk = Desk::new(SecretService::start());
    desk.orgs(&[("uat", &org)], "");
    let login = desk.login(port, ["uat"]).await;
    let text = decide(browser, &login.address, button, picture).await;
    (text, login.finish().await, org, desk)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_allows_it_ends_on_a_page_that_says_which_org_it_was() {
    let browser = Chromium::start(Screen::wide(900, 640)).await;
    let (text, ran, org, desk) = login(OrgKind::Sandbox, "oaapprove", &browser, "allowed").await;
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
    let browser = Chromium::start(Screen::phone(390)).await;
    let (text, ran, org, desk) = login(OrgKind::Sandbox, "oadeny", &browser, "denied").await;
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(text.contains("Not logged in") && text.contains("Access was denied in the browser"), "{text}");
    assert!(text.contains("Nothing was stored"), "{text}");
    assert_eq!((desk.session.content(), org.live_tokens()), (String::new(), 0));
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn production_is_refused_on_the_page_too_and_its_tokens_are_revoked() {
    let browser = Chromium::start(Screen::wide(900, 640).dark()).await;
    let (text, ran, org, desk) = login(OrgKind::Production, "oaapprove", &browser, "production").await;
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(text.contains("Refused") && text.contains("tokens of this login were revoked"), "{text}");
    let revoked = org.requests().into_iter().filter(|request| request.path == "/services/oauth2/revoke").count();
    assert_eq!((revoked, org.live_tokens(), desk.session.content()), (2, 0, String::new()));
    browser.end().await;
}
