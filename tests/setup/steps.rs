//! The README of a project says what is so.

use std::sync::Arc;

use clap::Parser;
use relay_scrub::cli::arguments::Arguments;
use relay_scrub::config::{self, Asked, Environment, Places};
use relay_scrub::secrets::{MemoryStore, SecretStore};

use super::{VARIANTS, read, written};
use crate::support::keys::RsaKey;

/// The blocks of code of this language.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let opening = format!("```{language}\n");
    text.split(&opening).skip(1).map(|rest| rest.split("```").next().expect("its end")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_are_numbered_and_each_has_a_reason_and_a_check() {
    for (name, arguments) in VARIANTS {
        let readme = read(&written(arguments).await, "README.md");
        let steps: Vec<&str> = readme.split("\n## ").skip(1).filter(|step| !step.starts_with("Later")).collect();
        assert!(steps.len() >= 6, "{name}: {}", steps.len());
        for (index, step) in steps.iter().enumerate() {
            assert!(step.starts_with(&format!("{}. ", index + 1)), "{name}: {step}");
            assert!(step.contains("**Check:**"), "{name}: {step}");
            assert!(["**Why", "decides which app"].iter().any(|reason| step.contains(reason)), "{name}: {step}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_of_relay_scrub_in_it_can_be_typed() {
    let mut seen = 0;
    for (name, arguments) in VARIANTS {
        let readme = read(&written(arguments).await, "README.md");
        let quoted = readme.split('`').skip(1).step_by(2).filter(|code| code.starts_with("relay-scrub "));
        let lines =
            blocks(&readme, "sh").into_iter().flat_map(str::lines).filter(|line| line.starts_with("relay-scrub "));
        for line in lines.chain(quoted).filter(|line| !NAMED_ONLY.contains(line)) {
            let parsed = Arguments::try_parse_from(line.split_whitespace());
            assert!(
                parsed.is_ok(),
                "{name}: {line}: {}",
                parsed.err().map(|error| error.to_string()).unwrap_or_default()
            );
            seen += 1;
        }
    }
    assert!(seen >= 12, "{seen}");
}

/// Commands that the text names without what they need.
const NAMED_ONLY: [&str; 2] = ["relay-scrub setup", "relay-scrub setup --force"];

#[tokio::test(flavor = "multi_thread")]
async fn the_configuration_in_it_works_as_it_stands() {
    for (name, arguments) in VARIANTS {
        let readme = read(&written(arguments).await, "README.md");
        let [toml] = blocks(&readme, "toml")[..] else { panic!("{name}: not one configuration") };
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("relay-scrub.toml"), toml).expect("the configuration");
        let key = folder.path().join("relay-scrub.pem");
        std::fs::write(&key, RsaKey::generate().private).expect("a key");
        #[cfg(unix)]
        std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("permissions");
        let places = Places { working_directory: folder.path().into(), ..Places::default() };
        let keyring: Arc<dyn SecretStore> = Arc::new(MemoryStore::default());
        let environment = Environment::new([("RELAY_SCRUB_CLIENT_SECRET", "secret")]);
        let asked = Asked { orgs: vec!["uat".into()], ..Asked::default() };
        let config = config::resolve(&asked, &environment, &places, &keyring);
        let config = config.unwrap_or_else(|errors| panic!("{name}: {errors}"));
        let address = config.targets[0].org.instance_url.clone().map(String::from);
        assert_eq!(address.as_deref(), Some("https://acme--uat.sandbox.my.salesforce.com/"));
        assert_eq!(config.guard.denied_orgs.len(), 1);
        let all = Asked { all: true, ..Asked::default() };
        let all = config::resolve(&all, &environment, &places, &keyring);
        assert_eq!(all.unwrap_or_else(|errors| panic!("{name}: {errors}")).targets.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_names_no_file_that_was_not_written() {
    for (name, arguments) in VARIANTS {
        let project = written(arguments).await;
        let readme = read(&project, "README.md");
        for part in ["force-app", "webhook-record", "connected-app", "external-client-app", ".forceignore"] {
            assert_eq!(readme.contains(part), project.path().join(part).exists(), "{name}: {part}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_says_that_no_apex_was_run() {
    for (_, arguments) in VARIANTS {
        let readme = read(&written(arguments).await, "README.md");
        assert!(readme.contains("**No Apex of this project was run before you got it.**"));
    }
}
