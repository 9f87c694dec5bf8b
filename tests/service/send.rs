//! `hook send`: a delivery as the class makes it, and what its answer means.

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::{ORG, jobs, uat, without_orgs};
use crate::support::certificate::Authority;
use crate::support::program::{Program, Ran, is_cleared};
use crate::support::service::WEBHOOK_SECRET;

async fn send(url: &str, more: &[&str], secret: &str) -> Ran {
    let line = ["hook", "send", url].into_iter().chain(more.iter().copied());
    Program::new(line).env("RELAY_SCRUB_WEBHOOK_SECRET", secret).run().await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_it_sends_is_a_delivery_and_the_sandbox_is_cleared() {
    let (_simulator, org, setup) = uat().await;
    let service = setup.start().await;
    let ran =
        send(&service.url(""), &["--sandbox", "UAT", "--organization-id", &org.id(), "--json"], WEBHOOK_SECRET).await;
    let said: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error} in {ran:?}"));
    assert_eq!((ran.code, &said["accepted"], &said["status"]), (0, &Value::from(true), &Value::from(202)), "{ran:?}");
    let job = said["job"].as_str().expect("a job");
    service.comes_to(job, "done").await;
    assert!(org.relays().iter().all(is_cleared));

    let again = send(&service.url(""), &["--sandbox", "uat", "--organization-id", &org.id()], WEBHOOK_SECRET).await;
    assert_eq!(again.code, 0, "{again:?}");
    assert!(again.stdout.starts_with("Accepted: it is job "), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_makes_no_job() {
    let mut service = without_orgs().start().await;
    let ran = send(&service.url("/v1/sandbox-post-copy"), &["--check"], WEBHOOK_SECRET).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(service.says("check").await["level"], "INFO", "it is no trouble of the service");
    insta::assert_snapshot!(ran.stdout, @"The service answers, and the signature holds: it would accept deliveries. No job was made.");
    let other = send(&service.url(""), &["--check"], "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").await;
    assert_eq!(other.code, 1, "{other:?}");
    insta::assert_snapshot!(other.stdout, @"
    Not accepted (401 Unauthorized).
    Most likely the service has another secret than was signed with: compare RELAY_SCRUB_WEBHOOK_SECRET, --webhook-secret-file and webhook_secret_file on both sides. Else a proxy on the way drops the webhook-… headers or changes the body. The service's log says which.
    ");
    assert_eq!(jobs(&service).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_other_scheme_is_named_where_it_is_meant() {
    let service = without_orgs().start().await;
    let ran = send(&service.url("").replace("http://", "https://"), &["--check"], WEBHOOK_SECRET).await;
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stdout.contains("What answers there speaks no TLS"), "{ran:?}");

    let pair = Authority::new().issue();
    let setup = without_orgs().argument("--tls-cert").argument("c.pem").argument("--tls-key").argument("k.pem");
    setup.file("c.pem", &pair.certificate);
    setup.file("k.pem", &pair.key);
    let service = setup.start().await;
    let ran = send(&service.url("").replace("https://", "http://"), &["--check"], WEBHOOK_SECRET).await;
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stdout.contains("the address begins with https://"), "{ran:?}");

    let ran = send("127.0.0.1:18080", &["--check"], WEBHOOK_SECRET).await;
    assert_eq!(
        (ran.code, ran.stderr.as_str()),
        (2, "the URL must begin with https://, such as https://relay-scrub.example.com\n")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_another_is_told() {
    let service = without_orgs().start().await;
    let ran = send(&service.url("/v1/hook"), &["--check"], WEBHOOK_SECRET).await;
    assert_eq!(ran.code, 1, "{ran:?}");
    insta::assert_snapshot!(ran.stdout, @"
    Not accepted (404 Not Found).
    There is no hook at this address: is it the service's, and the public listener's?
    ");
    let nobody = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port").local_addr().expect("an address");
    let ran = send(&format!("http://{nobody}"), &["--check"], WEBHOOK_SECRET).await;
    assert_eq!(ran.code, 1, "{ran:?}");
    insta::assert_snapshot!(ran.stdout, @"
    No answer: Connection refused (os error 111).
    Nothing listens there: does `serve` run, on this address and port?
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_wrong_is_told() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut request = vec![0; 4096];
        assert_ne!(stream.read(&mut request).await.expect("a request"), 0);
        let answer = "HTTP/1.1 401 Unauthorized\r\ndate: Tue, 24 Nov 2020 17:08:54 GMT\r\ncontent-length: 0\r\n\r\n";
        stream.write_all(answer.as_bytes()).await.expect("answered");
    });
    let ran = send(&format!("http://{address}"), &["--check"], WEBHOOK_SECRET).await;
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(
        ran.stdout.contains("This machine's clock is ") && ran.stdout.contains(" s ahead of the service's"),
        "{ran:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_is_not_trusted_is_told() {
    let authority = Authority::new();
    let setup = without_orgs().argument("--tls-cert").argument("c.pem").argument("--tls-key").argument("k.pem");
    let pair = authority.issue();
    setup.file("c.pem", &pair.certificate);
    setup.file("k.pem", &pair.key);
    let service = setup.start().await;
    let line = ["hook", "send", &service.url(""), "--check"];
    let program = || Program::new(line).env("RELAY_SCRUB_WEBHOOK_SECRET", WEBHOOK_SECRET);
    let ran = program().run().await;
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stdout.contains("The certificate must be one that this machine trusts"), "{ran:?}");
    setup.file("ca.pem", &authority.pem());
    let ran = program().env("SSL_CERT_FILE", setup.path("ca.pem")).run().await;
    assert_eq!(ran.code, 0, "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_the_flags_is_told_before_anything_is_sent() {
    let line = ["hook", "send", "http://scrub.acme.example", "--sandbox", "a b", "--organization-id", "005"];
    let ran = Program::new(line).run().await;
    assert_eq!(ran.code, 2);
    insta::assert_snapshot!(ran.stderr, @"
    4 problems, and no org was contacted:
      there is no secret to sign with, which is the service's (--webhook-secret-file, RELAY_SCRUB_WEBHOOK_SECRET or webhook_secret_file in [service])
      the URL must be https, but on this machine
      --sandbox: must be a sandbox's name: 1 to 10 letters and digits
      --organization-id: is not an org's id: an id is 15 or 18 letters and digits
    ");
    let ran = Program::new(["hook", "send", "http://127.0.0.1:1", "--sandbox", "uat"]).run().await;
    assert_eq!(ran.code, 2, "{ran:?}");
    let ran = send("http://127.0.0.1:1", &["--sandbox", "uat", "--organization-id", ORG], "planted-secret").await;
    assert_eq!(ran.code, 2);
    assert!(!ran.stderr.contains("planted"), "{ran:?}");
}
