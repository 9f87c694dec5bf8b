//! What the command line of the service asked for.

use std::path::PathBuf;

use super::setting::Setting;

/// What the flags of `serve` said, unchecked: [`super::resolve_service()`] judges it together with the rest.
///
/// It has no Debug, for an address that was typed may have a password in it.
#[derive(Clone, Default)]
pub struct ServiceAsked {
    /// `--config`
    pub config: Option<PathBuf>,
    /// `--listen`
    pub listen: Option<String>,
    /// `--admin-listen`
    pub admin_listen: Option<String>,
    /// `--admin-token-file`
    pub admin_token_file: Option<PathBuf>,
    /// `--admin-host`, as often as it was given.
    pub admin_host: Vec<String>,
    /// `--database`
    pub database: Option<String>,
    /// `--database-file`
    pub database_file: Option<PathBuf>,
    /// `--webhook-secret-file`
    pub webhook_secret_file: Option<PathBuf>,
    /// `--tls-cert`
    pub tls_cert: Option<PathBuf>,
    /// `--tls-key`
    pub tls_key: Option<PathBuf>,
    /// `--trust-proxy`, as often as it was given.
    pub trust_proxy: Vec<String>,
    /// `--workers`
    pub workers: Option<String>,
    /// `--every-relay`, as the text that the file would have.
    pub every_relay: Option<String>,
    /// `--give-up-after`
    pub give_up_after: Option<String>,
    /// `--keep-jobs`
    pub keep_jobs: Option<String>,
    /// `--grace`
    pub grace: Option<String>,
    /// `--notify-command`
    pub notify_command: Option<String>,
    /// `--notify-url`
    pub notify_url: Option<String>,
    /// `--notify-secret-file`
    pub notify_secret_file: Option<PathBuf>,
}

impl ServiceAsked {
    /// The texts of the setting's flag, where it takes text.
    pub(super) fn texts(&self, setting: Setting) -> &[String] {
        match setting {
            Setting::Listen => self.listen.as_slice(),
            Setting::AdminListen => self.admin_listen.as_slice(),
            Setting::AdminHost => &self.admin_host,
            Setting::TrustProxy => &self.trust_proxy,
            Setting::Workers => self.workers.as_slice(),
            Setting::EveryRelay => self.every_relay.as_slice(),
            Setting::GiveUpAfter => self.give_up_after.as_slice(),
            Setting::KeepJobs => self.keep_jobs.as_slice(),
            Setting::Grace => self.grace.as_slice(),
            Setting::NotifyCommand => self.notify_command.as_slice(),
            Setting::NotifyUrl => self.notify_url.as_slice(),
            _ => &[],
        }
    }

    /// The path of the setting's flag, where it takes one.
    pub(super) fn path(&self, setting: Setting) -> Option<&PathBuf> {
        match setting {
            Setting::AdminTokenFile => self.admin_token_file.as_ref(),
            Setting::WebhookSecretFile => self.webhook_secret_file.as_ref(),
            Setting::TlsCert => self.tls_cert.as_ref(),
            Setting::TlsKey => self.tls_key.as_ref(),
            Setting::NotifySecretFile => self.notify_secret_file.as_ref(),
            _ => None,
        }
    }
}
