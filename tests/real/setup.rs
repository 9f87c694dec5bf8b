//! What `setup` writes, before a real parser of Apex, a checker of its types, the Salesforce CLI, and another
//! implementation of Standard Webhooks.

mod apex;
mod metadata;
mod service;
mod signing;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use super::sf::installed;
use crate::setup::{VARIANTS, written};

/// Runs one of the scripts beside this file with the CLI's Node, and returns the JSON that it prints.
fn node(script: &str, arguments: &[&str], input: &Value) -> Value {
    use std::io::Write;
    let cli = installed("salesforce-cli");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real/setup").join(script);
    let mut command = Command::new(cli.join("bin/node"));
    command.arg(path).args(arguments).env("APEX_TOOLS", installed("apex-tools")).env("SALESFORCE_CLI", &cli);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("node runs");
    child.stdin.take().expect("stdin").write_all(input.to_string().as_bytes()).expect("input");
    let output = child.wait_with_output().expect("its end");
    assert!(output.status.success(), "{script} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

/// The files of a project that a test picks, as arguments.
fn picked(project: &TempDir, is_picked: impl Fn(&str) -> bool) -> Vec<String> {
    let paths = files(project.path()).into_iter().map(|path| path.display().to_string());
    paths.filter(|path| is_picked(path)).collect()
}

fn borrowed(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

/// The class of a project, whatever it is called.
fn class(project: &TempDir) -> String {
    let classes = picked(project, |path| path.ends_with(".cls") && !path.ends_with("Test.cls"));
    let [class] = &classes[..] else { panic!("not one class: {classes:?}") };
    class.clone()
}

/// Every variant, written.
async fn every_variant() -> Vec<(&'static str, TempDir)> {
    let mut projects = Vec::new();
    for (name, arguments) in VARIANTS {
        projects.push((name, written(arguments).await));
    }
    projects
}
