//! The Apex of every variant: its syntax, its types, and what it does to relays.

use std::fs;
use std::path::Path;
use std::process::Command;

use relay_scrub::domain::record::Value as Field;
use relay_scrub::domain::rule::{Operator, Rule};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::super::sf::installed;
use super::{borrowed, class, every_variant, node, picked};
use crate::setup::{VARIANTS, written};

fn syntax_errors(project: &TempDir) -> Value {
    let classes = picked(project, |path| path.ends_with(".cls"));
    assert_eq!(classes.len(), 2, "{classes:?}");
    let arguments = [vec!["check"], borrowed(&classes)].concat();
    node("apex.mjs", &arguments, &Value::Null)
}

/// What apex-ls has to say of a project. It knows the types of Salesforce's API version 65.
fn type_errors(project: &Path) -> String {
    let jars = installed("apex-tools").join("node_modules/@salesforce/code-analyzer-pmd-engine/dist/java-lib/*");
    let mut command = Command::new("java");
    command.arg("-cp").arg(jars).arg("io.github.apexdevtools.apexls.CheckForIssues");
    command.args(["--nocache", "--detail", "warnings", "--workspace"]).arg(project);
    let output = command.output().expect("java runs: scripts/install-test-programs installs it");
    let text = [output.stdout, output.stderr].concat();
    String::from_utf8(text).expect("apex-ls prints UTF-8")
}

/// Puts something else into a file of a project.
fn change(path: &str, from: &str, to: &str) {
    let text = fs::read_to_string(path).expect("a file");
    assert!(text.contains(from), "{path} lacks {from}");
    fs::write(path, text.replacen(from, to, 1)).expect("written");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_apex_of_every_variant_parses() {
    for (name, project) in every_variant().await {
        assert_eq!(syntax_errors(&project), json!([]), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_syntax_error_would_be_found() {
    let project = written(VARIANTS[0].1).await;
    change(&class(&project), "update as system relays;", "update as relays;;)");
    assert_ne!(syntax_errors(&project), json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_types_and_fields_that_the_apex_names_exist() {
    // The others have the same classes.
    for (name, arguments) in &VARIANTS[..3] {
        let project = written(arguments).await;
        assert_eq!(type_errors(project.path()).trim(), "", "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_type_field_or_method_would_be_found() {
    let mistakes = [
        ("relay.Username = null;", "relay.Username2 = null;", "'Username2'"),
        ("relay.IsRequireAuth = false;", "relay.IsRequireAuth = 1;", "'System.Boolean'"),
        ("Crypto.generateMac(", "Crypto.generateHmac(", "'generateHmac'"),
        ("webhook.Url__c", "webhook.Uri__c", "'Uri__c'"),
        ("context.sandboxName()", "context.sandbox()", "'sandbox'"),
    ];
    let project = written(VARIANTS[0].1).await;
    for (right, wrong, _) in mistakes {
        change(&class(&project), right, wrong);
    }
    let found = type_errors(project.path());
    for (_, wrong, named) in mistakes {
        assert!(found.contains(named), "{wrong} was not found: {found}");
    }
}

/// What the rule of the command line asks of a class: its query, its assignments, one update, and nothing else.
fn asked_of_a_class(rule: &Rule) -> Value {
    let literal = |value: &Field| match value {
        Field::Null => "null".to_string(),
        Field::Boolean(value) => value.to_string(),
        Field::Text(text) => format!("'{text}'"),
    };
    let operator = |operator| match operator {
        Operator::Is => "=",
        Operator::IsNot => "!=",
    };
    let tests: Vec<[String; 3]> = rule
        .exposed_if_any
        .iter()
        .map(|test| [test.field.clone(), operator(test.operator).to_string(), literal(&test.value)])
        .collect();
    let condition = tests.iter().map(|test| test.join(" ")).collect::<Vec<_>>().join(" OR ");
    let joined = vec!["OR"; tests.len() - 1];
    let text = format!("SELECT Id FROM {} WHERE {condition} WITH SYSTEM_MODE", rule.object);
    let assignments: Vec<Value> = rule
        .assignments
        .iter()
        .map(|set| json!({"target": ["relay", set.field], "operator": "=", "value": literal(&set.value)}))
        .collect();
    json!({
        "queries": [{"text": text, "tests": tests, "joined": joined}],
        "assignments": assignments,
        "writes": ["update as system relays"],
    })
}

fn done_by(project: &TempDir) -> Value {
    node("apex.mjs", &["clearing", &class(project)], &Value::Null)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_class_clears_what_the_command_line_clears() {
    let rule = asked_of_a_class(&Rule::email_relay());
    for (name, project) in every_variant().await {
        assert_eq!(done_by(&project), rule, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn any_difference_between_the_two_would_be_found() {
    let differences = [
        ("Username != null WITH", "Username != null OR Host = null WITH"),
        ("IsRequireAuth = true OR Username", "IsRequireAuth = true AND Username"),
        ("Username != null WITH", "Username = null WITH"),
        ("WITH SYSTEM_MODE];", "WITH SYSTEM_MODE LIMIT 1];"),
        ("relay.IsRequireAuth = false;", "relay.IsRequireAuth = true;"),
        ("relay.Password = null;", ""),
        ("relay.Password = null;", "relay.Password = null; relay.Host = null;"),
        ("update as system relays;", "update as system relays; delete relays;"),
        ("update as system relays;", "Database.update(relays, false);"),
    ];
    for (right, wrong) in differences {
        let project = written(VARIANTS[0].1).await;
        change(&class(&project), right, wrong);
        assert_ne!(done_by(&project), asked_of_a_class(&Rule::email_relay()), "{wrong}");
    }
    let mut rule = Rule::email_relay();
    rule.assignments.pop();
    let project = written(VARIANTS[0].1).await;
    assert_ne!(done_by(&project), asked_of_a_class(&rule));
}
