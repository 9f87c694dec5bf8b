//! What went wrong while talking to Salesforce, and what kind of trouble that is.

use std::time::Duration;

use super::write::Answer;
use crate::domain::cli_trouble::CliTrouble;
use crate::domain::login_refusal::LoginRefusal;
use crate::domain::refusal::Refusal;
use crate::domain::report::Failure;
use crate::domain::trouble::Trouble;

/// A request, or a login, that did not work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The guard refused. The caller stops: nothing makes it right.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The token endpoint refused the login. The caller stops; see [`LoginRefusal::advice`].
    #[error("{}{said}", refusal.advice().cause)]
    Login {
        /// Which refusal it was.
        refusal: LoginRefusal,
        /// Salesforce's own words, in parentheses, where they say more than the cause does.
        said: String,
    },
    /// The Salesforce CLI gave no login. The caller stops.
    #[error("{what}")]
    SalesforceCli {
        /// Which trouble it was.
        trouble: CliTrouble,
        /// What happened, the CLI's own words shortened and without what looks like a secret.
        what: String,
    },
    /// A credential could not be used. The caller stops.
    #[error("{0}")]
    Credential(String),
    /// TLS can't be used on this machine, so nothing was sent. The caller stops.
    #[error("no server's certificate can be checked on this machine: {0}")]
    NoCertificates(String),
    /// No connection, so nothing was sent. It is tried again.
    #[error("no connection to {host}: {reason}")]
    NoConnection {
        /// The host.
        host: String,
        /// Why, from the network layer.
        reason: String,
    },
    /// The host's certificate is not one that this machine trusts, so nothing was sent. The caller stops.
    #[error("the certificate of {host} is not trusted: {reason}")]
    Untrusted {
        /// The host.
        host: String,
        /// Why, from the TLS layer.
        reason: String,
    },
    /// The request was sent, and its answer did not come, or not whole. A read is tried again; after a write only
    /// reading tells what became of it.
    #[error("no answer from {host}: {reason}")]
    NoAnswer {
        /// The host.
        host: String,
        /// Why, from the network layer.
        reason: String,
    },
    /// A status that says "not now": 429, 502, 503, 504, or another of the server's own without a reason. It is tried
    /// again, after a write only once it was read.
    #[error("{host} answered {status}{}", asked_to_wait(*retry_after))]
    Busy {
        /// The host.
        host: String,
        /// The HTTP status.
        status: u16,
        /// `Retry-After`.
        retry_after: Option<Duration>,
    },
    /// One of Salesforce's own errors.
    #[error("Salesforce answered {code}: {message}")]
    Api {
        /// `errorCode` or `statusCode`.
        code: String,
        /// `message`, shortened, without control characters.
        message: String,
    },
    /// Somebody else holds the lock of a record, so that nothing of the write was carried out. It is tried again; in the
    /// end the caller may leave that record out.
    #[error("Salesforce answered {}", locked(.0))]
    Locked(Vec<Answer>),
    /// 401 `INVALID_SESSION_ID`. The client logs in again once, if the credential can.
    #[error("the session has expired or is not valid in this org")]
    SessionExpired,
    /// An answer that is not one of Salesforce's. The caller stops.
    #[error("{host} gave an answer that is not Salesforce's: {what}")]
    Unreadable {
        /// The host.
        host: String,
        /// What came instead.
        what: String,
    },
    /// The user lacks a permission. The caller stops.
    #[error("{0}")]
    Permission(String),
    /// The org has no version of the API that can be used, or not the one asked for.
    #[error("{0}")]
    ApiVersion(String),
}

fn locked(answers: &[Answer]) -> &str {
    let words = answers.iter().find_map(|answer| match answer {
        Answer::Locked(words) => Some(words.as_str()),
        _ => None,
    });
    words.unwrap_or("UNABLE_TO_LOCK_ROW")
}

fn asked_to_wait(retry_after: Option<Duration>) -> String {
    retry_after.map_or_else(String::new, |wait| format!(" and asks to wait {} s", wait.as_secs()))
}

impl Error {
    /// What kind of trouble it is.
    pub fn trouble(&self) -> Trouble {
        match self {
            Self::Refused(refusal) => Trouble::Refused(refusal.clone()),
            Self::Login { refusal, .. } => Trouble::Login(refusal.clone()),
            Self::SalesforceCli { trouble, .. } => Trouble::SalesforceCli(trouble.clone()),
            Self::Credential(_) => Trouble::Credential,
            Self::NoCertificates(_) => Trouble::NoCertificates,
            Self::NoConnection { .. } | Self::NoAnswer { .. } => Trouble::Unavailable,
            Self::Untrusted { .. } => Trouble::Untrusted,
            Self::Busy { status: 429, .. } | Self::Locked(_) => Trouble::Throttled,
            Self::Busy { .. } => Trouble::Unavailable,
            Self::Api { code, message } => api_trouble(code, message),
            Self::SessionExpired => Trouble::SessionEnded,
            Self::Unreadable { .. } => Trouble::Unreadable,
            Self::Permission(_) => Trouble::Permission,
            Self::ApiVersion(_) => Trouble::ApiVersion,
        }
    }

    /// True if the same request may work in a moment.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::NoConnection { .. } | Self::NoAnswer { .. } | Self::Busy { .. } | Self::Locked(_) => true,
            Self::Api { code, message } => {
                code == "UNABLE_TO_LOCK_ROW" || is_server_fault(code) || is_concurrency_limit(code, message)
            }
            _ => false,
        }
    }

    /// True if the request may have been carried out although it failed.
    ///
    /// Only 429 is a refusal before any work. 502, 503 and 504 may come from a gateway that passed the request on and
    /// lost the server then, and a fault of the server's own may come after the work.
    pub fn may_have_been_carried_out(&self) -> bool {
        match self {
            Self::NoAnswer { .. } | Self::Unreadable { .. } => true,
            Self::Busy { status, .. } => *status != 429,
            Self::Api { code, .. } => is_server_fault(code),
            Self::Refused(Refusal::WrittenWithoutProof { .. }) => true,
            _ => false,
        }
    }

    /// How long the server asks to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

/// `REQUEST_LIMIT_EXCEEDED` is two things: too many at once, which passes, and too many today, which does not.
fn is_concurrency_limit(code: &str, message: &str) -> bool {
    code == "REQUEST_LIMIT_EXCEEDED" && message.contains("Concurrent")
}

/// Salesforce's own faults, which pass; they say nothing of whether the request was carried out.
fn is_server_fault(code: &str) -> bool {
    matches!(code, "UNKNOWN_EXCEPTION" | "SERVER_UNAVAILABLE")
}

fn api_trouble(code: &str, message: &str) -> Trouble {
    match code {
        "REQUEST_LIMIT_EXCEEDED" if is_concurrency_limit(code, message) => Trouble::Throttled,
        "REQUEST_LIMIT_EXCEEDED" => Trouble::DailyLimit,
        "UNABLE_TO_LOCK_ROW" => Trouble::Throttled,
        "API_DISABLED_FOR_ORG" | "API_CURRENTLY_DISABLED" => Trouble::ApiDisabled,
        "INVALID_SESSION_ID" => Trouble::SessionEnded,
        "INSUFFICIENT_ACCESS"
        | "INSUFFICIENT_ACCESS_OR_READONLY"
        | "INVALID_TYPE"
        | "INVALID_FIELD"
        | "NOT_FOUND"
        | "INVALID_FIELD_FOR_INSERT_UPDATE" => Trouble::Permission,
        _ if is_server_fault(code) => Trouble::Unavailable,
        "UNSUPPORTED_API_VERSION" => Trouble::ApiVersion,
        _ => Trouble::Api,
    }
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        Self { retry_after: error.retry_after(), ..Self::new(error.trouble(), error.to_string()) }
    }
}
