//! The templates, built in.

use super::fill::{apex, json, xml};

/// Which projects a template is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Always,
    Webhook,
    ClearingOnly,
    ConnectedApp,
    ExternalClientApp,
}

/// A file of the example.
pub(super) struct Template {
    pub(super) part: Part,
    /// Where it is written, below the project's folder.
    pub(super) path: &'static str,
    pub(super) text: &'static str,
}

macro_rules! templates {
    ($part:ident in $folder:literal: $($path:literal),+ $(,)?) => {
        [$(Template { part: Part::$part, path: $path, text: include_str!(concat!("templates/", $folder, "/", $path)) }),+]
    };
}

const ALWAYS: [Template; 5] = templates![Always in "always":
    ".forceignore",
    ".gitignore",
    "README.md",
    "force-app/main/default/permissionsets/Relay_Scrub.permissionset-meta.xml",
    "sfdx-project.json",
];

const WEBHOOK: [Template; 11] = templates![Webhook in "webhook":
    "force-app/main/default/classes/RelayScrubPostCopy.cls",
    "force-app/main/default/classes/RelayScrubPostCopy.cls-meta.xml",
    "force-app/main/default/classes/RelayScrubPostCopyTest.cls",
    "force-app/main/default/classes/RelayScrubPostCopyTest.cls-meta.xml",
    "force-app/main/default/layouts/Relay_Scrub_Webhook__mdt-Relay Scrub Webhook Layout.layout-meta.xml",
    "force-app/main/default/objects/Relay_Scrub_Webhook__mdt/Relay_Scrub_Webhook__mdt.object-meta.xml",
    "force-app/main/default/objects/Relay_Scrub_Webhook__mdt/fields/Secret__c.field-meta.xml",
    "force-app/main/default/objects/Relay_Scrub_Webhook__mdt/fields/Url__c.field-meta.xml",
    "force-app/main/default/remoteSiteSettings/Relay_Scrub_Webhook.remoteSite-meta.xml",
    "webhook-record/customMetadata/Relay_Scrub_Webhook.Default.md",
    "webhook-record/package.xml",
];

const CLEARING_ONLY: [Template; 4] = templates![ClearingOnly in "clearing-only":
    "force-app/main/default/classes/RelayScrubPostCopy.cls",
    "force-app/main/default/classes/RelayScrubPostCopy.cls-meta.xml",
    "force-app/main/default/classes/RelayScrubPostCopyTest.cls",
    "force-app/main/default/classes/RelayScrubPostCopyTest.cls-meta.xml",
];

const CONNECTED_APP: [Template; 2] = templates![ConnectedApp in "app":
    "connected-app/connectedApps/Relay_Scrub.connectedApp",
    "connected-app/package.xml",
];

const EXTERNAL_CLIENT_APP: [Template; 5] = templates![ExternalClientApp in "app":
    "external-client-app/externalClientApps/Relay_Scrub.eca",
    "external-client-app/extlClntAppGlobalOauthSets/Relay_ScrubGlblOAuth.ecaGlblOauth",
    "external-client-app/extlClntAppOauthPolicies/Relay_ScrubOAuth_defaultPolicy.ecaOauthPlcy",
    "external-client-app/extlClntAppOauthSettings/Relay_ScrubOAuth.ecaOauth",
    "external-client-app/package.xml",
];

/// Every template.
pub(super) fn all() -> impl Iterator<Item = &'static Template> {
    let parts: [&'static [Template]; 5] = [&ALWAYS, &WEBHOOK, &CLEARING_ONLY, &CONNECTED_APP, &EXTERNAL_CLIENT_APP];
    parts.into_iter().flatten()
}

impl Template {
    /// How a value is written into it.
    pub(super) fn escape(&self) -> fn(&str) -> String {
        if self.text.starts_with("<?xml") {
            xml
        } else if self.path.ends_with(".cls") {
            apex
        } else if self.path.ends_with(".json") {
            json
        } else {
            // For people, and for nothing that reads it.
            str::to_string
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::super::class_name::{ClassName, USED};
    use super::*;

    fn collect(root: &Path, folder: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                collect(root, &path, found);
            } else {
                let below = path.strip_prefix(root).expect("a path below").to_string_lossy().replace('\\', "/");
                found.insert(below);
            }
        }
    }

    #[test]
    fn every_file_among_the_templates_is_written() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/setup/templates");
        let mut there = BTreeSet::new();
        collect(&root, &root, &mut there);
        let folder = |part| match part {
            Part::Always => "always",
            Part::Webhook => "webhook",
            Part::ClearingOnly => "clearing-only",
            Part::ConnectedApp | Part::ExternalClientApp => "app",
        };
        let known: BTreeSet<String> =
            all().map(|template| format!("{}/{}", folder(template.part), template.path)).collect();
        assert_eq!(there, known);
    }

    #[test]
    fn every_class_that_the_templates_name_is_kept_from_taking_its_place() {
        let mut unknown = BTreeSet::new();
        for template in all().filter(|template| template.path.ends_with(".cls")) {
            let code = without_comments_and_texts(template.text);
            let words = code.split(|character: char| !(character.is_ascii_alphanumeric() || character == '_'));
            // The names of classes begin with one capital, or are JSON; constants have nothing else.
            let classes = words.filter(|word| {
                let mut letters = word.chars();
                let capital = letters.next().is_some_and(|first| first.is_ascii_uppercase());
                *word == "JSON" || (capital && letters.any(|letter| letter.is_ascii_lowercase()))
            });
            unknown.extend(classes.map(String::from));
        }
        let used: BTreeSet<String> = USED.split_whitespace().map(String::from).collect();
        unknown.retain(|word| !used.contains(word) && !word.starts_with(ClassName::DEFAULT) && !word.contains("__"));
        // Fields and annotations, and an interface of Database.
        let others = [
            "AllowsCallouts",
            "DeveloperName",
            "Host",
            "IsRequireAuth",
            "IsSandbox",
            "IsTest",
            "Password",
            "TestVisible",
            "Username",
        ];
        assert_eq!(unknown, others.map(String::from).into());
    }

    /// What is left of a class: `/* … */` is taken out, and of each line what stands in quotation marks or behind `//`.
    fn without_comments_and_texts(code: &str) -> String {
        let pieces = code.split("/*").enumerate().map(|(index, piece)| match piece.split_once("*/") {
            Some((_, code)) if index > 0 => code,
            _ => piece,
        });
        let lines = pieces.collect::<String>().lines().map(without_texts).collect::<Vec<_>>();
        lines.join("\n")
    }

    fn without_texts(line: &str) -> String {
        let mut left = String::new();
        let mut in_text = false;
        for (at, character) in line.char_indices() {
            match character {
                '\'' => in_text = !in_text,
                '/' if !in_text && line[at..].starts_with("//") => break,
                other if !in_text => left.push(other),
                _ => {}
            }
        }
        left
    }
}
