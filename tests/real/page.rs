//! The status page in Chromium: looked at on a wide screen and on a phone, in light and in dark, and used.

use fantoccini::Locator;
use relay_scrub::server::job::{JobId, State};
use serde_json::Value;

use super::chromium::{Chromium, Screen};
use crate::output::sample;
use crate::support::shelf::{Listening, Shelf, TOKEN, again, done, ended};

const NOT_APPROVED: &str = "the user scrubber@acme.com.uat has not approved the app, or may not use it";
const PERMISSION: &str = "the user cannot see EmailRelay, which takes Email Administration, Customize Application, View \
                          Setup and Configuration";
const OTHER: &str = "the org at acme--dev4.sandbox.my.salesforce.com is 00D5e000000zzzzEAA, and not the one expected";

/// Some thirty jobs of every sort; the ids of one that is cleared, one that waits and one that is dead.
async fn many(shelf: &Shelf) -> [JobId; 3] {
    for number in 1..=6 {
        shelf.settled(&format!("clean{number}"), |id| done(id, "clean", sample::clean(3))).await;
        shelf.settled(&format!("part{number}"), ended_partly).await;
    }
    for number in 1..=4 {
        shelf.settled(&format!("dev{number}"), |id| again(id, OTHER, false)).await;
        shelf.settled(&format!("qa{number}"), |id| again(id, PERMISSION, true)).await;
    }
    shelf.settled("prod", |id| ended(id, State::Refused, "00D5e000000abcDEAQ (Acme) is production")).await;
    for number in 1..=4 {
        let id = shelf.waiting(&format!("gone{number}")).await;
        shelf.queue.cancel(&id).await.expect("the database");
    }
    let dead = shelf.settled("full", |id| ended(id, State::Dead, NOT_APPROVED)).await;
    let cleared = shelf.settled("uat", |id| done(id, "cleared", sample::cleared_every())).await;
    shelf.running("stage").await;
    let waiting = shelf.settled("uat", |id| again(id, NOT_APPROVED, true)).await;
    for number in 1..=4 {
        shelf.told("train", &format!("msg-{number}")).await;
    }
    [cleared, waiting, dead]
}

fn ended_partly(id: JobId) -> relay_scrub::server::queue::Settled {
    let report = Some(crate::support::shelf::report(sample::partial()));
    let message = "Salesforce rejected the change of 1 relay";
    relay_scrub::server::queue::Settled { report, ..again(id, message, true) }
}

impl Chromium {
    async fn open(&self, listening: &Listening, path: &str) {
        self.client.goto(&listening.url(path)).await.expect("the page");
    }

    async fn text(&self) -> String {
        self.client.find(Locator::Css("body")).await.expect("a body").text().await.expect("its text")
    }

    /// Follows a link, or presses a button, and waits for the page that comes.
    async fn press(&self, locator: Locator<'_>) {
        let old = self.client.find(Locator::Css("html")).await.expect("a page");
        self.client.find(locator).await.expect("something to press").click().await.expect("a click");
        // The old page's elements are gone once the new page is there.
        while old.tag_name().await.is_ok() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        self.client.wait().for_element(Locator::Css("footer")).await.expect("the page that comes");
    }

    /// The names of the sandboxes in the list.
    async fn rows(&self) -> Vec<String> {
        let mut names = Vec::new();
        for link in self.client.find_all(Locator::Css("tbody td:first-child a")).await.expect("rows") {
            names.push(link.text().await.expect("a name"));
        }
        names
    }

    async fn script(&self, text: &str) -> Value {
        self.client.execute(text, Vec::new()).await.expect("a value")
    }

    /// Nothing is wider than the screen, and nothing that one presses is too small for a finger.
    async fn fits(&self, what: &str) {
        let wide = "const most = document.documentElement.clientWidth; return [...document.querySelectorAll('body *')]\
                    .filter(e => e.getBoundingClientRect().right > most + 1).map(e => e.outerHTML.slice(0, 80))";
        assert_eq!(self.script(wide).await, Value::Array(Vec::new()), "{what} is wider than the screen");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_narrowed_by_state_and_by_sandbox() {
    let shelf = Shelf::new().await;
    let [.., dead] = many(&shelf).await;
    let listening = shelf.listen(None, &[]).await;
    let browser = Chromium::start(Screen::wide(1200, 1500)).await;
    browser.open(&listening, "/").await;
    browser.picture("list-wide").await;
    browser.fits("the list").await;
    assert_eq!(browser.rows().await.len(), 30);

    browser.press(Locator::LinkText("Dead 1")).await;
    assert_eq!(browser.rows().await, ["full"]);
    browser.press(Locator::LinkText("Needs attention 11")).await;
    assert_eq!(browser.rows().await.len(), 11);
    browser.press(Locator::LinkText("All 30")).await;

    browser.press(Locator::LinkText("Find a sandbox…")).await;
    browser.picture("list-find").await;
    let field = browser.client.active_element().await.expect("the field has the cursor");
    field.send_keys("UAT").await.expect("it is typed");
    browser.press(Locator::XPath("//button[text()='Filter']")).await;
    assert_eq!(browser.rows().await, ["uat", "uat"]);
    browser.picture("list-sandbox").await;
    browser.press(Locator::XPath("//a[contains(., 'Sandbox uat')]")).await;
    assert_eq!(browser.rows().await.len(), 30);

    browser.press(Locator::LinkText("full")).await;
    assert!(browser.text().await.contains(dead.as_str()));
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_shows_the_diff_of_each_record_and_the_reason_in_words() {
    let shelf = Shelf::new().await;
    let [cleared, waiting, _] = many(&shelf).await;
    let listening = shelf.listen(None, &[]).await;
    let browser = Chromium::start(Screen::wide(1200, 1300)).await;
    browser.open(&listening, &format!("/jobs/{cleared}")).await;
    browser.picture("job-cleared").await;
    browser.fits("a job").await;
    let text = browser.text().await;
    for part in ["smtp.acme.com:587", "IsRequireAuth", "sm…@acme.com", "(none)", "Cleared 2 of 3 relays"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(!text.contains(sample::LOCAL_PART), "user names stay masked: {text}");
    let before = browser.client.find(Locator::Css(".diff del")).await.expect("a value that was");
    let sign = "return getComputedStyle(document.querySelector('.diff del'), '::before').content";
    assert_eq!(browser.script(sign).await, "\"− \"", "colour alone does not tell the sides of a diff");
    let color = before.css_value("background-color").await.expect("a style");
    assert_ne!(color, "rgba(0, 0, 0, 0)", "the page's own policy lets its style sheet in");

    browser.open(&listening, &format!("/jobs/{waiting}")).await;
    browser.picture("job-waiting").await;
    let text = browser.text().await;
    for part in ["Waiting", "Needs attention", "has not approved the app", "Waiting does not help.", "in 12 min"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    browser.open(&listening, "/?sandbox=part1").await;
    browser.press(Locator::LinkText("part1")).await;
    browser.picture("job-partly").await;
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_buttons_let_a_job_be_tried_again_and_take_it_back() {
    let shelf = Shelf::new().await;
    let [_, waiting, dead] = many(&shelf).await;
    let listening = shelf.listen(None, &[]).await;
    let browser = Chromium::start(Screen::wide(1200, 900)).await;
    let state = async |id: &JobId| shelf.queue.job(id).await.expect("the database").expect("a job").state;
    browser.open(&listening, &format!("/jobs/{dead}")).await;
    browser.picture("job-dead").await;
    browser.press(Locator::XPath("//button[text()='Try again']")).await;
    assert_eq!(state(&dead).await, State::Waiting);
    let text = browser.text().await;
    assert!(text.contains("Waiting") && text.contains("Next try\nnow"), "{text}");

    browser.open(&listening, &format!("/jobs/{waiting}")).await;
    browser.press(Locator::XPath("//button[text()='Cancel']")).await;
    assert_eq!(state(&waiting).await, State::Cancelled);
    assert!(browser.text().await.contains("Cancelled"));
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_phone_nothing_is_cut_off() {
    let shelf = Shelf::new().await;
    let [cleared, waiting, _] = many(&shelf).await;
    let listening = shelf.listen(None, &[]).await;
    let browser = Chromium::start(Screen::phone(360)).await;
    for (path, name) in [
        ("/".to_string(), "list"),
        ("/?stay=1".into(), "find"),
        ("/?sandbox=none".into(), "empty"),
        (format!("/jobs/{cleared}"), "cleared"),
        (format!("/jobs/{waiting}"), "waiting"),
        ("/nothing".into(), "nothing"),
    ] {
        browser.open(&listening, &path).await;
        browser.picture(&format!("phone-{name}")).await;
        browser.fits(&path).await;
        assert_eq!(browser.script("return innerWidth").await, 360);
    }
    browser.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_likes_it_dark_gets_it_dark_and_can_read_it() {
    let shelf = Shelf::new().await;
    let [cleared, waiting, _] = many(&shelf).await;
    let listening = shelf.listen(None, &[]).await;
    let mut contrasts = Vec::new();
    for (screen, name) in [(Screen::wide(1200, 1100), "light"), (Screen::wide(1200, 1100).dark(), "dark")] {
        let browser = Chromium::start(screen).await;
        for (path, page) in [
            ("/".to_string(), "list"),
            (format!("/jobs/{cleared}"), "cleared"),
            (format!("/jobs/{waiting}"), "waiting"),
        ] {
            browser.open(&listening, &path).await;
            browser.picture(&format!("{name}-{page}")).await;
            let least = browser.script(CONTRAST).await;
            let (ratio, what) = (least[0].as_f64().expect("a ratio"), least[1].as_str().expect("text"));
            // What WCAG asks of text, level AA.
            assert!(ratio >= 4.5, "{name} {page}: {what} has a contrast of {ratio}");
        }
        let paper = browser.client.find(Locator::Css("body")).await.expect("a body");
        contrasts.push(paper.css_value("background-color").await.expect("a style"));
        browser.end().await;
    }
    assert_ne!(contrasts[0], contrasts[1]);
}

/// The least contrast of a text to what is behind it, and that text.
const CONTRAST: &str = "
    const rgb = text => text.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => { const [x, y, z] = [r, g, b].map(v => (v /= 255) <= 0.04045 ? v / 12.92
        : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * x + 0.7152 * y + 0.0722 * z };
    const behind = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor);
        if (c.length < 4 || c[3] > 0) return c } return [255, 255, 255] };
    const own = e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    return [...document.querySelectorAll('body *')].filter(own).map(e => {
        const [a, b] = [light(rgb(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
        return [(a + 0.05) / (b + 0.05), e.outerHTML.slice(0, 120)] }).sort((x, y) => x[0] - y[0])[0]";

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_in_is_led_to_where_they_wanted_to_go() {
    let shelf = Shelf::new().await;
    let [_, waiting, _] = many(&shelf).await;
    let listening = shelf.listen(Some(TOKEN), &[]).await;
    let browser = Chromium::start(Screen::wide(900, 640)).await;
    browser.open(&listening, &format!("/jobs/{waiting}")).await;
    browser.picture("sign-in").await;
    let sign_in = async |token: &str| {
        let field = browser.client.find(Locator::Id("token")).await.expect("the field");
        field.send_keys(token).await.expect("it is typed");
        browser.press(Locator::XPath("//button[text()='Sign in']")).await;
    };
    sign_in("wrong").await;
    browser.picture("sign-in-wrong").await;
    assert!(browser.text().await.contains("That is not the token."));
    sign_in(TOKEN).await;
    assert!(browser.text().await.contains(waiting.as_str()), "{}", browser.text().await);
    assert_eq!(browser.script("return document.cookie").await, "", "no script can read the cookie");
    browser.press(Locator::XPath("//button[text()='Try now']")).await;
    assert!(browser.text().await.contains("Next try\nnow"));
    browser.press(Locator::XPath("//button[text()='Sign out']")).await;
    assert!(browser.text().await.contains("Admin token"));
    browser.open(&listening, "/").await;
    assert!(browser.client.find(Locator::Id("token")).await.is_ok(), "the cookie is gone");
    browser.end().await;
}

/// A page of another site, whose form is for the status page.
async fn foreign_page(target: String) -> std::net::SocketAddr {
    let html = format!("<form method=post action=\"{target}\"><button>Win a prize</button></form>");
    let page = move || async move { axum_html(html.clone()) };
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let router = axum::Router::new().route("/", axum::routing::get(page));
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

fn axum_html(text: String) -> axum::response::Html<String> {
    axum::response::Html(text)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_of_a_foreign_page_does_nothing_and_our_own_works_by_any_known_name() {
    let shelf = Shelf::new().await;
    let [_, waiting, dead] = many(&shelf).await;
    let listening = shelf.listen(None, &["scrub.example.com"]).await;
    let port = listening.address.port();
    let browser = Chromium::start(Screen::wide(900, 640).every_name_is_here()).await;
    // To a site that is neither this machine nor https, browsers send no Sec-Fetch-Site; by the other names they do.
    for name in ["localhost", "scrub.example.com"] {
        for site in ["evil.example", "localhost"] {
            let target = format!("http://{name}:{port}/jobs/{waiting}/cancel");
            let page = foreign_page(target).await;
            browser.client.goto(&format!("http://{site}:{}/", page.port())).await.expect("the foreign page");
            browser.client.find(Locator::Css("button")).await.expect("a button").click().await.expect("a click");
            let refused = browser.client.wait().for_element(Locator::Css("pre")).await.expect("the answer");
            let text = refused.text().await.expect("text");
            assert!(text.contains("sent by the page of another site"), "{site} to {name}: {text}");
            let job = shelf.queue.job(&waiting).await.expect("the database").expect("a job");
            assert_eq!(job.state, State::Waiting, "{site} to {name}");
        }
    }
    for (name, id) in [("localhost", &dead), ("scrub.example.com", &waiting)] {
        browser.client.goto(&format!("http://{name}:{port}/jobs/{id}")).await.expect("the page");
        browser.press(Locator::Css(".actions button")).await;
        assert!(browser.text().await.contains("Next try\nnow"), "{name}: {}", browser.text().await);
    }
    browser.client.goto(&format!("http://evil.example:{port}/")).await.expect("an answer");
    let text = browser.text().await;
    assert!(text.contains("not known here by the name"), "{text}");
    browser.end().await;
}
