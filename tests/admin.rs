//! The private listener: who is answered, and what.

mod api;
mod entrance;
mod health;
mod page;

use relay_scrub::server::job::{JobId, State};
use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::Value;

use crate::support::shelf::{Listening, Shelf, TOKEN, again, done, ended};

/// What came back.
#[derive(Debug)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

fn request(method: Method, address: &str) -> RequestBuilder {
    Client::builder().no_proxy().redirect(Policy::none()).build().expect("a client").request(method, address)
}

async fn answer(request: RequestBuilder) -> Answer {
    let response = request.send().await.expect("an answer");
    let (status, headers) = (response.status(), response.headers().clone());
    Answer { status, headers, text: response.text().await.expect("a body") }
}

async fn get(listening: &Listening, path: &str) -> Answer {
    answer(request(Method::GET, &listening.url(path))).await
}

async fn post(listening: &Listening, path: &str) -> Answer {
    answer(request(Method::POST, &listening.url(path))).await
}

/// The state of a job as the database has it.
async fn state(shelf: &Shelf, id: &JobId) -> State {
    shelf.queue.job(id).await.expect("the database").expect("a job").state
}
