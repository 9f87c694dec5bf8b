//! The metadata of every variant, before the Salesforce CLI and the schema that comes with it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::super::sf::Sf;
use super::{borrowed, every_variant, node, picked};
use crate::setup::{VARIANTS, written};

/// Every component that a package.xml lists, as `Type Name`.
fn listed(package: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(package).expect("a package.xml");
    let between = |text: &str, open: &str, close: &str| -> Vec<String> {
        text.split(open).skip(1).filter_map(|rest| Some(rest.split_once(close)?.0.to_string())).collect()
    };
    let mut components = BTreeSet::new();
    for types in between(&text, "<types>", "</types>") {
        let name = between(&types, "<name>", "</name>").concat();
        components.extend(between(&types, "<members>", "</members>").iter().map(|member| format!("{name} {member}")));
    }
    components
}

/// What `force-app` is to hold, by the name of the class.
fn components(class: &str, has_webhook: bool) -> BTreeSet<String> {
    let webhook = [
        "CustomField Relay_Scrub_Webhook__mdt.Secret__c",
        "CustomField Relay_Scrub_Webhook__mdt.Url__c",
        "CustomObject Relay_Scrub_Webhook__mdt",
        "Layout Relay_Scrub_Webhook__mdt-Relay Scrub Webhook Layout",
        "RemoteSiteSetting Relay_Scrub_Webhook",
    ];
    let mut all: BTreeSet<String> = webhook.into_iter().filter(|_| has_webhook).map(String::from).collect();
    all.extend([format!("ApexClass {class}"), format!("ApexClass {class}Test"), "PermissionSet Relay_Scrub".into()]);
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn the_salesforce_cli_takes_every_component_of_the_project() {
    let sf = Sf::new();
    for (name, project) in every_variant().await {
        let folder = project.path();
        sf.output(folder, &["project", "convert", "source", "--output-dir", "converted"], None).await;
        let class = if name == "another name" { "AfterCopy" } else { "RelayScrubPostCopy" };
        let found = listed(&folder.join("converted/package.xml"));
        assert_eq!(found, components(class, !name.contains("no webhook")), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_salesforce_cli_takes_what_is_deployed_on_its_own_as_its_package_lists_it() {
    let sf = Sf::new();
    let mut taken = BTreeSet::new();
    for (name, project) in every_variant().await {
        for part in ["webhook-record", "connected-app", "external-client-app"] {
            let folder = project.path().join(part);
            // The record is the same in each of them.
            if !folder.exists() || (part == "webhook-record" && taken.contains(part)) {
                continue;
            }
            // In a project without `.forceignore`, which does not concern --metadata-dir, but this conversion.
            let other = tempfile::tempdir().expect("a folder");
            fs::create_dir(other.path().join("force-app")).expect("a folder");
            fs::copy(project.path().join("sfdx-project.json"), other.path().join("sfdx-project.json")).expect("a copy");
            fs::rename(&folder, other.path().join(part)).expect("moved");
            let line = ["project", "convert", "mdapi", "--root-dir", part, "--output-dir", "converted", "--json"];
            let printed: Value = serde_json::from_str(&sf.output(other.path(), &line, None).await).expect("JSON");
            let found = printed["result"].as_array().expect("components").iter();
            let text = |value: &Value| value.as_str().expect("a text").to_string();
            let found: BTreeSet<String> =
                found.map(|one| format!("{} {}", text(&one["type"]), text(&one["fullName"]))).collect();
            assert_eq!(found, listed(&other.path().join(part).join("package.xml")), "{name} {part}");
            assert!(!found.is_empty());
            taken.insert(part);
        }
    }
    assert_eq!(taken.len(), 3, "{taken:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_in_an_org_does_not_come_into_the_project() {
    let sf = Sf::new();
    let project = written(VARIANTS[0].1).await;
    let folder = project.path();
    // A retrieval writes what it gets by the same conversion.
    let record = folder.join("webhook-record/customMetadata/Relay_Scrub_Webhook.Default.md");
    let text = fs::read_to_string(&record).expect("the record");
    let secret =
        "<values><field>Secret__c</field><value xsi:type=\"xsd:string\">whsec_planted</value></values>\n</Custom";
    fs::write(&record, text.replace("</Custom", secret)).expect("written");
    let line = ["project", "convert", "mdapi", "--root-dir", "webhook-record", "--output-dir", "force-app"];
    // With nothing to convert this version of the CLI ends with an error; what counts is what it left.
    let _ = sf.try_output(folder, &line, None).await;
    let force_app = folder.join("force-app").display().to_string();
    for path in picked(&project, |path| path.starts_with(&force_app)) {
        assert!(!fs::read_to_string(&path).expect("a text").contains("whsec_planted"), "{path}");
    }
    // The same without the file that keeps it out: the test would see it.
    fs::remove_file(folder.join(".forceignore")).expect("removed");
    sf.output(folder, &line, None).await;
    let came = picked(&project, |path| path.starts_with(&force_app))
        .iter()
        .any(|path| fs::read_to_string(path).expect("a text").contains("whsec_planted"));
    assert!(came, "the secret did not come without .forceignore either");
}

/// What the schema in the CLI is too old for, and where it is documented: the Metadata API Developer Guide of v68, under the
/// name of the type.
const NEWER: [&str; 10] = [
    "ConnectedApp.oauthConfig.isClientCredentialEnabled: unknown",
    "ConnectedApp.oauthConfig.isConsumerSecretOptional: unknown",
    "ConnectedApp.oauthConfig.isIntrospectAllTokens: unknown",
    "ConnectedApp.oauthConfig.isSecretRequiredForRefreshToken: unknown",
    "ConnectedApp.oauthConfig.oauthClientCredentialUser: unknown",
    "ConnectedApp.oauthPolicy: unknown",
    "ExternalClientApplication: no schema",
    "ExtlClntAppGlobalOauthSettings: no schema",
    "ExtlClntAppOauthConfigurablePolicies: no schema",
    "ExtlClntAppOauthSettings: no schema",
];

#[tokio::test(flavor = "multi_thread")]
async fn every_element_is_one_of_the_metadata_api_and_none_is_missing() {
    let mut found = BTreeSet::new();
    for (_, project) in every_variant().await {
        let is_metadata = |path: &str| fs::read_to_string(path).expect("a text").starts_with("<?xml");
        let files = picked(&project, is_metadata);
        let problems = node("metadata.mjs", &borrowed(&files), &Value::Null);
        found.extend(problems.as_array().expect("problems").iter().map(ToString::to_string));
    }
    let newer = NEWER.iter().map(|text| json!(text).to_string()).collect();
    assert_eq!(found, newer);
}
