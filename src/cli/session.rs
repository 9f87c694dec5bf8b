//! A run of the fleet as the command line has it: with progress on stderr, and signals that stop it.

use std::sync::Arc;

use tokio::runtime::Runtime;

use super::console::Console;
use super::error::CliError;
use super::progress;
use super::signals::{self, Signal};
use crate::domain::report::{FleetReport, Mode, OrgReport};
use crate::fleet::{self, Observer, Pace, Unobserved};
use crate::output::table::brief;
use crate::scrub::{Order, Settings, Stop};

/// What every run of one command has in common.
pub(super) struct Session<'a> {
    pub(super) console: &'a Console,
    pub(super) runtime: Runtime,
    pub(super) settings: Settings,
    pub(super) pace: Pace,
    /// Whether to show what each org is doing.
    pub(super) shows_progress: bool,
}

impl Session<'_> {
    /// Runs these orgs, in this mode. The signal is there if one cut it short.
    pub(super) fn run(&self, orders: Vec<Order>, mode: Mode) -> Result<(FleetReport, Option<Signal>), CliError> {
        let observer = self.observer(&orders);
        let settings = Settings { mode, ..self.settings.clone() };
        let stop = Stop::default();
        let work = fleet::run(orders, settings, self.pace, observer, &stop);
        let watched = signals::watch(self.console, &stop, signals::STOPPING_RUN, work);
        self.runtime.block_on(watched).map_err(CliError::System)
    }

    fn observer(&self, orders: &[Order]) -> Arc<dyn Observer<OrgReport>> {
        match self.shows_progress {
            true => progress::observer(self.console, orders, brief),
            false => Arc::new(Unobserved),
        }
    }
}
