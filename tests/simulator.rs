//! The simulator answers as Salesforce does: black-box over HTTP, without a type of the crate's client.

use relay_scrub::simulator::{
    App, Approval, ExtraField, FailedId, Fault, Matcher, OrgSetup, PasswordInQuery, Relay, SimulatedOrg, Simulator,
    User,
};
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};

mod collections;
mod composite;
mod faults;
mod logins;
mod permissions;
mod queries;

const USER: &str = "scrubber@acme.com.uat";
const PROOF: &str = "/services/data/v68.0/query?q=SELECT+Id+FROM+Organization+WHERE+IsSandbox+%3D+true";

struct Bench {
    simulator: Simulator,
    org: SimulatedOrg,
    http: Client,
    token: String,
}

fn uat() -> OrgSetup {
    OrgSetup::sandbox("uat")
        .user(User::new(USER))
        .app(App::connected("key").secret("secret").run_as(USER))
        .relay(Relay::exposed("smtp.acme.com", "smtp@acme.com", "hunter2"))
        .relay(Relay::exposed("smtp2.acme.com", "smtp2@acme.com", "hunter3"))
        .relay(Relay::clean("smtp3.acme.com"))
}

async fn bench(setup: OrgSetup) -> Bench {
    let simulator = Simulator::start().await.expect("started");
    let org = simulator.add_org(setup).await.expect("an org");
    let token = org.open_session(USER);
    let http = Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
    Bench { simulator, org, http, token }
}

impl Bench {
    async fn get(&self, path: &str) -> (u16, Value) {
        let request = self.http.get(format!("{}{path}", self.org.url())).bearer_auth(&self.token);
        answer(request.send().await.expect("an answer")).await
    }

    async fn query(&self, soql: &str) -> (u16, Value) {
        let url = format!("{}/services/data/v68.0/query", self.org.url());
        let request = self.http.get(url).query(&[("q", soql)]).bearer_auth(&self.token);
        answer(request.send().await.expect("an answer")).await
    }

    async fn send(&self, method: &str, path: &str, body: &Value) -> reqwest::Result<Response> {
        let method = method.parse().expect("a method");
        self.http.request(method, format!("{}{path}", self.org.url())).bearer_auth(&self.token).json(body).send().await
    }

    async fn composite(&self, body: Value) -> Value {
        let response = self.send("POST", "/services/data/v68.0/composite", &body).await.expect("an answer");
        assert_eq!(response.status(), 200);
        response.json::<Value>().await.expect("JSON")["compositeResponse"].clone()
    }

    async fn collection(&self, body: Value) -> Value {
        let path = "/services/data/v68.0/composite/sobjects";
        let response = self.send("PATCH", path, &body).await.expect("an answer");
        assert_eq!(response.status(), 200);
        response.json().await.expect("JSON")
    }

    async fn token(&self, form: &[(&str, &str)]) -> (u16, Value) {
        token_at(&self.http, self.org.url(), form).await
    }

    fn clears(&self) -> Vec<Value> {
        self.org.relays().iter().map(|relay| clear(&relay.id)).collect()
    }

    fn exposed(&self) -> usize {
        self.org.relays().iter().filter(|relay| relay.is_require_auth || relay.username.is_some()).count()
    }
}

async fn token_at(http: &Client, url: &str, form: &[(&str, &str)]) -> (u16, Value) {
    let request = http.post(format!("{url}/services/oauth2/token")).form(form);
    answer(request.send().await.expect("an answer")).await
}

async fn answer(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let text = response.text().await.expect("a body");
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

fn clear(id: &str) -> Value {
    json!({"attributes": {"type": "EmailRelay"}, "id": id, "IsRequireAuth": false, "Username": null, "Password": null})
}

fn part(method: &str, url: &str, reference: &str, body: Value) -> Value {
    let mut part = json!({"method": method, "url": url, "referenceId": reference});
    if !body.is_null() {
        part["body"] = body;
    }
    part
}

/// The guarded write: proof, a gate that needs it, the collection.
fn guarded_write(records: Vec<Value>) -> Value {
    let gate = "/services/data/v68.0/sobjects/Organization/@{proof.records[0].Id}?fields=Id";
    let collection = json!({"allOrNone": true, "records": records});
    json!({"allOrNone": true, "collateSubrequests": false, "compositeRequest": [
        part("GET", PROOF, "proof", Value::Null),
        part("GET", gate, "gate", Value::Null),
        part("PATCH", "/services/data/v68.0/composite/sobjects", "clear", collection),
    ]})
}
