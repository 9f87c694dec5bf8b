//! `--report FILE`, `--junit FILE` and `--sarif FILE`: opened, and emptied, before any work.
//!
//! A report of an earlier run that stayed because this one died would say "clean" of a sandbox that nobody has looked at.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::arguments::OutputArguments;
use super::error::{CliError, shown};
use crate::domain::report::FleetReport;
use crate::output::{json, junit, sarif};

/// What a report is written as.
type Render = fn(&FleetReport, &str, &mut Vec<u8>) -> io::Result<()>;

/// The files that the report goes to, empty until it is there.
pub(super) struct ReportFiles {
    files: Vec<(ReportFile, Render)>,
    json: Option<PathBuf>,
}

impl ReportFiles {
    /// Opens every file that was asked for. Reports with user names in full are for their owner alone, where the files are
    /// made here.
    pub(super) fn open(arguments: &OutputArguments) -> Result<Self, CliError> {
        let asked: [(&str, &Option<PathBuf>, Render); 3] = [
            ("--report", &arguments.report, json::write),
            ("--junit", &arguments.junit, junit::write),
            ("--sarif", &arguments.sarif, sarif::write),
        ];
        let asked: Vec<_> =
            asked.into_iter().filter_map(|(flag, path, render)| Some((flag, path.as_deref()?, render))).collect();
        for (index, (flag, path, _)) in asked.iter().enumerate() {
            if let Some((other, ..)) = asked[..index].iter().find(|(_, other, _)| other == path) {
                let path = shown(path);
                return Err(CliError::Usage(format!(
                    "{other} and {flag} name the same file, {path}: give each its own"
                )));
            }
        }
        let opened =
            asked.into_iter().map(|(_, path, render)| Ok((ReportFile::open(path, arguments.show_usernames)?, render)));
        Ok(Self { files: opened.collect::<Result<_, CliError>>()?, json: arguments.report.clone() })
    }

    /// Where the JSON report goes.
    pub(super) fn json(&self) -> Option<&Path> {
        self.json.as_deref()
    }

    /// Writes the report to each of them, to the others too where one can't be written; the first error is returned.
    pub(super) fn write(self, report: &FleetReport) -> Result<(), CliError> {
        let written = self.files.into_iter().map(|(file, render)| {
            let mut bytes = Vec::new();
            let rendered = render(report, env!("CARGO_PKG_VERSION"), &mut bytes);
            rendered.map_err(|error| file.lost(error)).and_then(|()| file.write(&bytes))
        });
        written.fold(Ok(()), Result::and)
    }
}

struct ReportFile {
    path: PathBuf,
    file: File,
}

impl ReportFile {
    fn open(path: &Path, shows_usernames: bool) -> Result<Self, CliError> {
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

    fn write(mut self, bytes: &[u8]) -> Result<(), CliError> {
        // A pipe has nothing to sync, and says so.
        let is_file = self.file.metadata().is_ok_and(|metadata| metadata.is_file());
        let written = self.file.write_all(bytes).and_then(|()| if is_file { self.file.sync_all() } else { Ok(()) });
        written.map_err(|error| self.lost(error))
    }

    fn lost(&self, error: io::Error) -> CliError {
        CliError::Result { to: shown(&self.path), error }
    }
}
