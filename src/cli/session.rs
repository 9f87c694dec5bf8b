//! A run of the fleet as the command line has it: with progress on stderr, and signals that stop it.

use std::sync::Arc;

use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use super::console::Console;
use super::error::CliError;
use super::progress::{Live, Plain};
use super::signals::{self, Signal};
use crate::domain::report::{FleetReport, Mode};
use crate::fleet::{self, Observer, Pace, Unobserved};
use crate::scrub::{Order, Settings};

/// What every run of one command has in common.
pub(super) struct Session<'a> {
    pub(super) console: &'a Console,
    pub(super) runtime: Runtime,
    pub(super) settings: Settings,
    pub(super) pace: Pace,
    /// Whether to show what each org is doing.
    pub(super) shows_progress: bool,
}

/// How a run ended.
pub(super) enum Ended {
    /// With a report; the signal is there if one cut it short.
    Reported(FleetReport, Option<Signal>),
    /// At once, at a second signal.
    Left(Signal),
}

impl Session<'_> {
    /// Runs these orgs, in this mode.
    pub(super) fn run(&self, orders: Vec<Order>, mode: Mode) -> Result<Ended, CliError> {
        let observer = self.observer(&orders);
        let settings = Settings { mode, ..self.settings.clone() };
        let stop = CancellationToken::new();
        let work = fleet::run(orders, settings, self.pace, observer, &stop);
        let ended = self
            .runtime
            .block_on(signals::watch(self.console, &stop, signals::STOPPING_RUN, work))
            .map_err(CliError::System)?;
        Ok(match ended {
            (Some(report), signal) => Ended::Reported(report, signal),
            (None, signal) => Ended::Left(signal.unwrap_or(Signal::Interrupt)),
        })
    }

    fn observer(&self, orders: &[Order]) -> Arc<dyn Observer> {
        let names: Vec<String> = orders.iter().map(|order| order.name.clone()).collect();
        match self.console.progress() {
            _ if !self.shows_progress => Arc::new(Unobserved),
            Some((lines, rows)) => Arc::new(Live::new(names, lines, rows)),
            None if names.len() > 1 => Arc::new(Plain::new(names, self.console.clone())),
            None => Arc::new(Unobserved),
        }
    }
}
