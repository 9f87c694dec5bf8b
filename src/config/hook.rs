//! A delivery that `hook send` is to make, and what it is signed with.

use std::path::PathBuf;

use url::Url;

use super::asked::Asked;
use super::environment::Environment;
use super::error::ConfigErrors;
use super::places::Places;
use super::resolve::read_file;
use super::secret_file::SecretFiles;
use super::service::safe_address;
use super::service_asked::ServiceAsked;
use super::service_layers::ServiceLayers;
use super::setting::Setting;
use super::source::Source;
use super::value;
use crate::domain::id::OrgId;
use crate::secrets::WebhookSecret;

/// What the flags of `hook send` said, unchecked.
///
/// It has no Debug, for an address that was typed may have a password in it.
#[derive(Clone, Default)]
pub struct HookAsked {
    /// `--config`
    pub config: Option<PathBuf>,
    /// Where to post to.
    pub url: String,
    /// `--webhook-secret-file`
    pub webhook_secret_file: Option<PathBuf>,
    /// `--sandbox`
    pub sandbox: Option<String>,
    /// `--organization-id`
    pub organization_id: Option<String>,
    /// `--sandbox-id`
    pub sandbox_id: Option<String>,
}

/// A delivery to be made.
#[derive(Clone, Debug)]
pub struct HookCall {
    /// Where to: https, but on this machine.
    pub url: Url,
    /// What it is signed with: the first of the secrets.
    pub secret: WebhookSecret,
    /// Of which sandbox; nothing where the service is only to be tried.
    pub sandbox: Option<HookSandbox>,
    /// What the user should be told first.
    pub warnings: Vec<String>,
}

/// What a delivery says of its sandbox.
#[derive(Clone, Debug)]
pub struct HookSandbox {
    /// Its name, in lower case.
    pub name: String,
    /// Its id as an org.
    pub organization_id: OrgId,
    /// Its record in production.
    pub sandbox_id: String,
}

/// The id that is told where none is given. The service has no use for it but to show it.
const NO_SANDBOX_ID: &str = "000000000000000AAA";

/// Brings flags, environment and file together, and loads the secret that the service has too.
///
/// # Errors
/// Everything that is wrong. Nothing was sent.
pub fn resolve_hook(asked: &HookAsked, environment: &Environment, places: &Places) -> Result<HookCall, ConfigErrors> {
    let mut problems = ConfigErrors::default();
    let of_file = Asked { config: asked.config.clone(), ..Asked::default() };
    let Ok(file) = read_file(&of_file, environment, places, &mut problems) else { return Err(problems) };
    let service = ServiceAsked { webhook_secret_file: asked.webhook_secret_file.clone(), ..ServiceAsked::default() };
    let files = SecretFiles::default();
    let mut layers = ServiceLayers { asked: &service, environment, places, file: file.as_ref(), files, problems };
    let secret = layers.secret(Setting::WebhookSecretFile, WebhookSecret::parse_all);
    if layers.origin(Setting::WebhookSecretFile).is_none() {
        let text = "there is no secret to sign with, which is the service's (--webhook-secret-file, \
                    RELAY_SCRUB_WEBHOOK_SECRET or webhook_secret_file in [service])";
        layers.problems.add(None, text);
    }
    let ServiceLayers { files, mut problems, .. } = layers;
    let url = safe_address(&asked.url).map_err(|wrong| problems.add(None, format!("the URL {wrong}")));
    let sandbox = sandbox(asked, &mut problems);
    match (url, secret.and_then(|secrets| secrets.into_iter().next())) {
        (Ok(url), Some(secret)) if problems.is_empty() => {
            Ok(HookCall { url, secret, sandbox, warnings: files.into_warnings() })
        }
        _ => Err(problems),
    }
}

/// The sandbox, where one is named. That its org is named too is seen to by whoever reads the flags.
fn sandbox(asked: &HookAsked, problems: &mut ConfigErrors) -> Option<HookSandbox> {
    let name = asked.sandbox.as_deref().map(value::sandbox_name)?;
    let name = name.map_err(|wrong| problems.add(Source::Flag("--sandbox"), wrong)).ok();
    let organization_id = asked.organization_id.as_deref().map(value::org_id)?;
    let organization_id = organization_id.map_err(|wrong| problems.add(Source::Flag("--organization-id"), wrong)).ok();
    let sandbox_id = asked.sandbox_id.as_deref().unwrap_or(NO_SANDBOX_ID);
    let sandbox_id = value::plain(sandbox_id).map_err(|wrong| problems.add(Source::Flag("--sandbox-id"), wrong)).ok();
    Some(HookSandbox { name: name?, organization_id: organization_id?, sandbox_id: sandbox_id?.to_string() })
}
