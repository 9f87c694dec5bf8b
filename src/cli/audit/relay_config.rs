//! `relay-scrub audit ORG --relay-config SERVER`: the rules for the relay's own side, alone on stdout.

use std::time::Instant;

use tokio::runtime::Runtime;

use crate::audit::{self, Settings};
use crate::cli::arguments::MailServerKind;
use crate::cli::console::Console;
use crate::cli::error::CliError;
use crate::cli::signals;
use crate::domain::relay_rules;
use crate::domain::report::Failure;
use crate::domain::trouble::Trouble;
use crate::output::relay_config::{self, MailServer};
use crate::salesforce::Until;
use crate::scrub::{Order, Stop};

pub(super) fn run(
    order: Order,
    settings: &Settings,
    server: MailServerKind,
    console: &Console,
) -> Result<u8, CliError> {
    let name = order.name.clone();
    let runtime = Runtime::new().map_err(CliError::System)?;
    let stop = Stop::default();
    let until = Until { deadline: Instant::now() + settings.timeout, stop: stop.in_order.clone() };
    let late = || Failure::new(Trouble::TimedOut, format!("not finished after {} s", settings.timeout.as_secs_f32()));
    let stopped = || Failure::new(Trouble::Interrupted, "stopped before it was finished");
    let work = async {
        tokio::select! {
            read = audit::posture(order, settings, until) => read,
            () = tokio::time::sleep(settings.timeout) => Err(late()),
            () = stop.in_order.cancelled() => Err(stopped()),
        }
    };
    let watched = runtime.block_on(signals::watch(console, &stop, signals::STOPPING_RUN, work));
    let (read, signal) = watched.map_err(CliError::System)?;
    runtime.shutdown_background();
    let made = read.map_err(|failure| (said(&failure), code(&failure))).and_then(|(org, posture)| {
        relay_rules::rules(&org, &posture).map_err(|why| (format!("No rules can be made: {why}"), 1))
    });
    match made {
        Ok(rules) => {
            for warning in relay_config::warnings(&rules) {
                console.say(&format!("{name}: {warning}"));
            }
            let mut bytes = Vec::new();
            let written = relay_config::write(&rules, kind(server), &mut bytes);
            let printed = written.and_then(|()| console.product(&bytes));
            printed.map_err(|error| CliError::Result { to: "stdout".into(), error })?;
            Ok(0)
        }
        Err((said, code)) => {
            console.say(&format!("{name}: {said}"));
            Ok(signal.map_or(code, signals::Signal::exit_code))
        }
    }
}

fn kind(server: MailServerKind) -> MailServer {
    match server {
        MailServerKind::Postfix => MailServer::Postfix,
        MailServerKind::Exim => MailServer::Exim,
        MailServerKind::Exchange => MailServer::Exchange,
    }
}

/// What happened, and what to do next.
fn said(failure: &Failure) -> String {
    format!("{}.\n{}", failure.message.trim_end_matches('.'), failure.hint())
}

fn code(failure: &Failure) -> u8 {
    if matches!(failure.trouble, Trouble::Refused(_)) { 3 } else { 1 }
}
