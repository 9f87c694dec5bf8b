//! Inside GitHub Actions: a summary of the step, and annotations.

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::Write;

use super::console::Console;
use crate::domain::report::FleetReport;
use crate::output::github;

/// The runner of GitHub Actions, where we are inside one.
pub(super) struct Runner {
    summary: Option<OsString>,
}

impl Runner {
    /// The runner sets `GITHUB_ACTIONS` to `true`, and `GITHUB_STEP_SUMMARY` to a file that every step appends to.
    pub(super) fn detect() -> Option<Self> {
        let inside = std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true");
        let summary = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty());
        inside.then_some(Self { summary })
    }

    /// Annotations go to stderr, which the runner reads as it does stdout, so that stdout stays the report alone.
    ///
    /// A summary that can't be written is said, and is no failure: the scrub was done.
    pub(super) fn tell(&self, report: &FleetReport, console: &Console) {
        let annotations = github::annotations(report);
        if !annotations.is_empty() {
            console.say(annotations.trim_end());
        }
        let Some(path) = &self.summary else { return };
        let file = OpenOptions::new().create(true).append(true).open(path);
        if let Err(error) = file.and_then(|mut file| file.write_all(github::summary(report).as_bytes())) {
            tracing::warn!(%error, "the step summary can't be written");
        }
    }
}
