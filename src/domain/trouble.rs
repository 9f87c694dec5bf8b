//! The kinds of failure that everyone decides by: the exit code, the hint, whether a later try can help.

use super::cli_trouble::CliTrouble;
use super::login_refusal::{LoginRefusal, Waiting};
use super::refusal::Refusal;

/// What kind of failure it was. The message beside it says what happened; this says what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The settings don't say where the org is or what to log in with, or say it wrongly. Nothing was contacted.
    ///
    /// Only the service makes a report of it: elsewhere it ends the program.
    Configuration,
    /// The guard refused.
    Refused(Refusal),
    /// The token endpoint refused the login.
    Login(LoginRefusal),
    /// The Salesforce CLI gave no login.
    SalesforceCli(CliTrouble),
    /// A credential could not be read or stored here.
    Credential,
    /// The session ended, and there is no way to get another.
    SessionEnded,
    /// The user may not see or change what has to be seen or changed.
    Permission,
    /// The org may not be used through the API at all.
    ApiDisabled,
    /// The org's calls for today are used up.
    DailyLimit,
    /// Too many requests at this moment.
    Throttled,
    /// This machine has no certificates to check a server's with.
    NoCertificates,
    /// No connection, or a server's error.
    Unavailable,
    /// A certificate that this machine does not trust.
    Untrusted,
    /// An answer that is not one of Salesforce's: HTML, cut off, too large, redirected.
    Unreadable,
    /// The org has no API version that this program can use.
    ApiVersion,
    /// An error of Salesforce's that this program has no better word for.
    Api,
    /// Salesforce's own rules rejected the change of a record.
    Rejected,
    /// What is to be done is not what the user was shown and agreed to.
    NotAsAgreed,
    /// Something was exposed when it was read again.
    StillExposed,
    /// A write was sent, and what became of it could not be found out.
    Unconfirmed,
    /// The time for this org was over.
    TimedOut,
    /// The user, or the system, ended the run.
    Interrupted,
    /// The run ended at another org's failure, as asked.
    FailFast,
    /// A defect of this program.
    Internal,
}

impl Trouble {
    /// Stable name for reports.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Refused(refusal) => refusal.code(),
            Self::Login(refusal) => refusal.advice().code,
            Self::SalesforceCli(trouble) => trouble.code(),
            Self::Credential => "credential",
            Self::SessionEnded => "session_ended",
            Self::Permission => "permission_missing",
            Self::ApiDisabled => "api_disabled",
            Self::DailyLimit => "daily_limit",
            Self::Throttled => "throttled",
            Self::NoCertificates => "no_certificates",
            Self::Unavailable => "unavailable",
            Self::Untrusted => "certificate_not_trusted",
            Self::Unreadable => "unreadable_answer",
            Self::ApiVersion => "api_version",
            Self::Api => "api_error",
            Self::Rejected => "rejected",
            Self::NotAsAgreed => "not_as_agreed",
            Self::StillExposed => "still_exposed",
            Self::Unconfirmed => "write_unconfirmed",
            Self::TimedOut => "timed_out",
            Self::Interrupted => "interrupted",
            Self::FailFast => "fail_fast",
            Self::Internal => "internal",
        }
    }

    /// What to do next, in one or two sentences.
    pub fn hint(&self) -> String {
        match self {
            Self::Configuration => "Correct the settings of the service; they are read anew before each attempt. `relay-scrub \
                 orgs --check` shows whether each org can be reached with them."
                .into(),
            Self::Refused(refusal) => refusal.hint(),
            Self::Login(refusal) => login_hint(refusal),
            Self::SalesforceCli(trouble) => trouble.hint(),
            Self::Credential => {
                "The README's table of settings says where secrets may be. A refresh token's file must lie in a folder that \
                 can be written to, for Salesforce may replace the token."
                    .into()
            }
            Self::SessionEnded => {
                "Get a new access token, or use a login that can renew itself (JWT, client credentials).".into()
            }
            Self::Permission => "In Setup, give the user a permission set with API Enabled and the permissions named; \
                 a refresh puts permissions back to production's."
                .into(),
            Self::ApiDisabled => "The org's edition, or API Access Control in Setup, must allow the REST API.".into(),
            Self::DailyLimit => {
                "Setup > Company Information shows the use of API requests; they come back over 24 hours.".into()
            }
            Self::Throttled => "Try again in some minutes, or with a lower --concurrency.".into(),
            Self::NoCertificates => {
                "Install the system's CA certificates (the package is mostly called ca-certificates), or let \
                 SSL_CERT_FILE name a file with them in PEM."
                    .into()
            }
            Self::Unavailable => {
                "Is the address right, the network up, and a refreshed sandbox activated? Its new \
                 address may take minutes to be known. https://status.salesforce.com tells of outages."
                    .into()
            }
            Self::Untrusted => {
                "Does a proxy of your company inspect TLS? Then name its certificate authority's PEM file in \
                 SSL_CERT_FILE, or add it to the system's. If not, somebody may be listening: do not go on."
                    .into()
            }
            Self::Unreadable => {
                "Something between you and Salesforce may be answering in its place: a proxy, a sign-in page, \
                 a page of maintenance. Open the address in a browser."
                    .into()
            }
            Self::ApiVersion => "The API version must be at least 52.0 and one that the org has: correct api_version \
                 (--api-version), or leave it out."
                .into(),
            Self::Api => {
                "Salesforce's message says what it did not accept. Can the user read and change email relays in Setup? If \
                 that is no help, please report it with the output of -vv."
                    .into()
            }
            Self::Rejected => {
                "The record is as it was. Correct it in Setup > Email Relay, or leave it out with --partial and \
                 clear the others."
                    .into()
            }
            Self::NotAsAgreed => "Nothing was written. Run again, and look at what is there now.".into(),
            Self::StillExposed => {
                "Something puts the credentials back, or the change did not take: run again, and look at \
                 what else runs after a refresh."
                    .into()
            }
            Self::Unconfirmed => "Run again: clearing twice does no harm.".into(),
            Self::TimedOut => "Run again, with a longer --timeout if the org is slow.".into(),
            Self::Interrupted | Self::FailFast => "Run again for the orgs that were not done.".into(),
            Self::Internal => "This is a defect of relay-scrub: please report it with the output of -vv.".into(),
        }
    }
}

fn login_hint(refusal: &LoginRefusal) -> String {
    let advice = refusal.advice();
    let waiting = match advice.waiting {
        Waiting::Useless => "Waiting does not help.",
        Waiting::MayHelp => "Right after a refresh, waiting may help.",
        Waiting::Helps => "Waiting helps.",
    };
    format!("{} {waiting}", advice.change)
}
