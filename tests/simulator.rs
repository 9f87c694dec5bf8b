//! The simulator answers as Salesforce does: black-box over HTTP, without a type of the crate's client.

use relay_scrub::simulator::{
    App, Approval, FailedId, Fault, Matcher, OrgSetup, PasswordInQuery, Relay, SimulatedOrg, Simulator, User,
};
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};

mod faults;
mod logins;

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
    json!({"allOrNone": true, "collateSubrequests": false, "compositeRequest": [
        part("GET", PROOF, "proof", Value::Null),
        part("GET", gate, "gate", Value::Null),
        part("PATCH", "/services/data/v68.0/composite/sobjects", "clear", json!({"allOrNone": true, "records": records})),
    ]})
}

mod composite {
    use super::*;

    #[tokio::test]
    async fn a_sandbox_lets_a_guarded_write_through() {
        let bench = bench(uat()).await;
        let answers = bench.composite(guarded_write(bench.clears())).await;
        assert_eq!(answers[1]["body"]["Id"], bench.org.id());
        assert_eq!(answers[2]["body"][0]["success"], true);
        assert_eq!(bench.exposed(), 0);
        assert!(bench.org.relays().iter().all(|relay| relay.password.is_none()));
    }

    #[tokio::test]
    async fn a_reference_without_a_value_halts_the_gate_and_rolls_everything_back() {
        let bench = bench(uat()).await;
        bench.org.become_production();
        let answers = bench.composite(guarded_write(bench.clears())).await;
        let gate = answers[1]["body"][0]["message"].as_str().expect("a message");
        assert!(
            gate.starts_with("Invalid reference specified. No value for proof.records[0].Id found in proof."),
            "{gate}"
        );
        for sibling in [&answers[0], &answers[2]] {
            assert_eq!(sibling["httpStatusCode"], 400);
            assert_eq!(sibling["body"][0]["errorCode"], "PROCESSING_HALTED");
            let message = sibling["body"][0]["message"].as_str().expect("a message");
            assert!(message.starts_with("The transaction was rolled back"), "{message}");
        }
        assert_eq!(bench.exposed(), 2);
    }

    #[tokio::test]
    async fn a_later_failure_takes_back_what_was_written_before_it() {
        let bench = bench(uat()).await;
        let relay = bench.org.relays()[0].id.clone();
        let write =
            part("PATCH", &format!("/services/data/v68.0/sobjects/EmailRelay/{relay}"), "w", json!({"Host": "x"}));
        let fail = part("GET", "/services/data/v68.0/sobjects/Organization/@{w.none}", "f", Value::Null);
        let body =
            |all: bool| json!({"allOrNone": all, "collateSubrequests": false, "compositeRequest": [write, fail]});
        bench.composite(body(true)).await;
        assert_eq!(bench.org.relays()[0].host, "smtp.acme.com");
        let answers = bench.composite(body(false)).await;
        assert_eq!(answers[0]["httpStatusCode"], 204);
        assert_eq!(bench.org.relays()[0].host, "x");
    }

    #[tokio::test]
    async fn a_read_without_all_or_none_goes_on_beside_the_part_that_halted() {
        let bench = bench(uat()).await;
        let read = || {
            let relays = "/services/data/v68.0/query?q=SELECT+Id,Username+FROM+EmailRelay+WHERE+Id+!%3D+'@{proof.records[0].Id}'";
            let describe = "/services/data/v68.0/sobjects/EmailRelay/describe";
            json!({"allOrNone": false, "collateSubrequests": false, "compositeRequest": [
                part("GET", PROOF, "proof", Value::Null),
                part("GET", describe, "shape", Value::Null),
                part("GET", relays, "relays", Value::Null),
            ]})
        };
        let answers = bench.composite(read()).await;
        assert_eq!(answers[2]["body"]["totalSize"], 3);
        bench.org.become_production();
        let answers = bench.composite(read()).await;
        assert_eq!(answers[0]["body"]["totalSize"], 0);
        assert_eq!(answers[1]["body"]["name"], "EmailRelay");
        assert_eq!(answers[2]["body"][0]["errorCode"], "PROCESSING_HALTED");
    }

    #[tokio::test]
    async fn a_failed_record_undoes_an_all_or_none_request_though_its_collection_says_200() {
        for is_400 in [false, true] {
            let bench = bench(uat().quirks(|quirks| quirks.failed_collection_is_400 = is_400)).await;
            let bad = bench.org.relays()[1].id.clone();
            bench.org.refuse_updates(&bad, "FIELD_INTEGRITY_EXCEPTION", "no", None);
            let answers = bench.composite(guarded_write(bench.clears())).await;
            assert_eq!(answers[2]["httpStatusCode"], if is_400 { 400 } else { 200 });
            assert_eq!(answers[2]["body"][0]["errors"][0]["statusCode"], "ALL_OR_NONE_OPERATION_ROLLED_BACK");
            assert_eq!(answers[2]["body"][1]["errors"][0]["statusCode"], "FIELD_INTEGRITY_EXCEPTION");
            assert_eq!(bench.exposed(), 2);
        }
    }

    #[tokio::test]
    async fn who_leaves_the_order_to_salesforce_gets_another_one() {
        let bench = bench(uat()).await;
        let clears = json!({"records": bench.clears()});
        let parts = json!([
            part("GET", PROOF, "proof", Value::Null),
            part(
                "GET",
                "/services/data/v68.0/query?q=SELECT+Id+FROM+EmailRelay+WHERE+Username+!%3D+null",
                "before",
                Value::Null
            ),
            part("PATCH", "/services/data/v68.0/composite/sobjects", "clear", clears),
        ]);
        let answers = bench.composite(json!({"compositeRequest": parts})).await;
        assert_eq!(answers[1]["body"]["totalSize"], 0, "the write went first");
        assert_eq!(answers[1]["referenceId"], "before");
    }

    #[tokio::test]
    async fn more_than_it_takes_is_refused_whole() {
        let bench = bench(uat()).await;
        let six: Vec<Value> = (0..6).map(|n| part("GET", PROOF, &format!("r{n}"), Value::Null)).collect();
        let response = bench.send("POST", "/services/data/v68.0/composite", &json!({"compositeRequest": six})).await;
        assert_eq!(response.expect("an answer").status(), 400);
    }
}

mod collections {
    use super::*;

    #[tokio::test]
    async fn by_default_what_is_valid_is_written() {
        let bench = bench(uat().quirks(|quirks| quirks.failed_id = FailedId::Null)).await;
        let bad = bench.org.relays()[0].id.clone();
        bench.org.lock_relay(&bad, 1);
        let results = bench.collection(json!({"records": bench.clears()})).await;
        assert_eq!(results[0]["errors"][0]["statusCode"], "UNABLE_TO_LOCK_ROW");
        assert_eq!(results[0]["id"], Value::Null);
        assert_eq!(results[1]["success"], true);
        assert_eq!(bench.exposed(), 1);
        bench.collection(json!({"records": bench.clears()})).await;
        assert_eq!(bench.exposed(), 0, "the lock was for one update");
    }

    #[tokio::test]
    async fn all_or_none_names_the_record_at_fault_and_writes_nothing() {
        let bench = bench(uat()).await;
        let mut records = bench.clears();
        records[1]["Port"] = "26".into();
        let results = bench.collection(json!({"allOrNone": true, "records": records})).await;
        assert_eq!(results[0]["errors"][0]["statusCode"], "ALL_OR_NONE_OPERATION_ROLLED_BACK");
        assert_eq!(results[1]["errors"][0]["statusCode"], "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST");
        assert_eq!(bench.exposed(), 2);
    }

    #[tokio::test]
    async fn each_wrong_record_has_its_own_error() {
        let bench = bench(uat()).await;
        let ids: Vec<String> = bench.org.relays().iter().map(|relay| relay.id.clone()).collect();
        bench.org.delete_relay(&ids[2]);
        let change =
            |id: &str, field: &str, value: Value| json!({"attributes": {"type": "EmailRelay"}, "id": id, field: value});
        let cases = [
            (change(&ids[2], "Username", Value::Null), "ENTITY_IS_DELETED"),
            (change("0Xe5e0000000zzz", "Username", Value::Null), "INVALID_CROSS_REFERENCE_KEY"),
            (change("nonsense", "Username", Value::Null), "MALFORMED_ID"),
            (change(&ids[0], "Username", Value::Null), "FIELD_INTEGRITY_EXCEPTION"),
            (change(&ids[0], "Username", "x".repeat(101).into()), "STRING_TOO_LONG"),
            (change(&ids[0], "TlsSetting", "Off".into()), "FIELD_INTEGRITY_EXCEPTION"),
            (change(&ids[0], "CreatedDate", "x".into()), "INVALID_FIELD_FOR_INSERT_UPDATE"),
            (change(&ids[0], "Nonsense", "x".into()), "INVALID_FIELD"),
        ];
        let records: Vec<Value> = cases.iter().map(|(record, _)| record.clone()).collect();
        let results = bench.collection(json!({"records": records})).await;
        for (position, (record, expected)) in cases.iter().enumerate() {
            assert_eq!(results[position]["errors"][0]["statusCode"], *expected, "{record}");
        }
    }

    #[tokio::test]
    async fn whether_a_username_may_go_while_authentication_stays_is_a_setting() {
        let bench = bench(uat().quirks(|quirks| quirks.username_may_be_null_with_auth = true)).await;
        let id = bench.org.relays()[0].id.clone();
        let path = format!("/services/data/v68.0/sobjects/EmailRelay/{id}");
        let response = bench.send("PATCH", &path, &json!({"Username": null})).await.expect("an answer");
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
        assert_eq!(bench.org.relays()[0].username, None);
    }
}

mod queries {
    use super::*;

    #[tokio::test]
    async fn the_snippets_condition_selects_what_is_exposed() {
        let bench = bench(uat()).await;
        let (_, found) =
            bench.query("SELECT Id, username FROM EmailRelay WHERE IsRequireAuth = true OR Username != null").await;
        assert_eq!(found["totalSize"], 2);
        assert_eq!(found["records"][0]["Username"], "smtp@acme.com");
        assert_eq!(found["records"][0]["attributes"]["type"], "EmailRelay");
        let (_, counted) = bench.query("SELECT count() FROM EmailRelay WHERE Host LIKE 'smtp_.%'").await;
        assert_eq!(counted["totalSize"], 2);
    }

    #[tokio::test]
    async fn ids_are_equal_in_both_forms_and_ordered() {
        let bench = bench(uat()).await;
        let ids: Vec<String> = bench.org.relays().iter().map(|relay| relay.id.clone()).collect();
        let (_, found) = bench.query(&format!("SELECT Id FROM EmailRelay WHERE Id = '{}'", &ids[0][..15])).await;
        assert_eq!(found["records"][0]["Id"], ids[0]);
        let (_, found) =
            bench.query(&format!("SELECT Id FROM EmailRelay WHERE Id > '{}' ORDER BY Id DESC LIMIT 1", ids[0])).await;
        assert_eq!(found["records"][0]["Id"], ids[2]);
        let (_, found) = bench.query(&format!("SELECT Id FROM EmailRelay WHERE Id != '{}'", bench.org.id())).await;
        assert_eq!(found["totalSize"], 3, "an id of another object matches nothing");
    }

    #[tokio::test]
    async fn what_is_wrong_is_named_as_salesforce_names_it() {
        let bench = bench(uat().quirks(|quirks| quirks.password_in_query = PasswordInQuery::InvalidField)).await;
        for (soql, code) in [
            ("SELECT Id FROM EmailRelay WHERE", "MALFORMED_QUERY"),
            ("SELECT Id FROM EmailRelay WHERE Host = 'a' AND Port = '25' OR Port = '587'", "MALFORMED_QUERY"),
            ("SELECT Nonsense FROM EmailRelay", "INVALID_FIELD"),
            ("SELECT Password FROM EmailRelay", "INVALID_FIELD"),
            ("SELECT Id FROM EmailRelay WHERE Password != null", "INVALID_FIELD"),
            ("SELECT Id FROM EmailRelay WHERE IsRequireAuth = 'true'", "INVALID_FIELD"),
            ("SELECT Id FROM Nonsense", "INVALID_TYPE"),
            ("SELECT Id FROM EmailRelay WHERE Id = '@{proof.records[0].Id}'", "INVALID_QUERY_FILTER_OPERATOR"),
        ] {
            let (status, errors) = bench.query(soql).await;
            assert_eq!((status, errors[0]["errorCode"].as_str()), (400, Some(code)), "{soql}");
        }
        let (_, errors) = bench.query("SELECT Id FROM Nonsense").await;
        let message = errors[0]["message"].as_str().expect("a message");
        assert!(
            message.starts_with("\nSELECT Id FROM Nonsense\n               ^\nERROR at Row:1:Column:15\nsObject type 'Nonsense' is not supported."),
            "{message}"
        );
    }

    #[tokio::test]
    async fn long_answers_come_in_pages() {
        let bench = bench(uat().limits(|limits| limits.page_size = 2)).await;
        let (_, first) = bench.query("SELECT Id FROM EmailRelay").await;
        assert_eq!((first["totalSize"].as_u64(), first["done"].as_bool()), (Some(3), Some(false)));
        let (_, second) = bench.get(first["nextRecordsUrl"].as_str().expect("a url")).await;
        assert_eq!(second["done"], true);
        assert_eq!(second["records"].as_array().map(Vec::len), Some(1));
    }

    #[tokio::test]
    async fn fields_depend_on_the_version() {
        let bench = bench(uat()).await;
        let (status, errors) = bench.get("/services/data/v51.0/query?q=SELECT+AuthType+FROM+EmailRelay").await;
        assert_eq!((status, errors[0]["errorCode"].as_str()), (400, Some("INVALID_FIELD")));
        assert_eq!(bench.get("/services/data/v69.0/query?q=x").await.0, 404);
        assert_eq!(bench.get("/services/data/v30.0/query?q=x").await.0, 410);
        let (_, versions) = bench.get("//services/data").await;
        let label = |version: &str| {
            let list = versions.as_array().expect("a list");
            list.iter().find(|one| one["version"] == version).map(|one| one["label"].clone()).unwrap_or_default()
        };
        assert_eq!([label("66.0"), label("67.0"), label("68.0")], ["Spring '26", "Summer '26", "Winter '27"]);
    }
}

mod permissions {
    use super::*;

    #[tokio::test]
    async fn who_may_not_see_the_object_sees_no_trace_of_it() {
        let bench = bench(uat()).await;
        bench.org.edit(|state| state.user_mut(USER).expect("the user").sees_object = false);
        assert_eq!(bench.query("SELECT Id FROM EmailRelay").await.1[0]["errorCode"], "INVALID_TYPE");
        assert_eq!(bench.get("/services/data/v68.0/sobjects/EmailRelay/describe").await.0, 404);
    }

    #[tokio::test]
    async fn hidden_and_readonly_fields_are_so_everywhere() {
        let bench = bench(uat()).await;
        bench.org.edit(|state| {
            let user = state.user_mut(USER).expect("the user");
            user.hidden_fields = vec!["Password".into()];
            user.readonly_fields = vec!["Username".into()];
        });
        let (_, shape) = bench.get("/services/data/v68.0/sobjects/EmailRelay/describe").await;
        let field = |name: &str| shape["fields"].as_array().expect("fields").iter().find(|field| field["name"] == name);
        assert!(field("Password").is_none());
        assert_eq!(field("Username").expect("a field")["updateable"], false);
        let results = bench.collection(json!({"records": bench.clears()})).await;
        assert!(results[0]["success"] == false);
    }

    #[tokio::test]
    async fn a_session_is_needed_and_dies() {
        let bench = bench(uat()).await;
        bench.org.expire_sessions();
        let (status, errors) = bench.query("SELECT Id FROM EmailRelay").await;
        assert_eq!((status, errors[0]["errorCode"].as_str()), (401, Some("INVALID_SESSION_ID")));
        assert_eq!(errors[0]["message"], "Session expired or invalid");
    }

    #[tokio::test]
    async fn quotas_are_kept() {
        let bench = bench(uat().limits(|limits| limits.daily = 1)).await;
        assert_eq!(bench.query("SELECT Id FROM EmailRelay").await.0, 200);
        let (status, errors) = bench.query("SELECT Id FROM EmailRelay").await;
        assert_eq!((status, errors[0]["message"].as_str()), (403, Some("TotalRequests Limit exceeded.")));
    }
}
