//! Composite requests: references, rollback, order.

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
    let write = part("PATCH", &format!("/services/data/v68.0/sobjects/EmailRelay/{relay}"), "w", json!({"Host": "x"}));
    let fail = part("GET", "/services/data/v68.0/sobjects/Organization/@{w.none}", "f", Value::Null);
    let body = |all: bool| json!({"allOrNone": all, "collateSubrequests": false, "compositeRequest": [write, fail]});
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
        let relays =
            "/services/data/v68.0/query?q=SELECT+Id,Username+FROM+EmailRelay+WHERE+Id+!%3D+'@{proof.records[0].Id}'";
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

#[tokio::test]
async fn references_reach_into_collections_and_percent_encoded_urls() {
    let bench = bench(uat()).await;
    let encoded = "/services/data/v68.0/sobjects/EmailRelay/@%7Bclear%5B0%5D.id%7D?fields=Username";
    let query = "/services/data/v68.0/query?q=SELECT+Id+FROM+EmailRelay+WHERE+Id+%3D+%27%40%7Bclear%5B1%5D.id%7D%27";
    let body = || {
        json!({"collateSubrequests": false, "compositeRequest": [
            part("PATCH", "/services/data/v68.0/composite/sobjects", "clear", json!({"records": bench.clears()})),
            part("GET", encoded, "first", Value::Null),
            part("GET", query, "second", Value::Null),
        ]})
    };
    let answers = bench.composite(body()).await;
    assert_eq!(answers[1]["body"]["Username"], Value::Null);
    assert_eq!(answers[1]["body"]["Id"], Value::Null, "only what was asked for");
    assert_eq!(answers[2]["body"]["records"][0]["Id"], bench.org.relays()[1].id);
    bench.org.edit(|state| state.quirks.encoded_references = false);
    let answers = bench.composite(body()).await;
    assert_eq!(answers[1]["httpStatusCode"], 404);
    assert_eq!(answers[2]["body"][0]["errorCode"], "INVALID_QUERY_FILTER_OPERATOR");
}

#[tokio::test]
async fn describe_in_composite_and_the_second_sentence_are_settings() {
    let quirks = |quirks: &mut relay_scrub::simulator::Quirks| {
        quirks.describe_in_composite = false;
        quirks.long_reference_message = false;
    };
    let bench = bench(uat().quirks(quirks)).await;
    let describe = part("GET", "/services/data/v68.0/sobjects/EmailRelay/describe", "shape", Value::Null);
    let halted = part("GET", "/services/data/v68.0/sobjects/Organization/@{shape.name}", "halted", Value::Null);
    let body = json!({"collateSubrequests": false, "compositeRequest": [describe, halted]});
    let answers = bench.composite(body).await;
    assert_eq!(answers[0]["httpStatusCode"], 400);
    let message = "Invalid reference specified. No value for shape.name found in shape.";
    assert_eq!(answers[1]["body"][0]["message"], message);
    assert_eq!(bench.get("/services/data/v68.0/sobjects/EmailRelay/describe").await.0, 200);
}

#[tokio::test]
async fn a_batch_takes_nothing_back() {
    let bench = bench(uat()).await;
    let id = bench.org.relays()[0].id.clone();
    let url = format!("v68.0/sobjects/EmailRelay/{id}");
    let body = json!({"haltOnError": true, "batchRequests": [
        {"method": "PATCH", "url": url, "richInput": {"Host": "x"}},
        {"method": "GET", "url": "v68.0/sobjects/Nonsense"},
        {"method": "PATCH", "url": url, "richInput": {"Host": "y"}},
    ]});
    let response = bench.send("POST", "/services/data/v68.0/composite/batch", &body).await.expect("an answer");
    let answer: Value = response.json().await.expect("JSON");
    assert_eq!(answer["hasErrors"], true);
    assert_eq!(answer["results"][2]["statusCode"], 412);
    assert_eq!(bench.org.relays()[0].host, "x");
}
