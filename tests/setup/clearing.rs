//! The clearing of the class is that of the command line, by its text; `tests/real` asks a real parser as well.

use relay_scrub::domain::record::Value;
use relay_scrub::domain::rule::{Operator, Rule};

use super::{VARIANTS, written};

/// The lines of a class that touch relays, as the rule has them.
fn lines_of(rule: &Rule) -> Vec<String> {
    let literal = |value: &Value| match value {
        Value::Null => "null".to_string(),
        Value::Boolean(value) => value.to_string(),
        Value::Text(text) => format!("'{text}'"),
    };
    let tests = rule.exposed_if_any.iter().map(|test| {
        let operator = if test.operator == Operator::Is { "=" } else { "!=" };
        format!("{} {operator} {}", test.field, literal(&test.value))
    });
    let condition = tests.collect::<Vec<_>>().join(" OR ");
    let object = &rule.object;
    let mut lines =
        vec![format!("List<{object}> relays = org.exposedRelays();"), format!("for ({object} relay : relays) {{")];
    lines.extend(rule.assignments.iter().map(|set| format!("relay.{} = {};", set.field, literal(&set.value))));
    lines.extend([
        "org.save(relays);".to_string(),
        format!("public virtual List<{object}> exposedRelays() {{"),
        format!("return [SELECT Id FROM {object} WHERE {condition} WITH SYSTEM_MODE];"),
        format!("public virtual void save(List<{object}> relays) {{"),
        "update as system relays;".to_string(),
    ]);
    lines
}

/// The lines of a class that touch relays.
fn lines_in(class: &str) -> Vec<String> {
    let is_code = |line: &&str| !line.starts_with("/*") && !line.starts_with('*') && !line.starts_with("//");
    let words = ["EmailRelay", "relay.", "relays", "insert ", "update ", "upsert ", "delete ", "Database.", "[SELECT "];
    let lines = class.lines().map(str::trim).filter(is_code);
    let touching = lines.filter(|line| words.iter().any(|word| line.contains(word)));
    let is_other = |line: &str| is_message(line) || line.contains("FROM Organization") || line.contains(" implements ");
    touching.filter(|line| !is_other(line)).map(String::from).collect()
}

/// A line that says something to a person.
fn is_message(line: &str) -> bool {
    line.starts_with("return '") || line.starts_with("throw ") || line.starts_with("String ")
}

fn path(class: &str) -> String {
    format!("force-app/main/default/classes/{class}.cls")
}

#[tokio::test(flavor = "multi_thread")]
async fn both_classes_clear_by_the_rule_of_the_command_line() {
    for (name, arguments) in &VARIANTS[..2] {
        let project = written(arguments).await;
        let class = super::read(&project, &path("RelayScrubPostCopy"));
        assert_eq!(lines_in(&class), lines_of(&Rule::email_relay()), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_or_a_class_that_went_its_own_way_would_be_seen() {
    let project = written(VARIANTS[0].1).await;
    let class = super::read(&project, &path("RelayScrubPostCopy"));
    let mut rule = Rule::email_relay();
    rule.exposed_if_any.pop();
    assert_ne!(lines_in(&class), lines_of(&rule));
    let mut rule = Rule::email_relay();
    rule.assignments.swap(0, 1);
    assert_ne!(lines_in(&class), lines_of(&rule));
    for (right, wrong) in
        [("relay.Password = null;", "relay.Password = 'x';"), ("true OR", "true AND"), ("as system", "as user")]
    {
        let changed = class.replace(right, wrong);
        assert!(changed != class && lines_in(&changed) != lines_of(&Rule::email_relay()), "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_permission_set_has_what_the_rule_asks_for_and_the_api_and_nothing_else() {
    let project = written(VARIANTS[1].1).await;
    let text = super::read(&project, "force-app/main/default/permissionsets/Relay_Scrub.permissionset-meta.xml");
    let names = text.split("<name>").skip(1).map(|rest| rest.split('<').next().unwrap_or_default());
    let labels: Vec<&str> = names
        .map(|name| match name {
            "ApiEnabled" => "API Enabled",
            "CustomizeApplication" => "Customize Application",
            "EmailAdministration" => "Email Administration",
            "ViewSetup" => "View Setup and Configuration",
            other => panic!("an unknown permission: {other}"),
        })
        .collect();
    let mut asked = Rule::email_relay().permissions;
    asked.push("API Enabled".into());
    asked.sort();
    assert_eq!(labels, asked);
    assert!(!text.contains("objectPermissions") && !text.contains("fieldPermissions"), "{text}");
}
