//! The webhook's secret changes while the service runs.

use super::{ORG, without_orgs};
use crate::support::service::{Call, Service, Setup, WEBHOOK_SECRET};

const OLD: &str = "whsec_b2xkLW9sZC1vbGQtb2xkLW9sZC1vbGQtb2xk";
const NEW: &str = "whsec_bmV3LW5ldy1uZXctbmV3LW5ldy1uZXctbmV3";

async fn accepts(service: &Service, secret: &str) -> bool {
    service.call(&Call { secret: secret.into(), ..Call::of("uat", ORG) }).await.status() == 202
}

fn with_file(text: &str) -> Setup {
    let setup = without_orgs().env("RELAY_SCRUB_WEBHOOK_SECRET", "");
    setup.file("hook.secret", text);
    setup.argument("--webhook-secret-file").argument("hook.secret")
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_secret_is_rotated_both_are_good() {
    let service = without_orgs().env("RELAY_SCRUB_WEBHOOK_SECRET", &format!("{NEW} {OLD}")).start().await;
    assert!(accepts(&service, OLD).await && accepts(&service, NEW).await);
    assert!(!accepts(&service, WEBHOOK_SECRET).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_file_that_changes_counts_without_a_restart() {
    let setup = with_file(OLD);
    let mut service = setup.start().await;
    assert!(accepts(&service, OLD).await && !accepts(&service, NEW).await);
    setup.file("hook.secret", &format!("{OLD}\n{NEW}\n"));
    service.says("the webhook secrets were read anew, and count from now on").await;
    assert!(accepts(&service, OLD).await && accepts(&service, NEW).await);
    setup.file("hook.secret", NEW);
    while accepts(&service, OLD).await {}
    assert!(accepts(&service, NEW).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_file_that_breaks_leaves_the_secret_that_was() {
    let setup = with_file(OLD);
    let mut service = setup.start().await;
    setup.file("hook.secret", "whsec_cGxhbnRlZA==");
    let said = service.says("the webhook secrets were changed, and those before go on counting").await;
    assert_eq!(said["fields"]["file"], "--webhook-secret-file");
    assert!(accepts(&service, OLD).await);
    std::fs::remove_file(setup.path("hook.secret")).expect("gone");
    while service.lines("the webhook secrets were changed, and those before go on counting").len() < 2 {
        tokio::task::yield_now().await;
    }
    assert!(accepts(&service, OLD).await);
    let (_, log) = service.stop().await;
    assert!(!log.join("\n").contains("cGxhbnRlZA"), "{log:#?}");
}
