//! Secrets in settings that are none of theirs, and in the configuration file.

use relay_scrub::simulator::{SimulatedOrg, Simulator};

use super::hunt::Hunt;
use super::login::{CLIENT_SECRET, private_key};
use crate::support::program::{CONSUMER_KEY, Program, sandbox};

const ACCESS_TOKEN: &str = "00D5e000000abcD!AQ8Aq2kTzZm0hidden_Rk3.8fQnB1sW.XvYh1Zr0p9Lw";
const REFRESH_TOKEN: &str = "5Aep861hiddenRefreshTokenQm3Vb8Lz0XcK4WsJt7Ye2NdRu6Hg";
const URL: &str =
    "https://scrubber:hidden-password-in-url@acme--uat.sandbox.my.salesforce.com/?sid=hidden-session-in-url";

const FLAGS: [&str; 17] = [
    "--config",
    "--instance-url",
    "--auth",
    "--client-id",
    "--client-secret-file",
    "--username",
    "--jwt-key-file",
    "--jwt-audience",
    "--login-url",
    "--refresh-token-file",
    "--access-token-file",
    "--expect-org-id",
    "--expect-sandbox",
    "--allow-host",
    "--concurrency",
    "--timeout",
    "--api-version",
];

/// Flags that take no value, or none of any kind, and flags that there are not.
const OTHERS: [&str; 6] = ["--json", "--log-format", "--client-secret", "--access-token", "--password", "--jwt-key"];

const VARIABLES: [&str; 17] = [
    "RELAY_SCRUB_CONFIG",
    "RELAY_SCRUB_INSTANCE_URL",
    "SF_ORG_INSTANCE_URL",
    "RELAY_SCRUB_AUTH",
    "RELAY_SCRUB_CLIENT_ID",
    "RELAY_SCRUB_CLIENT_SECRET",
    "RELAY_SCRUB_USERNAME",
    "RELAY_SCRUB_JWT_KEY",
    "RELAY_SCRUB_JWT_AUDIENCE",
    "RELAY_SCRUB_LOGIN_URL",
    "RELAY_SCRUB_REFRESH_TOKEN",
    "RELAY_SCRUB_ACCESS_TOKEN",
    "SF_ACCESS_TOKEN",
    "RELAY_SCRUB_API_VERSION",
    "RELAY_SCRUB_ALLOW_HOST",
    "RELAY_SCRUB_LOG",
    "RELAY_SCRUB_UAT_CLIENT_SECRET",
];

fn secrets() -> [&'static str; 5] {
    [CLIENT_SECRET, ACCESS_TOKEN, REFRESH_TOKEN, URL, private_key()]
}

fn hunt() -> Hunt {
    let mut hunt = Hunt::default();
    hunt.plant("the client secret", CLIENT_SECRET);
    hunt.plant("the access token", ACCESS_TOKEN.split_once('!').map_or("", |(_, secret)| secret));
    hunt.plant("the refresh token", REFRESH_TOKEN);
    hunt.plant("the password of an address", "hidden-password-in-url");
    hunt.plant("the session of an address", "hidden-session-in-url");
    hunt.plant_key(private_key());
    hunt
}

async fn org() -> (Simulator, SimulatedOrg) {
    let simulator = Simulator::start().await.expect("a simulator");
    let org = simulator.add_org(sandbox("uat")).await.expect("an org");
    (simulator, org)
}

/// `scrub` with most of a description of an org, so that what is wrong is found late as well as early.
fn program<'a>(org: &'a SimulatedOrg, arguments: &[&'a str]) -> Program {
    let given = |flag: &str| arguments.contains(&flag);
    let address = if given("--instance-url") { vec![] } else { vec!["--instance-url", org.url()] };
    let id = if given("--client-id") { vec![] } else { vec!["--client-id", CONSUMER_KEY] };
    let line = ["scrub", "-vv"].into_iter().chain(address).chain(id).chain(arguments.iter().copied());
    Program::new(line.collect::<Vec<_>>())
}

/// Runs of programs into which a secret was put in a wrong place, and what came out of it.
#[derive(Default)]
struct Search {
    leaks: Vec<String>,
}

impl Search {
    async fn run(&mut self, occasion: &str, program: Program) {
        let (ran, folder) = program.run_in_folder().await;
        assert!(!ran.stderr.is_empty() || !ran.stdout.is_empty(), "{occasion}: {ran:?}");
        assert!((0..=3).contains(&ran.code), "{occasion}: {ran:?}");
        let leaks = hunt().leaks(&ran, folder.path(), &["relay-scrub.toml"]);
        self.leaks.extend(leaks.iter().map(|leak| format!("{occasion}: {leak}")));
    }

    fn end(self) {
        assert!(self.leaks.is_empty(), "{} leaks:\n{}", self.leaks.len(), self.leaks.join("\n"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_in_the_wrong_flag_is_not_shown() {
    let (_simulator, org) = org().await;
    let mut search = Search::default();
    for flag in FLAGS {
        for secret in secrets() {
            let arguments = [flag, secret];
            search.run(&format!("{flag} {secret:.20}"), program(&org, &arguments)).await;
            let glued = format!("{flag}={secret}");
            search.run(&format!("{flag}={secret:.20}"), program(&org, &[&glued])).await;
            let with_login = program(&org, &arguments).env("RELAY_SCRUB_CLIENT_SECRET", "of-no-worth");
            search.run(&format!("{flag} {secret:.20}, with a login"), with_login).await;
        }
    }
    for secret in secrets() {
        for flag in OTHERS {
            for arguments in [vec![format!("{flag}={secret}")], vec![flag.to_string(), secret.to_string()]] {
                let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
                search.run(&format!("{flag} {secret:.20}"), program(&org, &arguments)).await;
            }
        }
        search.run(&format!("{secret:.20} alone"), Program::new([secret])).await;
        search.run(&format!("scrub {secret:.20}"), Program::new(["scrub", secret])).await;
        let file = "[sandboxes]\ninstance_url = \"https://acme--{sandbox}.sandbox.my.salesforce.com\"\n";
        let named = Program::new(["scrub", "--", secret]).file("relay-scrub.toml", file);
        search.run(&format!("scrub -- {secret:.20}"), named).await;
    }
    search.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_in_the_wrong_variable_is_not_shown() {
    let (_simulator, org) = org().await;
    let mut search = Search::default();
    for variable in VARIABLES {
        for secret in secrets() {
            search.run(&format!("{variable}={secret:.20}"), program(&org, &[]).env(variable, secret)).await;
            let bare = Program::new(["scrub", "-vv"]).env(variable, secret);
            search.run(&format!("{variable}={secret:.20} alone"), bare).await;
        }
    }
    search.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_in_the_configuration_file_is_not_shown() {
    let keys = [
        "instance_url",
        "auth",
        "client_id",
        "client_secret",
        "client_secret_file",
        "username",
        "password",
        "jwt_key",
        "jwt_key_file",
        "jwt_audience",
        "login_url",
        "refresh_token",
        "refresh_token_file",
        "access_token",
        "access_token_file",
        "api_version",
        "expect_org_id",
        "expect_sandbox",
        "allow_host",
        "sfdx_auth_url",
    ];
    let mut search = Search::default();
    for key in keys {
        for secret in secrets() {
            for broken in ["", " junk"] {
                let sections = ["guard", "defaults", "orgs.uat", "sandboxes"];
                let text = sections.map(|section| format!("[{section}]\n{key} = '''{secret}'''{broken}\n")).concat();
                let program = Program::new(["scrub", "uat", "-vv"]).file("relay-scrub.toml", &text);
                search.run(&format!("{key} = {secret:.20}{broken}"), program).await;
            }
        }
    }
    search.end();
}
