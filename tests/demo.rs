//! The demo, which is the first that anybody sees, and a machine that lacks what most have.

use crate::support::program::Program;

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_works_on_a_machine_without_ca_certificates() {
    let demo = Program::new(["demo"]);
    let (file, folder) = (demo.path("none.pem"), demo.path("none"));

    let ran = demo.env("SSL_CERT_FILE", file).env("SSL_CERT_DIR", folder).run().await;

    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.stdout.ends_with("The sandboxes hold no credential any more; production was not touched.\n"),
        "{ran:?}"
    );
    assert_eq!(ran.stderr, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_line_of_the_demo_is_wider_than_a_terminal() {
    let ran = Program::new(["demo"]).run().await;

    let wide: Vec<_> = ran.stdout.lines().filter(|line| line.chars().count() > 80).collect();
    assert!(wide.is_empty(), "{wide:#?}");
}

/// The platform's own store of certificates is asked elsewhere, whatever the environment says.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_machine_without_ca_certificates_is_told_so_and_sends_nothing() {
    let uat = "https://acme--uat.sandbox.my.salesforce.com";
    let program = Program::new(["scrub", "--instance-url", uat, "--client-id", "key", "--json"]);
    let (file, folder) = (program.path("none.pem"), program.path("none"));
    let program = program.env("RELAY_SCRUB_CLIENT_SECRET", "secret").env("SSL_CERT_FILE", file);

    let ran = program.env("SSL_CERT_DIR", folder).run().await;

    assert_eq!(ran.code, 1, "{ran:?}");
    let org = ran.org();
    assert_eq!(org["error"]["code"], "no_certificates", "{org:#}");
    assert!(org["error"]["hint"].as_str().is_some_and(|hint| hint.contains("ca-certificates")), "{org:#}");
    assert_eq!(org["api_requests"], 0);
}
