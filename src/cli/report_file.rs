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
    pub(super) fn open(path: &Path) -> Result<Self, CliError> {
        let path = path.to_path_buf();
        match File::create(&path) {
            Ok(file) => Ok(Self { path, file }),
            Err(error) => Err(CliError::Output { path, error }),
        }
    }

    pub(super) fn write(mut self, bytes: &[u8]) -> Result<(), CliError> {
        let written = self.file.write_all(bytes).and_then(|()| self.file.sync_all());
        written.map_err(|error| CliError::Result { to: self.path.display().to_string(), error })
    }
}
