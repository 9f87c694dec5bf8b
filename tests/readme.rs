//! The README says what the code does, no more and no less.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use relay_scrub::cli::arguments::command;
use relay_scrub::config::{self, Asked, Environment, KnownOrg, Places};
use relay_scrub::secrets::{MemoryStore, SecretStore};
use url::Url;

use crate::support::keys::RsaKey;
use crate::support::program::Program;

const README: &str = include_str!("../README.md");

/// Flags in the README that are those of other programs.
const FOREIGN_FLAGS: [&str; 4] = ["--alias", "--locked", "--path", "--repo"];

/// The commands whose flags are in docs/service.md.
const SERVICE: [&str; 3] = ["serve", "jobs", "hook"];

#[test]
fn every_flag_is_in_the_readme_and_every_flag_of_the_readme_exists() {
    let mut program = command();
    program.build();
    let (mut wanted, mut known) = (BTreeSet::new(), FOREIGN_FLAGS.map(String::from).into());
    add_flags(&program, &mut known, &|_| true);
    add_flags(&program, &mut wanted, &|name| !SERVICE.contains(&name));
    let told = words(README, |word| word.starts_with("--"));
    assert_eq!(wanted.difference(&told).collect::<Vec<_>>(), Vec::<&String>::new(), "they are not told of");
    assert_eq!(told.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new(), "they don't exist");
}

#[test]
fn every_variable_is_in_the_readme_and_every_variable_of_the_readme_exists() {
    let settings = config::settings();
    let mut known: BTreeSet<String> = settings.flat_map(|setting| setting.variables).map(ToString::to_string).collect();
    known.extend(["RELAY_SCRUB_CONFIG", "RELAY_SCRUB_LOG"].map(String::from));
    let in_readme = README.replace("RELAY_SCRUB_<ORG>", "");
    let is_variable = |word: &str| word.starts_with("RELAY_SCRUB_") || word.starts_with("SF_");
    assert_eq!(words(&in_readme, is_variable), known);
}

#[test]
fn every_variable_of_a_setting_is_told_by_help() {
    let mut program = command();
    program.build();
    let scrub = program.find_subcommand_mut("scrub").expect("a command");
    let told = words(&scrub.render_long_help().to_string(), |word| word.contains('_'));
    for setting in config::settings().filter(|setting| setting.flag.is_some()) {
        for variable in setting.variables {
            assert!(told.contains(*variable), "{variable}");
        }
    }
}

#[test]
fn the_table_of_settings_is_that_of_the_code() {
    let rows: Vec<String> = config::settings()
        .map(|setting| {
            let mut row = String::from("|");
            if let Some(flag) = setting.flag {
                write!(row, " `{flag}`{}", if setting.identity { " *" } else { "" }).expect("a text");
            }
            let variables: Vec<_> = setting.variables.iter().map(|variable| format!("`{variable}`")).collect();
            write!(row, " | {}", variables.join(", ")).expect("a text");
            format!("{} | `{}` |", row.trim_end(), setting.key)
        })
        .collect();
    let without_remarks = |line: &str| match (line.find(" ("), line.find(") |")) {
        (Some(start), Some(end)) => format!("{}{}", &line[..start], &line[end + 1..]),
        _ => line.to_string(),
    };
    assert_eq!(table("in the file").into_iter().map(without_remarks).collect::<Vec<_>>(), rows);
}

#[test]
fn the_exit_codes_are_those_of_help() {
    let help = command().render_long_help().to_string();
    let (_, of_help) = help.split_once("Exit codes:\n").expect("exit codes");
    let of_help: Vec<(String, String)> = of_help
        .lines()
        .filter_map(|line| line.trim().split_once(' '))
        .map(|(code, meaning)| (code.to_string(), meaning.trim().to_string()))
        .collect();
    let of_readme: Vec<(String, String)> = table("meaning")
        .into_iter()
        .filter_map(|row| row.trim_matches('|').split_once('|'))
        .map(|(code, meaning)| (code.trim().to_string(), meaning.trim().replace('`', "")))
        .collect();
    assert_eq!(of_readme, of_help);
}

#[test]
fn the_example_of_a_configuration_works_as_it_stands() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("relay-scrub.toml"), block("toml")).expect("the example");
    std::fs::write(folder.path().join("relay-scrub.pem"), RsaKey::generate().private).expect("a key");
    let places = Places { working_directory: folder.path().into(), ..Places::default() };
    let keyring: Arc<dyn SecretStore> = Arc::new(MemoryStore::default());
    let names = |asked: &Asked| {
        let none: [(&str, &str); 0] = [];
        let config = config::resolve(asked, &Environment::new(none), &places, &keyring).expect("the example is right");
        assert_eq!(config.guard.denied_orgs.len(), 1);
        let targets = config.targets.iter();
        let address = |org: &KnownOrg<Option<Url>>| org.instance_url.clone().map(String::from).unwrap_or_default();
        targets.map(|target| format!("{} {}", target.org.name, address(&target.org))).collect::<Vec<_>>()
    };
    let all = Asked { all: true, ..Asked::default() };
    let uat = "uat https://acme--uat.sandbox.my.salesforce.com/";
    assert_eq!(names(&all), [uat, "full https://acme--full.sandbox.my.salesforce.com/"]);
    let template = Asked { orgs: vec!["dev7".into()], ..Asked::default() };
    assert_eq!(names(&template), ["dev7 https://acme--dev7.sandbox.my.salesforce.com/"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_piece_of_the_demo_is_what_the_demo_says() {
    let ran = Program::new(["demo"]).run().await;
    assert_eq!(ran.code, 0, "{ran:?}");
    let steady = |text: &str| -> Vec<String> {
        let lines = text.lines().map(|line| line.split("127.0.0.1:").next().unwrap_or_default());
        lines.map(|line| line.split(" requests, ").next().unwrap_or_default().trim_end().to_string()).collect()
    };
    let said = steady(&ran.stdout);
    for piece in steady(block("console")).split(String::is_empty) {
        assert!(said.windows(piece.len()).any(|window| window == piece), "{piece:#?} in {said:#?}");
    }
}

/// Adds the flags of a command, and of those below it whose names are among the wanted.
fn add_flags(command: &clap::Command, flags: &mut BTreeSet<String>, is_wanted: &impl Fn(&str) -> bool) {
    flags.extend(command.get_arguments().filter_map(clap::Arg::get_long).map(|flag| format!("--{flag}")));
    let below = command.get_subcommands().filter(|command| is_wanted(command.get_name()));
    below.for_each(|command| add_flags(command, flags, is_wanted));
}

/// The words of flags and variables that `is_meant` accepts.
fn words(text: &str, is_meant: impl Fn(&str) -> bool) -> BTreeSet<String> {
    let words = text.split(|letter: char| !(letter.is_ascii_alphanumeric() || "-_".contains(letter)));
    words.filter(|word| word.len() > 3 && is_meant(word)).map(String::from).collect()
}

/// The rows of the table whose head ends with this column.
fn table(last_column: &str) -> Vec<&'static str> {
    let head = format!(" {last_column} |");
    let lines = README.lines().skip_while(|line| !line.ends_with(&head));
    lines.skip(2).take_while(|line| line.starts_with('|')).collect()
}

/// The first block of code of this language.
fn block(language: &str) -> &'static str {
    let (_, after) = README.split_once(&format!("```{language}\n")).expect("a block");
    after.split("```").next().expect("its end")
}
