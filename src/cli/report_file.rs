//! `--report FILE`, `--junit FILE` and `--sarif FILE`: opened, and emptied, before anything else is looked at.
//!
//! A report of an earlier run that stayed because this one never began would say "cleared" of a sandbox that nobody has
//! looked at. Only a command line that can't be read leaves files alone: which it means is then not known.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::arguments::{Command, ReportPaths};
use super::error::{CliError, shown};

/// Writes a report in one of its forms, as this version of the program.
pub(super) type Render<'a> = &'a dyn Fn(&str, &mut Vec<u8>) -> io::Result<()>;

/// How a report is written in each of its forms.
pub(super) struct Renders<'a> {
    pub(super) report: Render<'a>,
    pub(super) junit: Render<'a>,
    pub(super) sarif: Render<'a>,
}

/// The files that the report goes to, empty until it is there.
pub(super) struct ReportFiles {
    report: Option<ReportFile>,
    junit: Option<ReportFile>,
    sarif: Option<ReportFile>,
}

impl ReportFiles {
    /// Opens every file that the command asks for; the others too where one can't be opened.
    ///
    /// # Errors
    /// The first of: a file can't be written, two flags name the same one. Nothing was contacted.
    pub(super) fn open(command: &Command) -> Result<Self, CliError> {
        let ReportPaths { report, junit, sarif, shows_usernames } = command.report_paths();
        let open = |path: Option<&Path>| path.map(|path| ReportFile::open(path, shows_usernames)).transpose();
        let opened = (open(report), open(junit), open(sarif));
        let files = Self { report: opened.0?, junit: opened.1?, sarif: opened.2? };
        distinct([("--report", report), ("--junit", junit), ("--sarif", sarif)]).map(|()| files)
    }

    /// Writes the report to each of them, to the others too where one can't be written; the first error is returned.
    pub(super) fn write(self, renders: &Renders<'_>) -> Result<(), CliError> {
        let files = [(self.report, renders.report), (self.junit, renders.junit), (self.sarif, renders.sarif)];
        let written = files.into_iter().filter_map(|(file, render)| {
            let (file, mut bytes) = (file?, Vec::new());
            let rendered = render(env!("CARGO_PKG_VERSION"), &mut bytes);
            Some(rendered.map_err(|error| file.lost(error)).and_then(|()| file.write(&bytes)))
        });
        written.fold(Ok(()), Result::and)
    }
}

/// Reports that overwrite each other are none.
fn distinct(asked: [(&str, Option<&Path>); 3]) -> Result<(), CliError> {
    let asked: Vec<_> = asked.into_iter().filter_map(|(flag, path)| Some((flag, path?))).collect();
    for (index, (flag, path)) in asked.iter().enumerate() {
        if let Some((other, _)) = asked[..index].iter().find(|(_, other)| other == path) {
            let path = shown(path);
            return Err(CliError::Usage(format!("{other} and {flag} name the same file, {path}: give each its own")));
        }
    }
    Ok(())
}

/// One report's file, empty until the report is there.
struct ReportFile {
    path: PathBuf,
    file: File,
}

impl ReportFile {
    /// Reports with user names in full are for their owner alone, where the file is made here.
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
