//! What `/metrics` answers, judged by Prometheus' own promtool.

use std::process::{Output, Stdio};
use std::time::Duration;

use relay_scrub::server::job::State;
use relay_scrub::server::metrics;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::sf::installed;
use crate::output::sample;
use crate::support::shelf::{Shelf, again, done, ended};

/// `promtool check metrics`: it parses, and finds fault with names, types and units that are not as they should be.
async fn promtool(text: &str) -> Output {
    run(&["check", "metrics"], text).await
}

async fn run(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(installed("promtool").join("promtool"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool runs");
    child.stdin.take().expect("stdin").write_all(input.as_bytes()).await.expect("it reads");
    child.wait_with_output().await.expect("its output")
}

#[tokio::test]
async fn promtool_finds_no_fault_with_the_figures() {
    let shelf = Shelf::new().await;
    let listening = shelf.listen(None, &[]).await;
    shelf.settled("a", |id| done(id, "cleared", sample::cleared())).await;
    shelf.settled("b", |id| done(id, "clean", sample::clean(3))).await;
    shelf.settled("c", |id| again(id, "not yet", true)).await;
    shelf.settled("d", |id| ended(id, State::Refused, "production")).await;
    shelf.waiting("e").await;
    metrics::delivery_answered(202);
    metrics::delivery_answered(401);
    metrics::scrub_ended("cleared", Duration::from_millis(700));
    metrics::scrub_ended("failed", Duration::from_secs(61));
    metrics::notice_tried("told");
    let counted = ::metrics::counter!("relay_scrub_salesforce_requests_total", "result" => "200");
    counted.increment(1);

    let text = reqwest::get(listening.url("/metrics")).await.expect("an answer").text().await.expect("text");
    for (name, _) in metrics::described() {
        assert!(text.contains(&format!("\n# TYPE {name} ")), "{name} is missing in {text}");
    }
    let judged = promtool(&text).await;
    assert_eq!(String::from_utf8_lossy(&judged.stdout), "");
    assert_eq!(String::from_utf8_lossy(&judged.stderr), "");
    assert_eq!(judged.status.code(), Some(0));
}

#[tokio::test]
async fn promtool_does_find_fault() {
    let bad = "# TYPE relay_scrub_deliveries counter\nrelay_scrub_deliveries 1\n";
    let judged = promtool(bad).await;
    assert_eq!(judged.status.code(), Some(3), "{judged:?}");
    let said = String::from_utf8_lossy(&judged.stderr).into_owned() + &String::from_utf8_lossy(&judged.stdout);
    assert!(said.contains("_total"), "{said}");
}

#[tokio::test]
async fn the_alerts_of_the_documentation_are_rules_that_prometheus_takes() {
    let folder = tempfile::tempdir().expect("a folder");
    let rules = folder.path().join("relay-scrub.yaml");
    std::fs::write(&rules, crate::service_docs::block("yaml")).expect("a file");
    let judged = run(&["check", "rules", &rules.display().to_string()], "").await;
    let said = String::from_utf8_lossy(&judged.stdout).into_owned();
    assert_eq!(judged.status.code(), Some(0), "{judged:?}");
    assert!(
        said.contains(&format!("{} rules found", crate::service_docs::block("yaml").matches("- alert:").count())),
        "{said}"
    );
}
