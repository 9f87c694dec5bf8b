//! Collections: partial success, all or none, and what is wrong with a record.

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
