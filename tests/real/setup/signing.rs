//! Three implementations of Standard Webhooks agree: the class's own steps, the crate that the service uses, and the package
//! of npm.

use std::time::{SystemTime, UNIX_EPOCH};

use relay_scrub::domain::id::OrgId;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use standardwebhooks::Webhook;

use super::{class, node};
use crate::setup::{VARIANTS, vectors, written};

/// What the class would send.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

impl Call {
    fn new(made: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("no text in {made}")).to_string();
        let headers = made["headers"].as_object().expect("headers").iter().map(|(name, value)| {
            let name: HeaderName = name.parse().expect("a header");
            (name, HeaderValue::from_str(&text(value)).expect("a value"))
        });
        let (method, url, body) = (text(&made["method"]), text(&made["url"]), text(&made["body"]));
        Self { method, url, headers: headers.collect(), body }
    }

    fn signature(&self) -> String {
        self.headers["webhook-signature"].to_str().expect("a text").to_string()
    }

    /// The call for the npm package.
    fn json(&self, secret: &str) -> Value {
        let headers: serde_json::Map<String, Value> = self
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().expect("a text").into()))
            .collect();
        json!({"secret": secret, "headers": headers, "body": self.body})
    }
}

/// Runs the steps of the written class.
async fn made_by_the_class(calls: &Value) -> Vec<Call> {
    let project = written(VARIANTS[0].1).await;
    let made = node("apex.mjs", &["sign", &class(&project)], calls);
    made.as_array().expect("calls").iter().map(Call::new).collect()
}

/// A call of now, for the sandbox and org, as the class makes it.
pub(crate) async fn call_of_now(url: &str, secret: &str, id: &str, organization: &OrgId, sandbox: &str) -> Call {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time").as_secs().to_string();
    let organization = organization.to_string();
    let call = json!([{
        "url": url, "secret": secret, "id": id, "timestamp": now,
        "organizationId": organization, "sandboxId": organization, "sandboxName": sandbox,
    }]);
    made_by_the_class(&call).await.remove(0)
}

async fn uat() -> Call {
    let organization = "00D5e000000abcDEAQ".parse().expect("an id");
    call_of_now("https://relay-scrub.acme.com/hook", SECRET, "msg_0a1b", &organization, "uat").await
}

#[tokio::test(flavor = "multi_thread")]
async fn three_implementations_sign_alike() {
    let vectors = vectors();
    let calls: Vec<Value> = vectors
        .iter()
        .map(|vector| {
            json!({"url": "https://relay-scrub.acme.com", "secret": vector["secret"], "id": vector["id"],
                   "timestamp": vector["timestamp"], "body": vector["body"]})
        })
        .collect();
    let made = made_by_the_class(&Value::Array(calls)).await;
    let to_npm =
        vectors.iter().zip(&made).map(|(vector, call)| call.json(vector["secret"].as_str().expect("a secret")));
    let by_npm = node("webhook.mjs", &[], &Value::Array(to_npm.collect()));
    assert!(vectors.len() == made.len() && made.len() >= 4);
    for (index, vector) in vectors.iter().enumerate() {
        let text = |key: &str| vector[key].as_str().unwrap_or_else(|| panic!("{key} of {vector}"));
        let crates = Webhook::new(text("secret")).expect("a secret");
        let time = text("timestamp").parse().expect("a time");
        assert_eq!(made[index].signature(), text("signature"), "the class: {vector}");
        assert_eq!(by_npm[index]["signature"], text("signature"), "npm: {vector}");
        let by_crate = crates.sign(text("id"), time, text("body").as_bytes()).expect("a signature");
        assert_eq!(by_crate, text("signature"), "the crate: {vector}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_others_accept_what_the_class_signs_and_nothing_that_was_changed() {
    let call = uat().await;
    let crates = Webhook::new(SECRET).expect("a secret");
    let by_npm = |call: &Call| node("webhook.mjs", &[], &json!([call.json(SECRET)]))[0]["verified"].clone();
    assert!(crates.verify(call.body.as_bytes(), &call.headers).is_ok(), "{call:?}");
    assert_eq!(by_npm(&call), json!(true), "{call:?}");
    let changed = Call { body: call.body.replace("uat", "dev"), ..call };
    assert!(crates.verify(changed.body.as_bytes(), &changed.headers).is_err());
    assert_ne!(by_npm(&changed), json!(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_class_sends_what_the_webhook_takes() {
    let call = uat().await;
    assert_eq!((call.method.as_str(), call.url.as_str()), ("POST", "https://relay-scrub.acme.com/hook"));
    assert_eq!(call.headers["content-type"], "application/json");
    assert_eq!(call.headers["webhook-id"], "msg_0a1b");
    let body: Value = serde_json::from_str(&call.body).expect("JSON");
    let id = "00D5e000000abcDEAQ";
    assert_eq!(body, json!({"organizationId": id, "sandboxId": id, "sandboxName": "uat"}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_with_quotation_marks_stays_a_name() {
    let organization = "00D5e000000abcDEAQ".parse().expect("an id");
    let call = call_of_now("https://relay-scrub.acme.com", SECRET, "msg_1", &organization, "u\"at\\").await;
    let body: Value = serde_json::from_str(&call.body).expect("JSON");
    assert_eq!(body["sandboxName"], "u\"at\\");
}
