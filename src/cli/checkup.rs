//! `login --check` and `orgs --check`: the doctor, on several orgs side by side.

use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use super::console::Console;
use super::error::CliError;
use super::signals::{self, Signal};
use crate::doctor;
use crate::domain::checkup::Checkup;
use crate::domain::rule::Rule;
use crate::salesforce::Transport;
use crate::scrub::{Order, Stop};

/// Looks at all orgs, so many at a time, and tells of each in the order given.
///
/// The signal is there if one cut it short; an org that was not looked at then has failed with `interrupted`.
pub(super) fn check(
    orders: Vec<Order>,
    concurrency: usize,
    timeout: Duration,
    console: &Console,
) -> Result<(Vec<Checkup>, Option<Signal>), CliError> {
    let runtime = Runtime::new().map_err(CliError::System)?;
    let stop = Stop::default();
    let work = side_by_side(orders, concurrency, timeout, &stop);
    let (found, signal) =
        runtime.block_on(signals::watch(console, &stop, signals::STOPPING_RUN, work)).map_err(CliError::System)?;
    runtime.shutdown_background();
    Ok((found, signal))
}

async fn side_by_side(orders: Vec<Order>, concurrency: usize, timeout: Duration, stop: &Stop) -> Vec<Checkup> {
    let transport = Transport::default();
    let mut found: Vec<Option<Checkup>> = orders.iter().map(|_| None).collect();
    let mut waiting = orders.into_iter().enumerate();
    let mut running = JoinSet::new();
    loop {
        while running.len() < concurrency.max(1)
            && let Some((index, order)) = waiting.next()
        {
            let (transport, stop) = (transport.clone(), stop.clone());
            running.spawn(async move {
                (index, doctor::check(order, &Rule::email_relay(), &transport, timeout, &stop).await)
            });
        }
        match running.join_next().await {
            Some(Ok((index, checkup))) => found[index] = Some(checkup),
            Some(Err(error)) => tracing::error!(%error, "a checkup was not finished"),
            None => break,
        }
    }
    found.into_iter().flatten().collect()
}
