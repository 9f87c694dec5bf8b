//! TLS of the listeners, and certificates that change while the service runs.

use reqwest::Certificate;

use super::{ORG, without_orgs};
use crate::support::certificate::Authority;
use crate::support::service::{Call, Service, Setup};

/// A service with this pair.
fn with_tls(authority: &Authority) -> Setup {
    let setup = without_orgs().argument("--tls-cert").argument("c.pem").argument("--tls-key").argument("k.pem");
    put(&setup, authority);
    setup
}

fn put(setup: &Setup, authority: &Authority) {
    let pair = authority.issue();
    setup.file("k.pem", &pair.key);
    setup.file("c.pem", &pair.certificate);
}

/// Whether a client that trusts this authority alone can deliver.
async fn trusts(service: &Service, authority: &Authority) -> bool {
    let root = Certificate::from_pem(authority.pem().as_bytes()).expect("a certificate");
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([root]).build().expect("a client");
    let call = Call::of("uat", ORG);
    let request = client.post(service.url("/v1/sandbox-post-copy")).body(call.body.clone());
    let request = call.headers().into_iter().fold(request, |request, (name, value)| request.header(name, value));
    request.send().await.is_ok_and(|response| response.status() == 202)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_changes_is_used_without_a_restart_and_a_bad_one_is_not() {
    let [first, second] = [Authority::new(), Authority::new()];
    let setup = with_tls(&first);
    let mut service = setup.start().await;
    assert!(service.url("").starts_with("https://"));
    assert!(trusts(&service, &first).await && !trusts(&service, &second).await);

    setup.file("c.pem", "nonsense");
    let kept = "the certificate was changed, and the one before goes on being used";
    let said = service.says(kept).await;
    assert!(said["fields"]["error"].as_str().is_some_and(|text| text.contains("c.pem")), "{said}");
    assert!(trusts(&service, &first).await);

    put(&setup, &second);
    service.says("the certificate was read anew, and is used from now on").await;
    while !trusts(&service, &second).await {}
    assert!(!trusts(&service, &first).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_http_is_not_spoken_where_tls_is() {
    let service = with_tls(&Authority::new()).start().await;
    let answer = super::raw(&service, b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(!answer.contains("200"), "{answer}");
    // The private listener is on loopback, where nobody listens in between.
    service.job_list().await;
}
