//! What the settings mean, and what is said of those that mean nothing.

mod choice;
mod database;
mod described;
mod file;
mod login;
mod precedence;
mod sandbox;
mod secrets;
mod service;
mod sign_in;

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use relay_scrub::config::{Asked, Config, ConfigErrors, Environment, Places, Target, resolve};
use relay_scrub::secrets::{MemoryStore, SecretStore};
use tempfile::TempDir;

/// A private key for the tests.
static KEY: LazyLock<String> =
    LazyLock::new(|| rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).expect("a key").serialize_pem());

/// A machine of its own for each test: a working directory, a platform folder, an environment, and flags.
struct Desk {
    folder: TempDir,
    environment: Vec<(String, String)>,
    asked: Asked,
    keyring: Arc<dyn SecretStore>,
    salesforce_cli: Option<PathBuf>,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["here", "platform/relay-scrub", "home"] {
            std::fs::create_dir_all(folder.path().join(name)).expect("a folder");
        }
        Self {
            folder,
            environment: Vec::new(),
            asked: Asked::default(),
            keyring: Arc::new(MemoryStore::default()),
            salesforce_cli: None,
        }
    }

    /// A desk with this `relay-scrub.toml` in the working directory, and a private key beside it.
    fn with(file: &str) -> Self {
        Self::new().file("here/relay-scrub.toml", file).file("here/key.pem", &KEY)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(self, name: &str, content: &str) -> Self {
        let path = self.path(name);
        std::fs::write(&path, content).expect("a file");
        #[cfg(unix)]
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("permissions");
        self
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    fn orgs(mut self, names: &[&str]) -> Self {
        self.asked.orgs = names.iter().map(|name| (*name).to_string()).collect();
        self
    }

    fn flags(mut self, set: impl FnOnce(&mut Asked)) -> Self {
        set(&mut self.asked);
        self
    }

    fn places(&self) -> Places {
        Places {
            working_directory: self.path("here"),
            platform_folder: Some(self.path("platform")),
            data_folder: Some(self.path("data")),
            home: Some(self.path("home")),
            salesforce_cli: self.salesforce_cli.clone(),
        }
    }

    fn resolve(&self) -> Result<Config, ConfigErrors> {
        resolve(&self.asked, &Environment::new(self.environment.clone()), &self.places(), &self.keyring)
    }

    fn config(&self) -> Config {
        self.resolve().unwrap_or_else(|errors| panic!("{errors}"))
    }

    /// What is wrong, with the folder of the test replaced.
    fn errors(&self) -> String {
        let errors = self.resolve().expect_err("something is wrong").to_string();
        errors.replace(&*self.folder.path().to_string_lossy(), "")
    }

    fn names(&self) -> Vec<String> {
        self.config().targets.into_iter().map(|target| target.org.name).collect()
    }
}

/// The address of an org whose address is known.
fn address(target: &Target) -> &str {
    target.org.instance_url.as_ref().expect("an address").as_str()
}

/// Two orgs, a template, and a login that fits them all.
const FLEET: &str = r#"
[defaults]
client_id = "3MVG9"
jwt_key_file = "key.pem"

[orgs.uat]
instance_url = "https://acme--uat.sandbox.my.salesforce.com/lightning/page"
username = "scrubber@acme.com.uat"

[orgs.eu-dev]
instance_url = "https://acme--eudev.sandbox.my.salesforce.com"
username = "scrubber@acme.com.eudev"

[sandboxes]
instance_url = "https://acme--{sandbox}.sandbox.my.salesforce.com"
username = "scrubber@acme.com.{sandbox}"
"#;

#[test]
fn the_file_of_the_contract_resolves() {
    let config = Desk::with(FLEET).orgs(&["uat"]).config();
    let target = &config.targets[0];
    assert_eq!(target.org.name, "uat");
    assert_eq!(address(target), "https://acme--uat.sandbox.my.salesforce.com/");
    assert_eq!(target.org.api_version.to_string(), "68.0");
    assert_eq!((config.concurrency, config.timeout.as_secs()), (8, 300));
    assert_eq!(config.warnings, [""; 0]);
    insta::assert_debug_snapshot!(target.credential, @r#"
    Jwt {
        client_id: "3MVG9",
        username: "scrubber@acme.com.uat",
        key: [secret],
        audience: None,
    }
    "#);
}

#[test]
fn a_path_in_the_file_starts_from_the_file_and_one_in_a_flag_from_the_working_directory() {
    let file = FLEET.replace("key.pem", "keys/key.pem");
    let desk = Desk::new().file("platform/relay-scrub/relay-scrub.toml", &file).orgs(&["uat"]);
    std::fs::create_dir(desk.path("platform/relay-scrub/keys")).expect("a folder");
    let desk = desk.file("platform/relay-scrub/keys/key.pem", &KEY);
    desk.config();

    let desk = Desk::new().file("platform/relay-scrub/relay-scrub.toml", FLEET).file("here/key.pem", &KEY);
    desk.orgs(&["uat"]).flags(|asked| asked.jwt_key_file = Some(Path::new("key.pem").into())).config();

    let desk = Desk::with(&FLEET.replace("key.pem", "~/key.pem")).file("home/key.pem", &KEY);
    desk.orgs(&["uat"]).config();
}
