//! `relay-scrub orgs`: what is known of each org, and whether its login works.

use std::sync::Arc;

use super::arguments::{GlobalArguments, OrgsArguments};
use super::checkup::check;
use super::console::Console;
use super::error::{CliError, shown};
use super::signals::Signal;
use crate::config::{self, Asked, Config, ConfigErrors, EXAMPLE_FILE, Environment, FileOrgs, KnownOrg, Places, Target};
use crate::domain::checkup::Listed;
use crate::output::orgs;
use crate::scrub::Order;
use crate::secrets::{Credential, KeptLogin, RefreshTokenKeeper, SecretStore, StoreError};

pub(super) fn run(
    global: &GlobalArguments,
    arguments: &OrgsArguments,
    environment: &Environment,
    console: &Console,
) -> Result<u8, CliError> {
    let places = Places::of_this_process().map_err(CliError::System)?;
    let keyring: Arc<dyn SecretStore> = config::keyring(&places);
    let asked = Asked { config: global.config.clone(), ..Asked::default() };
    let of_file = config::file_orgs(&asked, environment, &places)?;
    let names = of_file.as_ref().map(|orgs| orgs.names.clone()).unwrap_or_default();
    let mut found: Vec<(Listed, Option<(Target, Config)>)> = Vec::new();
    for name in &names {
        let one = Asked { orgs: vec![name.clone()], ..asked.clone() };
        found.push(match config::resolve(&one, environment, &places, &keyring) {
            Ok(mut config) if !config.targets.is_empty() => {
                let target = config.targets.remove(0);
                (listed(&target), Some((target, config)))
            }
            Ok(_) => continue,
            Err(errors) => {
                let known = config::resolve_orgs(&one, environment, &places).ok();
                let host = known.and_then(|known| known.orgs.first().map(KnownOrg::host));
                (unable(name, host, &errors), None)
            }
        });
    }
    let kept = match keyring.names() {
        Ok(kept) => kept,
        // Where there is no keyring, there is nothing in it: the orgs of the file say so themselves.
        Err(StoreError::Absent(_)) => Vec::new(),
        Err(error) => {
            tracing::warn!(%error, "what is in the keyring can't be told");
            Vec::new()
        }
    };
    for name in kept.iter().filter(|name| !names.contains(name)) {
        match keyring.get(name) {
            Ok(Some(login)) => found.push(alone_in_keyring(name, &login, &asked, &places, &keyring)),
            Ok(None) => {}
            Err(error) => {
                let problem = Some(error.to_string());
                let name = name.clone();
                let listed =
                    Listed { name, host: None, user: None, method: None, secret: None, problem, checkup: None };
                found.push((listed, None));
            }
        }
    }
    if found.is_empty() && arguments.check {
        return Err(CliError::Usage(format!("Nothing was checked. {}", none_known(of_file.as_ref()))));
    }
    let signal = if arguments.check { look(&mut found, console)? } else { None };
    let listed: Vec<Listed> = found.into_iter().map(|(listed, _)| listed).collect();
    let template = of_file.as_ref().and_then(|orgs| orgs.template.as_deref());
    if listed.is_empty() && template.is_none() && !arguments.json {
        console.say(&none_known(of_file.as_ref()));
    }
    print(&listed, template, arguments, console)?;
    Ok(signal.map_or_else(|| exit_code(&listed, arguments.check), Signal::exit_code))
}

/// Has the doctor look at every org that has a login.
fn look(found: &mut [(Listed, Option<(Target, Config)>)], console: &Console) -> Result<Option<Signal>, CliError> {
    let able = found.iter().filter_map(|(_, able)| able.as_ref());
    let orders = able.clone().map(|(target, config)| Order::new(target.clone(), &config.guard));
    let orders = orders.collect::<Result<Vec<_>, _>>()?;
    let Some((concurrency, timeout)) = able.map(|(_, config)| (config.concurrency, config.timeout)).next() else {
        return Ok(None);
    };
    let (checkups, signal) = check(orders, concurrency, timeout, console)?;
    for checkup in checkups {
        if let Some((listed, _)) = found.iter_mut().find(|(listed, _)| listed.name == checkup.target) {
            listed.checkup = Some(checkup);
        }
    }
    Ok(signal)
}

/// What is known of a target.
pub(super) fn listed(target: &Target) -> Listed {
    let (method, user) = match &target.credential {
        Credential::ClientCredentials { .. } => ("client-credentials", None),
        Credential::Jwt { username, .. } => ("jwt", Some(username.clone())),
        Credential::RefreshToken { keeper, .. } => ("refresh-token", user_of(keeper)),
        Credential::AccessToken { .. } => ("access-token", None),
        Credential::SalesforceCli { .. } => ("sf-cli", None),
    };
    Listed {
        name: target.org.name.clone(),
        host: target.host(),
        user,
        method: Some(method.into()),
        secret: Some(target.credential_place.clone()),
        problem: None,
        checkup: None,
    }
}

/// The user whose login a refresh token is, where the keyring remembers it.
fn user_of(keeper: &RefreshTokenKeeper) -> Option<String> {
    match keeper {
        RefreshTokenKeeper::Store { store, name, .. } => store.get(name).ok()??.username,
        _ => None,
    }
}

/// What is known of an org that has no login as things are, and why it has none.
fn unable(name: &str, host: Option<String>, errors: &ConfigErrors) -> Listed {
    let problems: Vec<String> = errors.problems().iter().map(ToString::to_string).collect();
    let (name, problem) = (name.to_string(), Some(problems.join("\n")));
    Listed { name, host, user: None, method: None, secret: None, problem, checkup: None }
}

/// An org that the keyring alone has a section for: one of the template, or one that is known by its host.
fn alone_in_keyring(
    name: &str,
    login: &KeptLogin,
    asked: &Asked,
    places: &Places,
    keyring: &Arc<dyn SecretStore>,
) -> (Listed, Option<(Target, Config)>) {
    let by_host = login.host == name;
    let scheme = if name.starts_with("127.") || name.starts_with("localhost") { "http" } else { "https" };
    let one = Asked {
        orgs: if by_host { Vec::new() } else { vec![name.to_string()] },
        instance_url: by_host.then(|| format!("{scheme}://{name}")),
        ..asked.clone()
    };
    let listed = of_keyring(name, login);
    // What lies in the environment is about other orgs than this.
    match config::resolve(&one, &Environment::default(), places, keyring) {
        Ok(mut config) if !config.targets.is_empty() => {
            let target = config.targets.remove(0);
            (Listed { name: target.org.name.clone(), ..listed }, Some((target, config)))
        }
        Err(errors) if name != config::SHARED => {
            (Listed { problem: Some(format!("it can't be tried: {errors}")), ..listed }, None)
        }
        _ => (listed, None),
    }
}

fn of_keyring(name: &str, login: &KeptLogin) -> Listed {
    Listed {
        name: name.to_string(),
        host: Some(login.host.clone()),
        user: login.username.clone(),
        method: Some(login.method().into()),
        secret: Some("the keyring (and not in the configuration file)".into()),
        problem: None,
        checkup: None,
    }
}

/// What to do where no org is known by name.
fn none_known(of_file: Option<&FileOrgs>) -> String {
    let log_in = "log in with `relay-scrub login --instance-url URL`";
    match of_file {
        None => format!("No org is known: write a relay-scrub.toml ({EXAMPLE_FILE}), or {log_in}."),
        Some(FileOrgs { file, template: Some(_), .. }) => format!(
            "{} has the [sandboxes] template alone, which fits any name: `relay-scrub login --check NAME` checks the \
             sandbox of a name.",
            shown(file)
        ),
        Some(FileOrgs { file, .. }) => {
            format!("{} has no org: give it a section [orgs.NAME] ({EXAMPLE_FILE}), or {log_in}.", shown(file))
        }
    }
}

fn print(
    listed: &[Listed],
    template: Option<&str>,
    arguments: &OrgsArguments,
    console: &Console,
) -> Result<(), CliError> {
    let mut bytes = Vec::new();
    let style = console.style();
    let written = if arguments.json {
        orgs::write_json(listed, template, &mut bytes)
    } else {
        orgs::write_list(listed, template, style, &mut bytes).and_then(|()| {
            if listed.iter().any(|org| org.checkup.is_some()) {
                bytes.push(b'\n');
            }
            orgs::write_checkups(listed, style, &mut bytes)
        })
    };
    written.and_then(|()| console.product(&bytes)).map_err(|error| CliError::Result { to: "stdout".into(), error })
}

/// 3 where the guard refuses one, else 1 where one fails, or has no login; a list alone is always 0.
pub(super) fn exit_code(listed: &[Listed], checked: bool) -> u8 {
    use crate::domain::trouble::Trouble;
    let failures = listed.iter().filter_map(|org| org.checkup.as_ref()?.failed.as_ref());
    let refused = failures.clone().any(|(_, failure)| matches!(failure.trouble, Trouble::Refused(_)));
    match (checked, refused, failures.count() + listed.iter().filter(|org| org.problem.is_some()).count()) {
        (false, _, _) | (true, false, 0) => 0,
        (true, true, _) => 3,
        (true, false, _) => 1,
    }
}
