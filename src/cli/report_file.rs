//! `--report FILE`: opened, and emptied, before any work.
//!
//! A report of an earlier run that stayed because this one died would say "clean" of a sandbox that nobody has looked at.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::error::CliError;

/// A report's file, empty until the report is there.
pub(super) struct ReportFile {
    path: PathBuf,
    file: File,
}

impl ReportFile {
    /// A report with user names in full is for its owner alone, where the file is made here.
    pub(super) fn open(path: &Path, shows_usernames: bool) -> Result<Self, CliError> {
        let path = path.to_path_buf();
        let mut options = File::options();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        if shows_usernames {
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        }
        #[cfg(not(unix))]
        let _ = shows_usernames;
        match options.open(&path) {
            Ok(file) => Ok(Self { path, file }),
            Err(error) => Err(CliError::Output { path, error }),
        }
    }

    pub(super) fn write(mut self, bytes: &[u8]) -> Result<(), CliError> {
        // A pipe has nothing to sync, and says so.
        let is_file = self.file.metadata().is_ok_and(|metadata| metadata.is_file());
        let written = self.file.write_all(bytes).and_then(|()| if is_file { self.file.sync_all() } else { Ok(()) });
        written.map_err(|error| CliError::Result { to: self.path.display().to_string(), error })
    }
}
