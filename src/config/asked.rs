//! What the command line asked for.

use std::path::PathBuf;

use super::setting::Setting;

/// What the flags said, unchecked: [`super::resolve()`] judges it together with the rest.
///
/// It has no Debug, for an address that was typed may have a password in it.
#[derive(Clone, Default)]
pub struct Asked {
    /// The names and patterns of orgs, in order.
    pub orgs: Vec<String>,
    /// `--all`
    pub all: bool,
    /// `--template`: fill a name into `[sandboxes]` though it is much like a section's.
    pub template: bool,
    /// `--config`
    pub config: Option<PathBuf>,
    /// `--instance-url`
    pub instance_url: Option<String>,
    /// `--auth`
    pub auth: Option<String>,
    /// `--client-id`
    pub client_id: Option<String>,
    /// `--client-secret-file`
    pub client_secret_file: Option<PathBuf>,
    /// `--username`
    pub username: Option<String>,
    /// `--jwt-key-file`
    pub jwt_key_file: Option<PathBuf>,
    /// `--jwt-audience`
    pub jwt_audience: Option<String>,
    /// `--login-url`
    pub login_url: Option<String>,
    /// `--refresh-token-file`
    pub refresh_token_file: Option<PathBuf>,
    /// `--access-token-file`
    pub access_token_file: Option<PathBuf>,
    /// `--sfdx-auth-url-file`
    pub sfdx_auth_url_file: Option<PathBuf>,
    /// `--target-org`
    pub target_org: Option<String>,
    /// `--api-version`
    pub api_version: Option<String>,
    /// `--allow-host`, as often as it was given.
    pub allow_host: Vec<String>,
    /// `--expect-org-id`
    pub expect_org_id: Option<String>,
    /// `--expect-sandbox`
    pub expect_sandbox: Option<String>,
    /// `--concurrency`
    pub concurrency: Option<String>,
    /// `--timeout`
    pub timeout: Option<String>,
}

impl Asked {
    /// The text of the setting's flag. Flags that take a path, may be repeated, or are those of the service have
    /// none.
    pub(super) fn text(&self, setting: Setting) -> Option<&str> {
        match setting {
            Setting::InstanceUrl => self.instance_url.as_deref(),
            Setting::Auth => self.auth.as_deref(),
            Setting::ClientId => self.client_id.as_deref(),
            Setting::Username => self.username.as_deref(),
            Setting::JwtAudience => self.jwt_audience.as_deref(),
            Setting::LoginUrl => self.login_url.as_deref(),
            Setting::TargetOrg => self.target_org.as_deref(),
            Setting::ApiVersion => self.api_version.as_deref(),
            Setting::ExpectOrgId => self.expect_org_id.as_deref(),
            Setting::ExpectSandbox => self.expect_sandbox.as_deref(),
            Setting::Concurrency => self.concurrency.as_deref(),
            Setting::Timeout => self.timeout.as_deref(),
            _ => None,
        }
    }

    /// The path of the setting's flag, where it takes one.
    pub(super) fn path(&self, setting: Setting) -> Option<&PathBuf> {
        match setting {
            Setting::ClientSecretFile => self.client_secret_file.as_ref(),
            Setting::JwtKeyFile => self.jwt_key_file.as_ref(),
            Setting::RefreshTokenFile => self.refresh_token_file.as_ref(),
            Setting::AccessTokenFile => self.access_token_file.as_ref(),
            Setting::SfdxAuthUrlFile => self.sfdx_auth_url_file.as_ref(),
            _ => None,
        }
    }
}
