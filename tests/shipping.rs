//! What is shipped, and with what: pinned actions, one address, one version of Rust, a changelog, and no more files in the
//! crate than it needs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

const MANIFEST: &str = include_str!("../Cargo.toml");
const CHANGELOG: &str = include_str!("../CHANGELOG.md");

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every text file below these, by its path.
fn texts(below: &[&str]) -> BTreeMap<String, String> {
    let mut open: Vec<PathBuf> = below.iter().map(|name| root().join(name)).collect();
    let mut found = BTreeMap::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("an entry").path()));
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            let name = path.strip_prefix(root()).expect("below the root").to_string_lossy().replace('\\', "/");
            found.insert(name, text);
        }
    }
    assert!(found.len() >= below.len(), "{below:?}");
    found
}

/// The value of a key in the manifest's first section.
fn of_manifest(key: &str) -> &'static str {
    let start = format!("{key} = \"");
    let line = MANIFEST.lines().find_map(|line| line.strip_prefix(&start)).expect("a key");
    line.split('"').next().expect("a value")
}

#[test]
fn every_action_is_pinned_by_its_commit_with_the_version_beside_it_and_everywhere_by_the_same() {
    let mut pins: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let own = of_manifest("repository").trim_start_matches("https://github.com/");
    for (file, text) in texts(&[".github", "action.yml", "docs/ci", "README.md"]) {
        for line in text.lines().filter_map(|line| line.trim_start().trim_start_matches("- ").strip_prefix("uses: ")) {
            let (action, version) = line.split_once('@').unwrap_or_else(|| panic!("{file}: {line}"));
            if action == own {
                assert_eq!(version, format!("v{}", of_manifest("version")), "{file}: another version of our own");
                continue;
            }
            let (commit, comment) = version.split_once(" # v").unwrap_or_else(|| panic!("{file}: {line}"));
            assert!(commit.len() == 40 && commit.chars().all(|c| c.is_ascii_hexdigit()), "{file}: {line}");
            assert!(comment.starts_with(|first: char| first.is_ascii_digit()), "{file}: {line}");
            let version = comment.split([',', ' ']).next().unwrap_or_default();
            pins.entry(action.to_string()).or_default().insert(format!("{commit} {version}"));
        }
    }
    assert!(pins.len() >= 5, "{pins:?}");
    assert!(pins.values().all(|pins| pins.len() == 1), "{pins:#?}");
}

#[test]
fn the_repository_has_one_address_and_the_code_takes_it_from_the_manifest() {
    let address = of_manifest("repository");
    let name = address.strip_prefix("https://github.com/").expect("an address on GitHub");
    let owner = name.strip_suffix("/relay-scrub").expect("the project's name");
    assert!(of_manifest("maintainer").ends_with(&format!("<{owner}@users.noreply.github.com>")));
    for (file, text) in texts(&["README.md", "CHANGELOG.md", "docs", ".github", "scripts", "action.yml", "src"]) {
        for (at, _) in text.match_indices("/relay-scrub") {
            let before =
                text[..at].rsplit(|c: char| !(c.is_alphanumeric() || "-.".contains(c))).next().unwrap_or_default();
            let is_owner = text[..at].ends_with(&format!("github.com/{before}"))
                || text[..at].ends_with(&format!("uses: {before}"));
            assert!(!is_owner || before == owner, "{file}: {before}/relay-scrub, and the manifest says {name}");
            assert!(!is_owner || !file.starts_with("src/"), "{file}: take it from CARGO_PKG_REPOSITORY");
        }
    }
}

#[cfg(unix)]
#[test]
fn one_script_sets_the_address_everywhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let everything = [
        ".github",
        "CHANGELOG.md",
        "Cargo.toml",
        "Dockerfile",
        "README.md",
        "THIRD-PARTY-LICENSES.txt",
        "action.yml",
        "compose.yml",
        "deny.toml",
        "docs",
        "examples",
        "packaging",
        "scripts",
        "src",
        "tests",
    ];
    let before = texts(&everything);
    for (file, text) in &before {
        let path = folder.path().join(file);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a copy");
    }
    let run = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).current_dir(folder.path()).output().expect(program);
        assert!(output.status.success(), "{program} {arguments:?}: {output:?}");
    };
    run("git", &["init", "--quiet"]);
    run("git", &["add", "--all"]);
    run("bash", &["scripts/repository", "some-owner/mail.relays"]);

    let old = of_manifest("repository").trim_start_matches("https://github.com/");
    let changed = |(file, old_text): (&String, &String)| {
        let text = std::fs::read_to_string(folder.path().join(file)).expect("a text");
        assert!(!text.contains(old), "{file} still names {old}");
        (text != *old_text).then_some(text)
    };
    let changed: String = before.iter().filter_map(changed).collect();
    for new in [
        "repository = \"https://github.com/some-owner/mail.relays\"",
        "<some-owner@users.noreply.github.com>",
        "uses: some-owner/mail.relays@v",
        "https://github.com/some-owner/mail.relays/releases/download",
        "--repo some-owner/mail.relays",
    ] {
        assert!(changed.contains(new), "nothing says {new}");
    }
}

#[test]
fn the_version_of_rust_is_said_alike_everywhere() {
    let version = of_manifest("rust-version");
    let minor = version.strip_prefix("1.").expect("a version of Rust");
    let mut said = 0;
    for (file, text) in texts(&["README.md", ".github"]) {
        for start in ["toolchain install 1.", "rustup default 1.", "rust:1.", "Rust 1.", "(https://rustup.rs) 1."] {
            for (at, _) in text.match_indices(start) {
                let rest: String = text[at + start.len()..].chars().take_while(char::is_ascii_digit).collect();
                assert_eq!(rest, minor, "{file}: {start}{rest}");
                said += 1;
            }
        }
    }
    assert!(said > 8, "said {said} times");
}

#[test]
fn the_crate_holds_what_builds_it_and_its_texts_and_no_test_data() {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["package", "--list", "--allow-dirty", "--offline"]).current_dir(root());
    let list = cargo.output().expect("cargo");
    assert!(list.status.success(), "{list:?}");
    let files = String::from_utf8(list.stdout).expect("a list");
    let texts = ["CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT", "README.md"];
    let made = [".cargo_vcs_info.json", "Cargo.lock", "Cargo.toml", "Cargo.toml.orig"];
    for file in files.lines().filter(|file| !texts.contains(file) && !made.contains(file)) {
        assert!(file.replace('\\', "/").starts_with("src/") && !file.ends_with(".snap"), "{file}");
    }
    for text in texts.into_iter().chain(["Cargo.lock"]) {
        assert!(files.lines().any(|file| file == text), "{text} is missing");
    }
}

#[test]
fn the_changelog_tells_of_this_version_first() {
    let first = CHANGELOG.lines().find_map(|line| line.strip_prefix("## ")).expect("a version");
    let version = first.split([',', ' ']).next().unwrap_or_default();
    assert_eq!(version, of_manifest("version"));
}

#[test]
fn the_examples_fetch_this_version() {
    let mut said = 0;
    for (file, text) in texts(&["docs/ci"]) {
        for start in ["RELAY_SCRUB_VERSION: \"", "RELAY_SCRUB_VERSION = '", "/download/v", "name=\"relay-scrub-0"] {
            for (at, _) in text.match_indices(start) {
                let start = if start.ends_with('0') { at + start.len() - 1 } else { at + start.len() };
                assert!(text[start..].starts_with(of_manifest("version")), "{file}: {}", &text[start..start + 10]);
                said += 1;
            }
        }
    }
    assert!(said >= 5, "said {said} times");
}

#[cfg(unix)]
#[test]
fn a_release_is_made_only_of_the_version_that_is_there_where_the_manifest_says_and_with_its_notes() {
    let folder = tempfile::tempdir().expect("a folder");
    let (version, address) = (of_manifest("version"), of_manifest("repository"));
    std::fs::create_dir(folder.path().join("scripts")).expect("a folder");
    std::fs::copy(root().join("scripts/release-notes"), folder.path().join("scripts/release-notes")).expect("a copy");
    std::fs::write(folder.path().join("Cargo.toml"), MANIFEST).expect("the manifest");
    let notes = |tag: &str, address: &str, changelog: &str| {
        std::fs::write(folder.path().join("CHANGELOG.md"), changelog).expect("a changelog");
        let output = Command::new(folder.path().join("scripts/release-notes")).args([tag, address]).output();
        let output = output.expect("the script");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        (output.status.success(), text(output.stdout), text(output.stderr))
    };
    let tag = format!("v{version}");
    let changelog = format!("# Changelog\n\n## {version}, 2026-12-01\n\nIt is good.\n\n## 0.0.9, 2026-01-01\n\nOld.\n");
    assert_eq!(notes(&tag, address, &changelog), (true, "\nIt is good.\n".into(), String::new()));

    let undated = changelog.replace("2026-12-01", "unreleased");
    let empty = changelog.replace("It is good.", "");
    for (tag, address, changelog, reason) in [
        ("v9.9.9", address, &changelog, "The tag is v9.9.9"),
        (&tag, "https://github.com/somebody/relay-scrub", &changelog, "scripts/repository sets it"),
        (&tag, address, &undated, "has no section"),
        (&tag, address, &empty, "says nothing"),
        (&tag, address, &String::new(), "has no section"),
    ] {
        let (good, said, complaint) = notes(tag, address, changelog);
        assert!(!good && said.is_empty() && complaint.contains(reason), "{complaint}");
    }
}
