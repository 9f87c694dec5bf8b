//! `login --check` and `orgs --check`: the doctor, on several orgs side by side.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use super::console::Console;
use super::error::{CliError, of_settings};
use super::orgs::{exit_code, listed};
use super::scrub::orders;
use super::signals::{self, Signal};
use crate::config::{self, Asked, Environment, Places};
use crate::doctor;
use crate::domain::checkup::{Checkup, Listed};
use crate::domain::rule::Rule;
use crate::output::orgs;
use crate::salesforce::{Reach, Transport};
use crate::scrub::{Order, Stop};
use crate::secrets::SecretStore;

/// Tries the logins of the orgs that were asked for, and says of each where it ends.
pub(super) fn run(
    asked: &Asked,
    environment: &Environment,
    places: &Places,
    as_json: bool,
    console: &Console,
) -> Result<u8, CliError> {
    let keyring: Arc<dyn SecretStore> = config::keyring(places);
    let config = config::resolve(asked, environment, places, &keyring)
        .map_err(|errors| of_settings(errors, Reach::Sandboxes, asked, environment, places))?;
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    let orders = orders(&config)?;
    let (checkups, signal) = check(orders, config.concurrency, config.timeout, console)?;
    let mut orgs: Vec<Listed> = config.targets.iter().map(listed).collect();
    for (org, checkup) in orgs.iter_mut().zip(checkups) {
        org.checkup = Some(checkup);
    }
    let mut bytes = Vec::new();
    let written = if as_json {
        orgs::write_json(&orgs, None, &mut bytes)
    } else {
        orgs::write_checkups(&orgs, console.style(), &mut bytes)
    };
    let printed = written.and_then(|()| console.product(&bytes));
    printed.map_err(|error| CliError::Result { to: "stdout".into(), error })?;
    Ok(signal.map_or_else(|| exit_code(&orgs, true), Signal::exit_code))
}

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
