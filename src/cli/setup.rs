//! `relay-scrub setup`: writes a Salesforce DX project, and contacts nobody.

mod questions;

use std::fmt::Display;
use std::path::Path;
use std::str::FromStr;

use super::arguments::SetupArguments;
use super::console::Console;
use super::error::CliError;
use crate::config::Environment;
use crate::domain::api_version::{ApiVersion, InvalidApiVersion};
use crate::domain::printable::printable;
use crate::setup::{self, App, Auth, Certificate, ClassName, File, Project, Username};

use self::questions::Answered;

pub(super) fn run(arguments: &SetupArguments, environment: &Environment, console: &Console) -> Result<u8, CliError> {
    let is_open = arguments.webhook_url.is_none() && !arguments.no_webhook;
    let arguments = if is_open && !environment.is_ci() && console.has_a_person() {
        match questions::ask(arguments, console)? {
            Answered::All(arguments) => arguments,
            Answered::Interrupted(signal) => {
                console.say("Nothing was written.");
                return Ok(signal.exit_code());
            }
        }
    } else {
        arguments.clone()
    };
    let project = project(&arguments).map_err(|problems| CliError::Usage(all(&problems)))?;
    let files = project.files();
    setup::write(&arguments.directory, &files, arguments.force)?;
    let text = told(&arguments.directory, &project, &files);
    console.product(text.as_bytes()).map_err(|error| CliError::Result { to: "stdout".into(), error })?;
    let left_over = setup::left_over(&arguments.directory, &project);
    if !left_over.is_empty() {
        console.say(&format!(
            "\nOf an earlier project, and none of this one:\n  {}\nDelete them, or they are deployed too. What was deployed \
             already stays in the org until it is deleted in Setup.",
            left_over.iter().map(|path| printable(path)).collect::<Vec<_>>().join("\n  ")
        ));
    }
    Ok(0)
}

/// What was asked for, checked; else all that is wrong with it.
fn project(arguments: &SetupArguments) -> Result<Project, Vec<String>> {
    let mut problems = Vec::new();
    let login = &arguments.login;
    let webhook = taken("--webhook-url", arguments.webhook_url.as_deref(), &mut problems);
    if webhook.is_none() && problems.is_empty() && !arguments.no_webhook {
        let either = "give --webhook-url URL, the address of relay-scrub serve as Salesforce reaches it, or --no-webhook \
                      for a class that clears and calls nobody";
        problems.push(either.into());
    }
    let class =
        taken("--class-name", Some(arguments.class_name.as_deref().unwrap_or(ClassName::DEFAULT)), &mut problems);
    let api_version = arguments.api_version.as_deref().map_or(Ok(ApiVersion::DEFAULT), version);
    let api_version = api_version.map_err(|problem| problems.push(format!("--api-version: {problem}"))).ok();
    let auth = taken("--auth", Some(login.auth.as_deref().unwrap_or(Auth::Jwt.as_str())), &mut problems);
    let username: Option<Username> = taken("--username", login.username.as_deref(), &mut problems);
    let contact_email = taken("--contact-email", login.contact_email.as_deref(), &mut problems);
    let certificate = login
        .certificate
        .as_deref()
        .and_then(|path| certificate(path).map_err(|problem| problems.push(format!("--certificate: {problem}"))).ok());
    if auth == Some(Auth::ClientCredentials) {
        if certificate.is_some() {
            problems.push("--certificate: belongs to --auth jwt; client-credentials has a secret instead".into());
        }
        if contact_email.is_some() && login.username.is_none() {
            problems.push(
                "--username: give the user that the app runs as, which client-credentials can't do without".into(),
            );
        }
    }
    let app = contact_email.map(|contact_email| App { contact_email, certificate });
    match (class, api_version, auth) {
        (Some(class), Some(api_version), Some(auth)) if problems.is_empty() => {
            Ok(Project { class, api_version, webhook, auth, username, app })
        }
        _ => Err(problems),
    }
}

/// The value of a flag; where it can't be one, the problem is added to the others.
fn taken<T: FromStr<Err: Display>>(flag: &str, text: Option<&str>, problems: &mut Vec<String>) -> Option<T> {
    text?.parse().map_err(|problem| problems.push(format!("{flag}: {problem}"))).ok()
}

/// A version that has all of Apex that the classes are written in.
fn version(text: &str) -> Result<ApiVersion, String> {
    match text.parse::<ApiVersion>() {
        Ok(version) if version >= ApiVersion::LOWEST_OF_CLASSES => Ok(version),
        Ok(_) | Err(InvalidApiVersion::TooLow) => {
            Err(format!("the classes need at least {}", ApiVersion::LOWEST_OF_CLASSES))
        }
        Err(problem) => Err(problem.to_string()),
    }
}

fn certificate(path: &Path) -> Result<Certificate, String> {
    let name = printable(&path.display().to_string());
    let bytes = std::fs::read(path).map_err(|error| format!("{name} can't be read: {error}"))?;
    Certificate::from_pem(&bytes).map_err(|problem| format!("{name} {problem}"))
}

fn all(problems: &[String]) -> String {
    match problems {
        [only] => format!("{only}. Nothing was written."),
        several => format!("{} problems, and nothing was written:\n  {}", several.len(), several.join("\n  ")),
    }
}

/// What was written, and where to go on.
fn told(directory: &Path, project: &Project, files: &[File]) -> String {
    let name = printable(&directory.display().to_string());
    let paths: String = files.iter().map(|file| format!("  {}\n", file.path)).collect();
    let secret = match project.webhook {
        Some(_) => "The webhook's secret is not in here: a step of the README puts it into Salesforce.\n",
        None => "The class calls nobody.\n",
    };
    let app = match project.app {
        Some(_) => "",
        None => "No app is in here: the steps are for one that you have. --contact-email writes one.\n",
    };
    format!(
        "Wrote {} files to {name}:\n{paths}\nThe steps, in order, are in {}.\n{secret}{app}\
         No Apex was run here: your org is the first to compile it. Begin with the dry run.\n",
        files.len(),
        printable(&directory.join("README.md").display().to_string()),
    )
}
