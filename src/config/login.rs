//! How to log in to one org: the method, and the secrets it needs.

use url::Url;

use super::error::ConfigErrors;
use super::layers::{Layers, Origin};
use super::method::Method;
use super::nearest::and_list;
use super::private_key::private_key;
use super::secret_file::{self, SecretFiles};
use super::setting::Setting;
use super::value;
use crate::secrets::{Credential, RefreshTokenKeeper, Secret};

/// Finds the credential of one org, and notes all that stands in its way.
pub(super) struct Login<'a> {
    pub(super) layers: Layers<'a>,
    pub(super) files: &'a mut SecretFiles,
    pub(super) problems: &'a mut ConfigErrors,
}

impl Login<'_> {
    /// The credential, its secrets loaded; a file that the method doesn't need is not read.
    pub(super) fn credential(mut self) -> Option<Credential> {
        let method = self.method()?;
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

    /// The method that was set, else the only one that fits; all that it needs is there.
    fn method(&mut self) -> Option<Method> {
        let set = self.layers.text(Setting::Auth);
        let method = match &set {
            Some(_) => self.layers.value(Setting::Auth, value::method, self.problems)?,
            None => self.inferred()?,
        };
        let missing = self.missing(method);
        if missing.is_empty() {
            return Some(method);
        }
        let why = if set.is_some() { "the login is to be" } else { "what is set fits" };
        let text = format!("{why} {}, but there is no {}", method.as_str(), missing.join(", and no "));
        self.layers.add(set.map(|set| set.source), text, self.problems);
        None
    }

    fn inferred(&mut self) -> Option<Method> {
        let fits = |method: &Method| method.signs().iter().all(|setting| self.layers.has(*setting));
        let fitting: Vec<Method> = Method::ALL.into_iter().filter(fits).collect();
        let text = match fitting.as_slice() {
            [one] => return Some(*one),
            [] => {
                let lacks = |method: Method| {
                    let missing = self.missing(method).join("; ");
                    format!("\n  {} lacks {missing}", method.as_str())
                };
                let lacks: String = Method::ALL.into_iter().map(lacks).collect();
                format!("there is nothing to log in with:{lacks}")
            }
            several => format!(
                "{} fit what is set: say which with {}",
                and_list(several.iter().map(|method| method.as_str())),
                self.layers.places_of(Setting::Auth)
            ),
        };
        self.layers.add(None, text, self.problems);
        None
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
