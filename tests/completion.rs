//! What a shell is told at a press of Tab. The shells themselves are in `tests/real/shells.rs`.

use relay_scrub::simulator::Simulator;

use crate::support::program::{Program, exposed, is_cleared, sandbox};

const FILE: &str = "[orgs.uat]\ninstance_url = \"https://acme--uat.sandbox.my.salesforce.com\"\n\
                    [orgs.usa]\ninstance_url = \"https://acme--usa.sandbox.my.salesforce.com\"\n\
                    [orgs.full]\ninstance_url = \"https://acme--full.sandbox.my.salesforce.com\"\n";

/// The candidates for the last of these words.
async fn candidates(program: Program) -> Vec<String> {
    let ran = program.env("RELAY_SCRUB_COMPLETE", "fish").run().await;
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    ran.stdout.lines().map(|line| line.split('\t').next().unwrap_or_default().to_string()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn orgs_of_the_configuration_are_completed_wherever_an_org_is_meant() {
    for verb in ["scrub", "login", "logout"] {
        let program = Program::new(["--", "relay-scrub", verb, "u"]).file("relay-scrub.toml", FILE);
        assert_eq!(candidates(program).await, ["uat", "usa"], "{verb}");
    }
    let elsewhere = Program::new(["--", "relay-scrub", "scrub", "--config", "other.toml", "f"]);
    assert_eq!(candidates(elsewhere.file("other.toml", FILE)).await, ["full"]);
    let by_variable = Program::new(["--", "relay-scrub", "scrub", "f"]).env("RELAY_SCRUB_CONFIG", "other.toml");
    assert_eq!(candidates(by_variable.file("other.toml", FILE)).await, ["full"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_a_shell_would_run_is_not_offered() {
    let section =
        |name: &str| format!("[orgs.\"{name}\"]\ninstance_url = \"https://a--b.sandbox.my.salesforce.com\"\n");
    let offered = async |name: &str, typed: &str| {
        let file = format!("{}{}", section("uat"), section(name));
        let program = Program::new(["--", "relay-scrub", "scrub", typed]).file("relay-scrub.toml", &file);
        candidates(program).await
    };
    for name in ["u$(touch pwned)", "u`touch pwned`", "u; touch pwned", "u'", "u b", "u\\u001b[2J", "u&", "u\\n"] {
        assert_eq!(offered(name, "u").await, Vec::<String>::new(), "{name}");
    }
    assert!(!offered("-u", "-").await.contains(&"-u".into()));
    assert_eq!(offered("u-1_b.c", "u").await, ["uat", "u-1_b.c"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_that_cannot_be_read_completes_nothing_and_says_nothing() {
    for file in ["not [toml", "[orgs]\nuat = 5\n"] {
        let program = Program::new(["--", "relay-scrub", "scrub", "u"]).file("relay-scrub.toml", file);
        assert_eq!(candidates(program).await, Vec::<String>::new(), "{file}");
    }
    assert_eq!(candidates(Program::new(["--", "relay-scrub", "scrub", "u"])).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn flags_and_commands_are_completed_from_the_one_definition() {
    let commands = candidates(Program::new(["--", "relay-scrub", ""])).await;
    for command in relay_scrub::cli::arguments::command().get_subcommands() {
        assert!(commands.contains(&command.get_name().to_string()), "{} in {commands:?}", command.get_name());
    }
    assert_eq!(candidates(Program::new(["--", "relay-scrub", "scrub", "--dry"])).await, ["--dry-run"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_variable_that_lies_in_the_environment_does_not_keep_a_scrub_from_its_work() {
    let simulator = Simulator::start().await.expect("a simulator");
    for shell in ["bash", "1", "nonsense"] {
        let org = simulator.add_org(sandbox("uat").relay(exposed())).await.expect("an org");
        let ran = Program::scrub(&org, []).env("RELAY_SCRUB_COMPLETE", shell).run().await;
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(is_cleared(&org.relays()[0]), "{shell}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_shell_gets_a_script_that_calls_the_program_by_its_name() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = Program::new(["completions", shell]).run().await;
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
        assert!(ran.stdout.contains("RELAY_SCRUB_COMPLETE"), "{ran:?}");
        assert!(!ran.stdout.contains(env!("CARGO_MANIFEST_DIR")), "a path of this machine: {ran:?}");
    }
    let ran = Program::new(["completions", "csh"]).run().await;
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
}
