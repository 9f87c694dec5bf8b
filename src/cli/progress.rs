//! What each org is doing, on stderr while a run goes on: a line an org on a terminal, a line when it is done elsewhere.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::console::Console;
use crate::domain::printable::printable;
use crate::fleet::{Observer, Unobserved};
use crate::scrub::Order;

/// How often a line is drawn anew, so that the time on it goes on.
const TICK: Duration = Duration::from_millis(100);

/// Lines of a terminal that are left to what is not an org.
const OTHER_LINES: usize = 4;

/// What became of an org, in a few words.
type Brief<Report> = fn(&Report) -> String;

/// Whoever shows these orgs as they are worked on: lines on a terminal; elsewhere a line for each of several.
pub(super) fn observer<Report: 'static>(
    console: &Console,
    orders: &[Order],
    brief: Brief<Report>,
) -> Arc<dyn Observer<Report>> {
    let names: Vec<String> = orders.iter().map(|order| printable(&order.name)).collect();
    match console.progress() {
        Some((lines, rows)) => Arc::new(Live::new(names, lines, rows, brief)),
        None if names.len() > 1 => Arc::new(Plain { names, console: console.clone(), brief }),
        None => Arc::new(Unobserved),
    }
}

/// Lines that change in place, for a person who looks.
struct Live<Report> {
    brief: Brief<Report>,
    names: Vec<String>,
    width: usize,
    lines: MultiProgress,
    total: ProgressBar,
    /// A line for each org that is under way, and for those done as long as there is room.
    orgs: Mutex<Vec<Option<ProgressBar>>>,
    keeps_done: bool,
}

/// A line for each org that is done, for a log.
struct Plain<Report> {
    names: Vec<String>,
    console: Console,
    brief: Brief<Report>,
}

impl<Report> Live<Report> {
    /// Draws for these orgs. Dropping it leaves nothing behind.
    fn new(names: Vec<String>, lines: MultiProgress, rows: usize, brief: Brief<Report>) -> Self {
        let total = lines.add(ProgressBar::new(names.len() as u64));
        total.set_style(style("{pos} of {len} orgs done  {elapsed}"));
        if names.len() > 1 {
            total.enable_steady_tick(TICK);
        }
        let width = names.iter().map(|name| name.chars().count()).max().unwrap_or_default();
        let keeps_done = names.len() + OTHER_LINES <= rows;
        let orgs = Mutex::new(vec![None; names.len()]);
        let live = Self { brief, width, lines, total, orgs, keeps_done, names };
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

impl<Report> Observer<Report> for Live<Report> {
    fn begun(&self, index: usize) {
        self.line(index).reset_elapsed();
    }

    fn stage(&self, index: usize, stage: &'static str) {
        self.line(index).set_message(stage);
    }

    fn done(&self, index: usize, report: &Report) {
        let line = self.line(index);
        if self.keeps_done {
            line.finish_with_message((self.brief)(report));
        } else {
            line.finish_and_clear();
        }
        self.total.inc(1);
    }
}

impl<Report> Drop for Live<Report> {
    fn drop(&mut self) {
        // What remains of the display would stand between the command and its result.
        let orgs = self.orgs.get_mut().unwrap_or_else(PoisonError::into_inner);
        orgs.iter().flatten().chain([&self.total]).for_each(ProgressBar::finish_and_clear);
    }
}

impl<Report> Observer<Report> for Plain<Report> {
    fn begun(&self, _index: usize) {}

    fn stage(&self, _index: usize, _stage: &'static str) {}

    fn done(&self, index: usize, report: &Report) {
        self.console.say(&format!("{}: {}", self.names[index], (self.brief)(report)));
    }
}
