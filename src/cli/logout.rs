//! `relay-scrub logout`.

use std::sync::Arc;

use glob::Pattern;
use tokio::runtime::Runtime;

use super::arguments::{GlobalArguments, LogoutArguments};
use super::console::Console;
use super::error::CliError;
use super::signals;
use crate::config::{self, Asked, Environment, Places, SHARED};
use crate::login::{LoggedOut, Revocation, log_out};
use crate::salesforce::AllowedHosts;
use crate::scrub::allowed_hosts;
use crate::secrets::{SecretStore, StoreError};

/// What a logout works with.
struct Desk<'a> {
    global: &'a GlobalArguments,
    arguments: &'a LogoutArguments,
    environment: &'a Environment,
    places: Places,
    store: Arc<dyn SecretStore>,
    console: &'a Console,
}

pub(super) fn run(
    global: &GlobalArguments,
    arguments: &LogoutArguments,
    environment: &Environment,
    console: &Console,
) -> Result<u8, CliError> {
    let places = Places::of_this_process().map_err(CliError::System)?;
    let desk = Desk { global, arguments, environment, store: config::keyring(&places), places, console };
    let entries = desk.entries()?;
    let runtime = Runtime::new().map_err(CliError::System)?;
    let code = runtime.block_on(async {
        tokio::select! {
            code = desk.log_out_all(&entries) => Ok(code),
            signal = signals::first() => signal.map(signals::Signal::exit_code),
        }
    });
    runtime.shutdown_background();
    code.map_err(CliError::System)
}

impl Desk<'_> {
    /// The entries that are meant.
    fn entries(&self) -> Result<Vec<String>, CliError> {
        if self.arguments.all {
            return Ok(self.store.names()?);
        }
        if !self.arguments.orgs.is_empty() {
            return self.named();
        }
        let known = config::resolve_orgs(&self.asked(Vec::new(), None), self.environment, &self.places)?;
        Ok(known.orgs.into_iter().filter_map(|org| org.keyring_entries.into_iter().next()).collect())
    }

    /// The entries of the names that were given, each once. One that fits nothing stays, and is told as unknown.
    fn named(&self) -> Result<Vec<String>, CliError> {
        let kept = self.store.names()?;
        let mut entries: Vec<String> = Vec::new();
        for name in &self.arguments.orgs {
            let is_pattern = name.contains(['*', '?', '[']) && !kept.contains(name);
            let pattern = Pattern::new(name).ok().filter(|_| is_pattern);
            let fitting = kept.iter().filter(|known| pattern.as_ref().is_some_and(|pattern| pattern.matches(known)));
            let mut fitting: Vec<String> = fitting.cloned().collect();
            if fitting.is_empty() {
                fitting.push(name.clone());
            }
            fitting.retain(|entry| !entries.contains(entry));
            entries.extend(fitting);
        }
        Ok(entries)
    }

    async fn log_out_all(&self, entries: &[String]) -> u8 {
        if entries.is_empty() {
            self.console.say("The keyring has no login.");
        }
        let mut code = 0;
        for entry in entries {
            let lock = config::lock_file(&self.places, entry);
            match log_out(&self.store, entry, &lock, &self.allowed(entry)).await {
                Ok(Some(done)) => code |= u8::from(!self.tell(entry, &done)),
                Ok(None) => {
                    self.console.say(&format!("{entry}: {}", self.unknown(entry)));
                    code = 1;
                }
                Err(error) => {
                    self.console.say(&format!("{entry}: {error}. Nothing was revoked or removed."));
                    code = 1;
                }
            }
        }
        code
    }

    /// Says what became of a login; false where something failed.
    fn tell(&self, entry: &str, done: &LoggedOut) -> bool {
        let (revoked, mut good) = match &done.revocation {
            Revocation::Done => ("revoked at Salesforce".to_string(), true),
            Revocation::Nothing { what } => {
                (format!("it is {what}, of which there is nothing to revoke at Salesforce"), true)
            }
            Revocation::Failed(error) => (
                format!(
                    "not revoked at Salesforce ({error}): it lives on until it is revoked in Setup > Connected Apps \
                     OAuth Usage"
                ),
                false,
            ),
            Revocation::Unread(error) => (format!("not revoked at Salesforce ({error})"), false),
        };
        let removed = match &done.removed {
            Ok(()) => "removed from the keyring".to_string(),
            Err(error) => {
                good = false;
                format!("not removed from the keyring ({error})")
            }
        };
        let text = format!("{entry}: {revoked}; {removed}.\n");
        if good {
            // A reader that is gone changes nothing about the logout.
            let _ = self.console.product(text.as_bytes());
        } else {
            self.console.say(text.trim_end());
        }
        good
    }

    fn unknown(&self, entry: &str) -> String {
        match self.store.names() {
            Ok(names) if names.is_empty() => "the keyring has no login at all".into(),
            Ok(names) => {
                let shared = names.iter().any(|name| name == SHARED);
                let hint = if shared {
                    format!(" ({SHARED} is the one that orgs of the template share)")
                } else {
                    String::new()
                };
                format!("the keyring has no login of this name. It has: {}{hint}", names.join(", "))
            }
            Err(StoreError::Absent(why)) => format!("there is no keyring here ({why})"),
            Err(error) => error.to_string() + &format!(" ({entry})"),
        }
    }

    /// The hosts that settings allow beside the list: those of the org of this name, else those of all.
    fn allowed(&self, entry: &str) -> AllowedHosts {
        let named = self.asked(vec![entry.to_string()], None);
        let described = self.asked(Vec::new(), Some("https://localhost".into()));
        let known = config::resolve_orgs(&named, self.environment, &self.places)
            .or_else(|_| config::resolve_orgs(&described, self.environment, &self.places));
        let known = known.ok().and_then(|known| Some((known.orgs.into_iter().next()?, known.guard)));
        known.and_then(|(org, guard)| allowed_hosts(&org, &guard).ok()).unwrap_or_default()
    }

    fn asked(&self, orgs: Vec<String>, instance_url: Option<String>) -> Asked {
        let (config, allow_host) = (self.global.config.clone(), self.arguments.allow_host.clone());
        Asked { orgs, config, allow_host, instance_url, ..Asked::default() }
    }
}
