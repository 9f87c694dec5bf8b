//! In a terminal, `setup` asks for what was not given.

use std::fs;
use std::path::Path;

use super::CERTIFICATE;
use crate::support::terminal::Terminal;

fn begin(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Terminal {
    fs::write(folder.join("app.crt"), CERTIFICATE).expect("a certificate");
    Terminal::of(&[&["setup", "sf"], arguments].concat(), variables, folder)
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

#[test]
fn the_answers_are_what_is_written() {
    let folder = folder();
    let mut terminal = begin(folder.path(), &[], &[]);
    for (question, answer) in [
        ("Where does Salesforce reach", "http://hook.acme.com\n"),
        ("must begin with https://", ""),
        ("Where does Salesforce reach", "https://hook.acme.com\n"),
        ("Name of the class [RelayScrubPostCopy]: ", "AfterCopy\n"),
        ("API version [68.0]: ", "\n"),
        ("jwt or client-credentials? [jwt]: ", "\n"),
        ("Whom may Salesforce write to", "admin@acme.com\n"),
        ("The user that relay-scrub will be", "robot@acme.com\n"),
        ("File with the app's certificate", "missing.crt\n"),
        ("missing.crt can't be read", ""),
        ("File with the app's certificate", "app.crt\n"),
    ] {
        terminal.wait_for(question);
        terminal.enter(answer);
    }
    let (code, shown) = terminal.end();
    assert_eq!(code, 0, "{shown}");
    let read = |path: &str| fs::read_to_string(folder.path().join("sf").join(path)).expect("a file");
    assert!(read("webhook-record/customMetadata/Relay_Scrub_Webhook.Default.md").contains("https://hook.acme.com/v1"));
    assert!(read("force-app/main/default/classes/AfterCopy.cls").contains("class AfterCopy "));
    let app = read("connected-app/connectedApps/Relay_Scrub.connectedApp");
    assert!(app.contains("admin@acme.com") && app.contains("BEGIN CERTIFICATE"), "{app}");
    assert!(read("README.md").contains("robot@acme.com.{sandbox}"));
}

#[test]
fn nothing_typed_is_the_default_and_a_class_that_calls_nobody() {
    let folder = folder();
    let mut terminal = begin(folder.path(), &["--auth", "client-credentials"], &[]);
    for question in ["Where does", "Name of the class", "API version", "Whom may", "The user that"] {
        terminal.wait_for(question);
        terminal.enter("\n");
    }
    let (code, shown) = terminal.end();
    assert_eq!(code, 0, "{shown}");
    assert!(!shown.contains("jwt or client-credentials?"), "what a flag said is not asked: {shown}");
    assert!(shown.contains("The class calls nobody."), "{shown}");
    assert!(!folder.path().join("sf/webhook-record").exists());
}

#[test]
fn nobody_is_asked_where_the_flags_say_enough_or_ci_is_set() {
    let folder = folder();
    let (code, shown) = begin(folder.path(), &["--no-webhook"], &[]).end();
    assert_eq!(code, 0, "{shown}");
    assert!(!shown.contains("[RelayScrubPostCopy]"), "{shown}");
    let folder = self::folder();
    let (code, shown) = begin(folder.path(), &[], &[("CI", "true")]).end();
    assert_eq!(code, 2, "{shown}");
    assert!(shown.contains("give --webhook-url URL"), "{shown}");
}

#[test]
fn an_interrupt_or_the_end_of_the_input_writes_nothing() {
    for (typed, expected) in [("\u{3}", 130), ("\u{4}", 2)] {
        let folder = folder();
        let mut terminal = begin(folder.path(), &[], &[]);
        terminal.wait_for("Where does Salesforce reach");
        terminal.enter(typed);
        let (code, shown) = terminal.end();
        assert_eq!(code, expected, "{shown}");
        assert!(shown.contains("Nothing was written."), "{shown}");
        assert!(!folder.path().join("sf").exists());
    }
}
