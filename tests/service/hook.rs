//! What the hook answers, and that it answers nothing else.

use jiff::{SignedDuration, Timestamp};
use reqwest::Method;

use super::{ORG, Said, jobs, raw, said, uat, without_orgs};
use crate::support::program::is_cleared;
use crate::support::service::{Call, client};

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_is_accepted_kept_and_ends_with_a_clean_sandbox() {
    let (_simulator, org, setup) = uat().await;
    let service = setup.start().await;
    let call = Call::of("UAT", &org.id());
    let job = service.deliver(&call).await;
    let done = service.comes_to(&job, "done").await;
    assert_eq!((done["sandbox"].as_str(), done["outcome"].as_str()), (Some("uat"), Some("cleared")), "{done:#}");
    assert!(org.relays().iter().all(is_cleared));

    assert_eq!(service.deliver(&call).await, job, "the same delivery again has the same job");
    let (code, log) = service.stop().await;
    assert_eq!(code, 0, "{log:#?}");

    let service = setup.start().await;
    assert_eq!(service.deliver(&call).await, job, "after a restart too");
    assert_eq!(service.job(&job).await["attempts"], 1);
}

/// A delivery that is refused, and what is said of it.
struct Refused {
    name: &'static str,
    call: Call,
    status: u16,
    reason: &'static str,
}

fn refused(name: &'static str, status: u16, reason: &'static str, change: impl FnOnce(&mut Call)) -> Refused {
    let mut call = Call::of("uat", ORG);
    change(&mut call);
    Refused { name, call, status, reason }
}

fn body(text: &str) -> impl FnOnce(&mut Call) {
    let text = text.to_string();
    move |call| call.body = text.into_bytes()
}

fn refusals() -> Vec<Refused> {
    let shape = r#"the body must be {"organizationId": "…", "sandboxId": "…", "sandboxName": "…"}, and is not: "#;
    let ago = |seconds| move |call: &mut Call| call.at = Timestamp::now() - SignedDuration::from_secs(seconds);
    let large = format!(
        r#"{{"organizationId": "{ORG}", "sandboxId": "1", "sandboxName": "uat", "x": "{}"}}"#,
        "x".repeat(64 * 1024)
    );
    let name = "sandboxName must be 1 to 10 letters and digits";
    vec![
        refused("another secret", 401, "", |call| call.secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into()),
        refused("an old delivery", 401, "", ago(310)),
        refused("one of the future", 401, "", ago(-310)),
        refused("not JSON", 422, shape, body("nonsense")),
        refused("nothing", 422, shape, body("")),
        refused("a missing field", 422, shape, body(r#"{"organizationId": "00D5e000000abcD", "sandboxId": "1"}"#)),
        refused("another type", 422, shape, body(r#"{"organizationId": 1, "sandboxId": "1", "sandboxName": "uat"}"#)),
        refused(
            "no org",
            422,
            "organizationId is not",
            body(r#"{"organizationId": "005", "sandboxId": "1", "sandboxName": "uat"}"#),
        ),
        refused("a long name", 422, name, |call| *call = Call { id: call.id.clone(), ..Call::of("elevenchars", ORG) }),
        refused("a name that leads elsewhere", 422, name, |call| *call = Call::of("uat.evil", ORG)),
        refused("no name", 422, name, |call| *call = Call::of("", ORG)),
        refused("a long id", 422, "webhook-id is longer than 128 bytes", |call| call.id = "x".repeat(129)),
        refused("a large body", 413, "the body is over 64 KiB", body(&large)),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_has_its_answer_and_nothing_of_it_is_kept() {
    let service = without_orgs().start().await;
    for Refused { name, call, status, reason } in refusals() {
        let said = said(service.call(&call).await).await;
        assert_eq!((said.status, said.retry_after), (status, None), "{name}: {said:?}");
        match reason {
            "" => assert_eq!(said.body, "", "{name}"),
            _ => assert!(said.error().starts_with(reason), "{name}: {said:?}"),
        }
    }
    assert_eq!(jobs(&service).await, 0);
    let metrics = client().get(service.private_url("/metrics")).send().await.expect("an answer");
    let metrics = metrics.text().await.expect("text");
    for (answer, count) in [("401", 3), ("422", 9), ("413", 1), ("202", 0)] {
        let line = format!("relay_scrub_deliveries_total{{answer=\"{answer}\"}} {count}");
        assert!(metrics.lines().any(|of_metrics| of_metrics == line), "{line} in {metrics}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_that_are_missing_or_there_twice_are_no_signature() {
    let service = without_orgs().start().await;
    let unsigned = Said { status: 401, retry_after: None, body: String::new() };
    let call = Call::of("uat", ORG);
    let headers = call.headers();
    let post = || client().post(service.url("/v1/sandbox-post-copy")).body(call.body.clone());
    assert_eq!(said(post().send().await.expect("an answer")).await, unsigned);
    for left_out in 0..3 {
        let others = headers.iter().enumerate().filter(|(at, _)| *at != left_out);
        let request = others.clone().fold(post(), |request, (_, (name, value))| request.header(*name, value));
        assert_eq!(said(request.send().await.expect("an answer")).await, unsigned, "without {}", headers[left_out].0);
        let (name, value) = &headers[left_out];
        let twice = service.request(&call).header(*name, value);
        assert_eq!(said(twice.send().await.expect("an answer")).await, unsigned, "{name} twice");
    }
    let far =
        post().header("webhook-id", "x").header("webhook-signature", "v1,x").header("webhook-timestamp", i64::MIN);
    assert_eq!(said(far.send().await.expect("an answer")).await, unsigned);
    // What was not signed is not looked into: nonsense is unsigned, not unusable.
    let nonsense = client().post(service.url("/v1/sandbox-post-copy")).body("nonsense");
    assert_eq!(said(nonsense.send().await.expect("an answer")).await, unsigned);
    assert_eq!(jobs(&service).await, 0);
    assert_eq!(service.call(&call).await.status(), 202, "the call itself is good");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_body_is_refused_in_pieces_too() {
    let service = without_orgs().start().await;
    let head =
        "POST /v1/sandbox-post-copy HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n";
    let chunk = format!("{:x}\r\n{}\r\n", 1024, "x".repeat(1024));
    let large = format!("{head}{}0\r\n\r\n", chunk.repeat(65));
    let answer = raw(&service, large.as_bytes()).await;
    assert!(
        answer.starts_with("HTTP/1.1 413 ") && answer.ends_with(r#"{"error":"the body is over 64 KiB"}"#),
        "{answer}"
    );
    let fits = format!("{head}{}0\r\n\r\n", chunk.repeat(64));
    assert!(raw(&service, fits.as_bytes()).await.starts_with("HTTP/1.1 401 "));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_public_listener_has_two_routes() {
    let service = without_orgs().start().await;
    let paths = [
        "/v1/sandbox-post-copy",
        "/healthz",
        "/",
        "/v1",
        "/v1/",
        "/v1/jobs",
        "/v1/jobs/01JDB3Q0Z5W8K6M4N2P7R9T1V3",
        "/jobs",
        "/metrics",
        "/readyz",
        "/sign-in",
        "/healthz/",
        "/v1/sandbox-post-copy/",
        "/V1/sandbox-post-copy",
        "//v1/sandbox-post-copy",
        "/v1/sandbox-post-copy/../../metrics",
        "/v1/%73andbox-post-copy",
        "/healthz%2f",
        "/.well-known/security.txt",
        "/favicon.ico",
        "/v1/sandbox-post-copy;x",
        "/index.html",
        "/admin",
        "/debug/pprof",
        "/../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
    ];
    let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"];
    let mut answered = Vec::new();
    for path in paths {
        for method in methods {
            let request =
                format!("{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
            let answer = raw(&service, request.as_bytes()).await;
            let (head, body) = answer.split_once("\r\n\r\n").expect("an answer");
            let status = head.split(' ').nth(1).expect("a status").to_string();
            match status.as_str() {
                "404" | "405" => assert_eq!(body, "", "{method} {path}"),
                _ => answered.push(format!("{method} {path} {status} {}", body.trim())),
            }
        }
    }
    assert_eq!(answered, ["POST /v1/sandbox-post-copy 401 ", "GET /healthz 200 ok", "HEAD /healthz 200 "]);
    let get = client().request(Method::GET, service.url("/v1/sandbox-post-copy")).send().await.expect("an answer");
    assert_eq!(get.headers()["allow"], "POST");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ninth_org_of_a_sandbox_is_turned_away_and_those_that_wait_are_not() {
    let service = without_orgs().start().await;
    let org = |number: usize| format!("00D5e00000000{number:02}");
    let mut waiting = Vec::new();
    for number in 0..8 {
        waiting.push(service.deliver(&Call::of("uat", &org(number))).await);
    }
    let ninth = said(service.call(&Call::of("uat", &org(8))).await).await;
    assert_eq!((ninth.status, ninth.retry_after), (429, Some(300)), "{ninth:?}");
    assert_eq!(service.deliver(&Call::of("uat", &org(3))).await, waiting[3], "a job that waits is joined");
    service.deliver(&Call::of("dev", &org(8))).await;
    for job in waiting {
        assert_ne!(service.job(&job).await["state"], "cancelled");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_is_away_the_sender_is_told_to_come_back() {
    use sqlx::ConnectOptions;
    let setup = without_orgs();
    let service = setup.start().await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(setup.path("jobs.db"));
    let mut other = options.connect().await.expect("the database");
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.expect("its lock");
    let call = Call::of("uat", ORG);
    let away = said(service.call(&call).await).await;
    assert_eq!(
        (away.status, away.retry_after, away.error().as_str()),
        (503, Some(10), "the database is away"),
        "{away:?}"
    );
    sqlx::query("ROLLBACK").execute(&mut other).await.expect("the lock is gone");
    service.deliver(&call).await;
    assert_eq!(jobs(&service).await, 1);
}
