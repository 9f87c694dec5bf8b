//! docs/service.md says what the service does, no more and no less.

use std::collections::BTreeSet;

use relay_scrub::cli::arguments::command;
use relay_scrub::config::{self, Asked, Environment, Places, ServiceAsked, resolve_service, service_settings};
use relay_scrub::server::job::State;
use relay_scrub::server::metrics;
use serde_json::Value;

use crate::support::shelf::{Shelf, ended};

pub(crate) const PAGE: &str = include_str!("../docs/service.md");

/// The commands whose flags are told here.
const COMMANDS: [&str; 3] = ["serve", "jobs", "hook"];

/// The rows of the table with this head.
fn table(head: &str) -> Vec<&'static str> {
    let rows: Vec<_> = PAGE.lines().skip_while(|line| *line != head).skip(2).collect();
    let rows: Vec<_> = rows.into_iter().take_while(|line| line.starts_with('|')).collect();
    assert!(!rows.is_empty(), "no table {head}");
    rows
}

/// The first cell of each row, without its code marks.
fn names(rows: &[&str]) -> Vec<String> {
    rows.iter().map(|row| row.split('|').nth(1).unwrap_or_default().trim().trim_matches('`').to_string()).collect()
}

/// The first block of code of this language.
pub(crate) fn block(language: &str) -> &'static str {
    let (_, after) = PAGE.split_once(&format!("```{language}\n")).expect("a block");
    after.split("```").next().expect("its end")
}

/// Programs of others, whose flags are not ours.
const OTHERS: [&str; 3] = ["apt ", "docker ", "systemctl "];

fn words(is_meant: impl Fn(&str) -> bool) -> BTreeSet<String> {
    let lines = PAGE.lines().filter(|line| !OTHERS.iter().any(|other| line.starts_with(other)));
    let page = lines.collect::<Vec<_>>().join("\n");
    let words = page.split(|letter: char| !(letter.is_ascii_alphanumeric() || "-_".contains(letter)));
    words.filter(|word| is_meant(word)).map(str::to_string).collect()
}

fn flags(command: &clap::Command, found: &mut BTreeSet<String>) {
    found.extend(command.get_arguments().filter_map(clap::Arg::get_long).map(|flag| format!("--{flag}")));
    command.get_subcommands().for_each(|command| flags(command, found));
}

#[test]
fn every_setting_is_told_with_its_default_and_its_bounds() {
    let code = |text: &str| format!("`{text}`");
    let rows = service_settings().map(|setting| {
        let variables = setting.variables.iter().map(|variable| code(variable)).collect::<Vec<_>>().join(", ");
        let bounds = setting.bounds.map(|(least, most)| format!("{least} to {most}"));
        let cells = [
            setting.flag.map(code).unwrap_or_default(),
            variables,
            code(setting.key),
            setting.default.map(code).unwrap_or_default(),
            bounds.unwrap_or_default(),
        ];
        cells
            .iter()
            .fold("|".to_string(), |row, cell| if cell.is_empty() { row + " |" } else { row + " " + cell + " |" })
    });
    let expected: Vec<String> = rows.collect();
    let told = table("| flag | environment | in `[service]` | default | bounds |");
    assert_eq!(told, expected, "\n{}\n", expected.join("\n"));
}

#[test]
fn every_flag_of_the_service_is_told_and_every_flag_that_is_told_exists() {
    let mut program = command();
    program.build();
    let (mut wanted, mut known) = (BTreeSet::new(), BTreeSet::new());
    flags(&program, &mut known);
    for command in program.get_subcommands().filter(|command| COMMANDS.contains(&command.get_name())) {
        flags(command, &mut wanted);
    }
    // Those that every command has are in the README.
    for everywhere in program.get_arguments().filter_map(clap::Arg::get_long).map(|flag| format!("--{flag}")) {
        wanted.remove(&everywhere);
    }
    let told = words(|word| word.starts_with("--") && word.len() > 3);
    assert_eq!(wanted.difference(&told).collect::<Vec<_>>(), Vec::<&String>::new(), "they are not told of");
    assert_eq!(told.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new(), "they don't exist");
}

#[test]
fn every_variable_that_is_told_exists() {
    let known: BTreeSet<&str> = service_settings().flat_map(|setting| setting.variables).copied().collect();
    let told = words(|word| word.starts_with("RELAY_SCRUB_") && word.len() > "RELAY_SCRUB_".len());
    let unknown: Vec<_> = told.iter().filter(|word| !known.contains(word.as_str())).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn every_figure_is_told_in_its_own_words_and_no_other_is_watched() {
    let without_labels = |row: &str| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        format!("{} {}", cells[1].trim_matches('`'), cells[3])
    };
    let told: Vec<String> = table("| metric | labels | meaning |").into_iter().map(without_labels).collect();
    let expected: Vec<String> = metrics::described().map(|(name, text)| format!("{name} {text}")).collect();
    assert_eq!(told, expected);
    let names: BTreeSet<&str> = metrics::described().map(|(name, _)| name).collect();
    let watched = words(|word| word.starts_with("relay_scrub_"));
    assert!(watched.iter().all(|word| names.contains(word.as_str())), "{watched:?}");
}

#[test]
fn every_alert_is_explained() {
    let rules = block("yaml").lines().filter_map(|line| line.trim().strip_prefix("- alert: "));
    assert_eq!(names(&table("| alert | what it means | what to do |")), rules.collect::<Vec<_>>());
}

#[tokio::test]
async fn every_field_of_a_job_is_told() {
    let shelf = Shelf::new().await;
    let listening = shelf.listen(None, &[]).await;
    let report = Some(crate::support::shelf::report(crate::output::sample::cleared()));
    let id =
        shelf.settled("uat", |id| relay_scrub::server::queue::Settled { report, ..ended(id, State::Dead, "too late") });
    let address = listening.url(&format!("/v1/jobs/{}", id.await));
    let job: Value = serde_json::from_str(&reqwest::get(address).await.expect("an answer").text().await.expect("text"))
        .expect("JSON");
    let fields: BTreeSet<String> = job.as_object().expect("an object").keys().cloned().collect();
    let told: BTreeSet<String> = names(&table("| field | meaning |")).into_iter().collect();
    assert_eq!(told, fields);
    let states = PAGE.lines().find(|line| line.starts_with("| `state` |")).expect("a row");
    assert!(State::ALL.iter().all(|state| states.contains(&format!("`{}`", state.word()))), "{states}");
}

#[test]
fn the_configuration_that_is_shown_works_as_it_stands() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path().display().to_string();
    let text = block("toml").replace("/etc/relay-scrub", &here).replace("/var/lib/relay-scrub", &here);
    let text = text.replace("00D…", "00D5e000000abcD").replace("3MVG9…", "3MVG9x");
    std::fs::write(folder.path().join("relay-scrub.toml"), text).expect("a file");
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n";
    std::fs::write(folder.path().join("hook.secret"), secret).expect("a file");
    let asked = ServiceAsked { config: Some(folder.path().join("relay-scrub.toml")), ..ServiceAsked::default() };
    let none: [(&str, &str); 0] = [];
    let service = resolve_service(&asked, &Environment::new(none), &Places::default()).expect("it is right");
    assert_eq!(service.database.to_string(), format!("sqlite:{here}/queue.sqlite"));
    let all = Asked { config: asked.config, all: true, ..Asked::default() };
    let orgs = config::file_orgs(&all, &Environment::new(none), &Places::default()).expect("it is right");
    assert!(orgs.is_some_and(|orgs| !orgs.names.is_empty()), "scrub --all would end with 2");
}

#[test]
fn the_notice_that_is_shown_has_the_fields_of_a_true_one() {
    let shown: Value = serde_json::from_str(block("json")).expect("JSON");
    let snapshot = include_str!("notices/snapshots/relay_scrub__notices__webhook__notice.snap");
    let (_, body) = snapshot.rsplit_once("---\n").expect("a snapshot");
    let real: Value = serde_json::from_str(body).expect("JSON");
    for at in ["", "/data", "/data/reason"] {
        let keys = |value: &Value| -> BTreeSet<String> {
            value.pointer(at).and_then(Value::as_object).expect("an object").keys().cloned().collect()
        };
        assert_eq!(keys(&shown), keys(&real), "{at}");
    }
    let job = |value: &Value| value["data"]["job"].as_object().expect("an object").clone();
    assert!(job(&shown).keys().all(|key| job(&real).contains_key(key)));
}
