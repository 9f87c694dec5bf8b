//! A browser without a window: it follows the login page's redirect to the callback, as one does that is logged in.

use reqwest::header::LOCATION;
use reqwest::redirect::Policy;

/// A page as it came.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

pub(crate) async fn get(address: &str) -> Shown {
    shown(client().get(address).send().await.expect("an answer")).await
}

pub(crate) async fn post(address: &str) -> Shown {
    shown(client().post(address).send().await.expect("an answer")).await
}

/// Where the login page sends the browser to.
pub(crate) async fn callback_of(login_page: &str) -> String {
    let answer = get(login_page).await;
    assert_eq!(answer.status, 302, "{answer:?}");
    answer.headers[LOCATION].to_str().expect("text").to_string()
}

/// Logs in at once, and returns the page of the callback.
pub(crate) async fn follow(login_page: &str) -> Shown {
    get(&callback_of(login_page).await).await
}

/// A port that nobody has.
pub(crate) fn free_port() -> u16 {
    let socket = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    socket.local_addr().expect("an address").port()
}

/// The address of the login page in what the program said.
pub(crate) fn address_in(text: &str) -> Option<String> {
    text.lines().map(str::trim).find(|line| line.contains("/services/oauth2/authorize?")).map(str::to_string)
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().redirect(Policy::none()).build().expect("a client")
}

async fn shown(response: reqwest::Response) -> Shown {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Shown { status, headers, text: response.text().await.expect("a body") }
}
