//! Inside GitHub Actions: a summary of the step, annotations, and outputs.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use super::console::Console;
use crate::config::Environment;

/// The runner of GitHub Actions, where we are inside one.
pub(super) struct Runner<'a> {
    summary: Option<&'a Path>,
    output: Option<&'a Path>,
}

/// What a report says there.
pub(super) struct Told {
    pub(super) annotations: String,
    pub(super) summary: String,
    pub(super) outputs: String,
}

impl<'a> Runner<'a> {
    /// The runner that the environment tells of.
    pub(super) fn detect(environment: &'a Environment) -> Option<Self> {
        let (summary, output) = (environment.github_summary(), environment.github_output());
        environment.is_github().then_some(Self { summary, output })
    }

    /// Annotations go to stderr, which the runner reads as it does stdout, so that stdout stays the report alone.
    ///
    /// A summary that can't be written is said, and is no failure: the work was done. Nor are outputs, for a step that
    /// waits for them finds none, and "clean" is not among them.
    pub(super) fn tell(&self, told: &Told, console: &Console) {
        if !told.annotations.is_empty() {
            console.say(told.annotations.trim_end());
        }
        append(self.summary, &told.summary, "the step summary");
        append(self.output, &told.outputs, "the step's outputs");
    }
}

fn append(path: Option<&Path>, text: &str, what: &str) {
    let Some(path) = path else { return };
    let file = OpenOptions::new().create(true).append(true).open(path);
    if let Err(error) = file.and_then(|mut file| file.write_all(text.as_bytes())) {
        tracing::warn!(%error, "{what} can't be written");
    }
}
