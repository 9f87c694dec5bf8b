//! What ends the program before a report can be made, and with which exit code.

use std::io;
use std::path::PathBuf;

use crate::config::ConfigErrors;
use crate::domain::refusal::Refusal;

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
    #[error("Refused: {refusal} ({place}).\n{}", refusal.hint())]
    Refused {
        /// Which lock, and why.
        refusal: Refusal,
        /// Where the setting stands.
        place: String,
    },
    /// A file that is to be written can't be. Said before anything is contacted.
    #[error("{} can't be written: {error}. Nothing was contacted; give another path.", path.display())]
    Output {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The result can't be written, although the work was done.
    #[error("the work is done, but its result can't be written to {to}: {error}")]
    Result {
        /// Where it was to go.
        to: String,
        /// Why.
        error: io::Error,
    },
    /// The system does not give what every program needs.
    #[error("can't start: {0}")]
    System(io::Error),
}

impl CliError {
    /// 2 for what the user can correct before anything is contacted, 3 for the guard, 1 for the rest.
    pub(super) fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::Config(_) | Self::Output { .. } => 2,
            Self::Refused { .. } => 3,
            Self::Result { .. } | Self::System(_) => 1,
        }
    }
}
