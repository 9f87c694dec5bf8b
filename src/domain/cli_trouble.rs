//! Why the Salesforce CLI gave no login, and what to do about it.

/// What kept the Salesforce CLI (`sf`) from giving a login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CliTrouble {
    /// The program could not be started.
    NotStarted,
    /// It has no login of this name.
    UnknownAlias {
        /// The command that makes one.
        log_in: String,
    },
    /// It has one, and the org does not take it any more: the sandbox was refreshed, or the session ended.
    Expired {
        /// The command that renews it.
        log_in: String,
    },
    /// It has one, and did not reach the org.
    Unreachable,
    /// It neither shows the token nor has the command that does.
    TooOld,
    /// It did not answer in time.
    TimedOut,
    /// Its answer can't be read.
    Unreadable,
    /// It failed in another way, which it told.
    Failed,
}

impl CliTrouble {
    /// Stable name for reports.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotStarted => "sf_cli_not_started",
            Self::UnknownAlias { .. } => "sf_cli_unknown_alias",
            Self::Expired { .. } => "sf_cli_login_expired",
            Self::Unreachable => "sf_cli_org_unreachable",
            Self::TooOld => "sf_cli_too_old",
            Self::TimedOut => "sf_cli_timed_out",
            Self::Unreadable => "sf_cli_unreadable",
            Self::Failed => "sf_cli_failed",
        }
    }

    /// What to do next.
    pub fn hint(&self) -> String {
        match self {
            Self::NotStarted => "Does `sf --version` work here? If not, install the Salesforce CLI anew.".into(),
            Self::UnknownAlias { log_in } => {
                format!("`sf org list` shows the aliases that it has; this makes one: {log_in}")
            }
            Self::Expired { log_in } => {
                format!("A refresh of the sandbox ends the logins of the Salesforce CLI. Log in again: {log_in}")
            }
            Self::Unreachable => {
                "Is the network up, and the sandbox activated? After a refresh a new address may take minutes to be \
                 known."
                    .into()
            }
            Self::TooOld => "Bring it up to date: `sf update`, or `npm install --global @salesforce/cli`.".into(),
            Self::TimedOut => {
                "Run `sf org display` by hand: it may be waiting for the network, or for the system's keyring.".into()
            }
            Self::Unreadable | Self::Failed => {
                "Run `sf org display` by hand to see what is wrong, and bring the CLI up to date (`sf update`).".into()
            }
        }
    }
}
