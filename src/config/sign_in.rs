//! What `login` needs: one org, and how a credential for it is to be had.

use std::sync::Arc;
use std::time::Duration;

use super::asked::Asked;
use super::choice::Chosen;
use super::environment::Environment;
use super::error::ConfigErrors;
use super::layers::Layers;
use super::login::Login;
use super::method::Method;
use super::places::Places;
use super::resolve::{Run, each_org, known_org};
use super::secret_file::SecretFiles;
use super::setting::Setting;
use super::source::Source;
use super::target::{Guard, KnownOrg};
use super::{template, value};
use crate::secrets::{Credential, MemoryStore, Secret, SecretStore};

/// One org that is to be logged in to, and how.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// The org.
    pub org: KnownOrg,
    /// How a credential is to be had.
    pub way: Way,
    /// The places that do the job where there is no keyring, in words.
    pub elsewhere: String,
    /// The host of all orgs of the template, with `{sandbox}` in it, where the org is one of them.
    pub shared_host: Option<String>,
    /// What keeps a login of the keyring from being used, in words.
    pub hidden_by: Option<String>,
    /// What holds for the run.
    pub guard: Guard,
    /// How long to wait for the person, and again for the org.
    pub timeout: Duration,
    /// What the user should be told before the run.
    pub warnings: Vec<String>,
}

/// How a credential is to be had.
#[derive(Clone, Debug)]
pub enum Way {
    /// A person logs in, in a browser.
    Browser {
        /// The consumer key.
        client_id: String,
        /// The consumer secret, where one is given.
        client_secret: Option<Secret>,
    },
    /// It is there, and is to be tried and kept.
    Given {
        /// The credential.
        credential: Credential,
        /// Where its secret was found, in words.
        place: String,
    },
}

/// What one org's settings say of its login.
struct Read {
    org: KnownOrg,
    way: Way,
    elsewhere: String,
    shared_host: Option<String>,
    hidden_by: Option<String>,
}

/// As [`super::resolve()`], for one org that has no login yet. The keyring is not asked.
///
/// # Errors
/// Everything that is wrong, at once. Nothing was contacted.
pub fn resolve_sign_in(asked: &Asked, environment: &Environment, places: &Places) -> Result<SignIn, ConfigErrors> {
    let mut files = SecretFiles::default();
    let mut count = 0;
    let (read, run) = each_org(asked, environment, places, true, |layers, problems| {
        count += 1;
        if count == 2 {
            problems.add(None, "login is for one org at a time: name one");
        }
        read(layers, &mut files, problems)
    })?;
    let Run { guard, timeout, .. } = run;
    let mut one = read.into_iter();
    let Some(Read { org, way, elsewhere, shared_host, hidden_by }) = one.next() else {
        let mut errors = ConfigErrors::default();
        errors.add(None, "there is no org to log in to");
        return Err(errors);
    };
    Ok(SignIn { org, way, elsewhere, shared_host, hidden_by, guard, timeout, warnings: files.into_warnings() })
}

fn read(layers: Layers<'_>, files: &mut SecretFiles, problems: &mut ConfigErrors) -> Option<Read> {
    let org = known_org(layers, problems).and_then(|org| {
        let instance_url = org.instance_url.clone()?;
        Some(org.at(instance_url))
    });
    for setting in [Setting::RefreshTokenFile, Setting::AccessTokenFile] {
        if let (Some(flag), Some(_)) = (setting.definition().flag, layers.asked.path(setting)) {
            problems.add(Source::Flag(flag), "is for `scrub`: a login gets a token of its own");
        }
    }
    let method = method(layers, problems);
    let keyring: Arc<dyn SecretStore> = Arc::new(MemoryStore::default());
    let instance_url = org.as_ref().map(|org| &org.instance_url);
    let mut login = Login { layers, instance_url, keyring: &keyring, files, problems };
    let (way, secret, hidden_by) = match method? {
        Some(method) => {
            let (credential, place) = login.fresh(method)?;
            (Way::Given { credential, place }, method.secret()?, None)
        }
        None => {
            let (client_id, client_secret) = login.app()?;
            let hidden_by = hidden_by(layers, &login);
            (Way::Browser { client_id, client_secret }, Setting::RefreshTokenFile, hidden_by)
        }
    };
    Some(Read { org: org?, way, elsewhere: layers.places_of(secret), shared_host: shared_host(layers), hidden_by })
}

/// The method whose credential is there and is to be kept; nothing in it for a login in the browser.
fn method(layers: Layers<'_>, problems: &mut ConfigErrors) -> Option<Option<Method>> {
    let Some(set) = layers.text(Setting::Auth) else { return Some(None) };
    match layers.value(Setting::Auth, value::method, problems)? {
        Method::RefreshToken => Some(None),
        method @ (Method::Jwt | Method::ClientCredentials) => Some(Some(method)),
        method => {
            let text = format!(
                "is set to {}, which leaves nothing to keep: give --auth jwt or client-credentials, or --auth \
                 refresh-token to log in with the browser",
                method.as_str()
            );
            layers.note(set.source, Setting::Auth, &text, problems);
            None
        }
    }
}

/// What comes before the refresh token that a login in the browser leaves in the keyring.
fn hidden_by(layers: Layers<'_>, login: &Login<'_>) -> Option<String> {
    if let Some(auth) = layers.in_file(Setting::Auth).filter(|auth| auth.value != Method::RefreshToken.as_str()) {
        return Some(format!("auth is set to {} ({})", auth.value, auth.source));
    }
    let first = Method::ALL.into_iter().find(|method| login.is_complete(*method))?;
    let place = layers.secret(first.secret()?)?.source();
    Some(format!("there is a login by {} ({place})", first.as_str()))
}

/// The host of the template's addresses, `{sandbox}` left in it.
fn shared_host(layers: Layers<'_>) -> Option<String> {
    let Chosen::Sandbox { template: section, .. } = layers.chosen else { return None };
    template::host(section)
}
