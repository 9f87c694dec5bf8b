//! Inside GitHub Actions: a summary of the step, and annotations.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use super::console::Console;
use crate::config::Environment;
use crate::domain::report::FleetReport;
use crate::output::github;

/// The runner of GitHub Actions, where we are inside one.
pub(super) struct Runner<'a> {
    summary: Option<&'a Path>,
}

impl<'a> Runner<'a> {
    /// The runner that the environment tells of.
    pub(super) fn detect(environment: &'a Environment) -> Option<Self> {
        environment.is_github().then(|| Self { summary: environment.github_summary() })
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
