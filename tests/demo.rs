//! The demo, which is the first that anybody sees, and a machine that lacks what most have.

use tokio::io::AsyncReadExt;

use crate::support::program::{Program, finish};

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

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_keeps_to_itself_inside_github_actions() {
    let demo = Program::new(["demo"]).env("GITHUB_ACTIONS", "true");
    let summary = demo.path("summary.md");

    let (ran, folder) = demo.env("GITHUB_STEP_SUMMARY", summary).run_in_folder().await;

    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    assert!(!folder.path().join("summary.md").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_given_to_the_demo_is_a_usage_error() {
    for line in [["demo", "--config", "/none.toml"], ["--config", "/none.toml", "demo"]] {
        let ran = Program::new(line).run().await;
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
        assert!(ran.stderr.contains("--config"), "{ran:?}");
    }
}

/// Starts the demo, and stops it with a signal as soon as it has printed this.
#[cfg(unix)]
async fn stopped_after(text: &str, line: &[&str], signal: &str) -> (String, crate::support::program::Ran) {
    let (mut child, _folder) = Program::new(line.iter().copied()).start();
    let (mut stdout, mut seen) = (child.stdout.take().expect("stdout"), Vec::new());
    while !String::from_utf8_lossy(&seen).contains(text) {
        assert_ne!(stdout.read_buf(&mut seen).await.expect("stdout is readable"), 0, "the demo ended first");
    }
    let pid = child.id().expect("the demo runs").to_string();
    assert!(std::process::Command::new("kill").args([signal, &pid]).status().expect("kill runs").success());
    let rest = async { stdout.read_to_end(&mut seen).await.expect("stdout is readable") };
    let (ran, _) = tokio::join!(finish(child), rest);
    (String::from_utf8_lossy(&seen).into_owned(), ran)
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn what_the_guide_of_the_kept_demo_says_works_in_another_terminal_until_ctrl_c() {
    let program = env!("CARGO_BIN_EXE_relay-scrub");
    let (seen, ran) = stopped_after("audit uat --no-dns\n", &["demo", "--keep"], "-INT").await;

    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    let guide = format!("  {program} scrub uat --dry-run\n  {program} audit uat --no-dns\n");
    assert!(seen.ends_with(&guide), "{seen}");
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
