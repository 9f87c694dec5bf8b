//! From a sandbox's name, as its own call tells it, to the org that the settings have for it.
//!
//! The name in the host of an org's section says it best, for Salesforce itself made that host of it. Behind it comes the
//! name of a section, and behind that the `[sandboxes]` template. Case is never what tells two sandboxes apart.

use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::asked::Asked;
use super::choice::Chosen;
use super::environment::Environment;
use super::error::ConfigErrors;
use super::file::ConfigFile;
use super::kept::host_of;
use super::nearest::and_list;
use super::places::Places;
use super::resolve::{Run, Sources, each_chosen, known_org, read_file, target};
use super::secret_file::SecretFiles;
use super::section::Section;
use super::setting::Setting;
use super::target::{Guard, Target};
use super::value;
use crate::domain::org::sandbox_name;
use crate::secrets::SecretStore;

/// The org of one sandbox, and what holds for the work on it.
#[derive(Clone, Debug)]
pub struct SandboxTarget {
    /// The org, and what to log in with.
    pub target: Target,
    /// What holds for all orgs.
    pub guard: Guard,
    /// The time for the org as a whole: 1 second to 24 hours.
    pub timeout: Duration,
    /// What the user should be told before the run.
    pub warnings: Vec<String>,
}

/// The host of a sandbox's org, with its port where that is not the standard one. No secret is looked for.
///
/// Nothing where the settings have no address for it, or something is wrong with them: [`resolve_sandbox`] says what.
pub fn host_of_sandbox(sandbox: &str, asked: &Asked, environment: &Environment, places: &Places) -> Option<String> {
    let hosts = with_sandbox(sandbox, asked, environment, places, |layers, problems| {
        known_org(layers, problems)?.instance_url.as_ref().map(host_of)
    });
    hosts.ok().and_then(|(hosts, _)| hosts.into_iter().next())
}

/// The org of a sandbox with its secrets, all read anew; the keyring is asked for those that lack.
///
/// # Errors
/// Everything that is wrong with it, or that there is no org for this sandbox, or more than one. Nothing was contacted.
pub fn resolve_sandbox(
    sandbox: &str,
    asked: &Asked,
    environment: &Environment,
    places: &Places,
    keyring: &Arc<dyn SecretStore>,
) -> Result<SandboxTarget, ConfigErrors> {
    let mut files = SecretFiles::default();
    let (targets, run) = with_sandbox(sandbox, asked, environment, places, |layers, problems| {
        target(layers, keyring, &mut files, problems)
    })?;
    let Run { guard, timeout, .. } = run;
    let Some(target) = targets.into_iter().next() else {
        let mut errors = ConfigErrors::default();
        errors.add(None, format!("there is no org for the sandbox `{sandbox}`"));
        return Err(errors);
    };
    Ok(SandboxTarget { target, guard, timeout, warnings: files.into_warnings() })
}

fn with_sandbox<T>(
    sandbox: &str,
    asked: &Asked,
    environment: &Environment,
    places: &Places,
    make: impl FnMut(super::layers::Layers<'_>, &mut ConfigErrors) -> Option<T>,
) -> Result<(Vec<T>, Run), ConfigErrors> {
    let mut problems = ConfigErrors::default();
    let Ok(file) = read_file(asked, environment, places, &mut problems) else { return Err(problems) };
    let chosen = match file.as_ref().map(|file| choose(sandbox, file)) {
        Some(Ok(chosen)) => vec![chosen],
        Some(Err(text)) => {
            problems.add(None, text);
            Vec::new()
        }
        None => {
            let searched = places.searched();
            problems.add(None, format!("no sandbox can be found without a configuration file (looked for {searched})"));
            Vec::new()
        }
    };
    each_chosen(Sources { asked, environment, places, file: file.as_ref() }, &chosen, problems, make)
}

/// The org of the file that is meant by a sandbox's name; else what is wrong.
fn choose<'a>(sandbox: &str, file: &'a ConfigFile) -> Result<Chosen<'a>, String> {
    let sandbox = value::sandbox_name(sandbox).map_err(|wrong| format!("the name of the sandbox {wrong}"))?;
    let shown = file.shown.display();
    let of_host = |org: &&Section| name_in_host(org).is_some_and(|name| name.eq_ignore_ascii_case(&sandbox));
    let of_name = |org: &&Section| org.name.eq_ignore_ascii_case(&sandbox);
    for fitting in [file.orgs.iter().filter(of_host).collect::<Vec<_>>(), file.orgs.iter().filter(of_name).collect()] {
        match fitting.as_slice() {
            [] => {}
            [one] => return Ok(Chosen::Named(one)),
            several => {
                let names = and_list(several.iter().map(|org| format!("[orgs.{}]", org.name)));
                return Err(format!("{names} of {shown} are all for the sandbox `{sandbox}`: leave one of them"));
            }
        }
    }
    match &file.sandboxes {
        Some(template) => Ok(Chosen::Sandbox { name: sandbox, template }),
        None => Err(format!(
            "{shown} has no org for the sandbox `{sandbox}`: no section [orgs.NAME] has it in the host of its \
             instance_url or is called so, and there is no [sandboxes] template"
        )),
    }
}

/// The sandbox's name in the host of a section's address.
fn name_in_host(org: &Section) -> Option<String> {
    let url = Url::parse(&org.value(Setting::InstanceUrl)?.value).ok()?;
    sandbox_name(url.host_str()?).map(str::to_string)
}
