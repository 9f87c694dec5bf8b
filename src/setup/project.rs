//! What the project is to be, checked, and the files that make it up.

use std::collections::BTreeSet;

use super::app::{App, Auth, Username};
use super::class_name::ClassName;
use super::fill::{Example, fill};
use super::section;
use super::templates::{self, Part, Template};
use super::webhook_url::WebhookUrl;
use crate::domain::api_version::ApiVersion;

/// A Salesforce DX project, as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// The class that runs after a copy.
    pub class: ClassName,
    /// Of the classes, and of the deployment.
    pub api_version: ApiVersion,
    /// Where the class calls relay-scrub; without it the class clears, and calls nobody.
    pub webhook: Option<WebhookUrl>,
    /// How relay-scrub is to log in.
    pub auth: Auth,
    /// The user that it logs in as, where it is known.
    pub username: Option<Username>,
    /// The app, where one is to be written.
    pub app: Option<App>,
}

/// A file to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Below the project's folder, with `/`.
    pub path: String,
    /// The whole text.
    pub text: String,
}

impl Project {
    /// The files, by their path.
    pub fn files(&self) -> Vec<File> {
        let (facts, examples) = (self.facts(), self.examples());
        let mut files: Vec<File> = templates::all()
            .filter(|template| self.has(template.part))
            .map(|template| file(template, &facts, &examples))
            .collect();
        files.sort_by(|one, other| one.path.cmp(&other.path));
        files
    }

    /// The paths of the files that a project with other flags has, and this one has not.
    pub(super) fn paths_of_others(&self) -> Vec<String> {
        let examples = self.examples();
        let others = templates::all().filter(|template| !self.has(template.part));
        others.map(|template| fill(template.path, &examples, |value| value.into())).collect()
    }

    fn has(&self, part: Part) -> bool {
        match part {
            Part::Always => true,
            Part::Webhook => self.webhook.is_some(),
            Part::ClearingOnly => self.webhook.is_none(),
            Part::ConnectedApp => self.app.is_some(),
            Part::ExternalClientApp => self.app.is_some() && self.auth == Auth::Jwt,
        }
    }

    /// What is true of this project, in the words that the templates' sections have.
    fn facts(&self) -> BTreeSet<&'static str> {
        let either = |is: bool, yes, no| if is { yes } else { no };
        let certificate = self.app.as_ref().is_some_and(|app| app.certificate.is_some());
        BTreeSet::from([
            either(self.webhook.is_some(), "webhook", "no-webhook"),
            self.auth.as_str(),
            either(self.app.is_some(), "app", "no-app"),
            either(certificate, "certificate", "no-certificate"),
        ])
    }

    /// The values of the example in the templates, and what takes their place.
    fn examples(&self) -> Vec<(Example, String)> {
        let app = self.app.as_ref();
        let certificate = app.and_then(|app| app.certificate.as_ref());
        let values = [
            (Example::Class, Some(self.class.to_string())),
            (Example::ApiVersion, Some(self.api_version.to_string())),
            (Example::Webhook, self.webhook.as_ref().map(|url| url.as_str().to_string())),
            (Example::Site, self.webhook.as_ref().map(WebhookUrl::site)),
            (Example::Username, self.username.as_ref().map(ToString::to_string)),
            (Example::ContactEmail, app.map(|app| app.contact_email.to_string())),
            (Example::Certificate, certificate.map(|certificate| certificate.as_pem().to_string())),
        ];
        values.into_iter().filter_map(|(example, value)| Some((example, value?))).collect()
    }
}

fn file(template: &Template, facts: &BTreeSet<&'static str>, examples: &[(Example, String)]) -> File {
    let text = section::keep(template.text, facts);
    let text = if template.path.ends_with("README.md") { section::number_steps(&text) } else { text };
    File { path: fill(template.path, examples, |value| value.into()), text: fill(&text, examples, template.escape()) }
}

#[cfg(test)]
mod tests {
    use super::super::{Certificate, ContactEmail};
    use super::*;

    fn parsed<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
        text.parse().expect(text)
    }

    /// Every kind of project, with values that are those of no template.
    fn projects() -> Vec<Project> {
        let pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
        let app = |certificate| App { contact_email: parsed::<ContactEmail>("o'neil&co@acme.test"), certificate };
        let certificate = Certificate::from_pem(pem.as_bytes()).expect("a certificate");
        let mut projects = Vec::new();
        for webhook in [None, Some(parsed("https://hook.acme.test:8443/a&b"))] {
            for auth in [Auth::Jwt, Auth::ClientCredentials] {
                for app in [None, Some(app(None)), Some(app(Some(certificate.clone())))] {
                    projects.push(Project {
                        class: parsed("AfterCopy"),
                        api_version: parsed("66.0"),
                        webhook: webhook.clone(),
                        auth,
                        username: Some(parsed("o'neil&co@acme.test")),
                        app,
                    });
                }
            }
        }
        projects
    }

    #[test]
    fn nothing_of_the_example_is_left_in_a_project() {
        for project in projects() {
            for file in project.files() {
                for example in Example::ALL {
                    let is_left = file.text.contains(example.as_str()) || file.path.contains(example.as_str());
                    assert!(!is_left, "{} has {} in it", file.path, example.as_str());
                }
                assert!(!file.text.contains("<!-- only") && !file.text.contains("<!-- end"), "{}", file.path);
            }
        }
    }

    #[test]
    fn no_two_files_of_a_project_have_one_path() {
        for project in projects() {
            let paths: Vec<String> = project.files().into_iter().map(|file| file.path.to_lowercase()).collect();
            let different: BTreeSet<&String> = paths.iter().collect();
            assert_eq!(different.len(), paths.len(), "{paths:?}");
        }
    }

    #[test]
    fn every_file_of_metadata_is_well_formed_xml() {
        for project in projects() {
            for file in project.files().into_iter().filter(|file| file.text.starts_with("<?xml")) {
                let mut reader = quick_xml::Reader::from_str(&file.text);
                let mut open = 0_i32;
                loop {
                    use quick_xml::events::Event;
                    match reader.read_event().unwrap_or_else(|error| panic!("{}: {error}", file.path)) {
                        Event::Start(_) => open += 1,
                        Event::End(_) => open -= 1,
                        Event::Eof => break,
                        _ => {}
                    }
                }
                assert_eq!(open, 0, "{}", file.path);
            }
        }
    }
}
