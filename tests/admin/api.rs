//! `/v1/jobs`.

use super::*;
use crate::output::sample;

#[tokio::test]
async fn the_list_is_filtered_and_comes_page_by_page_with_no_job_lost_or_twice() {
    let shelf = Shelf::new().await;
    let listening = shelf.listen(None, &[]).await;
    let first = shelf.settled("uat", |id| done(id, "cleared", sample::cleared())).await;
    let second = shelf.settled("dev", |id| again(id, "not yet", true)).await;
    let third = shelf.settled("uat", |id| ended(id, State::Dead, "too late")).await;
    let ids = async |query: &str| -> Vec<String> {
        let answer = get(&listening, &format!("/v1/jobs{query}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        let jobs = answer.json()["jobs"].as_array().expect("jobs").clone();
        jobs.iter().map(|job| job["id"].as_str().expect("an id").to_string()).collect()
    };
    let of = |jobs: &[&JobId]| jobs.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(ids("").await, of(&[&third, &second, &first]));
    assert_eq!(ids("?sandbox=UAT").await, of(&[&third, &first]));
    assert_eq!(ids("?state=dead&state=done").await, of(&[&third, &first]));
    assert_eq!(ids("?state=dead,done&sandbox=uat").await, of(&[&third, &first]));
    assert_eq!(ids("?attention=true").await, of(&[&second]));
    assert_eq!(ids("?state=running").await, of(&[]));

    let mut seen = Vec::new();
    let mut query = "?limit=1".to_string();
    loop {
        seen.extend(ids(&query).await);
        match get(&listening, &format!("/v1/jobs{query}")).await.json()["next"].as_str() {
            Some(next) => query = format!("?limit=1&before={next}"),
            None => break,
        }
    }
    assert_eq!(seen, of(&[&third, &second, &first]));
}

#[tokio::test]
async fn a_job_comes_with_all_that_is_known_of_it() {
    let shelf = Shelf::new().await;
    let listening = shelf.listen(None, &[]).await;
    let id = shelf.settled("uat", |id| done(id, "cleared", sample::cleared())).await;
    let answer = get(&listening, &format!("/v1/jobs/{}", id.as_str().to_lowercase())).await;
    assert_eq!(answer.header("content-type"), "application/json");
    assert!(!answer.text.contains(sample::LOCAL_PART), "user names stay masked");
    let mut job = answer.json();
    for changing in ["id", "accepted_at", "give_up_at", "finished_at"] {
        assert!(job[changing].is_string(), "{changing} in {job}");
        job[changing] = "…".into();
    }
    let received = &mut job["received"][0];
    assert!(received["accepted_at"].is_string() && received["webhook_id"].is_string(), "{received}");
    *received = "…".into();
    insta::assert_json_snapshot!("job", job);
    assert!(get(&listening, "/v1/jobs").await.json()["jobs"][0].get("report").is_none());
}

#[tokio::test]
async fn a_retry_makes_a_job_due_and_a_cancel_takes_it_back() {
    let shelf = Shelf::new().await;
    let listening = shelf.listen(None, &[]).await;
    let id = shelf.settled("uat", |id| ended(id, State::Dead, "too late")).await;
    let retried = post(&listening, &format!("/v1/jobs/{id}/retry")).await;
    assert_eq!((retried.status, &retried.json()["state"]), (StatusCode::OK, &"waiting".into()));
    let claim = shelf.queue.claim().await.expect("the database").expect("it is due");
    assert_eq!(claim.jobs[0].id, id);
    for verb in ["retry", "cancel"] {
        let answer = post(&listening, &format!("/v1/jobs/{id}/{verb}")).await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{verb} of a job under way");
        assert_eq!(answer.json()["error"]["code"], "job_is_running");
    }
    assert!(shelf.queue.settle(&claim, &[again(id.clone(), "not yet", false)]).await.expect("the database"));
    let cancelled = post(&listening, &format!("/v1/jobs/{id}/cancel")).await;
    assert_eq!((cancelled.status, &cancelled.json()["state"]), (StatusCode::OK, &"cancelled".into()));
    let answer = post(&listening, &format!("/v1/jobs/{id}/cancel")).await;
    assert_eq!((answer.status, &answer.json()["error"]["code"]), (StatusCode::CONFLICT, &"job_has_ended".into()));
    let other = shelf.waiting("uat").await;
    let answer = post(&listening, &format!("/v1/jobs/{id}/retry")).await;
    assert_eq!((answer.status, &answer.json()["error"]["code"]), (StatusCode::CONFLICT, &"already_waiting".into()));
    assert!(answer.json()["error"]["message"].as_str().expect("text").contains(other.as_str()), "{answer:?}");
}

#[tokio::test]
async fn what_can_not_be_answered_is_told_as_json() {
    let shelf = Shelf::new().await;
    let listening = shelf.listen(None, &[]).await;
    let none = "01JDB3Q0Z5W8K6M4N2P7R9T1V3";
    for (method, path, status, code) in [
        (Method::GET, "/v1/jobs?state=planted".to_string(), 422, "unfit_question"),
        (Method::GET, "/v1/jobs?colour=red".to_string(), 422, "unfit_question"),
        (Method::GET, format!("/v1/jobs/{none}"), 404, "no_such_job"),
        (Method::GET, "/v1/jobs/planted".to_string(), 404, "no_such_job"),
        (Method::POST, format!("/v1/jobs/{none}/retry"), 404, "no_such_job"),
        (Method::POST, format!("/v1/jobs/{none}/cancel"), 404, "no_such_job"),
        (Method::GET, "/v1/other".to_string(), 404, "not_found"),
        (Method::DELETE, "/v1/jobs".to_string(), 405, "wrong_method"),
    ] {
        let answer = answer(request(method, &listening.url(&path))).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["error"]["code"]), (status, &code.into()), "{path}");
        assert!(!answer.text.contains("planted"), "{answer:?}");
    }
}
