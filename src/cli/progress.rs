//! What each org is doing, on stderr while a run goes on: a line an org on a terminal, a line when it is done elsewhere.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::console::Console;
use crate::domain::report::OrgReport;
use crate::fleet::Observer;
use crate::output::table::brief;
use crate::scrub::Stage;

/// How often a line is drawn anew, so that the time on it goes on.
const TICK: Duration = Duration::from_millis(100);

/// Lines of a terminal that are left to what is not an org.
const OTHER_LINES: usize = 4;

/// Lines that change in place, for a person who looks.
pub(super) struct Live {
    names: Vec<String>,
    width: usize,
    lines: MultiProgress,
    total: ProgressBar,
    /// A line for each org that is under way, and for those done as long as there is room.
    orgs: Mutex<Vec<Option<ProgressBar>>>,
    keeps_done: bool,
}

/// A line for each org that is done, for a log.
pub(super) struct Plain {
    names: Vec<String>,
    console: Console,
}

impl Live {
    /// Draws for these orgs. Dropping it leaves nothing behind.
    pub(super) fn new(names: Vec<String>, lines: MultiProgress, rows: usize) -> Self {
        let total = lines.add(ProgressBar::new(names.len() as u64));
        total.set_style(style("{pos} of {len} orgs done  {elapsed}"));
        if names.len() > 1 {
            total.enable_steady_tick(TICK);
        }
        let width = names.iter().map(|name| name.chars().count()).max().unwrap_or_default();
        let keeps_done = names.len() + OTHER_LINES <= rows;
        let live = Self { width, lines, total, orgs: Mutex::new(vec![None; names.len()]), keeps_done, names };
        if keeps_done {
            // In the order asked for, and not in that in which they are begun.
            (0..live.names.len()).for_each(|index| live.line(index).set_message("waiting"));
        }
        live
    }

    fn line(&self, index: usize) -> ProgressBar {
        let mut orgs = self.orgs.lock().unwrap_or_else(PoisonError::into_inner);
        orgs[index]
            .get_or_insert_with(|| {
                let line = self.lines.insert_before(&self.total, ProgressBar::new_spinner());
                line.set_style(style("{spinner} {prefix}  {msg}  {elapsed}"));
                line.set_prefix(format!("{:width$}", self.names[index], width = self.width));
                line.enable_steady_tick(TICK);
                line
            })
            .clone()
    }
}

/// A template of ours is right, or the default will do.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

impl Observer for Live {
    fn stage(&self, index: usize, stage: Stage) {
        let line = self.line(index);
        if stage == Stage::LoggingIn {
            line.reset_elapsed();
        }
        line.set_message(stage.words());
    }

    fn done(&self, index: usize, report: &OrgReport) {
        let line = self.line(index);
        if self.keeps_done {
            line.finish_with_message(brief(report));
        } else {
            line.finish_and_clear();
        }
        self.total.inc(1);
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        // What remains of the display would stand between the command and its result.
        let orgs = self.orgs.get_mut().unwrap_or_else(PoisonError::into_inner);
        orgs.iter().flatten().chain([&self.total]).for_each(ProgressBar::finish_and_clear);
    }
}

impl Observer for Plain {
    fn stage(&self, _index: usize, _stage: Stage) {}

    fn done(&self, index: usize, report: &OrgReport) {
        self.console.say(&format!("{}: {}", self.names[index], brief(report)));
    }
}

impl Plain {
    /// Says a line on stderr for each of these orgs.
    pub(super) fn new(names: Vec<String>, console: Console) -> Self {
        Self { names, console }
    }
}
