//! `relay-scrub login`.

use std::sync::Arc;

use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use super::arguments::{BrowserArguments, GlobalArguments, LoginCommand, asked_of_org};
use super::console::Console;
use super::error::{CliError, of_settings};
use super::signals;
use crate::config::{self, Asked, Environment, Places, SHARED, SignIn, Way};
use crate::login::{self, Begun, Keep, Listener, LoggedIn, LoginFailure, redirect_uri};
use crate::salesforce::{AllowedHosts, BrowserApp, BrowserDestination, Destination, Reach};
use crate::scrub::{Stop, allowed_hosts, expected};
use crate::secrets::SecretStore;

const STOPPING: &str = "Stopping: what this login obtained is revoked first. Again to leave at once.";
const LEFT: &str = "Left at once: if the login had got that far, its tokens are alive. Setup > Connected Apps OAuth Usage \
                    of that org revokes them.";
const REFRESH: &str = "The next refresh of this sandbox ends this login, as all made in a browser: then log in again. \
                       For unattended work use a connected app with the JWT flow (--auth jwt), whose logins outlive a \
                       refresh.";

pub(super) fn run(
    global: &GlobalArguments,
    arguments: &LoginCommand,
    environment: &Environment,
    console: &Console,
) -> Result<u8, CliError> {
    let LoginCommand { org, login, guard, browser, checkup } = arguments;
    let asked = Asked { timeout: browser.timeout.clone(), ..asked_of_org(global, org, login, guard) };
    let places = Places::of_this_process().map_err(CliError::System)?;
    let store: Arc<dyn SecretStore> = config::keyring(&places);
    if checkup.check {
        return super::checkup::run(&asked, environment, &places, checkup.json, console);
    }
    let sign_in = config::resolve_sign_in(&asked, environment, &places)
        .map_err(|errors| of_settings(errors, Reach::Sandboxes, &asked, environment, &places))?;
    for warning in &sign_in.warnings {
        tracing::warn!("{warning}");
    }
    let allowed = allowed_hosts(&sign_in.org, &sign_in.guard)?;
    let keep = keep(&sign_in, browser, &store, &places)?;
    let runtime = Runtime::new().map_err(CliError::System)?;
    let stop = Stop::default();
    let work = log_in(&sign_in, browser, allowed, &store, &keep, &stop.in_order, console);
    let work = stop.at_once.run_until_cancelled(work);
    let watched = runtime.block_on(signals::watch(console, &stop, STOPPING, work)).map_err(CliError::System)?;
    // A keyring that waits for a person must not keep the program.
    runtime.shutdown_background();
    let (result, signal) = watched;
    let Some(result) = result else {
        console.say(LEFT);
        return Ok(signal.map_or(1, signals::Signal::exit_code));
    };
    match result? {
        Ok(logged_in) => {
            tell(&logged_in, &sign_in, &keep, console)?;
            Ok(0)
        }
        Err(failure) => Ok(signal.map_or(tell_failure(&failure, &sign_in, console), signals::Signal::exit_code)),
    }
}

/// Where the login goes.
fn keep(
    sign_in: &SignIn,
    browser: &BrowserArguments,
    store: &Arc<dyn SecretStore>,
    places: &Places,
) -> Result<Keep, CliError> {
    let store = Arc::clone(store);
    if browser.share {
        let is_token = matches!(sign_in.way, Way::Browser { .. });
        return match (&sign_in.shared_host, is_token) {
            (Some(host), false) => {
                Ok(Keep::shared(store, SHARED.into(), host.clone(), config::lock_file(places, SHARED)))
            }
            (_, true) => Err(CliError::Usage(
                "--share keeps a key or a secret: a login in the browser is one of one org. Give --auth jwt or \
                 client-credentials as well."
                    .into(),
            )),
            (None, false) => Err(CliError::Usage(
                "--share keeps a secret for the orgs of the [sandboxes] template, and this org is not one of them"
                    .into(),
            )),
        };
    }
    let entry = sign_in.org.keyring_entries.first().cloned().unwrap_or_else(|| sign_in.org.host());
    let lock = config::lock_file(places, &entry);
    Ok(Keep::own(store, entry, sign_in.org.host(), lock))
}

async fn log_in(
    sign_in: &SignIn,
    browser: &BrowserArguments,
    allowed_hosts: AllowedHosts,
    store: &Arc<dyn SecretStore>,
    keep: &Keep,
    stop: &CancellationToken,
    console: &Console,
) -> Result<Result<LoggedIn, LoginFailure>, CliError> {
    let SignIn { org, way, guard, timeout, .. } = sign_in;
    let (instance_url, login_url) = (org.instance_url.clone(), org.login_url.clone());
    let expected = expected(guard, org.expected.clone());
    let api_version = org.api_version;
    let no_keyring = |error| CliError::NoKeyring { error, elsewhere: sign_in.elsewhere.clone() };
    match way {
        Way::Browser { client_id, client_secret } => {
            let destination = BrowserDestination { instance_url, login_url, api_version, expected, allowed_hosts };
            let redirect_uri = redirect_uri(browser.port);
            let app = BrowserApp { client_id: client_id.clone(), client_secret: client_secret.clone(), redirect_uri };
            let begun = match login::begin(destination, app, *timeout) {
                Ok(begun) => begun,
                Err(error) => return Ok(Err(login::Cause::Salesforce(error).into())),
            };
            login::check_keyring(store).await.map_err(no_keyring)?;
            let port = browser.port;
            let listener = Listener::bind(port).await.map_err(|error| CliError::Port { port, error })?;
            show(&begun, browser, console).await;
            Ok(login::finish(begun, listener, keep, *timeout, stop).await)
        }
        Way::Given { credential, place } => {
            tracing::info!(org = org.name, place, "the secret was found");
            let credential = credential.clone();
            let destination = Destination {
                instance_url: Some(instance_url),
                login_url,
                credential,
                api_version,
                expected,
                allowed_hosts,
            };
            login::check_keyring(store).await.map_err(no_keyring)?;
            Ok(login::keep_credential(destination, keep, *timeout, stop).await)
        }
    }
}

/// Opens the login page, or says where it is.
async fn show(begun: &Begun, browser: &BrowserArguments, console: &Console) {
    let address = &begun.address;
    if browser.no_browser {
        console.say(&format!("Open this address in a browser on this machine, and log in there:\n\n{address}\n"));
        return;
    }
    let host = address.host_str().unwrap_or_default();
    console.say(&format!(
        "Opening the login page of {host} in the browser. If none opens, this is its address:\n\n{address}\n"
    ));
    let names = std::env::vars_os().map(|(name, _)| name).collect::<Vec<_>>();
    let (address, console) = (address.clone(), console.clone());
    tokio::spawn(async move {
        if let Err(error) = login::open(&address, names.into_iter()).await {
            tracing::debug!(%error, "no browser was opened");
            console.say("No browser could be opened from here: open the address yourself.");
        }
    });
}

fn tell(logged_in: &LoggedIn, sign_in: &SignIn, keep: &Keep, console: &Console) -> Result<(), CliError> {
    let LoggedIn { org, username } = logged_in;
    let user = username.as_ref().map(|name| format!(" as {name}")).unwrap_or_default();
    let mut text =
        format!("Logged in to {} ({} {}, {}){user}.\n", org.name, org.kind.as_str(), org.id, sign_in.org.host());
    match &sign_in.way {
        Way::Browser { .. } => {
            text += &format!("The login is in the keyring, as {}.\n{REFRESH}\n", keep.entry());
        }
        Way::Given { place, .. } => {
            text += &format!(
                "Its secret is in the keyring, as {}, and is found there from now on once {place} does not give it \
                 any more: {} can go.\n",
                keep.entry(),
                if place.starts_with("RELAY_SCRUB_") {
                    "the variable"
                } else {
                    "the file, and the setting that names it,"
                }
            );
        }
    }
    if let Some(what) = &sign_in.hidden_by {
        text += &format!("But {what}, which comes first: `scrub` does not use this login until that is gone.\n");
    }
    let lost = |error| CliError::Result { to: "stdout".into(), error };
    console.product(text.as_bytes()).map_err(lost)
}

/// Says why, and returns the exit code.
fn tell_failure(failure: &LoginFailure, sign_in: &SignIn, console: &Console) -> u8 {
    let refused = failure.cause.refusal().is_some();
    let word = if refused { "Refused" } else { "Not logged in" };
    let tokens = failure.tokens().unwrap_or_else(|| "Nothing was stored.".into());
    console.say(&format!("{}: {word}: {}.\n{tokens}\n{}", sign_in.org.name, failure.cause, failure.cause.hint()));
    if refused { 3 } else { 1 }
}
