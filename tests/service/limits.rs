//! What one sender may take of the service: requests, connections, time.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{ORG, raw, rest, said, without_orgs};
use crate::support::service::{Call, Service, client};

async fn status(service: &Service, call: &Call, forwarded: &[&str]) -> u16 {
    let request =
        forwarded.iter().fold(service.request(call), |request, value| request.header("x-forwarded-for", *value));
    request.send().await.expect("an answer").status().as_u16()
}

fn unsigned() -> Call {
    Call { secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into(), ..Call::of("uat", ORG) }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_calls_too_often_is_told_when_to_come_back() {
    let service = without_orgs().setting("requests_per_address", "3").start().await;
    let call = Call::of("uat", ORG);
    assert_eq!(status(&service, &unsigned(), &[]).await, 401);
    assert_eq!(status(&service, &call, &[]).await, 202);
    // Who stands in no list of proxies is not believed.
    assert_eq!(status(&service, &call, &["203.0.113.7"]).await, 202);
    let limited = said(service.call(&call).await).await;
    assert_eq!((limited.status, limited.error().as_str()), (429, "too many deliveries from this address"));
    assert!(matches!(limited.retry_after, Some(1..=20)), "{limited:?}");
    assert_eq!(status(&service, &call, &["203.0.113.8"]).await, 429);
    let health = client().get(service.url("/healthz")).send().await.expect("an answer");
    assert_eq!(health.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_is_limited_by_signed_calls_alone() {
    let service = without_orgs().setting("requests_per_sandbox", "2").start().await;
    for _ in 0..4 {
        assert_eq!(status(&service, &unsigned(), &[]).await, 401);
    }
    let call = Call::of("uat", ORG);
    assert_eq!([status(&service, &call, &[]).await, status(&service, &call, &[]).await], [202, 202]);
    let limited = said(service.call(&call).await).await;
    assert_eq!((limited.status, limited.error().as_str()), (429, "too many deliveries for this sandbox"));
    assert!(matches!(limited.retry_after, Some(1..=30)), "{limited:?}");
    assert_eq!(status(&service, &Call::of("dev", ORG), &[]).await, 202);
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_trusted_proxy_the_address_counts_that_the_proxy_saw() {
    let setup = without_orgs().setting("requests_per_address", "1").argument("--trust-proxy").argument("127.0.0.0/8");
    let service = setup.start().await;
    let call = Call::of("uat", ORG);
    assert_eq!(status(&service, &call, &["203.0.113.7"]).await, 202);
    // What the caller itself has written stands at the left.
    assert_eq!(status(&service, &call, &["198.51.100.1, 203.0.113.7"]).await, 429);
    assert_eq!(status(&service, &call, &["198.51.100.2", "203.0.113.7"]).await, 429);
    assert_eq!(status(&service, &call, &["203.0.113.7, 127.0.0.9"]).await, 429);
    assert_eq!(status(&service, &call, &["203.0.113.8"]).await, 202);
    assert_eq!(status(&service, &call, &["2001:db8:1:2::1"]).await, 202);
    assert_eq!(status(&service, &call, &["2001:db8:1:2:ffff::9"]).await, 429, "the same network of one customer");
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_have_an_end() {
    let service = without_orgs().start().await;
    let post = "POST /v1/sandbox-post-copy HTTP/1.1\r\nhost: x\r\n";
    let large = raw(&service, format!("{post}x-large: {}\r\n\r\n", "x".repeat(20 * 1024)).as_bytes()).await;
    assert!(large.starts_with("HTTP/1.1 431 "), "{large}");
    let many: String = (0..100).map(|number| format!("x-{number}: x\r\n")).collect();
    let many = raw(&service, format!("{post}{many}\r\n").as_bytes()).await;
    assert!(many.starts_with("HTTP/1.1 431 "), "{many}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sends_too_slowly_is_not_waited_for() {
    let service = without_orgs().setting("request_timeout", "'200ms'").start().await;
    let connect = || async { TcpStream::connect(service.public).await.expect("a connection") };
    // Nothing at all; half a line; a line and half the headers.
    for begun in ["", "POST /v1/sand", "POST /v1/sandbox-post-copy HTTP/1.1\r\nhost: x\r\nx-slow: "] {
        let mut stream = connect().await;
        stream.write_all(begun.as_bytes()).await.expect("sent");
        let answer = rest(&mut stream).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408 "), "{begun}: {answer}");
    }
    // A body of which a byte comes now and then.
    let stream = connect().await;
    let (mut reading, mut writing) = stream.into_split();
    let head = "POST /v1/sandbox-post-copy HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n";
    writing.write_all(head.as_bytes()).await.expect("sent");
    let dripping = tokio::spawn(async move {
        while writing.write_all(b"x").await.is_ok() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    });
    let mut answer = Vec::new();
    let _ = reading.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    dripping.abort();
    // A connection that was used and is kept for later.
    let mut stream = connect().await;
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("sent");
    assert!(rest(&mut stream).await.starts_with("HTTP/1.1 200 "), "answered, and then closed");
}

/// A connection that the service has taken: one request was answered on it, and it is kept.
async fn taken(address: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("sent");
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.expect("an answer");
    assert_eq!(&answer, b"HTTP/1.1 200");
    stream
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_has_so_many_connections_and_not_more() {
    let service = without_orgs().setting("connections_per_address", "2").start().await;
    let held = [taken(service.public).await, taken(service.public).await];
    let turned_away = raw(&service, b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert_eq!(turned_away, "");
    drop(held);
    // The place is free when the service has seen the end of a connection.
    loop {
        let answer = raw(&service, b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
        if answer.starts_with("HTTP/1.1 200 ") {
            break;
        }
        assert_eq!(answer, "");
    }
    let trusting =
        without_orgs().setting("connections_per_address", "1").argument("--trust-proxy").argument("127.0.0.1");
    let service = trusting.start().await;
    let _held = [taken(service.public).await, taken(service.public).await];
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_beyond_all_places_waits_for_one() {
    let service = without_orgs().setting("connections", "2").setting("request_timeout", "'5m'").start().await;
    let [first, second] = [taken(service.public).await, taken(service.public).await];
    let waiting = tokio::spawn(taken(service.public));
    // The private listener has places of its own.
    service.job_list().await;
    assert!(!waiting.is_finished());
    drop(first);
    waiting.await.expect("an answer");
    drop(second);
}
