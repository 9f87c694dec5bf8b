//! `--report FILE`, `--junit FILE` and `--sarif FILE`: opened, and emptied, before any work.
//!
//! A report of an earlier run that stayed because this one died would say "clean" of a sandbox that nobody has looked at.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::error::{CliError, shown};

/// What a report is written as, by this version of the program.
type Render<Report> = Box<dyn Fn(&Report, &str, &mut Vec<u8>) -> io::Result<()>>;

/// A file that was asked for: the flag, what it says, and what goes there.
pub(super) struct Asked<'a, Report> {
    flag: &'static str,
    path: &'a Path,
    render: Render<Report>,
}

impl<'a, Report> Asked<'a, Report> {
    /// What this flag asks for, where it was given.
    pub(super) fn by(
        flag: &'static str,
        path: Option<&'a PathBuf>,
        render: impl Fn(&Report, &str, &mut Vec<u8>) -> io::Result<()> + 'static,
    ) -> Option<Self> {
        Some(Self { flag, path: path?, render: Box::new(render) })
    }
}

/// The files that the report goes to, empty until it is there.
pub(super) struct ReportFiles<Report> {
    files: Vec<(ReportFile, Render<Report>)>,
}

impl<Report> ReportFiles<Report> {
    /// Opens every file that was asked for. Reports with user names in full are for their owner alone, where the files are
    /// made here.
    pub(super) fn open<'a>(
        asked: impl IntoIterator<Item = Option<Asked<'a, Report>>>,
        shows_usernames: bool,
    ) -> Result<Self, CliError>
    where
        Report: 'a,
    {
        let asked: Vec<_> = asked.into_iter().flatten().collect();
        for (index, Asked { flag, path, .. }) in asked.iter().enumerate() {
            if let Some(Asked { flag: other, .. }) = asked[..index].iter().find(|other| other.path == *path) {
                let path = shown(path);
                return Err(CliError::Usage(format!(
                    "{other} and {flag} name the same file, {path}: give each its own"
                )));
            }
        }
        let opened = asked.into_iter().map(|one| Ok((ReportFile::open(one.path, shows_usernames)?, one.render)));
        Ok(Self { files: opened.collect::<Result<_, CliError>>()? })
    }

    /// Writes the report to each of them, to the others too where one can't be written; the first error is returned.
    pub(super) fn write(self, report: &Report) -> Result<(), CliError> {
        let written = self.files.into_iter().map(|(file, render)| {
            let mut bytes = Vec::new();
            let rendered = render(report, env!("CARGO_PKG_VERSION"), &mut bytes);
            rendered.map_err(|error| file.lost(error)).and_then(|()| file.write(&bytes))
        });
        written.fold(Ok(()), Result::and)
    }
}

/// One report's file, empty until the report is there.
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
