//! How to log in to one org: the method, and the secrets it needs.

use std::sync::Arc;

use url::Url;

use super::error::ConfigErrors;
use super::kept::{self, Kept};
use super::layers::{Layers, Origin};
use super::method::Method;
use super::nearest::{and_list, or_list};
use super::private_key::private_key;
use super::secret_file::{self, SecretFiles};
use super::setting::Setting;
use super::source::Source;
use super::value;
use crate::domain::printable::printable;
use crate::secrets::{Credential, RefreshTokenKeeper, Secret, SecretStore};

/// What flags, environment and files lack of a login.
struct Lack {
    text: String,
    source: Option<Source>,
    /// The method that was set, or that what is set fits.
    method: Option<Method>,
}

/// Finds the credential of one org, and notes all that stands in its way.
pub(super) struct Login<'a> {
    pub(super) layers: Layers<'a>,
    /// The org's address, where it is right.
    pub(super) instance_url: Option<&'a Url>,
    pub(super) keyring: &'a Arc<dyn SecretStore>,
    pub(super) files: &'a mut SecretFiles,
    pub(super) problems: &'a mut ConfigErrors,
}

impl Login<'_> {
    /// The credential, its secrets loaded, and where its secret was found; a file that the method doesn't need is not
    /// read, and the keyring is asked only where no other place has the secret.
    pub(super) fn credential(mut self) -> Option<(Credential, String)> {
        match self.method() {
            Ok(method) => {
                let place = method.secret().and_then(|setting| self.layers.secret(setting));
                let place = place.map(|origin| origin.source().to_string()).unwrap_or_default();
                Some((self.given(method)?, place))
            }
            Err(None) => None,
            Err(Some(lack)) => self.kept(lack),
        }
    }

    /// The credential of a method from flags, environment and files alone, and where its secret was found.
    pub(super) fn fresh(&mut self, method: Method) -> Option<(Credential, String)> {
        let missing = self.missing(method);
        if !missing.is_empty() {
            let text = format!("the login is to be {}, but there is no {}", method.as_str(), missing.join(", and no "));
            self.layers.add(None, text, self.problems);
            return None;
        }
        let place = self.layers.secret(method.secret()?)?.source().to_string();
        Some((self.given(method)?, place))
    }

    /// Whether flags, environment and files have all that a method needs.
    pub(super) fn is_complete(&self, method: Method) -> bool {
        method.needs().iter().all(|setting| self.layers.has(*setting))
    }

    /// The app that a person lets in, in the browser: its consumer key, and its secret where one is given.
    pub(super) fn app(&mut self) -> Option<(String, Option<Secret>)> {
        if !self.layers.has(Setting::ClientId) {
            let places = self.layers.places_of(Setting::ClientId);
            let text = format!("a login in the browser needs the app's client id ({places})");
            self.layers.add(None, text, self.problems);
            return None;
        }
        let (client_id, client_secret) = (self.plain(Setting::ClientId), self.optional_client_secret());
        Some((client_id?, client_secret?))
    }

    fn given(&mut self, method: Method) -> Option<Credential> {
        match method {
            Method::ClientCredentials => {
                let (client_id, secret) = (self.plain(Setting::ClientId), self.token(Setting::ClientSecretFile));
                Some(Credential::ClientCredentials { client_id: client_id?, client_secret: secret? })
            }
            Method::Jwt => {
                let (client_id, username) = (self.plain(Setting::ClientId), self.plain(Setting::Username));
                let (key, audience) = (self.secret(Setting::JwtKeyFile, private_key), self.audience());
                Some(Credential::Jwt { client_id: client_id?, username: username?, key: key?, audience: audience? })
            }
            Method::RefreshToken => {
                let (client_id, client_secret) = (self.plain(Setting::ClientId), self.optional_client_secret());
                let keeper = self.keeper();
                Some(Credential::RefreshToken { client_id: client_id?, client_secret: client_secret?, keeper: keeper? })
            }
            Method::AccessToken => Some(Credential::AccessToken { token: self.token(Setting::AccessTokenFile)? }),
        }
    }

    /// The login that the keyring has, where flags, environment and files lack one.
    fn kept(&mut self, lack: Lack) -> Option<(Credential, String)> {
        let Some(instance_url) = self.instance_url else {
            self.layers.add(lack.source, lack.text, self.problems);
            return None;
        };
        let entries = kept::entries(self.layers.chosen, instance_url);
        let found = match kept::find(self.keyring.as_ref(), &entries) {
            Ok(Some(found)) => found,
            Ok(None) => {
                let text = format!(
                    "{}\n  and the keyring has no login {} (`relay-scrub login` puts one there)",
                    lack.text,
                    or_list(entries)
                );
                self.layers.add(lack.source, text, self.problems);
                return None;
            }
            Err(error) => {
                let text = format!("{}\n  and the keyring can't be asked: {error}", lack.text);
                self.layers.add(lack.source, text, self.problems);
                return None;
            }
        };
        let place = format!("the keyring (login {})", found.entry);
        self.usable(&found, lack.method)
            .and_then(|()| self.from(found))
            .map_err(|wrong| self.layers.add(None, format!("{place}: {wrong}"), self.problems))
            .ok()
            .map(|credential| (credential, place))
    }

    /// Whether a login of the keyring is one for this address and of the method that was set.
    fn usable(&self, found: &Kept, method: Option<Method>) -> Result<(), String> {
        let host = self.instance_url.map(kept::host_of).unwrap_or_default();
        if !found.login.serves(&host) {
            let own = printable(&found.login.host);
            return Err(format!("it is for {own} and serves no other host: log in to {host} with `relay-scrub login`"));
        }
        match method {
            Some(method) if method.as_str() != found.login.method() => {
                let (is, set) = (found.login.method(), method.as_str());
                Err(format!("it is for {is}, and auth is set to {set}"))
            }
            _ => Ok(()),
        }
    }

    fn from(&mut self, found: Kept) -> Result<Credential, String> {
        let (client_id, username) = (self.plain(Setting::ClientId), self.plain(Setting::Username));
        let audience = self.audience().flatten();
        found.credential(self.keyring, self.layers.places, client_id, username, audience)
    }

    /// The method that was set, else the only one that fits; all that it needs is there. Else what is lacking, where
    /// the keyring may have it; nothing where what is wrong was noted.
    fn method(&mut self) -> Result<Method, Option<Lack>> {
        let set = self.layers.text(Setting::Auth);
        let method = match &set {
            Some(_) => self.layers.value(Setting::Auth, value::method, self.problems).ok_or(None)?,
            None => self.inferred()?,
        };
        let missing = self.missing(method);
        if missing.is_empty() {
            return Ok(method);
        }
        let why = if set.is_some() { "the login is to be" } else { "what is set fits" };
        let text = format!("{why} {}, but there is no {}", method.as_str(), missing.join(", and no "));
        let secret_is_there = method.secret().is_some_and(|setting| self.layers.has(setting));
        let lack = Lack { text, source: set.map(|set| set.source), method: Some(method) };
        if secret_is_there {
            self.layers.add(lack.source, lack.text, self.problems);
            return Err(None);
        }
        Err(Some(lack))
    }

    fn inferred(&mut self) -> Result<Method, Option<Lack>> {
        let fits = |method: &Method| method.signs().iter().all(|setting| self.layers.has(*setting));
        let fitting: Vec<Method> = Method::ALL.into_iter().filter(fits).collect();
        let text = match fitting.as_slice() {
            [one] => return Ok(*one),
            [] => {
                let lacks = |method: Method| {
                    let missing = self.missing(method).join("; ");
                    format!("\n  {} lacks {missing}", method.as_str())
                };
                let lacks: String = Method::ALL.into_iter().map(lacks).collect();
                let text = format!("there is nothing to log in with:{lacks}");
                return Err(Some(Lack { text, source: None, method: None }));
            }
            several => format!(
                "{} fit what is set: say which with {}",
                and_list(several.iter().map(|method| method.as_str())),
                self.layers.places_of(Setting::Auth)
            ),
        };
        self.layers.add(None, text, self.problems);
        Err(None)
    }

    /// What the method needs and is not there, each with the places where it may be given.
    fn missing(&self, method: Method) -> Vec<String> {
        let missing = method.needs().iter().filter(|setting| !self.layers.has(**setting));
        missing.map(|setting| format!("{} ({})", setting.noun(), self.layers.places_of(*setting))).collect()
    }

    fn plain(&mut self, setting: Setting) -> Option<String> {
        self.layers.value(setting, |text| value::plain(text).map(str::to_string), self.problems)
    }

    /// Nothing where it is wrong, and nothing in it where it is not set.
    fn audience(&mut self) -> Option<Option<Url>> {
        match self.layers.has(Setting::JwtAudience) {
            true => self.layers.value(Setting::JwtAudience, value::address, self.problems).map(Some),
            false => Some(None),
        }
    }

    fn optional_client_secret(&mut self) -> Option<Option<Secret>> {
        match self.layers.has(Setting::ClientSecretFile) {
            true => self.token(Setting::ClientSecretFile).map(Some),
            false => Some(None),
        }
    }

    /// A refresh token from a file is read here to see that it is there, and again by its keeper, under a lock.
    fn keeper(&mut self) -> Option<RefreshTokenKeeper> {
        let token = self.token(Setting::RefreshTokenFile)?;
        Some(match self.layers.secret(Setting::RefreshTokenFile)? {
            Origin::File(file) => RefreshTokenKeeper::File(file.value),
            Origin::Variable { variable, .. } => RefreshTokenKeeper::environment(variable, token),
        })
    }

    /// A secret of one word.
    fn token(&mut self, setting: Setting) -> Option<Secret> {
        self.secret(setting, one_word)
    }

    fn secret(&mut self, setting: Setting, check: fn(&Secret) -> Result<Secret, String>) -> Option<Secret> {
        let origin = self.layers.secret(setting)?;
        let source = origin.source();
        let read = match origin {
            Origin::Variable { secret, .. } => check(&secret),
            Origin::File(file) => self.files.read(&file).and_then(|secret| {
                check(&secret).map_err(|wrong| format!("{} {wrong}", secret_file::shown(&file.value)))
            }),
        };
        read.map_err(|wrong| self.layers.note(source, setting, &wrong, self.problems)).ok()
    }
}

/// Tokens and client secrets are sent in headers and forms: one word, of visible ASCII.
fn one_word(secret: &Secret) -> Result<Secret, String> {
    if secret.expose().bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(secret.clone())
    } else {
        Err("has blanks, line breaks or other characters in it that no token and no client secret has".into())
    }
}
