//! SOQL, pages and versions.

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
    let expected = "\nSELECT Id FROM Nonsense\n               ^\nERROR at Row:1:Column:15\nsObject type 'Nonsense' is";
    assert!(message.starts_with(expected), "{message}");
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

#[tokio::test]
async fn a_password_is_never_shown_and_unknown_fields_come_with_the_newest_version() {
    let field = |name: &str, kind: &str| ExtraField { name: name.into(), kind: kind.into(), since: 68 };
    let bench = bench(uat().quirks(|quirks| {
        quirks.password_in_query = PasswordInQuery::Mask;
        quirks.extra_fields = vec![field("ClientSecret", "encryptedstring"), field("CredentialKind", "picklist")];
    }))
    .await;
    let (_, found) = bench.query("SELECT Password, CredentialKind FROM EmailRelay ORDER BY Host DESC NULLS LAST").await;
    let passwords: Vec<&Value> =
        found["records"].as_array().expect("rows").iter().map(|row| &row["Password"]).collect();
    assert_eq!(passwords, [&Value::Null, &json!("****"), &json!("****")]);
    let names = |version: &str| {
        let path = format!("/services/data/{version}/sobjects/EmailRelay/describe");
        let bench = &bench;
        async move { bench.get(&path).await.1["fields"].to_string() }
    };
    assert!(names("v68.0").await.contains("ClientSecret"));
    assert!(!names("v67.0").await.contains("ClientSecret"));
}
