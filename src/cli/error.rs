//! What ends the program before a report can be made, and with which exit code.

use std::io;
use std::path::{Path, PathBuf};

use crate::config::{self, Asked, ConfigErrors, Environment, Places};
use crate::domain::printable::{printable, with_causes};
use crate::salesforce::Reach;
use crate::scrub::{HostRefused, check_orgs};
use crate::secrets::StoreError;
use crate::server::queue::OpenError;
use crate::server::service::StartError;
use crate::setup::WriteError;

/// An error of the command itself. What becomes of an org is never one: that is in the report.
#[derive(Debug, thiserror::Error)]
pub(super) enum CliError {
    /// Flags, environment or file say something that can't be. Nothing was contacted.
    #[error("{0}")]
    Usage(String),
    /// As above, each problem with its place.
    #[error("{0}")]
    Config(#[from] ConfigErrors),
    /// The guard refuses what a setting asks for, whichever org it is.
    #[error("Refused: {0}.\n{hint}", hint = .0.refusal.hint())]
    Refused(#[from] HostRefused),
    /// A file that is to be written can't be. Said before anything is contacted.
    #[error("{} can't be written: {error}. Nothing was contacted; give another path.", shown(path))]
    Output {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The port of the callback can't be had. Said before anything is contacted.
    #[error("port {port} on this machine can't be used for the callback: {error}. Is another login waiting there, \
             perhaps the Salesforce CLI's? End it, or give another --port; the app must then list \
             {} as a callback address too.", crate::login::redirect_uri(*port))]
    Port {
        /// The port.
        port: u16,
        /// Why.
        error: io::Error,
    },
    /// There is no keyring to keep a login in. Said before anything is contacted.
    #[error(
        "{error}, so a login can't be kept here. Nothing was contacted. Without a keyring the secret itself is given \
             to `scrub`: {elsewhere}."
    )]
    NoKeyring {
        /// Why.
        error: StoreError,
        /// The places that do the job.
        elsewhere: String,
    },
    /// The keyring can't be asked.
    #[error("{0}")]
    Keyring(#[from] StoreError),
    /// The jobs can't be reached, or what was wanted of one can't be done.
    #[error("{0}")]
    Jobs(String),
    /// The project of `setup` can't be written.
    #[error("{0}")]
    Setup(#[from] WriteError),
    /// The result can't be written, although the work was done.
    #[error("the work is done, but its result can't be written to {to}: {error}")]
    Result {
        /// Where it was to go.
        to: String,
        /// Why.
        error: io::Error,
    },
    /// The service can't start. Nothing was answered.
    #[error("{}{}", with_causes(_0), start_hint(_0))]
    Start(#[from] StartError),
    /// The system does not give what every program needs.
    #[error("can't start: {0}")]
    System(io::Error),
}

/// What is wrong with the settings of the orgs that are meant; the guard's refusal where the address of one can't be right
/// whatever else is. The address comes first: a login for it would be made in vain.
pub(super) fn of_settings(
    errors: ConfigErrors,
    reach: Reach,
    asked: &Asked,
    environment: &Environment,
    places: &Places,
) -> CliError {
    let known = config::resolve_orgs(asked, environment, places).ok();
    match known.and_then(|known| check_orgs(&known, reach).err()) {
        Some(refused) => CliError::Refused(refused),
        None => CliError::Config(errors),
    }
}

/// A path as it may be printed.
pub(super) fn shown(path: &Path) -> String {
    printable(&path.display().to_string())
}

/// What to do where the service can't start, and that is not said already.
fn start_hint(error: &StartError) -> &'static str {
    match error {
        StartError::Listen { source, .. } if source.kind() == io::ErrorKind::AddrInUse => {
            ". Does another service run there? End it, or give another --listen or --admin-listen."
        }
        StartError::Listen { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
            ". A port below 1024 takes a right; give another --listen or --admin-listen."
        }
        _ => "",
    }
}

impl CliError {
    /// 2 for what the user can correct before anything is contacted, 3 for the guard, 1 for the rest.
    pub(super) fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::Config(_) | Self::Output { .. } | Self::Port { .. } | Self::NoKeyring { .. } => 2,
            Self::Start(StartError::Database(OpenError::Connect { .. } | OpenError::Migrate { .. })) => 1,
            Self::Start(_) => 2,
            Self::Refused(_) => 3,
            Self::Setup(error) if error.is_usage() => 2,
            Self::Setup(_) | Self::Keyring(_) | Self::Jobs(_) | Self::Result { .. } | Self::System(_) => 1,
        }
    }
}
