//! What users may see and do, sessions and quotas.

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

#[tokio::test]
async fn a_refreshed_sandbox_is_another_org_at_the_same_address() {
    let bench = bench(uat()).await;
    let before = bench.org.id();
    bench.org.refresh(uat());
    assert_ne!(bench.org.id(), before);
    assert_eq!(bench.query("SELECT Id FROM EmailRelay").await.0, 401);
    let form = [("grant_type", "client_credentials"), ("client_id", "key"), ("client_secret", "secret")];
    let (_, answer) = bench.token(&form).await;
    assert!(answer["access_token"].as_str().expect("a token").starts_with(&bench.org.id()[..15]));
    assert_ne!(answer["access_token"], bench.token);
}

#[tokio::test]
async fn an_org_can_be_made_to_say_of_itself_what_no_org_should() {
    let bench = bench(uat()).await;
    let proof = "SELECT Id FROM Organization WHERE IsSandbox = true";
    bench.org.edit(|state| state.quirks.organization.insert("IsSandbox".into(), "true".into()));
    assert_eq!(bench.query(proof).await.1["totalSize"], 0, "a text is not the boolean");
    bench.org.edit(|state| state.quirks.organization_unseen = true);
    assert_eq!(bench.query("SELECT Id FROM Organization").await.1["totalSize"], 0);
}
