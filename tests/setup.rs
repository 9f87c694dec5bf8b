//! What `setup` writes, and where it writes nothing.

mod clearing;
mod flags;
mod folder;
mod questions;
mod steps;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::program::{Program, Ran};

/// A certificate, as far as anything here looks.
pub(crate) const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

/// Kinds of projects, by the flags that ask for them.
pub(crate) const VARIANTS: [(&str, &[&str]); 6] = [
    ("webhook", &["--webhook-url", "https://relay-scrub.acme.com"]),
    ("no webhook", &["--no-webhook"]),
    (
        "another name",
        &["--webhook-url", "https://hook.acme.com:8443/a&b'c", "--class-name", "AfterCopy", "--api-version", "66.0"],
    ),
    ("app", &["--webhook-url", "https://relay-scrub.acme.com", "--contact-email", "o'neil&co@acme.com"]),
    (
        "app with a certificate, no webhook",
        &["--no-webhook", "--contact-email", "admin@acme.com", "--certificate", "app.crt"],
    ),
    (
        "client credentials",
        &[
            "--webhook-url",
            "https://relay-scrub.acme.com",
            "--auth",
            "client-credentials",
            "--contact-email",
            "admin@acme.com",
            "--username",
            "o'neil&co@acme.com",
        ],
    ),
];

/// `setup` of a folder `sf`, with these flags, beside a certificate `app.crt`.
pub(crate) fn setup(arguments: &[&str]) -> Program {
    let line = ["setup", "sf"].into_iter().chain(arguments.iter().copied());
    Program::new(line).file("app.crt", CERTIFICATE)
}

/// The project that these flags ask for.
pub(crate) async fn written(arguments: &[&str]) -> TempDir {
    let (ran, folder) = setup(arguments).run_in_folder().await;
    assert_eq!(ran.code, 0, "{ran:?}");
    let project = tempfile::tempdir().expect("a folder");
    std::fs::remove_dir(project.path()).expect("removed");
    std::fs::rename(folder.path().join("sf"), project.path()).expect("moved");
    project
}

/// A file of a project.
pub(crate) fn read(project: &TempDir, path: &str) -> String {
    std::fs::read_to_string(project.path().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Signatures that every implementation has to make.
pub(crate) fn vectors() -> Vec<Value> {
    serde_json::from_str(include_str!("setup/vectors.json")).expect("JSON")
}

/// What a run said that wrote nothing, and what is in its folder beside the certificate.
async fn refused(program: Program) -> (Ran, Vec<String>) {
    let (ran, folder) = program.run_in_folder().await;
    let mut there: Vec<String> = std::fs::read_dir(folder.path())
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name != "app.crt")
        .collect();
    there.sort();
    assert_eq!(ran.stdout, "", "{ran:?}");
    (ran, there)
}
