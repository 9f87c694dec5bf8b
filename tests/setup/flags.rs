//! Names, hosts and addresses are checked before anything is written.

use super::{Program, VARIANTS, read, refused, setup, written};

const URL: &str = "https://relay-scrub.acme.com";

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_ends_with_two_and_writes_nothing() {
    let cases: [(&[&str], &str); 14] = [
        (&[], "give --webhook-url URL, the address of relay-scrub serve"),
        (&["--webhook-url", "http://relay-scrub.acme.com"], "--webhook-url: the address must begin with https://"),
        (&["--webhook-url", "https://localhost"], "--webhook-url: the host must be one that Salesforce reaches"),
        (&["--webhook-url", "https://10.0.0.1"], "--webhook-url: the host must be"),
        (&["--webhook-url", "https://u:p@relay-scrub.acme.com"], "--webhook-url: the address must have no user name"),
        (&["--webhook-url", "nonsense"], "--webhook-url: an address looks like"),
        (&["--no-webhook", "--class-name", "Http"], "--class-name: the name already means something"),
        (&["--no-webhook", "--class-name", "a'); System.abort('"], "--class-name: a class name begins with a letter"),
        (&["--no-webhook", "--api-version", "59.0"], "--api-version: the classes need at least 60.0"),
        (&["--no-webhook", "--api-version", "51.0"], "--api-version: the classes need at least 60.0"),
        (&["--no-webhook", "--auth", "sf-cli"], "--auth: must be jwt or client-credentials"),
        (&["--no-webhook", "--username", "scrubber"], "--username: must look like name@acme.com"),
        (
            &["--no-webhook", "--auth", "client-credentials", "--contact-email", "a@acme.com"],
            "--username: give the user that the app runs as",
        ),
        (
            &["--no-webhook", "--contact-email", "a@acme.com", "--certificate", "missing.crt"],
            "--certificate: missing.crt can't be read",
        ),
    ];
    for (arguments, expected) in cases {
        let (ran, there) = refused(setup(arguments)).await;
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.stderr.starts_with(expected) && ran.stderr.contains("othing was written"), "{ran:?}");
        assert!(there.is_empty(), "{arguments:?}: {there:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_is_wrong_is_told_at_once() {
    let (ran, _) = refused(setup(&["--webhook-url", "http://x", "--class-name", "1", "--auth", "x"])).await;
    assert_eq!(ran.code, 2);
    insta::assert_snapshot!(ran.stderr, @r"
    3 problems, and nothing was written:
      --webhook-url: the address must begin with https://
      --class-name: a class name begins with a letter, has letters, digits and single underscores only, and does not end with an underscore
      --auth: must be jwt or client-credentials: the other ways to log in need no app of yours, or don't outlive a refresh
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_key_given_as_the_certificate_is_neither_written_nor_shown() {
    let key = "-----BEGIN PRIVATE KEY-----\nplantedkey\n-----END PRIVATE KEY-----\n";
    let line = ["setup", "sf", "--no-webhook", "--contact-email", "a@acme.com", "--certificate", "key.pem"];
    let (ran, there) = refused(Program::new(line).file("key.pem", key)).await;
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.starts_with("--certificate: key.pem holds a private key"), "{ran:?}");
    assert!(!ran.stderr.contains("plantedkey"));
    assert_eq!(there, ["key.pem"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_given_stands_in_every_file_that_needs_it() {
    let arguments = ["--class-name", "AfterCopy", "--api-version", "66.0", "--username", "robot@acme.com"];
    let project = written(&[&["--webhook-url", "https://HOOK.acme.com:8443"], &arguments[..]].concat()).await;
    let classes = "force-app/main/default/classes";
    assert!(
        read(&project, &format!("{classes}/AfterCopy.cls"))
            .contains("global without sharing class AfterCopy implements")
    );
    assert!(read(&project, &format!("{classes}/AfterCopyTest.cls")).contains("new AfterCopy()"));
    assert!(read(&project, &format!("{classes}/AfterCopy.cls-meta.xml")).contains("<apiVersion>66.0</apiVersion>"));
    assert!(read(&project, "sfdx-project.json").contains("\"sourceApiVersion\": \"66.0\""));
    let site = read(&project, "force-app/main/default/remoteSiteSettings/Relay_Scrub_Webhook.remoteSite-meta.xml");
    assert!(site.contains("<url>https://hook.acme.com:8443</url>"), "{site}");
    let record = read(&project, "webhook-record/customMetadata/Relay_Scrub_Webhook.Default.md");
    assert!(record.contains(">https://hook.acme.com:8443/v1/sandbox-post-copy</value>"), "{record}");
    assert!(read(&project, "README.md").contains("robot@acme.com.{sandbox}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_given_is_escaped_where_it_is_written() {
    let project = written(&["--webhook-url", "https://hook.acme.com/a&b'c"]).await;
    let record = read(&project, "webhook-record/customMetadata/Relay_Scrub_Webhook.Default.md");
    assert!(record.contains(">https://hook.acme.com/a&amp;b&apos;c</value>"), "{record}");
    let project = written(VARIANTS[3].1).await;
    let app = read(&project, "connected-app/connectedApps/Relay_Scrub.connectedApp");
    assert!(app.contains("<contactEmail>o&apos;neil&amp;co@acme.com</contactEmail>"), "{app}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_file_holds_a_secret_or_a_place_for_one_that_is_filled() {
    let project = written(&["--webhook-url", URL]).await;
    let record = read(&project, "webhook-record/customMetadata/Relay_Scrub_Webhook.Default.md");
    assert!(!record.contains("Secret__c"), "{record}");
    assert!(read(&project, ".forceignore").lines().any(|line| line == "**/customMetadata/Relay_Scrub_Webhook.*"));
}
