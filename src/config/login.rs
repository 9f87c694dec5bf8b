//! How to log in to one org: the method, and the secrets it needs.

use std::sync::Arc;

use url::Url;

use super::choice::Description;
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
use crate::secrets::{Credential, KeptLogin, RefreshTokenKeeper, Secret, SecretStore, SfdxAuthUrl, StoreError};

/// What flags, environment and files lack of a login.
struct Lack {
    text: String,
    source: Option<Source>,
    /// The method that was set, or that what is set fits.
    method: Option<Method>,
}

/// A credential that was found.
pub(super) struct Found {
    pub(super) credential: Credential,
    /// Where its secret is, in words.
    pub(super) place: String,
    /// The org's address, where the credential says it and nothing else does.
    pub(super) instance_url: Option<Url>,
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
    pub(super) fn credential(mut self) -> Option<Found> {
        let (credential, place) = match self.method() {
            Ok(Method::SfdxAuthUrl) => return self.sfdx_auth_url(),
            Ok(method) => (self.given(method)?, self.place(method)),
            Err(None) => return None,
            Err(Some(lack)) => self.kept(lack)?,
        };
        Some(Found { credential, place, instance_url: None })
    }

    fn place(&self, method: Method) -> String {
        match method.secret().and_then(|setting| self.layers.secret(setting)) {
            Some(origin) => origin.source().to_string(),
            None => "the Salesforce CLI".into(),
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
            Method::SalesforceCli => self.salesforce_cli(),
            Method::SfdxAuthUrl => self.sfdx_auth_url().map(|found| found.credential),
        }
    }

    /// A login of the Salesforce CLI. That there is one is found out when it is asked, for that takes seconds.
    fn salesforce_cli(&mut self) -> Option<Credential> {
        let text = self.layers.text(Setting::TargetOrg)?;
        let alias =
            self.layers.value(Setting::TargetOrg, |text| value::alias(text).map(str::to_string), self.problems)?;
        let Some(program) = self.layers.places.salesforce_cli.clone() else {
            let missing = "is a login of the Salesforce CLI, and there is no `sf` on the PATH: install it \
                           (npm install --global @salesforce/cli), or log in in another way";
            self.layers.note(text.source, Setting::TargetOrg, missing, self.problems);
            return None;
        };
        Some(Credential::SalesforceCli { program, alias })
    }

    /// The refresh token in an SFDX auth URL, with the app and the address that are told there as well.
    fn sfdx_auth_url(&mut self) -> Option<Found> {
        let setting = Setting::SfdxAuthUrlFile;
        self.check_writable(setting)?;
        let SfdxAuthUrl { client_id, client_secret, refresh_token: token, instance_url } =
            self.secret(setting, SfdxAuthUrl::parse)?;
        let origin = self.layers.secret(setting)?;
        let place = origin.source();
        if self.instance_url.is_some_and(|asked| *asked != instance_url) {
            let text = "is for another host than the instance URL: give one of the two, or make them agree";
            self.layers.note(place, setting, text, self.problems);
            return None;
        }
        let keeper = match origin {
            Origin::File(file) => RefreshTokenKeeper::SfdxAuthUrlFile(file.value),
            Origin::Variable { variable, .. } => RefreshTokenKeeper::environment(variable, token),
        };
        let instance_url = self.instance_url.is_none().then_some(instance_url);
        let credential = Credential::RefreshToken { client_id, client_secret, keeper };
        Some(Found { credential, place: place.to_string(), instance_url })
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
            Err(StoreError::Absent(why)) => {
                tracing::debug!(why, "there is no keyring");
                self.layers.add(lack.source, format!("{}\n  and there is no keyring here", lack.text), self.problems);
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
        let login_url = self.layers.text(Setting::LoginUrl).and_then(|text| value::address(&text.value).ok());
        if let Some(other) =
            login_url.as_ref().map(kept::host_of).filter(|login_host| !goes_to(&found.login, login_host))
        {
            let own = printable(&found.login.host);
            return Err(format!("it is for {own}, and login_url leads to {other}: leave login_url out"));
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
        let host = self.instance_url.map(kept::host_of).unwrap_or_default();
        found.credential(self.keyring, self.layers.places, &host, client_id, username, audience)
    }

    /// The method that was set, else the only one that fits; all that it needs is there. Else what is lacking, where
    /// the keyring may have it; nothing where what is wrong was noted.
    fn method(&mut self) -> Result<Method, Option<Lack>> {
        if let Some(method) = self.described()? {
            return Ok(method);
        }
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
        let may_be_kept = method.secret().is_some_and(|setting| !self.layers.has(setting));
        let lack = Lack { text, source: set.map(|set| set.source), method: Some(method) };
        if !may_be_kept || method == Method::SfdxAuthUrl {
            self.layers.add(lack.source, lack.text, self.problems);
            return Err(None);
        }
        Err(Some(lack))
    }

    /// The method of a login that says by itself which org is meant. What the file says of other logins is not about
    /// it; a flag, or a variable beside a variable, is.
    fn described(&mut self) -> Result<Option<Method>, Option<Lack>> {
        let (method, what, source) = match self.layers.description() {
            Some((Description::SalesforceCli, source)) => {
                (Method::SalesforceCli, "an org of the Salesforce CLI", source)
            }
            Some((Description::SfdxAuthUrl, source)) => (Method::SfdxAuthUrl, "an SFDX auth URL", source),
            _ => return Ok(None),
        };
        let weighs = |set: &Source| match set {
            Source::Flag(_) => true,
            Source::Environment(_) => matches!(source, Source::Environment(_)),
            Source::File { .. } => false,
        };
        let Some(set) = self.layers.text(Setting::Auth).filter(|set| weighs(&set.source)) else {
            return Ok(Some(method));
        };
        let other = self.layers.value(Setting::Auth, value::method, self.problems).ok_or(None)?;
        if other == method || (other, method) == (Method::RefreshToken, Method::SfdxAuthUrl) {
            return Ok(Some(method));
        }
        let text = format!("is {}, and {source} gives {what}: leave one of the two out", other.as_str());
        self.layers.add(set.source, text, self.problems);
        Err(None)
    }

    fn inferred(&mut self) -> Result<Method, Option<Lack>> {
        // An alias in the environment is there for other purposes where an address is given.
        let described = self.layers.description().is_some();
        let fits = |method: &Method| {
            let chance = described && *method == Method::SalesforceCli;
            !chance && method.signs().iter().all(|setting| self.layers.has(*setting))
        };
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
        self.check_writable(Setting::RefreshTokenFile)?;
        let token = self.token(Setting::RefreshTokenFile)?;
        Some(match self.layers.secret(Setting::RefreshTokenFile)? {
            Origin::File(file) => RefreshTokenKeeper::File(file.value),
            Origin::Variable { variable, .. } => RefreshTokenKeeper::environment(variable, token),
        })
    }

    /// Notes a place that can't take the token that replaces this one: a pipe, a device.
    fn check_writable(&mut self, setting: Setting) -> Option<()> {
        let Some(Origin::File(file)) = self.layers.secret(setting) else { return Some(()) };
        if std::fs::metadata(&file.value).is_ok_and(|metadata| !metadata.is_file()) {
            let wrong = "is no file that can be written back to, and a refresh token may be replaced: use a file, or an \
                         access token";
            self.layers.note(file.source, setting, wrong, self.problems);
            return None;
        }
        Some(())
    }

    /// A secret of one word.
    fn token(&mut self, setting: Setting) -> Option<Secret> {
        self.secret(setting, one_word)
    }

    fn secret<T>(&mut self, setting: Setting, check: fn(&Secret) -> Result<T, String>) -> Option<T> {
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

/// Where a login of the keyring may be sent to get a token: its own host, and the login host of all sandboxes.
fn goes_to(login: &KeptLogin, login_host: &str) -> bool {
    login.serves(login_host) || login_host == "test.salesforce.com"
}

/// Tokens and client secrets are sent in headers and forms: one word, of visible ASCII.
fn one_word(secret: &Secret) -> Result<Secret, String> {
    if secret.expose().bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(secret.clone())
    } else {
        Err("has blanks, line breaks or other characters in it that no token and no client secret has".into())
    }
}
