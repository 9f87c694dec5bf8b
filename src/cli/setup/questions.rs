//! What `setup` asks in a terminal.

use std::path::PathBuf;

use tokio::runtime::Runtime;

use super::super::arguments::SetupArguments;
use super::super::console::Console;
use super::super::error::CliError;
use super::super::prompt::{self, Typed};
use super::super::signals::Signal;
use super::{certificate, version};
use crate::setup::{Auth, ClassName, ContactEmail, Username, WebhookUrl};

/// What came of the questions.
pub(super) enum Answered {
    /// Every one was answered: the flags that would have said the same.
    All(SetupArguments),
    /// A signal cut them short.
    Interrupted(Signal),
}

/// Why there is no answer.
enum Unanswered {
    Interrupted(Signal),
    Failed(CliError),
}

/// Asks for what the flags leave open. What can't be taken is said at once, and asked again.
pub(super) fn ask(arguments: &SetupArguments, console: &Console) -> Result<Answered, CliError> {
    let runtime = Runtime::new().map_err(CliError::System)?;
    let answered = all(arguments.clone(), &Asker { runtime: &runtime, console });
    // A thread may still be reading.
    runtime.shutdown_background();
    match answered {
        Ok(arguments) => Ok(Answered::All(arguments)),
        Err(Unanswered::Interrupted(signal)) => Ok(Answered::Interrupted(signal)),
        Err(Unanswered::Failed(error)) => Err(error),
    }
}

fn all(mut asked: SetupArguments, asker: &Asker<'_>) -> Result<SetupArguments, Unanswered> {
    asked.webhook_url = asker.ask(
        "Where does Salesforce reach relay-scrub serve?\n\
         An address with https://, or nothing for a class that calls nobody:",
        optional(parsed::<WebhookUrl>),
    )?;
    asked.no_webhook = asked.webhook_url.is_none();
    if asked.class_name.is_none() {
        let question = format!("Name of the class [{}]:", ClassName::DEFAULT);
        asked.class_name = asker.ask(&question, optional(parsed::<ClassName>))?;
    }
    if asked.api_version.is_none() {
        let question = format!("API version [{}]:", crate::domain::api_version::ApiVersion::DEFAULT);
        asked.api_version = asker.ask(&question, optional(|text| version(text).map(|_| ())))?;
    }
    let login = &mut asked.login;
    if login.auth.is_none() {
        login.auth =
            asker.ask("How will relay-scrub log in, jwt or client-credentials? [jwt]:", optional(parsed::<Auth>))?;
    }
    if login.contact_email.is_none() {
        login.contact_email = asker.ask(
            "Whom may Salesforce write to about the app?\n\
             An e-mail address, or nothing where you have an app already:",
            optional(parsed::<ContactEmail>),
        )?;
    }
    let is_jwt = login.auth.as_deref().is_none_or(|auth| auth == Auth::Jwt.as_str());
    let has_app = login.contact_email.is_some();
    if login.username.is_none() {
        let question = "The user that relay-scrub will be in production, such as scrubber@acme.com:";
        login.username = match is_jwt || !has_app {
            true => asker.ask(question, optional(parsed::<Username>))?,
            false => asker.ask(question, parsed::<Username>)?,
        };
    }
    if login.certificate.is_none() && is_jwt && has_app {
        let typed = asker.ask(
            "File with the app's certificate, or nothing where you upload it in Setup:",
            optional(|text| certificate(&PathBuf::from(text)).map(|_| ())),
        )?;
        login.certificate = typed.map(PathBuf::from);
    }
    Ok(asked)
}

struct Asker<'a> {
    runtime: &'a Runtime,
    console: &'a Console,
}

impl Asker<'_> {
    /// Asks until the answer passes the check. Nothing typed is no answer.
    fn ask(&self, question: &str, check: impl Fn(&str) -> Result<(), String>) -> Result<Option<String>, Unanswered> {
        loop {
            let typed = prompt::ask(self.runtime, self.console, &format!("{question} "));
            let line = match typed.map_err(|error| Unanswered::Failed(CliError::System(error)))? {
                Typed::Line(line) => line.trim().to_string(),
                Typed::Interrupted(signal) => {
                    self.console.say("");
                    return Err(Unanswered::Interrupted(signal));
                }
                Typed::End => {
                    self.console.say("");
                    let text = "the input ended before the questions did. Nothing was written.";
                    return Err(Unanswered::Failed(CliError::Usage(text.into())));
                }
            };
            match check(&line) {
                Ok(()) => return Ok(Some(line).filter(|line| !line.is_empty())),
                Err(problem) => self.console.say(&format!("  {problem}")),
            }
        }
    }
}

fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> Result<(), String> {
    text.parse::<T>().map(|_| ()).map_err(|problem| problem.to_string())
}

/// A check that takes nothing typed as well.
fn optional(check: impl Fn(&str) -> Result<(), String>) -> impl Fn(&str) -> Result<(), String> {
    move |text| if text.is_empty() { Ok(()) } else { check(text) }
}
