//! From what was typed to what is meant.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::asked::Asked;
use super::choice::{Chosen, Description, Question};
use super::environment::Environment;
use super::error::ConfigErrors;
use super::file::ConfigFile;
use super::kept;
use super::layers::Layers;
use super::login::Login;
use super::nearest::and_list;
use super::places::Places;
use super::secret_file::SecretFiles;
use super::setting::Setting;
use super::source::{Source, Sourced};
use super::target::{Config, Expected, Guard, KnownOrg, KnownOrgs, Target};
use super::template;
use super::value;
use crate::domain::api_version::ApiVersion;
use crate::domain::id::OrgId;
use crate::secrets::SecretStore;

/// How many orgs run at a time, unless it is set.
const CONCURRENCY: usize = 8;
/// The time for one org, unless it is set.
const TIMEOUT: Duration = Duration::from_secs(5 * 60);

/// Brings flags, environment and file together, and loads the secrets; the keyring is asked for those that lack.
///
/// # Errors
/// Everything that is wrong, with all orgs, at once. Nothing was contacted.
pub fn resolve(
    asked: &Asked,
    environment: &Environment,
    places: &Places,
    keyring: &Arc<dyn SecretStore>,
) -> Result<Config, ConfigErrors> {
    let mut files = SecretFiles::default();
    let (targets, run) =
        each_org(asked, environment, places, false, |layers, problems| target(layers, keyring, &mut files, problems))?;
    let Run { guard, concurrency, timeout } = run;
    Ok(Config { targets, guard, concurrency, timeout, warnings: files.into_warnings() })
}

/// As [`resolve`], for those who don't log in with what is there: no secret is looked for.
///
/// # Errors
/// Everything that is wrong, with all orgs, at once.
pub fn resolve_orgs(asked: &Asked, environment: &Environment, places: &Places) -> Result<KnownOrgs, ConfigErrors> {
    let (orgs, run) = each_org(asked, environment, places, true, |layers, problems| {
        let org = known_org(layers, problems)?;
        org.instance_url.clone().map(|instance_url| org.at(instance_url))
    })?;
    let Run { guard, concurrency, timeout } = run;
    Ok(KnownOrgs { orgs, guard, concurrency, timeout })
}

/// What the file has in the way of orgs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileOrgs {
    /// The file, as it is shown.
    pub file: PathBuf,
    /// The names of the orgs that have a section of their own, in the order of the file.
    pub names: Vec<String>,
    /// The host of the `[sandboxes]` template's addresses, with `{sandbox}` in it, where there is a template.
    pub template: Option<String>,
}

/// The orgs of the file; nothing where there is no file.
///
/// # Errors
/// Where the file can't be read, or something in it is wrong.
pub fn file_orgs(asked: &Asked, environment: &Environment, places: &Places) -> Result<Option<FileOrgs>, ConfigErrors> {
    let mut problems = ConfigErrors::default();
    let orgs = |file: ConfigFile| FileOrgs {
        names: file.names().map(str::to_string).collect(),
        template: file.sandboxes.as_ref().and_then(template::host),
        file: file.shown,
    };
    match read_file(asked, environment, places, &mut problems) {
        Ok(file) if problems.is_empty() => Ok(file.map(orgs)),
        _ => Err(problems),
    }
}

/// What the settings are read from.
#[derive(Clone, Copy)]
pub(super) struct Sources<'a> {
    pub(super) asked: &'a Asked,
    pub(super) environment: &'a Environment,
    pub(super) places: &'a Places,
    pub(super) file: Option<&'a ConfigFile>,
}

/// What holds for the run as a whole.
pub(super) struct Run {
    pub(super) guard: Guard,
    pub(super) concurrency: usize,
    pub(super) timeout: Duration,
}

/// Finds out which orgs are meant, and makes of each what `make` makes of its settings. `by_address`: where none is
/// named, an address alone says which.
pub(super) fn each_org<T>(
    asked: &Asked,
    environment: &Environment,
    places: &Places,
    by_address: bool,
    make: impl FnMut(Layers<'_>, &mut ConfigErrors) -> Option<T>,
) -> Result<(Vec<T>, Run), ConfigErrors> {
    let mut problems = ConfigErrors::default();
    let Ok(file) = read_file(asked, environment, places, &mut problems) else {
        Question { asked, environment, places, file: None, by_address }.check_identity(&mut problems);
        return Err(problems);
    };
    let question = Question { asked, environment, places, file: file.as_ref(), by_address };
    question.check_identity(&mut problems);
    let chosen = question.answer(&mut problems);
    check_single(asked, &chosen, &mut problems);
    each_chosen(Sources { asked, environment, places, file: file.as_ref() }, &chosen, problems, make)
}

/// Makes of each org that is meant what `make` makes of its settings; all that is wrong is added to the `problems`.
pub(super) fn each_chosen<T>(
    Sources { asked, environment, places, file }: Sources<'_>,
    chosen: &[Chosen<'_>],
    mut problems: ConfigErrors,
    mut make: impl FnMut(Layers<'_>, &mut ConfigErrors) -> Option<T>,
) -> Result<(Vec<T>, Run), ConfigErrors> {
    for variable in environment.not_unicode() {
        problems.add(Source::Environment(variable.to_string()), "is not UTF-8 text");
    }
    check_variables(environment, file, chosen, &mut problems);

    let mut made = Vec::new();
    for chosen in chosen {
        made.extend(make(Layers { asked, environment, places, file, chosen }, &mut problems));
    }
    let run = Layers { asked, environment, places, file, chosen: &Chosen::Described };
    let guard = guard(run, &mut problems);
    let concurrency = Setting::Concurrency;
    let concurrency = run.value(concurrency, |text| concurrency.number(text), &mut problems);
    let concurrency = concurrency.map_or(CONCURRENCY, |number| number as usize);
    let timeout = run.value(Setting::Timeout, |text| Setting::Timeout.span(text), &mut problems).unwrap_or(TIMEOUT);
    if problems.is_empty() { Ok((made, Run { guard, concurrency, timeout })) } else { Err(problems) }
}

/// The file, if there is one. Where it can't be read, there is nothing to be said of the orgs.
pub(super) fn read_file(
    asked: &Asked,
    environment: &Environment,
    places: &Places,
    problems: &mut ConfigErrors,
) -> Result<Option<ConfigFile>, ()> {
    match places.find(asked, environment) {
        Ok(None) => Ok(None),
        Ok(Some(found)) => ConfigFile::parse(&found, problems).map(Some).ok_or(()),
        Err(unreadable) => {
            problems.add(unreadable.source, unreadable.text);
            Err(())
        }
    }
}

/// Notes flags that can be true of one org only, where there are several.
fn check_single(asked: &Asked, chosen: &[Chosen<'_>], problems: &mut ConfigErrors) {
    let [_, _, ..] = chosen else { return };
    for setting in [Setting::ExpectOrgId, Setting::ExpectSandbox] {
        if let (Some(flag), Some(_)) = (setting.definition().flag, asked.text(setting)) {
            let text = format!("can be true of one org only, and {} are meant: use {} of the file", chosen.len(), {
                setting.key()
            });
            problems.add(Source::Flag(flag), text);
        }
    }
}

/// Notes variables that are set and fit the names of two orgs, one of which would get the other's secret.
fn check_variables(
    environment: &Environment,
    file: Option<&ConfigFile>,
    chosen: &[Chosen<'_>],
    problems: &mut ConfigErrors,
) {
    let names = || file.into_iter().flat_map(ConfigFile::names).chain(chosen.iter().filter_map(Chosen::name));
    let secrets = [
        Setting::ClientSecretFile,
        Setting::JwtKeyFile,
        Setting::RefreshTokenFile,
        Setting::AccessTokenFile,
        Setting::SfdxAuthUrlFile,
    ];
    for name in chosen.iter().filter_map(Chosen::name) {
        let variables = secrets.map(|setting| setting.variable_of(name));
        // Most are not set, and to compare every name with every other takes long for hundreds of orgs.
        for variable in variables.into_iter().filter(|variable| environment.has(variable)) {
            let fits = |other: &str| secrets.iter().any(|setting| setting.variable_of(other) == variable);
            let mut others: Vec<String> =
                names().filter(|other| fits(other)).map(|other| format!("`{other}`")).collect();
            others.sort();
            others.dedup();
            if others.len() > 1 {
                let text = format!("fits more than one org, {}: rename one, or use a file", and_list(others));
                problems.add(Source::Environment(variable), text);
            }
        }
    }
}

/// One org with its credential, all of it checked. Nothing comes back where something is wrong; what it is was noted.
pub(super) fn target(
    layers: Layers<'_>,
    keyring: &Arc<dyn SecretStore>,
    files: &mut SecretFiles,
    problems: &mut ConfigErrors,
) -> Option<Target> {
    let org = known_org(layers, problems);
    let instance_url = org.as_ref().and_then(|org| org.instance_url.as_ref());
    let found = Login { layers, instance_url, keyring, files, problems }.credential();
    let (org, found) = (org?, found?);
    let org = match found.instance_url {
        // The SFDX auth URL says where the org is, and so what it is called.
        Some(url) => KnownOrg { name: url.host_str()?.to_string(), ..org.at(Some(url)) },
        None => org,
    };
    Some(Target { org, credential: found.credential, credential_place: found.place })
}

/// One org without its credential, all of it checked.
pub(super) fn known_org(layers: Layers<'_>, problems: &mut ConfigErrors) -> Option<KnownOrg<Option<Url>>> {
    let instance_url = layers.value(Setting::InstanceUrl, value::address, problems).map(value::origin);
    let described = layers.description().map(|(description, _)| description);
    let told_by_login = matches!(described, Some(Description::SalesforceCli | Description::SfdxAuthUrl));
    if !layers.has(Setting::InstanceUrl) && !told_by_login {
        layers.add(None, format!("there is no instance URL ({})", layers.places_of(Setting::InstanceUrl)), problems);
    }
    let login_url = layers.value(Setting::LoginUrl, value::address, problems).map(value::origin);
    let api_version = layers.value(Setting::ApiVersion, value::api_version, problems).unwrap_or(ApiVersion::DEFAULT);
    let expected = Expected {
        org_id: narrowed(layers, Setting::ExpectOrgId, value::org_id, problems),
        sandbox: narrowed(layers, Setting::ExpectSandbox, value::sandbox_name, problems),
    };
    let own_hosts = match run_hosts(layers) {
        Some(_) => Vec::new(),
        None => layers.own().map(|section| section.values(Setting::AllowHost).to_vec()).unwrap_or_default(),
    };
    let allowed_hosts = hosts(layers, own_hosts, problems);

    if instance_url.is_none() && (layers.has(Setting::InstanceUrl) || !told_by_login) {
        return None;
    }
    let host = instance_url.as_ref().and_then(Url::host_str);
    let name = match (layers.chosen.name(), described) {
        (Some(name), _) => name.to_string(),
        (None, Some(Description::SalesforceCli)) => layers.text(Setting::TargetOrg)?.value,
        (None, _) => host.unwrap_or_default().to_string(),
    };
    let keyring_entries = instance_url.as_ref().map(|url| kept::entries(layers.chosen, url)).unwrap_or_default();
    Some(KnownOrg { name, instance_url, login_url, api_version, expected, allowed_hosts, keyring_entries })
}

/// What the user expects. The flag narrows what the file expects and never replaces it, so the two must agree.
fn narrowed<T: PartialEq>(
    layers: Layers<'_>,
    setting: Setting,
    read: fn(&str) -> Result<T, String>,
    problems: &mut ConfigErrors,
) -> Option<T> {
    let value = layers.value(setting, read, problems)?;
    let Some(in_file) = layers.in_file(setting) else { return Some(value) };
    match read(&in_file.value) {
        Ok(other) if other == value => Some(value),
        Ok(_) => {
            let source = layers.flag(setting).map(|flag| flag.source);
            let text = format!("differs from what is expected in {}: no org can be both", in_file.source);
            layers.add(source, text, problems);
            None
        }
        Err(wrong) => {
            layers.note(in_file.source, setting, &wrong, problems);
            None
        }
    }
}

fn guard(run: Layers<'_>, problems: &mut ConfigErrors) -> Guard {
    let denied = run.file.map(|file| file.guard.values(Setting::ProductionOrgId)).unwrap_or_default();
    // One that is wrong was noted when the file was read.
    let denied_orgs: Vec<OrgId> = denied.iter().filter_map(|id| value::org_id(&id.value).ok()).collect();
    let in_defaults = || run.file.map(|file| file.defaults.values(Setting::AllowHost).to_vec()).unwrap_or_default();
    let allowed = run_hosts(run).unwrap_or_else(in_defaults);
    Guard { denied_orgs, allowed_hosts: hosts(run, allowed, problems) }
}

/// The hosts that flags, else the environment, allow: they take the place of the file's.
fn run_hosts(layers: Layers<'_>) -> Option<Vec<Sourced<String>>> {
    let flags = &layers.asked.allow_host;
    if !flags.is_empty() {
        return Some(flags.iter().map(|host| Sourced::new(host.clone(), Source::Flag("--allow-host"))).collect());
    }
    let variable = "RELAY_SCRUB_ALLOW_HOST";
    let source = Source::Environment(variable.into());
    let hosts = layers.environment.get(variable)?.split([',', ' ', '\t', '\n', '\r']).filter(|host| !host.is_empty());
    Some(hosts.map(|host| Sourced::new(host.to_string(), source.clone())).collect())
}

fn hosts(layers: Layers<'_>, texts: Vec<Sourced<String>>, problems: &mut ConfigErrors) -> Vec<Sourced<String>> {
    let mut hosts = Vec::new();
    for text in texts {
        match value::host(&text.value) {
            Ok(host) => hosts.push(Sourced::new(host, text.source)),
            Err(wrong) => layers.note(text.source, Setting::AllowHost, &wrong, problems),
        }
    }
    hosts
}
